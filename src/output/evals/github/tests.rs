use super::write;
use crate::escape;
use crate::evals::record::Outcome;
use crate::evals::report::Report;
use crate::output::evals::tests::{case, hostile, report, rich};

fn github(reports: &[Report]) -> String {
    let mut out = Vec::new();
    write(reports, &mut out).expect("written");
    String::from_utf8(out).expect("UTF-8")
}

#[test]
fn cases_are_annotated_at_their_rows() {
    insta::assert_snapshot!(github(&[rich()]), @r###"
    ::error file=registry/datasets/a b/rows.csv,line=3,endLine=3,col=3,endColumn=10,title=keelmark%3A FAQ-002 fail::support_golden@1.2.0 × support/copilot: 1 of 2 repeats: exact is 0, the bar is >= 1
    ::error file=registry/datasets/a b/rows.csv,line=5,endLine=5,col=3,endColumn=10,title=keelmark%3A FAQ-004 fail::support_golden@1.2.0 × support/copilot: 2 of 2 repeats: no_pii: an email address
    ::error file=registry/datasets/a b/rows.csv,line=7,endLine=7,col=3,endColumn=10,title=keelmark%3A FAQ-006 error::support_golden@1.2.0 × support/copilot: 2 of 2 repeats: 503 Service Unavailable
    ::warning file=registry/datasets/a b/rows.csv,line=8,endLine=8,col=3,endColumn=10,title=keelmark%3A FAQ-007 unscored::support_golden@1.2.0 × support/copilot: 1 of 2 repeats: the answer holds no text
    support_golden@1.2.0 × support/copilot: gate closed — 1 of 6 gates fails (sev1_count); 1 of 6 gates cannot decide (exact)
    "###);
    assert_eq!(github(&[]), "no run to report\n");
}

#[test]
fn ten_of_a_level_are_written_and_the_rest_is_counted() {
    let mut report = report();
    let outcome = |at| if at < 12 { Outcome::Error } else { Outcome::Unscored };
    report.cases = (0..23).map(|at| case(&format!("C-{at}"), (at, 0), outcome(at))).collect();
    let text = github(&[report]);
    assert_eq!(text.matches("::error ").count(), 10, "{text}");
    assert_eq!(text.matches("::warning ").count(), 10, "{text}");
    assert!(text.contains("\nand 2 more errors, which GitHub would not show\n"), "{text}");
    assert!(text.contains("\nand 1 more warning, which GitHub would not show\n"), "{text}");
}

#[test]
fn a_case_without_a_row_is_annotated_without_a_place() {
    let mut report = report();
    report.cases = vec![case("a", (0, 0), Outcome::Fail)];
    let text = github(&[report]);
    assert!(text.starts_with("::error title=keelmark%3A a fail::support_golden@"), "{text}");
}

#[test]
fn hostile_text_starts_no_command() {
    let text = github(&[hostile()]);
    for line in text.lines() {
        assert!(!line.chars().any(escape::is_dangerous), "{line}");
        if line.trim_start().starts_with("::") {
            assert!(line.starts_with("::error file=") || line.starts_with("::warning file="));
            let properties = line.trim_start_matches("::").split("::").next().unwrap_or_default();
            assert_eq!(properties.matches(',').count(), 5, "{line}");
        }
    }
}
