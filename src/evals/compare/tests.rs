use super::*;
use crate::digest::Digest;
use crate::evals::record::CaseRecord;
use crate::evals::samples::{answer, case, fingerprint, run, with_outcome, with_score};
use crate::evals::table::Keep;

fn compare(before: &[CaseRecord], after: &[CaseRecord], parts: &[&str]) -> Comparison {
    let before = Baseline::from_record(&run(), before).expect("a baseline");
    let mut table = Table::new(Keep::all_names());
    for record in after {
        table.add(record).expect("a record");
    }
    let fingerprint = fingerprint(parts);
    let sides = Sides { before: &before, after: &table, fingerprint: &fingerprint, policy: None };
    let method = Method { confidence: Level::PERCENT_95, resamples: 1_000, seed: 7 };
    Comparison::of(&sides, &method).expect("numbers")
}

fn changes(before: &[CaseRecord], after: &[CaseRecord]) -> Changes {
    match compare(before, after, &["suite", "metrics"]) {
        Comparison::Changed(changes) => *changes,
        Comparison::Incomparable { parts } => panic!("{parts:?}"),
    }
}

fn said(mut record: CaseRecord, text: &str) -> CaseRecord {
    record.answer = Some(answer(text));
    record
}

#[test]
fn each_case_is_followed_from_one_run_to_the_next() {
    use Outcome::{Error, Fail, Unscored};
    let other_row = CaseRecord { row: Digest::of(b"other"), ..case(7, 0) };
    let before = [
        case(0, 0),
        case(1, 0),
        with_outcome(case(2, 0), Fail),
        case(3, 0),
        with_outcome(case(4, 0), Fail),
        with_outcome(case(5, 0), Error),
        case(6, 0),
        case(7, 0),
    ];
    let after = [
        case(0, 0),
        with_outcome(case(1, 0), Fail),
        case(2, 0),
        with_outcome(case(3, 0), Unscored),
        with_outcome(case(4, 0), Error),
        with_outcome(case(5, 0), Error),
        other_row,
        case(8, 0),
    ];
    let changes = changes(&before, &after);
    assert_eq!(changes.cases, 6);
    assert_eq!(changes.newly_failing, ["C-001"]);
    assert_eq!(changes.newly_passing, ["C-002"]);
    assert_eq!(changes.newly_undecided, ["C-003", "C-004"]);
    assert_eq!(changes.added, ["C-008"]);
    assert_eq!(changes.removed, ["C-006"]);
    assert_eq!(changes.other_rows, ["C-007"]);
    assert_eq!(changes.answers_changed, 3, "one of them is gone");
    let exact = &changes.metrics["exact"];
    assert_eq!((exact.n, exact.before.value, exact.after.value), (3, 2.0 / 3.0, 2.0 / 3.0));
    assert_eq!((exact.difference, exact.mcnemar_p), (0.0, Some(1.0)));
}

#[test]
fn repeats_that_no_longer_agree_are_named() {
    let steady = [case(0, 0), case(0, 1)];
    let flaky = [case(0, 0), with_outcome(case(0, 1), Outcome::Fail)];
    assert_eq!(changes(&steady, &flaky).newly_flaky, ["C-000"]);
    assert_eq!(changes(&flaky, &steady).newly_stable, ["C-000"]);
    let same = changes(&flaky, &flaky);
    assert!(same.newly_flaky.is_empty() && same.newly_stable.is_empty());
}

#[test]
fn the_answers_that_lost_most_are_shown() {
    let before: Vec<CaseRecord> =
        (0..6).map(|index| said(with_score(case(index, 0), "exact", 1.0), "before")).collect();
    let scores = [1.0, 0.5, 0.0, 0.5, 1.0, 1.0];
    let long = "é".repeat(300);
    let after: Vec<CaseRecord> = scores
        .iter()
        .enumerate()
        .map(|(index, score)| {
            let text = if index == 5 { "before" } else { long.as_str() };
            said(with_score(case(index, 0), "exact", *score), text)
        })
        .collect();
    let mut changes = changes(&before, &after);
    assert_eq!(changes.answers_changed, 5);
    let shown: Vec<(&str, f64)> =
        changes.examples.iter().map(|example| (example.case.as_str(), example.drop)).collect();
    assert_eq!(shown, [("C-002", 1.0), ("C-001", 0.5), ("C-003", 0.5)]);
    changes.illustrate(|id| (id != "C-001").then(|| ("before".to_owned(), long.clone())));
    assert_eq!(changes.examples.len(), 2, "an answer without texts is not shown");
    assert_eq!(changes.examples[0].before, "before");
    assert_eq!(changes.examples[0].after, format!("{}…", "é".repeat(200)));
}

#[test]
fn runs_with_other_instruments_have_no_difference() {
    let records = [case(0, 0)];
    let found = compare(&records, &records, &["suite", "judges", "metrics"]);
    assert_eq!(found, Comparison::Incomparable { parts: vec!["`judges` differs".to_owned()] });
    let found = compare(&records, &[case(1, 0)], &["suite", "metrics"]);
    let parts = vec!["no case has the same row".to_owned()];
    assert_eq!(found, Comparison::Incomparable { parts });
}

#[test]
fn means_totals_and_differences_come_with_their_intervals() {
    let costs = |shift: f64| -> Vec<CaseRecord> {
        let cost = |index: u32| f64::from(index % 5) / 100.0 + shift * f64::from(index % 3);
        (0..30).map(|index| with_score(case(index as usize, 0), "cost_usd", cost(index))).collect()
    };
    let changes = changes(&costs(0.0), &costs(0.01));
    let cost = &changes.metrics["cost_usd"];
    assert_eq!(cost.n, 30);
    assert!((cost.totals.1 - cost.totals.0 - 0.3).abs() < 1e-12, "{:?}", cost.totals);
    assert!((cost.difference - 0.01).abs() < 1e-12);
    let method = |interval: &Option<IntervalRecord>| interval.clone().map(|found| found.method);
    assert_eq!(method(&cost.before.interval).as_deref(), Some("t"));
    assert_eq!(method(&cost.interval).as_deref(), Some("bca"));
    let pass = &changes.metrics["pass"];
    assert_eq!(method(&pass.before.interval).as_deref(), Some("wilson"));
    assert_eq!(method(&pass.interval).as_deref(), Some("newcombe-paired"));
}
