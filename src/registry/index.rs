//! Names of a tree: which entry an id or alias leads to, and which versions it has.
//!
//! Ids are found by path alone. Aliases stand inside files, so the files of one kind are read once,
//! and only when an id was not found by path.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use rayon::prelude::*;

use super::changelog;
use super::facts::Facts;
use super::layout::{Layout, Placed};
use super::reference::Role;
use crate::ident::{EntryId, EntryName, EntryRef, Kind, Wanted};
use crate::path::RepoPath;
use crate::snapshot::{ReadFault, Snapshot};
use crate::source::SourceFile;
use crate::version::Version;
use crate::yaml::{self, Document};

/// A name and the entries that carry it as an alias.
type Aliases = BTreeMap<String, Vec<EntryName>>;

/// What the composites of a tree pin exactly beside each of their members.
type Beside = BTreeMap<EntryName, BTreeSet<EntryName>>;

/// The names of a tree.
pub struct Index<'a> {
    layout: &'a Layout,
    snapshot: &'a dyn Snapshot,
    aliases: BTreeMap<Kind, OnceLock<Aliases>>,
    facts: RwLock<BTreeMap<EntryName, Arc<Facts>>>,
    beside: OnceLock<Beside>,
}

/// What a reference can be compared with.
#[derive(Debug, Clone)]
pub struct Target {
    /// The entry.
    pub name: EntryName,
    /// The versions that are known from the entry and its changelog, newest first.
    pub versions: Vec<Version>,
    /// Those of them that were withdrawn.
    pub withdrawn: Vec<Version>,
}

impl<'a> Index<'a> {
    /// Makes an index; nothing is read yet.
    #[must_use]
    pub fn new(layout: &'a Layout, snapshot: &'a dyn Snapshot) -> Self {
        let aliases = Kind::ALL.into_iter().map(|kind| (kind, OnceLock::new())).collect();
        Self { layout, snapshot, aliases, facts: RwLock::default(), beside: OnceLock::new() }
    }

