//! Values and findings.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Document, MISSION, document, said, source};

#[test]
fn the_mission_prompt_reads_as_printed() {
    let value = document(MISSION).value().clone();
    assert_eq!(value["version"], "2.3.0");
    assert_eq!(value["schema"]["inputs"][2], "question");
    assert_eq!(value["policies"]["requires_citations"], true);
    assert_eq!(value["links"]["eval_run"], "ci-runs/2025-09-05_#412");
}

#[test]
fn scalars_follow_the_core_schema_of_yaml_1_2() {
    let cases: &[(&str, Value)] = &[
        ("", Value::Null),
        ("~", Value::Null),
        ("null", Value::Null),
        ("Null", Value::Null),
        ("nULL", json!("nULL")),
        ("true", json!(true)),
        ("False", json!(false)),
        ("tRUE", json!("tRUE")),
        ("yes", json!("yes")),
        ("no", json!("no")),
        ("on", json!("on")),
        ("0", json!(0)),
        ("-7", json!(-7)),
        ("+7", json!(7)),
        ("0755", json!(755)),
        ("0x1F", json!(31)),
        ("0o17", json!(15)),
        ("-0x1F", json!("-0x1F")),
        ("0b11", json!("0b11")),
        ("1_000", json!("1_000")),
        ("2025_09", json!("2025_09")),
        ("18446744073709551615", json!(u64::MAX)),
        ("-9223372036854775808", json!(i64::MIN)),
        ("123456789012345678901234567890", json!(1.234_567_890_123_456_8e29)),
        ("1.10", json!(1.1)),
        ("1.", json!(1.0)),
        (".5", json!(0.5)),
        ("-.5e-3", json!(-0.0005)),
        ("12e45", json!(12e45)),
        ("1e400", json!("1e400")),
        ("1e", json!("1e")),
        (".", json!(".")),
        ("+", json!("+")),
        (".inf", json!(".inf")),
        ("-.INF", json!("-.INF")),
        (".nan", json!(".nan")),
        ("inf", json!("inf")),
        ("nan", json!("nan")),
        ("1.2.3", json!("1.2.3")),
        ("2025-09-01", json!("2025-09-01")),
        ("1:30", json!("1:30")),
        ("'7'", json!("7")),
        ("\"true\"", json!("true")),
        ("\"a\\u00e9\\n\"", json!("aé\n")),
        ("'it''s'", json!("it's")),
        ("''", json!("")),
        ("!!str 7", json!("7")),
        ("!!str", json!("")),
        ("! 7", json!("7")),
        ("!!int '7'", json!(7)),
        ("!!int x", json!("x")),
        ("!!float 7", json!(7.0)),
        ("!!bool 'true'", json!(true)),
        ("!!null ''", Value::Null),
        ("!!binary aGk=", json!("aGk=")),
        ("!!binary 12", json!("12")),
        ("!local 7", json!("7")),
        ("|\n  a\n  b\n", json!("a\nb\n")),
        ("|-\n  a\n", json!("a")),
        ("|+\n  a\n\n", json!("a\n\n")),
        (">\n  a\n  b\n", json!("a b\n")),
        (">2-\n   a\n", json!(" a")),
        ("|\n", json!("")),
        ("a\n  b", json!("a b")),
    ];
    for (written, expected) in cases {
        let text = format!("k: {written}");
        assert_eq!(document(&text).value()["k"], *expected, "{text:?}");
    }
}

#[test]
fn a_float_stays_a_float_and_an_integer_an_integer() {
    assert!(document("1.0").value().is_f64());
    assert!(document("!!float 1").value().is_f64());
    assert!(document("1").value().is_u64());
}

#[test]
fn a_text_without_a_value_is_null_and_fine() {
    for text in ["", "\u{feff}", "\n\n", "# only a comment\n", "---\n", "---\n...\n", "~"] {
        assert_eq!(document(text).value(), &Value::Null, "{text:?}");
    }
}

