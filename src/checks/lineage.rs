//! What the graph of a tree is made from, and what a change touches of it.

use std::collections::BTreeSet;

use rayon::prelude::*;
use serde_json::Value;

use super::run::in_order_of_use;
use super::{loaded, scope};
use crate::ident::EntryName;
use crate::lineage::{Changed, Graph};
use crate::path::RepoPath;
use crate::registry::index::Index;
use crate::registry::layout::{Layout, Placed};
use crate::snapshot::{ReadFault, Snapshot};
use crate::yaml::Document;

/// Reads every entry file of a tree, without payloads, and makes the graph.
///
/// # Errors
/// When bytes cannot be had. A file that is no entry is a node of which nothing is known.
pub fn graph(layout: &Layout, tree: &dyn Snapshot) -> Result<Graph, ReadFault> {
    let listed = scope::entries(layout, tree)?;
    tree.expect_reads(&in_order_of_use(listed.iter().map(|entry| entry.file.clone()).collect()));
    let read: Result<Vec<(EntryName, Option<Document>)>, ReadFault> = listed
        .into_par_iter()
        .map(|entry| Ok((entry.name, loaded::document(tree, &entry.file, None)?.0)))
        .collect();
    Graph::build(&read?, &Index::new(layout, tree))
}

/// Maps changed paths to entries and policies, before and after the change.
///
/// An alias that an entry gave up with the change is a name of its own: whoever still uses it is
/// touched as by a deletion.
///
/// # Errors
/// When a tree cannot be read.
pub fn changed(
    layout: &Layout,
    paths: &[RepoPath],
    before: &dyn Snapshot,
    after: &dyn Snapshot,
) -> Result<Changed, ReadFault> {
    let mut entries = scope::touched(layout, paths, before, after)?.entries;
    let index = Index::new(layout, after);
    let mut gone = BTreeSet::new();
    for name in &entries {
        let Some(old) = scope::find(layout, before, name)? else { continue };
        let Some(document) = loaded::document(before, &old.file, None)?.0 else { continue };
        let aliases = document.value().get("aliases").and_then(Value::as_array);
        for alias in aliases.into_iter().flatten().filter_map(Value::as_str) {
            let Ok(id) = alias.parse() else { continue };
            if index.resolve(name.kind, &id)?.is_none() {
                gone.insert(EntryName::new(name.kind, id));
            }
        }
    }
    entries.append(&mut gone);
    let policies = paths.iter().filter_map(|path| match layout.place(path) {
        Placed::Policy(stem) => Some(stem),
        _ => None,
    });
    Ok(Changed { entries, policies: policies.collect() })
}
