mod each;
mod relative;

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::evals::baseline::Baseline;
use crate::evals::pairs::Compared;
use crate::evals::record::{CaseRecord, JudgeRecord, Outcome};
use crate::evals::samples::{answer, case, fingerprint, guarded, run, with_outcome, with_score};
use crate::evals::table::{Keep, Names, Table};
use crate::registry::policy::gates::{Gates, Only};
use crate::registry::profile::HitSeverity;
use crate::registry::suite::Tier;

fn policy(json: serde_json::Value) -> Gates {
    serde_json::from_value(json).expect("a policy")
}

fn gate(json: serde_json::Value) -> Gates {
    policy(serde_json::Value::Object(
        [("gates".to_owned(), serde_json::Value::Array(vec![json]))].into_iter().collect(),
    ))
}

fn table(policy: Option<&Gates>, records: &[CaseRecord]) -> Table {
    let keep = policy.map_or_else(Keep::all_names, |p| Keep::of_policy(p, Names::All));
    let mut table = Table::new(keep);
    for record in records {
        table.add(record).expect("a record");
    }
    table
}

fn court(policy: Option<&Gates>) -> Court<'_> {
    Court {
        policy,
        suite: "support_golden",
        journey: Some("copilot"),
        tier: None,
        advisory: BTreeMap::new(),
        judge_coverage: BTreeMap::new(),
        baseline: None,
        seed: 7,
    }
}

/// Judges records and returns the first result.
fn first(policy: &Gates, records: &[CaseRecord]) -> GateResult {
    court(Some(policy)).judge(&table(Some(policy), records)).expect("bars").remove(0)
}

/// Cases whose bar is none of the gates' business, with a score each.
fn scored(metric: &str, scores: &[f64]) -> Vec<CaseRecord> {
    scores.iter().enumerate().map(|(i, score)| with_score(case(i, 0), metric, *score)).collect()
}

/// So many ones, and then zeros.
fn rate(ones: usize, zeros: usize) -> Vec<f64> {
    [vec![1.0; ones], vec![0.0; zeros]].concat()
}

#[test]
fn an_estimate_or_a_bound_is_compared_with_the_bar() {
    use Verdict::{Fail, Inconclusive, Pass};
    let small = "too small to prove it: the interval reaches 0.6396";
    let missed = "too small to prove that the bar is missed";
    let open = "too small to decide: the interval reaches 0.6396";
    let equal = "there are too few cases, or too equal ones, for an interval";
    let cases = [
        ("estimate", "mean", ">= 0.80", rate(17, 3), Pass, small),
        ("estimate", "mean", ">= 0.80", rate(460, 40), Pass, ""),
        ("estimate", "mean", ">= 0.80", rate(15, 5), Fail, missed),
        ("estimate", "mean", ">= 0.80", rate(2, 18), Fail, ""),
        ("bound", "mean", ">= 0.80", rate(17, 3), Inconclusive, open),
        ("bound", "mean", ">= 0.80", rate(460, 40), Pass, ""),
        ("bound", "mean", ">= 0.80", rate(2, 18), Fail, ""),
        ("bound", "mean", "> 0.80", rate(460, 40), Pass, ""),
        ("bound", "min", ">= 0", rate(1, 1), Pass, ""),
        ("bound", "sum", ">= 3", rate(3, 1), Pass, ""),
        ("bound", "max", "< 1", rate(1, 1), Fail, ""),
        ("bound", "mean", "== 0.5", rate(1, 1), Pass, ""),
        ("estimate", "p50", ">= 0.5", vec![0.1, 0.5, 0.9], Pass, equal),
        ("estimate", "mean", ">= 0.5", vec![0.7], Pass, equal),
        ("bound", "mean", ">= 0.5", vec![0.7, 0.7], Inconclusive, equal),
        ("bound", "mean", ">= 0.5", vec![0.7, 0.71, 0.72], Pass, ""),
    ];
    for (decide, aggregate, bar, values, verdict, reason) in cases {
        let policy = gate(serde_json::json!({
            "metric": "f1", "aggregate": aggregate, "bar": bar, "decide": decide,
        }));
        let result = first(&policy, &scored("f1", &values));
        assert_eq!((result.verdict, result.reason.as_str()), (verdict, reason), "{result:?}");
        assert_eq!(result.n as usize, values.len());
    }
}

