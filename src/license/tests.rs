use proptest::prelude::*;

use super::*;

fn read(text: &str) -> License {
    License::read(text).unwrap_or_else(|fault| panic!("{text}: {fault}"))
}

#[test]
fn expressions_are_read_whichever_way_they_are_spelled() {
    let cases = [
        ("mit  or apache-2.0", "Apache-2.0 OR MIT"),
        ("(MIT)", "MIT"),
        ("MIT AND (Apache-2.0 OR ISC)", "(Apache-2.0 AND MIT) OR (ISC AND MIT)"),
        ("gpl-2.0", "GPL-2.0-only"),
        ("GPL-2.0+", "GPL-2.0-or-later"),
        ("EPL-1.0+", "EPL-1.0+"),
        ("GPL-3.0-only with classpath-exception-2.0", "GPL-3.0-only WITH Classpath-exception-2.0"),
        ("LicenseRef-Acme.1", "LicenseRef-Acme.1"),
        ("DocumentRef-a:LicenseRef-b", "DocumentRef-a:LicenseRef-b"),
        ("MIT OR MIT", "MIT"),
    ];
    for (text, expected) in cases {
        assert_eq!(read(text).to_string(), expected, "{text}");
    }
}

#[test]
fn what_is_no_expression_says_where_and_what_to_write() {
    let deep = "(".repeat(21);
    let wide = ["(MIT OR ISC OR Zlib)"; 8].join(" AND LicenseRef-x AND ");
    let many: Vec<String> = (0..65).map(|at| format!("LicenseRef-{at}")).collect();
    let cases = [
        ("", "the expression ends where a licence is expected", 0, None),
        ("Apache 2.0", "`Apache` is no licence that SPDX lists", 0, Some("Apache-2.0")),
        ("MIT Apache-2.0", "`Apache-2.0` was not expected", 4, None),
        ("MIT OR", "the expression ends where a licence is expected", 6, None),
        ("OR MIT", "a licence is expected before `OR`", 0, None),
        ("(MIT", "a `(` is not closed", 0, None),
        ("MIT)", "`)` was not expected", 3, None),
        ("()", "a licence is expected before `)`", 1, None),
        ("CC-BY-4", "`CC-BY-4` is no licence that SPDX lists", 0, Some("CC-BY-4.0")),
        ("MIT WITH", "an exception is expected after `WITH`", 8, None),
        ("MIT WITH x", "`x` is no exception that SPDX lists", 9, None),
        ("proprietary", "`proprietary` is no licence that SPDX lists", 0, None),
        ("LicenseRef-", "`LicenseRef-` is no licence that SPDX lists", 0, None),
        ("GPL-2.0-only+", "`+` and the ending of `GPL-2.0-only` contradict each other", 0, None),
        (&deep, "parentheses are nested 20 deep at most", 20, None),
        (&many.join(" OR "), "an expression has at most 1000 bytes", 0, None),
    ];
    for (text, what, at, instead) in cases {
        let fault = License::read(text).expect_err(text);
        assert_eq!((fault.what.as_str(), fault.at), (what, at), "{text}");
        if let Some(instead) = instead {
            assert_eq!(fault.instead.as_deref(), Some(instead), "{text}");
        }
    }
    // Sets fold: many words may leave few choices.
    assert!(License::read(&wide).is_ok());
    let doubled: Vec<String> = (0..7).map(|at| format!("(MIT OR LicenseRef-{at})")).collect();
    let fault = License::read(&doubled.join(" AND ")).expect_err("too many");
    assert_eq!(fault.what, "an expression leaves at most 64 choices");
}

