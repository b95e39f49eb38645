//! Snapshots of the work tree.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write;
use std::ops::Bound;
use std::sync::Arc;

use gix::bstr::BStr;
use gix::index::entry::Flags;

use super::disk::{Disk, Streamed};
use super::error::VcsError;
use super::lfs::{LONGEST_POINTER, Pointer};
use super::staged::IndexSnapshot;
use super::status::{self, OnDisk};
use super::store::Store;
use crate::digest::Hasher;
use crate::path::RepoPath;
use crate::snapshot::{Content, File, Later, Mode, ObjectName, ReadFault, Snapshot};

/// Unmodified files from this size on are read from the disk, where that is faster.
const DISK_FROM: u64 = 64 * 1024;

/// The files of the work tree, with the bytes that git would store.
///
/// Files as in the index are [`Content::Object`]; changed and conflicting ones [`Content::Disk`];
/// those that git neither tracks nor ignores [`Content::Untracked`].
pub struct WorktreeSnapshot {
    pub(super) index: IndexSnapshot,
    /// What the disk has where it differs from the index.
    pub(super) overlay: BTreeMap<RepoPath, Option<File>>,
    disk: Arc<Disk>,
}

impl WorktreeSnapshot {
    pub(super) fn open(store: &Arc<Store>, prefixes: &[RepoPath]) -> Result<Self, VcsError> {
        if store.git.workdir.is_none() {
            return Err(VcsError::Bare { path: store.git.repository.clone() });
        }
        let index = IndexSnapshot::open(store)?;
        let mut arguments: Vec<OsString> = [
            "status",
            "--porcelain=v2",
            "-z",
            "--untracked-files=all",
            "--ignored=no",
            "--ignore-submodules=all",
            "--no-renames",
            "--",
        ]
        .map(OsString::from)
        .into();
        if prefixes.iter().all(|prefix| !prefix.is_root()) {
            for prefix in prefixes {
                let path = gix::path::from_bstr(BStr::new(prefix.as_bytes()));
                let path = path.map_err(VcsError::git("a path"))?;
                arguments.push(path.into_owned().into_os_string());
            }
        }
        let overlay = status::parse(&store.git.run(&arguments)?)
            .into_iter()
            .map(|(path, on_disk)| match on_disk {
                OnDisk::Gone => (path, None),
                OnDisk::There(mode, content) => (path.clone(), Some(File { path, mode, content })),
            })
            .collect();
        let mut snapshot = Self { index, overlay, disk: Arc::new(Disk::new(store)) };
        snapshot.complete_untracked();
        snapshot.forget_unchanged_lfs_files()?;
        Ok(snapshot)
    }

    /// Returns the paths with a merge conflict, sorted.
    #[must_use]
    pub fn unmerged(&self) -> &[RepoPath] {
        self.index.unmerged()
    }

    /// Digests a large file that the disk has as the index has it, and has every tree of the
    /// repository remember this digest of its blob: git says that the bytes are the same. Whatever
    /// differs is left to be read from its object.
    ///
    /// # Errors
    /// When the bytes cannot be had.
    pub fn remember(&self, file: &File) -> Result<(), ReadFault> {
        let Content::Object(name) = file.content else { return Ok(()) };
        let is_same = self.file(&file.path)?.as_ref() == Some(file);
        if is_same && self.is_unmodified(file, name) && self.size(file)? > DISK_FROM {
            self.index.store.digest(name, |sink| self.stream(file, sink))?;
        }
        Ok(())
    }

    /// Asks the disk for the modes of untracked files, which git does not print.
    fn complete_untracked(&mut self) {
        for file in self.overlay.values_mut().flatten() {
            if file.content == Content::Untracked && file.mode == Mode::Regular {
                file.mode = self.disk.mode(&file.path).unwrap_or(Mode::Regular);
            }
        }
    }

    /// Takes large files whose bytes are those of their pointer for unmodified.
    ///
    /// Git asks the LFS driver whether a file that was only touched still makes the same pointer;
    /// without the driver it sees a change.
    fn forget_unchanged_lfs_files(&mut self) -> Result<(), VcsError> {
        let mut same = Vec::new();
        for file in self.overlay.values().flatten() {
            if file.content != Content::Disk || !self.disk.is_lfs(&file.path, &self.index.state)? {
                continue;
            }
            let Some(staged) = self.index.file(&file.path)?.filter(|f| f.mode == file.mode) else {
                continue;
            };
            // What is no pointer is a change; what cannot be read is reported when it is asked for.
            let Ok(bytes) = self.index.read(&staged, LONGEST_POINTER) else { continue };
            let Some(pointer) = Pointer::parse(&bytes) else { continue };
            if self.size(file).is_ok_and(|size| size == pointer.size) {
                let mut hasher = Hasher::new();
                if self.stream(file, &mut hasher).is_ok() && hasher.finish() == pointer.digest {
                    same.push(file.path.clone());
                }
            }
        }
        for path in same {
            self.overlay.remove(&path);
        }
        Ok(())
    }

