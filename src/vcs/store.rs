//! Objects: headers, bodies and trees, from any thread.

use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gix::ObjectId;
use gix::objs::Find as _;

use super::command::Git;
use super::error::VcsError;
use super::folder::{Entry, Item, Tree};
use super::large::Large;
use super::line::Arrivals;
use super::prefetch::Prefetch;
use crate::digest::{Digest, Hasher};
use crate::path::RepoPath;
use crate::snapshot::{Mode, ObjectName, ReadFault};

/// Blobs beyond this size are streamed by the git program: gix holds a blob whole.
const STREAMED_ABOVE: u64 = 8 * 1024 * 1024;
/// How many bytes are handed on at once.
const PIECE: usize = 256 * 1024;
/// Fewer blobs than this are not worth a program's start.
const PREFETCHED_FROM: usize = 400;
/// Folders within folders beyond which a tree is taken for an attack.
pub(super) const DEEPEST: usize = 256;
/// Files below one folder beyond which a tree is taken for an attack.
const MOST_FILES: usize = 4_000_000;

/// An open repository and what was read from it.
pub(super) struct Store {
    shared: gix::ThreadSafeRepository,
    idle: Mutex<Vec<gix::Repository>>,
    trees: Mutex<HashMap<ObjectName, Arc<Tree>>>,
    /// Digests and sizes of blobs: the trees of two commits share most of theirs.
    digests: Mutex<HashMap<ObjectName, (Digest, u64)>>,
    /// What was tagged last, and its kind: many tags lead to one commit.
    pub(super) tagged: Mutex<Option<(ObjectName, gix::objs::Kind)>>,
    /// Which commits brought files, by the commit at which the way back begins, the folder and the
    /// number of commits that are looked at.
    pub(super) arrivals: Mutex<BTreeMap<(ObjectName, RepoPath, usize), Arc<Arrivals>>>,
    /// Objects may have been left at a remote, to be fetched when they are asked for.
    promisor: bool,
    pub(super) beyond: Beyond,
    pub(super) git: Git,
    prefetch: Arc<Prefetch>,
    large: Large,
}

/// What gix cannot read in a repository, so that the git program is asked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Beyond {
    /// The references: they are in a reftable.
    pub(super) references: bool,
    /// Objects that lie in folders which git's variables name.
    pub(super) objects: bool,
}

/// What a caller expects an object to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Blob,
    Tree,
    Commit,
    Tag,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Blob => "blob",
            Self::Tree => "tree",
            Self::Commit => "commit",
            Self::Tag => "tag",
        }
    }

    fn in_gix(self) -> gix::objs::Kind {
        match self {
            Self::Blob => gix::objs::Kind::Blob,
            Self::Tree => gix::objs::Kind::Tree,
            Self::Commit => gix::objs::Kind::Commit,
            Self::Tag => gix::objs::Kind::Tag,
        }
    }
}

impl Store {
    pub(super) fn new(shared: gix::ThreadSafeRepository, git: Git, beyond: Beyond) -> Self {
        let local = shared.to_thread_local();
        let promisor = local.remote_names().iter().any(|name| {
            let key = format!("remote.{name}.promisor");
            local.config_snapshot().boolean(key.as_str()).unwrap_or(false)
        });
        Self {
            shared,
            idle: Mutex::new(vec![local]),
            trees: Mutex::default(),
            digests: Mutex::default(),
            tagged: Mutex::default(),
            arrivals: Mutex::default(),
            promisor,
            beyond,
            git,
            prefetch: Arc::default(),
            large: Large::default(),
        }
    }

    /// Returns a store of the same repository that asks the git program for objects as well.
    pub(super) fn with_objects_elsewhere(&self) -> Self {
        let beyond = Beyond { objects: true, ..self.beyond };
        Self::new(self.shared.clone(), self.git.clone(), beyond)
    }

    /// Says whether the git program may find an object that gix does not.
    fn asks_git(&self) -> bool {
        self.promisor || self.beyond.objects
    }

    /// Lends a handle of gix, which no other thread uses meanwhile.
    pub(super) fn with<T>(&self, work: impl FnOnce(&gix::Repository) -> T) -> T {
        let idle = lock(&self.idle).pop();
        let repo = idle.unwrap_or_else(|| self.shared.to_thread_local());
        let result = work(&repo);
        lock(&self.idle).push(repo);
        result
    }

    pub(super) fn is_shallow(&self) -> bool {
        self.with(|repo| repo.is_shallow().unwrap_or(false))
    }

    pub(super) fn config(&self, key: &str) -> Option<String> {
        self.with(|repo| repo.config_snapshot().string(key).map(|value| value.to_string()))
    }

    /// Says whether the object is here, without fetching it.
    pub(super) fn holds(&self, name: ObjectName) -> bool {
        let known = to_gix(name).is_ok_and(|id| self.with(|repo| repo.has_object(id)));
        known || self.beyond.objects && self.git.run(&["cat-file", "-e", &name.to_string()]).is_ok()
    }

