//! Adding records.

use std::collections::BTreeSet;

use super::Book;
use crate::cli::failure::Failure;
use crate::cli::steps;
use crate::ledger::append;
use crate::ledger::channel::Channels;
use crate::ledger::record::{Record, RecordId};
use crate::ledger::retention;
use crate::snapshot::{ObjectName, Snapshot as _};
use crate::vcs::Identity;
use crate::vcs::write::{NewCommit, Old, RefFault, RefUpdate};

/// How often an append may fail although nobody else appended.
const STRIKES: u32 = 5;

/// Commits that were written and that no reference leads to yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Chain {
    /// The last commit; that of the ledger where there is nothing to add, and none where there is
    /// no ledger either.
    pub tip: Option<ObjectName>,
    /// The commits, each with its record, the oldest first.
    pub commits: Vec<(RecordId, ObjectName)>,
}

/// What is to be published together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Change {
    /// Commits of the ledger.
    pub chain: Chain,
    /// References that move in the same transaction, behind the ledger, in this order.
    pub references: Vec<RefUpdate>,
}

impl Change {
    /// Publishes commits of the ledger alone.
    #[must_use]
    pub(in crate::cli) const fn of(chain: Chain) -> Self {
        Self { chain, references: Vec::new() }
    }
}

/// Whether somebody else was faster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Race {
    /// No.
    Won,
    /// Yes; nothing has moved.
    Lost,
}

impl Book {
    /// Writes commits for these records on the tip; records that are in the ledger already are
    /// passed over, and records that only the local branch has come first. Nothing leads to the
    /// commits yet.
    ///
    /// # Errors
    /// When the repository cannot be written, or a record moves what is no channel.
    pub(in crate::cli) fn chain(&self, records: &[Record]) -> Result<Chain, Failure> {
        let mut chain = Chain { tip: self.tip, commits: Vec::new() };
        self.put(&mut chain, &self.pending)?;
        self.extend(chain, records)
    }

    /// Writes commits for more records behind those of a chain.
    ///
    /// # Errors
    /// As [`Book::chain`].
    pub(in crate::cli) fn extend(
        &self,
        mut chain: Chain,
        records: &[Record],
    ) -> Result<Chain, Failure> {
        let mut fresh = Vec::new();
        for record in records {
            if !self.holds(record)? {
                fresh.push(record.clone());
            }
        }
        self.put(&mut chain, &fresh)?;
        steps::reach("ledger:objects-written");
        Ok(chain)
    }

    fn put(&self, chain: &mut Chain, records: &[Record]) -> Result<(), Failure> {
        let mut there: BTreeSet<RecordId> =
            chain.commits.iter().map(|(record, _)| record.clone()).collect();
        for record in records {
            if !there.insert(record.id().clone()) {
                continue;
            }
            self.refuse_second_archive(chain.tip, record)?;
            // Only who moves a channel asks what is live; nobody else waits for the answer.
            let live = match chain.tip.filter(|_| record.payload().get("channels").is_some()) {
                Some(tip) => self.channels_at(tip)?,
                None => Channels::default(),
            };
            let tree = self.repository.write_tree(chain.tip, &append::edits(record, &live)?)?;
            let (name, email) = record.actor_parts();
            let actor = Identity { name: name.to_owned(), email: email.to_owned() };
            let commit = self.repository.write_commit(&NewCommit {
                tree,
                parents: chain.tip.as_slice(),
                message: &append::message(record),
                author: &actor,
                committer: &actor,
                seconds: record.at(),
            })?;
            chain.tip = Some(commit);
            chain.commits.push((record.id().clone(), commit));
        }
        Ok(())
    }

    /// Refuses to archive what another archive has taken.
    fn refuse_second_archive(
        &self,
        tip: Option<ObjectName>,
        record: &Record,
    ) -> Result<(), Failure> {
        let Some(archive) = retention::archive(record) else { return Ok(()) };
        let tree = tip.map(|tip| self.repository.commit_snapshot(tip)).transpose()?;
        for path in archive.paths() {
            let there = tree.as_ref().map(|tree| tree.file(&path)).transpose()?.flatten();
            if there.is_none() {
                return Err(Failure::refused(format!(
                    "record {} archives `{path}`, which is not at the tip: another archive took it",
                    record.id()
                ))
                .hint("archive again, into another file"));
            }
        }
        Ok(())
    }

