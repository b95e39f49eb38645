//! What a change touches: from changed paths to entries, policies and configuration.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::ident::{EntryName, IdentFault, Kind};
use crate::path::RepoPath;
use crate::registry::layout::{Form, Layout, Placed};
use crate::schema::PolicyName;
use crate::snapshot::{File, Mode, ReadFault, Snapshot};

/// What a set of paths amounts to.
#[derive(Debug, Default)]
pub(super) struct Touched {
    /// Entries, by their file or by one of their payloads.
    pub(super) entries: BTreeSet<EntryName>,
    /// Policy files, by stem.
    pub(super) policies: BTreeMap<RepoPath, String>,
    /// Entry files whose path makes no id.
    pub(super) misnamed: BTreeMap<RepoPath, (Kind, IdentFault)>,
    /// Links and submodules below the registry.
    pub(super) irregular: Vec<File>,
    /// Entry files by their name that make no entry where they are.
    pub(super) misplaced: Vec<RepoPath>,
    /// Files that the change brings.
    pub(super) come: BTreeSet<RepoPath>,
    /// Those of them that no entry has.
    pub(super) loose: BTreeSet<RepoPath>,
}

/// Maps changed paths to what they belong to, before and after the change.
pub(super) fn touched(
    layout: &Layout,
    changed: &[RepoPath],
    before: &dyn Snapshot,
    after: &dyn Snapshot,
) -> Result<Touched, ReadFault> {
    let mut touched = Touched::default();
    let found: Vec<Result<Belongs, ReadFault>> =
        changed.par_iter().map(|path| belongs(layout, path, before, after)).collect();
    for (path, belongs) in changed.iter().zip(found) {
        let belongs = belongs?;
        let here = belongs.file.is_some();
        let inside = matches!(belongs.placed, Placed::Inside(_) | Placed::Other);
        if here && inside && belongs.owners.is_empty() && looks_like_an_entry(path) {
            touched.misplaced.push(path.clone());
        }
        let odd = match &belongs.placed {
            Placed::Misnamed { .. } => true,
            Placed::Policy(stem) => PolicyName::by_name(stem).is_none(),
            _ => inside && belongs.owners.is_empty(),
        };
        if belongs.is_new {
            touched.come.insert(path.clone());
            if odd {
                touched.loose.insert(path.clone());
            }
        }
        touched.entries.extend(belongs.owners);
        add(&mut touched, layout, path, belongs.placed, belongs.file);
    }
    Ok(touched)
}

/// What a changed path belongs to.
struct Belongs {
    placed: Placed,
    /// The file after the change.
    file: Option<File>,
    /// Whether it was not there before.
    is_new: bool,
    /// The entries whose payload it is or was.
    owners: Vec<EntryName>,
}

fn belongs(
    layout: &Layout,
    path: &RepoPath,
    before: &dyn Snapshot,
    after: &dyn Snapshot,
) -> Result<Belongs, ReadFault> {
    let placed = layout.place(path);
    let mut owners = Vec::new();
    if let Placed::Inside(kind) = placed {
        for tree in [before, after] {
            owners.extend(layout.owner(tree, kind, path)?);
        }
    }
    let file = after.file(path)?;
    let is_new = file.is_some() && before.file(path)?.is_none();
    Ok(Belongs { placed, file, is_new, owners })
}

/// Says whether a file has the name of an entry file, in any spelling of its case.
fn looks_like_an_entry(path: &RepoPath) -> bool {
    let name = String::from_utf8_lossy(path.file_name()).to_lowercase();
    let stem = name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml"));
    stem.is_some_and(|stem| Kind::ALL.iter().any(|kind| kind.name() == stem))
}

fn add(
    touched: &mut Touched,
    layout: &Layout,
    path: &RepoPath,
    placed: Placed,
    after: Option<File>,
) {
    match placed {
        Placed::Entry { name, .. } => {
            touched.entries.insert(name);
        }
        Placed::Misnamed { kind, fault } => {
            if after.is_some() {
                touched.misnamed.insert(path.clone(), (kind, fault));
            }
        }
        Placed::Policy(stem) => {
            if after.is_some() {
                touched.policies.insert(path.clone(), stem);
            }
        }
        Placed::Inside(_) | Placed::Other | Placed::Outside => {}
    }
    if let Some(file) = after.filter(|file| irregular(file) && path.is_below(layout.root())) {
        touched.irregular.push(file);
    }
}

