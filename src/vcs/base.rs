//! What a change is judged against.
//!
//! Touched is what differs from the merge base; taken, published and trusted is what stands at the
//! base's tip. A branch's own upstream is never a base: after `git push -u` it is the branch itself.

use std::collections::BTreeMap;
use std::fmt;

use super::ci::{self, CiBase, deepen_hint};
use super::default_branch::{self, DefaultBranch, Found};
use super::error::VcsError;
use super::open::Repository;
use super::store::{Store, from_gix};
use crate::snapshot::ObjectName;

/// Variables that the caller hands in: `KEELMARK_BASE` and those of CI systems.
pub type Environment = BTreeMap<String, String>;

/// The side of a comparison that is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The index.
    Index,
    /// The work tree.
    Worktree,
    /// A commit.
    Revision(ObjectName),
}

/// A question for the base.
#[derive(Debug, Clone, Copy)]
pub struct BaseRequest<'a> {
    /// `--base`.
    pub explicit: Option<&'a str>,
    /// The variables.
    pub environment: &'a Environment,
    /// The default branch's name, if the caller knows one; it is asked last on a remote.
    pub default_branch: Option<&'a str>,
    /// What is judged.
    pub head: Side,
}

/// A commit and the reference that led to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tip {
    /// The commit.
    pub commit: ObjectName,
    /// The full name of the reference.
    pub reference: Option<String>,
}

/// Why a base was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BaseReason {
    /// `--base` names it.
    Explicit,
    /// `KEELMARK_BASE` names it.
    Environment,
    /// The CI event names it.
    Ci(&'static str),
    /// It is a remote's default branch.
    RemoteDefault {
        /// The remote.
        remote: String,
        /// What says that the branch is the default one.
        how: DefaultBranch,
    },
    /// It is the local default branch, and there is no remote.
    LocalDefault(DefaultBranch),
    /// The local default branch is checked out, so that the base is the last commit.
    HeadItself,
    /// The commit under check is the tip of the local default branch, so that the base is its
    /// first parent.
    FirstParent,
    /// There is no commit yet.
    FirstCommit,
}

impl fmt::Display for BaseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Explicit => f.write_str("--base"),
            Self::Environment => f.write_str("KEELMARK_BASE"),
            Self::Ci(how) => f.write_str(how),
            Self::RemoteDefault { remote, how: DefaultBranch::RemoteHead } => {
                write!(f, "{remote}/HEAD")
            }
            Self::RemoteDefault { how, .. } | Self::LocalDefault(how) => how.fmt(f),
            Self::HeadItself => f.write_str("HEAD"),
            Self::FirstParent => f.write_str("first parent"),
            Self::FirstCommit => f.write_str("first commit"),
        }
    }
}

/// What a change is judged against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// The commit where published versions stand; `None` stands for the empty tree.
    pub tip: Option<Tip>,
    /// The commit that the change began at; `None` stands for the empty tree.
    pub merge_base: Option<ObjectName>,
    /// Why this base.
    pub reason: BaseReason,
    /// The remote whose branch it is.
    pub remote: Option<String>,
    /// The commit that hosts, commands and bars are believed from: CI's base, or the default branch
    /// of the remote or, without a remote, of the repository. `--base` does not widen it.
    pub trusted: Option<ObjectName>,
}

/// Why there is no base.
#[derive(Debug, thiserror::Error)]
pub enum BaseFault {
    /// The base that was named does not exist.
    #[error("the base `{revision}` names no commit")]
    Unknown {
        /// The name.
        revision: String,
        /// The command that helps.
        hint: String,
        /// What was said about the name.
        #[source]
        source: VcsError,
    },
    /// The branch that would be the base was never fetched.
    #[error("no base: `{wanted}` does not exist")]
    NoBase {
        /// The reference.
        wanted: String,
        /// The command that helps.
        hint: String,
    },
    /// History was cut off before the base.
    #[error("no base: the clone is shallow, and its history ends before the base")]
    Shallow {
        /// The command that helps.
        hint: String,
    },
    /// The base's commit is not here.
    #[error("no base: commit {object} is missing")]
    Missing {
        /// The commit.
        object: String,
        /// The command that helps.
        hint: String,
    },
    /// The base and the change share no commit.
    #[error("the base {base} and the change share no history")]
    Unrelated {
        /// The base's commit.
        base: String,
        /// The command that helps.
        hint: String,
    },
    /// The repository cannot be read.
    #[error(transparent)]
    Vcs(#[from] VcsError),
}

impl BaseFault {
    /// Returns the command that helps.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown { hint, .. }
            | Self::NoBase { hint, .. }
            | Self::Shallow { hint }
            | Self::Missing { hint, .. }
            | Self::Unrelated { hint, .. } => Some(hint.clone()),
            Self::Vcs(error) => error.hint(),
        }
    }
}

