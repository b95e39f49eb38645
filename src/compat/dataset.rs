//! Two contents of a dataset: what is declared, and what became of the rows.
//!
//! Rows are what a dataset gives, so they are judged as outputs are: what was there must stay, and
//! nothing may come that readers were told not to expect.

mod columns;
mod files;
mod rows;

use std::collections::{BTreeMap, BTreeSet};

use super::change::{Change, sort};
use super::provenance;
use super::table::dataset as rules;
use crate::digest::Digest;
use crate::finding::Rule;
use crate::registry::common::Common;
use crate::registry::dataset::{Dataset, Purpose};

use super::rows::RowDiff;

/// A content of a dataset.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// The keys that every kind has.
    pub common: &'a Common,
    /// The dataset.
    pub dataset: &'a Dataset,
    /// The digests of its files and folders, by the paths that it writes.
    pub digests: &'a BTreeMap<String, Digest>,
}

/// What is known of the rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rows {
    /// Every file has the bytes and the split that it had.
    Same,
    /// They were compared.
    Compared(Box<Comparison>),
    /// Files differ, and rows of them could not be compared.
    Unread {
        /// Why.
        why: String,
        /// Files of the old content that the new one does not have.
        gone: u64,
        /// Files of the new content that the old one did not have.
        come: u64,
    },
}

/// Rows that were compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Whether rows have keys.
    pub keyed: bool,
    /// What became of the rows.
    pub diff: RowDiff,
}

/// The columns that the files of one side have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    /// Their names, in the order of the files.
    pub names: Vec<String>,
    /// Whether there are no others: each file says its columns in a header. Rows of JSON lines and
    /// YAML leave out what is absent.
    pub complete: bool,
}

/// What is known of the files of two contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// What became of the rows.
    pub rows: Rows,
    /// The columns of the old and of the new files; `None` where they were not read.
    pub headers: Option<(Header, Header)>,
}

/// Compares two contents, the deciding changes first. Keys that every kind has are compared by
/// [`super::common_changes`].
#[must_use]
pub fn changes(old: &Side<'_>, new: &Side<'_>, seen: &Seen) -> Vec<Change> {
    let Seen { rows, headers } = seen;
    // Taken apart by name, so that a key which is added later cannot be forgotten here.
    let Dataset {
        purpose,
        row_key,
        ordered,
        live,
        files: _,
        partitions: _,
        columns: _,
        classes,
        extensible,
        splits: _,
        weights,
        sampling,
        languages,
        provenance: _,
    } = new.dataset;
    let was = old.dataset;
    let mut found = columns::changes(old.dataset, new.dataset, headers.as_ref());
    found.extend(columns::classes(
        (was.classes.as_deref(), was.extensible),
        (classes.as_deref(), *extensible),
        "",
    ));
    found.extend(files::changes(old, new, rows));
    found.extend(rows::changes(old, new, seen));
    found.extend(purpose_changed(was.purpose, *purpose));
    found.extend(key_changed(was.row_key.as_deref(), row_key.as_deref()));
    let flags: [(&str, bool, bool, &'static Rule, &'static Rule); 2] = [
        ("live", was.live, *live, &rules::BECAME_LIVE, &rules::BECAME_FIXED),
        ("ordered", was.ordered, *ordered, &rules::ORDER_PROMISED, &rules::ORDER_DROPPED),
    ];
    for (key, old, new, raised, lowered) in flags {
        if old != new {
            let rule = if new { raised } else { lowered };
            let note = format!("`{key}` is {new} now");
            let change = Change::new(rule, note).at(&format!("/{key}"));
            found.push(change.values(old.to_string(), new.to_string()));
        }
    }
    if was.weights != *weights {
        let change = Change::new(&rules::SAMPLING_WEIGHT_CHANGED, "`weights` changed");
        found.push(change.at("/weights"));
    }
    if was.sampling != *sampling {
        let change = Change::new(&rules::SAMPLING_WEIGHT_CHANGED, "`sampling` changed");
        found.push(change.at("/sampling"));
    }
    found.extend(languages_changed(&was.languages, languages));
    found.extend(provenance::of_dataset(was, new.dataset));
    sort(&mut found);
    found
}

fn purpose_changed(old: Option<Purpose>, new: Option<Purpose>) -> Option<Change> {
    // A dataset that says nothing is read as one that measures.
    let read = |purpose: Option<Purpose>| purpose.unwrap_or(Purpose::Evaluation);
    if old == new {
        return None;
    }
    if read(old) == read(new) {
        let note = "`purpose` says what was assumed before";
        return Some(Change::new(&rules::DESCRIPTION_CHANGED, note).at("/purpose"));
    }
    let word = |purpose: Option<Purpose>| {
        serde_json::to_value(read(purpose)).ok().and_then(|v| v.as_str().map(ToOwned::to_owned))
    };
    let (old, new) = (word(old).unwrap_or_default(), word(new).unwrap_or_default());
    let note = format!("the rows are for {new}, and were for {old}");
    Some(Change::new(&rules::PURPOSE_CHANGED, note).at("/purpose").values(old, new))
}

fn key_changed(old: Option<&str>, new: Option<&str>) -> Option<Change> {
    let change = match (old, new) {
        (None, Some(new)) => {
            Change::new(&rules::ROW_KEY_ADDED, format!("`{new}` names each row now"))
                .at_new("/row_key")
        }
        (Some(old), None) => {
            Change::new(&rules::ROW_KEY_REMOVED, format!("`{old}` no longer names each row"))
                .at_old("/row_key")
        }
        (Some(old), Some(new)) if old != new => {
            let note = format!("`{new}` names each row in place of `{old}`");
            Change::new(&rules::ROW_KEY_CHANGED, note).at("/row_key")
        }
        _ => return None,
    };
    Some(change.values(old.unwrap_or_default(), new.unwrap_or_default()))
}

fn languages_changed(old: &[String], new: &[String]) -> Vec<Change> {
    let set = |list: &[String]| -> BTreeSet<String> {
        list.iter().map(|tag| tag.to_ascii_lowercase()).collect()
    };
    let (before, after) = (set(old), set(new));
    let won = after.difference(&before).map(|tag| {
        Change::new(&rules::LANGUAGE_ADDED, format!("rows in `{tag}` are declared"))
            .at("/languages")
            .values("", tag)
    });
    let lost = before.difference(&after).map(|tag| {
        Change::new(&rules::LANGUAGE_REMOVED, format!("rows in `{tag}` are no longer declared"))
            .at("/languages")
            .values(tag, "")
    });
    won.chain(lost).collect()
}
