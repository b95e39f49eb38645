//! A branch along first parents, and what each of its commits changed.
//!
//! Made for branches of many small commits: a commit is read once, and a tree that two neighbours
//! share is read once and held no longer than both are looked at.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::sync::Arc;

use gix::objs::tree::EntryRef;
use gix::objs::{CommitRefIter, TreeRefIter};
use rayon::prelude::*;

use super::error::VcsError;
use super::history::shallow_edges;
use super::open::Repository;
use super::store::{DEEPEST, Kind, Store, from_gix, joined, lock, missing, to_gix};
use crate::path::RepoPath;
use crate::snapshot::{ObjectName, ReadFault};

/// Commits that one thread compares in a row.
const STRETCH: usize = 256;

/// A commit on the way along first parents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its name.
    pub commit: ObjectName,
    /// Its tree.
    pub tree: ObjectName,
    /// Its parents.
    pub parents: Vec<ObjectName>,
    /// When it was committed, in seconds since 1970.
    pub time_seconds: i64,
}

/// Where the way along first parents ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// At the commit that was to end it.
    Stop,
    /// At a commit without parents.
    Root,
    /// Where a shallow clone cut history off.
    Cut,
}

/// A branch along first parents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its commits, the newest first.
    pub steps: Vec<Step>,
    /// Where it ended.
    pub end: End,
}

/// A path that a commit changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Touched {
    /// The path of a file.
    pub path: RepoPath,
    /// Its blob in the first parent; `None` where the commit added it.
    pub before: Option<ObjectName>,
    /// Its blob in the commit; `None` where the commit removed it. The same as before where only
    /// the file's mode changed.
    pub after: Option<ObjectName>,
}

/// Which commits brought files to what they were, for each path the newest first.
pub type Arrivals = BTreeMap<RepoPath, Vec<ObjectName>>;

impl Repository {
    /// Lists a branch from its tip along first parents. `stop` ends it and is not in it.
    ///
    /// # Errors
    /// When a commit cannot be read.
    pub fn first_parents(
        &self,
        tip: ObjectName,
        stop: Option<ObjectName>,
    ) -> Result<Line, VcsError> {
        self.newest(tip, stop, usize::MAX)
    }

    /// Returns the commits along first parents, from `tip` backwards, at which files at and below
    /// `folder` came to be what they were. Only the newest `most` commits are looked at; what is
    /// older, or cut off by a shallow clone, is not known. The answer for a tip is remembered.
    ///
    /// # Errors
    /// When a commit or tree cannot be read.
    pub fn arrivals(
        &self,
        tip: ObjectName,
        folder: &RepoPath,
        most: usize,
    ) -> Result<Arc<Arrivals>, VcsError> {
        // Not under the lock: a thread that waits for the others' share takes up other work
        // meanwhile, which may ask here too. Whoever asks at the same time computes the same.
        let question = (tip, folder.clone(), most);
        if let Some(arrivals) = lock(&self.store.arrivals).get(&question) {
            return Ok(Arc::clone(arrivals));
        }
        let steps = self.newest(tip, None, most)?.steps;
        let mut arrivals = Arrivals::new();
        for (step, touched) in steps.iter().zip(self.touched_below(&steps, folder)?) {
            for touched in touched.into_iter().filter(|touched| touched.after.is_some()) {
                arrivals.entry(touched.path).or_default().push(step.commit);
            }
        }
        let mut known = lock(&self.store.arrivals);
        Ok(Arc::clone(known.entry(question).or_insert_with(|| Arc::new(arrivals))))
    }

    /// Lists a branch as [`Repository::first_parents`] does, but no more than `most` commits; behind
    /// those it counts as cut off.
    ///
    /// # Errors
    /// When a commit cannot be read.
    pub fn newest(
        &self,
        tip: ObjectName,
        stop: Option<ObjectName>,
        most: usize,
    ) -> Result<Line, VcsError> {
        let cut = shallow_edges(&self.store)?;
        let mut steps = Vec::new();
        let mut next = tip;
        let end = loop {
            if Some(next) == stop {
                break End::Stop;
            }
            let this = step(&self.store, next)?;
            let parent = this.parents.first().copied();
            steps.push(this);
            match parent {
                None => break End::Root,
                Some(_) if cut.contains(&next) || steps.len() >= most => break End::Cut,
                Some(parent) => next = parent,
            }
        };
        Ok(Line { steps, end })
    }

    /// Lists the commits that any of `tips` has, each once: the newest first, as far as no commit
    /// comes before one of its children, whatever their clocks said.
    ///
    /// # Errors
    /// When a commit cannot be read.
    pub fn reachable(
        &self,
        tips: impl IntoIterator<Item = ObjectName>,
    ) -> Result<Vec<Step>, VcsError> {
        let cut = shallow_edges(&self.store)?;
        let mut steps = BTreeMap::new();
        let mut open: Vec<ObjectName> = tips.into_iter().collect();
        while let Some(commit) = open.pop() {
            if steps.contains_key(&commit) {
                continue;
            }
            let step = step(&self.store, commit)?;
            if !cut.contains(&commit) {
                open.extend(&step.parents);
            }
            steps.insert(commit, step);
        }
        Ok(parents_last(steps))
    }

