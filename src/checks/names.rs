//! Ids, aliases and places.

use std::collections::{BTreeMap, BTreeSet};

use super::past::{self, Named};
use super::run::Request;
use super::scope::{self, Listed, Touched};
use crate::finding::{Family, Finding, Place, Rule};
use crate::ident::{EntryId, EntryName, IdentFault};
use crate::registry::entry::Entry;
use crate::registry::index::Index;
use crate::registry::layout::Layout;
use crate::snapshot::ReadFault;

/// `id` says something else than the path.
pub(super) static ENTRY_ID_MISMATCH: Rule = Rule::error(
    "entry-id-mismatch",
    Family::Shape,
    "`id` is neither the last segment nor the whole id that the path says",
);
/// The path makes no id.
pub(super) static ENTRY_PATH_INVALID: Rule =
    Rule::error("entry-path-invalid", Family::Shape, "the path of an entry file makes no id");
/// One entry in two files.
pub(super) static ENTRY_TWICE: Rule =
    Rule::error("entry-twice", Family::Shape, "an entry has two entry files at once");
/// A name that leads to two entries.
pub(super) static ALIAS_TAKEN: Rule = Rule::error(
    "alias-taken",
    Family::Shape,
    "an id or alias also names another entry of the kind",
);
/// Says how a path and an `id` come to agree. After a rename by hand the old name is in `id` alone.
fn way(entry: &Entry) -> String {
    let (name, written) = (&entry.name, &entry.common.id);
    let old = match name.id.as_str().rsplit_once('/') {
        Some((folder, _)) if !written.contains('/') => format!("{folder}/{written}"),
        _ => written.clone(),
    };
    let write = format!("write `id: {}`", name.id.last());
    if old.parse::<EntryId>().is_err() || entry.common.aliases.contains(&old) {
        return write;
    }
    format!("{write}; if the entry was renamed, add `{old}` to `aliases` as well")
}

/// Checks `id`, `aliases`, the number of entry files, and what paths of it are called.
pub(super) fn check(
    entry: &Entry,
    layout: &Layout,
    index: &Index<'_>,
) -> Result<Vec<Finding>, ReadFault> {
    let mut findings = Vec::new();
    let name = &entry.name;
    let written = &entry.common.id;
    if !written.is_empty() && written != name.id.as_str() && written != name.id.last() {
        let message =
            format!("`id` is `{}`, and the path says `{}`", written.escape_debug(), name.id);
        let place = entry.document.place("/id");
        findings.push(Finding::new(&ENTRY_ID_MISMATCH, place, message).help(way(entry)));
    }
    let mut files = Vec::new();
    for path in layout.entry_paths(name) {
        if index.snapshot().file(&path)?.is_some() {
            files.push(path);
        }
    }
    if let Some(other) = files.iter().find(|path| *path != entry.path()) {
        let message = format!("`{name}` has two entry files: `{}` and `{other}`", entry.path());
        findings.push(
            Finding::new(&ENTRY_TWICE, entry.document.place("/id"), message)
                .help("keep one of them"),
        );
    }
    for (at, alias) in entry.common.aliases.iter().enumerate() {
        let place = entry.document.place(&format!("/aliases/{at}"));
        // The schema has spoken of aliases that are no ids.
        let Ok(id) = alias.parse::<EntryId>() else { continue };
        let other = EntryName::new(name.kind, id);
        if layout.find(index.snapshot(), &other)?.is_some() {
            findings.push(taken(place, alias, &other));
        } else if let Some(other) = index.holders(name.kind, alias)?.iter().find(|e| *e != name) {
            findings.push(taken(place, alias, other));
        }
    }
    findings.extend(super::paths::check(entry, layout, index.snapshot())?);
    Ok(findings)
}

/// Checks that no other entry carries this entry's id as an alias; only asked of new entries.
pub(super) fn check_new(entry: &Entry, index: &Index<'_>) -> Result<Vec<Finding>, ReadFault> {
    let holders = index.holders(entry.name.kind, entry.name.id.as_str())?;
    let others = holders.iter().filter(|other| **other != entry.name);
    Ok(others
        .map(|other| taken(entry.document.place("/id"), entry.name.id.as_str(), other))
        .collect())
}

/// Says what is wrong with an entry file whose path makes no id.
pub(super) fn misnamed(place: Place, fault: &IdentFault) -> Finding {
    Finding::new(&ENTRY_PATH_INVALID, place, fault.to_string())
        .help("rename the folder; an id has at most 4 segments such as `support/refund`")
}

/// Says that a name leads to another entry too.
pub(super) fn taken(place: Place, alias: &str, other: &EntryName) -> Finding {
    let message = format!("`{}` also names `{other}`", alias.escape_debug());
    Finding::new(&ALIAS_TAKEN, place, message).help("ids and aliases are unique within a kind")
}

/// Returns the ids that new entries of this tree had before: an alias whose own entry is gone.
///
/// An entry that was there before was not renamed; an alias that it takes on hides no deletion.
pub(super) fn moved_from(
    request: &Request<'_>,
    touched: &Touched,
    listed: &BTreeMap<EntryName, Listed>,
) -> Result<BTreeSet<EntryName>, ReadFault> {
    let mut moved = BTreeSet::new();
    for name in touched.entries.iter().filter(|name| listed.contains_key(*name)) {
        let named = Named { name: "", tree: request.head };
        if scope::find(request.layout, request.base.before.tree, name)?.is_some() {
            continue;
        }
        let Some(loaded) = past::content(request.layout, name, named)? else { continue };
        for alias in &loaded.entry.common.aliases {
            if let Ok(id) = alias.parse() {
                moved.insert(EntryName::new(name.kind, id));
            }
        }
    }
    Ok(moved)
}
