//! The decision record and the notes of a release, as a tree has them.

use super::proposal::{Proposal, document};
use crate::cli::context::Workspace;
use crate::cli::failure::Failure;
use crate::finding::Finding;
use crate::path::RepoPath;
use crate::release::adr;
use crate::release::demand::{self, Document};
use crate::release::place::Places;
use crate::snapshot::Snapshot;
use crate::source::SourceFile;
use crate::time;
use crate::version::Version;

/// Returns where documents lie, by the configuration.
///
/// # Errors
/// A path that leaves the repository.
pub(in crate::cli) fn places(workspace: &Workspace) -> Result<Places, Failure> {
    let folder = workspace.config_path.as_ref().and_then(RepoPath::parent).unwrap_or_default();
    Places::of(&workspace.settings.config.paths, &folder).map_err(|fault| {
        Failure::usage(fault.to_string())
            .hint("name a folder inside the repository in keelmark.yaml")
    })
}

/// The documents of a release.
pub(in crate::cli) struct Documents {
    /// Where the decision record is, or would be looked for.
    pub adr_path: RepoPath,
    /// What is to be said of it.
    pub adr: Document,
    /// Its text.
    pub adr_text: Option<String>,
    /// Where the notes are.
    pub notes_path: RepoPath,
    /// What is to be said of them.
    pub notes: Document,
    /// Their text.
    pub notes_text: Option<String>,
}

impl Documents {
    /// Looks for the documents of a release. A decision record carries the day on which it was begun;
    /// the newest counts. A candidate has those of the release that it is a candidate for.
    ///
    /// # Errors
    /// When the tree cannot be read.
    pub(in crate::cli) fn find(
        places: &Places,
        tree: &dyn Snapshot,
        (composite, version): (&str, &Version),
    ) -> Result<Self, Failure> {
        let version = version.without_labels().to_string();
        let adr_path = newest(places, tree, composite, &version)?
            .unwrap_or_else(|| places.adr_of(composite, &version, "<date>"));
        let notes_path = places.notes_of(composite, &version);
        let adr_text = document(tree, &adr_path)?;
        let notes_text = document(tree, &notes_path)?;
        let said = |path: &RepoPath, text: Option<&String>| Document {
            path: path.to_text().into_owned(),
            unfilled: text.map(|text| adr::unfilled(text).iter().map(|found| found.line).collect()),
            decision: None,
        };
        let decision = adr_text
            .as_ref()
            .map(|text| adr::read(&SourceFile::new(adr_path.clone(), text.clone())));
        Ok(Self {
            adr: Document { decision, ..said(&adr_path, adr_text.as_ref()) },
            notes: said(&notes_path, notes_text.as_ref()),
            adr_path,
            adr_text,
            notes_path,
            notes_text,
        })
    }
}

impl Documents {
    /// Says what the documents of a proposal lack.
    pub(in crate::cli) fn findings(&self, proposal: &Proposal) -> Vec<Finding> {
        let composition = &proposal.composition;
        let mut findings = demand::documents(composition, &self.adr, &self.notes);
        if let Some(text) = &self.adr_text {
            findings.extend(demand::uncited(composition, (&self.adr, text), &proposal.evidence));
        }
        findings
    }
}

/// Finds the newest decision record of a release.
fn newest(
    places: &Places,
    tree: &dyn Snapshot,
    composite: &str,
    version: &str,
) -> Result<Option<RepoPath>, Failure> {
    let of_day = |day: &str| places.adr_of(composite, version, day);
    let files = tree.list(&places.adr)?;
    let own = files.into_iter().filter(|file| {
        let name = String::from_utf8_lossy(file.path.file_name()).into_owned();
        let day = name.get(..10).filter(|day| time::days(day).is_some());
        day.is_some_and(|day| of_day(day) == file.path)
    });
    Ok(own.map(|file| file.path).max())
}
