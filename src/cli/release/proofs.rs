//! The runs that may prove a composition: those of the ledger, and those that are only recorded here.

use std::collections::BTreeMap;

use super::approvals;
use crate::cli::failure::Failure;
use crate::cli::signing::Notary;
use crate::cli::store::runs::Runs;
use crate::evals::record::{Provenance, RunRecord};
use crate::ledger::find::Index;
use crate::ledger::record::RecordId;
use crate::release::evidence::{Candidate, Claim};
use crate::release::recorded::{Kept, Vouch, vouched};
use crate::release::why::Vouched;

/// Every run that is known here.
pub(in crate::cli) struct Proofs<'a> {
    /// Those of the ledger, the oldest first.
    pub kept: Vec<Kept<'a>>,
    /// Who vouches for a run, by its record.
    vouched: BTreeMap<RecordId, Vouch>,
    local: Vec<RunRecord>,
}

impl<'a> Proofs<'a> {
    /// Reads the ledger's runs and those of the work tree.
    ///
    /// # Errors
    /// When the runs cannot be read, or signatures cannot be checked.
    pub(in crate::cli) fn read(
        index: &'a Index,
        notary: &Notary,
        runs: Option<&Runs>,
    ) -> Result<Self, Failure> {
        let mut kept = Vec::new();
        let mut vouches = BTreeMap::new();
        for (found, vouch) in vouched(index.all(), |record| approvals::signed(notary, record))? {
            vouches.insert(found.record.id().clone(), vouch);
            kept.push(found);
        }
        let known = |run: &RunRecord| kept.iter().any(|found| found.run.digest == run.digest());
        let stored = runs.map(Runs::all).transpose()?.map(|(stored, _)| stored);
        let local = stored.into_iter().flatten().map(|stored| stored.record);
        let local = local.filter(|run| !known(run)).collect();
        Ok(Self { kept, vouched: vouches, local })
    }

    /// Returns whose key signed a run; `None` for one that nobody on the list vouches for.
    pub(in crate::cli) fn principal(&self, run: &Kept<'_>) -> Option<&str> {
        self.vouch(run).and_then(Vouch::principal)
    }

    /// Returns every run that is kept, with whose key signed it.
    pub(in crate::cli) fn runs(&self) -> Vec<Vouched<'_>> {
        let with = |kept| Vouched { kept, principal: self.principal(kept) };
        self.kept.iter().map(with).collect()
    }

    /// Returns who vouches for a run.
    pub(in crate::cli) fn provenance(&self, run: &Kept<'_>) -> Provenance {
        self.vouch(run).map_or(Provenance::Local, Vouch::provenance)
    }

    /// Says in words who vouches for a run, or why nobody does.
    pub(in crate::cli) fn vouched(&self, run: &Kept<'_>) -> Option<String> {
        self.vouch(run).map(|vouch| match vouch {
            Vouch::By(principal) => format!("ci: {principal} signed it"),
            Vouch::Nobody(why) => format!("local: {why}"),
        })
    }

    fn vouch(&self, run: &Kept<'_>) -> Option<&Vouch> {
        self.vouched.get(run.record.id())
    }

    /// Returns the runs as they are held against a composition.
    pub(in crate::cli) fn candidates(&self) -> Vec<Candidate<'_>> {
        let recorded = self.kept.iter().map(|found| Candidate {
            claim: Claim::recorded(&found.run, &found.gate),
            run: &found.run.run,
            digest: found.run.digest,
            pack: Some(found.run.pack),
            created: &found.run.created,
            provenance: self.provenance(found),
            local: match self.vouch(found) {
                Some(Vouch::Nobody(why)) => Some(why),
                _ => None,
            },
            record: Some(found.record.id().as_str()),
        });
        let local = self.local.iter().map(|run| Candidate {
            claim: Claim::from(run),
            run: &run.id,
            digest: run.digest(),
            pack: None,
            created: &run.created,
            provenance: Provenance::Local,
            local: None,
            record: None,
        });
        recorded.chain(local).collect()
    }

    /// Finds a run of the ledger by the id of its record.
    pub(in crate::cli) fn by_record(&self, record: &str) -> Option<&Kept<'a>> {
        self.kept.iter().find(|found| found.record.id().as_str() == record)
    }
}
