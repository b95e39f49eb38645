//! Old records, moved into an archive.
//!
//! A `retention` record names the archive by its digest and lists, day by day, the files that leave
//! the tip. Its commit removes exactly these; they stay in the archive and in the branch's history.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::kind::Kind;
use super::record::{FOLDER, Record};
use crate::digest::Digest;
use crate::path::RepoPath;
use crate::time;

/// The payload of a `retention` record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Archive {
    /// Records of earlier days than this one (ISO 8601) were archived.
    pub before: String,
    /// The digest of the archive, a bundle of git.
    pub bundle: Digest,
    /// Whether a signature lies beside the archive.
    pub signed: bool,
    /// The names of the files that leave the tip, by the day that is their folder.
    pub removed: BTreeMap<String, Vec<String>>,
}

impl Archive {
    /// Describes an archive of the records at these paths.
    #[must_use]
    pub fn new(before: &str, bundle: Digest, signed: bool, paths: &[RepoPath]) -> Self {
        let mut removed: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for path in paths {
            let text = path.to_text();
            let below = text.strip_prefix(FOLDER).unwrap_or_default().trim_start_matches('/');
            if let Some((day, name)) = below.rsplit_once('/') {
                removed.entry(day.to_owned()).or_default().push(name.to_owned());
            }
        }
        for names in removed.values_mut() {
            names.sort();
        }
        Self { before: before.to_owned(), bundle, signed, removed }
    }

    /// Returns the payload.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!(self)
    }

    /// Returns the paths that leave the tip.
    #[must_use]
    pub fn paths(&self) -> BTreeSet<RepoPath> {
        let folder = RepoPath::from(FOLDER);
        let below = |(day, names): (&String, &Vec<String>)| {
            let day = folder.join(day);
            names.iter().map(move |name| day.join(name)).collect::<Vec<_>>()
        };
        self.removed.iter().flat_map(below).collect()
    }

    /// Says whether every path is that of a record of a day before the archive's.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let before = time::days(&self.before);
        self.removed.iter().all(|(day, names)| {
            let day = time::days(&day.replace('/', "-"));
            day.is_some() && day < before && names.iter().all(|name| !name.contains('/'))
        })
    }
}

/// Returns what a record moved into an archive; `None` for a record of another kind, and for a
/// payload that says nothing of an archive.
#[must_use]
pub fn archive(record: &Record) -> Option<Archive> {
    if *record.kind() != Kind::Retention {
        return None;
    }
    Archive::deserialize(record.payload()).ok().filter(Archive::is_sound)
}

/// Returns the day that lies some months before another one, both in ISO 8601; the last of its month
/// where that is shorter. What is no day stays as it is.
#[must_use]
pub fn months_before(day: &str, months: u32) -> String {
    let parts: Vec<i64> = day.split('-').filter_map(|part| part.parse().ok()).collect();
    let [year, month, of_month] = parts.as_slice() else { return day.to_owned() };
    let total = year * 12 + month - 1 - i64::from(months);
    let (year, month) = (total.div_euclid(12), total.rem_euclid(12) + 1);
    let days = (1..=*of_month).rev().map(|day| format!("{year:04}-{month:02}-{day:02}"));
    days.into_iter().find(|day| time::days(day).is_some()).unwrap_or_else(|| day.to_owned())
}

/// Returns the day (ISO 8601) in the path of a record; `None` where the path is no record's.
#[must_use]
pub fn day_of(path: &RepoPath) -> Option<String> {
    let below = path.below(&RepoPath::from(FOLDER))?;
    let (day, _) = below.as_utf8()?.rsplit_once('/')?;
    let day = day.replace('/', "-");
    time::days(&day).is_some().then_some(day)
}
