//! Reading further entries of a tree: those that others refer to.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::loaded;
use super::scope::{self, Listed};
use crate::finding::{Finding, Severity};
use crate::ident::{EntryName, EntryRef, Kind};
use crate::registry::entry::Entry;
use crate::registry::index::Index;
use crate::registry::layout::{Layout, Placed};
use crate::schema::{self, PolicyName, Shape};
use crate::snapshot::{ReadFault, Snapshot};
use crate::yaml::Document;

/// Reads an entry, without its payloads; `None` where its file is missing or cannot be read.
///
/// # Errors
/// When the tree cannot be read.
pub(super) fn entry(index: &Index<'_>, name: &EntryName) -> Result<Option<Entry>, ReadFault> {
    let layout = index.layout();
    let Some(path) = layout.find(index.snapshot(), name)? else { return Ok(None) };
    let Placed::Entry { form, .. } = layout.place(&path) else { return Ok(None) };
    let Some(document) = index.document(&path)? else { return Ok(None) };
    let checked = schema::check(Shape::Entry(name.kind), &document);
    let value = checked.readable(document.value());
    Ok(Some(Entry::read(name.clone(), form, document, value).0))
}

/// Reads every entry of a tree, sorted by name, without payloads; and says what keeps entries from
/// being read as they are written.
///
/// # Errors
/// When the tree cannot be read.
pub fn read_entries(
    layout: &Layout,
    tree: &dyn Snapshot,
) -> Result<(Vec<Entry>, Vec<Finding>), ReadFault> {
    let read = |listed: &Listed| -> Result<(Option<Entry>, Vec<Finding>), ReadFault> {
        let (document, mut findings) = loaded::document(tree, &listed.file, None)?;
        let Some(document) = document else { return Ok((None, findings)) };
        let checked = schema::check(Shape::Entry(listed.name.kind), &document);
        let value = checked.readable(document.value());
        findings.extend(checked.findings);
        let (entry, said) = Entry::read(listed.name.clone(), listed.form, document, value);
        findings.extend(said);
        Ok((Some(entry), findings))
    };
    let listed = scope::entries(layout, tree)?;
    let read: Result<Vec<_>, ReadFault> = listed.par_iter().map(read).collect();
    let (mut entries, mut errors) = (Vec::new(), Vec::new());
    for (entry, findings) in read? {
        entries.extend(entry);
        errors.extend(findings.into_iter().filter(|f| f.severity == Severity::Error));
    }
    Ok((entries, errors))
}

/// Reads the entry that a reference leads to, whichever version it asks for.
///
/// # Errors
/// When the tree cannot be read.
pub(super) fn referred(
    index: &Index<'_>,
    kind: Kind,
    text: &str,
) -> Result<Option<Entry>, ReadFault> {
    let Ok(reference) = text.parse::<EntryRef>() else { return Ok(None) };
    if reference.kind.is_some_and(|found| found != kind) {
        return Ok(None);
    }
    match index.resolve(kind, &reference.id)? {
        Some(name) => entry(index, &name),
        None => Ok(None),
    }
}

/// Reads every entry of a kind, sorted by name.
///
/// # Errors
/// When the tree cannot be read.
pub(super) fn entries(index: &Index<'_>, kind: Kind) -> Result<Vec<Entry>, ReadFault> {
    let layout = index.layout();
    let files = index.snapshot().list(&layout.kind_folder(kind))?;
    let names: BTreeSet<EntryName> = files
        .iter()
        .filter_map(|file| match layout.place(&file.path) {
            Placed::Entry { name, .. } => Some(name),
            _ => None,
        })
        .collect();
    names.iter().filter_map(|name| entry(index, name).transpose()).collect()
}

/// Reads a policy by its name; `None` where it is missing or cannot be read.
///
/// # Errors
/// When the tree cannot be read.
pub(super) fn policy(index: &Index<'_>, name: PolicyName) -> Result<Option<Document>, ReadFault> {
    let folder = index.layout().root().join("policies");
    for extension in ["yaml", "yml"] {
        let path = folder.join(&format!("{}.{extension}", name.name()));
        if index.snapshot().file(&path)?.is_some() {
            return index.document(&path);
        }
    }
    Ok(None)
}
