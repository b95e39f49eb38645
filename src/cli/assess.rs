//! From a workspace to a report: finds the base, opens its trees, asks `checks`.

use std::collections::BTreeMap;

use super::context::{CONFIG_FILE, Context, Past, Tree, Workspace, nearest};
use super::evals::witness::Examiner;
use super::failure::Failure;
use super::shelf;
use super::signing::signers_of;
use crate::checks::config;
use crate::checks::report::{Report, Source};
use crate::checks::{self, Named, Reading, Request, Scope, Stage};
use crate::finding::Finding;
use crate::path::RepoPath;
use crate::registry::config::{Config, Published};
use crate::snapshot::{History, ObjectName, ReadFault, Revision, Snapshot};
use crate::vcs::{Base, BaseReason, Presence, Repository};

/// Commits of the base beyond which nobody looks for numbers that it had once: a hook must not read
/// the whole history of a large repository.
const LONGEST_WAY_BACK: usize = 10_000;

/// A base with its trees opened.
pub(super) struct Ground {
    /// The base.
    pub base: Base,
    /// The tree that the change started from.
    pub before: Past,
    /// The tree of the base's tip.
    pub tip: Past,
    /// The configuration that levels and publishing rules are believed from.
    pub trusted: Config,
    /// The paths that the change touches.
    pub changed: Vec<RepoPath>,
    branches: Vec<(String, Past)>,
    tags: BTreeMap<String, ObjectName>,
    history: Walk,
    before_name: String,
    tip_name: String,
    believed: Option<Past>,
    /// Where the configuration is, or was where the change started.
    config: Option<RepoPath>,
    /// That the default branch does not exist, or that none is known.
    lost_branch: Option<Finding>,
}

impl Ground {
    /// Opens the base of a workspace.
    ///
    /// # Errors
    /// When there is no base, or its trees cannot be read.
    pub(super) fn open(
        workspace: &Workspace,
        explicit: Option<&str>,
        context: &Context,
    ) -> Result<Self, Failure> {
        let base = workspace.base(explicit, context)?;
        let mut ground = Self::of(workspace, base)?;
        ground.look_for_the_branch(workspace, context)?;
        Ok(ground)
    }

    /// Looks whether the default branch that the configuration names is there, or one is known
    /// without it.
    ///
    /// # Errors
    /// When references cannot be read.
    pub(super) fn look_for_the_branch(
        &mut self,
        workspace: &Workspace,
        context: &Context,
    ) -> Result<(), Failure> {
        let repository = &workspace.opened.repository;
        let Some(name) = &workspace.settings.config.default_branch else {
            self.lost_branch = self.guessed(workspace)?;
            return Ok(());
        };
        self.lost_branch = match repository.branch_presence(name, context.environment.all())? {
            Presence::There => None,
            missing => config::branch_missing(&workspace.settings, missing == Presence::Missing),
        };
        Ok(())
    }

    /// Says that the branch that is checked out is its own base, where there are others that it may
    /// have come from.
    fn guessed(&self, workspace: &Workspace) -> Result<Option<Finding>, Failure> {
        let own = matches!(
            self.base.reason,
            BaseReason::HeadItself | BaseReason::FirstParent | BaseReason::LocalDefault(_)
        );
        let repository = &workspace.opened.repository;
        let Some(guess) = own.then(|| repository.guessed_branch(None)).transpose()?.flatten()
        else {
            return Ok(None);
        };
        // Records and evidence are nobody's changes.
        let kept = [workspace.settings.config.ledger.branch.as_str(), shelf::BRANCH];
        let others: Vec<&str> = guess
            .others
            .iter()
            .map(String::as_str)
            .filter(|branch| !kept.iter().any(|kept| branch.ends_with(kept)))
            .collect();
        let path = workspace.config_path.clone().unwrap_or_else(|| RepoPath::from(CONFIG_FILE));
        Ok(config::branch_unnamed(&path, guess.name.as_deref(), &others))
    }