#[test]
fn every_kind_of_value_has_its_own_interval() {
    let cases = [
        ("f1", "mean", ">= 0.8", rate(17, 3), Some("wilson")),
        ("f1", "mean", ">= 0.8", vec![0.5, 0.75, 1.0], Some("t")),
        ("helpful", "mean", ">= 0.8", rate(17, 3), Some("t")),
        ("latency_ms", "p95", "<= 1200", (0..80).map(f64::from).collect(), Some("order-statistic")),
        ("f1", "sum", ">= 0.8", rate(17, 3), None),
        ("f1", "max", ">= 0.8", rate(17, 3), None),
    ];
    for (metric, aggregate, bar, values, method) in cases {
        let json = serde_json::json!({"metric": metric, "aggregate": aggregate, "bar": bar});
        let result = first(&gate(json), &scored(metric, &values));
        let found = result.interval.as_ref().map(|interval| interval.method.as_str());
        assert_eq!(found, method, "{result:?}");
    }
    let json = serde_json::json!({"metric": "f1", "bar": ">= 0.8"});
    let interval = first(&gate(json), &scored("f1", &rate(17, 3))).interval.expect("an interval");
    let [low, high] = [interval.low, interval.high].map(|end| end.expect("an end"));
    assert!((low - 0.6396).abs() < 1e-4 && (high - 0.9476).abs() < 1e-4, "{low} {high}");
}

#[test]
fn clean_cases_prove_what_their_number_says() {
    let clean = |n: usize| -> Vec<CaseRecord> {
        let of = |i| guarded(case(i, 0), "no_pii", Some(HitSeverity::Sev2), false);
        (0..n).map(of).collect()
    };
    let rate = |decide: &str| {
        let json = serde_json::json!({"metric": "sev2_rate", "bar": "<= 0.005", "decide": decide});
        gate(json)
    };
    let total =
        gate(serde_json::json!({"metric": "sev1_count", "aggregate": "sum", "bar": "== 0"}));
    let cases = [
        (&total, 40, Verdict::Pass, "0 of 40 proves at most 7.2 %"),
        (
            &rate("estimate"),
            40,
            Verdict::Pass,
            "0 of 40 proves at most 7.2 %; 0.5 % needs 598 clean cases",
        ),
        (
            &rate("bound"),
            40,
            Verdict::Inconclusive,
            "0 of 40 proves at most 7.2 %; 0.5 % needs 598 clean cases",
        ),
        (
            &rate("bound"),
            597,
            Verdict::Inconclusive,
            "0 of 597 proves at most 0.5 %; 0.5 % needs 598 clean cases",
        ),
        (&rate("bound"), 598, Verdict::Pass, "0 of 598 proves at most 0.5 %"),
    ];
    for (policy, n, verdict, reason) in cases {
        let result = first(policy, &clean(n));
        assert_eq!((result.verdict, result.reason.as_str()), (verdict, reason));
    }
    let mut records = clean(40);
    records[3] = guarded(case(3, 0), "no_pii", Some(HitSeverity::Sev1), true);
    let result = first(&total, &records);
    assert_eq!((result.verdict, result.offenders), (Verdict::Fail, vec!["C-003".to_owned()]));
}

#[test]
fn a_p95_says_how_little_few_cases_tell() {
    let p95 = |decide: &str| {
        gate(serde_json::json!({
            "metric": "latency_ms", "aggregate": "p95", "bar": "<= 1200", "decide": decide,
        }))
    };
    let times = |n: u32| scored("latency_ms", &(0..n).map(f64::from).collect::<Vec<_>>());
    let cases = [
        (
            12,
            "estimate",
            Verdict::Pass,
            "the p95 of 12 cases is the largest value; n = 12 cannot bound a p95 from above, n = 59 can",
        ),
        (20, "estimate", Verdict::Pass, "n = 20 cannot bound a p95 from above, n = 59 can"),
        (58, "bound", Verdict::Inconclusive, "n = 58 cannot bound a p95 from above, n = 59 can"),
        (59, "bound", Verdict::Pass, ""),
        (500, "bound", Verdict::Pass, ""),
    ];
    for (n, decide, verdict, reason) in cases {
        let result = first(&p95(decide), &times(n));
        assert_eq!((result.verdict, result.reason.as_str()), (verdict, reason), "{n}");
    }
    let mut slow = times(100);
    for record in slow.iter_mut().take(6) {
        record.scores.insert("latency_ms".into(), 1300.0 + f64::from(record.index));
    }
    let result = first(&p95("estimate"), &slow);
    assert_eq!((result.verdict, result.estimate), (Verdict::Fail, Some(1300.0)));
    assert_eq!(result.offenders, ["C-005", "C-004", "C-003", "C-002", "C-001", "C-000"]);
}

