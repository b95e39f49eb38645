//! Snapshots of commits, and of nothing.

use std::io::Write;
use std::sync::Arc;

use super::attributes::Attributes;
use super::error::VcsError;
use super::folder::Entry;
use super::store::{Store, missing};
use crate::digest::Digest;
use crate::path::RepoPath;
use crate::snapshot::{Content, File, Later, Mode, ObjectName, ReadFault, Snapshot};

/// The files of a commit.
pub struct TreeSnapshot {
    pub(super) store: Arc<Store>,
    pub(super) root: ObjectName,
    attributes: Attributes,
}

impl TreeSnapshot {
    pub(super) fn of_commit(store: &Arc<Store>, commit: ObjectName) -> Result<Self, VcsError> {
        let root = store.tree_of(commit)?.ok_or_else(|| missing(commit))?;
        Ok(Self { store: Arc::clone(store), root, attributes: Attributes::default() })
    }
}

impl Snapshot for TreeSnapshot {
    fn file(&self, path: &RepoPath) -> Result<Option<File>, ReadFault> {
        let found = self.store.entry_at(self.root, path)?;
        Ok(found.and_then(|(entry, name)| match entry {
            Entry::File(mode) => {
                Some(File { path: path.clone(), mode, content: Content::Object(name) })
            }
            Entry::Folder => None,
        }))
    }

    fn list(&self, folder: &RepoPath) -> Result<Vec<File>, ReadFault> {
        let mut found = Vec::new();
        if let Some((Entry::Folder, name)) = self.store.entry_at(self.root, folder)? {
            self.store.files_below(name, folder, &mut found)?;
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
        later(&self.store, file)
    }

    fn digest(&self, file: &File) -> Result<(Digest, u64), ReadFault> {
        self.store.digest(object_of(file)?, |sink| self.stream(file, sink))
    }

    fn is_lfs(&self, path: &RepoPath) -> Result<bool, ReadFault> {
        self.attributes.is_lfs(&self.store, path, |path| self.file(path))
    }

    fn expect_reads(&self, files: &[File]) {
        self.store.prefetch(files.iter().filter_map(|file| object_of(file).ok()).collect());
    }
}

pub(super) fn tracked((path, mode, name): (RepoPath, Mode, ObjectName)) -> File {
    File { path, mode, content: Content::Object(name) }
}

/// Returns the bytes of a file's object for later.
pub(super) fn later(store: &Arc<Store>, file: &File) -> Later {
    let (store, file) = (Arc::clone(store), file.clone());
    Later::new(move |sink| store.stream(&file.path, object_of(&file)?, sink))
}

/// Returns the object behind a file, where it has one that can be read.
pub(super) fn object_of(file: &File) -> Result<ObjectName, ReadFault> {
    match file.content {
        Content::Object(name) if file.mode != Mode::Submodule => Ok(name),
        Content::Object(_) => {
            Err(ReadFault::Store(format!("`{}` is another repository, not a file", file.path)))
        }
        Content::Disk | Content::Untracked => {
            Err(ReadFault::Store(format!("`{}` is not in this snapshot", file.path)))
        }
    }
}

/// The tree before the first commit: no files.
#[derive(Debug, Clone, Copy, Default)]
pub struct EmptySnapshot;

impl Snapshot for EmptySnapshot {
    fn file(&self, _: &RepoPath) -> Result<Option<File>, ReadFault> {
        Ok(None)
    }

    fn list(&self, _: &RepoPath) -> Result<Vec<File>, ReadFault> {
        Ok(Vec::new())
    }

    fn size(&self, file: &File) -> Result<u64, ReadFault> {
        Err(nothing(file))
    }

    fn read(&self, file: &File, _: u64) -> Result<Vec<u8>, ReadFault> {
        Err(nothing(file))
    }

    fn stream(&self, file: &File, _: &mut dyn Write) -> Result<(), ReadFault> {
        Err(nothing(file))
    }

    fn later(&self, file: &File) -> Later {
        let file = file.clone();
        Later::new(move |_| Err(nothing(&file)))
    }

    fn is_lfs(&self, _: &RepoPath) -> Result<bool, ReadFault> {
        Ok(false)
    }
}

fn nothing(file: &File) -> ReadFault {
    ReadFault::Store(format!("`{}` is not in the empty tree", file.path))
}
