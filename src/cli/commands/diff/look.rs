//! A closer look at what differs.

use std::collections::BTreeMap;

use crate::checks::report::{EntryReport, Report, Status};
use crate::checks::{Loaded, Named, read_entry, row_changes};
use crate::cli::assess::Ground;
use crate::cli::context::Workspace;
use crate::cli::failure::Failure;
use crate::finding::{Family, Finding, Severity};
use crate::ident::EntryName;
use crate::output::diff::{Difference, TextChange};
use crate::snapshot::Snapshot;
use crate::version::Bump;

/// The two sides.
pub(super) struct Look<'a> {
    pub(super) workspace: &'a Workspace,
    pub(super) ground: &'a Ground,
}

impl Look<'_> {
    /// Makes a difference of every entry that a check names, also of those that it could not judge.
    pub(super) fn differences(&self, report: Report) -> Result<Vec<Difference>, Failure> {
        let mut broken = broken(&report.findings);
        let mut entries = report.entries;
        // An entry that was judged has a number to suggest, or lacks its own.
        let is_judged =
            |entry: &EntryReport| entry.suggested.is_some() || !entry.reasons.is_empty();
        broken.retain(|name, _| !entries.iter().any(|e| e.name == *name && is_judged(e)));
        for (name, found) in &broken {
            if !entries.iter().any(|entry| entry.name == *name) {
                entries.push(EntryReport {
                    name: name.clone(),
                    path: found.path().clone(),
                    status: Status::Changed,
                    base_version: self.before(name)?.and_then(|old| old.entry.version),
                    version: None,
                    declared: Bump::None,
                    required: Bump::None,
                    suggested: None,
                    reasons: Vec::new(),
                    evidence: None,
                    verdicts: Vec::new(),
                });
            }
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        let mut differences = Vec::new();
        for entry in entries {
            let former = self.former(&entry)?;
            let unreadable = match broken.get(&entry.name) {
                Some(finding) => Some(said(finding)),
                None => self.unreadable_before(&entry)?,
            };
            differences.push(Difference {
                report: entry,
                former,
                unreadable,
                texts: Vec::new(),
                rows: None,
            });
        }
        Ok(differences)
    }

    /// Adds the texts and rows that differ.
    pub(super) fn closer(&self, difference: &mut Difference) -> Result<(), Failure> {
        let name = &difference.report.name;
        let old = self.before(difference.former.as_ref().unwrap_or(name))?;
        let (Some(old), Some(new)) = (old, self.now(name)?) else { return Ok(()) };
        difference.texts = texts(&old, &new);
        difference.rows = row_changes(&old, &new)?;
        Ok(())
    }

    fn now(&self, name: &EntryName) -> Result<Option<Loaded>, Failure> {
        let tree = Named { name: "", tree: self.workspace.snapshot() };
        Ok(read_entry(&self.workspace.layout, name, tree)?)
    }

    fn before(&self, name: &EntryName) -> Result<Option<Loaded>, Failure> {
        let view = self.ground.view();
        Ok(read_entry(&self.workspace.layout, name, view.before)?)
    }

    fn stood(&self, name: &EntryName) -> Result<bool, Failure> {
        let tree: &dyn Snapshot = self.ground.before.snapshot();
        Ok(self.workspace.layout.find(tree, name)?.is_some())
    }

    /// Returns the name that a renamed entry had: one of its aliases, where the old side knows only
    /// that.
    fn former(&self, entry: &EntryReport) -> Result<Option<EntryName>, Failure> {
        if matches!(entry.status, Status::New | Status::Deleted) || self.stood(&entry.name)? {
            return Ok(None);
        }
        let Some(now) = self.now(&entry.name)? else { return Ok(None) };
        for alias in &now.entry.common.aliases {
            let Ok(id) = alias.parse() else { continue };
            let former = EntryName::new(entry.name.kind, id);
            if self.stood(&former)? {
                return Ok(Some(former));
            }
        }
        Ok(None)
    }

    /// Says so where the old side has the entry's file, and nobody can read it.
    fn unreadable_before(&self, entry: &EntryReport) -> Result<Option<String>, Failure> {
        if entry.status != Status::New || !self.stood(&entry.name)? {
            return Ok(None);
        }
        let is_read = self.before(&entry.name)?.is_some();
        Ok((!is_read).then(|| "the old side's file cannot be read".to_owned()))
    }
}

/// Finds the first fault of each entry that cannot be read as one.
fn broken(findings: &[Finding]) -> BTreeMap<EntryName, &Finding> {
    let mut broken = BTreeMap::new();
    let breaks = |finding: &&Finding| {
        finding.severity == Severity::Error
            && !finding.inherited
            && (finding.rule.family == Family::Reading
                || finding.rule.family == Family::Shape && finding.rule.id.starts_with("schema-"))
    };
    for finding in findings.iter().filter(breaks) {
        if let Some(name) = &finding.entry {
            broken.entry(name.clone()).or_insert(finding);
        }
    }
    broken
}

fn said(finding: &Finding) -> String {
    let at = finding.place.file.position(finding.place.span.start);
    format!("{}:{}:{}: {}", finding.path(), at.line, at.column, finding.message)
}

/// Returns the texts that both sides have and that differ.
fn texts(old: &Loaded, new: &Loaded) -> Vec<TextChange> {
    let (before, after) = (old.texts(), new.texts());
    let change = |(path, is): (String, String)| {
        let was = before.get(&path).filter(|was| **was != is)?.clone();
        Some(TextChange { path, was, is })
    };
    after.into_iter().filter_map(change).collect()
}
