//! Bytes on disk, as git would store them.

use std::fs::{File as DiskFile, Metadata};
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use gix::bstr::BStr;
use gix::filter::plumbing::Pipeline;
use gix::filter::plumbing::pipeline::CrlfRoundTripCheck;
use gix::filter::plumbing::pipeline::convert::ToGitOutcome;
use gix::index::State;
use gix::objs::Find as _;
use gix::worktree::Stack;
use gix::worktree::stack::state::attributes::Source;

use super::attributes::{filter_of, value_of};
use super::command::BLOCK;
use super::error::{VcsError, explain};
use super::store::{Store, lock};
use crate::path::RepoPath;
use crate::snapshot::{Mode, ReadFault};

/// The disk below a work tree, seen through git's filters.
pub(super) struct Disk {
    store: Arc<Store>,
    /// Filters that nobody uses just now; each thread takes one.
    idle: Mutex<Vec<Filters>>,
}

struct Filters {
    pipeline: Pipeline,
    attributes: Stack,
}

/// What is on disk at a path, before any filter.
enum Raw {
    File(DiskFile, Metadata),
    /// The target of a symbolic link, which git stores as it is.
    Link(Vec<u8>),
}

impl Disk {
    pub(super) fn new(store: &Arc<Store>) -> Self {
        Self { store: Arc::clone(store), idle: Mutex::default() }
    }

    /// Returns the number of bytes that git would store.
    pub(super) fn size(&self, path: &RepoPath, index: &State) -> Result<u64, ReadFault> {
        let mut count = Count(0);
        self.convert(path, index, |converted| match converted {
            Converted::File(_, metadata) => Ok(metadata.len()),
            Converted::Bytes(bytes) => Ok(bytes.len() as u64),
            Converted::Stream(from) => copy(from, &mut count).map(|()| count.0),
        })
    }

    /// Reads the bytes that git would store, at most `limit` of them.
    pub(super) fn read(
        &self,
        path: &RepoPath,
        limit: u64,
        index: &State,
    ) -> Result<Vec<u8>, ReadFault> {
        let (bytes, more) = self.convert(path, index, |converted| {
            let mut bytes = Vec::new();
            let one_more = limit.saturating_add(1);
            match converted {
                Converted::File(mut file, metadata) if metadata.len() <= limit => {
                    // The file may grow meanwhile.
                    (&mut file).take(one_more).read_to_end(&mut bytes)?;
                }
                Converted::File(_, metadata) => return Ok((bytes, metadata.len())),
                Converted::Bytes(all) if all.len() as u64 <= limit => bytes.extend_from_slice(all),
                Converted::Bytes(all) => return Ok((bytes, all.len() as u64)),
                Converted::Stream(from) => {
                    from.take(one_more).read_to_end(&mut bytes)?;
                }
            }
            let length = bytes.len() as u64;
            Ok((bytes, length))
        })?;
        if more > limit {
            return Err(ReadFault::TooLarge { path: path.clone(), size: more, limit });
        }
        Ok(bytes)
    }

    /// Writes the bytes that git would store to `sink`.
    pub(super) fn stream(
        &self,
        path: &RepoPath,
        index: &State,
        sink: &mut dyn Write,
    ) -> Result<(), ReadFault> {
        self.convert(path, index, |converted| match converted {
            Converted::File(mut file, _) => copy(&mut file, sink),
            Converted::Bytes(bytes) => sink.write_all(bytes),
            Converted::Stream(from) => copy(from, sink),
        })
    }

    /// Writes an unmodified file's bytes to `sink` if they are certainly those of its blob.
    ///
    /// Hashing then runs at the disk's speed instead of that of decompression. Git says that the
    /// file is as in the index, so the filters make the blob of it; filters for line ends and `$Id$`
    /// only ever shorten, so that with equal sizes they changed nothing. Other filters may.
    pub(super) fn stream_unmodified(
        &self,
        path: &RepoPath,
        size: u64,
        index: &State,
        sink: &mut dyn Write,
    ) -> Result<Streamed, ReadFault> {
        let Ok(Raw::File(mut file, metadata)) = self.open(path) else { return Ok(Streamed::Not) };
        if metadata.len() != size || self.may_keep_size(path, index)? {
            return Ok(Streamed::Not);
        }
        let mut counting = Counting { sink, count: 0 };
        copy(&mut file, &mut counting)
            .and_then(|()| {
                if counting.count == size {
                    return Ok(Streamed::Whole);
                }
                Err(io::Error::other("the file changed while it was read"))
            })
            .map_err(|source| ReadFault::Io { path: path.clone(), source })
    }

    /// Says whether a filter applies that may change bytes and keep their number.
    fn may_keep_size(&self, path: &RepoPath, index: &State) -> Result<bool, VcsError> {
        self.with_filters(index, |filters| {
            let stack = &mut filters.attributes;
            let filter = filter_of(&self.store, stack, path)?;
            let encoding = value_of(&self.store, stack, path, "working-tree-encoding")?;
            Ok(filter.is_some() || encoding.is_some())
        })
    }

    /// Says whether the attributes on disk hand `path` to the LFS filter.
    pub(super) fn is_lfs(&self, path: &RepoPath, index: &State) -> Result<bool, VcsError> {
        self.with_filters(index, |filters| {
            Ok(filter_of(&self.store, &mut filters.attributes, path)?.as_deref() == Some("lfs"))
        })
    }

