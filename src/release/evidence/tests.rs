use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::digest::Digest;
use crate::evals::calibration;
use crate::evals::gate::{BarSource, GateResult, IntervalRecord, Verdict};
use crate::evals::prompt::stamp;
use crate::evals::record::{
    CaseRecord, EntryStamp, JudgeStamp, Outcome, PromptStamp, Provenance, RunRecord, Status,
};
use crate::evals::samples;
use crate::evals::table::{Keep, Table};
use crate::money::MicroUsd;
use crate::registry::policy::gates::{Gate, Gates};
use crate::registry::policy::journeys::{Journey, Journeys};
use crate::registry::suite::Tier;
use crate::release::composite::Composition;
use crate::release::pack::{Pack, Packed};
use crate::release::recorded::{Extent, Measured, RecordedGate, RecordedRun, RecordedScore};
use crate::release::tests::mission::{
    DATA, JUDGE, MODEL, PROFILE, PROMPT, ROWS, Registry, SUITE, TEMPLATE, mission, name,
};

type Change = fn(Registry) -> Registry;
type Edit = fn(&mut RunRecord);

fn digest(text: &str) -> Digest {
    Digest::of(text.as_bytes())
}

fn result(metric: &str, verdict: Verdict) -> GateResult {
    GateResult {
        source: BarSource::Policy,
        category: Some("exactness".to_owned()),
        metric: metric.to_owned(),
        aggregate: "mean".to_owned(),
        bar: ">= 0.8".to_owned(),
        tail: None,
        scope: String::new(),
        n: 20,
        estimate: Some(0.85),
        interval: Some(IntervalRecord {
            low: Some(0.64),
            high: Some(0.95),
            confidence: 0.95,
            method: "wilson".to_owned(),
        }),
        verdict,
        reason: String::new(),
        offenders: Vec::new(),
    }
}

fn policy() -> Gates {
    let gate = |metric: &str, required: &[Tier]| Gate {
        metric: metric.to_owned(),
        required_in: required.to_vec(),
        ..Gate::default()
    };
    Gates {
        gates: vec![gate("exact", &[]), gate("latency_ms", &[Tier::Release])],
        ..Gates::default()
    }
}

/// A run of everything that the composition pins, as somebody would have made it.
fn run_of(composition: &Composition) -> RunRecord {
    let of = |entry: &str| -> EntryStamp {
        let mut all = composition.members.iter().chain(&composition.evidence);
        let member = all.find(|member| member.name == name(entry)).expect(entry);
        stamp(&member.loaded.entry, member.loaded.facets())
    };
    let prompt = |entry: &str| PromptStamp {
        prompt: of(entry),
        model: of("model/cust-copilot"),
        outputs: json!({}),
    };
    let judge = JudgeStamp {
        judge: of("judge/grounded"),
        model: of("model/judge-large"),
        min_coverage: 0.95,
        advisory: None,
        unseated: false,
    };
    let mut run = samples::run();
    run.suite = of("suite/support_golden");
    run.journey = Some("copilot".to_owned());
    run.dataset = Some(of("dataset/golden_2025_09"));
    run.prompts = ["billing_refund", "intent_route", "invoice_extract"]
        .map(|id| prompt(&format!("prompt/{id}")))
        .to_vec();
    run.judges = BTreeMap::from([("grounded_judge".to_owned(), judge)]);
    run.profile = Some(of("profile/standard_level2"));
    run.gates = Some(digest("gates"));
    run.settings.tier = Some(Tier::Release);
    run.verdicts = vec![result("exact", Verdict::Pass)];
    run.totals.cases = 20;
    run
}

fn words(composition: &Composition, run: &RunRecord) -> Vec<String> {
    let policy = policy();
    let demand = Demand { composition, gates: Some((&policy, digest("gates"))) };
    let mismatches = matches(&demand, &Claim::from(run)).err().unwrap_or_default();
    mismatches.iter().map(ToString::to_string).collect()
}

