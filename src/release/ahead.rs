//! Reading ahead: what resolving a composite will read, over all cores at once.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::composite::{Source, measures};
use crate::checks::Loaded;
use crate::ident::{EntryName, EntryRef, Kind, Wanted};
use crate::registry::reference::{Reference, Role, references};
use crate::version::Version;

/// Reads members, suites and what suites measure with, whole levels at once, and forgets them: the
/// digests of large files are what takes time, and a store remembers them. What cannot be read is
/// said when it is resolved. Before an entry is read, `before` hears of it.
pub fn read_ahead(
    source: &(dyn Source + Sync),
    composite: &Loaded,
    before: &(dyn Fn(&EntryName) + Sync),
) {
    let mut known: BTreeSet<(Option<Kind>, String)> = BTreeSet::new();
    let mut members: BTreeSet<EntryName> = BTreeSet::new();
    let of_composite = references(Kind::Composite, composite.entry.value()).into_iter();
    let mut level: Vec<Reference> = of_composite
        .filter(|written| matches!(written.role, Role::Member(_) | Role::Suite))
        .collect();
    while !level.is_empty() {
        level.retain(|written| known.insert((written.kind, written.text.clone())));
        // A member stands in for whatever version of it a suite names.
        let wanted: Vec<(EntryName, Option<Version>)> = level
            .iter()
            .filter_map(|written| {
                let (name, version) = lead(source, written)?;
                let is_member = matches!(written.role, Role::Member(_));
                let fresh = if is_member {
                    members.insert(name.clone());
                    true
                } else {
                    !members.contains(&name)
                };
                fresh.then_some((name, version))
            })
            .collect();
        let read: Vec<Loaded> = wanted
            .par_iter()
            .filter_map(|(name, version)| {
                before(name);
                source.entry(name, version.as_ref()).ok()?
            })
            .collect();
        let used = read.iter().flat_map(|loaded| {
            let kind = loaded.entry.name.kind;
            let written = references(kind, loaded.entry.value()).into_iter();
            written.filter(move |written| measures(kind, written))
        });
        level = used.collect();
    }
}

fn lead(source: &dyn Source, written: &Reference) -> Option<(EntryName, Option<Version>)> {
    let wanted: EntryRef = written.text.parse().ok()?;
    let name = source.resolve(wanted.kind.or(written.kind)?, &wanted.id).ok()??;
    let version = match wanted.wanted {
        Wanted::Exact(version) => Some(version),
        Wanted::Any | Wanted::Range(_) => None,
    };
    Some((name, version))
}