#[test]
fn aliases_and_merge_keys_are_expanded() {
    let cases = [
        ("a: &x {k: 1}\nb: *x\n", json!({"a": {"k": 1}, "b": {"k": 1}})),
        ("a: &x 1\nb: [*x, *x]\n", json!({"a": 1, "b": [1, 1]})),
        ("a: &x 1\nb: &x 2\nc: *x\n", json!({"a": 1, "b": 2, "c": 2})),
        ("a: &x k\n*x : 1\n", json!({"a": "k", "k": 1})),
        ("<<: {a: 1, b: 2}\nb: 3\n", json!({"a": 1, "b": 3})),
        ("b: 3\n<<: {a: 1, b: 2}\n", json!({"a": 1, "b": 3})),
        ("<<: [{a: 1}, {a: 2, b: 2}]\n", json!({"a": 1, "b": 2})),
        ("<<: {a: 1}\n<<: {a: 2, b: 2}\n", json!({"a": 1, "b": 2})),
        (
            "x: &x {<<: {a: 1}, b: 2}\ny: {<<: *x}\n",
            json!({"x": {"a": 1, "b": 2}, "y": {"a": 1, "b": 2}}),
        ),
        ("'<<': {a: 1}\n", json!({"<<": {"a": 1}})),
        ("!!str <<: {a: 1}\n", json!({"<<": {"a": 1}})),
    ];
    for (text, expected) in cases {
        assert_eq!(document(text).value(), &expected, "{text:?}");
    }
}

#[test]
fn what_is_not_yaml_is_said_at_its_place() {
    let cases = [
        ("a: b: c\n", 1, 5),
        ("a:\n\tb: 1\n", 2, 1),
        ("a: \"x\n", 1, 4),
        ("a: [1, 2\nb: 3\n", 2, 2),
        ("a: *nobody\n", 1, 4),
        ("a: @x\n", 1, 4),
        ("a: \"\\q\"\n", 1, 4),
        ("a: x\0y\n", 1, 5),
        ("a: 'x' y\n", 1, 8),
        ("a: [1]]\n", 1, 7),
        ("é: {a: b\n", 1, 4),
    ];
    for (text, line, column) in cases {
        let said = said(text);
        let [(rule, l, c, message)] = said.as_slice() else { panic!("{text:?}: {said:?}") };
        assert_eq!((*rule, *l, *c), ("yaml-syntax", line, column), "{text:?}: {message}");
        assert!(!message.ends_with('.'), "{message}");
    }
}

#[test]
fn common_slips_get_a_next_step() {
    let cases = [
        ("a:\n\tb: 1\n", "indent with spaces"),
        ("a: b\n\tc: 1\n", "indent with spaces"),
        ("a: b: c\n", "quote a text that holds `: `"),
        ("a: \"x\n", "close the quote"),
        ("a: [1,\n", "close the bracket"),
        ("a: *x\n", "quote a text that starts with `*`"),
        ("a: `x`\n", "quote a text"),
        ("a: \"C:\\dir\"\n", "write a backslash"),
        ("a: \"x\" y\n", "inside double quotes"),
    ];
    for (text, expected) in cases {
        let (document, findings) = Document::parse(source(text));
        assert!(document.is_none());
        let help = findings[0].help.as_deref().unwrap_or_default();
        assert!(help.contains(expected), "{text:?}: {:?} {help:?}", findings[0].message);
    }
}

#[test]
fn conflict_markers_are_named_whatever_they_do_to_the_syntax() {
    let cases = [
        ("id: a\n<<<<<<< HEAD\nversion: 1.0.0\n=======\nversion: 1.1.0\n>>>>>>> x\n", 2),
        ("id: a\r\n<<<<<<< HEAD\r\nv: 1\r\n=======\r\nv: 2\r\n>>>>>>> x\r\n", 2),
        ("\u{feff}<<<<<<< HEAD\nv: 1\n=======\nv: 2\n>>>>>>> x\n", 1),
        ("k: \"\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> x\n\"\n", 2),
        ("id: a\nv: 2\n>>>>>>> branch\n", 3),
        ("id: a\nv: 1\n=======\nb: 2\n", 3),
    ];
    for (text, line) in cases {
        let said = said(text);
        let [(rule, l, c, _)] = said.as_slice() else { panic!("{text:?}: {said:?}") };
        assert_eq!((*rule, *l, *c), ("yaml-conflict-marker", line, 1), "{text:?}");
    }
    let (_, findings) = Document::parse(source(cases[0].0));
    assert!(findings[0].help.as_deref().unwrap_or_default().contains("keelmark bump"));
    document("text: |\n  <<<<<<< HEAD\n  =======\n  >>>>>>> x\n");
}