    /// Returns an object's size, without reading it; `None` where it is not here.
    fn size_here(&self, name: ObjectName) -> Result<Option<u64>, VcsError> {
        let id = to_gix(name)?;
        let header = self.with(|repo| repo.try_find_header(id));
        Ok(header.map_err(VcsError::git("an object's header"))?.map(|header| header.size()))
    }

    /// Returns a blob's size.
    pub(super) fn size(&self, name: ObjectName) -> Result<u64, VcsError> {
        if let Some(size) = self.size_here(name)? {
            return Ok(size);
        }
        if !self.asks_git() {
            return Err(missing(name));
        }
        let printed = self.git.run(&["cat-file", "-s", &name.to_string()]);
        let printed = printed.map_err(|_| missing(name))?;
        let digits = String::from_utf8_lossy(&printed);
        digits.trim().parse().map_err(|_| missing(name))
    }

    /// Reads a blob of at most `limit` bytes.
    pub(super) fn blob(
        &self,
        path: &RepoPath,
        name: ObjectName,
        limit: u64,
    ) -> Result<Vec<u8>, ReadFault> {
        let too_large = |size| ReadFault::TooLarge { path: path.clone(), size, limit };
        if let Some(bytes) = self.prefetch.take(name) {
            let size = bytes.len() as u64;
            return if size > limit { Err(too_large(size)) } else { Ok(bytes) };
        }
        let size = self.size(name)?;
        if size > limit {
            return Err(too_large(size));
        }
        Ok(self.object(name, Kind::Blob)?)
    }

    /// Has blobs fetched that will be read soon; without the git program nothing is lost but time.
    pub(super) fn prefetch(&self, names: Vec<ObjectName>) {
        if names.len() >= PREFETCHED_FROM
            && let Ok(git) = self.git.batch()
        {
            self.prefetch.start(names, git);
        }
    }

    /// Writes a blob to `sink`. Of large ones a few are held, for whoever reads them again; the others
    /// never stand in memory whole.
    pub(super) fn stream(
        &self,
        path: &RepoPath,
        name: ObjectName,
        sink: &mut dyn Write,
    ) -> Result<(), ReadFault> {
        // In pieces: whoever has seen enough says so at the next one.
        let mut hand_on = |bytes: &[u8]| {
            let written = bytes.chunks(PIECE).try_for_each(|piece| sink.write_all(piece));
            written.map_err(|source| ReadFault::Io { path: path.clone(), source })
        };
        match self.size_here(name)? {
            Some(size) if size <= STREAMED_ABOVE => {
                return hand_on(&self.object(name, Kind::Blob)?);
            }
            Some(size) => {
                if let Some(bytes) = self.large.get(name, size, || self.whole(name, size)) {
                    return hand_on(&bytes);
                }
            }
            None if !self.asks_git() => return Err(missing(name).into()),
            None => {}
        }
        Ok(self.git.stream(&["cat-file", "blob", &name.to_string()], sink)?)
    }

