//! Where two lines of history meet.

use std::collections::BTreeSet;

use super::error::VcsError;
use super::open::Repository;
use super::store::{Kind, Store, from_gix, to_gix};
use crate::snapshot::ObjectName;

/// What a commit says about itself.
pub(super) struct Header {
    pub(super) parents: Vec<ObjectName>,
    pub(super) time_seconds: i64,
}

impl Repository {
    /// Says whether `one` is `other` or one of its ancestors.
    ///
    /// In a shallow clone an ancestor behind the cut is not found.
    ///
    /// # Errors
    /// When a commit cannot be read.
    pub fn is_ancestor(&self, one: ObjectName, other: ObjectName) -> Result<bool, VcsError> {
        if one == other {
            return Ok(true);
        }
        if !self.store.holds(one) {
            return Ok(false);
        }
        Ok(self.store.merge_bases(one, other)?.contains(&one))
    }

    /// Returns when a commit was committed, in seconds since 1970; `None` where it is not here.
    ///
    /// # Errors
    /// When the commit cannot be read.
    pub fn committed(&self, commit: ObjectName) -> Result<Option<i64>, VcsError> {
        Ok(self.store.commit_header(commit)?.map(|header| header.time_seconds))
    }
}

impl Store {
    /// Reads a commit's parents and time; `None` where the commit is not here.
    pub(super) fn commit_header(&self, name: ObjectName) -> Result<Option<Header>, VcsError> {
        let bytes = match self.object(name, Kind::Commit) {
            Ok(bytes) => bytes,
            Err(VcsError::Missing { .. }) => return Ok(None),
            Err(other) => return Err(other),
        };
        let hash = self.with(gix::Repository::object_hash);
        let fields = || gix::objs::CommitRefIter::from_bytes(&bytes, hash);
        let parents = fields().parent_ids().map(|id| from_gix(&id)).collect();
        let committer = fields().committer().map_err(VcsError::git("a commit"))?;
        Ok(Some(Header { parents, time_seconds: committer.seconds() }))
    }

    /// Returns the best common ancestor of two commits, `None` where there is none.
    ///
    /// Criss-cross merges leave several; the youngest of them is taken, then the one whose name
    /// sorts last, so that everybody takes the same.
    pub(super) fn merge_base(
        &self,
        one: ObjectName,
        other: ObjectName,
    ) -> Result<Option<ObjectName>, VcsError> {
        let mut best: Option<(i64, ObjectName)> = None;
        for base in self.merge_bases(one, other)? {
            let time = self.commit_header(base)?.map_or(i64::MIN, |header| header.time_seconds);
            best = best.max(Some((time, base)));
        }
        Ok(best.map(|(_, base)| base))
    }

    /// Returns the common ancestors of two commits that are no ancestors of another one.
    fn merge_bases(&self, one: ObjectName, other: ObjectName) -> Result<Vec<ObjectName>, VcsError> {
        if self.beyond.objects {
            return self.merge_bases_by_git(one, other);
        }
        let (a, b) = (to_gix(one)?, to_gix(other)?);
        self.with(|repo| {
            let bases = repo.merge_bases_many(a, &[b]);
            let bases = bases.map_err(VcsError::git("the merge base"))?;
            Ok(bases.iter().map(|id| from_gix(id)).collect())
        })
    }

    /// Asks the git program for the same: commits may lie where gix does not look.
    fn merge_bases_by_git(
        &self,
        one: ObjectName,
        other: ObjectName,
    ) -> Result<Vec<ObjectName>, VcsError> {
        let said =
            self.git.ask(&["merge-base", "--all", &one.to_string(), &other.to_string()], None)?;
        // With 1 it says that there is none.
        if !matches!(said.status.code(), Some(0 | 1)) {
            return Err(VcsError::Git { what: "the merge base", cause: said.complaint() });
        }
        let printed = String::from_utf8_lossy(&said.stdout);
        Ok(printed.lines().filter_map(ObjectName::parse).collect())
    }

    /// Says whether the history between `base` and the commits is whole.
    ///
    /// In a shallow clone a better base may lie behind a commit whose parents were cut off.
    pub(super) fn is_whole_between(
        &self,
        base: ObjectName,
        commits: &[ObjectName],
    ) -> Result<bool, VcsError> {
        let mut behind = BTreeSet::new();
        let mut open = vec![base];
        while let Some(name) = open.pop() {
            if behind.insert(name)
                && let Some(header) = self.commit_header(name)?
            {
                open.extend(header.parents);
            }
        }
        let mut seen = BTreeSet::new();
        let mut open = commits.to_vec();
        while let Some(name) = open.pop() {
            if behind.contains(&name) || !seen.insert(name) {
                continue;
            }
            match self.commit_header(name)? {
                Some(header) => open.extend(header.parents),
                None => return Ok(false),
            }
        }
        Ok(true)
    }
}
