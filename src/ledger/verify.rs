//! Whether a ledger is what it was: one commit a record, nothing edited, removed, moved or repeated.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::channel::{self, Channel, ChannelName, Channels};
use super::record::{self, Record, RecordId};
use super::retention;
use crate::path::RepoPath;
use crate::snapshot::ObjectName;
use crate::time;

/// Seconds by which clocks may differ before it is worth a word.
const SKEW: i64 = 86_400;

/// What a commit did to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The file is new, with these bytes.
    Added(Vec<u8>),
    /// It was there, and has these bytes now.
    Rewritten(Vec<u8>),
    /// It is gone.
    Removed,
}

/// A commit of the ledger, and what it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its name.
    pub commit: ObjectName,
    /// Its parents.
    pub parents: Vec<ObjectName>,
    /// What differs from the first parent.
    pub changes: Vec<(RepoPath, Change)>,
}

/// What is wrong with a ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wrong {
    /// A commit does not follow the one before it, and it alone.
    Order,
    /// A commit adds no record, or several.
    Count,
    /// A file is no record.
    Unreadable,
    /// A record does not say what its id was made from.
    Edited,
    /// A record's file is not where its time and id belong.
    Misplaced,
    /// A record stands in the ledger twice.
    Twice,
    /// A record's file was removed.
    Removed,
    /// A file that the ledger has no place for.
    Stray,
    /// A channel's file is not what the last record about it says.
    Channel,
    /// An archive took other records than it lists.
    Archive,
    /// The local ledger and the one at the remote contradict each other.
    Fork,
    /// A tag is not the one that a record cites, or cites a commit that the ledger does not have.
    Anchor,
}

impl Wrong {
    /// Returns the word in reports for machines.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Count => "count",
            Self::Unreadable => "unreadable",
            Self::Edited => "edited",
            Self::Misplaced => "misplaced",
            Self::Twice => "twice",
            Self::Removed => "removed",
            Self::Stray => "stray",
            Self::Channel => "channel",
            Self::Archive => "archive",
            Self::Fork => "fork",
            Self::Anchor => "anchor",
        }
    }
}

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What.
    pub wrong: Wrong,
    /// In which commit; none where a tag contradicts the ledger.
    pub commit: Option<ObjectName>,
    /// In which file.
    pub path: Option<RepoPath>,
    /// What was found.
    pub found: String,
    /// What was expected.
    pub expected: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(commit) = &self.commit {
            write!(f, "commit {}: ", commit.short())?;
        }
        if let Some(path) = &self.path {
            write!(f, "{path}: ")?;
        }
        write!(f, "{}; expected {}", self.found, self.expected)
    }
}

/// A record's word about the object of a tag.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Citation {
    /// The tag, as it is called below `refs/tags/`.
    pub tag: String,
    /// The name of the tag object, in hexadecimal digits.
    pub object: String,
    /// The record.
    pub record: RecordId,
    /// The commit that brought the record.
    pub commit: ObjectName,
    /// The path of the record.
    pub path: RepoPath,
}

/// What a walk along a ledger found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// What is wrong, in the order of the commits.
    pub faults: Vec<Fault>,
    /// What is odd and allowed.
    pub notes: Vec<String>,
    /// The commits, the oldest first.
    pub commits: Vec<ObjectName>,
    /// The channels as the records have them.
    pub channels: Channels,
    /// How many records there are.
    pub records: usize,
    /// The commit of each record, by its place among the commits.
    pub places: BTreeMap<RecordId, usize>,
    /// What records say about tags.
    pub citations: Vec<Citation>,
}

/// Walks along a ledger, commit by commit, the oldest first.
#[derive(Debug, Default)]
pub struct Checker {
    outcome: Outcome,
    seen: BTreeSet<RecordId>,
    latest: Option<i64>,
}

impl Checker {
    /// Starts before the first commit.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts behind a commit of a ledger that is believed, with the channels as they are there.
    #[must_use]
    pub fn behind(commit: ObjectName, channels: Channels) -> Self {
        let outcome = Outcome { commits: vec![commit], channels, ..Outcome::default() };
        Self { outcome, ..Self::default() }
    }

