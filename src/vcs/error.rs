//! What can go wrong between Keelmark and git.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use crate::snapshot::ReadFault;

/// Why a question to the repository has no answer.
#[derive(Debug, thiserror::Error)]
pub enum VcsError {
    /// No repository holds the folder.
    #[error("`{path}` is in no git repository")]
    NotARepository {
        /// Where the search began.
        path: PathBuf,
    },
    /// The repository belongs to somebody else, so git would refuse it too.
    #[error("the repository at `{path}` is owned by someone else")]
    Ownership {
        /// The repository's folder.
        path: PathBuf,
    },
    /// The repository uses a feature that cannot be read.
    #[error("the repository uses {what}, which cannot be read yet")]
    Unsupported {
        /// The feature.
        what: &'static str,
        /// What helps.
        hint: &'static str,
    },
    /// The repository has no work tree.
    #[error("the repository at `{path}` is bare and has no work tree")]
    Bare {
        /// The repository's folder.
        path: PathBuf,
    },
    /// A name leads to no commit.
    #[error("`{revision}` names no commit: {cause}")]
    Revision {
        /// The name as it was given.
        revision: String,
        /// What git's library said.
        cause: String,
    },
    /// The repository does not hold a commit or tree (shallow or partial clone, or damage).
    #[error("object {object} is missing")]
    Missing {
        /// The object's name.
        object: String,
    },
    /// Git's library failed.
    #[error("failed to read {what}: {cause}")]
    Git {
        /// What was asked for.
        what: &'static str,
        /// What the library said.
        cause: String,
    },
    /// Something could not be written to the repository.
    #[error("failed to write {what}: {cause}")]
    Write {
        /// What was to be written.
        what: &'static str,
        /// What was said.
        cause: String,
    },
    /// Git knows no name or no address for the person who runs the program.
    #[error("git knows no {what} for you")]
    NoIdentity {
        /// `name` or `email address`.
        what: &'static str,
        /// The key of git's configuration.
        key: &'static str,
    },
    /// The git program failed.
    #[error("`git {arguments}` failed: {cause}")]
    Command {
        /// What it was asked.
        arguments: String,
        /// What it said.
        cause: String,
    },
    /// A file of the repository cannot be read.
    #[error("failed to read `{path}`")]
    Io {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// A file's bytes cannot be had.
    #[error(transparent)]
    Read(#[from] ReadFault),
}

impl VcsError {
    /// Returns the next step, where there is one.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotARepository { .. } => {
                Some("run `git init`, or name the folder with `-C`".to_owned())
            }
            Self::Ownership { path } => Some(format!(
                "`git config --global --add safe.directory {}`, if you trust it",
                path.display()
            )),
            Self::Unsupported { hint, .. } => Some((*hint).to_owned()),
            Self::Bare { .. } => Some("name a revision with `--rev`".to_owned()),
            Self::Missing { object } => Some(format!("`git fetch origin {object}`")),
            Self::NoIdentity { what, key } => {
                let example = if *what == "name" { "Your Name" } else { "you@example.com" };
                Some(format!("`git config --global {key} \"{example}\"`"))
            }
            Self::Revision { .. }
            | Self::Git { .. }
            | Self::Write { .. }
            | Self::Command { .. }
            | Self::Io { .. }
            | Self::Read(_) => None,
        }
    }

    pub(super) fn write(what: &'static str) -> impl FnOnce(gix::Error) -> Self {
        move |cause| Self::Write { what, cause: explain(&cause) }
    }

    pub(super) fn git(what: &'static str) -> impl FnOnce(gix::Error) -> Self {
        move |cause| Self::Git { what, cause: explain(&cause) }
    }
}

impl From<VcsError> for ReadFault {
    fn from(error: VcsError) -> Self {
        match error {
            VcsError::Read(fault) => fault,
            VcsError::Missing { object } => Self::Missing { object },
            other => Self::Store(explain(&other)),
        }
    }
}

/// Writes an error and its causes in one line; a cause that repeats the one above is left out.
pub(super) fn explain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let words = cause.to_string();
        if !words.is_empty() && !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        next = cause.source();
    }
    text
}