    fn convert<T>(
        &self,
        path: &RepoPath,
        index: &State,
        take: impl FnOnce(Converted<'_>) -> io::Result<T>,
    ) -> Result<T, ReadFault> {
        let io_fault = |source| ReadFault::Io { path: path.clone(), source };
        let (file, metadata) = match self.open(path).map_err(io_fault)? {
            Raw::File(file, metadata) => (file, metadata),
            Raw::Link(target) => return take(Converted::Bytes(&target)).map_err(io_fault),
        };
        self.with_filters(index, |filters| {
            if filter_of(&self.store, &mut filters.attributes, path)?.as_deref() == Some("lfs") {
                return Ok(take(Converted::File(file, metadata)).map_err(io_fault));
            }
            self.store.with(|repo| {
                let Filters { pipeline, attributes } = filters;
                let failed = |cause: &dyn std::error::Error| VcsError::Git {
                    what: "a file through its filters",
                    cause: format!("`{path}`: {}", explain(cause)),
                };
                let name = BStr::new(path.as_bytes());
                let at = attributes.at_entry(name, None, &repo.objects).map_err(|e| failed(&e))?;
                let relative = gix::path::from_bstr(name).map_err(|e| failed(&e))?;
                let converted = pipeline.convert_to_git(
                    file,
                    &relative,
                    &mut |_, outcome| {
                        at.matching_attributes(outcome);
                    },
                    &mut |buffer| {
                        let Some(entry) = index.entry_by_path(name) else { return Ok(None) };
                        let object = repo.objects.try_find(&entry.id, buffer)?;
                        Ok(object.filter(|o| o.kind == gix::objs::Kind::Blob).map(|_| ()))
                    },
                );
                Ok(match converted.map_err(|e| failed(&e))? {
                    ToGitOutcome::Unchanged(file) => take(Converted::File(file, metadata)),
                    ToGitOutcome::Buffer(bytes) => take(Converted::Bytes(bytes)),
                    ToGitOutcome::Process(mut from) => take(Converted::Stream(&mut *from)),
                }
                .map_err(io_fault))
            })
        })?
    }

    fn with_filters<T>(
        &self,
        index: &State,
        work: impl FnOnce(&mut Filters) -> Result<T, VcsError>,
    ) -> Result<T, VcsError> {
        let idle = lock(&self.idle).pop();
        let mut filters = match idle {
            Some(filters) => filters,
            None => self.filters(index)?,
        };
        let result = work(&mut filters);
        lock(&self.idle).push(filters);
        result
    }

    fn filters(&self, index: &State) -> Result<Filters, VcsError> {
        let built = self.store.with(|repo| {
            let mut options = gix::filter::Pipeline::options(repo)?;
            options.drivers.retain(|driver| driver.name != "lfs");
            // Both checks are warnings for people who run `git add`; here only the bytes matter.
            options.crlf_roundtrip_check = CrlfRoundTripCheck::Skip;
            options.encodings_with_roundtrip_check.clear();
            let context = repo.command_context()?;
            let pipeline = Pipeline::new(context, repo.object_hash(), options);
            let attributes = repo.attributes_only(index, Source::WorktreeThenIdMapping)?.detach();
            Ok(Filters { pipeline, attributes })
        });
        built.map_err(VcsError::git("the filters"))
    }

    fn open(&self, path: &RepoPath) -> io::Result<Raw> {
        let on_disk = self.path(path)?;
        let metadata = on_disk.symlink_metadata()?;
        if metadata.is_symlink() {
            let target = on_disk.read_link()?;
            let target = gix::path::into_bstr(target).map_err(io::Error::other)?;
            return Ok(Raw::Link(gix::path::to_unix_separators_on_windows(target).to_vec()));
        }
        if !metadata.is_file() {
            // Opening a pipe would wait for whoever writes to it.
            return Err(io::Error::other("neither a regular file nor a symbolic link"));
        }
        Ok(Raw::File(DiskFile::open(on_disk)?, metadata))
    }

    /// Returns the mode that git would record; `None` where there is nothing or a folder.
    pub(super) fn mode(&self, path: &RepoPath) -> Option<Mode> {
        let metadata = self.path(path).ok()?.symlink_metadata().ok()?;
        if metadata.is_symlink() {
            return Some(Mode::Symlink);
        }
        metadata.is_file().then(|| {
            if gix::fs::is_executable(&metadata) { Mode::Executable } else { Mode::Regular }
        })
    }

    /// Returns where a file is on disk; a path that would lead out of the work tree is refused.
    fn path(&self, path: &RepoPath) -> io::Result<PathBuf> {
        let odd = path
            .segments()
            .any(|name| name == b".." || name == b"." || name.eq_ignore_ascii_case(b".git"));
        let Some(workdir) = self.store.git.workdir.as_deref().filter(|_| !odd) else {
            return Err(io::Error::other("the path leads out of the work tree"));
        };
        let relative = gix::path::from_bstr(BStr::new(path.as_bytes()));
        Ok(workdir.join(relative.map_err(io::Error::other)?))
    }
}

/// Whether a file was written to the sink.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Streamed {
    Whole,
    Not,
}

enum Converted<'a> {
    File(DiskFile, Metadata),
    Bytes(&'a [u8]),
    Stream(&'a mut dyn Read),
}

fn copy(from: &mut dyn Read, to: &mut dyn Write) -> io::Result<()> {
    let mut block = vec![0; BLOCK];
    loop {
        let count = match from.read(&mut block) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        match block.get(..count) {
            Some(bytes) if !bytes.is_empty() => to.write_all(bytes)?,
            _ => return Ok(()),
        }
    }
}

struct Count(u64);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.saturating_add(bytes.len() as u64);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Counting<'a> {
    sink: &'a mut dyn Write,
    count: u64,
}

impl Write for Counting<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.sink.write(bytes)?;
        self.count = self.count.saturating_add(written as u64);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}