impl Repository {
    /// Finds what a change is judged against.
    ///
    /// In order: `--base`, `KEELMARK_BASE`, the CI event's base, the remote's default branch, and
    /// without a remote the local one.
    ///
    /// # Errors
    /// When there is no base, or too little history to be sure of it; each fault says what helps.
    pub fn base(&self, request: &BaseRequest<'_>) -> Result<Base, BaseFault> {
        let store = &self.store;
        let head = match request.head {
            Side::Revision(commit) => Some(commit),
            Side::Index | Side::Worktree => store.head()?,
        };
        // NOTE: a remote of which no branch was ever fetched holds no base yet: it was just added, or
        // is empty. Before the first push that is no mistake; in CI or a shallow clone it is one.
        let remote = default_branch::remote(store).filter(|remote| {
            ci::is_ci(request.environment)
                || self.is_shallow()
                || self.fetched_a_branch()
                || store
                    .references(&format!("refs/remotes/{remote}/"), |_| true)
                    .is_ok_and(|found| !found.is_empty())
        });
        let question = Question { store, request, remote };
        let chosen = question.choose()?;
        let merge_base = match (&chosen.tip, head) {
            (Some(tip), Some(head)) => Some(question.merge_base(head, tip.commit)?),
            _ => None,
        };
        let reason = if head.is_none() { BaseReason::FirstCommit } else { chosen.reason };
        Ok(Base {
            tip: chosen.tip,
            merge_base,
            reason,
            remote: chosen.remote,
            trusted: question.trusted(),
        })
    }
}

struct Question<'a> {
    store: &'a Store,
    request: &'a BaseRequest<'a>,
    remote: Option<String>,
}

struct Chosen {
    tip: Option<Tip>,
    reason: BaseReason,
    remote: Option<String>,
}

