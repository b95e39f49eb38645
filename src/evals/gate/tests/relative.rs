use super::*;

/// Judges `after` against `before` with a margin on one metric.
fn against(metric: &str, margin: f64, before: &[CaseRecord], after: &[CaseRecord]) -> GateResult {
    let policy = policy(serde_json::json!({"margins": {metric: margin}}));
    let baseline = Baseline::from_record(&run(), before).expect("a baseline");
    let table = table(Some(&policy), after);
    let compared = Compared::of(&baseline, &fingerprint(&["suite", "metrics"]), &table);
    let court = Court { baseline: Some(&compared), ..court(Some(&policy)) };
    let results = court.judge(&table).expect("bars");
    results.into_iter().find(|result| result.source == BarSource::Baseline).expect("a result")
}

/// So many cases of `exact`, each 1 or 0; the answer tells the runs apart.
fn exact(outcomes: &[bool], text: &str) -> Vec<CaseRecord> {
    let of = |(index, passed): (usize, &bool)| {
        let outcome = if *passed { Outcome::Pass } else { Outcome::Fail };
        let mut record = with_outcome(case(index, 0), outcome);
        record.answer = Some(answer(text));
        record
    };
    outcomes.iter().enumerate().map(of).collect()
}

#[test]
fn a_margin_has_three_verdicts() {
    let alternating: Vec<bool> = (0..400).map(|i| i % 2 == 0).collect();
    let worse: Vec<bool> = (0..400).map(|i| i % 4 == 0).collect();
    let result = against("exact", 0.02, &exact(&alternating, "a"), &exact(&alternating, "b"));
    assert_eq!((result.verdict, result.n, result.estimate), (Verdict::Pass, 400, Some(0.0)));
    let method = |result: &GateResult| result.interval.clone().expect("an interval").method;
    assert_eq!(method(&result), "newcombe-paired");
    assert_eq!((result.bar.as_str(), result.reason.as_str()), ("> -0.02", "McNemar's p = 1"));

    let result = against("exact", 0.02, &exact(&alternating, "a"), &exact(&worse, "b"));
    assert_eq!((result.verdict, result.estimate), (Verdict::Fail, Some(-0.25)));

    let few = |text| exact(&alternating[..20], text);
    let result = against("exact", 0.02, &few("a"), &few("b"));
    assert_eq!(result.verdict, Verdict::Inconclusive);
    assert!(result.reason.starts_with("too few cases to tell: the interval holds the margin"));
    let result = against("exact", 0.02, &few("a"), &few("a"));
    assert_eq!(result.verdict, Verdict::Pass, "the same answers are no worse");
    assert!(result.reason.starts_with("no answer differs from the baseline's"));
}

#[test]
fn a_mean_is_bounded_by_the_bootstrap_in_its_own_direction() {
    let times = |shift: f64, text: &str| -> Vec<CaseRecord> {
        let of = |i: u32| {
            let noise = f64::from(i * 37 % 11);
            let mut record = with_score(
                case(i as usize, 0),
                "latency_ms",
                700.0 + noise + shift * f64::from(1 + i % 3),
            );
            record.answer = Some(answer(text));
            record
        };
        (0..60).map(of).collect()
    };
    let cases = [
        (5.0, Verdict::Pass),
        (50.0, Verdict::Inconclusive),
        (80.0, Verdict::Fail),
        (-80.0, Verdict::Pass),
    ];
    for (shift, verdict) in cases {
        let result = against("latency_ms", 100.0, &times(0.0, "a"), &times(shift, "b"));
        assert_eq!(result.verdict, verdict, "{shift} {result:?}");
        let interval = result.interval.expect("an interval");
        assert_eq!((interval.method.as_str(), result.bar.as_str()), ("bca", "< 100"));
    }
}

#[test]
fn without_a_comparable_baseline_nothing_is_measured() {
    let policy = policy(serde_json::json!({"margins": {"exact": 0.02, "bleu": 0}}));
    let records = [case(0, 0), case(1, 0)];
    let table = table(Some(&policy), &records);
    let judge = |baseline| {
        let results = Court { baseline, ..court(Some(&policy)) }.judge(&table).expect("bars");
        let relative = results.into_iter().filter(|result| result.source == BarSource::Baseline);
        relative.map(|result| (result.verdict, result.reason)).collect::<Vec<_>>()
    };
    let reason = "no baseline yet; `keelmark eval bless RUN` makes one".to_owned();
    assert_eq!(judge(None), vec![(Verdict::NotMeasured, reason); 2]);

    let baseline = Baseline::from_record(&run(), [case(0, 0)]).expect("a baseline");
    let compared = Compared::of(&baseline, &fingerprint(&["suite", "judges"]), &table);
    let reason = "not comparable with the baseline: `judges` differs; `metrics` differs; it lacks 1 case (`C-001`)";
    assert_eq!(judge(Some(&compared))[1], (Verdict::NotMeasured, reason.to_owned()));

    let baseline = Baseline::from_record(&run(), &records).expect("a baseline");
    let compared = Compared::of(&baseline, &fingerprint(&["suite", "metrics"]), &table);
    let results = judge(Some(&compared));
    let reason = "no case has this score in both runs".to_owned();
    assert_eq!(results[0], (Verdict::NotMeasured, reason));
    assert_eq!(results[1].0, Verdict::Pass);
}

#[test]
fn a_relative_gate_waits_for_scores_as_well() {
    let before = exact(&[true; 4], "a");
    let mut after = exact(&[true; 4], "b");
    after[0] = with_outcome(case(0, 0), Outcome::Unscored);
    let result = against("exact", 1.5, &before, &after);
    assert_eq!(result.verdict, Verdict::Inconclusive);
    assert_eq!(result.reason, "only 3 of 4 cases have a score (75 %), 95 % are needed");
}
