//! The ledger at the remote.

use super::Book;
use super::write::{Change, Race};
use crate::cli::failure::Failure;
use crate::cli::steps;
use crate::vcs::VcsError;
use crate::vcs::write::{Old, PushFault, PushSpec, Refusal, RemoteFault};

impl Book {
    /// Fetches the ledger of the remote and reads it again.
    ///
    /// # Errors
    /// When there is no remote, it cannot be reached, or its ledger lost what it had.
    pub(in crate::cli) fn fetch(&mut self) -> Result<(), Failure> {
        let remote = self.place.remote()?.clone();
        let full = self.place.local.clone();
        let there = self.repository.remote_references(&remote.name, &[&full])?;
        self.at_remote = there.into_iter().find(|(name, _)| *name == full).map(|(_, at)| at);
        if self.at_remote.is_some() && self.at_remote != self.tracking {
            // NOTE: without a `+`, so that a branch that was made anew over there is not taken.
            let reference = format!("{full}:{}", remote.tracking);
            match self.repository.fetch(&remote.name, &[&reference]) {
                Ok(()) => {}
                Err(RemoteFault::Diverged { .. }) => return Err(self.rewritten(&remote.name)),
                // Another program fetches it at this moment.
                Err(RemoteFault::Vcs(VcsError::Command { cause, .. }))
                    if cause.contains("cannot lock ref") => {}
                Err(fault) => return Err(fault.into()),
            }
        }
        self.look()
    }

    /// Pushes commits of the ledger, and references beside it, in one step.
    pub(super) fn push(&self, change: &Change) -> Result<Race, Failure> {
        let remote = self.place.remote()?;
        let mut specs = Vec::new();
        if let Some(tip) = change.chain.tip.filter(|tip| self.at_remote != Some(*tip)) {
            self.refuse_false(tip, self.tracking)?;
            // The remote takes it where what it has is an ancestor.
            specs.push(PushSpec { object: tip, name: self.place.local.clone(), old: Old::Any });
        }
        let beside = change.references.iter().filter_map(|reference| {
            let (name, old) = (reference.name.clone(), reference.old);
            Some(PushSpec { object: reference.new?, name, old })
        });
        specs.extend(beside);
        if specs.is_empty() {
            return Ok(Race::Won);
        }
        steps::reach("ledger:before-push");
        match self.repository.push(&remote.name, &specs) {
            Ok(()) => {
                steps::reach("ledger:after-push");
                Ok(Race::Won)
            }
            Err(PushFault::Rejected { name, kind: Refusal::Moved | Refusal::Exists, .. })
                if name == self.place.local =>
            {
                Ok(Race::Lost)
            }
            Err(fault) => Err(fault.into()),
        }
    }

    fn rewritten(&self, remote: &str) -> Failure {
        let had = self.tracking.map(|commit| commit.short()).unwrap_or_default();
        Failure::integrity(format!(
            "the ledger at `{remote}` was made anew: it lacks commit {had}, which it had when it was last fetched"
        ))
        .hint(format!(
            "nothing was written; compare `git ls-remote {remote} {}` with other clones and put the branch back",
            self.place.local
        ))
    }
}