    /// Takes the next commit.
    pub fn take(&mut self, link: &Link) {
        self.order(link);
        self.outcome.commits.push(link.commit);
        let folder = RepoPath::from(record::FOLDER);
        let added: Vec<_> = link
            .changes
            .iter()
            .filter(|(path, change)| path.is_below(&folder) && matches!(change, Change::Added(_)))
            .collect();
        if added.len() != 1 {
            let found = format!("the commit adds {} records", added.len());
            self.fault(link, None, Wrong::Count, found, "exactly one record");
        }
        let mut records = Vec::new();
        for (path, change) in added {
            let Change::Added(bytes) = change else { continue };
            if let Some(record) = self.record(link, path, bytes) {
                records.push(record);
            }
        }
        let archived: BTreeSet<RepoPath> = records
            .iter()
            .filter_map(retention::archive)
            .flat_map(|archive| archive.paths())
            .collect();
        for (path, change) in &link.changes {
            if path.is_below(&folder) {
                self.records_stay(link, path, change, &archived);
            } else if ChannelName::at(path).is_none() {
                let expected = "nothing but records and channels";
                self.fault(link, Some(path), Wrong::Stray, touched(change), expected);
            }
        }
        self.archives(link, &archived);
        self.projections(link, &records);
    }

    /// Ends the walk.
    #[must_use]
    pub fn finish(self) -> Outcome {
        self.outcome
    }

    fn order(&mut self, link: &Link) {
        let expected: Vec<ObjectName> = self.outcome.commits.last().copied().into_iter().collect();
        if link.parents != expected {
            let names: Vec<String> = link.parents.iter().map(ObjectName::short).collect();
            let found = if names.is_empty() {
                "it has no parent".to_owned()
            } else {
                format!("its parents are {}", names.join(" and "))
            };
            let expected = match expected.first() {
                Some(parent) => format!("the one parent {}", parent.short()),
                None => "the first commit, without a parent".to_owned(),
            };
            self.fault(link, None, Wrong::Order, found, expected);
        }
    }

    fn record(&mut self, link: &Link, path: &RepoPath, bytes: &[u8]) -> Option<Record> {
        let record = match Record::parse(bytes) {
            Ok(record) => record,
            Err(fault @ record::RecordFault::Id { .. }) => {
                let expected = "a record that says what its id was made from";
                self.fault(link, Some(path), Wrong::Edited, fault.to_string(), expected);
                return None;
            }
            Err(fault) => {
                let expected = format!("a record as `{}` describes it", record::SCHEMA);
                self.fault(link, Some(path), Wrong::Unreadable, fault.to_string(), expected);
                return None;
            }
        };
        if record.path() != *path {
            let found = format!("it holds record {}", record.id());
            let expected = format!("that record at `{}`", record.path());
            self.fault(link, Some(path), Wrong::Misplaced, found, expected);
        }
        if !self.seen.insert(record.id().clone()) {
            let found = format!("record {} is there a second time", record.id());
            self.fault(link, Some(path), Wrong::Twice, found, "each record once");
        }
        self.outcome.records += 1;
        self.outcome.places.insert(record.id().clone(), self.outcome.commits.len());
        if let Some(latest) = self.latest.filter(|latest| record.at() < latest - SKEW) {
            self.outcome.notes.push(format!(
                "record {} of {} follows one of {}: it was added later, or a clock was wrong",
                record.id(),
                time::moment(record.at()),
                time::moment(latest)
            ));
        }
        self.latest = self.latest.max(Some(record.at()));
        let cited = citations(&record).into_iter().map(|(tag, object)| Citation {
            tag,
            object,
            record: record.id().clone(),
            commit: link.commit,
            path: path.clone(),
        });
        self.outcome.citations.extend(cited);
        Some(record)
    }

    /// A record's file is added once and never touched again, but by an archive that lists it.
    fn records_stay(
        &mut self,
        link: &Link,
        path: &RepoPath,
        change: &Change,
        archived: &BTreeSet<RepoPath>,
    ) {
        match change {
            Change::Added(_) => {}
            Change::Rewritten(_) => {
                let expected = "a record that stays as it was added";
                self.fault(link, Some(path), Wrong::Edited, touched(change), expected);
            }
            Change::Removed if archived.contains(path) => {}
            Change::Removed => {
                let expected = "a record that stays, or an archive that lists it";
                self.fault(link, Some(path), Wrong::Removed, touched(change), expected);
            }
        }
    }

    /// What an archive lists is gone with its commit.
    fn archives(&mut self, link: &Link, archived: &BTreeSet<RepoPath>) {
        let removed = link.changes.iter().filter(|(_, change)| *change == Change::Removed);
        let removed: BTreeSet<&RepoPath> = removed.map(|(path, _)| path).collect();
        for path in archived.iter().filter(|path| !removed.contains(path)) {
            let found = "an archive lists it, and the commit does not remove it";
            let expected = "exactly the listed records to leave";
            self.fault(link, Some(path), Wrong::Archive, found, expected);
        }
    }

