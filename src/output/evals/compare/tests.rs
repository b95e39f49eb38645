use super::Compared;
use crate::evals::compare::{Changes, Comparison};
use crate::output::evals::tests::{HOSTILE, changes, is_harmless};
use crate::output::human::Style;

/// Writes a comparison in all formats: human, JSON, Markdown.
fn written(before: &str, after: &str, comparison: &Comparison) -> [String; 3] {
    let compared = Compared { before, after, comparison };
    let mut outs = [Vec::new(), Vec::new(), Vec::new()];
    let [human, json, markdown] = &mut outs;
    compared.human(Style::Plain, human).expect("written");
    compared.json(json).expect("written");
    compared.markdown(markdown).expect("written");
    outs.map(|out| String::from_utf8(out).expect("UTF-8"))
}

#[test]
fn both_sides_are_named() {
    let comparison = Comparison::Changed(Box::new(changes()));
    let [human, json, markdown] = written("run-1", "run-2", &comparison);
    assert!(human.starts_with("Behaviour: run-2 against run-1\n  2 answers changed"), "{human}");
    assert!(json.contains("\"before\": \"run-1\",\n  \"after\": \"run-2\""), "{json}");
    assert!(markdown.starts_with("### Behaviour\\: run\\-2 against run\\-1\n"), "{markdown}");
    assert!(markdown.contains("| exact | 20 | 90\\.0 \\% → 85\\.0 \\% | −5\\.0 pp"), "{markdown}");
}

#[test]
fn what_differs_is_named_and_no_difference_is_shown() {
    let parts = vec!["`metrics` differs".to_owned(), "no case has the same row".to_owned()];
    let [human, json, markdown] = written("run-1", "baseline", &Comparison::Incomparable { parts });
    insta::assert_snapshot!(human, @r###"
    baseline is not comparable with run-1, so no difference is shown:
      `metrics` differs
      no case has the same row
    "###);
    insta::assert_snapshot!(markdown, @r###"
    **baseline is not comparable with run\-1, so no difference is shown**:

    - \`metrics\` differs
    - no case has the same row
    "###);
    assert!(json.contains("\"comparable\": false"), "{json}");
    assert!(!json.contains("difference"), "{json}");
}

#[test]
fn two_equal_runs_say_so_and_have_no_empty_tables() {
    let changes = Changes { cases: 3, ..Changes::default() };
    let [human, _, markdown] = written("run-1", "run-2", &Comparison::Changed(Box::new(changes)));
    assert_eq!(
        human,
        "Behaviour: run-2 against run-1\n  no answer changed (3 cases with the same row in both)\n"
    );
    assert!(!markdown.contains('|'), "{markdown}");
}

#[test]
fn hostile_names_stay_text() {
    let comparison = Comparison::Incomparable { parts: vec![HOSTILE.to_owned()] };
    for text in written(HOSTILE, HOSTILE, &comparison) {
        assert!(is_harmless(&text), "{text}");
    }
}
