//! The runs that a release cites: computed again, vouched for, and what their gates say.

use std::collections::{BTreeMap, BTreeSet};

use super::waiver::{self, Standing};
use super::{Claim, What};
use crate::evals::gate::{Decision, GateResult};
use crate::ledger::record::Record;
use crate::release::approval::Doubt;
use crate::release::arithmetic::{Arithmetic, ArithmeticFault, Unequal};
use crate::release::demand;
use crate::release::evidence::{Candidate, State, SuiteState};
use crate::release::pack::PackFault;
use crate::vcs::Verified;

/// What came of computing a cited run again.
#[derive(Debug, Clone, Copy)]
pub enum Replay<'a> {
    /// No record of the ledger is about it.
    Unrecorded,
    /// Nobody keeps its pack any more.
    Expired,
    /// The pack is not what its name says.
    Broken(&'a PackFault),
    /// It cannot be computed here.
    Undecided(&'a ArithmeticFault),
    /// It was computed again.
    Computed {
        /// What came of it.
        arithmetic: &'a Arithmetic,
        /// The first key of the ledger's records that the pack does not bear out.
        disagrees: Option<&'a str>,
    },
}

impl Replay<'_> {
    /// Says whether every gate was computed again and is as it was recorded.
    #[must_use]
    pub const fn recomputes(&self) -> bool {
        matches!(
            self,
            Self::Computed { arithmetic, disagrees: None }
                if arithmetic.holds() && arithmetic.gates_attested == 0
        )
    }
}

/// Judges the arithmetic of a run.
#[must_use]
pub fn arithmetic(run: &str, replay: &Replay<'_>) -> Claim {
    let what = What::Arithmetic;
    let claim = match replay {
        Replay::Unrecorded => {
            let expected = "the records of a run and of its gates";
            Claim::fails(what, "the ledger has no run with this pack", expected)
                .hint(super::record::OLDER)
        }
        Replay::Expired => Claim::attested(what, "raw expired, scores attested"),
        Replay::Broken(fault) => {
            Claim::fails(what, fault.to_string(), "the pack that the tag cites")
        }
        Replay::Undecided(fault) => Claim::unknown(what, fault.to_string()),
        Replay::Computed { arithmetic, disagrees } => computed(arithmetic, *disagrees),
    };
    claim.about(run)
}

fn computed(found: &Arithmetic, disagrees: Option<&str>) -> Claim {
    let what = What::Arithmetic;
    match (&found.first, disagrees) {
        // Other bars than those that decided are at hand: nobody can say that the gates are false.
        (Some(unequal @ Unequal::Policy { .. }), _) => Claim::unknown(what, unequal.to_string()),
        (Some(unequal), _) => Claim::fails(what, unequal.to_string(), "what was recorded"),
        (None, Some(key)) => {
            let found = format!("the pack says otherwise of `{key}` than the ledger");
            Claim::fails(what, found, "one and the same")
        }
        (None, None) => {
            let Arithmetic { scores, gates, attested, gates_attested, .. } = found;
            let mut words = format!("{scores} scores and {gates} gates computed again and equal");
            if *attested > 0 || *gates_attested > 0 {
                words.push_str(&format!("; {attested} scores and {gates_attested} gates attested"));
            }
            Claim::holds(what, words)
        }
    }
}

