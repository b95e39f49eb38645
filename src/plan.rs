//! What is to be done, as data. Engines make plans; only `cli::apply` carries them out.

use crate::path::RepoPath;

/// One change to the work tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Creates a file that must not exist yet.
    Create {
        /// Where.
        path: RepoPath,
        /// The whole content.
        bytes: Vec<u8>,
    },
    /// Replaces a file whose content must still be `old`.
    Replace {
        /// Where.
        path: RepoPath,
        /// What was read when the plan was made.
        old: Vec<u8>,
        /// What is to stand there.
        new: Vec<u8>,
    },
    /// Moves a file; the target must not exist yet.
    Move {
        /// From where.
        from: RepoPath,
        /// To where.
        to: RepoPath,
    },
    /// Removes a file whose content must still be `old`.
    Remove {
        /// Where.
        path: RepoPath,
        /// What was read when the plan was made.
        old: Vec<u8>,
    },
}

impl Act {
    /// Returns the path that the act writes or removes.
    #[must_use]
    pub const fn path(&self) -> &RepoPath {
        match self {
            Self::Create { path, .. } | Self::Replace { path, .. } | Self::Remove { path, .. } => {
                path
            }
            Self::Move { to, .. } => to,
        }
    }
}

/// A list of acts that is carried out whole or not at all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// The acts, in order.
    pub acts: Vec<Act>,
    /// What the plan does, one line each, for people.
    pub notes: Vec<String>,
}

impl Plan {
    /// Says whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.acts.is_empty()
    }
}
