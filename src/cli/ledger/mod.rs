//! The ledger of a repository: where it is, what is in it, and how records are added.
//!
//! The ledger is a branch, here and at a remote. What counts is the union: the longer of the two, or,
//! where they parted, the one at the remote and behind it the records that only the local one has.
//! These are put on the remote's tip with the next append; they keep their names.

mod archived;
mod audit;
mod faults;
mod late;
mod place;
mod read;
mod remote;
mod write;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt::Display;

use place::Place;

use super::context::{Context, Opened};
use super::failure::Failure;
use crate::digest::Digest;
use crate::ledger::channel;
use crate::ledger::fork::{self, Told};
use crate::ledger::record::{self, Record};
use crate::path::RepoPath;
use crate::snapshot::ObjectName;
use crate::vcs::{End, Repository, Step};

pub(in crate::cli) use audit::{Audit, walk};
pub(in crate::cli) use late::{Late, refuse as refuse_late};
pub(in crate::cli) use place::settings;
pub(in crate::cli) use write::Change;

/// An open ledger.
pub(in crate::cli) struct Book {
    repository: Repository,
    place: Place,
    /// The tip of the local branch.
    local: Option<ObjectName>,
    /// The tip of the remote's branch, as last fetched.
    tracking: Option<ObjectName>,
    /// The tip of the remote's branch, as the remote last said.
    at_remote: Option<ObjectName>,
    /// The tip of what counts.
    tip: Option<ObjectName>,
    /// Records of the local branch that are not below the tip, the oldest first.
    pending: Vec<Record>,
    /// Moves among them that count no more.
    late: Vec<Late>,
    /// What is to be said of how it was opened.
    remark: Option<String>,
    /// What somebody should know.
    notes: Vec<String>,
}

/// Two branches from the place where they part, the oldest record first.
struct Parted {
    local: Vec<Told>,
    remote: Vec<Told>,
}

impl Book {
    /// Opens the ledger that the repository's configuration names, as it is known here. Nothing is
    /// fetched.
    ///
    /// # Errors
    /// When the configuration or the ledger cannot be read.
    pub(in crate::cli) fn open(opened: &Opened, context: &Context) -> Result<Self, Failure> {
        let settings = settings(opened, context)?;
        Self::at(&opened.repository, Place::new(&opened.repository, &settings))
    }

    /// Opens the ledger as [`Book::open`] does, also where the configuration of the work tree cannot
    /// be believed; then that of `HEAD` counts, and a note says so.
    ///
    /// # Errors
    /// As [`Book::open`].
    pub(in crate::cli) fn open_anyway(opened: &Opened, context: &Context) -> Result<Self, Failure> {
        let (settings, remark) = place::steady(opened, context)?;
        let mut book = Self::at(&opened.repository, Place::new(&opened.repository, &settings))?;
        book.notes.extend(remark.clone());
        book.remark = remark;
        Ok(book)
    }

    fn at(repository: &Repository, place: Place) -> Result<Self, Failure> {
        let mut book = Self {
            repository: repository.clone(),
            place,
            local: None,
            tracking: None,
            at_remote: None,
            tip: None,
            pending: Vec::new(),
            late: Vec::new(),
            remark: None,
            notes: Vec::new(),
        };
        book.look()?;
        Ok(book)
    }

    /// Returns the commit that a release tag may cite: it stays in the ledger whatever others append.
    /// That is the tip at the remote, or without a remote the local one. A commit that was not pushed
    /// may be made anew on another tip.
    #[must_use]
    pub(in crate::cli) fn anchor(&self) -> Option<ObjectName> {
        if self.place.remote.is_some() { self.tracking } else { self.tip }
    }

    /// Returns the tip of what counts; `None` where there is no ledger yet.
    #[must_use]
    pub(in crate::cli) const fn tip(&self) -> Option<ObjectName> {
        self.tip
    }

    /// Says whether there is no ledger yet, neither here nor in what was fetched.
    #[must_use]
    pub(in crate::cli) const fn is_missing(&self) -> bool {
        self.tip.is_none()
    }

    /// Returns the name of the branch.
    #[must_use]
    pub(in crate::cli) fn branch(&self) -> &str {
        &self.place.branch
    }

