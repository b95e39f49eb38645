use std::collections::BTreeMap;

use super::*;
use crate::evals::record::Outcome;
use crate::evals::samples::{self, with_outcome};
use crate::registry::policy::gates::Gate;
use crate::release::pack::Packed;

fn policy() -> Gates {
    Gates {
        gates: vec![Gate { metric: "exact".into(), bar: ">= 0.5".into(), ..Gate::default() }],
        margins: BTreeMap::from([("exact".to_owned(), 0.5)]),
        ..Gates::default()
    }
}

fn digest(text: &str) -> Digest {
    Digest::of(text.as_bytes())
}

fn baseline() -> Baseline {
    let cases: Vec<CaseRecord> = (0..12).map(|index| samples::case(index, 0)).collect();
    Baseline::from_record(&samples::run(), &cases).expect("a baseline")
}

/// A run of twelve cases, one of them failing, judged by the policy and the baseline.
fn judged() -> (RunRecord, Vec<CaseRecord>) {
    let mut cases: Vec<CaseRecord> = (0..12).map(|index| samples::case(index, 0)).collect();
    if let Some(case) = cases.get_mut(3) {
        *case = with_outcome(case.clone(), Outcome::Fail);
    }
    let mut run = samples::run();
    // One prompt, so that its answers are scored again.
    run.prompts = vec![crate::evals::record::PromptStamp {
        prompt: run.suite.clone(),
        model: run.suite.clone(),
        outputs: serde_json::json!({"type": "object"}),
    }];
    run.gates = Some(digest("policy"));
    run.baseline = Some(digest("baseline"));
    run.totals.cases = 12;
    let policy = policy();
    let table = ruling::table(&cases, Some(&policy)).expect("a table");
    let compared = Compared::of(&baseline(), &run.fingerprint, &table);
    run.verdicts =
        ruling::verdicts(&run, Some(&policy), Some(&compared), &table).expect("a policy");
    (run, cases)
}

fn set(case: &mut CaseRecord, score: f64) {
    case.scores.insert("exact".into(), score);
}

fn compute_again(run: &RunRecord, cases: &[CaseRecord], law: &Law<'_>) -> Arithmetic {
    let lines = cases.iter().map(|case| serde_json::to_vec(case).expect("JSON")).collect();
    let packed = Packed::of(run, lines).expect("a pack");
    let compressed = packed.compressed().expect("small");
    let pack = Pack::open(&compressed, packed.digest).expect("a pack");
    compute(&pack, law).expect("readable")
}

#[test]
fn an_honest_run_is_computed_again_bit_by_bit() {
    let (run, cases) = judged();
    let (policy, baseline) = (policy(), baseline());
    let law = Law {
        gates: Some((&policy, digest("policy"))),
        baseline: Some((&baseline, digest("baseline"))),
    };
    let found = compute_again(&run, &cases, &law);
    assert!(found.holds(), "{:?}", found.first);
    assert_eq!((found.scores, found.attested), (12, 0));
    assert_eq!((found.gates, found.gates_attested), (2, 0), "{:#?}", run.verdicts);
    assert_eq!(found.table.cases(), 12);
}

#[test]
fn gates_against_a_baseline_that_is_lost_are_attested() {
    let (run, cases) = judged();
    let (policy, baseline) = (policy(), baseline());
    for baseline in [None, Some((&baseline, digest("blessed since")))] {
        let law = Law { gates: Some((&policy, digest("policy"))), baseline };
        let found = compute_again(&run, &cases, &law);
        assert!(found.holds(), "{:?}", found.first);
        assert_eq!((found.gates, found.gates_attested), (1, 1));
    }
}

#[test]
fn redacted_answers_and_judges_are_attested() {
    let (mut run, mut cases) = judged();
    run.baseline = None;
    for case in &mut cases {
        case.answer.as_mut().expect("an answer").redactions.insert("email".into(), 1);
    }
    let table = ruling::table(&cases, None).expect("a table");
    run.gates = None;
    run.verdicts = ruling::verdicts(&run, None, None, &table).expect("no policy");
    let found = compute_again(&run, &cases, &Law::default());
    assert!(found.holds(), "{:?}", found.first);
    assert_eq!((found.scores, found.attested), (0, 12));
}

