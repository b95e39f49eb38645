//! What documents of releases are written on: their places, and the templates that fill them.

use super::context::Workspace;
use super::failure::Failure;
use super::release::documents;
use crate::release::page::Pages;
use crate::release::place::Places;

/// What whoever writes documents needs.
pub(super) struct Stationery {
    /// Where they lie.
    pub places: Places,
    /// What they are written from.
    pub pages: Pages,
}

impl Stationery {
    /// Reads what the configuration and the registry of a tree say of documents.
    ///
    /// # Errors
    /// A place is outside the repository, or a template cannot be read.
    pub(super) fn of(workspace: &Workspace) -> Result<Self, Failure> {
        let places = documents::places(workspace)?;
        let pages = Pages::read(workspace.snapshot(), &workspace.layout)??;
        Ok(Self { places, pages })
    }
}
