//! The tree of a commit that may not exist.

use crate::cli::failure::Failure;
use crate::snapshot::{ObjectName, Snapshot};
use crate::vcs::{EmptySnapshot, Repository, TreeSnapshot};

/// A commit's tree, or the empty one.
pub(in crate::cli) enum Past {
    /// Nothing was committed yet.
    Empty(EmptySnapshot),
    /// A commit's tree.
    Commit(TreeSnapshot),
}

impl Past {
    /// Opens the tree of a commit, or the empty tree.
    ///
    /// # Errors
    /// When the commit cannot be read.
    pub(in crate::cli) fn open(
        repository: &Repository,
        commit: Option<ObjectName>,
    ) -> Result<Self, Failure> {
        Ok(match commit {
            Some(commit) => Self::Commit(repository.commit_snapshot(commit)?),
            None => Self::Empty(Repository::empty_snapshot()),
        })
    }

    /// Returns the tree as engines see it.
    #[must_use]
    pub(in crate::cli) fn snapshot(&self) -> &dyn Snapshot {
        match self {
            Self::Empty(tree) => tree,
            Self::Commit(tree) => tree,
        }
    }

    /// Returns the tree of a commit.
    #[must_use]
    pub(in crate::cli) const fn tree(&self) -> Option<&TreeSnapshot> {
        match self {
            Self::Empty(_) => None,
            Self::Commit(tree) => Some(tree),
        }
    }
}