#[test]
fn a_tail_is_broken_by_a_single_case() {
    let policy = gate(serde_json::json!({"metric": "grounded", "bar": ">= 4.2", "tail": ">= 3"}));
    let result = first(&policy, &scored("grounded", &[5.0, 2.5, 5.0, 5.0, 2.0, 5.0, 5.0, 5.0]));
    assert_eq!(result.verdict, Verdict::Fail);
    assert!(result.reason.ends_with("2 cases break the tail `>= 3`"), "{}", result.reason);
    assert_eq!(result.offenders, ["C-004", "C-001"], "worst first");
    let result = first(&policy, &scored("grounded", &[5.0, 4.0, 5.0, 5.0]));
    assert_eq!(result.verdict, Verdict::Pass);
}

#[test]
fn too_few_scores_decide_nothing() {
    let policy = gate(serde_json::json!({"metric": "grounded", "bar": ">= 4", "tail": ">= 3"}));
    let lacking = |good: usize, bad: usize, score: f64| {
        let mut records = scored("grounded", &vec![score; good]);
        for i in good..good + bad {
            let mut record = case(i, 0);
            record.unscored.insert("grounded".into(), "no number".into());
            records.push(record);
        }
        records
    };
    let reason = "only 17 of 20 cases have a score (85 %), 95 % are needed";
    let result = first(&policy, &lacking(17, 3, 5.0));
    assert_eq!((result.verdict, result.reason.as_str()), (Verdict::Inconclusive, reason));
    let result = first(&policy, &lacking(17, 3, 1.0));
    assert_eq!(result.verdict, Verdict::Fail, "a broken tail stays broken");
    assert_eq!(first(&policy, &lacking(19, 1, 5.0)).verdict, Verdict::Pass);
    let none = first(&policy, &lacking(0, 4, 5.0));
    assert_eq!(none.verdict, Verdict::Inconclusive);
    assert_eq!(none.reason, "only 0 of 4 cases have a score (0 %), 95 % are needed");

    let strict = Court {
        judge_coverage: BTreeMap::from([("grounded".to_owned(), 1.0)]),
        ..court(Some(&policy))
    };
    let result = strict.judge(&table(Some(&policy), &lacking(19, 1, 5.0))).expect("bars").remove(0);
    assert_eq!(result.verdict, Verdict::Inconclusive, "the judge asks for more");

    let mut silent = case(19, 0);
    (silent.outcome, silent.metric) = (Outcome::Unscored, "grounded".into());
    let mut records = lacking(17, 2, 5.0);
    records.push(silent);
    assert_eq!(first(&policy, &records).reason, reason, "the outcome says it as well");

    let mut judged = gate(serde_json::json!({"metric": "grounded", "bar": ">= 4"}));
    judged.gates[0].only = Some(Only::HasJudge);
    let votes = JudgeRecord { votes: vec![5.0], reason: String::new(), cost_micro_usd: None };
    let mut lost = scored("grounded", &[5.0; 18]);
    for record in &mut lost {
        record.judged.insert("grounded".into(), votes.clone());
    }
    lost.extend((18..20).map(|i| with_outcome(case(i, 0), Outcome::Error)));
    assert_eq!(first(&judged, &lost).verdict, Verdict::Inconclusive, "who is missing is missed");

    let mut lost = scored("grounded", &[5.0; 18]);
    lost.extend((18..20).map(|i| with_outcome(case(i, 0), Outcome::Error)));
    let result = first(&policy, &lost);
    let reason = "only 18 of 20 cases have an answer (90 %), 95 % are needed";
    assert_eq!((result.verdict, result.reason.as_str()), (Verdict::Inconclusive, reason));
}

