//! Chains of references, and the walk that finds the shortest.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

use super::graph::Edge;
use crate::ident::EntryName;

/// A chain of references, shown as `fragment/a → prompt/b → suite/c`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path {
    /// The entries, from where the walk began.
    pub names: Vec<EntryName>,
    /// The references between them, one fewer.
    pub edges: Vec<Edge>,
}

impl Path {
    /// Makes the chain of one entry.
    #[must_use]
    pub fn start(name: EntryName) -> Self {
        Self { names: vec![name], edges: Vec::new() }
    }

    fn longer(&self, edge: &Edge, end: &EntryName) -> Self {
        let mut longer = self.clone();
        longer.names.push(end.clone());
        longer.edges.push(edge.clone());
        longer
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.names.iter().map(ToString::to_string).collect();
        f.write_str(&names.join(" → "))
    }
}

/// Follows edges from `of`, breadth first; `end` is the far end of an edge.
///
/// Of chains of one length the first counts, by the order of `of` and of the edges.
pub(super) fn walk(
    edges: &BTreeMap<&EntryName, Vec<&Edge>>,
    end: fn(&Edge) -> Option<&EntryName>,
    of: &BTreeSet<EntryName>,
) -> BTreeMap<EntryName, Path> {
    let mut found: BTreeMap<EntryName, Path> = BTreeMap::new();
    let mut open: VecDeque<Path> = of.iter().cloned().map(Path::start).collect();
    while let Some(path) = open.pop_front() {
        let from = path.names.last().and_then(|name| edges.get(name));
        for edge in from.into_iter().flatten() {
            if let Some(name) = end(edge)
                && !of.contains(name)
                && !found.contains_key(name)
            {
                let longer = path.longer(edge, name);
                found.insert(name.clone(), longer.clone());
                open.push_back(longer);
            }
        }
    }
    found
}
