//! The graph: every entry, and every reference from one to another.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize as _;
use serde_json::Value;

use super::circle::circles;
use super::path::{Path, walk};
use crate::ident::{EntryName, EntryRef};
use crate::registry::common::Status;
use crate::registry::index::Index;
use crate::registry::reference::{Reference, Role, references};
use crate::snapshot::ReadFault;
use crate::yaml::Document;

/// An entry of the graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The version as written.
    pub version: Option<String>,
    /// Where the entry stands in its life; `None` where its file cannot be read, so that nobody
    /// knows what it uses.
    pub status: Option<Status>,
}

impl Node {
    fn read(document: Option<&Document>) -> Self {
        let Some(value) = document.map(Document::value) else {
            return Self { version: None, status: None };
        };
        let version = match value.get("version") {
            Some(Value::String(text)) => Some(text.clone()),
            Some(number @ Value::Number(_)) => Some(number.to_string()),
            _ => None,
        };
        let status = value.get("status").and_then(|status| Status::deserialize(status).ok());
        Self { version, status: Some(status.unwrap_or_default()) }
    }

    /// Returns the word that sets the entry apart from one in use.
    #[must_use]
    pub const fn mark(&self) -> Option<&'static str> {
        match self.status {
            Some(Status::Active) => None,
            Some(Status::Draft) => Some("draft"),
            Some(Status::Deprecated) => Some("deprecated"),
            Some(Status::Removed) => Some("removed"),
            None => Some("unreadable"),
        }
    }
}

/// Where a reference leads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// To this entry.
    Entry(EntryName),
    /// To an entry that is not there.
    Missing(EntryName),
    /// Nowhere: the text is no reference, or names no kind.
    Nothing,
}

impl Target {
    /// Returns the name that was meant, whether or not there is such an entry.
    #[must_use]
    pub const fn name(&self) -> Option<&EntryName> {
        match self {
            Self::Entry(name) | Self::Missing(name) => Some(name),
            Self::Nothing => None,
        }
    }

    /// Returns the entry, where there is one.
    #[must_use]
    pub const fn entry(&self) -> Option<&EntryName> {
        match self {
            Self::Entry(name) => Some(name),
            Self::Missing(_) | Self::Nothing => None,
        }
    }
}

/// A reference from one entry to another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// The entry that uses the other one.
    pub from: EntryName,
    /// What it uses.
    pub to: Target,
    /// What for.
    pub role: Role,
    /// The reference as written.
    pub written: String,
    /// Its place in the file.
    pub pointer: String,
}

impl Edge {
    /// Says whether a change of what is used changes how the user of it acts, or how it is measured.
    ///
    /// A link only points, and an entry acts the same whatever will take its place.
    #[must_use]
    pub const fn carries_impact(&self) -> bool {
        !matches!(self.role, Role::Link | Role::ReplacedBy)
    }

    /// Returns the role with its slot and the version that is asked for: `model`, `@^1.4`.
    #[must_use]
    pub fn label(&self) -> Vec<String> {
        let mut label = vec![self.role.word().to_owned()];
        label.extend(self.role.slot().map(ToOwned::to_owned));
        if let (Some(_), Some((_, version))) = (self.to.name(), self.written.rsplit_once('@')) {
            label.push(format!("@{version}"));
        }
        label
    }

    /// Returns what the reference leads to as text: the entry's name, or what was written.
    #[must_use]
    pub fn end(&self) -> String {
        self.to.name().map_or_else(|| self.written.clone(), ToString::to_string)
    }
}

/// Entries and the references between them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Graph {
    nodes: BTreeMap<EntryName, Node>,
    edges: Vec<Edge>,
}

impl Graph {
    /// Makes the graph of every entry of a tree; a document is `None` where it cannot be read.
    ///
    /// References are taken from the documents as they are written, so that one bad value hides no
    /// other. `index` is that of the same tree and answers for aliases.
    ///
    /// # Errors
    /// When an alias is looked up and the tree cannot be read.
    pub fn build(
        entries: &[(EntryName, Option<Document>)],
        index: &Index<'_>,
    ) -> Result<Self, ReadFault> {
        let nodes: BTreeMap<EntryName, Node> = entries
            .iter()
            .map(|(name, document)| (name.clone(), Node::read(document.as_ref())))
            .collect();
        let mut edges = Vec::new();
        for (name, document) in entries {
            let Some(document) = document else { continue };
            for reference in references(name.kind, document.value()) {
                let to = target(&reference, &nodes, index)?;
                let Reference { pointer, text: written, role, .. } = reference;
                edges.push(Edge { from: name.clone(), to, role, written, pointer });
            }
        }
        edges.sort();
        Ok(Self { nodes, edges })
    }