#[test]
fn whatever_was_forged_is_named() {
    type Forge = fn(&mut RunRecord, &mut Vec<CaseRecord>);
    let table: [(&str, Forge, &str); 11] = [
        (
            "a better score",
            |_, cases| set(&mut cases[3], 1.0),
            "case `C-003`, repeat 0: `exact` was recorded as 1 and is 0",
        ),
        ("a run that was stopped", |run, _| run.status = Status::Capped, "the run is not whole"),
        (
            "a run of some cases",
            |run, _| run.settings.filters = vec!["id=C-*".to_owned()],
            "the run is not whole",
        ),
        (
            "a score that is off by one bit",
            |_, cases| set(&mut cases[0], 1.0 - f64::EPSILON / 2.0),
            "`exact` was recorded as 0.9999999999999999 and is 1",
        ),
        ("an outcome", |_, cases| cases[3].outcome = Outcome::Pass, "`outcome` was recorded as 1"),
        (
            "another answer",
            |_, cases| cases[3].answer = Some(samples::answer("yes")),
            "`exact` was recorded as 0 and is 1",
        ),
        (
            "a case left out",
            |_, cases| drop(cases.remove(3)),
            "the header counts 12 cases, and there are 11",
        ),
        (
            "a case left out of the header too",
            |run, cases| {
                cases.remove(3);
                run.totals.cases = 11;
            },
            "gate 1 (`exact`) was recorded as",
        ),
        (
            "a verdict",
            |run, _| run.verdicts[1].verdict = crate::evals::gate::Verdict::Fail,
            "gate 2 (`exact`) was recorded as",
        ),
        (
            "the end of an interval",
            |run, _| run.verdicts[0].interval.as_mut().expect("an interval").low = Some(0.5),
            "gate 1 (`exact`) was recorded as",
        ),
        ("a gate left out", |run, _| drop(run.verdicts.pop()), "was recorded as nothing and is {"),
    ];
    let (policy, baseline) = (policy(), baseline());
    let law = Law {
        gates: Some((&policy, digest("policy"))),
        baseline: Some((&baseline, digest("baseline"))),
    };
    for (what, forge, expected) in table {
        let (mut run, mut cases) = judged();
        forge(&mut run, &mut cases);
        let found = compute_again(&run, &cases, &law);
        let first = found.first.map(|unequal| unequal.to_string()).unwrap_or_default();
        assert!(first.contains(expected), "{what}: {first}");
    }
}

#[test]
fn other_bars_than_those_that_decided_prove_nothing() {
    let (run, cases) = judged();
    let policy = policy();
    for gates in [None, Some((&policy, digest("others")))] {
        let found = compute_again(&run, &cases, &Law { gates, baseline: None });
        assert!(matches!(found.first, Some(Unequal::Policy { .. })), "{:?}", found.first);
        assert_eq!(found.gates, 0);
    }
}

#[test]
fn a_metric_of_another_version_is_not_said_to_be_wrong() {
    let (mut run, cases) = judged();
    run.signatures = vec!["bleu/9".to_owned()];
    run.tool = "9.0.0".to_owned();
    let lines = cases.iter().map(|case| serde_json::to_vec(case).expect("JSON")).collect();
    let packed = Packed::of(&run, lines).expect("a pack");
    let compressed = packed.compressed().expect("small");
    let pack = Pack::open(&compressed, packed.digest).expect("a pack");
    let fault = compute(&pack, &Law::default()).expect_err("another version");
    assert_eq!(fault.to_string(), "`bleu/9` is not what scores here; Keelmark 9.0.0 made the run");
}

type Edit = fn(&mut RecordedRun);

#[test]
fn the_ledger_says_what_the_pack_says_or_the_key_is_named() {
    let (run, cases) = judged();
    let (policy, baseline) = (policy(), baseline());
    let law = Law {
        gates: Some((&policy, digest("policy"))),
        baseline: Some((&baseline, digest("baseline"))),
    };
    let found = compute_again(&run, &cases, &law);
    let extent = Extent::of(&cases);
    let measured = Measured {
        table: &found.table,
        extent: &extent,
        policy: Some(&policy),
        compared: found.compared.as_ref(),
    };
    let kept = RecordedRun::of(&run, digest("pack"), &measured).expect("a payload");
    let gate = RecordedGate::of(&run, digest("pack"));
    let lost = Law { baseline: None, ..law };
    let without = compute_again(&run, &cases, &lost);
    for (found, law) in [(&found, &law), (&without, &lost)] {
        let said = found.disagrees(&run, law, (&kept, &gate)).expect("means");
        assert_eq!(said, None);
    }
    let better = |kept: &mut RecordedRun| kept.scores[0].value = 1.0;
    let other = |kept: &mut RecordedRun| kept.suite.behaviour = digest("other");
    let fewer = |kept: &mut RecordedRun| kept.extent.without_bar += 1;
    for (forge, key) in
        [(better as Edit, "scores"), (other as Edit, "suite"), (fewer as Edit, "extent")]
    {
        let mut forged = kept.clone();
        forge(&mut forged);
        let said = found.disagrees(&run, &law, (&forged, &gate)).expect("means");
        assert_eq!(said.as_deref(), Some(key));
    }
    let mut forged = gate.clone();
    forged.decision = crate::evals::gate::RunVerdict::Inconclusive;
    let said = found.disagrees(&run, &law, (&kept, &forged)).expect("means");
    assert_eq!(said.as_deref(), Some("decision"));
}
