//! Release notes: the page of a release, and what changed between two revisions.

use serde::Serialize;
use serde_json::json;

use super::facts::{ChangeLine, Reason, ReleaseFacts};
use super::page::{self, Page, PageFault, Pages};
use super::{lines, told};
use crate::checks::Loaded;
use crate::checks::report::EntryReport;
use crate::version::{Bump, Version, Zerover};

/// Writes the page of a release.
///
/// # Errors
/// The template fails.
pub fn render(facts: &ReleaseFacts, pages: &Pages) -> Result<String, PageFault> {
    pages.render(Page::Notes, &told::variables(facts))
}

/// One side of a comparison.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct End {
    /// How it was named.
    pub name: String,
    /// The commit; `None` for the time before the first one.
    pub commit: Option<String>,
}

/// What became of an entry between two revisions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EntryChange {
    /// The entry.
    pub entry: String,
    /// The version before.
    pub from: Option<String>,
    /// The version after.
    pub to: Option<String>,
    /// The step between them; `None` where one of them is not there.
    pub step: Option<Bump>,
    /// The step that the contents ask for.
    pub required: Bump,
    /// Whether the step is smaller than that.
    pub too_small: bool,
    /// Whether callers have to follow.
    pub breaking: bool,
    /// The rules that ask for it.
    pub deciding: Vec<Reason>,
}

/// What changed between two revisions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// Before.
    pub from: End,
    /// After.
    pub to: End,
    /// The entries; those that break callers come first.
    pub entries: Vec<EntryChange>,
    /// What their changelogs say; what breaks callers comes first.
    pub lines: Vec<ChangeLine>,
}

/// An entry before and after.
#[derive(Debug, Clone, Copy)]
pub struct Sides<'a> {
    /// What the comparison says.
    pub report: &'a EntryReport,
    /// The entry before.
    pub before: Option<&'a Loaded>,
    /// The entry after.
    pub after: Option<&'a Loaded>,
}

impl Changes {
    /// Adds an entry. One whose change needs no version, such as another owner, is left out.
    pub fn add(&mut self, sides: Sides<'_>, zerover: Zerover) {
        let Sides { report, before, after } = sides;
        let version = |loaded: Option<&Loaded>| loaded.and_then(|l| l.entry.version.clone());
        let (from, to) = (version(before), version(after));
        if from == to && before.is_some() == after.is_some() && report.required == Bump::None {
            return;
        }
        let step = match (&from, &to) {
            (Some(from), Some(to)) => Some(to.declared_from(from, zerover)),
            _ => None,
        };
        let decides = |bump: Bump| bump == report.required && bump > Bump::None;
        let deciding = report
            .reasons
            .iter()
            .filter(|change| decides(change.bump))
            .map(|change| Reason { rule: change.rule.id.to_owned(), why: change.note.clone() })
            .collect();
        let mut said = match (before, after) {
            (_, Some(after)) => lines::since(after, before, zerover),
            (Some(before), None) => vec![lines::gone(&report.name, before)],
            (None, None) => Vec::new(),
        };
        let breaks = report.required == Bump::Major && before.is_some();
        if breaks
            && !said.iter().any(|line| line.breaking)
            && let Some(newest) = said.first_mut()
        {
            newest.breaking = true;
        }
        self.entries.push(EntryChange {
            entry: report.name.to_string(),
            from: from.as_ref().map(Version::to_string),
            to: to.as_ref().map(Version::to_string),
            step,
            required: report.required,
            too_small: step.is_some_and(|step| step < report.required),
            breaking: said.iter().any(|line| line.breaking),
            deciding,
        });
        self.lines.extend(said);
        self.entries.sort_by(|a, b| (!a.breaking, &a.entry).cmp(&(!b.breaking, &b.entry)));
        // Lines of one entry stay in their order: the newest first.
        self.lines.sort_by(|a, b| (!a.breaking, &a.entry).cmp(&(!b.breaking, &b.entry)));
    }

    /// Writes the page.
    ///
    /// # Errors
    /// The template fails.
    pub fn render(&self, pages: &Pages) -> Result<String, PageFault> {
        let mut variables = page::variables(self);
        variables.extend(page::variables(&json!({"kinds": told::kinds(&self.lines)})));
        pages.render(Page::Changes, &variables)
    }
}
