use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::evals::record::{GuardrailRecord, JudgeRecord};
use crate::evals::samples::{answer, case, guarded, with_outcome, with_score};
use crate::registry::policy::gates::{Gate, Only};

fn table(keep: Keep, records: &[CaseRecord]) -> Table {
    let mut table = Table::new(keep);
    for record in records {
        table.add(record).expect("a record");
    }
    table
}

/// Everything that can be read off a table.
fn everything(table: &Table) -> String {
    let mut text = format!("{:?}\n", table.metrics());
    for metric in table.metrics() {
        let values = table.values(metric, &Scope::all());
        text += &format!("{metric}: {values:?} {:?}\n", table.coverage(metric, &Scope::all()));
    }
    let kept: Vec<Kept<'_>> = table.kept().collect();
    let guardrails: Vec<_> = table.guardrails().collect();
    let names: Vec<String> = (0..40).map(|index| table.shown(index)).collect();
    text + &format!("{kept:?} {guardrails:?} {names:?} {:?}", table.tallies(&Scope::all()))
}

#[test]
fn a_case_counts_once_with_the_mean_of_the_repeats_that_have_a_score() {
    let records = [
        with_score(case(0, 0), "judge", 4.0),
        with_score(case(0, 1), "judge", 5.0),
        case(0, 2),
        with_score(case(1, 0), "judge", 2.0),
        with_outcome(case(2, 0), Outcome::Error),
    ];
    let table = table(Keep::default(), &records);
    assert_eq!(table.cases(), 3);
    assert!(table.has_repeats());
    assert_eq!(table.values("judge", &Scope::all()), [(0, 4.5), (1, 2.0)]);
    assert_eq!(table.repeats_of("judge", 0), [(0, 4.0), (1, 5.0)]);
    assert_eq!(table.value("judge", 2), None);
    assert_eq!(table.values("nothing", &Scope::all()), []);
}

#[test]
fn outcomes_refusals_and_hits_are_columns() {
    let sev1 = Some(HitSeverity::Sev1);
    let mut refused = case(3, 0);
    refused.refused = true;
    let mut blocked = with_outcome(case(4, 0), Outcome::Pass);
    blocked.refused = true;
    blocked.expected = super::super::record::ExpectedRecord::Block;
    let both = guarded(case(1, 0), "no_pii", sev1, true);
    let records = [
        guarded(case(0, 0), "no_pii", sev1, false),
        guarded(both, "no_secrets", sev1, true),
        with_outcome(case(2, 0), Outcome::Unscored),
        refused,
        blocked,
        with_outcome(case(5, 0), Outcome::Error),
    ];
    let table = table(Keep::default(), &records);
    let values = |metric| table.values(metric, &Scope::all());
    assert_eq!(values("pass"), [(0, 1.0), (1, 0.0), (3, 1.0), (4, 1.0)]);
    assert_eq!(values("sev1_count"), [(0, 0.0), (1, 2.0)], "cases that were looked at");
    assert_eq!(values("sev1_rate"), [(0, 0.0), (1, 1.0)]);
    assert_eq!(values("sev2_count"), [(0, 0.0), (1, 0.0)]);
    assert_eq!(values("refusal_rate"), [(0, 0.0), (1, 0.0), (2, 0.0), (3, 1.0), (4, 1.0)]);
    assert_eq!(values("over_refusal"), [(0, 0.0), (1, 0.0), (2, 0.0), (3, 1.0)]);
    assert_eq!(
        table.metrics(),
        [
            "exact",
            "over_refusal",
            "pass",
            "refusal_rate",
            "sev1_count",
            "sev1_rate",
            "sev2_count",
            "sev2_rate",
            "sev3_count",
            "sev3_rate"
        ]
    );
    let coverage = table.coverage("pass", &Scope::all());
    assert_eq!(coverage, Coverage { run: 6, answered: 5, scored: 4, unscored: 1 });
    let coverage = table.coverage("exact", &Scope::all());
    assert_eq!(coverage, Coverage { run: 6, answered: 5, scored: 4, unscored: 1 });
}

