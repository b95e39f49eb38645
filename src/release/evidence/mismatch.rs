//! A run beside a composition: what keeps the one from proving the other.

use crate::digest::Digest;
use crate::evals::gate::{BarSource, Decision, GateResult, RunVerdict, Verdict};
use crate::evals::record::{EntryStamp, RunRecord, Status};
use crate::ident::Kind;
use crate::registry::policy::gates::Gates;
use crate::registry::suite::Tier;
use crate::release::composite::{Composition, Member};
use crate::release::recorded::{RecordedGate, RecordedRun};

/// What evidence is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Demand<'a> {
    /// What is to be proven.
    pub composition: &'a Composition,
    /// The gates policy that decides, with the digest of its file; `None` where there is none.
    pub gates: Option<(&'a Gates, Digest)>,
}

/// What a run says of itself, from its header or from the ledger.
#[derive(Debug, Clone)]
pub struct Claim<'a> {
    /// Whether every case was run.
    pub finished: bool,
    /// Whether it is of the whole suite.
    pub whole: bool,
    /// The tier whose requirements counted.
    pub tier: Option<Tier>,
    /// The suite.
    pub suite: &'a EntryStamp,
    /// The models that answered.
    pub models: Vec<&'a EntryStamp>,
    /// Everything else that it was made of.
    pub used: Vec<&'a EntryStamp>,
    /// The digest of the gates policy that decided.
    pub gates: Option<Digest>,
    /// What its gates said.
    pub verdicts: &'a [GateResult],
    /// Why an inconclusive gate was accepted.
    pub accepted: Option<&'a str>,
}

impl<'a> From<&'a RunRecord> for Claim<'a> {
    fn from(run: &'a RunRecord) -> Self {
        let prompts = run.prompts.iter().map(|stamp| &stamp.prompt);
        let judges = run.judges.values().flat_map(|stamp| [&stamp.judge, &stamp.model]);
        let used = prompts.chain(&run.dataset).chain(judges).chain(&run.profile);
        Self {
            finished: run.status == Status::Finished,
            whole: run.settings.shard.is_none() && run.settings.filters.is_empty(),
            tier: run.settings.tier,
            suite: &run.suite,
            models: run.prompts.iter().map(|stamp| &stamp.model).collect(),
            used: used.collect(),
            gates: run.gates,
            verdicts: &run.verdicts,
            accepted: run.accepted_inconclusive.as_deref(),
        }
    }
}

impl<'a> Claim<'a> {
    /// Returns what a run in the ledger says of itself: only whole runs are recorded.
    #[must_use]
    pub fn recorded(run: &'a RecordedRun, gate: &'a RecordedGate) -> Self {
        let prompts = run.prompts.iter().map(|stamp| &stamp.prompt);
        let judges = run.judges.values().flat_map(|stamp| [&stamp.judge, &stamp.model]);
        let used = prompts.chain(&run.dataset).chain(judges).chain(&run.profile);
        Self {
            finished: true,
            whole: true,
            tier: run.tier,
            suite: &run.suite,
            models: run.prompts.iter().map(|stamp| &stamp.model).collect(),
            used: used.collect(),
            gates: run.gates,
            verdicts: &gate.verdicts,
            accepted: gate.accepted_inconclusive.as_deref(),
        }
    }

    /// Iterates over the gates that keep a release from going out. One that is inconclusive does not
    /// where somebody accepted that.
    pub fn closed(&self) -> impl Iterator<Item = &'a GateResult> {
        let accepted = self.accepted.is_some();
        self.verdicts.iter().filter(move |gate| match gate.verdict {
            Verdict::Fail => true,
            Verdict::Inconclusive => !accepted,
            Verdict::Pass | Verdict::NotMeasured | Verdict::Advisory => false,
        })
    }
}

/// Which part of an entry differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Facet {
    /// What makes it act.
    Behaviour,
    /// What its consumers rely on.
    Contract,
}

/// What keeps a run from proving a composition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// A run that was stopped or killed.
    #[error("it has not finished")]
    Unfinished,
    /// A run of some cases only.
    #[error("it is a part of its suite")]
    Part,
    /// An entry that acts otherwise, or promises something else.
    #[error(
        "it ran another {}{entry}: {} there, {} here",
        match facet { Facet::Behaviour => "", Facet::Contract => "contract of " },
        shown(run, run_version), shown(wanted, version)
    )]
    Differs {
        /// The entry.
        entry: String,
        /// What differs.
        facet: Facet,
        /// The digest in the run.
        run: Digest,
        /// Its version in the run.
        run_version: String,
        /// The digest in the composition.
        wanted: Digest,
        /// Its version in the composition.
        version: String,
    },
    /// An entry that the composition does not pin.
    #[error("it ran {entry}, which the composite does not pin")]
    NotPinned {
        /// The entry.
        entry: String,
    },
    /// Bars that are not those of now.
    #[error("it was judged by other gates: {}, and they are {} now", bars(run.as_ref()), bars(wanted.as_ref()))]
    Gates {
        /// The digest of the policy in the run.
        run: Option<Digest>,
        /// The digest of the policy.
        wanted: Option<Digest>,
    },
    /// A metric that a release needs, in a run that did not have to measure it.
    #[error("it did not measure `{metric}`, which `required_in: [release]` asks for")]
    NotMeasured {
        /// The metric.
        metric: String,
    },
    /// Gates that are closed, or open to doubt.
    #[error("{}", closed(gates))]
    Closed {
        /// The gates that do not pass, each as `metric bar`.
        gates: Vec<String>,
    },
    /// A run that compared nothing with anything.
    #[error("nothing of it was compared with any bar")]
    Vacuous,
}