    /// Returns where things lie in the tree.
    #[must_use]
    pub const fn layout(&self) -> &'a Layout {
        self.layout
    }

    /// Returns the tree.
    #[must_use]
    pub fn snapshot(&self) -> &'a dyn Snapshot {
        self.snapshot
    }

    /// Finds the entry that an id or alias leads to.
    ///
    /// # Errors
    /// When the tree cannot be read.
    pub fn resolve(&self, kind: Kind, id: &EntryId) -> Result<Option<EntryName>, ReadFault> {
        let name = EntryName::new(kind, id.clone());
        if self.layout.find(self.snapshot, &name)?.is_some() {
            return Ok(Some(name));
        }
        Ok(self.holders(kind, id.as_str())?.first().cloned())
    }

    /// Returns the entries of a kind that carry `alias`, sorted.
    ///
    /// # Errors
    /// When the tree cannot be read.
    pub fn holders(&self, kind: Kind, alias: &str) -> Result<&[EntryName], ReadFault> {
        let Some(cell) = self.aliases.get(&kind) else { return Ok(&[]) };
        let aliases = if let Some(aliases) = cell.get() {
            aliases
        } else {
            let read = self.read_aliases(kind)?;
            cell.get_or_init(|| read)
        };
        Ok(aliases.get(alias).map_or(&[], Vec::as_slice))
    }

    /// Returns the versions that an entry is known to have.
    ///
    /// # Errors
    /// When the tree cannot be read.
    pub fn target(&self, name: &EntryName) -> Result<Target, ReadFault> {
        Ok(target_in(name, self.document_of(name)?.as_ref()))
    }

    /// Reads the document of an entry; `None` where there is none, or no YAML.
    fn document_of(&self, name: &EntryName) -> Result<Option<Document>, ReadFault> {
        match self.layout.find(self.snapshot, name)? {
            Some(path) => self.document(&path),
            None => Ok(None),
        }
    }

    /// Returns what those who use an entry have to know of it; each entry is read once.
    ///
    /// # Errors
    /// When the tree cannot be read.
    pub fn facts(&self, name: &EntryName) -> Result<Arc<Facts>, ReadFault> {
        // A thread that died has not left a half-written fact behind.
        let known = self.facts.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(facts) = known.get(name) {
            return Ok(Arc::clone(facts));
        }
        drop(known);
        let document = self.document_of(name)?;
        let versions = target_in(name, document.as_ref()).versions;
        let facts = Arc::new(Facts::read(name.kind, document.as_ref(), versions));
        let mut known = self.facts.write().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(known.entry(name.clone()).or_insert(facts)))
    }

    /// Says whether a composite that has `member` pins `name` to an exact version, so that the member
    /// runs with that one whatever its own reference leaves open. Composites are read once.
    ///
    /// # Errors
    /// When the tree cannot be read.
    pub fn is_pinned_beside(
        &self,
        member: &EntryName,
        name: &EntryName,
    ) -> Result<bool, ReadFault> {
        let beside = if let Some(beside) = self.beside.get() {
            beside
        } else {
            let read = self.read_pins()?;
            self.beside.get_or_init(|| read)
        };
        Ok(beside.get(member).is_some_and(|pinned| pinned.contains(name)))
    }

    fn read_pins(&self) -> Result<Beside, ReadFault> {
        let files = self.snapshot.list(&self.layout.kind_folder(Kind::Composite))?;
        let mut beside = Beside::new();
        for file in files {
            let Placed::Entry { name, .. } = self.layout.place(&file.path) else { continue };
            let (mut members, mut pinned) = (BTreeSet::new(), BTreeSet::new());
            for reference in &self.facts(&name)?.references {
                let Role::Member(_) = reference.role else { continue };
                let Ok(read) = reference.text.parse::<EntryRef>() else { continue };
                let Some(kind) = read.kind.or(reference.kind) else { continue };
                let Some(found) = self.resolve(kind, &read.id)? else { continue };
                if matches!(read.wanted, Wanted::Exact(_)) {
                    pinned.insert(found.clone());
                }
                members.insert(found);
            }
            for member in members {
                beside.entry(member).or_default().extend(pinned.iter().cloned());
            }
        }
        Ok(beside)
    }

    /// Reads a YAML file of the tree; `None` where it is missing or cannot be read.
    ///
    /// # Errors
    /// When the tree cannot be read.
    pub fn document(&self, path: &RepoPath) -> Result<Option<Document>, ReadFault> {
        let Some(file) = self.snapshot.file(path)? else { return Ok(None) };
        let bytes = match self.snapshot.read(&file, yaml::MAX_BYTES) {
            Ok(bytes) => bytes,
            Err(ReadFault::TooLarge { .. }) => return Ok(None),
            Err(fault) => return Err(fault),
        };
        let Ok(text) = String::from_utf8(bytes) else { return Ok(None) };
        Ok(Document::parse(SourceFile::new(path.clone(), text)).0)
    }

    fn read_aliases(&self, kind: Kind) -> Result<Aliases, ReadFault> {
        let files = self.snapshot.list(&self.layout.kind_folder(kind))?;
        let entries: Vec<_> = files
            .into_iter()
            .filter_map(|file| match self.layout.place(&file.path) {
                Placed::Entry { name, .. } => Some((name, file)),
                _ => None,
            })
            .collect();
        let read: Result<Vec<Vec<(String, EntryName)>>, ReadFault> = entries
            .par_iter()
            .map(|(name, file)| {
                let bytes = match self.snapshot.read(file, yaml::MAX_BYTES) {
                    Ok(bytes) => bytes,
                    Err(ReadFault::TooLarge { .. }) => return Ok(Vec::new()),
                    Err(fault) => return Err(fault),
                };
                Ok(aliases_of(&bytes, &file.path).into_iter().map(|a| (a, name.clone())).collect())
            })
            .collect();
        let mut aliases = Aliases::new();
        for (alias, name) in read?.into_iter().flatten() {
            aliases.entry(alias).or_default().push(name);
        }
        Ok(aliases)
    }
}

/// Returns the versions that an entry's document tells.
fn target_in(name: &EntryName, document: Option<&Document>) -> Target {
    let (mut versions, mut withdrawn) = (Vec::new(), Vec::new());
    if let Some(document) = document {
        let written = document.value().get("version").and_then(serde_json::Value::as_str);
        versions.extend(written.and_then(|text| text.parse().ok()));
        versions.extend(changelog::versions(document.value()));
        withdrawn = changelog::withdrawn(document.value());
    }
    versions.sort_by(|a: &Version, b| b.cmp(a));
    versions.dedup();
    Target { name: name.clone(), versions, withdrawn }
}

/// Reads the aliases of one entry file; most files have none and are not parsed.
fn aliases_of(bytes: &[u8], path: &RepoPath) -> Vec<String> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Vec::new() };
    if !text.contains("aliases") {
        return Vec::new();
    }
    let (document, _) = Document::parse(SourceFile::new(path.clone(), text.to_owned()));
    let Some(document) = document else { return Vec::new() };
    let aliases = document.value().get("aliases").and_then(serde_json::Value::as_array);
    aliases.into_iter().flatten().filter_map(|a| a.as_str().map(ToOwned::to_owned)).collect()
}
