//! Reading ahead what takes time: the digests of large files, over all cores.

use rayon::prelude::*;

use super::Court;
use crate::checks::Loaded;
use crate::cli::composite::Standpoint;
use crate::cli::context::{Context, Opened, Tree, Wanted};
use crate::ident::EntryName;
use crate::release::ahead::read_ahead;
use crate::release::source::Trees;
use crate::snapshot::File;
use crate::vcs::WorktreeSnapshot;

/// Files from this size on are worth a look at the disk.
const LARGE: u64 = 64 * 1024;

/// Opens the work tree, from which files are read faster than from objects. Whoever wants a deep look
/// has the objects read.
pub(super) fn disk(opened: &Opened, context: &Context, deep: bool) -> Option<WorktreeSnapshot> {
    if deep || opened.top.is_none() {
        return None;
    }
    let workspace = opened.clone().workspace(&Wanted::Worktree, context).ok()?;
    match workspace.tree {
        Tree::Worktree(disk) => Some(disk),
        Tree::Index(_) | Tree::Revision { .. } => None,
    }
}

impl Court<'_> {
    /// Reads ahead what a composite pins. A file that the work tree has unmodified is digested there;
    /// what cannot be read is said when the composite is resolved.
    pub(super) fn read_ahead(&self, place: &Standpoint, trees: &Trees<'_>, composite: &Loaded) {
        let workspace = &place.workspace;
        let tree = workspace.snapshot();
        let before = |name: &EntryName| {
            let Some(disk) = &self.disk else { return };
            let files = tree.list(&workspace.layout.entry_folder(name)).unwrap_or_default();
            let is_large = |file: &&File| tree.size(file).is_ok_and(|size| size > LARGE);
            let large: Vec<&File> = files.iter().filter(is_large).collect();
            large.par_iter().for_each(|file| drop(disk.remember(file)));
        };
        read_ahead(trees, composite, &before);
    }
}
