//! The branch of evidence packs, here and at a remote.
//!
//! Packs are named by their content and may be removed at any time: with `git rm` on the branch, or
//! with the branch. The ledger knows their digests and stays what it is.

use std::collections::BTreeMap;

use super::failure::Failure;
use crate::digest::Digest;
use crate::path::RepoPath;
use crate::release::pack::{self, MAX_COMPRESSED};
use crate::snapshot::{File, ObjectName, Snapshot as _};
use crate::vcs::write::{NewCommit, Old, RefUpdate, RemoteFault};
use crate::vcs::{Identity, Repository};

/// The name of the branch.
pub(in crate::cli) const BRANCH: &str = "keelmark/evidence";

/// The packs that a repository knows.
pub(in crate::cli) struct Shelf {
    repository: Repository,
    remote: Option<String>,
    /// The tip of the local branch.
    local: Option<ObjectName>,
    /// The tip of the remote's branch, as last fetched.
    tracking: Option<ObjectName>,
}

/// A pack that is to be kept.
#[derive(Debug, Clone)]
pub(in crate::cli) struct Parcel {
    /// The digest of its content.
    pub digest: Digest,
    /// Its compressed bytes.
    pub bytes: Vec<u8>,
    /// What it is, for the message of its commit.
    pub title: String,
}

impl Shelf {
    /// Opens the branch as it is known here. Nothing is fetched.
    ///
    /// # Errors
    /// When a reference cannot be read.
    pub(in crate::cli) fn open(
        repository: &Repository,
        remote: Option<&str>,
    ) -> Result<Self, Failure> {
        let mut shelf = Self {
            repository: repository.clone(),
            remote: remote.map(ToOwned::to_owned),
            local: None,
            tracking: None,
        };
        shelf.look()?;
        Ok(shelf)
    }

    /// Fetches the remote's branch; that it has none yet is no fault.
    ///
    /// # Errors
    /// When there is no remote, or it cannot be reached.
    pub(in crate::cli) fn fetch(&mut self) -> Result<(), Failure> {
        let Some(remote) = self.remote.clone() else { return Ok(()) };
        let tracking = tracking(&remote);
        let wish = format!("+{}:{tracking}", local());
        match self.repository.fetch(&remote, &[&wish]) {
            Ok(()) => {}
            // It was deleted at the remote, or never was there; what was fetched once is no more.
            Err(RemoteFault::Missing { .. }) => {
                self.look()?;
                self.tracking = None;
                return Ok(());
            }
            Err(fault) => {
                let failure = Failure::undecided(fault.to_string());
                return Err(match fault.hint() {
                    Some(hint) => failure.hint(hint),
                    None => failure,
                });
            }
        }
        self.look()
    }

    /// Reads the compressed bytes of a pack; `None` where nobody keeps it any more.
    ///
    /// # Errors
    /// When the branch cannot be read, or the pack is too large.
    pub(in crate::cli) fn read(&self, digest: Digest) -> Result<Option<Vec<u8>>, Failure> {
        for tip in self.local.into_iter().chain(self.tracking) {
            let tree = self.repository.commit_snapshot(tip)?;
            if let Some(file) = tree.file(&pack::path(digest))? {
                return Ok(Some(tree.read(&file, MAX_COMPRESSED)?));
            }
        }
        Ok(None)
    }

    /// Writes one commit for each pack that the branch does not have, and returns how the branch
    /// moves; nothing leads to the commits yet. `None` where every pack is there.
    ///
    /// # Errors
    /// When the repository cannot be read or written.
    pub(in crate::cli) fn put(
        &self,
        parcels: &[Parcel],
        who: &Identity,
        seconds: i64,
    ) -> Result<Option<RefUpdate>, Failure> {
        let mut tip = self.tracking.or(self.local);
        if let (Some(local), Some(tracking)) = (self.local, self.tracking) {
            if self.repository.is_ancestor(tracking, local)? {
                tip = Some(local);
            } else if !self.repository.is_ancestor(local, tracking)? {
                for (path, bytes) in self.unsent(local, tracking)? {
                    let title = "packs that were not pushed";
                    tip = self.add(tip, &path, bytes, title, (who, seconds))?;
                }
            }
        }
        for parcel in parcels {
            let path = pack::path(parcel.digest);
            tip = self.add(tip, &path, parcel.bytes.clone(), &parcel.title, (who, seconds))?;
        }
        let Some(new) = tip.filter(|tip| self.local != Some(*tip)) else { return Ok(None) };
        let old = self.local.map_or(Old::Missing, Old::Is);
        Ok(Some(RefUpdate { name: local(), new: Some(new), old }))
    }

    /// Adds a pack in a commit of its own, unless it is there.
    fn add(
        &self,
        tip: Option<ObjectName>,
        path: &RepoPath,
        bytes: Vec<u8>,
        title: &str,
        (who, seconds): (&Identity, i64),
    ) -> Result<Option<ObjectName>, Failure> {
        if let Some(tip) = tip
            && self.repository.commit_snapshot(tip)?.file(path)?.is_some()
        {
            return Ok(Some(tip));
        }
        let edits = BTreeMap::from([(path.clone(), Some(bytes))]);
        let tree = self.repository.write_tree(tip, &edits)?;
        let commit = self.repository.write_commit(&NewCommit {
            tree,
            parents: tip.as_slice(),
            message: &format!("evidence: {title}\n\nPack: {path}\n"),
            author: who,
            committer: who,
            seconds,
        })?;
        Ok(Some(commit))
    }

    /// Returns the packs that only the local branch has, since it parted from the remote's. What was
    /// removed at the remote is not brought back.
    fn unsent(
        &self,
        local: ObjectName,
        tracking: ObjectName,
    ) -> Result<Vec<(RepoPath, Vec<u8>)>, Failure> {
        let mut own = Vec::new();
        for step in self.repository.first_parents(local, None)?.steps {
            if self.repository.is_ancestor(step.commit, tracking)? {
                break;
            }
            own.push(step);
        }
        let here = self.repository.commit_snapshot(local)?;
        let mut packs: BTreeMap<RepoPath, File> = BTreeMap::new();
        for touched in self.repository.touched(&own)?.into_iter().flatten() {
            if let Some(file) = here.file(&touched.path)?.filter(|_| touched.before.is_none()) {
                packs.insert(touched.path, file);
            }
        }
        let read = |(path, file): (RepoPath, File)| -> Result<_, Failure> {
            Ok((path, here.read(&file, MAX_COMPRESSED)?))
        };
        packs.into_iter().map(read).collect()
    }

    fn look(&mut self) -> Result<(), Failure> {
        self.local = self.repository.reference(&local())?;
        self.tracking = match &self.remote {
            Some(remote) => self.repository.reference(&tracking(remote))?,
            None => None,
        };
        Ok(())
    }
}

fn local() -> String {
    format!("refs/heads/{BRANCH}")
}

fn tracking(remote: &str) -> String {
    format!("refs/remotes/{remote}/{BRANCH}")
}
