//! The runs of a ledger, each with its gates and with whoever vouches for it.

use std::collections::{BTreeMap, BTreeSet};

use super::{RecordedGate, RecordedRun};
use crate::digest::Digest;
use crate::evals::record::Provenance;
use crate::ledger::kind::Kind;
use crate::ledger::record::Record;
use crate::release::approval::{Signed, Unbelieved};

/// Whether somebody who is listed vouches for a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Vouch {
    /// The key of this principal signed the run and its gates.
    By(String),
    /// Nobody does, and why not.
    Nobody(Local),
}

/// Why a run of the ledger counts as local.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Local {
    /// The record of the run says nothing of who made it.
    #[error("{0}")]
    Run(Unbelieved),
    /// The run is signed, and no record of its gates is.
    #[error("the record of its gates does not count: {0}")]
    Gates(Unbelieved),
    /// One vouches for the run, and another for its gates.
    #[error("`{run}` signed the run, and `{gates}` its gates")]
    Others {
        /// Who signed the run.
        run: String,
        /// Who signed its gates.
        gates: String,
    },
}

impl Vouch {
    /// Returns the word for it.
    #[must_use]
    pub const fn provenance(&self) -> Provenance {
        match self {
            Self::By(_) => Provenance::Ci,
            Self::Nobody(_) => Provenance::Local,
        }
    }

    /// Returns whose key signed the run; `None` where nobody's on the list did.
    #[must_use]
    pub fn principal(&self) -> Option<&str> {
        match self {
            Self::By(principal) => Some(principal),
            Self::Nobody(_) => None,
        }
    }
}

impl Local {
    /// Says what makes a run that counts. A recorded run gets no second signature: it is run again.
    #[must_use]
    pub fn next_step(&self) -> String {
        const RUN: &str = "`keelmark eval run --when release --record --sign --push`";
        match self {
            Self::Run(why) | Self::Gates(why) => match why {
                Unbelieved::Unsigned => format!("have CI run and sign it: {RUN}"),
                Unbelieved::Unlisted { list, .. } => format!(
                    "have it run where a listed key signs: {RUN}; or list this key in `{list}`, if \
                     it is that of CI, and merge that"
                ),
                Unbelieved::Expired { .. } | Unbelieved::Revoked { .. } => {
                    format!(
                        "give CI a key that is valid, list it, and have it run once more: {RUN}"
                    )
                }
                Unbelieved::Bad(_) => format!(
                    "somebody may have changed the record: `keelmark ledger verify` says; then have \
                     CI run it once more: {RUN}"
                ),
            },
            Self::Others { .. } => format!("have one of them run and sign both: {RUN}"),
        }
    }
}

/// A run as the ledger has it, with its gates.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept<'a> {
    /// The record of the run.
    pub record: &'a Record,
    /// The record of its gates.
    pub gate_record: &'a Record,
    /// What it says of the run.
    pub run: RecordedRun,
    /// What it says of the gates.
    pub gate: RecordedGate,
}

/// A run as the ledger has it, with every record of its gates.
struct Judged<'a> {
    record: &'a Record,
    run: RecordedRun,
    /// By time, the oldest first.
    gates: Vec<(&'a Record, RecordedGate)>,
}

impl<'a> Judged<'a> {
    /// Takes the newest of the records of gates that are meant, or else the newest of all.
    fn with(self, is_meant: impl Fn(&Record) -> bool) -> Option<Kept<'a>> {
        let meant = self.gates.iter().rev().find(|(record, _)| is_meant(record));
        let (gate_record, gate) = meant.or(self.gates.last())?;
        Some(Kept { record: self.record, gate_record, run: self.run, gate: gate.clone() })
    }
}

/// Reads the runs of the ledger, each with the newest record of its gates. Records of another form
/// and runs without gates prove nothing and are left out.
#[must_use]
pub fn kept<'a>(records: impl IntoIterator<Item = &'a Record>) -> Vec<Kept<'a>> {
    judged(records).into_iter().filter_map(|run| run.with(|_| true)).collect()
}

/// Reads the same, and says who vouches for each: whoever signed the run and a record of its gates,
/// of which the newest counts. What others say of a run takes no place of what its signer says.
///
/// # Errors
/// When `signed` cannot say who signed a record.
pub fn vouched<'a, E>(
    records: impl IntoIterator<Item = &'a Record>,
    mut signed: impl FnMut(&Record) -> Result<Signed, E>,
) -> Result<Vec<(Kept<'a>, Vouch)>, E> {
    let mut found = Vec::new();
    for run in judged(records) {
        let mut same = BTreeSet::new();
        let vouch = match signed(run.record)? {
            Signed::Not(why) => Vouch::Nobody(Local::Run(why)),
            Signed::By(principal) => {
                let mut newest = None;
                for (record, _) in &run.gates {
                    let by = signed(record)?;
                    if by == Signed::By(principal.clone()) {
                        same.insert(record.id());
                    }
                    newest = Some(by);
                }
                match newest {
                    _ if !same.is_empty() => Vouch::By(principal),
                    Some(Signed::By(gates)) => {
                        Vouch::Nobody(Local::Others { run: principal, gates })
                    }
                    Some(Signed::Not(why)) => Vouch::Nobody(Local::Gates(why)),
                    None => Vouch::Nobody(Local::Gates(Unbelieved::Unsigned)),
                }
            }
        };
        found.extend(run.with(|record| same.contains(record.id())).map(|kept| (kept, vouch)));
    }
    Ok(found)
}

fn judged<'a>(records: impl IntoIterator<Item = &'a Record>) -> Vec<Judged<'a>> {
    let mut runs: Vec<(&Record, RecordedRun)> = Vec::new();
    let mut gates: BTreeMap<(Digest, Digest), Vec<(&Record, RecordedGate)>> = BTreeMap::new();
    for record in records {
        let payload = || record.payload().clone();
        match record.kind() {
            Kind::Run => {
                let read = serde_json::from_value(payload());
                runs.extend(read.ok().map(|run| (record, run)));
            }
            Kind::Gate => {
                let Ok(gate) = serde_json::from_value::<RecordedGate>(payload()) else { continue };
                gates.entry((gate.digest, gate.pack)).or_default().push((record, gate));
            }
            _ => {}
        }
    }
    for gates in gates.values_mut() {
        gates.sort_by_key(|(record, _)| record.at());
    }
    let with_gates = |(record, run): (&'a Record, RecordedRun)| {
        let gates = gates.get(&(run.digest, run.pack)).cloned()?;
        Some(Judged { record, run, gates })
    };
    runs.into_iter().filter_map(with_gates).collect()
}
