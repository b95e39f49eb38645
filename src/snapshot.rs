//! What engines may ask of a tree of files, wherever it comes from.
//!
//! A work tree, the index and a commit look alike through [`Snapshot`]; engines know nothing of git.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;

use crate::digest::{Digest, Hasher};
use crate::path::RepoPath;

/// What kind of thing git records at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// A regular file.
    Regular,
    /// A regular file that may be executed.
    Executable,
    /// A symbolic link.
    Symlink,
    /// Another repository (a gitlink).
    Submodule,
}

/// The name of an object in git: 20 bytes in SHA-1 repositories, 32 in SHA-256 ones.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectName {
    bytes: [u8; 32],
    length: u8,
}

impl ObjectName {
    /// Takes the raw bytes of a name; more than 32 are cut.
    #[must_use]
    pub fn new(raw: &[u8]) -> Self {
        let mut bytes = [0; 32];
        let length = raw.len().min(32);
        for (to, from) in bytes.iter_mut().zip(raw) {
            *to = *from;
        }
        Self { bytes, length: u8::try_from(length).unwrap_or(32) }
    }

    /// Reads a whole name: 40 or 64 lowercase hexadecimal digits, as git writes them.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if !matches!(text.len(), 40 | 64) {
            return None;
        }
        let digit = |byte: &u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let (pairs, _) = text.as_bytes().as_chunks::<2>();
        let raw: Option<Vec<u8>> =
            pairs.iter().map(|[high, low]| Some(digit(high)? << 4 | digit(low)?)).collect();
        raw.map(|raw| Self::new(&raw))
    }

    /// Returns the raw bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or_default()
    }

    /// Returns the first ten hexadecimal digits, for people.
    #[must_use]
    pub fn short(&self) -> String {
        self.to_string().chars().take(10).collect()
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Where the bytes of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Content {
    /// In a git object.
    Object(ObjectName),
    /// On disk, changed since it was last added.
    Disk,
    /// On disk, and git does not track it.
    Untracked,
}

/// One file of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct File {
    /// Its path.
    pub path: RepoPath,
    /// What git records there.
    pub mode: Mode,
    /// Where its bytes are.
    pub content: Content,
}

/// Why a file's bytes cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum ReadFault {
    /// The file is larger than the reader allows.
    #[error("`{path}` has {size} bytes; at most {limit} are read here")]
    TooLarge {
        /// The file.
        path: RepoPath,
        /// Its size in bytes.
        size: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// The repository does not hold the object (shallow or partial clone, or damage).
    #[error("object {object} is missing")]
    Missing {
        /// The object's name.
        object: String,
    },
    /// Reading failed.
    #[error("failed to read `{path}`")]
    Io {
        /// The file.
        path: RepoPath,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The store behind the snapshot failed.
    #[error("failed to read from the repository: {0}")]
    Store(String),
}

/// What writes the bytes of one file to a sink.
type Stream = dyn Fn(&mut dyn Write) -> Result<(), ReadFault> + Send + Sync;

/// The bytes of one file, to be asked for later, when its snapshot may be gone.
#[derive(Clone)]
pub struct Later(Arc<Stream>);

impl Later {
    /// Takes what writes the bytes to a sink.
    pub fn new(
        write: impl Fn(&mut dyn Write) -> Result<(), ReadFault> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(write))
    }

    /// Takes bytes that are at hand.
    #[must_use]
    pub fn of_bytes(path: &RepoPath, bytes: Arc<Vec<u8>>) -> Self {
        let path = path.clone();
        Self::new(move |sink| {
            sink.write_all(&bytes).map_err(|source| ReadFault::Io { path: path.clone(), source })
        })
    }

    /// Writes the bytes that git would store to `sink`.
    ///
    /// # Errors
    /// When the bytes cannot be had, or the sink refuses them.
    pub fn stream(&self, sink: &mut dyn Write) -> Result<(), ReadFault> {
        (self.0)(sink)
    }
}

impl fmt::Debug for Later {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Later")
    }
}

/// A tree of files. Every list is sorted by path.
pub trait Snapshot: Send + Sync {
    /// Returns the file at `path`; `None` where there is none or a folder.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn file(&self, path: &RepoPath) -> Result<Option<File>, ReadFault>;

    /// Returns every file below `folder`, sorted by the bytes of the path.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn list(&self, folder: &RepoPath) -> Result<Vec<File>, ReadFault>;

    /// Returns the size of the file's bytes as git would store them.
    ///
    /// # Errors
    /// When the bytes cannot be had.
    fn size(&self, file: &File) -> Result<u64, ReadFault>;