#[test]
fn every_second_key_is_a_finding_and_the_first_value_counts() {
    let text = "a: 1\nb: {c: 1, 'c': 2, \"c\": 3}\na: 2\nl:\n  - x: 1\n    x: 2\n";
    let (document, findings) = Document::parse(source(text));
    let document = document.expect("usable");
    assert_eq!(document.value(), &json!({"a": 1, "b": {"c": 1}, "l": [{"x": 1}]}));
    let places: Vec<_> = findings
        .iter()
        .map(|finding| {
            let at = finding.place.file.position(finding.place.span.start);
            let first = &finding.related[0].place;
            let first = first.file.position(first.span.start);
            (finding.place.pointer.as_str(), at.line, at.column, first.line, first.column)
        })
        .collect();
    assert_eq!(
        places,
        [("/a", 3, 1, 1, 1), ("/b/c", 2, 11, 2, 5), ("/b/c", 2, 19, 2, 5), ("/l/0/x", 6, 5, 5, 5)]
    );
    assert!(findings.iter().all(|finding| finding.rule.id == "yaml-duplicate-key"));
}

#[test]
fn large_mappings_find_their_duplicates_too() {
    let mut text = String::new();
    for n in 0..200 {
        writeln!(text, "k{n}: {n}").expect("a string");
    }
    text.push_str("k7: again\nk199: again\n");
    let said = said(&text);
    assert_eq!(said.iter().map(|s| s.1).collect::<Vec<_>>(), [201, 202]);
}

#[test]
fn a_file_gets_a_bounded_number_of_findings() {
    assert_eq!(said(&"a: 1\n".repeat(5_000)).len(), 100);
    assert_eq!(said(&"- {a: 1, a: 2}\n".repeat(5_000)).len(), 100);
}

#[test]
fn a_second_document_is_a_finding_and_the_first_counts() {
    let (document, findings) = Document::parse(source("a: 1\n---\na: 2\n---\n"));
    assert_eq!(document.expect("usable").value(), &json!({"a": 1}));
    assert_eq!(findings.len(), 1);
    let at = findings[0].place.file.position(findings[0].place.span.start);
    assert_eq!((findings[0].rule.id, at.line), ("yaml-multiple-documents", 2));
}

#[test]
fn keys_that_are_no_strings_are_findings() {
    let cases = [
        ("404: x\n", 1, "a number", json!({"404": "x"})),
        ("1.10: x\n", 1, "a number", json!({"1.10": "x"})),
        ("true: x\n", 1, "a boolean", json!({"true": "x"})),
        ("~: x\na: 1\n", 1, "null", json!({"a": 1})),
        (": x\n", 1, "null", json!({})),
        ("[a]: x\n", 1, "a list", json!({})),
        ("? {a: 1}\n: x\nb: 2\n", 3, "a mapping", json!({"b": 2})),
    ];
    for (text, column, what, value) in cases {
        let (document, findings) = Document::parse(source(text));
        assert_eq!(document.expect("usable").value(), &value, "{text:?}");
        let [finding] = findings.as_slice() else { panic!("{text:?}: {findings:?}") };
        assert_eq!(finding.rule.id, "yaml-key-not-a-string");
        assert!(finding.message.contains(what), "{text:?}: {}", finding.message);
        assert_eq!(
            finding.place.file.position(finding.place.span.start).column,
            column,
            "{text:?}"
        );
    }
    for text in ["yes: 1\n", "on: 1\n", "'404': 1\n", "!!str 404: 1\n", "2025_09: 1\n"] {
        document(text);
    }
}