    /// Reads a commit's tree, parents and time.
    ///
    /// # Errors
    /// When the commit cannot be read.
    pub fn step(&self, commit: ObjectName) -> Result<Step, VcsError> {
        step(&self.store, commit)
    }

    /// Returns what each of the commits changed against its first parent, in the order of the
    /// commits, each sorted by path. Against no parent, or one that a shallow clone left behind,
    /// everything is new.
    ///
    /// # Errors
    /// When a commit or tree cannot be read.
    pub fn touched(&self, steps: &[Step]) -> Result<Vec<Vec<Touched>>, VcsError> {
        self.touched_below(steps, &RepoPath::default())
    }

    /// Returns the same at and below a folder.
    ///
    /// # Errors
    /// When a commit or tree cannot be read.
    pub fn touched_below(
        &self,
        steps: &[Step],
        folder: &RepoPath,
    ) -> Result<Vec<Vec<Touched>>, VcsError> {
        let cut = shallow_edges(&self.store)?;
        let way = Way { store: &self.store, steps, folder, cut: &cut };
        let stretches: Vec<usize> = (0..steps.len()).step_by(STRETCH).collect();
        let found: Result<Vec<_>, VcsError> =
            stretches.into_par_iter().map(|start| way.compare_stretch(start)).collect();
        Ok(found?.into_iter().flatten().collect())
    }

    /// Reads a blob of at most `limit` bytes by its name.
    ///
    /// # Errors
    /// When it is missing, larger, or no blob.
    pub fn blob(&self, name: ObjectName, limit: u64) -> Result<Vec<u8>, ReadFault> {
        self.store.blob(&RepoPath::from(name.to_string().as_str()), name, limit)
    }
}

/// Puts commits in order: of those whose children were all taken, the newest comes next.
fn parents_last(mut steps: BTreeMap<ObjectName, Step>) -> Vec<Step> {
    let mut children: BTreeMap<ObjectName, usize> = BTreeMap::new();
    for parent in steps.values().flat_map(|step| &step.parents) {
        *children.entry(*parent).or_default() += 1;
    }
    let key = |step: &Step| (step.time_seconds, Reverse(step.commit));
    let free = steps.values().filter(|step| !children.contains_key(&step.commit));
    let mut open: BinaryHeap<(i64, Reverse<ObjectName>)> = free.map(key).collect();
    let mut sorted = Vec::with_capacity(steps.len());
    while let Some((_, Reverse(commit))) = open.pop() {
        let Some(step) = steps.remove(&commit) else { continue };
        for parent in &step.parents {
            let Some(left) = children.get_mut(parent) else { continue };
            *left = left.saturating_sub(1);
            if let (0, Some(parent)) = (*left, steps.get(parent)) {
                open.push(key(parent));
            }
        }
        sorted.push(step);
    }
    sorted
}

fn step(store: &Store, commit: ObjectName) -> Result<Step, VcsError> {
    let bytes = store.object(commit, Kind::Commit)?;
    let hash = to_gix(commit)?.kind();
    let fields = || CommitRefIter::from_bytes(&bytes, hash);
    let tree = fields().tree_id().map_err(VcsError::git("a commit"))?;
    let committer = fields().committer().map_err(VcsError::git("a commit"))?;
    Ok(Step {
        commit,
        tree: from_gix(&tree),
        parents: fields().parent_ids().map(|id| from_gix(&id)).collect(),
        time_seconds: committer.seconds(),
    })
}

/// Commits that are compared with their first parents, at and below a folder.
struct Way<'a> {
    store: &'a Store,
    steps: &'a [Step],
    folder: &'a RepoPath,
    cut: &'a BTreeSet<ObjectName>,
}

impl Way<'_> {
    fn compare_stretch(&self, start: usize) -> Result<Vec<Vec<Touched>>, VcsError> {
        let store = self.store;
        let mut comparison = Comparison { store, trees: Trees::default(), found: Vec::new() };
        let mut all = Vec::new();
        for (at, this) in self.steps.iter().enumerate().skip(start).take(STRETCH) {
            let parent = this.parents.first().filter(|_| !self.cut.contains(&this.commit));
            let before = match (parent, self.steps.get(at + 1)) {
                (None, _) => None,
                // Mostly the next step is the parent.
                (Some(parent), Some(next)) if next.commit == *parent => Some(next.tree),
                (Some(parent), _) => Some(store.tree_of(*parent)?.ok_or_else(|| missing(*parent))?),
            };
            comparison.trees.turn();
            let before = before.map(|tree| comparison.below(tree, self.folder)).transpose()?;
            let after = comparison.below(this.tree, self.folder)?;
            comparison.folders(self.folder, before.flatten(), after, 0)?;
            comparison.found.sort();
            all.push(std::mem::take(&mut comparison.found));
        }
        Ok(all)
    }
}

