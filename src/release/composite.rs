//! A composite with everything that it pins, at exact versions.

use crate::checks::Loaded;
use crate::digest::Digest;
use crate::ident::{EntryId, EntryName, Kind};
use crate::registry::composite::Role;
use crate::snapshot::ReadFault;
use crate::version::Version;

/// Where entries come from: a tree, and the history behind it.
pub trait Source {
    /// Reads an entry at a version, or as the tree has it.
    ///
    /// # Errors
    /// When bytes cannot be had.
    fn entry(
        &self,
        name: &EntryName,
        version: Option<&Version>,
    ) -> Result<Option<Loaded>, ReadFault>;

    /// Finds the entry that an id or alias leads to.
    ///
    /// # Errors
    /// When the tree cannot be read.
    fn resolve(&self, kind: Kind, id: &EntryId) -> Result<Option<EntryName>, ReadFault>;
}

/// One entry that a composite pins.
#[derive(Debug)]
pub struct Member {
    /// Its slot; for suites and what they use the name of the entry.
    pub slot: String,
    /// What it is there for.
    pub role: Role,
    /// The entry.
    pub name: EntryName,
    /// Its version.
    pub version: Version,
    /// The entry as it was at that version.
    pub loaded: Loaded,
}

impl Member {
    /// Returns the digest that releases bind to.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.loaded.facets().entry
    }
}

/// A composite and what it is made of.
#[derive(Debug)]
pub struct Composition {
    /// The composite.
    pub name: EntryName,
    /// Its version.
    pub version: Version,
    /// The composite as its file has it.
    pub loaded: Loaded,
    /// Its members, sorted by slot.
    pub members: Vec<Member>,
    /// Suites, and the datasets, judges, models of judges and profiles that they use, by name.
    pub evidence: Vec<Member>,
}
