//! Entries that were read before a check is made, so that it need not read them again.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::loaded::{self, Loaded, Read};
use super::scope;
use crate::ident::EntryName;
use crate::integrity::payload::Sources;
use crate::registry::index::Index;
use crate::registry::layout::Layout;
use crate::registry::payload::{Role, declared};
use crate::snapshot::{ReadFault, Snapshot};

/// Entries of one tree, with what their files alone give rise to say.
#[derive(Debug, Default)]
pub struct Reading(BTreeMap<EntryName, Read>);

impl Reading {
    /// Reads entries over all cores; those that are not in the tree are left out.
    ///
    /// # Errors
    /// When bytes cannot be had.
    pub fn of(
        layout: &Layout,
        tree: &dyn Snapshot,
        names: &[EntryName],
    ) -> Result<Self, ReadFault> {
        let index = Index::new(layout, tree);
        let read = |name: &EntryName| -> Result<Option<(EntryName, Read)>, ReadFault> {
            let Some(listed) = scope::find(layout, tree, name)? else { return Ok(None) };
            let wanted =
                loaded::Wanted { name, form: listed.form, file: &listed.file, revision: None };
            let read = loaded::load(&wanted, Sources { tree, attributes: tree }, &index)?;
            Ok(Some((name.clone(), read)))
        };
        names
            .par_iter()
            .filter_map(|name| read(name).transpose())
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Returns an entry; `None` where its file is missing or no YAML at all.
    #[must_use]
    pub fn entry(&self, name: &EntryName) -> Option<&Arc<Loaded>> {
        self.0.get(name)?.loaded.as_ref()
    }

    /// Returns how many entries were read.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns what was read of an entry, unless somebody else's attributes could change it: those say
    /// which files LFS serves, and texts are never among them.
    pub(super) fn read(&self, name: &EntryName) -> Option<&Read> {
        let texts = |loaded: &Loaded| {
            declared(&loaded.entry).iter().all(|declared| declared.role == Role::Text)
        };
        self.0.get(name).filter(|read| read.loaded.as_deref().is_some_and(texts))
    }
}
