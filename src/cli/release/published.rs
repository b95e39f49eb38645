//! Whether others have a commit: tags are made on nothing else.

use std::collections::BTreeSet;

use crate::cli::assess::short_reference;
use crate::cli::context::Workspace;
use crate::cli::failure::Failure;
use crate::escape;
use crate::path::RepoPath;
use crate::registry::config::Config;
use crate::snapshot::ObjectName;
use crate::vcs::{BaseRequest, Branch, Environment, Repository, Side};

/// Branches that a message names.
const NAMED: usize = 3;

/// The branches whose versions are published: those of the remote as last fetched, or without a
/// remote the local ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Branches {
    /// The remote.
    pub remote: Option<String>,
    list: Vec<Branch>,
}

/// A commit that a published branch holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Published {
    /// The commit.
    pub commit: ObjectName,
    /// The full name of the branch.
    pub branch: String,
    /// The remote whose branch it is.
    pub remote: Option<String>,
}

impl Published {
    /// Returns the branch as people write it, such as `origin/main`.
    pub(in crate::cli) fn shown(&self) -> String {
        escape::line(short_reference(&self.branch))
    }

    /// Fetches the branch, so that whoever asks again learns what the remote has now. A branch that
    /// lost commits meanwhile is not taken.
    ///
    /// # Errors
    /// When the remote cannot be reached, or the branch was removed or made anew there.
    pub(in crate::cli) fn refresh(&self, repository: &Repository) -> Result<(), Failure> {
        let Some(remote) = &self.remote else { return Ok(()) };
        let folder = format!("refs/remotes/{remote}/");
        let Some(short) = self.branch.strip_prefix(&folder) else { return Ok(()) };
        Ok(repository.fetch(remote, &[&format!("refs/heads/{short}:{}", self.branch)])?)
    }
}

impl Branches {
    /// Finds the branches: those of `versioning.branches`, and the default one. Neither a base that
    /// was typed nor what CI says of one makes a branch published.
    ///
    /// # Errors
    /// When branches cannot be read, or the default one was never fetched.
    pub(in crate::cli) fn of(repository: &Repository, config: &Config) -> Result<Self, Failure> {
        let base = repository.base(&BaseRequest {
            explicit: None,
            environment: &Environment::new(),
            default_branch: config.default_branch.as_deref(),
            head: Side::Index,
        })?;
        let mut list = repository.branches(&config.versioning.branches, base.remote.as_deref())?;
        // Before the first branch of such a name whatever is checked out is the default branch.
        let default =
            base.tip.and_then(|tip| Some(Branch { name: tip.reference?, commit: tip.commit }));
        list.extend(default);
        list.sort();
        list.dedup();
        Ok(Self { remote: base.remote, list })
    }

    /// Returns the first branch, by name, that holds a commit.
    ///
    /// # Errors
    /// When history cannot be read.
    pub(in crate::cli) fn holding(
        &self,
        repository: &Repository,
        commit: ObjectName,
    ) -> Result<Option<&Branch>, Failure> {
        for branch in &self.list {
            if repository.is_ancestor(commit, branch.commit)? {
                return Ok(Some(branch));
            }
        }
        Ok(None)
    }

    /// Returns the commits of the branches, by the branches' names.
    pub(in crate::cli) fn tips(&self) -> impl Iterator<Item = ObjectName> {
        self.list.iter().map(|branch| branch.commit)
    }

    /// Names the branches in a message.
    fn named(&self) -> String {
        let names: BTreeSet<&str> =
            self.list.iter().map(|branch| short_reference(&branch.name)).collect();
        let mut shown: Vec<String> =
            names.iter().take(NAMED).map(|name| format!("`{}`", escape::line(name))).collect();
        if names.len() > NAMED {
            shown.push("…".to_owned());
        }
        shown.join(", ")
    }
}

/// Finds the published branch that holds `HEAD`. Nothing at and below `committed` may differ from
/// it: what people look at is what a tag is made of.
///
/// # Errors
/// Something is not committed, or `HEAD` is on no published branch; each says what to do first.
pub(in crate::cli) fn head(
    workspace: &Workspace,
    config: &Config,
    committed: &[RepoPath],
) -> Result<Published, Failure> {
    let repository = &workspace.opened.repository;
    let commit = repository.head()?.ok_or_else(|| {
        Failure::usage("there is no commit yet").hint("commit what is to be tagged")
    })?;
    refuse_uncommitted(&repository.uncommitted(committed)?)?;
    let branches = Branches::of(repository, config)?;
    match branches.holding(repository, commit)? {
        Some(branch) => {
            Ok(Published { commit, branch: branch.name.clone(), remote: branches.remote.clone() })
        }
        None => Err(unpublished(repository, &branches, commit)?),
    }
}

fn refuse_uncommitted(paths: &[RepoPath]) -> Result<(), Failure> {
    let Some(first) = paths.first() else { return Ok(()) };
    let more = match paths.len() - 1 {
        0 => String::new(),
        1 => " and 1 other file".to_owned(),
        more => format!(" and {more} other files"),
    };
    let verb = if more.is_empty() { "is" } else { "are" };
    Err(Failure::usage(format!("`{first}`{more} {verb} changed and not committed"))
        .hint("commit, merge and come back; or `git stash` what is to stay out"))
}

/// Says why `HEAD` is on no published branch, and what to do.
fn unpublished(
    repository: &Repository,
    branches: &Branches,
    commit: ObjectName,
) -> Result<Failure, Failure> {
    let (short, named) = (commit.short(), branches.named());
    if repository.is_shallow() {
        return Ok(Failure::undecided(format!(
            "nobody can tell whether {named} hold {short}: the history is cut off here"
        ))
        .hint("`git fetch --unshallow`"));
    }
    let here = repository.head_branch()?;
    let Some(here) = here.as_deref().map(short_reference) else {
        return Ok(Failure::usage(format!(
            "HEAD is detached at {short}, which is on no published branch ({named})"
        ))
        .hint("check a published branch out, or merge the commit first"));
    };
    let here = escape::line(here);
    if let Some(remote) = &branches.remote {
        let own = format!("refs/remotes/{remote}/{here}");
        if branches.list.iter().any(|branch| branch.name == own) {
            let remote = escape::line(remote);
            return Ok(Failure::usage(format!("`{remote}` does not have {short} of `{here}` yet"))
                .hint(format!(
                    "`git push {remote} {here}`, as far as the branch may be pushed to"
                )));
        }
    }
    Ok(Failure::usage(format!(
        "{short} of the branch `{here}` is on no published branch ({named})"
    ))
    .hint("merge it first, fetch, and tag the commit that was merged"))
}