#[test]
fn a_latency_that_was_not_measured_is_not_a_failed_measurement() {
    let mut cached = case(0, 0);
    cached.unscored.insert("latency_ms".into(), "the answer was cached".into());
    let table = table(Keep::default(), &[cached]);
    assert_eq!(table.coverage("latency_ms", &Scope::all()).unscored, 0);
}

#[test]
fn names_are_kept_where_somebody_will_ask() {
    let hit = |hit| GuardrailRecord { hit, severity: None, reason: String::new() };
    let mut tolerated = case(3, 0);
    tolerated.guardrails.insert("no_pii".into(), hit(true));
    let mut unscored = case(4, 0);
    unscored.unscored.insert("judge".into(), "no number".into());
    let records = [
        case(0, 0),
        with_outcome(case(1, 0), Outcome::Fail),
        with_outcome(case(2, 0), Outcome::Error),
        tolerated,
        unscored,
        with_score(case(5, 0), "judge", 2.5),
        with_score(case(6, 0), "judge", 3.0),
    ];
    let tail = ("judge".to_owned(), ">= 3".parse().expect("a bar"));
    let failing = table(Keep { tails: vec![tail], ..Keep::default() }, &records);
    let shown: Vec<String> = (0..7).map(|index| failing.shown(index)).collect();
    assert_eq!(shown, ["#0", "C-001", "C-002", "C-003", "C-004", "C-005", "#6"]);
    assert_eq!(failing.kept().count(), 0, "no digests are kept");
    let all = table(Keep::all_names(), &records);
    let first = all.kept().next().expect("a case");
    assert_eq!((first.id, first.row), ("C-000", Digest::of(b"C-000")));
    assert_eq!(first.answer, Some(Digest::of(b"yes")));
    assert_eq!(all.kept().count(), 7);
}

#[test]
fn a_scope_admits_what_its_gate_names() {
    type Sample<'a> = (Option<Only>, &'a [(&'a str, &'a str)], &'a [u32], &'a str);
    let mut judged = case(1, 0);
    judged.judged.insert(
        "grounded".into(),
        JudgeRecord { votes: vec![4.0], reason: String::new(), cost_micro_usd: None },
    );
    judged.domain = "Finance".into();
    let mut blocked = guarded(case(2, 0), "no_pii", None, false);
    blocked.expected = super::super::record::ExpectedRecord::Block;
    blocked.metadata = BTreeMap::from([
        ("lang".to_owned(), "de".to_owned()),
        ("author".to_owned(), "someone".to_owned()),
    ]);
    let records = [case(0, 0), judged, blocked];
    let cases: &[Sample<'_>] = &[
        (None, &[], &[0, 1, 2], ""),
        (Some(Only::HasReference), &[], &[0, 1], "with a reference"),
        (Some(Only::HasJudge), &[], &[1], "scored by a judge"),
        (Some(Only::HasGuardrail), &[], &[2], "with a guardrail"),
        (None, &[("domain", "Support")], &[0, 2], "domain `Support`"),
        (None, &[("lang", "de")], &[2], "lang `de`"),
        (None, &[("metadata.lang", "de")], &[2], "metadata.lang `de`"),
        (None, &[("lang", "en")], &[], "lang `en`"),
        (
            Some(Only::HasReference),
            &[("domain", "Support")],
            &[0],
            "with a reference, domain `Support`",
        ),
    ];
    for (only, filter, expected, words) in cases {
        let pairs = filter.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let gate = Gate { only: *only, filter: pairs.collect(), ..Gate::default() };
        let scope = Scope::of_gate(&gate);
        let policy = Gates { gates: vec![gate], ..Gates::default() };
        let table = table(Keep::of_policy(&policy, Names::Failing), &records);
        let admitted: Vec<u32> = table.tallies(&scope).iter().map(|(index, _)| *index).collect();
        assert_eq!((&admitted[..], scope.words().as_str()), (*expected, *words));
    }
}

