//! What the documents of a release say of its evidence.

use std::collections::{BTreeMap, BTreeSet};

use crate::evals::calibration::Measured;
use crate::evals::gate::{BarSource, GateResult, Verdict};
use crate::evals::record::Provenance;
use crate::ident::Kind;
use crate::registry::entry::Body;
use crate::registry::policy::journeys::{Journey, Journeys};
use crate::release::composite::Composition;
use crate::release::facts::{EvidenceFact, JudgeFact, ScoreFact};
use crate::release::recorded::{RecordedGate, RecordedRun, RecordedScore};

/// The aggregate whose value a baseline has too.
const MEAN: &str = "mean";

/// What is known beside the runs.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The journeys; `None` where nobody wrote them down.
    pub journeys: Option<&'a Journeys>,
    /// The calibrations of judges, by entry.
    pub calibrations: &'a BTreeMap<String, Measured>,
}

/// A run that proves a composition, as the ledger has it.
#[derive(Debug, Clone, Copy)]
pub struct Proof<'a> {
    /// The run.
    pub run: &'a RecordedRun,
    /// Its gates.
    pub gate: &'a RecordedGate,
    /// Who vouches for it.
    pub provenance: Provenance,
}

/// Says of each run what it shows and what it leaves open, in the order of the runs. What no run
/// tested at all is said with the first.
#[must_use]
pub fn facts(
    composition: &Composition,
    proofs: &[Proof<'_>],
    known: &Known<'_>,
) -> Vec<EvidenceFact> {
    let mut facts: Vec<EvidenceFact> =
        proofs.iter().map(|proof| fact(composition, proof, known)).collect();
    if let Some(first) = facts.first_mut() {
        let mut untested = journeys(composition, known.journeys);
        untested.extend(prompts(composition, proofs));
        untested.append(&mut first.untested);
        first.untested = untested;
    }
    facts
}

fn fact(composition: &Composition, proof: &Proof<'_>, known: &Known<'_>) -> EvidenceFact {
    let Proof { run, gate, provenance } = *proof;
    EvidenceFact {
        suite: run.suite.entry.clone(),
        version: run.suite.version.clone(),
        model: run.model.clone(),
        run: run.run.clone(),
        digest: run.pack.to_string(),
        provenance,
        journey: run.journey.clone(),
        cases: run.totals.cases,
        by_domain: run.extent.domains.clone(),
        synthetic_share: synthetic(composition, run),
        untested: open(run, gate),
        judges: judges(run, known),
        scores: gate.verdicts.iter().map(|result| score(result, &run.scores)).collect(),
    }
}

/// Returns the share of made-up cases: a dataset says it of all of its rows or of none.
fn synthetic(composition: &Composition, run: &RecordedRun) -> Option<f64> {
    let dataset = run.dataset.as_ref()?;
    let mut members = composition.members.iter().chain(&composition.evidence);
    let member = members.find(|member| member.name.to_string() == dataset.entry)?;
    let Body::Dataset(body) = &member.loaded.entry.body else { return None };
    body.provenance.synthetic.map(|synthetic| if synthetic { 1.0 } else { 0.0 })
}

/// Lists what a run left open.
fn open(run: &RecordedRun, gate: &RecordedGate) -> Vec<String> {
    let mut open = Vec::new();
    match run.extent.without_bar {
        0 => {}
        1 => open.push("1 case names no bar".to_owned()),
        n => open.push(format!("{n} cases name no bar")),
    }
    let with = |verdict: Verdict| -> BTreeSet<&str> {
        let results = gate.verdicts.iter().filter(|result| result.verdict == verdict);
        results.map(|result| result.metric.as_str()).collect()
    };
    open.extend(with(Verdict::Advisory).iter().map(|metric| format!("`{metric}` only advises")));
    open.extend(
        with(Verdict::NotMeasured).iter().map(|metric| format!("`{metric}` was not measured")),
    );
    open.extend(
        with(Verdict::Inconclusive).iter().map(|metric| format!("`{metric}` was not decided")),
    );
    open
}

fn judges(run: &RecordedRun, known: &Known<'_>) -> Vec<JudgeFact> {
    let used: BTreeMap<String, &str> = run
        .judges
        .values()
        .map(|stamp| {
            let entry = stamp.judge.entry.as_str();
            (format!("{entry}@{}", stamp.judge.version), entry)
        })
        .collect();
    used.into_iter()
        .map(|(judge, entry)| {
            let measured = known.calibrations.get(entry);
            JudgeFact {
                judge,
                calibrated: measured.map(|measured| measured.day.clone()),
                kappa: measured.map(|measured| measured.weighted_kappa),
            }
        })
        .collect()
}

/// Says what a gate says, with the baseline's value where the gate is about the mean of all cases
/// that have one.
fn score(result: &GateResult, scores: &[RecordedScore]) -> ScoreFact {
    let same = scores.iter().find(|score| {
        result.source != BarSource::Baseline
            && result.aggregate == MEAN
            && score.metric == result.metric
            && score.n == result.n
    });
    let interval = result.interval.as_ref();
    ScoreFact {
        metric: result.metric.clone(),
        category: result.category.clone(),
        aggregate: result.aggregate.clone(),
        scope: result.scope.clone(),
        n: result.n,
        value: result.estimate,
        low: interval.and_then(|interval| interval.low),
        high: interval.and_then(|interval| interval.high),
        confidence: interval.map(|interval| interval.confidence),
        bar: result.bar.clone(),
        verdict: result.verdict,
        baseline: same.and_then(|score| score.baseline),
        delta: same.and_then(|score| score.delta),
    }
}

/// Lists the journeys that the composite serves and that none of its suites measures.
fn journeys(composition: &Composition, journeys: Option<&Journeys>) -> Vec<String> {
    let Some(body) = composition.body() else { return Vec::new() };
    let own = composition.name.to_string();
    let serves = |name: &String, journey: &Journey| {
        let named = journey.composite.as_deref();
        body.journeys.contains(name)
            || named.is_some_and(|named| named == own || own.ends_with(&format!("/{named}")))
    };
    let suites: Vec<_> =
        composition.evidence.iter().filter(|member| member.name.kind == Kind::Suite).collect();
    let measured: BTreeSet<&str> = suites
        .iter()
        .filter_map(|suite| match &suite.loaded.entry.body {
            Body::Suite(body) => body.journey.as_deref(),
            _ => None,
        })
        .collect();
    let known = journeys.map(|journeys| &journeys.journeys);
    let listed = known.into_iter().flatten().filter(|(name, journey)| serves(name, journey));
    let listed: BTreeSet<&String> = listed.map(|(name, _)| name).chain(&body.journeys).collect();
    let missing = listed.into_iter().filter(|name| !measured.contains(name.as_str()));
    missing.map(|name| format!("no suite measures the journey `{name}`")).collect()
}

/// Lists the prompts that run and that no run asked.
fn prompts(composition: &Composition, proofs: &[Proof<'_>]) -> Vec<String> {
    let asked: BTreeSet<&str> = proofs
        .iter()
        .flat_map(|proof| &proof.run.prompts)
        .map(|prompt| prompt.prompt.entry.as_str())
        .collect();
    let members = composition.runtime().filter(|member| member.name.kind == Kind::Prompt);
    let missing = members.filter(|member| !asked.contains(member.name.to_string().as_str()));
    missing.map(|member| format!("no run asked `{}`", member.name)).collect()
}