#[test]
fn a_run_of_exactly_what_is_pinned_proves_it() {
    let composition = mission().whole();
    assert_eq!(words(&composition, &run_of(&composition)), Vec::<String>::new());
}

#[test]
fn whatever_acts_otherwise_is_named() {
    let table: [(&str, Change, &str); 8] = [
        (
            "the prompt's text",
            |r| r.with(TEMPLATE, "{{ question }}{{ policy_snippets }}{{ customer_context }}\n"),
            "it ran another prompt/billing_refund: 2.3.0 (",
        ),
        (
            "an input's default",
            |r| {
                r.edit(
                    PROMPT,
                    "inputs: [customer_context, policy_snippets, question]",
                    "inputs: {customer_context: {type: string, default: none}, policy_snippets: {}, question: {}}",
                )
            },
            "it ran another contract of prompt/billing_refund",
        ),
        (
            "the model",
            |r| r.edit(MODEL, "gpt-4o-mini-2024-07-18", "gpt-4o-2024-08-06"),
            "it ran another model/cust-copilot",
        ),
        (
            "a row",
            |r| r.edit(ROWS, "In five days", "In six days"),
            "it ran another dataset/golden_2025_09",
        ),
        (
            "the rubric",
            |r| r.with("registry/judges/grounded/rubric.md", "Is it true?\n"),
            "it ran another judge/grounded",
        ),
        (
            "the scale",
            |r| r.edit(JUDGE, "max: 5", "max: 7"),
            "it ran another contract of judge/grounded",
        ),
        ("how bad a hit is", |r| r.edit(PROFILE, "sev1", "sev2"), "profile/standard_level2"),
        (
            "how cases are bound",
            |r| r.edit(SUITE, "bind: {question: input}", "bind: {question: expected}"),
            "it ran another suite/support_golden",
        ),
    ];
    let run = run_of(&mission().whole());
    for (what, change, expected) in table {
        let found = words(&change(mission()).whole(), &run);
        assert_eq!(found.len(), 1, "{what}: {found:?}");
        assert!(found[0].contains(expected), "{what}: {found:?}");
    }
}

#[test]
fn promises_that_no_answer_depends_on_keep_the_evidence() {
    let table: [(&str, Change); 4] = [
        ("the model's sunset", |r| r.edit(MODEL, "2027-02-01", "2027-01-01")),
        ("where rows come from", |r| r.edit(DATA, "license: CC-BY-4.0", "license: CC0-1.0")),
        ("when a judge was calibrated", |r| r.edit(JUDGE, "valid_days: 31", "valid_days: 60")),
        ("a number alone", |r| {
            r.edit(PROMPT, "version: 2.3.0", "version: 2.3.1").edit(
                "registry/composites/support_copilot/composite.yaml",
                "@2.3.0",
                "@2.3.1",
            )
        }),
    ];
    let run = run_of(&mission().whole());
    for (what, change) in table {
        assert_eq!(words(&change(mission()).whole(), &run), Vec::<String>::new(), "{what}");
    }
}

#[test]
fn a_run_with_a_model_that_only_judges_proves_nothing() {
    let composition = mission().whole();
    let mut run = run_of(&composition);
    let judge = run.judges.values().next().expect("a judge").model.clone();
    run.prompts.iter_mut().for_each(|stamp| stamp.model = judge.clone());
    assert_eq!(
        words(&composition, &run),
        ["it ran model/judge-large, which the composite does not pin"]
    );
}

