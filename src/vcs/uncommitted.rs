//! What is not committed.

use std::collections::BTreeSet;

use super::difference::After;
use super::error::VcsError;
use super::open::Repository;
use crate::path::RepoPath;
use crate::snapshot::{Content, Snapshot as _};

impl Repository {
    /// Returns the tracked paths at and below `prefixes` (everywhere, where there are none) at which
    /// the index or the work tree differs from `HEAD`, sorted. Files that git does not track do not
    /// count. A bare repository has no such paths.
    ///
    /// # Errors
    /// When `HEAD`, the index or the work tree cannot be read.
    pub fn uncommitted(&self, prefixes: &[RepoPath]) -> Result<Vec<RepoPath>, VcsError> {
        if self.workdir().is_none() {
            return Ok(Vec::new());
        }
        let head = self.head()?.map(|commit| self.commit_snapshot(commit)).transpose()?;
        let worktree = self.worktree_snapshot(prefixes)?;
        let mut paths: BTreeSet<RepoPath> = worktree.unmerged().iter().cloned().collect();
        paths.retain(|path| {
            prefixes.is_empty() || prefixes.iter().any(|p| p == path || path.is_below(p))
        });
        let index = &worktree.index;
        if head.is_none() {
            // Before the first commit everything that is staged is uncommitted.
            paths.extend(index.list(&RepoPath::default())?.into_iter().map(|file| file.path));
            return Ok(paths.into_iter().collect());
        }
        for change in self.changed(head.as_ref(), After::Index(index), prefixes)? {
            paths.insert(change.path);
        }
        for change in self.changed(head.as_ref(), After::Worktree(&worktree), prefixes)? {
            let untracked = |content| content == Content::Untracked;
            let new = change.before.is_none();
            if !(new && change.after.is_some_and(|file| untracked(file.content))) {
                paths.insert(change.path);
            }
        }
        Ok(paths.into_iter().collect())
    }

    /// Says whether a tracked file is not as in `HEAD`; see [`Repository::uncommitted`].
    ///
    /// # Errors
    /// As [`Repository::uncommitted`].
    pub fn is_dirty(&self) -> Result<bool, VcsError> {
        Ok(!self.uncommitted(&[])?.is_empty())
    }
}
