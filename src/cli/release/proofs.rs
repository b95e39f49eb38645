//! The runs that may prove a composition: those of the ledger, and those that are only recorded here.

use std::collections::BTreeMap;

use crate::cli::failure::Failure;
use crate::cli::ledger::Book;
use crate::cli::signing::Notary;
use crate::cli::store::runs::Runs;
use crate::digest::Digest;
use crate::evals::record::{Provenance, RunRecord};
use crate::ledger::kind::Kind;
use crate::ledger::record::Record;
use crate::release::evidence::{Candidate, Claim};
use crate::release::recorded::{RecordedGate, RecordedRun};

/// A run of the ledger with what its gates said.
pub(in crate::cli) struct Recorded {
    /// The run.
    pub run: RecordedRun,
    /// Its gates.
    pub gate: RecordedGate,
    /// Who vouches for it: CI, where a key that the base lists signed the record.
    pub provenance: Provenance,
    /// Whose key that was.
    pub principal: Option<String>,
    /// The id of the run's record.
    pub record: String,
}

/// Every run that is known here.
pub(in crate::cli) struct Proofs {
    /// Those of the ledger, the oldest first.
    pub recorded: Vec<Recorded>,
    local: Vec<RunRecord>,
}

impl Proofs {
    /// Reads the ledger's runs and those of the work tree.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub(in crate::cli) fn read(
        book: &Book,
        notary: &Notary,
        runs: Option<&Runs>,
    ) -> Result<Self, Failure> {
        let index = book.index()?;
        // A gate that is judged anew is recorded anew; the last word counts.
        let mut gates: BTreeMap<Digest, RecordedGate> = BTreeMap::new();
        for record in index.of_kind(&Kind::Gate) {
            if let Some(gate) = payload::<RecordedGate>(record) {
                gates.insert(gate.digest, gate);
            }
        }
        let mut recorded = Vec::new();
        for record in index.of_kind(&Kind::Run) {
            let Some(run) = payload::<RecordedRun>(record) else { continue };
            let Some(gate) = gates.get(&run.digest).cloned() else { continue };
            let principal = notary.principal(record)?;
            let provenance =
                if principal.is_some() { Provenance::Ci } else { Provenance::Local };
            let record = record.id().to_string();
            recorded.push(Recorded { run, gate, provenance, principal, record });
        }
        let known = |run: &RunRecord| recorded.iter().any(|r: &Recorded| r.run.run == run.id);
        let stored = runs.map(Runs::all).transpose()?.map(|(stored, _)| stored);
        let local = stored.into_iter().flatten().map(|stored| stored.record);
        let local = local.filter(|run| !known(run)).collect();
        Ok(Self { recorded, local })
    }

    /// Returns them as they are held against a composition.
    pub(in crate::cli) fn candidates(&self) -> Vec<Candidate<'_>> {
        let recorded = self.recorded.iter().map(|found| Candidate {
            claim: Claim::recorded(&found.run, &found.gate),
            run: &found.run.run,
            digest: found.run.digest,
            pack: Some(found.run.pack),
            created: &found.run.created,
            provenance: found.provenance,
            record: Some(&found.record),
        });
        let local = self.local.iter().map(|run| Candidate {
            claim: Claim::from(run),
            run: &run.id,
            digest: run.digest(),
            pack: None,
            created: &run.created,
            provenance: Provenance::Local,
            record: None,
        });
        recorded.chain(local).collect()
    }

    /// Finds a run of the ledger by the id of its record.
    pub(in crate::cli) fn by_record(&self, record: &str) -> Option<&Recorded> {
        self.recorded.iter().find(|found| found.record == record)
    }
}

fn payload<T: serde::de::DeserializeOwned>(record: &Record) -> Option<T> {
    serde_json::from_value(record.payload().clone()).ok()
}