    /// A channel's file changes with a record that moves the channel, and says what the record says.
    fn projections(&mut self, link: &Link, records: &[Record]) {
        let mut moved: BTreeMap<ChannelName, Channel> = BTreeMap::new();
        for record in records {
            match channel::moves_onto(record, &self.outcome.channels) {
                Ok(channels) => {
                    moved.extend(channels.into_iter().map(|found| (found.name.clone(), found)));
                }
                Err(fault) => {
                    let expected = "a map from channels to states";
                    let path = record.path();
                    self.fault(link, Some(&path), Wrong::Channel, fault.to_string(), expected);
                }
            }
        }
        for (path, change) in &link.changes {
            let Some(name) = ChannelName::at(path) else { continue };
            let expected = match moved.remove(&name) {
                None => "the channel as it was: the commit's record does not move it".to_owned(),
                Some(expected) => {
                    let bytes = expected.to_bytes();
                    let words = format!("what record {} says of the channel", expected.record);
                    self.outcome.channels.put(expected);
                    match change {
                        Change::Added(found) | Change::Rewritten(found) if *found == bytes => {
                            continue;
                        }
                        _ => words,
                    }
                }
            };
            self.fault(link, Some(path), Wrong::Channel, touched(change), expected);
        }
        for (name, channel) in moved {
            let expected = format!("what record {} says of the channel", channel.record);
            self.outcome.channels.put(channel);
            self.fault(link, Some(&name.path()), Wrong::Channel, "it did not change", expected);
        }
    }

    fn fault(
        &mut self,
        link: &Link,
        path: Option<&RepoPath>,
        wrong: Wrong,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) {
        self.outcome.faults.push(Fault {
            wrong,
            commit: Some(link.commit),
            path: path.cloned(),
            found: found.into(),
            expected: expected.into(),
        });
    }
}

/// Walks along a whole ledger, the oldest commit first.
#[must_use]
pub fn chain(links: &[Link]) -> Outcome {
    let mut checker = Checker::new();
    for link in links {
        checker.take(link);
    }
    checker.finish()
}

/// Compares what records say about tags with the tags as they are; `now` gives the object of a tag.
///
/// A tag that is not here cannot be judged: it is a note.
#[must_use]
pub fn anchors(
    citations: &[Citation],
    mut now: impl FnMut(&str) -> Option<ObjectName>,
) -> (Vec<Fault>, Vec<String>) {
    let (mut faults, mut absent) = (Vec::new(), BTreeSet::new());
    for cited in citations {
        match now(&cited.tag) {
            Some(object) if object.to_string() == cited.object => {}
            Some(object) => faults.push(Fault {
                wrong: Wrong::Anchor,
                commit: Some(cited.commit),
                path: Some(cited.path.clone()),
                found: format!("the tag `{}` is the object {object} now", cited.tag),
                expected: format!("{}, which record {} cites", cited.object, cited.record),
            }),
            None => drop(absent.insert(cited.tag.clone())),
        }
    }
    let note = |tag| format!("the tag `{tag}` is not here, so it was not compared");
    (faults, absent.into_iter().map(note).collect())
}

/// Compares the commits of the ledger that tags cite with the ledger as it is.
#[must_use]
pub fn cited_commits(cited: &[(String, ObjectName)], commits: &[ObjectName]) -> Vec<Fault> {
    let commits: BTreeSet<&ObjectName> = commits.iter().collect();
    let lost = cited.iter().filter(|(_, commit)| !commits.contains(commit));
    lost.map(|(tag, commit)| Fault {
        wrong: Wrong::Anchor,
        commit: None,
        path: None,
        found: format!("commit {commit} is not in the ledger"),
        expected: format!("it there, for the tag `{tag}` cites it"),
    })
    .collect()
}

/// The tags that a record cites: in `payload.tag` and `payload.tag_object`, and in each state of a
/// channel under the same keys.
#[must_use]
pub fn citations(record: &Record) -> BTreeSet<(String, String)> {
    let channels = record.payload().get("channels").and_then(|channels| channels.as_object());
    let states = channels.into_iter().flat_map(|channels| channels.values());
    let places = std::iter::once(record.payload()).chain(states);
    places
        .filter_map(|place| {
            let text = |key: &str| place.get(key).and_then(|text| text.as_str());
            Some((text("tag")?.to_owned(), text("tag_object")?.to_owned()))
        })
        .collect()
}

fn touched(change: &Change) -> &'static str {
    match change {
        Change::Added(_) => "the file was added",
        Change::Rewritten(_) => "the file was rewritten",
        Change::Removed => "the file was removed",
    }
}
