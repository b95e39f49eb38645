//! What differs between a tree and what came of it.
//!
//! Both sides are walked together, folder by folder, in git's order. A folder whose tree has the
//! same name on both sides is skipped; for the index that name is in its cache tree, so that a check
//! of one entry among thousands reads a handful of trees.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ops::Range;

use gix::index::State;
use gix::index::entry::Mode as IndexMode;
use gix::index::extension::Tree as CachedTree;

use super::error::VcsError;
use super::folder::{Entry, order};
use super::staged::{IndexSnapshot, recorded};
use super::store::{DEEPEST, Store, from_gix, joined};
use super::tree::{TreeSnapshot, tracked};
use super::worktree::WorktreeSnapshot;
use crate::path::RepoPath;
use crate::snapshot::{File, Mode, ObjectName, Snapshot as _};

/// The later side of a comparison.
#[derive(Clone, Copy)]
pub enum After<'a> {
    /// A commit.
    Tree(&'a TreeSnapshot),
    /// The index.
    Index(&'a IndexSnapshot),
    /// The work tree.
    Worktree(&'a WorktreeSnapshot),
}

/// A path at which two sides differ.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Changed {
    /// The path.
    pub path: RepoPath,
    /// The earlier file; `None` where the path is new.
    pub before: Option<File>,
    /// The later file; `None` where the path is gone.
    pub after: Option<File>,
}

pub(super) fn changed(
    store: &Store,
    before: Option<&TreeSnapshot>,
    after: After<'_>,
    prefixes: &[RepoPath],
) -> Result<Vec<Changed>, VcsError> {
    if let (None, After::Tree(tree)) = (before, after) {
        return everything(tree, prefixes);
    }
    let start = before.map(|tree| Node::Tree(tree.root));
    let (index, end) = match after {
        After::Tree(tree) => (None, Node::Tree(tree.root)),
        After::Index(index) => (Some(&*index.state), whole(&index.state)),
        After::Worktree(worktree) => (Some(&*worktree.index.state), whole(&worktree.index.state)),
    };
    let mut walk = Walk { store, index, prefixes, found: BTreeMap::new() };
    walk.compare(&RepoPath::default(), start.as_ref(), Some(&end), 0)?;
    let mut found = walk.found;
    if let After::Worktree(worktree) = after {
        for (path, now) in &worktree.overlay {
            if !is_wanted(prefixes, path) {
                continue;
            }
            let then = before.map_or(Ok(None), |tree| tree.file(path))?;
            if then.is_none() && now.is_none() {
                found.remove(path);
            } else {
                found.insert(path.clone(), (then, now.clone()));
            }
        }
    }
    let list = found.into_iter();
    Ok(list.map(|(path, (before, after))| Changed { path, before, after }).collect())
}

/// Against nothing, every file is new.
fn everything(tree: &TreeSnapshot, prefixes: &[RepoPath]) -> Result<Vec<Changed>, VcsError> {
    let root = [RepoPath::default()];
    let mut found = Vec::new();
    for prefix in if prefixes.is_empty() { &root[..] } else { prefixes } {
        found.extend(tree.file(prefix)?);
        found.extend(tree.list(prefix)?);
    }
    found.sort();
    found.dedup();
    let new = |file: File| Changed { path: file.path.clone(), before: None, after: Some(file) };
    Ok(found.into_iter().map(new).collect())
}

/// Says whether `path` stands at or below one of the prefixes.
fn is_wanted(prefixes: &[RepoPath], path: &RepoPath) -> bool {
    prefixes.is_empty() || prefixes.iter().any(|prefix| prefix == path || path.is_below(prefix))
}

/// A folder of one side.
enum Node<'a> {
    Tree(ObjectName),
    /// Entries of the index, and the tree that they would make if the index knows it.
    Staged(Range<usize>, Option<&'a CachedTree>),
}

impl Node<'_> {
    /// Returns the name of the folder's tree, where it is known without writing it.
    fn name(&self) -> Option<ObjectName> {
        match self {
            Self::Tree(name) => Some(*name),
            Self::Staged(_, cached) => {
                cached.filter(|tree| tree.num_entries.is_some()).map(|tree| from_gix(&tree.id))
            }
        }
    }
}

struct Item<'a> {
    name: Vec<u8>,
    what: What<'a>,
}

enum What<'a> {
    File(Mode, ObjectName),
    Folder(Node<'a>),
}

impl Item<'_> {
    fn kind(&self) -> Entry {
        match self.what {
            What::File(mode, _) => Entry::File(mode),
            What::Folder(_) => Entry::Folder,
        }
    }
}

fn whole(index: &State) -> Node<'_> {
    Node::Staged(0..index.entries().len(), index.tree())
}

struct Walk<'a> {
    store: &'a Store,
    index: Option<&'a State>,
    prefixes: &'a [RepoPath],
    found: BTreeMap<RepoPath, (Option<File>, Option<File>)>,
}