    /// Returns the bytes that git would store, at most `limit` of them.
    ///
    /// # Errors
    /// [`ReadFault::TooLarge`] beyond the limit; otherwise when the bytes cannot be had.
    fn read(&self, file: &File, limit: u64) -> Result<Vec<u8>, ReadFault>;

    /// Writes the bytes that git would store to `sink`, in constant memory.
    ///
    /// # Errors
    /// When the bytes cannot be had.
    fn stream(&self, file: &File, sink: &mut dyn Write) -> Result<(), ReadFault>;

    /// Returns the bytes that git would store as something that outlives the snapshot; what is wrong
    /// with them is said when they are asked for.
    fn later(&self, file: &File) -> Later;

    /// Digests the bytes that git would store, in constant memory, and counts them. A store may
    /// remember what it digested before.
    ///
    /// # Errors
    /// When the bytes cannot be had.
    fn digest(&self, file: &File) -> Result<(Digest, u64), ReadFault> {
        let mut hasher = Hasher::new();
        self.stream(file, &mut hasher)?;
        let length = hasher.length();
        Ok((hasher.finish(), length))
    }

    /// Says whether the attributes at `path` hand it to the LFS filter.
    ///
    /// # Errors
    /// When the attributes cannot be read.
    fn is_lfs(&self, path: &RepoPath) -> Result<bool, ReadFault>;

    /// Hears which files will be read soon, in this order. A store may use it to be faster.
    fn expect_reads(&self, _: &[File]) {}
}

/// A snapshot with other bytes at some paths: what a plan would make of it.
pub struct Overlay<'a> {
    inner: &'a dyn Snapshot,
    files: BTreeMap<RepoPath, Vec<u8>>,
}

impl<'a> Overlay<'a> {
    /// Lays `files` over a snapshot.
    #[must_use]
    pub fn new(inner: &'a dyn Snapshot, files: BTreeMap<RepoPath, Vec<u8>>) -> Self {
        Self { inner, files }
    }

    fn laid(&self, file: &File) -> Option<&[u8]> {
        self.files.get(&file.path).map(Vec::as_slice)
    }
}

impl Snapshot for Overlay<'_> {
    fn file(&self, path: &RepoPath) -> Result<Option<File>, ReadFault> {
        let found = self.inner.file(path)?;
        if !self.files.contains_key(path) {
            return Ok(found);
        }
        let mode = found.map_or(Mode::Regular, |file| file.mode);
        Ok(Some(File { path: path.clone(), mode, content: Content::Disk }))
    }

    fn list(&self, folder: &RepoPath) -> Result<Vec<File>, ReadFault> {
        let mut files = self.inner.list(folder)?;
        files.retain(|file| !self.files.contains_key(&file.path));
        for path in self.files.keys().filter(|path| path.is_below(folder)) {
            files.extend(self.file(path)?);
        }
        files.sort();
        Ok(files)
    }

    fn size(&self, file: &File) -> Result<u64, ReadFault> {
        self.laid(file).map_or_else(|| self.inner.size(file), |bytes| Ok(bytes.len() as u64))
    }

    fn read(&self, file: &File, limit: u64) -> Result<Vec<u8>, ReadFault> {
        let Some(bytes) = self.laid(file) else { return self.inner.read(file, limit) };
        let size = bytes.len() as u64;
        if size > limit {
            return Err(ReadFault::TooLarge { path: file.path.clone(), size, limit });
        }
        Ok(bytes.to_vec())
    }

    fn stream(&self, file: &File, sink: &mut dyn Write) -> Result<(), ReadFault> {
        let Some(bytes) = self.laid(file) else { return self.inner.stream(file, sink) };
        sink.write_all(bytes).map_err(|source| ReadFault::Io { path: file.path.clone(), source })
    }

    fn later(&self, file: &File) -> Later {
        match self.laid(file) {
            Some(bytes) => Later::of_bytes(&file.path, Arc::new(bytes.to_vec())),
            None => self.inner.later(file),
        }
    }

    fn is_lfs(&self, path: &RepoPath) -> Result<bool, ReadFault> {
        self.inner.is_lfs(path)
    }
}

/// A commit at which a path changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// The commit.
    pub commit: ObjectName,
    /// When it was committed, in seconds since 1970.
    pub time_seconds: i64,
    /// Its author, as `name <email>`.
    pub author: String,
    /// The first line of its message.
    pub subject: String,
}

/// What engines may ask of history. It begins at the base's tip.
pub trait History: Send + Sync {
    /// Returns the commits at which `path` changed, the newest first.
    ///
    /// # Errors
    /// When history cannot be read.
    fn revisions(&self, path: &RepoPath) -> Result<Vec<Revision>, ReadFault>;

