use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::write;
use crate::checks::report::Report;
use crate::escape;
use crate::output::evals::tests::HOSTILE;
use crate::output::sarif::tests::{hostile, report};

/// Writes a report, and insists on what GitLab's page of the format asks of each issue.
fn issues(report: &Report) -> Vec<Value> {
    let mut out = Vec::new();
    write(report, &mut out).expect("written");
    let text = String::from_utf8(out).expect("UTF-8");
    assert!(!text.chars().any(|c| c != '\n' && escape::is_dangerous(c)), "{text}");
    let issues: Vec<Value> = serde_json::from_str(&text).expect("a list");
    let mut seen = BTreeSet::new();
    for issue in &issues {
        for key in ["description", "check_name"] {
            assert!(issue[key].as_str().is_some_and(|text| !text.is_empty()), "{key}: {issue}");
        }
        let severity = issue["severity"].as_str().expect("a severity");
        assert!(["info", "minor", "major", "critical", "blocker"].contains(&severity), "{issue}");
        let print = issue["fingerprint"].as_str().expect("a fingerprint");
        assert!(print.len() == 32 && seen.insert(print.to_owned()), "{issue}");
        assert!(issue["location"]["lines"]["begin"].as_u64() >= Some(1), "{issue}");
        assert!(issue["location"]["path"].is_string(), "{issue}");
    }
    issues
}

#[test]
fn every_finding_is_an_issue_with_a_fingerprint_of_its_own() {
    let issues = issues(&report());
    let severities: Vec<&Value> = issues.iter().map(|issue| &issue["severity"]).collect();
    assert_eq!(severities, ["info", "major", "major", "minor", "blocker"]);
    assert_eq!(issues[0]["description"], "overridden (SUP-1412, @alice): too much");
    assert_eq!(issues[1]["check_name"], "some-rule");
    assert_eq!(
        issues[1]["location"],
        json!({ "path": "r/a b.yaml", "lines": { "begin": 2, "end": 2 } })
    );
}

#[test]
fn a_fingerprint_stays_when_lines_and_other_findings_go() {
    let mut fewer = report();
    fewer.findings.truncate(1);
    let (all, fewer) = (issues(&report()), issues(&fewer));
    assert_eq!(all[1]["fingerprint"], fewer[1]["fingerprint"]);
    assert_eq!(issues(&Report::default()), Vec::<Value>::new());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn whatever_the_texts_are_the_list_is_one(evil in any::<String>()) {
        prop_assert_eq!(issues(&hostile(&format!("{evil}{HOSTILE}"))).len(), 2);
    }
}
