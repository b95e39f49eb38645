//! What the header of a run says about what the run is made of.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::checks::Loaded;
use crate::digest::Digest;
use crate::evals::guard;
use crate::evals::judge::{self, JudgeSide};
use crate::evals::record::{Fingerprint, PromptStamp, RunRecord};
use crate::evals::replay::SCHEMA_VALID;
use crate::evals::session::Target;
use crate::metrics::TextMetric;
use crate::registry::suite::Suite;

/// Returns the label that baselines are kept under: the id of the model, or of all of them.
pub(super) fn model_label(prompts: &[PromptStamp]) -> String {
    let mut ids: Vec<&str> = prompts
        .iter()
        .map(|prompt| prompt.model.entry.split_once('/').map_or("", |(_, id)| id))
        .collect();
    ids.sort_unstable();
    ids.dedup();
    ids.join("+")
}

/// Returns the signatures of everything that scores.
pub(super) fn signatures(
    cases: &[crate::cases::Case],
    judges: &BTreeMap<String, JudgeSide>,
) -> Vec<String> {
    let mut names: Vec<&str> = cases.iter().map(|case| case.check.metric.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let texts = names.iter().filter_map(|name| TextMetric::from_name(name));
    let mut signatures: Vec<String> = texts.map(|m| m.signature().to_owned()).collect();
    if names.contains(&"schema_valid") {
        signatures.push(SCHEMA_VALID.to_owned());
    }
    let mut guardrails: Vec<&str> =
        cases.iter().flat_map(|case| case.guardrails.iter().map(String::as_str)).collect();
    guardrails.push("refusal");
    guardrails.sort_unstable();
    guardrails.dedup();
    signatures.extend(guardrails.iter().filter_map(|name| guard::signature(name)));
    if !judges.is_empty() {
        signatures.push(judge::PROTOCOL.to_owned());
    }
    signatures.sort();
    signatures
}

/// Returns the instruments of a run.
pub(super) fn fingerprint(
    header: &RunRecord,
    suite: &Suite,
    loaded: &Loaded,
    targets: &[Target],
) -> Fingerprint {
    let fixtures: Vec<String> = loaded
        .payloads
        .iter()
        .filter(|payload| payload.declared.pointer == "/fixtures")
        .map(|payload| payload.digest.to_string())
        .collect();
    let judges: BTreeMap<&String, (&Digest, &Digest)> = header
        .judges
        .iter()
        .map(|(metric, stamp)| (metric, (&stamp.judge.behaviour, &stamp.model.behaviour)))
        .collect();
    // Prompts may each name a profile of their own.
    let hits: BTreeSet<String> = targets
        .iter()
        .map(|t| Digest::of_json(&json!(t.scorer.severities())).to_string())
        .collect();
    let parts = [
        (
            "suite",
            json!({"bind": suite.bind, "answer": suite.answer, "fixtures": fixtures, "default_judge": header.default_judge}),
        ),
        ("judges", json!(judges)),
        ("metrics", json!(header.signatures)),
        ("profile", json!({"profile": header.profile.as_ref().map(|p| &p.contract), "hits": hits})),
    ];
    let parts = parts.into_iter().map(|(name, value)| (name.to_owned(), Digest::of_json(&value)));
    Fingerprint { parts: parts.collect() }
}
