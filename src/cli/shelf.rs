//! The branch of evidence packs, here and at a remote.
//!
//! Packs are named by their content and may be removed at any time: with `git rm` on the branch, or
//! with the branch. The ledger knows their digests and stays what it is.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::failure::Failure;
use super::steps;
use crate::digest::Digest;
use crate::path::RepoPath;
use crate::registry::config::Ledger;
use crate::release::pack::{self, MAX_COMPRESSED};
use crate::snapshot::{File, ObjectName, Snapshot as _};
use crate::vcs::write::{
    NewCommit, Old, PushFault, PushSpec, RefFault, RefUpdate, Refusal, RemoteFault,
};
use crate::vcs::{Identity, Repository, TreeSnapshot};

/// How often moving the branch may fail although nobody else moved it.
const STRIKES: u32 = 5;

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

/// A pack that is kept.
pub(in crate::cli) struct KeptPack {
    /// The digest that its name says; `None` where the name says none.
    pub digest: Option<Digest>,
    /// Its file.
    pub file: File,
    tree: Arc<TreeSnapshot>,
}

impl KeptPack {
    /// Reads its compressed bytes.
    ///
    /// # Errors
    /// When they cannot be had, or are more than `limit`.
    pub(in crate::cli) fn read(&self, limit: u64) -> Result<Vec<u8>, Failure> {
        Ok(self.tree.read(&self.file, limit)?)
    }
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
    /// Opens the branch as it is known here; its remote is that of the ledger. Nothing is fetched.
    ///
    /// # Errors
    /// When a reference cannot be read.
    pub(in crate::cli) fn open(
        repository: &Repository,
        settings: &Ledger,
    ) -> Result<Self, Failure> {
        let mut shelf = Self {
            repository: repository.clone(),
            remote: repository.remotes().into_iter().find(|name| *name == settings.remote),
            local: None,
            tracking: None,
        };
        shelf.look()?;
        Ok(shelf)
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

    /// Returns the tip of the branch, the local one where there are two.
    pub(in crate::cli) fn tip(&self) -> Option<ObjectName> {
        self.local.or(self.tracking)
    }

    /// Lists the packs that are kept here, by path.
    ///
    /// # Errors
    /// When the branch cannot be read.
    pub(in crate::cli) fn list(&self) -> Result<Vec<KeptPack>, Failure> {
        let mut found: BTreeMap<File, KeptPack> = BTreeMap::new();
        for tip in self.local.into_iter().chain(self.tracking) {
            let tree = Arc::new(self.repository.commit_snapshot(tip)?);
            for file in tree.list(&RepoPath::from(pack::FOLDER))? {
                let kept =
                    KeptPack { digest: pack::digest_in(&file.path), file, tree: Arc::clone(&tree) };
                found.entry(kept.file.clone()).or_insert(kept);
            }
        }
        Ok(found.into_values().collect())
    }

    /// Puts packs on the branch, one commit for each that it does not have. With `push`, what the
    /// remote has is fetched first, and the remote, if there is one, gets it before the local branch moves. Where
    /// somebody else was faster, the commits are made anew on what is there then.
    ///
    /// # Errors
    /// When the repository cannot be read or written, the remote refuses or cannot be reached, or
    /// others are always faster.
    pub(in crate::cli) fn keep(
        &mut self,
        parcels: &[Parcel],
        (who, seconds): (&Identity, i64),
        push: bool,
    ) -> Result<(), Failure> {
        let mut strikes = 0;
        while strikes < STRIKES {
            let seen = (self.local, self.tracking);
            if push {
                self.fetch()?;
            } else {
                self.look()?;
            }
            // Whoever was faster has moved something; who only blocks gets a few chances.
            strikes = if seen == (self.local, self.tracking) { strikes + 1 } else { 0 };
            let Some(tip) = self.with(parcels, (who, seconds))? else { return Ok(()) };
            steps::reach("evidence:objects-written");
            if push && self.tracking != Some(tip) && !self.push(tip)? {
                continue;
            }
            steps::reach("evidence:before-ref");
            if self.local == Some(tip) {
                return self.look();
            }
            let old = self.local.map_or(Old::Missing, Old::Is);
            let update = RefUpdate { name: local(), new: Some(tip), old };
            match self.repository.update_refs(&[update], "keelmark: keep evidence") {
                Ok(()) => return self.look(),
                Err(RefFault::Moved { .. } | RefFault::Locked { .. }) => {}
                Err(fault) => return Err(fault.into()),
            }
        }
        Err(Failure::undecided(format!("`{}` cannot be moved", local()))
            .hint("another program may hold a lock on it; run the command again"))
    }

    /// Fetches the remote's branch; that it has none is no fault.
    fn fetch(&mut self) -> Result<(), Failure> {
        if let Some(remote) = &self.remote {
            let wish = format!("+{}:{}", local(), tracking(remote));
            match self.repository.fetch(remote, &[&wish]) {
                Ok(()) => {}
                Err(RemoteFault::Missing { .. }) => {
                    // It was never there, or was deleted: what was fetched once is no more.
                    self.look()?;
                    self.tracking = None;
                    return Ok(());
                }
                Err(fault) => return Err(fault.into()),
            }
        }
        self.look()
    }

    /// Pushes a commit; says `false` where the remote's branch moved meanwhile.
    fn push(&self, tip: ObjectName) -> Result<bool, Failure> {
        let Some(remote) = &self.remote else {
            return Err(Failure::usage("there is no remote to push evidence to").hint(
                "`git remote add origin URL` makes one; `ledger.remote` in keelmark.yaml names another",
            ));
        };
        let spec = PushSpec { object: tip, name: local(), old: Old::Any };
        match self.repository.push(remote, &[spec]) {
            Ok(()) => Ok(true),
            Err(PushFault::Rejected { kind: Refusal::Moved, .. }) => Ok(false),
            Err(fault) => Err(fault.into()),
        }
    }

    /// Writes commits for the packs that the branch does not have, and returns its new tip; nothing
    /// leads to it yet. Packs that only the local branch has come first.
    fn with(
        &self,
        parcels: &[Parcel],
        by: (&Identity, i64),
    ) -> Result<Option<ObjectName>, Failure> {
        let mut tip = self.tracking.or(self.local);
        if let (Some(local), Some(tracking)) = (self.local, self.tracking) {
            if self.repository.is_ancestor(tracking, local)? {
                tip = Some(local);
            } else if !self.repository.is_ancestor(local, tracking)? {
                for (path, bytes) in self.unsent(local, tracking)? {
                    tip = self.add(tip, (&path, bytes), "a pack that was not pushed", by)?;
                }
            }
        }
        for parcel in parcels {
            let path = pack::path(parcel.digest);
            tip = self.add(tip, (&path, parcel.bytes.clone()), &parcel.title, by)?;
        }
        Ok(tip)
    }

    /// Adds a pack in a commit of its own, unless it is there.
    fn add(
        &self,
        tip: Option<ObjectName>,
        (path, bytes): (&RepoPath, Vec<u8>),
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
