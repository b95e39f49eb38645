//! Files, splits and partitions as they are declared.

use std::collections::{BTreeMap, BTreeSet};

use super::{Rows, Side};
use crate::compat::change::Change;
use crate::compat::table::dataset as rules;
use crate::digest::Digest;
use crate::registry::dataset::{DataFile, Dataset, Partition, Split, Splits};

/// Compares splits, partitions and what is said of files.
pub(super) fn changes(old: &Side<'_>, new: &Side<'_>, rows: &Rows) -> Vec<Change> {
    let mut found = splits(old, new, rows);
    found.extend(partitions(old, new));
    if words(old.dataset) != words(new.dataset) {
        let note = "what is said of files, partitions or splits changed";
        found.push(Change::new(&rules::DESCRIPTION_CHANGED, note).at("/files"));
    }
    found
}

/// A count, a format and a description.
type Said = (Option<u64>, Option<String>, Option<String>);

/// Everything of files, partitions and splits that changes no row.
fn words(dataset: &Dataset) -> BTreeMap<String, Said> {
    let mut words = BTreeMap::new();
    for file in dataset.all_files() {
        // Taken apart by name, so that a key which is added later cannot be forgotten here. The
        // bytes of a file are compared by their digest, and rows by their split.
        let DataFile { path, sha256: _, split: _, rows, format, description } = file;
        words.insert(format!("file {path}"), (*rows, format.clone(), description.clone()));
    }
    for partition in &dataset.partitions {
        let Partition { name, closed: _, files: _, description } = partition;
        words.insert(format!("partition {name}"), (None, None, description.clone()));
    }
    if let Some(Splits::Known(splits)) = &dataset.splits {
        for (name, Split { rows, description }) in splits {
            words.insert(format!("split {name}"), (*rows, None, description.clone()));
        }
    }
    words.retain(|_, said| *said != (None, None, None));
    words
}

/// Returns the splits that a dataset names, with the digests of their files.
fn named<'a>(side: &Side<'a>) -> BTreeMap<&'a str, BTreeSet<Digest>> {
    let mut named: BTreeMap<&str, BTreeSet<Digest>> = BTreeMap::new();
    for name in side.dataset.splits.iter().flat_map(Splits::names) {
        named.entry(name).or_default();
    }
    for file in side.dataset.all_files() {
        if let Some(split) = &file.split {
            let digest = side.digests.get(&file.path).copied();
            named.entry(split).or_default().extend(digest);
        }
    }
    named
}

/// Returns the new name of the only split that is gone, where its rows are in the only new one.
pub(super) fn renamed(old: &Side<'_>, new: &Side<'_>, rows: &Rows) -> Option<(String, String)> {
    let (before, after) = (named(old), named(new));
    let mut gone = before.iter().filter(|(name, _)| !after.contains_key(*name));
    let mut come = after.iter().filter(|(name, _)| !before.contains_key(*name));
    let ((from, was), (to, is)) = (gone.next()?, come.next()?);
    if gone.next().is_some() || come.next().is_some() {
        return None;
    }
    let pair = ((*from).to_owned(), (*to).to_owned());
    let same_files = !was.is_empty() && was == is;
    let moved = match rows {
        Rows::Compared(compared) => compared.diff.moved.contains_key(&pair),
        Rows::Same | Rows::Unread { .. } => false,
    };
    (same_files || moved).then_some(pair)
}

fn splits(old: &Side<'_>, new: &Side<'_>, rows: &Rows) -> Vec<Change> {
    let (before, after) = (named(old), named(new));
    let place = |side: &Side<'_>| if side.dataset.splits.is_some() { "/splits" } else { "/files" };
    if let Some((from, to)) = renamed(old, new, rows) {
        let note = format!("the split `{from}` is called `{to}` now");
        let change = Change::new(&rules::SPLIT_RENAMED, note).values(from, to);
        return vec![change.at_old(place(old)).at_new(place(new))];
    }
    let come = after.keys().filter(|name| !before.contains_key(*name)).map(|name| {
        Change::new(&rules::SPLIT_ADDED, format!("the split `{name}` is new"))
            .at_new(place(new))
            .values("", *name)
    });
    let gone = before.keys().filter(|name| !after.contains_key(*name)).map(|name| {
        Change::new(&rules::SPLIT_REMOVED, format!("the split `{name}` is gone"))
            .at_old(place(old))
            .values(*name, "")
    });
    come.chain(gone).collect()
}

fn partitions(old: &Side<'_>, new: &Side<'_>) -> Vec<Change> {
    let after: BTreeMap<&str, (usize, &Partition)> = by_name(new.dataset);
    let before = by_name(old.dataset);
    let mut found = Vec::new();
    for (name, (at, was)) in &before {
        let old_place = format!("/partitions/{at}");
        let Some((new_at, is)) = after.get(name) else {
            if was.closed {
                let note = format!("the closed partition `{name}` is gone");
                let change = Change::new(&rules::PARTITION_CHANGED, note).at_old(&old_place);
                found.push(change.values(*name, ""));
            }
            continue;
        };
        let new_place = format!("/partitions/{new_at}");
        let note = match (was.closed, is.closed) {
            (true, false) => format!("the closed partition `{name}` is open again"),
            (true, true) if digests(old, was) != digests(new, is) => {
                format!("the closed partition `{name}` has other bytes")
            }
            (false, true) => {
                let note = format!("the partition `{name}` is closed now");
                let change = Change::new(&rules::LIVE, note).at_old(&old_place).at_new(&new_place);
                found.push(change);
                continue;
            }
            _ => continue,
        };
        let change = Change::new(&rules::PARTITION_CHANGED, note);
        let help = "leave it as it is, and put what is new into another partition";
        found.push(change.at_old(&old_place).at_new(&new_place).help(help));
    }
    for (name, (at, _)) in &after {
        if !before.contains_key(name) {
            let note = format!("the partition `{name}` is new");
            let change = Change::new(&rules::LIVE, note).at_new(&format!("/partitions/{at}"));
            found.push(change.values("", *name));
        }
    }
    found
}

fn by_name(dataset: &Dataset) -> BTreeMap<&str, (usize, &Partition)> {
    let partitions = dataset.partitions.iter().enumerate();
    partitions.map(|(at, partition)| (partition.name.as_str(), (at, partition))).collect()
}

/// The digests of a partition's files, whatever they are called.
fn digests(side: &Side<'_>, partition: &Partition) -> BTreeSet<Option<Digest>> {
    partition.files.iter().map(|file| side.digests.get(&file.path).copied()).collect()
}
