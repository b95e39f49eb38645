//! Entries of a tree, and of the history behind it.

use super::composite::Source;
use crate::checks::{Base, Loaded, Named, content_at, read_entry};
use crate::ident::{EntryId, EntryName, Kind};
use crate::registry::index::Index;
use crate::registry::layout::Layout;
use crate::snapshot::ReadFault;
use crate::version::Version;

/// A tree, and where versions are looked for that it no longer has.
pub struct Trees<'a> {
    layout: &'a Layout,
    tree: Named<'a>,
    index: Index<'a>,
    past: Option<&'a Base<'a>>,
}

impl<'a> Trees<'a> {
    /// Takes a tree; without a past only the versions that it has can be read.
    #[must_use]
    pub fn new(layout: &'a Layout, tree: Named<'a>, past: Option<&'a Base<'a>>) -> Self {
        Self { layout, tree, index: Index::new(layout, tree.tree), past }
    }
}

impl Source for Trees<'_> {
    fn entry(
        &self,
        name: &EntryName,
        version: Option<&Version>,
    ) -> Result<Option<Loaded>, ReadFault> {
        let here = read_entry(self.layout, name, self.tree)?;
        let Some(version) = version else { return Ok(here) };
        if let Some(here) = here.filter(|here| here.entry.version.as_ref() == Some(version)) {
            return Ok(Some(here));
        }
        match self.past {
            Some(past) => content_at(past, self.layout, name, version),
            None => Ok(None),
        }
    }

    fn resolve(&self, kind: Kind, id: &EntryId) -> Result<Option<EntryName>, ReadFault> {
        self.index.resolve(kind, id)
    }
}
