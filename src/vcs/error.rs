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
    #[error("`{revision}` names no commit: {why}")]
    Revision {
        /// The name as it was given.
        revision: String,
        /// Why not.
        why: NoCommit,
    },
    /// A reference is there and names nothing.
    #[error("the reference `{name}` is broken: it names no object that is here")]
    Broken {
        /// Its full name.
        name: String,
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

/// What helps where there is no work tree.
const BARE: &str = "`git worktree add ../work` makes a work tree; where a command takes `--rev`, \
                    it reads a commit without one";

/// Why a name leads to no commit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoCommit {
    /// Nothing was committed yet.
    #[error("nothing is committed here yet")]
    Unborn,
    /// It is no name at all.
    #[error("a revision is not empty and does not start with `-`")]
    NoName,
    /// It is two of them.
    #[error("it is a range, and one revision is expected")]
    Range,
    /// Nothing is called so.
    #[error("no branch, tag or commit is called so here")]
    Unknown,
    /// Several objects begin with these digits.
    #[error("several objects begin with these digits")]
    Ambiguous,
    /// The name leads somewhere, and what stands behind it does not.
    #[error("`{base}` is there, and what follows it leads nowhere")]
    Beyond {
        /// The part that leads somewhere.
        base: String,
    },
    /// It leads to something else.
    #[error("it is a {kind}")]
    Other {
        /// `blob` or `tree`.
        kind: &'static str,
    },
}

impl NoCommit {
    /// Returns the next step.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Unborn => "`git commit` makes the first commit",
            Self::NoName | Self::Range => "name a branch, a tag or a commit, such as `main` or `HEAD~1`",
            Self::Unknown => {
                "`git branch --all` and `git tag` list what can be named; `git fetch --all --tags` \
                 brings what is elsewhere"
            }
            Self::Ambiguous => "write more digits",
            Self::Beyond { .. } => {
                "`git log` shows how far history goes; `git fetch --unshallow` brings what a shallow \
                 clone left out"
            }
            Self::Other { .. } => "name a commit, or a tag that leads to one",
        }
        .to_owned()
    }
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
            Self::Bare { .. } => Some(BARE.to_owned()),
            Self::Revision { why, .. } => Some(why.hint()),
            // git's own verbs refuse to touch it as long as its file is there.
            Self::Broken { name } => Some(format!(
                "remove its file, `{name}` in the folder that `git rev-parse --git-common-dir` names, \
                 and set it anew: `git update-ref {name} COMMIT`; the last line of `logs/{name}` there \
                 says where it was"
            )),
            Self::Git { .. } => {
                Some("`git fsck` says whether the repository is damaged".to_owned())
            }
            Self::Missing { object } => Some(format!("`git fetch origin {object}`")),
            Self::NoIdentity { what, key } => {
                let example = if *what == "name" { "Your Name" } else { "you@example.com" };
                Some(format!("`git config --global {key} \"{example}\"`"))
            }
            Self::Write { .. } | Self::Command { .. } | Self::Io { .. } | Self::Read(_) => None,
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
