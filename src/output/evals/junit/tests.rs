use super::write;
use crate::evals::record::Outcome;
use crate::evals::report::Report;
use crate::output::evals::tests::{case, hostile, is_harmless, report, rich};

fn junit(reports: &[Report]) -> String {
    let mut out = Vec::new();
    write(reports, &mut out).expect("written");
    String::from_utf8(out).expect("UTF-8")
}

/// Says whether XML 1.0 allows a character.
fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

#[test]
fn each_repeat_is_a_test_and_gates_are_a_suite_of_their_own() {
    let text = junit(&[rich()]);
    let suites: Vec<&str> = text.lines().filter(|line| line.contains("<testsuite ")).collect();
    assert_eq!(
        suites,
        [
            "    <testsuite name=\"support_golden@1.2.0 × support/copilot\" tests=\"40\" skipped=\"1\" \
             errors=\"2\" failures=\"3\" time=\"30.856\">",
            "    <testsuite name=\"gates: support_golden@1.2.0 × support/copilot\" tests=\"6\" \
             skipped=\"2\" errors=\"1\" failures=\"1\">",
        ]
    );
    for expected in [
        "<testcase name=\"FAQ-002 (repeat 2)\" classname=\"support_golden.Support\" time=\"0.812\">",
        "<failure message=\"exact is 0, the bar is &gt;= 1\" type=\"exact\"/>",
        "<failure message=\"no_pii: an email address\" type=\"exact\"/>",
        "<error message=\"503 Service Unavailable\" type=\"transient\"/>",
        "<skipped message=\"the answer holds no text\" type=\"exact\"/>",
        "<testcase name=\"safety: sev1_count sum == 0\" classname=\"support_golden.gates\">",
        "<failure message=\"FAIL; measured 1; cases: FAQ-004\" type=\"sev1_count\"/>",
        "<property name=\"prompt\" value=\"billing_refund@2.4.0\"/>",
    ] {
        assert!(text.contains(expected), "{expected} is not in\n{text}");
    }
}

#[test]
fn a_case_that_ran_once_has_its_id_as_name() {
    let mut report = report();
    report.cases = vec![case("FAQ-001", (0, 0), Outcome::Pass)];
    assert!(junit(&[report]).contains("<testcase name=\"FAQ-001\" "));
}

#[test]
fn an_accepted_gate_is_skipped_and_says_why() {
    let mut report = rich();
    report.run.accepted_inconclusive = Some("a small suite".into());
    let text = junit(&[report]);
    let expected = "<skipped message=\"inconclusive; accepted: a small suite; measured −5.0 pp";
    assert!(text.contains(expected), "{text}");
    let gates = text.split("<testsuite ").nth(2).unwrap_or_default();
    assert!(gates.contains("errors=\"0\""), "{gates}");
}

#[test]
fn times_that_are_no_measurement_are_left_out() {
    let mut report = rich();
    for answer in report.cases.iter_mut().filter_map(|case| case.answer.as_mut()) {
        answer.origin = crate::evals::record::Origin::Cached;
    }
    let text = junit(&[report]);
    let cases = text.lines().filter(|line| line.contains("<testcase "));
    assert!(cases.clone().count() > 40 && !cases.clone().any(|line| line.contains("time=")));
}

#[test]
fn no_answer_is_written() {
    let text = junit(&[rich()]);
    assert!(!text.contains("KB-4"), "{text}");
    assert!(!text.contains("reset it"), "{text}");
}

#[test]
fn zero_reports_are_zero_tests() {
    let text = junit(&[]);
    assert!(text.contains("<testsuites name=\"keelmark eval\" tests=\"0\""), "{text}");
}

#[test]
fn hostile_text_is_valid_xml_and_harmless() {
    let text = junit(&[hostile()]);
    assert!(text.chars().all(is_xml), "{text}");
    assert!(is_harmless(&text), "{text}");
    assert!(!text.contains("<script>") && !text.contains("]]>"), "{text}");
    assert!(text.contains("&lt;script&gt;"), "{text}");
}