#[test]
fn what_is_already_broken_does_not_wait_for_missing_scores() {
    let policy = |aggregate: &str, bar: &str| {
        gate(serde_json::json!({"metric": "grounded", "aggregate": aggregate, "bar": bar}))
    };
    let mut records = scored("grounded", &[5.0, 1.0]);
    records.push(with_outcome(case(2, 0), Outcome::Error));
    let cases = [
        ("max", "<= 4", Verdict::Fail),
        ("max", ">= 6", Verdict::Inconclusive),
        ("min", ">= 2", Verdict::Fail),
        ("min", "<= 0", Verdict::Inconclusive),
        ("sum", "<= 5", Verdict::Fail),
        ("sum", "== 0", Verdict::Fail),
        ("sum", "== 9", Verdict::Inconclusive),
        ("sum", ">= 9", Verdict::Inconclusive),
        ("mean", "<= 1", Verdict::Inconclusive),
    ];
    for (aggregate, bar, verdict) in cases {
        assert_eq!(first(&policy(aggregate, bar), &records).verdict, verdict, "{aggregate} {bar}");
    }
}

#[test]
fn what_is_not_measured_fails_only_where_it_is_required() {
    let json = serde_json::json!({
        "metric": "latency_ms", "aggregate": "p95", "bar": "<= 1200", "required_in": ["release"],
    });
    let policy = gate(json);
    let reason = "no answer was timed: only the time of a live answer is a measurement";
    let required = format!("{reason}, and `required_in` names `release`");
    let cases = [
        (None, Verdict::NotMeasured, reason),
        (Some(Tier::Pr), Verdict::NotMeasured, reason),
        (Some(Tier::Release), Verdict::Fail, required.as_str()),
    ];
    for (tier, verdict, reason) in cases {
        let advisory = BTreeMap::from([("latency_ms".to_owned(), "advises".to_owned())]);
        let court = Court { tier, advisory, ..court(Some(&policy)) };
        let result = court.judge(&table(Some(&policy), &[case(0, 0)])).expect("bars").remove(0);
        assert_eq!((result.verdict, result.reason.as_str()), (verdict, reason));
    }
    let nowhere = serde_json::json!({"metric": "exact", "bar": ">= 0", "where": {"domain": "X"}});
    let result = first(&gate(nowhere), &[case(0, 0)]);
    assert_eq!(
        (result.verdict, result.reason.as_str()),
        (Verdict::NotMeasured, "no case is in its scope")
    );
    let absent = serde_json::json!({"metric": "bleu", "bar": ">= 0"});
    assert_eq!(first(&gate(absent), &[case(0, 0)]).reason, "no case has this score");
}

#[test]
fn gates_of_other_suites_and_journeys_say_nothing() {
    let policy = policy(serde_json::json!({"gates": [
        {"metric": "exact", "bar": ">= 0.1"},
        {"metric": "exact", "bar": ">= 0.2", "suite": "support_golden", "journey": "copilot"},
        {"metric": "exact", "bar": ">= 0.3", "suite": "suite/support_golden"},
        {"metric": "exact", "bar": ">= 0.4", "suite": "other"},
        {"metric": "exact", "bar": ">= 0.5", "journey": "routing"},
    ]}));
    let results = court(Some(&policy)).judge(&table(Some(&policy), &[case(0, 0)])).expect("bars");
    let bars: Vec<&str> = results.iter().map(|result| result.bar.as_str()).collect();
    assert_eq!(bars, [">= 0.1", ">= 0.2", ">= 0.3"]);
}

#[test]
fn a_judge_that_is_not_calibrated_advises() {
    let policy = gate(serde_json::json!({"metric": "grounded", "bar": ">= 4"}));
    let why = "`grounded` has no calibration";
    let judge = |scores: &[f64]| {
        let advisory = BTreeMap::from([("grounded".to_owned(), why.to_owned())]);
        let court = Court { advisory, ..court(Some(&policy)) };
        let mut records = scored("grounded", scores);
        records[0].metric = "grounded".into();
        records[0].outcome = Outcome::Fail;
        court.judge(&table(Some(&policy), &records)).expect("bars").remove(0)
    };
    let result = judge(&[1.0, 2.0]);
    assert_eq!(result.verdict, Verdict::Advisory);
    assert!(result.reason.starts_with(&format!("{why}; the bar would not hold")));
    assert!(judge(&[5.0, 4.5]).reason.starts_with(&format!("{why}; the bar would hold")));
}

