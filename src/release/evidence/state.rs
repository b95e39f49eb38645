//! Each suite of a composition: proven already, to be run, or closed.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::mismatch::{Claim, Demand, Mismatch, matches};
use crate::digest::Digest;
use crate::evals::record::Provenance;
use crate::ident::{EntryName, Kind};
use crate::money::MicroUsd;
use crate::release::composite::Member;
use crate::release::recorded::Local;

/// A run that may prove something.
#[derive(Debug, Clone)]
pub struct Candidate<'a> {
    /// What it says of itself.
    pub claim: Claim<'a>,
    /// Its id.
    pub run: &'a str,
    /// The digest of its header.
    pub digest: Digest,
    /// The digest of its pack; `None` for a run that is only recorded here.
    pub pack: Option<Digest>,
    /// When it began (ISO 8601, UTC).
    pub created: &'a str,
    /// Who vouches for it.
    pub provenance: Provenance,
    /// Why nobody who is listed vouches for it; `None` where somebody does, and for a run that is only
    /// recorded here.
    pub local: Option<&'a Local>,
    /// The id of its record in the ledger; `None` for a run that is only recorded here.
    pub record: Option<&'a str>,
}

impl Candidate<'_> {
    /// Orders runs by what they are worth: signed by CI before the others, in the ledger before
    /// those that are only here, and then the newest.
    ///
    /// Among runs of equal worth the newest decides, open or closed: whoever runs a suite until it
    /// passes has not shown more than the last run shows.
    fn worth(&self) -> (bool, bool, &str, &str) {
        (self.provenance == Provenance::Ci, self.record.is_some(), self.created, self.run)
    }
}

/// What is known of a suite.
#[derive(Debug)]
pub enum State<'a> {
    /// A run proves it.
    Reused {
        /// The run.
        run: &'a Candidate<'a>,
        /// Runs of exactly the same whose gates closed.
        closed_before: usize,
    },
    /// No run is of exactly this.
    ToRun {
        /// Why not, as the nearest run says.
        why: Vec<String>,
        /// The most that running it can cost, where somebody has counted.
        cost: Option<MicroUsd>,
    },
    /// A run is of exactly this, and its gates did not open.
    Closed {
        /// The run.
        run: &'a Candidate<'a>,
        /// Which gates.
        why: Vec<String>,
    },
}

/// A suite of a composition, with what is known of it.
#[derive(Debug)]
pub struct SuiteState<'a> {
    /// The suite.
    pub suite: &'a Member,
    /// What is known.
    pub state: State<'a>,
}

/// Looks through runs for each suite of a composition, by name of the suite.
#[must_use]
pub fn states<'a>(
    demand: &Demand<'a>,
    candidates: &'a [Candidate<'a>],
    costs: &BTreeMap<EntryName, MicroUsd>,
) -> Vec<SuiteState<'a>> {
    let suites =
        demand.composition.evidence.iter().filter(|member| member.name.kind == Kind::Suite);
    suites
        .map(|suite| SuiteState { suite, state: state(demand, suite, candidates, costs) })
        .collect()
}

fn state<'a>(
    demand: &Demand<'a>,
    suite: &Member,
    candidates: &'a [Candidate<'a>],
    costs: &BTreeMap<EntryName, MicroUsd>,
) -> State<'a> {
    let name = suite.name.to_string();
    let mut own: Vec<(&Candidate<'_>, Vec<Mismatch>)> = candidates
        .iter()
        .filter(|candidate| candidate.claim.suite.entry == name)
        .map(|candidate| (candidate, matches(demand, &candidate.claim).err().unwrap_or_default()))
        .collect();
    own.sort_by_key(|(candidate, _)| Reverse(candidate.worth()));
    let is_same = |mismatches: &[Mismatch]| {
        mismatches.iter().all(|m| matches!(m, Mismatch::Closed { .. } | Mismatch::Vacuous))
    };
    let mut same = own.iter().filter(|(_, mismatches)| is_same(mismatches));
    if let Some((run, mismatches)) = same.next() {
        if mismatches.is_empty() {
            let closed_before = same.filter(|(_, mismatches)| !mismatches.is_empty()).count();
            return State::Reused { run, closed_before };
        }
        return State::Closed { run, why: words(mismatches) };
    }
    // The run that the fewest things speak against says what is to be done.
    let nearest = own.iter().min_by_key(|(_, mismatches)| mismatches.len());
    let why = match nearest {
        Some((candidate, mismatches)) => {
            let mut why = vec![format!("the nearest run is {}", candidate.run)];
            why.extend(words(mismatches));
            why
        }
        None => vec!["no run of it is recorded".to_owned()],
    };
    State::ToRun { why, cost: costs.get(&suite.name).copied() }
}

fn words(mismatches: &[Mismatch]) -> Vec<String> {
    mismatches.iter().map(ToString::to_string).collect()
}