#[test]
fn a_run_that_cannot_decide_is_refused_by_name() {
    let composition = mission().whole();
    let table: [(&str, Edit, &str); 9] = [
        ("killed", |run| run.status = Status::Running, "it has not finished"),
        ("a part", |run| run.settings.shard = Some((1, 2)), "it is a part of its suite"),
        (
            "filtered",
            |run| run.settings.filters = vec!["id=a".to_owned()],
            "it is a part of its suite",
        ),
        ("other bars", |run| run.gates = None, "it was judged by other gates: none, and they are"),
        (
            "closed",
            |run| run.verdicts[0].verdict = Verdict::Fail,
            "its gates are closed: `exact >= 0.8`",
        ),
        (
            "open to doubt",
            |run| run.verdicts[0].verdict = Verdict::Inconclusive,
            "its gates are closed: `exact >= 0.8`",
        ),
        (
            "closed in spite of what was accepted",
            |run| {
                run.verdicts =
                    vec![result("bleu", Verdict::Inconclusive), result("exact", Verdict::Fail)];
                run.accepted_inconclusive = Some("few cases".to_owned());
            },
            "its gates are closed: `exact >= 0.8`",
        ),
        (
            "nothing compared",
            |run| {
                run.verdicts = vec![result("exact", Verdict::NotMeasured)];
                run.accepted_inconclusive = Some("nothing to see".to_owned());
            },
            "nothing of it was compared with any bar",
        ),
        (
            "less than a release needs",
            |run| {
                run.settings.tier = Some(Tier::Merge);
                run.verdicts.push(result("latency_ms", Verdict::NotMeasured));
            },
            "it did not measure `latency_ms`",
        ),
    ];
    for (what, change, expected) in table {
        let mut run = run_of(&composition);
        change(&mut run);
        let found = words(&composition, &run);
        assert_eq!(found.len(), 1, "{what}: {found:?}");
        assert!(found[0].contains(expected), "{what}: {found:?}");
    }
    let mut accepted = run_of(&composition);
    accepted.verdicts.push(result("bleu", Verdict::Inconclusive));
    accepted.accepted_inconclusive = Some("few cases yet".to_owned());
    assert_eq!(words(&composition, &accepted), Vec::<String>::new());
}

fn candidate<'a>(run: &'a RunRecord, created: &'a str, provenance: Provenance) -> Candidate<'a> {
    Candidate {
        claim: Claim::from(run),
        run: &run.id,
        digest: run.digest(),
        pack: None,
        created,
        provenance,
        local: None,
        record: None,
    }
}