#[test]
fn a_merge_of_something_else_than_mappings_is_a_finding() {
    for text in ["<<: 3\n", "<<: [1]\n", "<<: [[{a: 1}]]\n", "<<:\n"] {
        let said = said(text);
        assert_eq!(said.len(), 1, "{text:?}: {said:?}");
        assert_eq!(said[0].0, "yaml-merge-not-a-map", "{text:?}");
    }
}

#[test]
fn an_alias_inside_its_own_value_is_refused() {
    for text in
        ["a: &x [*x]\n", "&x a: {b: 1}\nc: &y {d: {e: *y}}\n", "&r {a: *r}\n", "a: &x\n  <<: *x\n"]
    {
        let said = said(text);
        assert_eq!(said.len(), 1, "{text:?}: {said:?}");
        assert_eq!(said[0].0, "yaml-recursive-alias", "{text:?}");
        assert_eq!(text.as_bytes()[offset_of(text, &said[0])], b'*', "{text:?}");
    }
}

fn offset_of(text: &str, said: &(&str, u32, u32, String)) -> usize {
    let lines = text.split_inclusive('\n').take(said.1 as usize - 1);
    lines.map(str::len).sum::<usize>() + said.2 as usize - 1
}

#[test]
fn what_grows_without_bound_is_refused_quickly() {
    let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    let mut merges = "a0: &a0 {k0: 1}\n".to_owned();
    let mut chain = "a0: &a0 [x]\n".to_owned();
    for n in 1..80 {
        let b = n - 1;
        let nine = vec![format!("*a{b}"); 9].join(", ");
        writeln!(laughs, "a{n}: &a{n} [{nine}]").expect("a string");
        writeln!(merges, "a{n}: &a{n} {{k{n}: 1, <<: [{nine}]}}").expect("a string");
        writeln!(chain, "a{n}: &a{n} [*a{b}]").expect("a string");
    }
    let long = "y".repeat(400_000);
    let texts = format!("a: &a {long}\nb: [{}]\n", "*a, ".repeat(100_000));
    let cases = [
        laughs,
        merges,
        chain,
        texts,
        "[".repeat(1 << 20),
        "{a: ".repeat(1 << 18),
        format!("{}{}", "[".repeat(5_000), "]".repeat(5_000)),
        (0..5_000).fold(String::new(), |mut text, n| {
            writeln!(text, "{}a:", " ".repeat(n % 900)).expect("a string");
            text
        }),
        "- ".repeat(1 << 19),
        "? ".repeat(1 << 19),
        format!("[{}]", "a,".repeat(250_000)),
    ];
    for text in cases {
        let said = said(&text);
        assert_eq!(said.len(), 1, "{}", &text[..40]);
        assert_eq!(said[0].0, "yaml-too-large", "{}: {}", &text[..40], said[0].3);
    }
}

#[test]
fn whatever_stands_in_a_mebibyte_is_read_or_refused() {
    let mebibyte = 1 << 20;
    for unit in [
        "{", "]", "&", "*a ", "!", "\"", "'", "|\n", "# \n", "%\n", "---\n", ": ", "\t",
        "\u{feff}", "é", "a: |\n", "&a ", "- a\n", "!!str ",
    ] {
        let (document, findings) = Document::parse(source(&unit.repeat(mebibyte / unit.len())));
        assert!(document.is_some() || !findings.is_empty(), "{unit:?}");
    }
}

#[test]
fn nesting_up_to_the_limit_is_read() {
    let nested = format!("{}{}", "[".repeat(64), "]".repeat(64));
    document(&nested);
    assert_eq!(said(&format!("[{nested}]"))[0].0, "yaml-too-large");
    assert_eq!(said(&format!("a: {nested}"))[0].0, "yaml-too-large");
}

#[test]
fn documents_can_be_shared_between_threads() {
    fn needs<T: Send + Sync + 'static>() {}
    needs::<Document>();
}