impl Question<'_> {
    fn choose(&self) -> Result<Chosen, BaseFault> {
        let request = self.request;
        if let Some(revision) = request.explicit {
            return self.named(revision, BaseReason::Explicit);
        }
        let variable = request.environment.get("KEELMARK_BASE").filter(|value| !value.is_empty());
        if let Some(revision) = variable {
            return self.named(revision, BaseReason::Environment);
        }
        match ci::base(self.store, request.environment, request.default_branch)? {
            Some(CiBase::Commit { commit, reference, how }) => {
                let remote = reference.as_ref().map(|_| "origin".to_owned());
                let tip = Some(Tip { commit, reference });
                return Ok(Chosen { tip, reason: BaseReason::Ci(how), remote });
            }
            Some(CiBase::Root) => return Ok(nothing()),
            None => {}
        }
        match &self.remote {
            Some(remote) => {
                let change = (request.default_branch, self.head()?);
                let environment = request.environment;
                let found = default_branch::on_remote(self.store, environment, remote, change)?;
                let tip = Some(Tip { commit: found.commit, reference: found.name });
                let reason = BaseReason::RemoteDefault { remote: remote.clone(), how: found.how };
                Ok(Chosen { tip, reason, remote: Some(remote.clone()) })
            }
            None => match default_branch::local(self.store, request.default_branch)? {
                Some(found) => self.local(found),
                None => Ok(nothing()),
            },
        }
    }

    /// Returns the commit that is judged, or the one that the index and the work tree came of.
    fn head(&self) -> Result<Option<ObjectName>, VcsError> {
        match self.request.head {
            Side::Revision(commit) => Ok(Some(commit)),
            _ => self.store.head(),
        }
    }

    fn named(&self, revision: &str, reason: BaseReason) -> Result<Chosen, BaseFault> {
        let commit = self.store.resolve(revision).map_err(|source| BaseFault::Unknown {
            revision: revision.to_owned(),
            hint: if self.store.is_shallow() {
                deepen_hint(self.request.environment)
            } else {
                "`git fetch --all`, then `git branch --all` lists what can be named".to_owned()
            },
            source,
        })?;
        let reference = self.store.full_name(revision)?;
        let remote = reference
            .as_deref()
            .and_then(|name| name.strip_prefix("refs/remotes/")?.split('/').next())
            .map(ToOwned::to_owned);
        Ok(Chosen { tip: Some(Tip { commit, reference }), reason, remote })
    }

    fn local(&self, found: Found) -> Result<Chosen, BaseFault> {
        let Found { name, commit, how } = found;
        let tip = Some(Tip { commit, reference: name.clone() });
        let checked_out = name.is_none() || self.store.head_reference()? == name;
        let reason = match self.request.head {
            Side::Revision(judged) if judged == commit => {
                let header = self.store.commit_header(judged)?;
                let parent = header.and_then(|header| header.parents.first().copied());
                return Ok(match parent {
                    Some(parent) => Chosen {
                        tip: Some(Tip { commit: parent, reference: None }),
                        reason: BaseReason::FirstParent,
                        remote: None,
                    },
                    None => nothing(),
                });
            }
            Side::Index | Side::Worktree if checked_out => BaseReason::HeadItself,
            _ => BaseReason::LocalDefault(how),
        };
        Ok(Chosen { tip, reason, remote: None })
    }

    /// Returns where the change began: of the lines that a merge in progress joins, the point that
    /// is furthest along.
    fn merge_base(&self, head: ObjectName, tip: ObjectName) -> Result<ObjectName, BaseFault> {
        let store = self.store;
        if !store.holds(tip) {
            return Err(self.cut_or_missing(tip));
        }
        let mut heads = vec![head];
        if !matches!(self.request.head, Side::Revision(_)) {
            heads.extend(merge_heads(store)?);
        }
        let mut best: Option<ObjectName> = None;
        for joined in &heads {
            let Some(base) = store.merge_base(*joined, tip)? else { continue };
            best = match best {
                Some(known) if store.merge_base(known, base)? != Some(known) => Some(known),
                _ => Some(base),
            };
        }
        let Some(base) = best else {
            if store.is_shallow() {
                return Err(BaseFault::Shallow { hint: deepen_hint(self.request.environment) });
            }
            return Err(BaseFault::Unrelated {
                base: tip.short(),
                hint: "name a base that the change began at with `--base`".to_owned(),
            });
        };
        // Nothing is further along than the tip or the head themselves.
        if store.is_shallow() && base != tip && base != head {
            let known =
                store.holds(base) && store.is_whole_between(base, &[heads, vec![tip]].concat())?;
            if !known {
                return Err(BaseFault::Shallow { hint: deepen_hint(self.request.environment) });
            }
        }
        Ok(base)
    }

    fn cut_or_missing(&self, commit: ObjectName) -> BaseFault {
        if self.store.is_shallow() {
            return BaseFault::Shallow { hint: deepen_hint(self.request.environment) };
        }
        BaseFault::Missing {
            object: commit.to_string(),
            hint: format!("`git fetch origin {commit}`"),
        }
    }

    /// Returns the commit that trust is read from. What a contributor can choose is left out: a
    /// base that was named, and a default branch that only the change under check names.
    fn trusted(&self) -> Option<ObjectName> {
        let Self { store, request, remote, .. } = self;
        match ci::base(store, request.environment, request.default_branch) {
            Ok(Some(CiBase::Commit { commit, .. })) => return Some(commit),
            Ok(Some(CiBase::Root)) | Err(_) => return None,
            Ok(None) => {}
        }
        match remote {
            Some(remote) => {
                let change = (None, self.head().ok().flatten());
                default_branch::on_remote(store, request.environment, remote, change).ok()
            }
            None => default_branch::local(store, request.default_branch).ok().flatten(),
        }
        .map(|found| found.commit)
    }
}

fn nothing() -> Chosen {
    Chosen { tip: None, reason: BaseReason::FirstCommit, remote: None }
}

/// Returns the commits that a merge in progress joins to `HEAD`.
fn merge_heads(store: &Store) -> Result<Vec<ObjectName>, VcsError> {
    let path = store.git.repository.join("MERGE_HEAD");
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(VcsError::Io { path, source }),
    };
    let ids = text.lines().filter_map(|line| gix::ObjectId::from_hex(line.trim().as_bytes()).ok());
    Ok(ids.map(|id| from_gix(&id)).collect())
}
