use serde_json::Value;

use super::write;
use crate::escape;
use crate::evals::gate::Verdict;
use crate::evals::report::Report;
use crate::finding::Place;
use crate::output::evals::tests::{gate, hostile, report, rich};
use crate::output::sarif::tests::oasis;
use crate::path::RepoPath;
use crate::source::{SourceFile, Span};

fn sarif(reports: &[Report], policy: Option<&Place>) -> Value {
    let mut out = Vec::new();
    write(reports, policy, &mut out).expect("written");
    let log = serde_json::from_slice(&out).expect("JSON");
    let faults: Vec<String> =
        oasis().iter_errors(&log).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert_eq!(faults, Vec::<String>::new());
    log
}

fn policy() -> Place {
    let file = SourceFile::new(RepoPath::from("registry/policies/gates.yaml"), "gates:\n".into());
    Place { file, pointer: "/gates".into(), span: Span::new(0, 6) }
}

#[test]
fn results_stand_at_rows_and_at_the_policy() {
    let log = sarif(&[rich()], Some(&policy()));
    let run = &log["runs"][0];
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    assert_eq!(
        run["automationDetails"]["id"],
        "keelmark-eval/support_golden/support/copilot/20261123T120000Z-support_golden-abc123"
    );
    let results = run["results"].as_array().expect("results");
    let rules: Vec<(&str, u64)> = results
        .iter()
        .map(|r| (r["ruleId"].as_str().expect("a rule"), r["ruleIndex"].as_u64().expect("it")))
        .collect();
    assert_eq!(
        rules,
        [
            ("case-failed", 0),
            ("case-failed", 0),
            ("case-error", 1),
            ("case-unscored", 2),
            ("gate-failed", 3),
            ("gate-inconclusive", 4),
        ]
    );
    let named = run["tool"]["driver"]["rules"].as_array().expect("rules");
    for (id, index) in rules {
        assert_eq!(named[usize::try_from(index).expect("small")]["id"], id);
    }
    let place = &results[0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "registry/datasets/a%20b/rows.csv");
    // One character of two UTF-16 units and a comma stand before it.
    let region =
        serde_json::json!({ "startLine": 3, "startColumn": 3, "endLine": 3, "endColumn": 10 });
    assert_eq!(place["region"], region);
    let broken = &results[4];
    assert_eq!(
        broken["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
        "registry/policies/gates.yaml"
    );
    assert_eq!(broken["relatedLocations"].as_array().map(Vec::len), Some(1));
    let said = "support_golden@1.2.0 × support/copilot: safety: sev1_count sum: 1 against == 0";
    assert_eq!(broken["message"]["text"], said);
}

#[test]
fn a_gate_without_a_policy_stands_at_the_cases_or_nowhere() {
    let log = sarif(&[rich()], None);
    let place = &log["runs"][0]["results"][4]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "registry/datasets/a%20b/rows.csv");
    assert_eq!(place["region"], serde_json::json!({ "startLine": 1 }));
    let mut report = report();
    report.run.verdicts = vec![gate("exact", Verdict::Fail)];
    let log = sarif(&[report], None);
    assert_eq!(log["runs"][0]["results"][0]["locations"], serde_json::json!([]));
}

#[test]
fn fingerprints_follow_the_subject_and_not_the_line() {
    let prints = |report: &Report| -> Vec<Value> {
        let log = sarif(std::slice::from_ref(report), None);
        let results = log["runs"][0]["results"].as_array().expect("results").clone();
        results.into_iter().map(|r| r["partialFingerprints"]["keelmark/v1"].clone()).collect()
    };
    let mut moved = rich();
    moved.places.clear();
    assert_eq!(prints(&rich()), prints(&moved));
    moved.run.model = "other".into();
    let (before, after) = (prints(&rich()), prints(&moved));
    assert!(before.iter().zip(&after).all(|(a, b)| a != b));
    let unique: std::collections::BTreeSet<String> =
        before.iter().map(ToString::to_string).collect();
    assert_eq!(unique.len(), before.len());
}

#[test]
fn zero_reports_and_runs_without_results_are_valid_logs() {
    assert_eq!(sarif(&[], None)["runs"][0]["results"], serde_json::json!([]));
    assert_eq!(sarif(&[report()], None)["runs"][0]["results"], serde_json::json!([]));
}

#[test]
fn hostile_text_is_a_plain_message() {
    let log = sarif(&[hostile()], None);
    assert!(!log.to_string().chars().any(escape::is_dangerous));
    let text = log["runs"][0]["results"][0]["message"]["text"].as_str().expect("a text");
    assert!(text.contains("\\[l\\](http://e)"), "{text}");
    assert!(text.contains("{{0}}"), "{text}");
}

#[test]
fn the_schema_refuses_what_is_no_log() {
    let mut log = sarif(&[rich()], None);
    log["runs"][0]["surprise"] = true.into();
    assert!(!oasis().is_valid(&log));
}