/// Says what keeps a run from proving a composition, the weightiest first.
///
/// | kind | what must be equal |
/// |---|---|
/// | prompt, judge, profile, suite | behaviour and contract: inputs, outputs, scale and severities are contract |
/// | model, dataset | behaviour: what the provider is asked for, and the rows |
///
/// Versions are not compared: a number is no evidence.
///
/// # Errors
/// Everything that differs.
pub fn matches(demand: &Demand<'_>, claim: &Claim<'_>) -> Result<(), Vec<Mismatch>> {
    let mut found = Vec::new();
    if !claim.finished {
        found.push(Mismatch::Unfinished);
    }
    if !claim.whole {
        found.push(Mismatch::Part);
    }
    found.extend(differing(demand.composition, claim));
    let wanted = demand.gates.map(|(_, digest)| digest);
    if claim.gates != wanted {
        found.push(Mismatch::Gates { run: claim.gates, wanted });
    }
    found.extend(not_measured(demand, claim));
    found.extend(closed_gates(claim));
    if found.is_empty() { Ok(()) } else { Err(found) }
}

/// Compares everything that a run was made of with what the composition pins.
fn differing(composition: &Composition, claim: &Claim<'_>) -> Vec<Mismatch> {
    let everything: Vec<&Member> =
        composition.members.iter().chain(&composition.evidence).collect();
    // The model of a judge proves nothing of what is released, though it is pinned as well.
    let runs = |member: &&&Member| {
        member.name.kind == Kind::Model && composition.members.iter().any(|m| m.slot == member.slot)
    };
    let models: Vec<&Member> = everything.iter().filter(runs).copied().collect();
    let models = if models.is_empty() { &everything } else { &models };
    let sorted = |stamps: &[&'_ EntryStamp]| {
        let mut stamps: Vec<EntryStamp> = stamps.iter().map(|stamp| (*stamp).clone()).collect();
        stamps.sort();
        stamps.dedup();
        stamps
    };
    let used = [claim.used.as_slice(), &[claim.suite]].concat();
    let used = sorted(&used).into_iter().filter_map(|stamp| differs(&everything, &stamp));
    let asked = sorted(&claim.models);
    let asked = asked.into_iter().filter_map(|stamp| differs(models, &stamp));
    asked.chain(used).collect()
}

/// Compares an entry of a run with those of its name.
fn differs(members: &[&Member], stamp: &EntryStamp) -> Option<Mismatch> {
    let mut named = members.iter().filter(|member| member.name.to_string() == stamp.entry);
    let first = named.clone().next();
    if named.any(|member| unequal(member, stamp).is_none()) {
        return None;
    }
    let Some(member) = first else {
        return Some(Mismatch::NotPinned { entry: stamp.entry.clone() });
    };
    unequal(member, stamp).map(|facet| {
        let facets = member.loaded.facets();
        let (run, wanted) = match facet {
            Facet::Behaviour => (stamp.behaviour, facets.behaviour),
            Facet::Contract => (stamp.contract, facets.contract),
        };
        Mismatch::Differs {
            entry: stamp.entry.clone(),
            facet,
            run,
            run_version: stamp.version.clone(),
            wanted,
            version: member.version.to_string(),
        }
    })
}

fn unequal(member: &Member, stamp: &EntryStamp) -> Option<Facet> {
    let facets = member.loaded.facets();
    if facets.behaviour != stamp.behaviour {
        return Some(Facet::Behaviour);
    }
    let by_behaviour = matches!(member.name.kind, Kind::Model | Kind::Dataset);
    (!by_behaviour && facets.contract != stamp.contract).then_some(Facet::Contract)
}

/// Lists the metrics that a release must measure and that the run did not: in its own tier it did
/// not have to.
fn not_measured(demand: &Demand<'_>, claim: &Claim<'_>) -> Vec<Mismatch> {
    if claim.tier == Some(Tier::Release) {
        return Vec::new();
    }
    let gates = demand.gates.map(|(gates, _)| gates.gates.as_slice()).unwrap_or_default();
    let required = gates.iter().filter(|gate| gate.required_in.contains(&Tier::Release));
    let mut metrics: Vec<&str> = required.map(|gate| gate.metric.as_str()).collect();
    metrics.sort_unstable();
    metrics.dedup();
    let missing = metrics.into_iter().filter(|metric| {
        claim.verdicts.iter().any(|result| {
            result.source == BarSource::Policy
                && result.metric == *metric
                && result.verdict == Verdict::NotMeasured
        })
    });
    missing.map(|metric| Mismatch::NotMeasured { metric: metric.to_owned() }).collect()
}

fn closed_gates(claim: &Claim<'_>) -> Option<Mismatch> {
    let decision = Decision::of(claim.verdicts);
    if decision.is_vacuous() {
        return Some(Mismatch::Vacuous);
    }
    match decision.verdict() {
        RunVerdict::Pass => return None,
        RunVerdict::Inconclusive if claim.accepted.is_some() => return None,
        RunVerdict::Inconclusive | RunVerdict::Fail => {}
    }
    Some(Mismatch::Closed {
        gates: claim.closed().map(|gate| format!("{} {}", gate.metric, gate.bar)).collect(),
    })
}

fn shown(digest: &Digest, version: &str) -> String {
    format!("{version} ({})", digest.short(12))
}

fn bars(digest: Option<&Digest>) -> String {
    digest.map_or_else(|| "none".to_owned(), |digest| digest.short(12))
}

fn closed(gates: &[String]) -> String {
    let gates: Vec<String> = gates.iter().map(|gate| format!("`{gate}`")).collect();
    format!("its gates are closed: {}", gates.join(", "))
}
