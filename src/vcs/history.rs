//! The commits that changed a path.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use super::error::VcsError;
use super::open::Repository;
use super::store::{Kind, Store, from_gix, to_gix};
use crate::path::RepoPath;
use crate::snapshot::ObjectName;

/// A commit, as far as the history of a path needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its name.
    pub id: ObjectName,
    /// Its parents.
    pub parents: Vec<ObjectName>,
    /// When it was committed, in seconds since 1970.
    pub time_seconds: i64,
    /// Its author, as `name <email>`.
    pub author: String,
    /// The first line of its message.
    pub subject: String,
    /// The blob or tree at the path; `None` where the commit removed it.
    pub object: Option<ObjectName>,
}

/// The history of a path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// The commits that changed the path, the newest first.
    pub commits: Vec<Commit>,
    /// Says that history was cut off, so that older commits may be missing.
    pub truncated: bool,
}

impl Repository {
    /// Returns the commits at which the object at `path` differs from that of every parent.
    ///
    /// A merge that took the path from one side is not among them, and only that side is followed,
    /// as in `git log -- PATH`.
    ///
    /// # Errors
    /// When a commit or tree cannot be read.
    pub fn history(&self, from: ObjectName, path: &RepoPath) -> Result<History, VcsError> {
        let mut walk = Walk {
            store: &self.store,
            path,
            cut: shallow_edges(&self.store)?,
            read: BTreeMap::new(),
            objects: BTreeMap::new(),
        };
        walk.run(from)
    }

    /// Reads a commit; the object is its tree.
    ///
    /// # Errors
    /// When the commit cannot be read.
    pub fn commit(&self, id: ObjectName) -> Result<Commit, VcsError> {
        let (commit, tree) = read(&self.store, id)?;
        Ok(Commit { object: Some(tree), ..commit })
    }
}

/// Reads a commit without its object, and the name of its tree.
fn read(store: &Store, id: ObjectName) -> Result<(Commit, ObjectName), VcsError> {
    let bytes = store.object(id, Kind::Commit)?;
    let hash = to_gix(id)?.kind();
    let parsed =
        gix::objs::CommitRef::from_bytes(&bytes, hash).map_err(VcsError::git("a commit"))?;
    let author = parsed.author().map_err(VcsError::git("a commit"))?;
    let committer = parsed.committer().map_err(VcsError::git("a commit"))?;
    let message = String::from_utf8_lossy(parsed.message);
    let commit = Commit {
        id,
        parents: parsed.parents().map(|id| from_gix(&id)).collect(),
        time_seconds: committer.seconds(),
        author: format!("{} <{}>", author.name, author.email),
        subject: message.trim_start().lines().next().unwrap_or_default().to_owned(),
        object: None,
    };
    Ok((commit, from_gix(&parsed.tree())))
}

struct Walk<'a> {
    store: &'a Store,
    path: &'a RepoPath,
    /// Commits whose parents were left behind by a shallow clone.
    cut: BTreeSet<ObjectName>,
    read: BTreeMap<ObjectName, Commit>,
    /// What stands at the path, by tree: most commits share it.
    objects: BTreeMap<ObjectName, Option<ObjectName>>,
}

impl Walk<'_> {
    fn run(&mut self, from: ObjectName) -> Result<History, VcsError> {
        let mut history = History::default();
        let mut queued = BTreeSet::from([from]);
        let mut queue = BinaryHeap::from([(self.commit(from)?.time_seconds, from)]);
        while let Some((_, id)) = queue.pop() {
            let commit = self.commit(id)?;
            self.read.remove(&id);
            let parents = if self.cut.contains(&id) {
                history.truncated = true;
                Vec::new()
            } else {
                commit.parents.clone()
            };
            let mut followed = Vec::new();
            let mut same = None;
            for parent in parents {
                let parent = self.commit(parent)?;
                if parent.object == commit.object {
                    same = same.or(Some((parent.time_seconds, parent.id)));
                }
                followed.push((parent.time_seconds, parent.id));
            }
            match same {
                Some(side) => followed = vec![side],
                None if followed.is_empty() && commit.object.is_none() => {}
                None => history.commits.push(commit),
            }
            queue.extend(followed.into_iter().filter(|(_, id)| queued.insert(*id)));
        }
        Ok(history)
    }

    fn commit(&mut self, id: ObjectName) -> Result<Commit, VcsError> {
        if let Some(commit) = self.read.get(&id) {
            return Ok(commit.clone());
        }
        let (commit, tree) = read(self.store, id)?;
        let object = if let Some(object) = self.objects.get(&tree) {
            *object
        } else {
            let object = self.store.entry_at(tree, self.path)?.map(|(_, name)| name);
            self.objects.insert(tree, object);
            object
        };
        let commit = Commit { object, ..commit };
        self.read.insert(id, commit.clone());
        Ok(commit)
    }
}

pub(super) fn shallow_edges(store: &Store) -> Result<BTreeSet<ObjectName>, VcsError> {
    let commits = store.with(|repo| {
        Ok(repo.shallow_commits()?.map(|all| all.iter().map(|id| from_gix(id)).collect()))
    });
    let commits: Option<BTreeSet<_>> = commits.map_err(VcsError::git("the shallow commits"))?;
    Ok(commits.unwrap_or_default())
}
