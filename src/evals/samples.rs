//! Records that tests begin with.

use std::collections::BTreeMap;

use super::record::{
    AnswerRecord, CaseRecord, EntryStamp, ExpectedRecord, Fingerprint, GitStamp, GuardrailRecord,
    Origin, Outcome, Provenance, RUN_SCHEMA, RunRecord, Settings, Status, Totals,
};
use crate::digest::Digest;
use crate::registry::profile::HitSeverity;

/// A case that passes: `exact` is 1, and it expects a text.
pub(crate) fn case(index: usize, repeat: usize) -> CaseRecord {
    let id = format!("C-{index:03}");
    CaseRecord {
        index: u32::try_from(index).expect("small"),
        repeat: u32::try_from(repeat).expect("small"),
        domain: "Support".into(),
        metadata: BTreeMap::new(),
        row: Digest::of(id.as_bytes()),
        case: id,
        prompt: 0,
        input: String::new(),
        expected: ExpectedRecord::Text("yes".into()),
        metric: "exact".into(),
        bar: Some(">= 1".into()),
        outcome: Outcome::Pass,
        answer: Some(answer("yes")),
        fault: None,
        scores: BTreeMap::from([("exact".into(), 1.0)]),
        unscored: BTreeMap::new(),
        guardrails: BTreeMap::new(),
        refused: false,
        sources: Vec::new(),
        judged: BTreeMap::new(),
    }
}

pub(crate) fn answer(text: &str) -> AnswerRecord {
    AnswerRecord {
        text: text.into(),
        redactions: BTreeMap::new(),
        origin: Origin::Live,
        finish: "stop".into(),
        model: None,
        fingerprint: None,
        tokens: None,
        cost_micro_usd: None,
        attempts: 1,
        key: Digest::of(text.as_bytes()),
    }
}

/// Lets a case end otherwise, with the score and the answer that go with it.
pub(crate) fn with_outcome(mut case: CaseRecord, outcome: Outcome) -> CaseRecord {
    case.outcome = outcome;
    case.scores.remove("exact");
    match outcome {
        Outcome::Pass => drop(case.scores.insert("exact".into(), 1.0)),
        Outcome::Fail => {
            case.scores.insert("exact".into(), 0.0);
            case.answer = Some(answer("no"));
        }
        Outcome::Unscored => drop(case.unscored.insert("exact".into(), "no number".into())),
        Outcome::Error => case.answer = None,
    }
    case
}

pub(crate) fn with_score(mut case: CaseRecord, metric: &str, score: f64) -> CaseRecord {
    case.scores.insert(metric.into(), score);
    case
}

/// Puts an answer through a guardrail; a hit fails the case.
pub(crate) fn guarded(
    mut case: CaseRecord,
    name: &str,
    severity: Option<HitSeverity>,
    hit: bool,
) -> CaseRecord {
    if hit {
        case.outcome = Outcome::Fail;
    }
    case.guardrails.insert(name.into(), GuardrailRecord { hit, severity, reason: String::new() });
    case
}

fn stamp(entry: &str) -> EntryStamp {
    let digest = Digest::of(entry.as_bytes());
    EntryStamp { entry: entry.into(), version: "1.0.0".into(), contract: digest, behaviour: digest }
}

pub(crate) fn run() -> RunRecord {
    RunRecord {
        schema: RUN_SCHEMA.into(),
        id: "run-1".into(),
        created: "2026-11-23T00:00:00Z".into(),
        finished: None,
        status: Status::Finished,
        provenance: Provenance::Local,
        tool: "0.1.0".into(),
        git: GitStamp::default(),
        settings: Settings {
            tier: None,
            repeat: 1,
            shard: None,
            filters: Vec::new(),
            offline: true,
        },
        suite: stamp("suite/support_golden"),
        journey: None,
        dataset: None,
        model: "support/copilot".into(),
        prompts: Vec::new(),
        judges: BTreeMap::new(),
        default_judge: None,
        profile: None,
        answer: None,
        signatures: Vec::new(),
        gates: None,
        baseline: None,
        fingerprint: fingerprint(&["suite", "metrics"]),
        seed: 7,
        totals: Totals::default(),
        cases_sha256: None,
        verdicts: Vec::new(),
        accepted_inconclusive: None,
    }
}

/// A fingerprint with these parts.
pub(crate) fn fingerprint(parts: &[&str]) -> Fingerprint {
    let digest = |part: &&str| ((*part).to_owned(), Digest::of(part.as_bytes()));
    Fingerprint { parts: parts.iter().map(digest).collect() }
}