    /// Returns the entries, sorted by name.
    #[must_use]
    pub const fn nodes(&self) -> &BTreeMap<EntryName, Node> {
        &self.nodes
    }

    /// Returns the references, sorted by the entry that makes them.
    #[must_use]
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// Iterates over entries whose file cannot be read: what they use is not in the graph.
    pub fn unreadable(&self) -> impl Iterator<Item = &EntryName> {
        self.nodes.iter().filter(|(_, node)| node.status.is_none()).map(|(name, _)| name)
    }

    /// Returns what references ask for and is not there: names, or the text where it is no name.
    #[must_use]
    pub fn missing(&self) -> BTreeSet<String> {
        self.edges.iter().filter(|edge| edge.to.entry().is_none()).map(Edge::end).collect()
    }

    /// Returns what a change of `of` reaches, each with a shortest chain from there.
    ///
    /// A name that leads to no entry is followed from the references that miss it, so that a deletion
    /// reaches whoever still asks for it. Members of `of` themselves are left out.
    #[must_use]
    pub fn dependents(&self, of: &BTreeSet<EntryName>) -> BTreeMap<EntryName, Path> {
        walk(&self.users(), |edge| Some(&edge.from), of)
    }

    /// Returns what `of` acts upon, each with a shortest chain from there.
    #[must_use]
    pub fn dependencies(&self, of: &BTreeSet<EntryName>) -> BTreeMap<EntryName, Path> {
        walk(&self.used(), |edge| edge.to.entry(), of)
    }

    /// Returns the part of the graph around some entries: what they act upon, what a change of them
    /// reaches, and what else they name or are named by.
    #[must_use]
    pub fn around(&self, of: &BTreeSet<EntryName>) -> Self {
        let mut kept = of.clone();
        kept.extend(self.dependents(of).into_keys());
        kept.extend(self.dependencies(of).into_keys());
        for edge in self.edges.iter().filter(|edge| !edge.carries_impact()) {
            if let Some(to) = edge.to.entry()
                && (of.contains(to) || of.contains(&edge.from))
            {
                kept.extend([to.clone(), edge.from.clone()]);
            }
        }
        let stays = |name: &EntryName| kept.contains(name);
        let nodes = self.nodes.iter().filter(|(name, _)| stays(name));
        let edges =
            self.edges.iter().filter(|edge| stays(&edge.from) && edge.to.entry().is_none_or(stays));
        Self {
            nodes: nodes.map(|(name, node)| (name.clone(), node.clone())).collect(),
            edges: edges.cloned().collect(),
        }
    }

    /// Returns the groups of entries that use each other in a circle, sorted.
    #[must_use]
    pub fn cycles(&self) -> Vec<Vec<EntryName>> {
        let edges = self.edges.iter().filter(|edge| edge.carries_impact());
        circles(edges.filter_map(|edge| Some((&edge.from, edge.to.entry()?))))
    }

    /// The edges that carry impact, by the name that they lead to.
    pub(super) fn users(&self) -> BTreeMap<&EntryName, Vec<&Edge>> {
        self.by(|edge| edge.to.name())
    }

    /// The edges that carry impact, by the entry that they come from.
    fn used(&self) -> BTreeMap<&EntryName, Vec<&Edge>> {
        self.by(|edge| Some(&edge.from))
    }

    fn by<'a>(
        &'a self,
        end: fn(&'a Edge) -> Option<&'a EntryName>,
    ) -> BTreeMap<&'a EntryName, Vec<&'a Edge>> {
        let mut edges: BTreeMap<&EntryName, Vec<&Edge>> = BTreeMap::new();
        for edge in self.edges.iter().filter(|edge| edge.carries_impact()) {
            if let Some(name) = end(edge) {
                edges.entry(name).or_default().push(edge);
            }
        }
        edges
    }
}

fn target(
    reference: &Reference,
    nodes: &BTreeMap<EntryName, Node>,
    index: &Index<'_>,
) -> Result<Target, ReadFault> {
    let Ok(written) = reference.text.parse::<EntryRef>() else { return Ok(Target::Nothing) };
    let Some(kind) = written.kind.or(reference.kind) else { return Ok(Target::Nothing) };
    let name = EntryName::new(kind, written.id);
    if nodes.contains_key(&name) {
        return Ok(Target::Entry(name));
    }
    let found = index.resolve(kind, &name.id)?;
    Ok(found.map_or(Target::Missing(name), Target::Entry))
}
