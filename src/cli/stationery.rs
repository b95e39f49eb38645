//! The documents of releases: where they lie, and the templates that they are written from.

use super::context::Workspace;
use super::failure::Failure;
use crate::path::RepoPath;
use crate::release::page::Pages;
use crate::release::place::Places;

/// What whoever writes documents needs.
pub(super) struct Documents {
    /// Where they lie.
    pub places: Places,
    /// What they are written from.
    pub pages: Pages,
}

impl Documents {
    /// Reads what the configuration and the registry of a tree say of documents.
    ///
    /// # Errors
    /// A place is outside the repository, or a template cannot be read.
    pub(super) fn of(workspace: &Workspace) -> Result<Self, Failure> {
        let home = workspace.config_path.as_ref().and_then(RepoPath::parent).unwrap_or_default();
        let places = Places::of(&workspace.settings.config.paths, &home).map_err(|fault| {
            Failure::usage(fault.to_string()).hint("name a place inside the repository")
        })?;
        let pages = Pages::read(workspace.snapshot(), &workspace.layout)??;
        Ok(Self { places, pages })
    }
}