impl<'a> Walk<'a> {
    fn compare(
        &mut self,
        folder: &RepoPath,
        before: Option<&Node<'a>>,
        after: Option<&Node<'a>>,
        depth: usize,
    ) -> Result<(), VcsError> {
        let names = (before.and_then(Node::name), after.and_then(Node::name));
        if matches!(names, (Some(a), Some(b)) if a == b) || !self.is_worth_entering(folder) {
            return Ok(());
        }
        if depth > DEEPEST {
            let cause = format!("`{folder}` lies too deep");
            return Err(VcsError::Git { what: "a tree", cause });
        }
        let mut old = self.items(folder, before)?.into_iter().peekable();
        let mut new = self.items(folder, after)?.into_iter().peekable();
        loop {
            let sides = match (old.peek(), new.peek()) {
                (None, None) => return Ok(()),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(a), Some(b)) => order((&a.name, a.kind()), (&b.name, b.kind())),
            };
            let then = if sides.is_le() { old.next() } else { None };
            let now = if sides.is_ge() { new.next() } else { None };
            self.compare_items(folder, then, now, depth)?;
        }
    }

    fn compare_items(
        &mut self,
        folder: &RepoPath,
        then: Option<Item<'a>>,
        now: Option<Item<'a>>,
        depth: usize,
    ) -> Result<(), VcsError> {
        let Some(name) = then.as_ref().or(now.as_ref()).map(|item| item.name.as_slice()) else {
            return Ok(());
        };
        // Most folders are alike; their paths are not even written.
        if let (Some(Item { what: What::Folder(a), .. }), Some(Item { what: What::Folder(b), .. })) =
            (&then, &now)
            && a.name().is_some()
            && a.name() == b.name()
        {
            return Ok(());
        }
        let path = joined(folder, name);
        let (old_file, old_folder) = parted(then, &path);
        let (new_file, new_folder) = parted(now, &path);
        if old_file != new_file && is_wanted(self.prefixes, &path) {
            self.found.insert(path.clone(), (old_file, new_file));
        }
        if old_folder.is_some() || new_folder.is_some() {
            self.compare(&path, old_folder.as_ref(), new_folder.as_ref(), depth + 1)?;
        }
        Ok(())
    }

    fn is_worth_entering(&self, folder: &RepoPath) -> bool {
        is_wanted(self.prefixes, folder)
            || self.prefixes.iter().any(|prefix| prefix.is_below(folder))
    }

    fn items(&self, folder: &RepoPath, node: Option<&Node<'a>>) -> Result<Vec<Item<'a>>, VcsError> {
        match node {
            None => Ok(Vec::new()),
            Some(Node::Tree(name)) => {
                let tree = self.store.tree(*name)?;
                let items = tree.iter().map(|(name, item)| Item {
                    name: name.to_vec(),
                    what: match item.entry {
                        Entry::File(mode) => What::File(mode, item.object),
                        Entry::Folder => What::Folder(Node::Tree(item.object)),
                    },
                });
                Ok(items.collect())
            }
            Some(Node::Staged(range, cached)) => Ok(self.staged(folder, range.clone(), *cached)),
        }
    }

    /// Groups entries of the index by the folder's direct children.
    fn staged(
        &self,
        folder: &RepoPath,
        range: Range<usize>,
        cached: Option<&'a CachedTree>,
    ) -> Vec<Item<'a>> {
        let Some(index) = self.index else { return Vec::new() };
        let entries = index.entries();
        let skip = if folder.is_root() { 0 } else { folder.as_bytes().len() + 1 };
        let mut items = Vec::new();
        let mut at = range.start;
        while let Some(entry) = entries.get(at).filter(|_| at < range.end) {
            let rest = entry.path(index).get(skip..).unwrap_or_default();
            match rest.iter().position(|byte| *byte == b'/') {
                Some(end) if entry.mode == IndexMode::DIR && end + 1 == rest.len() => {
                    let name = rest.get(..end).unwrap_or_default().to_vec();
                    let tree = Node::Tree(from_gix(&entry.id));
                    items.push(Item { name, what: What::Folder(tree) });
                    at += 1;
                }
                Some(end) => {
                    let name = rest.get(..end).unwrap_or_default();
                    let child = cached.and_then(|tree| child_of(tree, name));
                    let prefix = entry.path(index).get(..=skip + end).unwrap_or_default();
                    let next = end_of(index, at..range.end, prefix, child);
                    let node = Node::Staged(at..next, child);
                    items.push(Item { name: name.to_vec(), what: What::Folder(node) });
                    at = next;
                }
                None => {
                    if let Some((Entry::File(mode), id)) = recorded(entry) {
                        items.push(Item { name: rest.to_vec(), what: What::File(mode, id) });
                    }
                    at += 1;
                }
            }
        }
        items
    }
}

fn parted<'a>(item: Option<Item<'a>>, path: &RepoPath) -> (Option<File>, Option<Node<'a>>) {
    match item.map(|item| item.what) {
        Some(What::File(mode, id)) => (Some(tracked((path.clone(), mode, id))), None),
        Some(What::Folder(node)) => (None, Some(node)),
        None => (None, None),
    }
}

fn child_of<'a>(tree: &'a CachedTree, name: &[u8]) -> Option<&'a CachedTree> {
    let found = tree.children.binary_search_by(|child| child.name.as_slice().cmp(name));
    tree.children.get(found.ok()?)
}

/// Finds the first entry behind those that start with `prefix`.
fn end_of(index: &State, range: Range<usize>, prefix: &[u8], cached: Option<&CachedTree>) -> usize {
    let entries = index.entries();
    let within = |at: usize| {
        at < range.end && entries.get(at).is_some_and(|entry| entry.path(index).starts_with(prefix))
    };
    // The cache tree mostly knows how many there are, but nobody vouches for it.
    let hint = cached.and_then(|tree| tree.num_entries).and_then(|n| usize::try_from(n).ok());
    if let Some(end) = hint.filter(|n| *n > 0).and_then(|n| range.start.checked_add(n))
        && within(end - 1)
        && !within(end)
    {
        return end;
    }
    let tail = entries.get(range.clone()).unwrap_or_default();
    let count = tail.partition_point(|entry| entry.path(index).starts_with(prefix));
    // At least the entry that the prefix was taken from, or the walk would not end.
    range.start + count.max(1)
}
