//! From a workspace to sessions that can be run, and from a session to a record.
//!
//! Bars, baselines, calibrations, hosts, programs and variables come from the base's tree alone; what
//! is measured comes from the tree that was asked for. See `docs/guides/evals.md`.

mod models;
mod office;
mod ping;
mod prepare;
pub(super) mod progress;
pub(super) mod proof;
pub(super) mod recording;
pub(super) mod rulings;
mod run;
pub(super) mod single;
mod stamps;
pub(super) mod witness;

use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) use prepare::{Prepared, prompt_failure, prompt_text};
pub(super) use rulings::judge_run;
pub(super) use run::{
    Caching, Finished, RunOptions, carry_out, planned, run_id, same_judges, stop_words,
};

use super::assess::Ground;
use super::context::{Context, Workspace};
use super::failure::Failure;
use super::{context, select, store};
use crate::checks::{Loaded, read_policy};
use crate::evals::runner::Reach;
use crate::finding::{Finding, Severity};
use crate::ident::{EntryName, EntryRef, Kind, Wanted};
use crate::output::human;
use crate::path::RepoPath;
use crate::registry::config::Config;
use crate::registry::index::Index;
use crate::registry::layout::Layout;
use crate::schema::PolicyName;
use crate::snapshot::Snapshot;
use crate::time::Clock;

/// Everything that eval commands work with.
pub(super) struct Desk<'a> {
    /// The context.
    pub context: &'a Context,
    /// The tree that is measured.
    pub workspace: &'a Workspace,
    /// What it is judged against.
    pub ground: Ground,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    trusted_layout: Layout,
    reach: Reach,
}

impl<'a> Desk<'a> {
    /// Opens the desk: finds the base, whose trust counts.
    ///
    /// # Errors
    /// When there is no base; without it nobody knows which hosts and bars to believe.
    pub(super) fn open(
        context: &'a Context,
        workspace: &'a Workspace,
        base: Option<&str>,
    ) -> Result<Self, Failure> {
        context::refuse_misconfigured(workspace)?;
        let ground = Ground::open(workspace, base, context)?;
        let trusted_layout = match ground.trusted_tree() {
            Some(tree) => workspace.layout_at(tree)?,
            None => workspace.layout.clone(),
        };
        let clock = context.clock();
        refuse_tracked_records(workspace)?;
        Ok(Self { context, workspace, ground, clock, trusted_layout, reach: Reach::Online })
    }

    /// Opens models without their keys: nobody is going to be asked.
    pub(super) fn offline(mut self) -> Self {
        self.reach = Reach::Offline;
        self
    }

    /// Returns the base's configuration.
    pub(super) fn trusted(&self) -> &Config {
        &self.ground.trusted
    }

    /// Returns the tree that bars and baselines are believed from.
    pub(super) fn trusted_tree(&self) -> &dyn Snapshot {
        self.ground.trusted_tree().unwrap_or_else(|| self.workspace.snapshot())
    }

    /// Returns where the base keeps what the change has at a path of its registry: a change that
    /// moves the registry does not move away from what it is judged by.
    pub(super) fn trusted_path(&self, path: &RepoPath) -> RepoPath {
        let root = self.trusted_layout.root();
        match path.below(self.workspace.layout.root()) {
            Some(rest) if root.is_root() => rest,
            Some(rest) => RepoPath::new([root.as_bytes(), b"/", rest.as_bytes()].concat()),
            None => path.clone(),
        }
    }

    /// Returns the tree that is measured.
    pub(super) fn tree(&self) -> &dyn Snapshot {
        self.workspace.snapshot()
    }

    /// Returns the run records of the work tree.
    ///
    /// # Errors
    /// In a bare repository, or when the folder cannot be made.
    pub(super) fn runs(&self) -> Result<store::runs::Runs, Failure> {
        store::runs::Runs::open(self.workspace.opened.top()?)
    }

    /// Returns the names of the suites that were asked for; all of them where none was named.
    ///
    /// # Errors
    /// A name that is no suite, or a registry without suites.
    pub(super) fn suites(&self, named: &[String]) -> Result<Vec<EntryName>, Failure> {
        if named.is_empty() {
            let listed = crate::checks::entries(&self.workspace.layout, self.tree())?;
            let suites: Vec<EntryName> =
                listed.into_iter().map(|l| l.name).filter(|n| n.kind == Kind::Suite).collect();
            if suites.is_empty() {
                return Err(Failure::usage("the registry has no suites")
                    .hint("`keelmark new suite ID` makes one"));
            }
            return Ok(suites);
        }
        named.iter().map(|text| self.suite(text)).collect()
    }

    fn suite(&self, text: &str) -> Result<EntryName, Failure> {
        if !text.contains('/')
            && let Some(name) = text
                .parse()
                .ok()
                .map(|id| Index::new(&self.workspace.layout, self.tree()).resolve(Kind::Suite, &id))
                .transpose()?
                .flatten()
        {
            return Ok(name);
        }
        let selected = select::entry(self.workspace, text)?;
        if selected.name.kind != Kind::Suite {
            return Err(Failure::usage(format!("`{}` is no suite", selected.name))
                .hint("`keelmark list suite` shows the suites"));
        }
        Ok(selected.name)
    }

