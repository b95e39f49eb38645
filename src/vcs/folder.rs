//! Tree objects as they were read: names in git's order, and what was found below them.

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use gix::objs::tree::EntryKind;

use super::error::VcsError;
use super::store::from_gix;
use crate::snapshot::{Mode, ObjectName};

/// What stands behind a name of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    File(Mode),
    Folder,
}

/// A tree object. Names stand one behind the other in one buffer, for a registry has thousands.
#[derive(Debug, Default)]
pub(super) struct Tree {
    names: Vec<u8>,
    items: Vec<Item>,
}

/// One name of a tree.
#[derive(Debug)]
pub(super) struct Item {
    /// Where the name is among the tree's names.
    name: Range<usize>,
    pub(super) entry: Entry,
    pub(super) object: ObjectName,
    /// The folder, once somebody went there: the next one needs neither a lock nor a search for it.
    pub(super) below: OnceLock<Arc<Tree>>,
}

impl Tree {
    /// Reads the bytes of a tree object.
    pub(super) fn read(bytes: &[u8], hash: gix::hash::Kind) -> Result<Self, VcsError> {
        let mut tree = Self::default();
        for entry in gix::objs::TreeRefIter::from_bytes(bytes, hash) {
            let entry = entry.map_err(VcsError::git("a tree"))?;
            let start = tree.names.len();
            tree.names.extend_from_slice(entry.filename);
            let kind = match entry.mode.kind() {
                EntryKind::Tree => Entry::Folder,
                EntryKind::Blob => Entry::File(Mode::Regular),
                EntryKind::BlobExecutable => Entry::File(Mode::Executable),
                EntryKind::Link => Entry::File(Mode::Symlink),
                EntryKind::Commit => Entry::File(Mode::Submodule),
            };
            tree.items.push(Item {
                name: start..tree.names.len(),
                entry: kind,
                object: from_gix(entry.oid),
                below: OnceLock::new(),
            });
        }
        // Git writes trees sorted; one that somebody made by hand must not hide an entry from a
        // look-up that a listing shows.
        let Self { names, items } = &mut tree;
        let name = |item: &Item| names.get(item.name.clone()).unwrap_or_default();
        items.sort_by(|a, b| order((name(a), a.entry), (name(b), b.entry)));
        Ok(tree)
    }

    /// Iterates over the names with what stands behind them, in git's order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&[u8], &Item)> {
        self.items.iter().map(|item| (self.name(item), item))
    }

    /// Finds a file or folder; the file where a tree made by hand has both.
    pub(super) fn find(&self, name: &[u8]) -> Option<&Item> {
        self.search(name, Entry::File(Mode::Regular)).or_else(|| self.folder(name))
    }

    /// Finds a folder.
    pub(super) fn folder(&self, name: &[u8]) -> Option<&Item> {
        self.search(name, Entry::Folder)
    }

    fn search(&self, name: &[u8], kind: Entry) -> Option<&Item> {
        let found =
            self.items.binary_search_by(|item| order((self.name(item), item.entry), (name, kind)));
        self.items.get(found.ok()?)
    }

    fn name(&self, item: &Item) -> &[u8] {
        self.names.get(item.name.clone()).unwrap_or_default()
    }
}

/// Compares names as git sorts them: a folder as if its name ended with `/`.
pub(super) fn order(one: (&[u8], Entry), other: (&[u8], Entry)) -> Ordering {
    let ((a, a_kind), (b, b_kind)) = (one, other);
    let shared = a.len().min(b.len());
    let end = |name: &[u8], kind: Entry| {
        name.get(shared).copied().or((kind == Entry::Folder).then_some(b'/'))
    };
    a.get(..shared).cmp(&b.get(..shared)).then_with(|| end(a, a_kind).cmp(&end(b, b_kind)))
}