/// Judges who vouches for a run: whoever signed the record of it and the one of its gates.
#[must_use]
pub fn provenance(
    run: &str,
    signed: (Option<&Verified>, Option<&Verified>),
    (lists, list): (bool, &str),
) -> Claim {
    let what = What::Provenance;
    let expected = || format!("a signature of a key that `{list}` lists");
    let claim = match signed {
        (
            Some(Verified::Good { principal: one, .. }),
            Some(Verified::Good { principal: other, .. }),
        ) => {
            if one == other {
                Claim::holds(what, format!("ci: {one} signed it"))
            } else {
                let found = format!("{one} signed the run, and {other} its gates");
                Claim::fails(what, found, "one that vouches for both")
            }
        }
        (one, other) => {
            let said = [one, other];
            let bad = said.iter().flatten().find_map(|verified| match verified {
                Verified::Bad { why } => Some(format!("a signature is bad: {why}")),
                Verified::Expired { fingerprint } if lists => {
                    Some(format!("{fingerprint} was not valid at that time"))
                }
                Verified::Revoked { fingerprint } => Some(format!("{fingerprint} was revoked")),
                Verified::UnknownKey { fingerprint } if lists => {
                    Some(format!("{fingerprint} is not listed"))
                }
                _ => None,
            });
            match bad {
                Some(found) => Claim::fails(what, found, expected()),
                None if lists => Claim::fails(what, "local: nobody signed it", expected()),
                None => Claim::note(what, "local: nobody that is listed vouches for it"),
            }
        }
    };
    claim.about(run)
}

/// Waivers of one gate, each with what became of it.
pub type Waivers = BTreeMap<String, Vec<(Record, Result<Standing, Doubt>)>>;

/// Judges the gates of a suite, and the waivers of those that are closed. `recomputed` says whether
/// the arithmetic of its run holds; else they stand as they were recorded.
#[must_use]
pub fn gates(state: &SuiteState<'_>, recomputed: bool, waivers: &Waivers, now: i64) -> Vec<Claim> {
    let suite = state.suite.reference();
    match &state.state {
        State::ToRun { why, .. } => {
            let expected = "a cited run of exactly this composition";
            vec![Claim::fails(What::Gate, why.join("; "), expected).about(suite)]
        }
        State::Reused { run, .. } => vec![open(run, recomputed).about(suite)],
        State::Closed { run, why } => closed(&suite, (run, why), waivers, now),
    }
}

fn open(run: &Candidate<'_>, recomputed: bool) -> Claim {
    let decision = Decision::of(run.claim.verdicts);
    let mut words = format!("{} pass", decision.passed);
    let others = [
        (decision.inconclusive, "inconclusive"),
        (decision.advisory, "advisory"),
        (decision.not_measured, "not measured"),
    ];
    for (count, word) in others.into_iter().filter(|(count, _)| *count > 0) {
        words.push_str(&format!(", {count} {word}"));
    }
    let accepted = run.claim.accepted.filter(|_| decision.inconclusive > 0);
    match accepted {
        Some(reason) => Claim::attested(What::Gate, format!("open: {words}, accepted: {reason}")),
        None if recomputed => Claim::holds(What::Gate, format!("open: {words}")),
        None => Claim::attested(What::Gate, format!("open as it was recorded: {words}")),
    }
}

fn closed(
    suite: &str,
    (run, why): (&Candidate<'_>, &[String]),
    waivers: &Waivers,
    now: i64,
) -> Vec<Claim> {
    let shut: Vec<&GateResult> = run.claim.closed().collect();
    let fails =
        |expected: String| vec![Claim::fails(What::Gate, why.join("; "), expected).about(suite)];
    if let Some(safety) = shut.iter().find(|gate| demand::is_safety(gate)) {
        let metric = &safety.metric;
        return fails(format!("`{metric}` open: it is about safety, and no such gate is waived"));
    }
    let metrics: BTreeSet<&str> = shut.iter().map(|gate| gate.metric.as_str()).collect();
    if metrics.is_empty() || metrics.iter().any(|metric| !waivers.contains_key(*metric)) {
        return fails("open gates, or an approver's waiver".to_owned());
    }
    let names: Vec<String> = metrics.iter().map(|metric| format!("`{metric}`")).collect();
    let words = format!("closed, and waived: {}", names.join(", "));
    let mut claims = vec![Claim::attested(What::Gate, words).about(suite)];
    claims.extend(metrics.into_iter().filter_map(|metric| {
        waivers.get(metric).map(|waivers| waiver::claim(metric, waivers, now))
    }));
    claims
}