    /// Reads a large blob whole; `None` where only git can, or where it cannot be read. A delta is
    /// left to git, for gix would hold its base as well.
    fn whole(&self, name: ObjectName, size: u64) -> Option<Vec<u8>> {
        let id = to_gix(name).ok()?;
        let header = self.with(|repo| repo.try_find_header(id)).ok()??;
        if header.num_deltas().unwrap_or_default() == 0 {
            return self.object(name, Kind::Blob).ok();
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size).ok()?);
        self.git.stream(&["cat-file", "blob", &name.to_string()], &mut bytes).ok()?;
        Some(bytes)
    }

    /// Digests a blob, and counts its bytes; each blob is read once, by whoever asks first.
    pub(super) fn digest(
        &self,
        name: ObjectName,
        read: impl FnOnce(&mut Hasher) -> Result<(), ReadFault>,
    ) -> Result<(Digest, u64), ReadFault> {
        if let Some(known) = lock(&self.digests).get(&name) {
            return Ok(*known);
        }
        let mut hasher = Hasher::new();
        read(&mut hasher)?;
        let length = hasher.length();
        let found = (hasher.finish(), length);
        lock(&self.digests).insert(name, found);
        Ok(found)
    }

    /// Reads an object whole; where a partial clone left it behind or it lies elsewhere, git is asked
    /// for it.
    pub(super) fn object(&self, name: ObjectName, kind: Kind) -> Result<Vec<u8>, VcsError> {
        let id = to_gix(name)?;
        let mut buffer = Vec::new();
        let found = self.with(|repo| {
            let data = repo.objects.try_find(&id, &mut buffer)?;
            Ok(data.map(|data| (data.kind, data.data.len())))
        });
        let found = found.map_err(VcsError::git("an object"))?;
        match found {
            Some((found, length)) if found == kind.in_gix() && length == buffer.len() => Ok(buffer),
            Some((found, _)) if found == kind.in_gix() => {
                // The body is a part of the buffer; ask for it in a way that says which.
                let object = self.with(|repo| repo.find_object(id).map(|o| o.data.clone()));
                object.map_err(VcsError::git("an object"))
            }
            Some((found, _)) => Err(VcsError::Git {
                what: "an object",
                cause: format!("{name} is a {found}, not a {}", kind.name()),
            }),
            None if self.asks_git() => self
                .git
                .run(&["cat-file", kind.name(), &name.to_string()])
                .map_err(|_| missing(name)),
            None => Err(missing(name)),
        }
    }

    /// Reads a tree.
    pub(super) fn tree(&self, name: ObjectName) -> Result<Arc<Tree>, VcsError> {
        if let Some(tree) = lock(&self.trees).get(&name) {
            return Ok(Arc::clone(tree));
        }
        let id = to_gix(name)?;
        if id.is_empty_tree() {
            return Ok(Arc::default());
        }
        let bytes = self.object(name, Kind::Tree)?;
        let tree = Tree::read(&bytes, id.kind())?;
        let tree = Arc::new(tree);
        lock(&self.trees).insert(name, Arc::clone(&tree));
        Ok(tree)
    }

    /// Returns a commit's tree; `None` where the commit is not here.
    pub(super) fn tree_of(&self, commit: ObjectName) -> Result<Option<ObjectName>, VcsError> {
        let bytes = match self.object(commit, Kind::Commit) {
            Ok(bytes) => bytes,
            Err(VcsError::Missing { .. }) => return Ok(None),
            Err(other) => return Err(other),
        };
        let hash = to_gix(commit)?.kind();
        let tree = gix::objs::CommitRefIter::from_bytes(&bytes, hash).tree_id();
        Ok(Some(from_gix(&tree.map_err(VcsError::git("a commit"))?)))
    }

    /// Returns what stands at `path` below a tree.
    pub(super) fn entry_at(
        &self,
        root: ObjectName,
        path: &RepoPath,
    ) -> Result<Option<(Entry, ObjectName)>, VcsError> {
        let root_tree = self.tree(root)?;
        let mut tree: &Tree = &root_tree;
        let mut names = path.segments().enumerate().peekable();
        if names.peek().is_none() {
            return Ok(Some((Entry::Folder, root)));
        }
        while let Some((depth, name)) = names.next() {
            if names.peek().is_none() {
                return Ok(tree.find(name).map(|item| (item.entry, item.object)));
            }
            let Some(folder) = tree.folder(name) else { break };
            if depth > DEEPEST {
                return Err(too_large(path));
            }
            tree = self.below(folder)?;
        }
        Ok(None)
    }

    /// Returns the folder behind a name.
    fn below<'a>(&self, folder: &'a Item) -> Result<&'a Tree, VcsError> {
        if let Some(known) = folder.below.get() {
            return Ok(known);
        }
        let read = self.tree(folder.object)?;
        Ok(folder.below.get_or_init(|| read))
    }

    /// Collects every file below a tree, in the order of their paths.
    pub(super) fn files_below(
        &self,
        root: ObjectName,
        folder: &RepoPath,
        found: &mut Vec<(RepoPath, Mode, ObjectName)>,
    ) -> Result<(), VcsError> {
        let tree = self.tree(root)?;
        self.collect(&tree, folder, found)
    }

    fn collect(
        &self,
        tree: &Tree,
        folder: &RepoPath,
        found: &mut Vec<(RepoPath, Mode, ObjectName)>,
    ) -> Result<(), VcsError> {
        if folder.segments().count() > DEEPEST || found.len() > MOST_FILES {
            return Err(too_large(folder));
        }
        for (name, item) in tree.iter() {
            let path = joined(folder, name);
            match item.entry {
                Entry::Folder => self.collect(self.below(item)?, &path, found)?,
                Entry::File(mode) => found.push((path, mode, item.object)),
            }
        }
        Ok(())
    }
}

fn too_large(folder: &RepoPath) -> VcsError {
    let cause = format!("`{folder}` holds too many files or too deep folders");
    VcsError::Git { what: "a tree", cause }
}

pub(super) fn joined(folder: &RepoPath, name: &[u8]) -> RepoPath {
    if folder.is_root() {
        return RepoPath::new(name);
    }
    RepoPath::new([folder.as_bytes(), b"/", name].concat())
}

pub(super) fn to_gix(name: ObjectName) -> Result<ObjectId, VcsError> {
    ObjectId::try_from(name.as_bytes()).map_err(|_| VcsError::Missing { object: name.to_string() })
}

pub(super) fn from_gix(id: &gix::oid) -> ObjectName {
    ObjectName::new(id.as_bytes())
}

pub(super) fn missing(name: ObjectName) -> VcsError {
    VcsError::Missing { object: name.to_string() }
}

/// Locks, even where another thread panicked with the lock: what is behind is only a cache.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