#[test]
fn records_that_cannot_be_are_refused_and_change_nothing() {
    let all = || table(Keep::all_names(), &[case(0, 0)]);
    let before = everything(&all());
    let mut renamed = case(0, 1);
    renamed.case = "other".into();
    let mut changed = case(0, 1);
    changed.row = Digest::of(b"other");
    let mut moved = case(0, 1);
    moved.domain = "Finance".into();
    let mut infinite = case(1, 3);
    infinite.scores.insert("zzz".into(), f64::INFINITY);
    let cases = [
        (
            with_score(case(1, 0), "judge", f64::NAN),
            "case `C-001`, repeat 0: the score `judge` is NaN, which is not finite",
        ),
        (infinite, "case `C-001`, repeat 3: the score `zzz` is inf, which is not finite"),
        (
            with_score(case(1, 0), "pass", 1.0),
            "case `C-001` has a score `pass`, which is computed from the outcomes",
        ),
        (case(0, 0), "case `C-000` (index 0), repeat 0: there are two records"),
        (renamed, "the records of index 0 differ in `case`, `other` among them"),
        (changed, "the records of index 0 differ in `row`, `C-000` among them"),
        (moved, "the records of index 0 differ in `domain`, `C-000` among them"),
    ];
    for (record, expected) in cases {
        let mut table = all();
        let fault = table.add(&record).map_err(|fault| fault.to_string());
        assert_eq!(fault, Err(expected.to_owned()));
        assert_eq!(everything(&table), before);
    }
}

#[test]
fn a_bar_is_told_from_the_guardrails() {
    let hit = |score: Option<f64>, bar: Option<&str>| {
        let mut record = guarded(case(0, 0), "no_pii", None, true);
        record.scores = score.into_iter().map(|score| ("exact".to_owned(), score)).collect();
        record.bar = bar.map(str::to_owned);
        let tally = table(Keep::default(), &[record]).tallies(&Scope::all())[0].1;
        (tally.broken, tally.open)
    };
    assert_eq!(hit(Some(1.0), Some(">= 1")), (0, 0));
    assert_eq!(hit(Some(0.5), Some(">= 1")), (1, 0));
    assert_eq!(hit(Some(1.0), Some("nonsense")), (1, 0));
    assert_eq!(hit(Some(1.0), None), (0, 0));
    assert_eq!(hit(Some(0.0), None), (1, 0));
    assert_eq!(hit(None, Some(">= 1")), (0, 1));
}

/// A record with a bit of everything, from two random numbers.
fn varied(index: usize, repeat: usize, seed: u32) -> CaseRecord {
    let outcomes = [Outcome::Pass, Outcome::Fail, Outcome::Unscored, Outcome::Error];
    let mut record = with_outcome(case(index, repeat), outcomes[seed as usize % 4]);
    if seed & 4 != 0 {
        record = with_score(record, "judge", 1.0 + f64::from(seed % 13) / 3.0);
    }
    if seed & 8 != 0 {
        record = guarded(record, "no_pii", Some(HitSeverity::Sev2), seed & 16 != 0);
    }
    if record.answer.is_some() {
        record.answer = Some(answer(&format!("{seed}")));
    }
    record
}

proptest! {
    #[test]
    fn the_order_of_records_is_of_no_matter(
        seeds in prop::collection::vec((0_usize..12, 0_usize..4, any::<u32>()), 1..40),
        order in any::<u64>(),
    ) {
        let unique: BTreeMap<(usize, usize), u32> =
            seeds.iter().map(|(index, repeat, seed)| ((*index, *repeat), *seed)).collect();
        let mut records: Vec<CaseRecord> =
            unique.iter().map(|((i, r), seed)| varied(*i, *r, *seed)).collect();
        for keep in [Keep::default(), Keep::all_names()] {
            let sorted = everything(&table(keep.clone(), &records));
            records.sort_by_key(|r| Digest::of(format!("{order} {:?}", r.place()).as_bytes()));
            prop_assert_eq!(&sorted, &everything(&table(keep, &records)));
        }
    }

    #[test]
    fn a_mean_lies_between_its_repeats(values in prop::collection::vec(-1e9_f64..1e9, 1..9)) {
        let mut table = Table::new(Keep::default());
        for (repeat, value) in values.iter().enumerate() {
            table.add(&with_score(case(0, repeat), "judge", *value)).expect("a record");
        }
        let mean = table.value("judge", 0).expect("a value");
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        prop_assert!(mean >= least - 1e-6 && mean <= most + 1e-6);
    }
}
