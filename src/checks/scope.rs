//! What a change touches: from changed paths to entries, policies and configuration.

use std::collections::{BTreeMap, BTreeSet};

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
    /// New files below the registry that no entry has.
    pub(super) loose: Vec<RepoPath>,
}

/// Maps changed paths to what they belong to, before and after the change.
pub(super) fn touched(
    layout: &Layout,
    changed: &[RepoPath],
    before: &dyn Snapshot,
    after: &dyn Snapshot,
) -> Result<Touched, ReadFault> {
    let mut touched = Touched::default();
    for path in changed {
        let file = after.file(path)?;
        let here = file.is_some();
        add(&mut touched, layout, path, file);
        let placed = layout.place(path);
        let mut claimed = false;
        if let Placed::Inside(kind) = placed {
            for tree in [before, after] {
                let owner = layout.owner(tree, kind, path)?;
                claimed |= owner.is_some();
                touched.entries.extend(owner);
            }
        }
        let loose = matches!(placed, Placed::Inside(_) | Placed::Other) && !claimed;
        if here && loose && looks_like_an_entry(path) {
            touched.misplaced.push(path.clone());
        }
        let odd = match &placed {
            Placed::Misnamed { .. } => true,
            Placed::Policy(stem) => PolicyName::by_name(stem).is_none(),
            _ => loose,
        };
        if here && odd && before.file(path)?.is_none() {
            touched.loose.push(path.clone());
        }
    }
    Ok(touched)
}

/// Says whether a file has the name of an entry file, in any spelling of its case.
fn looks_like_an_entry(path: &RepoPath) -> bool {
    let name = String::from_utf8_lossy(path.file_name()).to_lowercase();
    let stem = name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml"));
    stem.is_some_and(|stem| Kind::ALL.iter().any(|kind| kind.name() == stem))
}

fn add(touched: &mut Touched, layout: &Layout, path: &RepoPath, after: Option<File>) {
    match layout.place(path) {
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
        if let Placed::Entry { name, form } = layout.place(&path) {
            found.read_soon.push(file.clone());
            let listed = Listed { name: name.clone(), form, file: file.clone() };
            // `Folder` sorts before `Single`, `.yaml` before `.yml`: the first one stays.
            found.entries.entry(name).or_insert(listed);
        }
        add(&mut found.rest, layout, &path, Some(file));
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
        .retain(|name| named.contains(name) || layout.entry_paths(name).iter().any(&below));
    touched.entries.extend(named);
    touched.policies.retain(|path, _| below(path));
    touched.misnamed.retain(|path, _| below(path));
    touched.irregular.retain(|file| below(&file.path));
    touched.loose.retain(&below);
    Ok(())
}