/// Bytes of trees that this comparison and the one before read.
#[derive(Default)]
struct Trees {
    now: BTreeMap<ObjectName, Arc<Vec<u8>>>,
    then: BTreeMap<ObjectName, Arc<Vec<u8>>>,
}

impl Trees {
    /// Begins the next comparison.
    fn turn(&mut self) {
        self.then = std::mem::take(&mut self.now);
    }

    fn get(&mut self, store: &Store, name: ObjectName) -> Result<Arc<Vec<u8>>, VcsError> {
        if let Some(tree) = self.now.get(&name) {
            return Ok(Arc::clone(tree));
        }
        let tree = match self.then.remove(&name) {
            Some(tree) => tree,
            None if to_gix(name)?.is_empty_tree() => Arc::default(),
            None => Arc::new(store.object(name, Kind::Tree)?),
        };
        self.now.insert(name, Arc::clone(&tree));
        Ok(tree)
    }
}

struct Comparison<'a> {
    store: &'a Store,
    trees: Trees,
    found: Vec<Touched>,
}

impl Comparison<'_> {
    /// Returns the tree of a folder; `None` where there is none.
    fn below(
        &mut self,
        root: ObjectName,
        folder: &RepoPath,
    ) -> Result<Option<ObjectName>, VcsError> {
        let mut at = root;
        for name in folder.segments() {
            let bytes = self.trees.get(self.store, at)?;
            let mut entries = entries(&bytes, Some(at))?.into_iter();
            match entries.find(|entry| entry.filename == name && entry.mode.is_tree()) {
                Some(entry) => at = from_gix(entry.oid),
                None => return Ok(None),
            }
        }
        Ok(Some(at))
    }

    fn folders(
        &mut self,
        folder: &RepoPath,
        before: Option<ObjectName>,
        after: Option<ObjectName>,
        depth: usize,
    ) -> Result<(), VcsError> {
        if before == after {
            return Ok(());
        }
        if depth > DEEPEST {
            let cause = format!("`{folder}` lies too deep");
            return Err(VcsError::Git { what: "a tree", cause });
        }
        let old = self.bytes(before)?;
        let new = self.bytes(after)?;
        let mut old = entries(&old, before)?.into_iter().peekable();
        let mut new = entries(&new, after)?.into_iter().peekable();
        loop {
            // NOTE: where somebody wrote a tree out of order, an entry shows as removed and added
            // again. None is passed over.
            let sides = match (old.peek(), new.peek()) {
                (None, None) => return Ok(()),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(a), Some(b)) => a.cmp(b),
            };
            let then = if sides.is_le() { old.next() } else { None };
            let now = if sides.is_ge() { new.next() } else { None };
            self.entries(folder, then, now, depth)?;
        }
    }

    fn entries(
        &mut self,
        folder: &RepoPath,
        then: Option<EntryRef<'_>>,
        now: Option<EntryRef<'_>>,
        depth: usize,
    ) -> Result<(), VcsError> {
        let same = |a: &EntryRef<'_>, b: &EntryRef<'_>| a.oid == b.oid && a.mode == b.mode;
        if let (Some(a), Some(b)) = (&then, &now)
            && same(a, b)
        {
            return Ok(());
        }
        let Some(name) = then.as_ref().or(now.as_ref()).map(|entry| entry.filename) else {
            return Ok(());
        };
        let path = joined(folder, name);
        let part = |entry: Option<EntryRef<'_>>, trees: bool| {
            entry.filter(|entry| entry.mode.is_tree() == trees).map(|entry| from_gix(entry.oid))
        };
        let (before, after) = (part(then, false), part(now, false));
        if before.is_some() || after.is_some() {
            self.found.push(Touched { path: path.clone(), before, after });
        }
        self.folders(&path, part(then, true), part(now, true), depth + 1)
    }

    fn bytes(&mut self, tree: Option<ObjectName>) -> Result<Arc<Vec<u8>>, VcsError> {
        tree.map_or_else(|| Ok(Arc::default()), |tree| self.trees.get(self.store, tree))
    }
}

fn entries(bytes: &[u8], tree: Option<ObjectName>) -> Result<Vec<EntryRef<'_>>, VcsError> {
    let Some(tree) = tree else { return Ok(Vec::new()) };
    let entries = TreeRefIter::from_bytes(bytes, to_gix(tree)?.kind());
    entries.collect::<Result<_, _>>().map_err(VcsError::git("a tree"))
}
