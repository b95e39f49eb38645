use super::*;

#[test]
fn without_a_policy_every_case_must_pass() {
    let judge = |records: &[CaseRecord]| court(None).judge(&table(None, records)).expect("bars");
    let results = judge(&[case(0, 0), case(1, 0)]);
    assert_eq!(results.len(), 1);
    assert_eq!((results[0].verdict, results[0].source), (Verdict::Pass, BarSource::Cases));
    assert_eq!((results[0].metric.as_str(), results[0].bar.as_str()), ("exact", ">= 1"));

    let results = judge(&[case(0, 0), with_outcome(case(1, 0), Outcome::Fail)]);
    assert_eq!(
        (results[0].verdict, results[0].offenders.as_slice()),
        (Verdict::Fail, &["C-001".to_owned()][..])
    );
    assert_eq!(results[0].reason, "1 case misses its bar");
    assert_eq!(results[0].estimate, Some(0.5));

    for outcome in [Outcome::Unscored, Outcome::Error] {
        let results = judge(&[case(0, 0), with_outcome(case(1, 0), outcome)]);
        assert_eq!(results[0].verdict, Verdict::Inconclusive, "{outcome:?}");
        assert_eq!(results[0].offenders, ["C-001"]);
    }
    let flaky = [case(0, 0), with_outcome(case(0, 1), Outcome::Fail), case(1, 0), case(1, 1)];
    let results = judge(&flaky);
    assert_eq!(results[0].verdict, Verdict::Fail);
    assert_eq!(results[0].reason, "1 case misses its bar; 1 of them holds in another repeat");
    assert_eq!(Decision::of(&judge(&[])).verdict(), RunVerdict::Inconclusive, "nothing is no pass");
}

#[test]
fn a_gate_decides_alone_about_the_cases_in_its_scope() {
    let policy = gate(serde_json::json!({
        "metric": "exact", "bar": ">= 0.5", "where": {"domain": "Support"},
    }));
    let failing = || with_outcome(case(1, 0), Outcome::Fail);
    let judge = |records: &[CaseRecord]| {
        court(Some(&policy)).judge(&table(Some(&policy), records)).expect("bars")
    };
    let results = judge(&[case(0, 0), failing(), case(2, 0)]);
    assert_eq!(results.len(), 1);
    assert_eq!(results[0].verdict, Verdict::Pass);
    assert!(results[0].reason.ends_with("1 case misses its own bar, and the gate decides"));
    assert_eq!(results[0].offenders, ["C-001"]);

    let mut elsewhere = failing();
    elsewhere.domain = "Finance".into();
    let results = judge(&[case(0, 0), elsewhere]);
    assert_eq!(results.len(), 2);
    assert_eq!((results[1].source, results[1].verdict), (BarSource::Cases, Verdict::Fail));
    assert_eq!(results[1].scope, "under no gate");
}

#[test]
fn a_guardrail_decides_where_its_severity_has_no_gate() {
    let gated = gate(serde_json::json!({"metric": "sev2_rate", "bar": "<= 0.5"}));
    let hit = |severity| {
        let clean = guarded(case(0, 0), "no_pii", severity, false);
        [clean, guarded(case(1, 0), "no_pii", severity, true)]
    };
    let judge = |severity| {
        let records = hit(severity);
        let results = court(Some(&gated)).judge(&table(Some(&gated), &records)).expect("bars");
        results.into_iter().find(|result| result.metric == "no_pii")
    };
    assert_eq!(judge(Some(HitSeverity::Sev2)), None, "the gate decides");
    for severity in [None, Some(HitSeverity::Sev1)] {
        let result = judge(severity).expect("a result");
        assert_eq!((result.verdict, result.bar.as_str()), (Verdict::Fail, "no hit"));
        assert_eq!(
            (result.reason.as_str(), result.offenders.as_slice()),
            ("1 case hits it", &["C-001".to_owned()][..])
        );
    }
    let clean = [guarded(case(0, 0), "no_pii", None, false)];
    let results = court(None).judge(&table(None, &clean)).expect("bars");
    let result = results.iter().find(|result| result.metric == "no_pii").expect("a result");
    assert_eq!(
        (result.verdict, result.reason.as_str()),
        (Verdict::Pass, "0 of 1 proves at most 95 %")
    );
    assert!(results.iter().all(|result| result.verdict == Verdict::Pass), "the bar itself holds");
}
