//! What differs between two trees of a registry: a table of all entries, then each of them closer.
//!
//! Nothing is judged here: what a check would refuse is for `check` to say.

pub mod human;
pub mod markdown;

#[cfg(test)]
mod tests;

use std::io::{self, Write};

use crate::checks::RowChanges;
use crate::checks::report::{EntryReport, Status};
use crate::compat::change::{Certainty, Change};
use crate::escape;
use crate::ident::EntryName;
use crate::version::{Bump, Version};

/// An entry that differs.
#[derive(Debug)]
pub struct Difference {
    /// What a check says of it.
    pub report: EntryReport,
    /// The name that it had on the old side, where that was another one.
    pub former: Option<EntryName>,
    /// Why its contents cannot be compared; the place comes first.
    pub unreadable: Option<String>,
    /// The texts that both sides have and that differ.
    pub texts: Vec<TextChange>,
    /// The rows that came, went or changed.
    pub rows: Option<RowChanges>,
}

/// A text that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextChange {
    /// Its path, as the entry names it.
    pub path: String,
    /// The old text.
    pub was: String,
    /// The new text.
    pub is: String,
}

/// The head of a difference in one line each: entry, what became of it, its versions, its step.
struct Words {
    name: String,
    status: String,
    versions: String,
    step: String,
}

impl Difference {
    /// Says whether the number that is written announces less than the content asks for.
    fn is_short(&self) -> bool {
        self.report.declared < self.report.required
    }

    fn words(&self) -> Words {
        let report = &self.report;
        let shown = |version: Option<&Version>| {
            version.map_or_else(|| "none".to_owned(), ToString::to_string)
        };
        let (old, new) = (report.base_version.as_ref(), report.version.as_ref());
        let status = match (&self.unreadable, &self.former) {
            (Some(_), _) => "unreadable".to_owned(),
            (None, Some(former)) => format!("renamed from {former}"),
            (None, None) => report.status.word().to_owned(),
        };
        let step = match (report.required, &report.suggested) {
            _ if self.unreadable.is_some() => "unknown".to_owned(),
            (required, Some(suggested)) if self.is_short() => format!("{required} ({suggested})"),
            (required, _) => required.to_string(),
        };
        let versions = if report.status == Status::Deleted {
            format!("{} → none", shown(old.or(new)))
        } else {
            format!("{} → {}", shown(old), shown(new))
        };
        Words { name: report.name.to_string(), status, versions, step }
    }

    /// The changes that decide the step; all of them where none is needed.
    fn deciding(&self) -> Vec<&Change> {
        let required = self.report.required;
        let decides = |change: &&Change| required == Bump::None || change.bump == required;
        self.report.reasons.iter().filter(decides).collect()
    }

    /// Says in one sentence what decides the step.
    fn because(&self) -> String {
        if let Some(why) = &self.unreadable {
            return why.clone();
        }
        let deciding = self.deciding();
        let Some(first) = deciding.first() else { return String::new() };
        let more = deciding.len() - 1;
        let more = if more == 0 { String::new() } else { format!(" (and {more} more)") };
        format!("{}: {}{more}", first.rule.id, first.note)
    }
}

/// Says how sure a change is, behind the name of its rule.
const fn unknown(change: &Change) -> &'static str {
    match change.certainty {
        Certainty::Unknown => " (unknown)",
        Certainty::Known => "",
    }
}

/// Says how many entries differ, and how many of them need which step.
fn summary(differences: &[Difference]) -> String {
    let count = differences.len();
    if count == 0 {
        return "no entry differs".to_owned();
    }
    let (entries, verb) = if count == 1 { ("entry", "differs") } else { ("entries", "differ") };
    let mut parts = Vec::new();
    for bump in [Bump::Major, Bump::Minor, Bump::Patch] {
        let of = |d: &&Difference| d.unreadable.is_none() && d.report.required == bump;
        let count = differences.iter().filter(of).count();
        if count > 0 {
            parts.push(format!("{count} {bump}"));
        }
    }
    let unreadable = differences.iter().filter(|d| d.unreadable.is_some()).count();
    if unreadable > 0 {
        parts.push(format!("{unreadable} that cannot be compared"));
    }
    let parts = if parts.is_empty() { String::new() } else { format!(": {}", parts.join(", ")) };
    format!("{count} {entries} {verb}{parts}")
}

/// Writes one line an entry, `path: entry status old → new step: rules`.
///
/// # Errors
/// When the writer fails.
pub fn concise(differences: &[Difference], out: &mut dyn Write) -> io::Result<()> {
    for difference in differences {
        let Words { name, status, versions, step } = difference.words();
        let path = escape::line(&difference.report.path.to_text());
        let rules = || {
            let rules = difference.report.reasons.iter().map(|change| change.rule.id);
            rules.collect::<Vec<_>>().join(", ")
        };
        let because = difference.unreadable.clone().unwrap_or_else(rules);
        let because = if because.is_empty() {
            String::new()
        } else {
            format!(": {}", escape::line(&because))
        };
        writeln!(out, "{path}: {name} {status} {versions} {step}{because}")?;
    }
    writeln!(out, "{}", summary(differences))
}