    /// Opens the trees of a base.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(super) fn of(workspace: &Workspace, base: Base) -> Result<Self, Failure> {
        let repository = &workspace.opened.repository;
        let before = Past::open(repository, base.merge_base)?;
        let tip_commit = base.tip.as_ref().map(|tip| tip.commit);
        let tip = Past::open(repository, tip_commit)?;
        // Before the first commit there is nothing to protect. Later only the default branch or
        // CI's base is believed; a base that was typed is compared with, not believed.
        let believed = match (base.trusted, tip_commit) {
            (None, None) => None,
            (trusted, _) => Some(Past::open(repository, trusted)?),
        };
        let trusted = match &believed {
            None => workspace.settings.config.clone(),
            Some(past) => workspace.config_at(past.snapshot())?,
        };
        let mut watched = workspace.prefixes();
        watched.extend(signers_of(workspace.config_path.as_ref(), &workspace.settings.config));
        let mut changed: Vec<RepoPath> = repository
            .changed(before.tree(), workspace.tree.after(), &watched)?
            .into_iter()
            .map(|changed| changed.path)
            .collect();
        changed.sort();
        let patterns = &trusted.versioning.branches;
        let mut branches = Vec::new();
        for branch in repository.branches(patterns, base.remote.as_deref())? {
            // The commit under check does not take its own numbers away.
            let itself = matches!(&workspace.tree, Tree::Revision { commit, .. } if *commit == branch.commit);
            let known = [tip_commit, base.merge_base].contains(&Some(branch.commit));
            if !itself && !known {
                let name = short_reference(&branch.name).to_owned();
                branches.push((name, Past::open(repository, Some(branch.commit))?));
            }
        }
        // Several registries in one repository keep their tags apart by a prefix.
        let prefix = trusted.tag_prefix.as_str();
        let tags: BTreeMap<String, ObjectName> = repository
            .tags(prefix)?
            .into_iter()
            .filter_map(|(tag, commit)| Some((tag.strip_prefix(prefix)?.to_owned(), commit)))
            .collect();
        let tagged = trusted.versioning.published == Published::Tagged;
        if tagged && tags.is_empty() && !changed.is_empty() {
            refuse_without_tags(repository, base.remote.as_deref())?;
        }
        let config_path = match &workspace.config_path {
            Some(path) => Some(path.clone()),
            None => nearest(before.snapshot(), &workspace.opened.inside)?,
        };
        let history = Walk { repository: repository.clone(), from: tip_commit };
        let before_name = base.merge_base.map(|commit| commit.short()).unwrap_or_default();
        let tip_name = match base.tip.as_ref().and_then(|tip| tip.reference.as_deref()) {
            Some(reference) => short_reference(reference).to_owned(),
            None => tip_commit.map(|commit| commit.short()).unwrap_or_default(),
        };
        Ok(Self {
            base,
            before,
            tip,
            trusted,
            changed,
            branches,
            tags,
            history,
            before_name,
            tip_name,
            believed,
            config: config_path,
            lost_branch: None,
        })
    }

    /// Returns the base as `checks` sees it.
    #[must_use]
    pub(super) fn view(&self) -> checks::Base<'_> {
        checks::Base {
            before: Named { name: &self.before_name, tree: self.before.snapshot() },
            tip: Named { name: &self.tip_name, tree: self.tip.snapshot() },
            branches: self
                .branches
                .iter()
                .map(|(name, past)| Named { name, tree: past.snapshot() })
                .collect(),
            tags: self.tags.clone(),
            history: &self.history,
            published: self.trusted.versioning.published,
        }
    }

    /// Checks a tree against this base.
    ///
    /// # Errors
    /// When bytes cannot be had.
    pub(super) fn check(
        &self,
        workspace: &Workspace,
        head: &dyn Snapshot,
        how: How,
    ) -> Result<Report, Failure> {
        self.check_what_was_read(workspace, head, how, &Reading::default())
    }

    /// Checks a tree of which some entries were read already.
    ///
    /// # Errors
    /// When bytes cannot be had.
    pub(super) fn check_what_was_read(
        &self,
        workspace: &Workspace,
        head: &dyn Snapshot,
        how: How,
        read: &Reading,
    ) -> Result<Report, Failure> {
        let view = self.view();
        let mut settings = workspace.settings.clone();
        settings.findings.extend(self.lost_branch.clone());
        let request = Request {
            layout: &workspace.layout,
            settings: &settings,
            config: self.config.as_ref(),
            trusted: &self.trusted,
            head,
            read,
            unmerged: workspace.tree.unmerged(),
            base: &view,
            changed: &self.changed,
            scope: how.scope,
            today: self.today(workspace)?,
            stage: how.stage,
            witness: &Examiner { trusted: self.trusted_tree() },
        };
        Ok(checks::run(&request)?)
    }

    /// Returns the day that it is for a check: that of the base's tip, or of the commit under check
    /// where there is none.
    fn today(&self, workspace: &Workspace) -> Result<Option<i64>, Failure> {
        let own = match &workspace.tree {
            Tree::Revision { commit, .. } => Some(*commit),
            _ => None,
        };
        let commit = self.base.tip.as_ref().map(|tip| tip.commit).or(own);
        let time = commit.map(|commit| workspace.opened.repository.committed(commit));
        Ok(time.transpose()?.flatten())
    }

    /// Returns the tree that bars, baselines and hosts are believed from; `None` before the first
    /// commit, when there is nothing to protect and the tree at hand is believed.
    #[must_use]
    pub(super) fn trusted_tree(&self) -> Option<&dyn Snapshot> {
        self.believed.as_ref().map(Past::snapshot)
    }

    /// Describes the two sides for a report.
    #[must_use]
    pub(super) fn source(&self, workspace: &Workspace) -> Source {
        let tip = self.base.tip.as_ref();
        Source {
            kind: workspace.tree.kind(),
            revision: match &workspace.tree {
                Tree::Revision { name, .. } => Some(name.clone()),
                _ => None,
            },
            base: tip.map(|tip| tip.reference.clone().unwrap_or_else(|| tip.commit.to_string())),
            base_commit: tip.map(|tip| tip.commit.to_string()),
            merge_base: self.base.merge_base.map(|commit| commit.to_string()),
            base_reason: self.base.reason.to_string(),
            fetched_at: workspace
                .opened
                .repository
                .last_fetch()
                .filter(|_| self.base.remote.is_some()),
        }
    }
}

