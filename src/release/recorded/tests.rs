use serde_json::Value;

use super::*;
use crate::evals::baseline::Baseline;
use crate::evals::gate::Verdict;
use crate::evals::record::Outcome;
use crate::evals::ruling;
use crate::evals::samples::{self, with_outcome};
use crate::ledger::kind::Kind;
use crate::ledger::record::{Draft, Record};

/// Twelve cases of two domains, one failing and one without a bar, with their header.
fn judged() -> (RunRecord, Vec<CaseRecord>) {
    let mut cases: Vec<CaseRecord> = (0..12).map(|index| samples::case(index, 0)).collect();
    cases[3] = with_outcome(cases[3].clone(), Outcome::Fail);
    cases[4].domain = "Extract".to_owned();
    cases[5].bar = None;
    cases.push(samples::case(0, 1));
    let mut run = samples::run();
    let table = ruling::table(&cases, None).expect("a table");
    run.verdicts = ruling::verdicts(&run, None, None, &table).expect("no policy");
    (run, cases)
}

fn recorded(run: &RunRecord, cases: &[CaseRecord], baseline: Option<&Baseline>) -> RecordedRun {
    let table = ruling::table(cases, None).expect("a table");
    let compared = baseline.map(|baseline| Compared::of(baseline, &run.fingerprint, &table));
    let measured = Measured {
        table: &table,
        extent: &Extent::of(cases),
        policy: None,
        compared: compared.as_ref(),
    };
    RecordedRun::of(run, Digest::of(b"pack"), &measured).expect("a payload")
}

#[test]
fn a_run_is_kept_with_its_scores_and_how_far_its_cases_reach() {
    let (run, cases) = judged();
    let kept = recorded(&run, &cases, None);
    assert_eq!((kept.digest, kept.pack), (run.digest(), Digest::of(b"pack")));
    assert_eq!(kept.subject(), "suite/support_golden@1.0.0");
    let domains = BTreeMap::from([("Extract".to_owned(), 1), ("Support".to_owned(), 11)]);
    assert_eq!(kept.extent, Extent { domains, without_bar: 1 });
    let exact = kept.scores.iter().find(|score| score.metric == "exact").expect("a score");
    assert_eq!((exact.n, exact.unscored), (12, 0));
    assert!((exact.value - 11.0 / 12.0).abs() < 1e-12);
    assert_eq!(exact.interval.as_ref().map(|interval| interval.method.as_str()), Some("wilson"));
    assert_eq!((exact.baseline, exact.delta), (None, None));
}

#[test]
fn a_baseline_adds_what_the_scores_were_and_how_they_moved() {
    let (run, cases) = judged();
    let all: Vec<CaseRecord> = (0..12).map(|index| samples::case(index, 0)).collect();
    let mut all = all;
    all[4].domain = "Extract".to_owned();
    let baseline = Baseline::from_record(&run, &all).expect("a baseline");
    let kept = recorded(&run, &cases, Some(&baseline));
    let exact = kept.scores.iter().find(|score| score.metric == "exact").expect("a score");
    assert_eq!(exact.baseline, Some(1.0));
    assert!((exact.delta.expect("a difference") + 1.0 / 12.0).abs() < 1e-12);
    assert_eq!(kept.without_baseline(), recorded(&run, &cases, None));
}

#[test]
fn gates_are_kept_without_the_cases_that_break_them() {
    let (mut run, _) = judged();
    run.accepted_inconclusive = Some("too few cases yet".to_owned());
    assert!(run.verdicts.iter().any(|gate| !gate.offenders.is_empty()), "{:?}", run.verdicts);
    let kept = RecordedGate::of(&run, Digest::of(b"pack"));
    assert_eq!(kept.decision, RunVerdict::Fail);
    assert_eq!(kept.verdicts.len(), run.verdicts.len());
    assert!(kept.verdicts.iter().all(|gate| gate.offenders.is_empty()));
    assert_eq!(kept.verdicts.first().map(|gate| gate.verdict), Some(Verdict::Fail));
    assert_eq!(kept.accepted_inconclusive.as_deref(), Some("too few cases yet"));
}

#[test]
fn payloads_hold_no_text_of_a_case_and_read_back() {
    let (run, mut cases) = judged();
    for case in &mut cases {
        case.input = "the question of Jane".to_owned();
        case.answer = Some(samples::answer("the answer to Jane"));
    }
    let kept = recorded(&run, &cases, None);
    let gate = RecordedGate::of(&run, Digest::of(b"pack"));
    for value in
        [serde_json::to_value(&kept).expect("JSON"), serde_json::to_value(&gate).expect("JSON")]
    {
        let text = value.to_string();
        for word in ["Jane", "C-003", "yes"] {
            assert!(!text.contains(word), "{word}: {text}");
        }
    }
    let back: RecordedRun = round_trip(&kept);
    assert_eq!(back, kept);
    let back: RecordedGate = round_trip(&gate);
    assert_eq!(back, gate);
}

fn to_json<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).expect("JSON")
}

/// Writes a value as the ledger does, with a key of a later version, and reads it.
fn round_trip<T: Serialize + for<'de> Deserialize<'de>>(value: &T) -> T {
    let mut value = serde_json::to_value(value).expect("JSON");
    value.as_object_mut().expect("an object").insert("later".to_owned(), Value::Bool(true));
    let text = crate::digest::canonical_json(&value);
    serde_json::from_str(&text).expect("readable")
}

#[test]
fn runs_of_the_ledger_come_with_the_newest_of_their_gates() {
    let (run, cases) = judged();
    let one = recorded(&run, &cases, None);
    let gate = RecordedGate::of(&run, one.pack);
    let mut accepted = gate.clone();
    accepted.accepted_inconclusive = Some("few cases".to_owned());
    let other = RecordedRun { pack: Digest::of(b"another pack"), ..one.clone() };
    let record = |kind: Kind, at: i64, payload: Value| {
        let (actor, subject) = ("Ada <ada@example.com>".to_owned(), one.subject());
        Record::new(Draft { kind, at, actor, subject, payload }).expect("a record")
    };
    let records = [
        record(Kind::Run, 1, to_json(&one)),
        record(Kind::Gate, 3, to_json(&accepted)),
        record(Kind::Gate, 2, to_json(&gate)),
        record(Kind::Run, 4, to_json(&other)),
        record(Kind::Run, 5, serde_json::json!({"run": "of another form"})),
        record(Kind::Release, 6, to_json(&one)),
    ];
    let found = kept(&records);
    assert_eq!(found.len(), 1, "a run without gates proves nothing");
    assert_eq!(found[0].run, one);
    assert_eq!(found[0].gate, accepted);
    assert_eq!(found[0].record.at(), 1);
    assert_eq!(found[0].gate_record.at(), 3);
}