fn irregular(file: &File) -> bool {
    !matches!(file.mode, Mode::Regular | Mode::Executable)
}

/// An entry file found by listing.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The entry.
    pub name: EntryName,
    /// Its form.
    pub form: Form,
    /// Its file.
    pub file: File,
}

/// Everything that a registry holds.
#[derive(Debug, Default)]
pub(super) struct Everything {
    /// One file for each entry, sorted by name; the usual form where there are several.
    pub(super) entries: BTreeMap<EntryName, Listed>,
    /// Entry files and texts, in the order of their paths.
    pub(super) read_soon: Vec<File>,
    /// The paths of all files.
    pub(super) paths: Vec<RepoPath>,
    /// The rest.
    pub(super) rest: Touched,
}

/// Lists a registry.
pub(super) fn everything(layout: &Layout, tree: &dyn Snapshot) -> Result<Everything, ReadFault> {
    let mut found = Everything::default();
    for file in tree.list(layout.root())? {
        let path = file.path.clone();
        if path.as_bytes().ends_with(b".md") {
            found.read_soon.push(file.clone());
        }
        let placed = layout.place(&path);
        if let Placed::Entry { name, form } = &placed {
            found.read_soon.push(file.clone());
            let listed = Listed { name: name.clone(), form: *form, file: file.clone() };
            // The usual one of several, as a look-up finds it: `Folder` before `Single`, `.yaml`
            // before `.yml`.
            let rank = |listed: &Listed| (listed.form, listed.file.path.clone());
            match found.entries.entry(name.clone()) {
                Entry::Vacant(vacant) => drop(vacant.insert(listed)),
                Entry::Occupied(mut other) if rank(&listed) < rank(other.get()) => {
                    other.insert(listed);
                }
                Entry::Occupied(_) => {}
            }
        }
        add(&mut found.rest, layout, &path, placed, Some(file));
        found.paths.push(path);
    }
    Ok(found)
}

/// Finds the entry file of one entry.
pub(super) fn find(
    layout: &Layout,
    tree: &dyn Snapshot,
    name: &EntryName,
) -> Result<Option<Listed>, ReadFault> {
    let Some(path) = layout.find(tree, name)? else { return Ok(None) };
    let Some(file) = tree.file(&path)? else { return Ok(None) };
    let form = match layout.place(&path) {
        Placed::Entry { form, .. } => form,
        _ => Form::Folder,
    };
    Ok(Some(Listed { name: name.clone(), form, file }))
}

/// Lists every entry of a registry, sorted by name.
///
/// # Errors
/// When the tree cannot be read.
pub fn entries(layout: &Layout, tree: &dyn Snapshot) -> Result<Vec<Listed>, ReadFault> {
    Ok(everything(layout, tree)?.entries.into_values().collect())
}

/// Returns the entry that a path is the entry file of.
pub(super) fn entry_at(layout: &Layout, path: &RepoPath) -> Option<EntryName> {
    match layout.place(path) {
        Placed::Entry { name, .. } => Some(name),
        _ => None,
    }
}

/// Keeps what lies at or below the named paths, and adds untouched entries there.
pub(super) fn keep_named(
    touched: &mut Touched,
    layout: &Layout,
    head: &dyn Snapshot,
    paths: &[RepoPath],
) -> Result<(), ReadFault> {
    let below = |path: &RepoPath| paths.iter().any(|named| path == named || path.is_below(named));
    let mut named = BTreeSet::new();
    for path in paths {
        for file in head.file(path)?.into_iter().chain(head.list(path)?) {
            match layout.place(&file.path) {
                Placed::Entry { name, .. } => {
                    named.insert(name);
                }
                Placed::Inside(kind) => {
                    named.extend(layout.owner(head, kind, &file.path)?);
                }
                _ => {}
            }
        }
    }
    touched
        .entries
        .retain(|name| named.contains(name) || layout.entry_paths(name).any(|path| below(&path)));
    touched.entries.extend(named);
    touched.policies.retain(|path, _| below(path));
    touched.misnamed.retain(|path, _| below(path));
    touched.irregular.retain(|file| below(&file.path));
    touched.come.retain(&below);
    touched.loose.retain(&below);
    Ok(())
}