    /// Says whether a reference leads to an entry.
    ///
    /// # Errors
    /// When the tree cannot be read.
    pub(super) fn leads_somewhere(&self, kind: Kind, text: &str) -> Result<bool, Failure> {
        let Ok(reference) = text.parse::<EntryRef>() else { return Ok(false) };
        let index = Index::new(&self.workspace.layout, self.tree());
        Ok(index.resolve(reference.kind.unwrap_or(kind), &reference.id)?.is_some())
    }

    /// Reads the entry that a reference of another entry leads to, at the version that it pins.
    ///
    /// # Errors
    /// It leads nowhere, or to another version than the one at hand.
    pub(super) fn entry(&self, kind: Kind, text: &str) -> Result<Loaded, Failure> {
        let reference: EntryRef = text
            .parse()
            .map_err(|fault| Failure::usage(format!("`{text}` is no entry: {fault}")))?;
        let index = Index::new(&self.workspace.layout, self.tree());
        let kind = reference.kind.unwrap_or(kind);
        let Some(name) = index.resolve(kind, &reference.id)? else {
            return Err(Failure::usage(format!("there is no {kind} `{}`", reference.id))
                .hint("`keelmark check` shows references that lead nowhere"));
        };
        let version = match &reference.wanted {
            Wanted::Exact(version) => Some(version.clone()),
            Wanted::Any | Wanted::Range(_) => None,
        };
        let selected = select::Selected { name: name.clone(), version };
        let loaded = super::commands::show::load(self.context, self.workspace, &selected)?;
        if let (Wanted::Range(range), Some(version)) = (&reference.wanted, &loaded.entry.version)
            && !version.matches(range)
        {
            return Err(Failure::usage(format!(
                "`{name}` is at {version}, and `{text}` wants {range}"
            ))
            .hint("widen the range, or run the tree that it was written for with `--rev`"));
        }
        Ok(loaded)
    }

    /// Reads a policy of the base; `None` where it has none.
    ///
    /// # Errors
    /// A policy that cannot be believed decides nothing, so the command cannot go on.
    pub(super) fn trusted_policy<T: serde::de::DeserializeOwned>(
        &self,
        name: PolicyName,
    ) -> Result<Option<crate::checks::ReadPolicy<T>>, Failure> {
        self.policy(self.trusted_tree(), &self.trusted_layout, name)
    }

    /// Reads a policy of the tree that is measured; `None` where it has none.
    ///
    /// # Errors
    /// As [`Desk::trusted_policy`].
    pub(super) fn own_policy<T: serde::de::DeserializeOwned>(
        &self,
        name: PolicyName,
    ) -> Result<Option<crate::checks::ReadPolicy<T>>, Failure> {
        self.policy(self.tree(), &self.workspace.layout, name)
    }

    fn policy<T: serde::de::DeserializeOwned>(
        &self,
        tree: &dyn Snapshot,
        layout: &Layout,
        name: PolicyName,
    ) -> Result<Option<crate::checks::ReadPolicy<T>>, Failure> {
        read_policy(tree, layout, name)?.map_err(|findings| {
            self.refuse(&findings);
            Failure::usage(format!("the policy `{}` cannot be believed", name.name()))
                .hint("mend what is shown above; `keelmark check` shows all of it")
        })
    }

    /// Shows findings on stderr.
    pub(super) fn refuse(&self, findings: &[Finding]) {
        for finding in findings.iter().filter(|finding| finding.severity == Severity::Error) {
            super::printer::Printer::insist(&human::draw(finding, self.context.printer.style()));
        }
    }

    /// Returns the variables that the base allows somebody to use, and those of certificates and
    /// proxies, which are the user's own.
    pub(super) fn environment(&self) -> BTreeMap<String, String> {
        const OWN: [&str; 12] = [
            "HTTPS_PROXY",
            "HTTP_PROXY",
            "ALL_PROXY",
            "NO_PROXY",
            "https_proxy",
            "http_proxy",
            "all_proxy",
            "no_proxy",
            "PATH",
            "HOME",
            "LANG",
            "SSL_CERT_FILE",
        ];
        let trust = &self.trusted().trust;
        let keys = trust.hosts.values().filter_map(|host| host.key_env.as_deref());
        let names = trust.env.iter().map(String::as_str).chain(keys).chain(OWN);
        self.context.environment.named(names)
    }
}

/// Answers in the cache are believed, so a change must not be able to bring its own: nothing below
/// `.keelmark/` may be tracked.
fn refuse_tracked_records(workspace: &Workspace) -> Result<(), Failure> {
    if workspace.opened.top.is_none() {
        return Ok(());
    }
    let index = workspace.opened.repository.index_snapshot()?;
    match index.list(&RepoPath::from(store::FOLDER))?.first() {
        None => Ok(()),
        Some(file) => Err(Failure::usage(format!("git tracks `{}`", file.path)).hint(format!(
            "records and cached answers are nobody's to commit: `git rm -r --cached {}`",
            store::FOLDER
        ))),
    }
}