    /// Says whether the disk certainly holds the file as it is in the index.
    fn is_unmodified(&self, file: &File, name: ObjectName) -> bool {
        // These flags tell git not to look at the disk.
        let unseen = Flags::ASSUME_VALID | Flags::SKIP_WORKTREE;
        matches!(file.mode, Mode::Regular | Mode::Executable)
            && !self.overlay.contains_key(&file.path)
            && self.index.entry(&file.path).is_some_and(|entry| {
                entry.id.as_bytes() == name.as_bytes() && !entry.flags.intersects(unseen)
            })
    }
}

impl Snapshot for WorktreeSnapshot {
    fn file(&self, path: &RepoPath) -> Result<Option<File>, ReadFault> {
        match self.overlay.get(path) {
            Some(known) => Ok(known.clone()),
            None => self.index.file(path),
        }
    }

    fn list(&self, folder: &RepoPath) -> Result<Vec<File>, ReadFault> {
        let start = if folder.is_root() {
            Bound::Unbounded
        } else {
            Bound::Excluded(RepoPath::new([folder.as_bytes(), b"/"].concat()))
        };
        let mut over = self
            .overlay
            .range((start, Bound::Unbounded))
            .take_while(|(path, _)| path.is_below(folder))
            .peekable();
        let mut found = Vec::new();
        for file in self.index.list(folder)? {
            while let Some((_, new)) = over.next_if(|(path, _)| **path < file.path) {
                found.extend(new.clone());
            }
            match over.next_if(|(path, _)| **path == file.path) {
                Some((_, changed)) => found.extend(changed.clone()),
                None => found.push(file),
            }
        }
        found.extend(over.filter_map(|(_, new)| new.clone()));
        Ok(found)
    }

    fn size(&self, file: &File) -> Result<u64, ReadFault> {
        match file.content {
            Content::Object(_) => self.index.size(file),
            Content::Disk | Content::Untracked => {
                refuse_submodule(file)?;
                self.disk.size(&file.path, &self.index.state)
            }
        }
    }

    fn read(&self, file: &File, limit: u64) -> Result<Vec<u8>, ReadFault> {
        match file.content {
            Content::Object(_) => self.index.read(file, limit),
            Content::Disk | Content::Untracked => {
                refuse_submodule(file)?;
                self.disk.read(&file.path, limit, &self.index.state)
            }
        }
    }

    fn stream(&self, file: &File, sink: &mut dyn Write) -> Result<(), ReadFault> {
        match file.content {
            Content::Object(name) => {
                if self.is_unmodified(file, name) {
                    let size = self.index.size(file)?;
                    if size > DISK_FROM {
                        let state = &self.index.state;
                        let done = self.disk.stream_unmodified(&file.path, size, state, sink)?;
                        if done == Streamed::Whole {
                            return Ok(());
                        }
                    }
                }
                self.index.stream(file, sink)
            }
            Content::Disk | Content::Untracked => {
                refuse_submodule(file)?;
                self.disk.stream(&file.path, &self.index.state, sink)
            }
        }
    }

    fn later(&self, file: &File) -> Later {
        if matches!(file.content, Content::Object(_)) {
            return self.index.later(file);
        }
        let (disk, state) = (Arc::clone(&self.disk), Arc::clone(&self.index.state));
        let file = file.clone();
        Later::new(move |sink| {
            refuse_submodule(&file)?;
            disk.stream(&file.path, &state, sink)
        })
    }

    fn is_lfs(&self, path: &RepoPath) -> Result<bool, ReadFault> {
        Ok(self.disk.is_lfs(path, &self.index.state)?)
    }

    fn expect_reads(&self, files: &[File]) {
        self.index.expect_reads(files);
    }
}

fn refuse_submodule(file: &File) -> Result<(), ReadFault> {
    if file.mode == Mode::Submodule {
        let path = &file.path;
        return Err(ReadFault::Store(format!("`{path}` is another repository, not a file")));
    }
    Ok(())
}