/// What is said of the only suite of the mission.
fn state_words(candidates: &[Candidate<'_>]) -> String {
    let composition = mission().whole();
    let policy = policy();
    let demand = Demand { composition: &composition, gates: Some((&policy, digest("gates"))) };
    let costs = BTreeMap::from([(name("suite/support_golden"), MicroUsd(1_500_000))]);
    let states = states(&demand, candidates, &costs);
    assert_eq!(states.len(), 1);
    match &states[0].state {
        State::Reused { run, closed_before } => {
            format!("reused {} {:?} after {closed_before}", run.created, run.provenance)
        }
        State::ToRun { why, cost } => format!("to run {} {cost:?}", why.join("; ")),
        State::Closed { run, why } => format!("closed {} {}", run.created, why.join("; ")),
    }
}

#[test]
fn the_best_run_decides_and_a_newer_one_that_closed_is_not_passed_over() {
    let good = run_of(&mission().whole());
    let mut bad = good.clone();
    bad.verdicts[0].verdict = Verdict::Fail;
    let mut other = good.clone();
    other.prompts[0].prompt.behaviour = digest("another text");
    let local = |run, day| candidate(run, day, Provenance::Local);
    let ci = |run, day| candidate(run, day, Provenance::Ci);
    let in_ledger = |mut found: Candidate<'static>| {
        found.record = Some("0011223344556677");
        found
    };
    // The records live as long as the program; tests may leak.
    let (good, bad, other): (&RunRecord, &RunRecord, &RunRecord) =
        (Box::leak(good.into()), Box::leak(bad.into()), Box::leak(other.into()));
    let table: [(&str, Vec<Candidate<'_>>, &str); 9] = [
        ("none", vec![], "to run no run of it is recorded Some(MicroUsd(1500000))"),
        ("one", vec![local(good, "1")], "reused 1 Local after 0"),
        ("the newest", vec![local(good, "1"), local(good, "2")], "reused 2 Local after 0"),
        ("ci before newer", vec![ci(good, "1"), local(good, "2")], "reused 1 Ci after 0"),
        (
            "the ledger before newer",
            vec![in_ledger(local(good, "1")), local(good, "2")],
            "reused 1 Local after 0",
        ),
        (
            "closed since",
            vec![local(good, "1"), local(bad, "2")],
            "closed 2 its gates are closed: `exact >= 0.8`",
        ),
        ("open again", vec![local(bad, "1"), local(good, "2")], "reused 2 Local after 1"),
        (
            "another",
            vec![local(other, "1")],
            "to run the nearest run is run-1; it ran another prompt/billing_refund",
        ),
        ("another that is newer", vec![local(good, "1"), ci(other, "2")], "reused 1 Local after 0"),
    ];
    for (what, candidates, expected) in table {
        let found = state_words(&candidates);
        assert!(found.starts_with(expected), "{what}: {found}");
    }
}

/// What the ledger keeps of a run of the mission.
fn proof() -> (Composition, RecordedRun, RecordedGate) {
    let composition = mission().whole();
    let mut run = run_of(&composition);
    run.verdicts = vec![
        result("exact", Verdict::Pass),
        result("grounded_judge", Verdict::Advisory),
        GateResult { scope: "Support".to_owned(), ..result("exact", Verdict::Pass) },
        result("latency_ms", Verdict::NotMeasured),
    ];
    run.verdicts[2].n = 7;
    let extent = Extent {
        domains: BTreeMap::from([("Extract".to_owned(), 4), ("Support".to_owned(), 16)]),
        without_bar: 2,
    };
    let table = Table::new(Keep::all_names());
    let measured = Measured { table: &table, extent: &extent, policy: None, compared: None };
    let mut kept = RecordedRun::of(&run, digest("pack"), &measured).expect("no score");
    kept.scores = vec![RecordedScore {
        metric: "exact".to_owned(),
        n: 20,
        unscored: 0,
        value: 0.85,
        interval: None,
        baseline: Some(0.8),
        delta: Some(0.05),
    }];
    (composition, kept, RecordedGate::of(&run, digest("pack")))
}

#[test]
fn documents_say_what_was_measured_with_what_and_what_was_not() {
    let (composition, run, gate) = proof();
    // The same judge, with a calibration.
    let measured = calibration::Measured {
        schema: calibration::SCHEMA.to_owned(),
        judge: digest("judge"),
        model: digest("model"),
        weighted_kappa: 0.71,
        labels: 60,
        day: "2026-11-01".to_owned(),
    };
    let journey =
        |composite: &str| Journey { composite: Some(composite.to_owned()), ..Journey::default() };
    let journeys = Journeys {
        journeys: BTreeMap::from([
            ("billing".to_owned(), journey("composite/support_copilot")),
            ("copilot".to_owned(), journey("support_copilot")),
            ("sales".to_owned(), journey("sales_copilot")),
        ]),
    };
    let calibrations = BTreeMap::from([("judge/grounded".to_owned(), measured)]);
    let known = Known { journeys: Some(&journeys), calibrations: &calibrations };
    let proofs = [Proof { run: &run, gate: &gate, provenance: Provenance::Ci }];
    let found = facts(&composition, &proofs, &known);
    assert_eq!(found.len(), 1);
    let fact = &found[0];
    assert_eq!((fact.suite.as_str(), fact.version.as_str()), ("suite/support_golden", "1.1.0"));
    assert_eq!(fact.digest, digest("pack").to_string());
    assert_eq!((fact.cases, fact.synthetic_share), (20, Some(1.0)));
    assert_eq!(fact.by_domain.get("Support"), Some(&16));
    assert_eq!(
        fact.untested,
        [
            "no suite measures the journey `billing`",
            "2 cases name no bar",
            "`grounded_judge` only advises",
            "`latency_ms` was not measured",
        ]
    );
    let judge = &fact.judges[0];
    assert_eq!(judge.judge, "judge/grounded@1.0.0");
    assert_eq!((judge.calibrated.as_deref(), judge.kappa), (Some("2026-11-01"), Some(0.71)));
    let shown: Vec<_> = fact.scores.iter().map(|s| (s.value, s.low, s.baseline, s.delta)).collect();
    assert_eq!(shown[0], (Some(0.85), Some(0.64), Some(0.8), Some(0.05)));
    // A gate about some cases has no baseline: its value is of all of them.
    assert_eq!(shown[2], (Some(0.85), Some(0.64), None, None));
}

#[test]
fn what_no_run_asked_is_said_once_and_nobody_invents_a_calibration() {
    let (composition, mut run, gate) = proof();
    run.prompts.retain(|stamp| stamp.prompt.entry != "prompt/intent_route");
    let calibrations = BTreeMap::new();
    let known = Known { journeys: None, calibrations: &calibrations };
    let proof = Proof { run: &run, gate: &gate, provenance: Provenance::Local };
    let found = facts(&composition, &[proof, proof], &known);
    let said = "no run asked `prompt/intent_route`";
    let counts: Vec<usize> = found
        .iter()
        .map(|fact| fact.untested.iter().filter(|text| *text == said).count())
        .collect();
    assert_eq!(counts, [1, 0]);
    assert_eq!(found[0].judges[0].kappa, None);
    assert_eq!(found[0].judges[0].calibrated, None);
}

#[test]
fn a_dataset_that_does_not_say_whether_it_is_made_up_is_not_said_to_be() {
    let table =
        [(", synthetic: true", "", None), ("synthetic: true", "synthetic: false", Some(0.0))];
    let (_, run, gate) = proof();
    let calibrations = BTreeMap::new();
    let known = Known { journeys: None, calibrations: &calibrations };
    for (from, to, expected) in table {
        let composition = mission().edit(DATA, from, to).whole();
        let proof = Proof { run: &run, gate: &gate, provenance: Provenance::Local };
        let found = facts(&composition, &[proof], &known);
        assert_eq!(found[0].synthetic_share, expected);
    }
}

#[test]
fn two_packs_show_which_answers_a_release_changes() {
    let packed = |run: &RunRecord, cases: &[CaseRecord]| {
        let lines = cases.iter().map(|case| serde_json::to_vec(case).expect("JSON")).collect();
        let packed = Packed::of(run, lines).expect("a pack");
        (packed.digest, packed.compressed().expect("small"))
    };
    let changed = |run: &RunRecord, after: &[CaseRecord]| {
        let before: Vec<CaseRecord> = (0..4).map(|index| samples::case(index, 0)).collect();
        let (old, new) = (packed(&samples::run(), &before), packed(run, after));
        let old = Pack::open(&old.1, old.0).expect("a pack");
        let new = Pack::open(&new.1, new.0).expect("a pack");
        changed_answers(&old, &new, None).expect("comparable")
    };
    let mut after: Vec<CaseRecord> = (0..4).map(|index| samples::case(index, 0)).collect();
    after[1] = samples::with_outcome(after[1].clone(), Outcome::Fail);
    let found = changed(&samples::run(), &after).expect("the same instruments");
    assert_eq!((found.suite.as_str(), found.cases, found.changed), ("suite/support_golden", 4, 1));
    assert_eq!((found.newly_failing, found.newly_passing), (vec!["C-001".to_owned()], vec![]));
    let example = &found.examples[0];
    assert_eq!(
        (example.case.as_str(), example.before.as_str(), example.after.as_str()),
        ("C-001", "yes", "no")
    );
    let mut other = samples::run();
    other.fingerprint = samples::fingerprint(&["suite", "other metrics"]);
    assert_eq!(changed(&other, &after), None);
}