/// Refuses to take everything for unpublished where tags publish and the clone was made without them.
fn refuse_without_tags(repository: &Repository, remote: Option<&str>) -> Result<(), Failure> {
    let key = format!("remote.{}.tagOpt", remote.unwrap_or("origin"));
    let hint = if repository.is_shallow() {
        "`git fetch --unshallow --tags`".to_owned()
    } else if repository.config(&key).is_some_and(|option| option == "--no-tags") {
        format!("`git config --unset {key}`, then `git fetch --tags`")
    } else {
        return Ok(());
    };
    let message =
        "tags say what is published (`versioning.published: tagged`), and this clone has none";
    Err(Failure::undecided(message).hint(hint))
}

/// How much is checked, and for whom.
pub(super) struct How {
    /// How much.
    pub scope: Scope,
    /// For whom.
    pub stage: Stage,
}

/// Describes a base in one line, for people, with the age of the last fetch.
#[must_use]
pub(super) fn describe(source: &Source, context: &Context) -> String {
    let Some(base) = &source.base else {
        return format!("base: none ({})", source.base_reason);
    };
    let commit = source.base_commit.as_deref().unwrap_or_default();
    let short = commit.get(..10).unwrap_or(commit);
    let base = if base == commit { "" } else { short_reference(base) };
    let age = match source.fetched_at {
        Some(at) => format!(", fetched {} ago", span(context.now().saturating_sub(at).max(0))),
        None => String::new(),
    };
    let name = if base.is_empty() { String::new() } else { format!("{base} ") };
    format!("base: {name}{short} ({}{age})", source.base_reason)
}

/// Says how long some seconds are, in the largest unit that they fill.
#[must_use]
pub(super) fn span(seconds: i64) -> String {
    let (count, unit) = match seconds {
        ..60 => (seconds, "second"),
        60..3_600 => (seconds / 60, "minute"),
        3_600..86_400 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// Returns a reference as people write it.
#[must_use]
pub(super) fn short_reference(reference: &str) -> &str {
    ["refs/heads/", "refs/remotes/", "refs/tags/"]
        .iter()
        .find_map(|prefix| reference.strip_prefix(prefix))
        .unwrap_or(reference)
}

/// History from one commit backwards.
pub(super) struct Walk {
    /// The repository.
    pub repository: Repository,
    /// The commit; `None` for a repository without one.
    pub from: Option<ObjectName>,
}

impl History for Walk {
    fn revisions(&self, path: &RepoPath) -> Result<Vec<Revision>, ReadFault> {
        let Some(from) = self.from else { return Ok(Vec::new()) };
        let history = self.repository.history(from, path).map_err(store)?;
        let commits = history.commits.into_iter().filter(|commit| commit.object.is_some());
        Ok(commits
            .map(|commit| Revision {
                commit: commit.id,
                time_seconds: commit.time_seconds,
                author: commit.author,
                subject: commit.subject,
            })
            .collect())
    }

    fn arrivals(&self, folder: &RepoPath, path: &RepoPath) -> Result<Vec<ObjectName>, ReadFault> {
        let Some(from) = self.from else { return Ok(Vec::new()) };
        let found = self.repository.arrivals(from, folder, LONGEST_WAY_BACK).map_err(store)?;
        Ok(found.get(path).cloned().unwrap_or_default())
    }

    fn at(&self, commit: ObjectName) -> Result<Box<dyn Snapshot>, ReadFault> {
        let tree = self.repository.commit_snapshot(commit).map_err(store)?;
        Ok(Box::new(tree))
    }
}

fn store(error: crate::vcs::VcsError) -> ReadFault {
    match error {
        crate::vcs::VcsError::Read(fault) => fault,
        crate::vcs::VcsError::Missing { object } => ReadFault::Missing { object },
        other => ReadFault::Store(other.to_string()),
    }
}