#[test]
fn a_licence_is_compared_by_what_it_asks() {
    let cases = [
        ("MIT", "MIT", Terms::Same),
        ("MIT OR Apache-2.0", "Apache-2.0 OR MIT", Terms::Same),
        ("GPL-3.0-only", "MIT", Terms::Fewer),
        ("MIT", "AGPL-3.0-only", Terms::More),
        ("MIT", "Apache-2.0", Terms::Undecided),
        ("MIT", "MIT OR Apache-2.0", Terms::Fewer),
        ("MIT OR Apache-2.0", "MIT", Terms::More),
        ("MIT", "MIT AND Apache-2.0", Terms::More),
        ("MIT OR GPL-3.0-only", "MIT", Terms::Same),
        ("GPL-2.0-or-later", "GPL-3.0-or-later", Terms::More),
        ("GPL-2.0-only", "GPL-3.0-only", Terms::Undecided),
        ("GPL-2.0-only", "GPL-2.0-only WITH Classpath-exception-2.0", Terms::Fewer),
        (
            "GPL-2.0-only WITH Classpath-exception-2.0",
            "GPL-3.0-only WITH GCC-exception-3.1",
            Terms::Undecided,
        ),
        ("MPL-2.0", "GPL-2.0-only", Terms::More),
        ("Apache-2.0", "GPL-2.0-only", Terms::Undecided),
        ("Apache-2.0", "GPL-3.0-only", Terms::More),
        ("EPL-1.0+", "EPL-1.0", Terms::More),
        ("CC-BY-4.0", "CC-BY-NC-4.0", Terms::More),
        ("CC-BY-NC-SA-4.0", "CC-BY-4.0", Terms::Fewer),
        ("CC-BY-SA-4.0", "CC-BY-NC-SA-4.0", Terms::Undecided),
        ("CC-BY-NC-4.0", "CC-BY-SA-4.0", Terms::Undecided),
        ("CC-BY-3.0", "CC-BY-4.0", Terms::Undecided),
        ("CC-BY-4.0", "CC0-1.0", Terms::Fewer),
        ("CC-BY-ND-3.0-DE", "CC-BY-NC-ND-3.0-DE", Terms::More),
        ("ODbL-1.0", "PDDL-1.0", Terms::Fewer),
        ("LicenseRef-a", "LicenseRef-b", Terms::Undecided),
    ];
    for (old, new, expected) in cases {
        assert_eq!(read(new).terms_after(&read(old)), expected, "{old} → {new}");
        let back = match expected {
            Terms::Fewer => Terms::More,
            Terms::More => Terms::Fewer,
            other => other,
        };
        assert_eq!(read(old).terms_after(&read(new)), back, "{new} → {old}");
    }
}

fn expression() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "MIT",
        "apache-2.0",
        "GPL-2.0+",
        "CC-BY-NC-4.0",
        "LicenseRef-x",
        "GPL-3.0-only WITH Classpath-exception-2.0",
    ]);
    name.prop_map(str::to_owned).prop_recursive(3, 12, 3, |inner| {
        (inner.clone(), prop::sample::select(vec!["AND", "or"]), inner)
            .prop_map(|(a, operator, b)| format!("({a}) {operator} {b}"))
    })
}

proptest! {
    #[test]
    fn reading_never_panics_and_its_result_reads_back(text in ".{0,40}", good in expression()) {
        if let Ok(license) = License::read(&text) {
            prop_assert_eq!(License::read(&license.to_string()), Ok(license));
        }
        let license = read(&good);
        prop_assert_eq!(License::read(&license.to_string()), Ok(license.clone()));
        prop_assert_eq!(license.terms_after(&license), Terms::Same);
    }

    #[test]
    fn a_further_choice_never_asks_more_and_a_further_term_never_less(
        one in expression(), other in expression(),
    ) {
        let license = read(&one);
        let choice = read(&format!("({one}) OR ({other})"));
        prop_assert!(matches!(choice.terms_after(&license), Terms::Same | Terms::Fewer));
        let term = read(&format!("({one}) AND ({other})"));
        prop_assert!(matches!(term.terms_after(&license), Terms::Same | Terms::More));
    }
}