    /// Returns the commit that brought a record; `None` where it was not written yet.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub(in crate::cli) fn commit_of(&self, record: &Record) -> Result<Option<ObjectName>, Failure> {
        let Some(tip) = self.tip else { return Ok(None) };
        let history = self.repository.history(tip, &record.path())?;
        Ok(history.commits.last().map(|commit| commit.id))
    }

    /// Returns the name of the remote that the ledger is pushed to; `None` where there is none.
    #[must_use]
    pub(in crate::cli) fn remote(&self) -> Option<&str> {
        self.place.remote.as_ref().map(|remote| remote.name.as_str())
    }

    /// Returns the words that bring the ledger of the remote here, in any clone: one that follows a
    /// single branch would remember it as `FETCH_HEAD` alone.
    #[must_use]
    pub(in crate::cli) fn fetch_words(&self) -> String {
        let branch = &self.place.branch;
        match self.remote() {
            Some(remote) => {
                format!("`git fetch {remote} {branch}:refs/remotes/{remote}/{branch}` brings it")
            }
            None => format!("fetch the branch `{branch}` from where releases are made"),
        }
    }

    /// Returns when the ledger of the remote was last heard of, in seconds since 1970; `None` where
    /// nobody has fetched or pushed since the clone.
    #[must_use]
    pub(in crate::cli) fn heard_at(&self) -> Option<i64> {
        let remote = self.place.remote.as_ref()?;
        self.repository.last_fetch_of(&remote.tracking)
    }

    /// Says whether the local ledger may be the remote's: a bare clone has its branches as its own,
    /// and remembers nothing of the remote.
    #[must_use]
    pub(in crate::cli) fn is_copy(&self) -> bool {
        self.place.remote.is_some()
            && self.tracking.is_none()
            && self.local.is_some()
            && self.repository.workdir().is_none()
    }

    /// Returns what stands before the name of every tag.
    #[must_use]
    pub(in crate::cli) fn tag_prefix(&self) -> &str {
        &self.place.tag_prefix
    }

    /// Returns how many months records stay at the tip.
    #[must_use]
    pub(in crate::cli) const fn retention_months(&self) -> u32 {
        self.place.retention_months
    }

    /// Returns what somebody should know about the ledger, in sentences.
    #[must_use]
    pub(in crate::cli) fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Returns how many records the remote does not have yet, as far as is known here; `None`
    /// without a remote, and in a bare clone that remembers nothing of it.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub(in crate::cli) fn unpushed(&self) -> Result<Option<usize>, Failure> {
        let (Some(_), Some(tip)) = (&self.place.remote, self.tip) else { return Ok(None) };
        if self.is_copy() {
            return Ok(None);
        }
        if !self.pending.is_empty() {
            return Ok(Some(self.pending.len()));
        }
        Ok(Some(self.repository.first_parents(tip, self.tracking)?.steps.len()))
    }

    /// Reads where both branches are, and joins them.
    fn look(&mut self) -> Result<(), Failure> {
        self.local = self.repository.reference(&self.place.local)?;
        self.tracking = match &self.place.remote {
            Some(remote) => self.repository.reference(&remote.tracking)?,
            None => None,
        };
        self.pending.clear();
        self.late.clear();
        self.notes = self.remark.iter().cloned().collect();
        self.tip = match (self.local, self.tracking) {
            (Some(local), Some(tracking)) => {
                if self.repository.is_ancestor(tracking, local)? {
                    Some(local)
                } else {
                    if !self.repository.is_ancestor(local, tracking)? {
                        self.join(local, tracking)?;
                    }
                    Some(tracking)
                }
            }
            (local, tracking) => tracking.or(local),
        };
        Ok(())
    }

    /// Finds the local records that the remote does not have.
    fn join(&mut self, local: ObjectName, tracking: ObjectName) -> Result<(), Failure> {
        let parted = self.parted(local, tracking)?;
        let unsent = fork::unsent(&parted.local, &parted.remote);
        let mut moved = BTreeSet::new();
        for told in &parted.remote {
            let record = self.record(told)?;
            moved.extend(channel::moves(&record).unwrap_or_default().into_iter().map(|c| c.name));
        }
        for told in unsent {
            let record = self.record(told).map_err(|failure| self.edited_here(failure))?;
            for channel in channel::moves(&record).unwrap_or_default() {
                let is_bound = channel.state.get("previous").is_some();
                if !is_bound && moved.contains(&channel.name) {
                    self.notes.push(format!(
                        "record {} ({}) moves channel `{}`, which was moved at the remote meanwhile: it counts last once it is pushed",
                        record.id(),
                        record.kind(),
                        channel.name
                    ));
                }
            }
            self.pending.push(record);
        }
        // Whoever verifies a ledger opens it first, whatever is in it.
        self.look_late(self.channels_at(tracking).unwrap_or_default());
        Ok(())
    }

    /// Says how to go on where the local ledger cannot be joined with that of the remote.
    fn edited_here(&self, failure: Failure) -> Failure {
        let Some(remote) = &self.place.remote else { return failure };
        failure.hint(format!(
            "somebody edited the ledger here; `git update-ref {} {}` takes that of `{}` in its place, and what was recorded here and not pushed has to be recorded again",
            self.place.local, remote.tracking, remote.name
        ))
    }

    /// Tells both branches from the place where they part.
    fn parted(&self, local: ObjectName, tracking: ObjectName) -> Result<Parted, Failure> {
        let remote = self.line(tracking)?;
        let local = self.line(local)?;
        let common: BTreeSet<ObjectName> = remote.iter().map(|step| step.commit).collect();
        let ours: Vec<Step> =
            local.iter().take_while(|step| !common.contains(&step.commit)).cloned().collect();
        let fork = local.get(ours.len()).map(|step| step.commit);
        let theirs: Vec<Step> =
            remote.into_iter().take_while(|step| Some(step.commit) != fork).collect();
        Ok(Parted { local: self.told(&ours)?, remote: self.told(&theirs)? })
    }

    /// Lists a whole branch, the newest commit first.
    fn line(&self, tip: ObjectName) -> Result<Vec<Step>, Failure> {
        let line = self.repository.first_parents(tip, None)?;
        if line.end == End::Cut {
            return Err(Failure::undecided("the history of the ledger is cut off here")
                .hint("`git fetch --unshallow` brings the rest"));
        }
        Ok(line.steps)
    }

    /// Tells which records these commits added, the oldest first.
    fn told(&self, steps: &[Step]) -> Result<Vec<Told>, Failure> {
        let mut told = Vec::new();
        for (step, touched) in steps.iter().zip(self.repository.touched(steps)?) {
            for touched in touched {
                let (Some(id), Some(blob)) = (record::id_in(&touched.path), touched.after) else {
                    continue;
                };
                let bytes = self.repository.blob(blob, record::LARGEST)?;
                let (commit, path) = (step.commit, touched.path);
                told.push(Told { commit, path, id, bytes: Digest::of(&bytes) });
            }
        }
        told.reverse();
        Ok(told)
    }
}

/// Says that a file of the ledger is not what it was.
fn falsified(path: &RepoPath, fault: &dyn Display) -> Failure {
    Failure::integrity(format!("`{path}` of the ledger is false: {fault}"))
        .hint("`keelmark ledger verify` says since when")
}
