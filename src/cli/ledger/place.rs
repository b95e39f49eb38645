//! Where the ledger is.

use crate::checks::config::{self, Settings};
use crate::cli::context::{self, Context, Opened};
use crate::cli::failure::Failure;
use crate::registry::config::Config;
use crate::vcs::Repository;

/// The branch here, and its counterpart at a remote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// The name of the branch.
    pub(super) branch: String,
    /// The local reference.
    pub(super) local: String,
    /// The remote, where there is one.
    pub(super) remote: Option<Remote>,
    /// The remote that the configuration names, whether or not it is there.
    pub(super) named: String,
    /// What stands before every tag.
    pub(super) tag_prefix: String,
    /// How many months records stay at the tip.
    pub(super) retention_months: u32,
}

/// The counterpart at a remote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Remote {
    /// The remote.
    pub(super) name: String,
    /// The reference that remembers its branch.
    pub(super) tracking: String,
}

impl Place {
    pub(super) fn new(repository: &Repository, config: &Config) -> Self {
        let settings = &config.ledger;
        let remote = repository.remotes().into_iter().find(|name| *name == settings.remote);
        let branch = settings.branch.clone();
        Self {
            local: format!("refs/heads/{branch}"),
            remote: remote
                .map(|name| Remote { tracking: format!("refs/remotes/{name}/{branch}"), name }),
            branch,
            named: settings.remote.clone(),
            tag_prefix: config.tag_prefix.clone(),
            retention_months: settings.retention_months,
        }
    }

    /// Returns the remote.
    ///
    /// # Errors
    /// When there is none.
    pub(super) fn remote(&self) -> Result<&Remote, Failure> {
        self.remote.as_ref().ok_or_else(|| {
            Failure::usage(format!("there is no remote `{}` to push the ledger to", self.named))
                .hint(format!(
                    "`git remote add {} URL` makes one; `ledger.remote` in keelmark.yaml names another",
                    self.named
                ))
        })
    }
}

/// Reads the configuration: that of the work tree, or in a bare repository
/// that of `HEAD`.
///
/// # Errors
/// When there is a configuration that cannot be read.
pub(in crate::cli) fn settings(opened: &Opened, context: &Context) -> Result<Config, Failure> {
    let settings = read(opened, context)?;
    context::refuse(&settings)?;
    Ok(settings.config)
}

/// Reads the configuration as [`settings`] does, but takes that of `HEAD` where the work tree's
/// cannot be believed: whoever is in the middle of a merge can still see what is live, and take it
/// back. Then there is something to be said.
///
/// # Errors
/// When neither can be read.
pub(super) fn steady(
    opened: &Opened,
    context: &Context,
) -> Result<(Config, Option<String>), Failure> {
    let failure = match settings(opened, context) {
        Ok(config) => return Ok((config, None)),
        Err(failure) if opened.top.is_none() || context.global.config.is_some() => {
            return Err(failure);
        }
        Err(failure) => failure,
    };
    let committed = at_head(opened)?;
    if context::refuse(&committed).is_err() {
        return Err(failure);
    }
    let note = format!("{}; that of the last commit is taken", failure.message());
    Ok((committed.config, Some(note)))
}

fn read(opened: &Opened, context: &Context) -> Result<Settings, Failure> {
    let explicit =
        context.global.config.as_deref().map(|path| opened.named_path(path)).transpose()?;
    if let Some(top) = &opened.top {
        let Some(path) = explicit.or_else(|| context::nearest_on_disk(top, &opened.inside)) else {
            return Ok(Settings::default());
        };
        let tree = opened.repository.worktree_snapshot(std::slice::from_ref(&path))?;
        return Ok(config::read(&tree, &path)?);
    }
    at_head(opened)
}

fn at_head(opened: &Opened) -> Result<Settings, Failure> {
    let Some(head) = opened.repository.head()? else { return Ok(Settings::default()) };
    let tree = opened.repository.commit_snapshot(head)?;
    let Some(path) = context::nearest(&tree, &opened.inside)? else {
        return Ok(Settings::default());
    };
    Ok(config::read(&tree, &path)?)
}