    /// Adds records.
    ///
    /// # Errors
    /// As [`Book::settle`].
    pub(in crate::cli) fn append(&mut self, records: &[Record], push: bool) -> Result<(), Failure> {
        self.settle(push, |book| Ok((Change::of(book.chain(records)?), ())))
    }

    /// Publishes what `make` makes of the ledger as it is. Where somebody else was faster, the ledger
    /// is read again and `make` is asked once more, so that nothing is lost and nothing is there
    /// twice. With `push`, what is at the remote is fetched first and everything is pushed in one
    /// step; what the remote refuses is not there locally either.
    ///
    /// # Errors
    /// When `make` fails, the remote refuses or cannot be reached, a reference beside the ledger is
    /// not where it was expected, or others are always faster.
    pub(in crate::cli) fn settle<T>(
        &mut self,
        push: bool,
        mut make: impl FnMut(&Self) -> Result<(Change, T), Failure>,
    ) -> Result<T, Failure> {
        if push {
            self.fetch()?;
        }
        let mut strikes = 0;
        while strikes < STRIKES {
            let (change, result) = make(self)?;
            if self.publish(&change, push)? == Race::Won {
                self.look()?;
                return Ok(result);
            }
            let seen = (self.local, self.tracking);
            if push {
                self.fetch()?;
            } else {
                self.look()?;
            }
            // Whoever was faster has moved something; who only blocks gets a few chances.
            strikes = if seen == (self.local, self.tracking) { strikes + 1 } else { 0 };
        }
        Err(blocked(&self.place.local))
    }

    fn publish(&self, change: &Change, push: bool) -> Result<Race, Failure> {
        if push && self.push(change)? == Race::Lost {
            return Ok(Race::Lost);
        }
        steps::reach("ledger:before-refs");
        let mut local = self.local;
        for _ in 0..STRIKES {
            let updates = self.updates(change, local, push)?;
            match self.repository.update_refs(&updates, "keelmark: append to the ledger") {
                Ok(()) => {
                    steps::reach("ledger:after-refs");
                    return Ok(Race::Won);
                }
                Err(RefFault::Moved { name, .. }) if name == self.place.local => {}
                Err(RefFault::Locked { .. }) => {}
                Err(fault) => return Err(fault.into()),
            }
            if !push {
                return Ok(Race::Lost);
            }
            // What was pushed is done: it must not be made a second time.
            local = self.repository.reference(&self.place.local)?;
        }
        Err(blocked(&self.place.local))
    }

    /// Lists the references that move.
    fn updates(
        &self,
        change: &Change,
        local: Option<ObjectName>,
        pushed: bool,
    ) -> Result<Vec<RefUpdate>, Failure> {
        let mut updates = Vec::new();
        if let Some(tip) = change.chain.tip {
            // Records that another program added here meanwhile wait for the next push.
            let overtaken = match local.filter(|local| pushed && self.local != Some(*local)) {
                Some(local) => !self.repository.is_ancestor(local, tip)?,
                None => false,
            };
            if local != Some(tip) && !overtaken {
                let old = local.map_or(Old::Missing, Old::Is);
                updates.push(RefUpdate { name: self.place.local.clone(), new: Some(tip), old });
            }
            if let (true, Some(remote)) = (pushed, &self.place.remote) {
                let name = remote.tracking.clone();
                updates.push(RefUpdate { name, new: Some(tip), old: Old::Any });
            }
        }
        updates.extend(change.references.iter().cloned());
        Ok(updates)
    }
}

fn blocked(name: &str) -> Failure {
    Failure::undecided(format!("`{name}` cannot be moved"))
        .hint("another program may hold a lock on it; run the command again")
}
