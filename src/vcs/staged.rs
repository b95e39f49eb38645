//! Snapshots of the index.

use std::io::Write;
use std::sync::Arc;

use gix::bstr::BStr;
use gix::index::entry::{Flags, Mode as IndexMode, Stage};
use gix::index::{Entry as IndexEntry, State};

use super::attributes::Attributes;
use super::error::VcsError;
use super::folder::Entry;
use super::store::{Store, from_gix};
use super::tree::{self, object_of, tracked};
use crate::path::RepoPath;
use crate::snapshot::{File, Later, Mode, ObjectName, ReadFault, Snapshot};

/// The files of the index, as the next commit would record them.
///
/// Files that are only announced (`git add --intent-to-add`) and files in conflict are absent.
pub struct IndexSnapshot {
    pub(super) store: Arc<Store>,
    pub(super) state: Arc<State>,
    unmerged: Vec<RepoPath>,
    attributes: Attributes,
}

impl IndexSnapshot {
    pub(super) fn open(store: &Arc<Store>) -> Result<Self, VcsError> {
        let state = store.with(|repo| {
            // A new repository has no index before the first `git add`.
            if repo.index_path().exists() {
                let file = repo.open_index().map_err(VcsError::git("the index"))?;
                Ok::<_, VcsError>(file.into_parts().0)
            } else {
                Ok(State::new(repo.object_hash()))
            }
        })?;
        let conflicts = state.entries().iter().filter(|entry| entry.stage_raw() != 0);
        let mut unmerged: Vec<_> = conflicts.map(|entry| path_of(&state, entry)).collect();
        unmerged.dedup();
        let state = Arc::new(state);
        Ok(Self { store: Arc::clone(store), state, unmerged, attributes: Attributes::default() })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.state.entries().is_empty()
    }

    /// Returns the paths with a merge conflict, sorted.
    #[must_use]
    pub fn unmerged(&self) -> &[RepoPath] {
        &self.unmerged
    }

    pub(super) fn entry(&self, path: &RepoPath) -> Option<&IndexEntry> {
        let path = BStr::new(path.as_bytes());
        self.state.entry_by_path_and_stage(path, Stage::Unconflicted)
    }

    /// Looks into the folders that a sparse index keeps as one entry.
    fn in_sparse_folder(&self, path: &RepoPath) -> Result<Option<(Entry, ObjectName)>, VcsError> {
        if !self.state.is_sparse() {
            return Ok(None);
        }
        let mut folder = Some(path.clone());
        while let Some(above) = folder.filter(|folder| !folder.is_root()) {
            let slashed = RepoPath::new([above.as_bytes(), b"/"].concat());
            if let Some(entry) = self.entry(&slashed).filter(|entry| entry.mode == IndexMode::DIR) {
                let rest =
                    if above == *path { Some(RepoPath::default()) } else { path.below(&above) };
                return self.store.entry_at(from_gix(&entry.id), &rest.unwrap_or_default());
            }
            folder = above.parent();
        }
        Ok(None)
    }
}

impl Snapshot for IndexSnapshot {
    fn file(&self, path: &RepoPath) -> Result<Option<File>, ReadFault> {
        let recorded = self.entry(path).and_then(recorded);
        let found = match recorded {
            Some((Entry::File(mode), name)) => Some((mode, name)),
            Some((Entry::Folder, _)) => None,
            None => match self.in_sparse_folder(path)? {
                Some((Entry::File(mode), name)) => Some((mode, name)),
                _ => None,
            },
        };
        Ok(found.map(|(mode, name)| tracked((path.clone(), mode, name))))
    }

    fn list(&self, folder: &RepoPath) -> Result<Vec<File>, ReadFault> {
        let mut found = Vec::new();
        if let Some((Entry::Folder, name)) = self.in_sparse_folder(folder)? {
            self.store.files_below(name, folder, &mut found)?;
            return Ok(found.into_iter().map(tracked).collect());
        }
        let range = if folder.is_root() {
            Some(self.state.entries())
        } else {
            let prefix = [folder.as_bytes(), b"/"].concat();
            self.state.prefixed_entries(BStr::new(&prefix))
        };
        for entry in range.unwrap_or_default() {
            match recorded(entry) {
                Some((Entry::File(mode), name)) => {
                    found.push((path_of(&self.state, entry), mode, name));
                }
                Some((Entry::Folder, name)) => {
                    let path = path_of(&self.state, entry);
                    let folder = path.as_bytes().strip_suffix(b"/").unwrap_or(path.as_bytes());
                    self.store.files_below(name, &RepoPath::new(folder), &mut found)?;
                }
                None => {}
            }
        }
        Ok(found.into_iter().map(tracked).collect())
    }

    fn size(&self, file: &File) -> Result<u64, ReadFault> {
        Ok(self.store.size(object_of(file)?)?)
    }

    fn read(&self, file: &File, limit: u64) -> Result<Vec<u8>, ReadFault> {
        self.store.blob(&file.path, object_of(file)?, limit)
    }

    fn stream(&self, file: &File, sink: &mut dyn Write) -> Result<(), ReadFault> {
        self.store.stream(&file.path, object_of(file)?, sink)
    }

    fn later(&self, file: &File) -> Later {
        tree::later(&self.store, file)
    }

    fn is_lfs(&self, path: &RepoPath) -> Result<bool, ReadFault> {
        self.attributes.is_lfs(&self.store, path, |path| self.file(path))
    }

    fn expect_reads(&self, files: &[File]) {
        self.store.prefetch(files.iter().filter_map(|file| object_of(file).ok()).collect());
    }
}

/// Returns what a commit of the index would record for an entry.
///
/// An announced file stands in the index with the empty blob; no commit would record it.
pub(super) fn recorded(entry: &IndexEntry) -> Option<(Entry, ObjectName)> {
    if entry.stage_raw() != 0 || entry.flags.contains(Flags::INTENT_TO_ADD) {
        return None;
    }
    let kind = match entry.mode {
        IndexMode::DIR => Entry::Folder,
        IndexMode::FILE_EXECUTABLE => Entry::File(Mode::Executable),
        IndexMode::SYMLINK => Entry::File(Mode::Symlink),
        IndexMode::COMMIT => Entry::File(Mode::Submodule),
        _ => Entry::File(Mode::Regular),
    };
    Some((kind, from_gix(&entry.id)))
}

pub(super) fn path_of(state: &State, entry: &IndexEntry) -> RepoPath {
    RepoPath::new(entry.path(state).to_vec())
}
