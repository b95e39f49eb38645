//! What a check found, as data.

use super::evidence::Doubt;
use crate::compat::change::Change;
use crate::finding::{Finding, Severity};
use crate::ident::EntryName;
use crate::integrity::payload::Verdict;
use crate::path::RepoPath;
use crate::version::{Bump, Version};

/// What a change did to an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// The entry is not at the base.
    New,
    /// Its content or its file differs from the base.
    Changed,
    /// It is as it was at the base.
    Unchanged,
    /// It is only at the base.
    Deleted,
    /// Content and number are those of an earlier published version.
    Reverted,
}

impl Status {
    /// Returns the word used in every format.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
            Self::Deleted => "deleted",
            Self::Reverted => "reverted",
        }
    }
}

/// What the check says about one entry as a whole.
#[derive(Debug, Clone)]
pub struct EntryReport {
    /// The entry.
    pub name: EntryName,
    /// Its file.
    pub path: RepoPath,
    /// What the change did to it.
    pub status: Status,
    /// The version at the base.
    pub base_version: Option<Version>,
    /// The version now.
    pub version: Option<Version>,
    /// The step that the two versions announce.
    pub declared: Bump,
    /// The step that the content asks for.
    pub required: Bump,
    /// The version to write, where the one written will not do.
    pub suggested: Option<Version>,
    /// Why.
    pub reasons: Vec<Change>,
    /// What the evidence came to that the changelog line names; `None` where none was asked for.
    pub evidence: Option<Result<String, Doubt>>,
    /// What the digests of its payloads were taken over.
    pub verdicts: Vec<Verdict>,
}

/// A finding that the configuration overrides, and why.
#[derive(Debug, Clone)]
pub struct Overridden {
    /// The finding.
    pub finding: Finding,
    /// The reason that the configuration gives.
    pub reason: String,
}

/// The result of a check.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// How many entries were judged.
    pub judged: usize,
    /// The touched entries, or every one; sorted by name.
    pub entries: Vec<EntryReport>,
    /// What was found, in the order of [`Finding::order`].
    pub findings: Vec<Finding>,
    /// What was found and overridden.
    pub overridden: Vec<Overridden>,
}

/// The figures of a report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Entries that were judged.
    pub entries: usize,
    /// Entries that the change touches.
    pub touched: usize,
    /// Errors that count.
    pub errors: usize,
    /// Warnings that count.
    pub warnings: usize,
    /// Notes.
    pub notes: usize,
    /// Findings that stood at the base.
    pub inherited: usize,
}

impl Report {
    /// Counts.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let own = |severity| {
            self.findings.iter().filter(|f| !f.inherited && f.severity == severity).count()
        };
        Counts {
            entries: self.judged,
            touched: self.entries.iter().filter(|e| e.status != Status::Unchanged).count(),
            errors: own(Severity::Error),
            warnings: own(Severity::Warning),
            notes: own(Severity::Note),
            inherited: self.findings.iter().filter(|finding| finding.inherited).count(),
        }
    }

    /// Says whether published bytes do not match.
    #[must_use]
    pub fn breaks_integrity(&self) -> bool {
        self.findings
            .iter()
            .any(|f| f.rule.integrity && !f.inherited && f.severity == Severity::Error)
    }
}

/// Where a report's two sides came from.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// `worktree`, `staged` or `revision`.
    pub kind: &'static str,
    /// The revision, for `revision`.
    pub revision: Option<String>,
    /// The base as named: a reference or a revision.
    pub base: Option<String>,
    /// The base's commit.
    pub base_commit: Option<String>,
    /// The commit that the change started from.
    pub merge_base: Option<String>,
    /// Why this base.
    pub base_reason: String,
    /// When the remote was fetched, in seconds since 1970, for a remote base.
    pub fetched_at: Option<i64>,
}