    /// Returns the commits at which the file at `path`, at or below `folder`, came to be what it was
    /// for a while on the branch itself, the newest first. First parents alone are followed: what
    /// another branch tried out before it was merged never stood on this one.
    ///
    /// Questions about one folder are answered together, and history may be looked at only so far.
    ///
    /// # Errors
    /// When history cannot be read.
    fn arrivals(&self, folder: &RepoPath, path: &RepoPath) -> Result<Vec<ObjectName>, ReadFault>;

    /// Returns the tree of a commit.
    ///
    /// # Errors
    /// When the commit cannot be read.
    fn at(&self, commit: ObjectName) -> Result<Box<dyn Snapshot>, ReadFault>;
}

/// A history without commits.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoHistory;

impl History for NoHistory {
    fn revisions(&self, _: &RepoPath) -> Result<Vec<Revision>, ReadFault> {
        Ok(Vec::new())
    }

    fn arrivals(&self, _: &RepoPath, _: &RepoPath) -> Result<Vec<ObjectName>, ReadFault> {
        Ok(Vec::new())
    }

    fn at(&self, commit: ObjectName) -> Result<Box<dyn Snapshot>, ReadFault> {
        Err(ReadFault::Missing { object: commit.to_string() })
    }
}

/// A snapshot in memory, for tests and for plans that are not yet written.
#[derive(Debug, Clone, Default)]
pub struct MemorySnapshot {
    files: BTreeMap<RepoPath, (Mode, Content, Arc<Vec<u8>>)>,
    lfs: Vec<RepoPath>,
}

impl MemorySnapshot {
    /// Starts with no file.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a regular file.
    #[must_use]
    pub fn with(self, path: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.with_mode(path, Mode::Regular, bytes)
    }

    /// Adds a file of any mode; it gets the name that git would give it.
    #[must_use]
    pub fn with_mode(mut self, path: &str, mode: Mode, bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        let name = Digest::of(&bytes).to_string();
        let content =
            Content::Object(ObjectName::new(name.as_bytes().get(..20).unwrap_or_default()));
        self.files.insert(RepoPath::from(path), (mode, content, Arc::new(bytes)));
        self
    }

    /// Adds a file that git does not track.
    #[must_use]
    pub fn with_untracked(mut self, path: &str, bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = Arc::new(bytes.into());
        self.files.insert(RepoPath::from(path), (Mode::Regular, Content::Untracked, bytes));
        self
    }

    /// Says that the attributes hand `path` to the LFS filter.
    #[must_use]
    pub fn with_lfs(mut self, path: &str) -> Self {
        self.lfs.push(RepoPath::from(path));
        self
    }

    /// Removes a file.
    #[must_use]
    pub fn without(mut self, path: &str) -> Self {
        self.files.remove(&RepoPath::from(path));
        self
    }

    fn bytes(&self, file: &File) -> Result<&[u8], ReadFault> {
        self.files
            .get(&file.path)
            .map(|(_, _, bytes)| bytes.as_slice())
            .ok_or_else(|| ReadFault::Missing { object: file.path.to_string() })
    }
}

impl Snapshot for MemorySnapshot {
    fn file(&self, path: &RepoPath) -> Result<Option<File>, ReadFault> {
        Ok(self.files.get(path).map(|(mode, content, _)| File {
            path: path.clone(),
            mode: *mode,
            content: *content,
        }))
    }

    fn list(&self, folder: &RepoPath) -> Result<Vec<File>, ReadFault> {
        let below = self.files.iter().filter(|(path, _)| path.is_below(folder));
        Ok(below
            .map(|(path, (mode, content, _))| File {
                path: path.clone(),
                mode: *mode,
                content: *content,
            })
            .collect())
    }

    fn size(&self, file: &File) -> Result<u64, ReadFault> {
        self.bytes(file).map(|bytes| bytes.len() as u64)
    }

    fn read(&self, file: &File, limit: u64) -> Result<Vec<u8>, ReadFault> {
        let bytes = self.bytes(file)?;
        let size = bytes.len() as u64;
        if size > limit {
            return Err(ReadFault::TooLarge { path: file.path.clone(), size, limit });
        }
        Ok(bytes.to_vec())
    }

    fn stream(&self, file: &File, sink: &mut dyn Write) -> Result<(), ReadFault> {
        sink.write_all(self.bytes(file)?)
            .map_err(|source| ReadFault::Io { path: file.path.clone(), source })
    }

    fn later(&self, file: &File) -> Later {
        if let Some((_, _, bytes)) = self.files.get(&file.path) {
            return Later::of_bytes(&file.path, Arc::clone(bytes));
        }
        let object = file.path.to_string();
        Later::new(move |_| Err(ReadFault::Missing { object: object.clone() }))
    }

    fn is_lfs(&self, path: &RepoPath) -> Result<bool, ReadFault> {
        Ok(self.lfs.contains(path))
    }
}