#[test]
fn a_bar_that_is_none_is_refused() {
    for (key, text) in [("bar", "about 0.8"), ("tail", ">= x")] {
        let mut json = serde_json::json!({"metric": "exact", "bar": ">= 0.8"});
        json[key] = text.into();
        let policy = gate(json);
        let fault = court(Some(&policy)).judge(&table(Some(&policy), &[])).expect_err("a fault");
        let expected = format!("gate 1 on `exact`: `{text}` is no bar; a bar is such as `>= 0.8`");
        assert_eq!(fault.to_string(), expected);
    }
    let policy = policy(serde_json::json!({"confidence": 1.0}));
    assert!(matches!(
        court(Some(&policy)).judge(&table(Some(&policy), &[])),
        Err(CourtFault::Number { .. })
    ));
}

#[test]
fn a_run_may_fail_and_be_inconclusive() {
    use Verdict::{Advisory, Fail, Inconclusive, NotMeasured, Pass};
    let of = |verdicts: &[Verdict]| {
        let result = |verdict: &Verdict| GateResult {
            verdict: *verdict,
            ..GateResult::new(BarSource::Policy, "exact", "mean", String::new())
        };
        Decision::of(&verdicts.iter().map(result).collect::<Vec<_>>())
    };
    let cases: &[(&[Verdict], RunVerdict)] = &[
        (&[Pass, NotMeasured, Advisory], RunVerdict::Pass),
        (&[Advisory], RunVerdict::Pass),
        (&[Pass, Inconclusive], RunVerdict::Inconclusive),
        (&[Pass, Fail, Inconclusive], RunVerdict::Fail),
        (&[NotMeasured, NotMeasured], RunVerdict::Inconclusive),
        (&[], RunVerdict::Inconclusive),
    ];
    for (verdicts, expected) in cases {
        assert_eq!(of(verdicts).verdict(), *expected, "{verdicts:?}");
    }
    let both = of(&[Fail, Inconclusive]);
    assert_eq!((both.failed, both.inconclusive), (1, 1));
}

#[test]
fn numbers_are_written_for_people() {
    let cases = [
        (0.0, "0"),
        (0.6396, "0.6396"),
        (1200.0, "1200"),
        (4.2, "4.2"),
        (0.003_651_2, "0.003651"),
        (-0.02, "-0.02"),
        (1_234_567.8, "1234568"),
        (1e-12, "0"),
    ];
    for (value, expected) in cases {
        assert_eq!(words::number(value), expected);
    }
    assert_eq!(
        [percent(0.0722), percent(0.95), percent(1.0), percent(0.005)],
        ["7.2 %", "95 %", "100 %", "0.5 %"]
    );
}

proptest! {
    #[test]
    fn judging_is_a_function_of_the_records(
        scores in prop::collection::vec(prop_oneof![Just(0.0), Just(1.0), 0.0_f64..1.0], 1..30),
        decide in prop_oneof![Just("estimate"), Just("bound")],
        aggregate in prop_oneof![Just("mean"), Just("p95"), Just("sum"), Just("min")],
        bar in prop_oneof![Just(">= 0.8"), Just("<= 0.2"), Just("== 1")],
    ) {
        let policy = policy(serde_json::json!({
            "gates": [{"metric": "f1", "aggregate": aggregate, "bar": bar}],
            "decide": decide,
            "margins": {"f1": 0.1},
        }));
        let records = scored("f1", &scores);
        let judge = |records: &[CaseRecord]| {
            let baseline = Baseline::from_record(&run(), records).expect("a baseline");
            let table = table(Some(&policy), records);
            let compared = Compared::of(&baseline, &run().fingerprint, &table);
            Court { baseline: Some(&compared), ..court(Some(&policy)) }.judge(&table)
        };
        let results = judge(&records).expect("bars");
        let reversed: Vec<CaseRecord> = records.iter().rev().cloned().collect();
        prop_assert_eq!(&results, &judge(&reversed).expect("bars"));
        let relative = results.last().expect("a result");
        prop_assert_eq!((relative.verdict, relative.estimate), (Verdict::Pass, Some(0.0)));
        for result in &results {
            prop_assert!(result.estimate.is_none_or(f64::is_finite), "{:?}", result);
            prop_assert!(!result.reason.contains('\n'));
        }
    }
}
