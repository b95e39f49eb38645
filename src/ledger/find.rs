//! Finding records: by kind, by subject, by the first digits of an id.

use std::collections::BTreeMap;

use super::kind::Kind;
use super::record::{Record, RecordId};

/// Records that can be looked up, the oldest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Index {
    records: Vec<Record>,
    by_kind: BTreeMap<Kind, Vec<usize>>,
    by_subject: BTreeMap<String, Vec<usize>>,
    places: BTreeMap<RecordId, usize>,
}

/// What the first digits of an id lead to.
#[derive(Debug, Clone, PartialEq)]
pub enum Named<'a> {
    /// No record.
    None,
    /// One record.
    One(&'a Record),
    /// Several records, the oldest first.
    Several(Vec<&'a Record>),
}

impl Index {
    /// Takes records, the oldest first.
    #[must_use]
    pub fn new(records: Vec<Record>) -> Self {
        let mut by_kind: BTreeMap<Kind, Vec<usize>> = BTreeMap::new();
        let mut by_subject: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, record) in records.iter().enumerate() {
            by_kind.entry(record.kind().clone()).or_default().push(at);
            by_subject.entry(record.subject().to_owned()).or_default().push(at);
        }
        Self { records, by_kind, by_subject, places: BTreeMap::new() }
    }

    /// Takes the order in which records were appended, the first one first.
    #[must_use]
    pub fn appended(mut self, order: impl IntoIterator<Item = RecordId>) -> Self {
        self.places = order.into_iter().enumerate().map(|(at, id)| (id, at)).collect();
        self
    }

    /// Returns every record, the oldest first.
    #[must_use]
    pub fn all(&self) -> &[Record] {
        &self.records
    }

    /// Returns the records of a kind, the oldest first.
    pub fn of_kind(&self, kind: &Kind) -> impl DoubleEndedIterator<Item = &Record> {
        self.at(self.by_kind.get(kind))
    }

    /// Returns the records about a subject, the oldest first.
    pub fn about(&self, subject: &str) -> impl DoubleEndedIterator<Item = &Record> {
        self.at(self.by_subject.get(subject))
    }

    /// Returns the record whose id starts with these digits.
    #[must_use]
    pub fn named(&self, digits: &str) -> Named<'_> {
        let found: Vec<&Record> =
            self.records.iter().filter(|record| record.id().as_str().starts_with(digits)).collect();
        match found.as_slice() {
            [] => Named::None,
            [one] => Named::One(one),
            _ => Named::Several(found),
        }
    }

    /// Returns the freezes that stand: of each subject the last `freeze`, where no `unfreeze`
    /// follows it. Sorted by subject. The order of appending decides, as far as it is known: a record
    /// of a clock that is fast is no later one.
    #[must_use]
    pub fn open_freezes(&self) -> Vec<&Record> {
        let mut last: BTreeMap<&str, &Record> = BTreeMap::new();
        let about = |record: &&Record| matches!(record.kind(), Kind::Freeze | Kind::Unfreeze);
        let mut told: Vec<&Record> = self.records.iter().filter(about).collect();
        told.sort_by_key(|record| self.places.get(record.id()).copied().unwrap_or(usize::MAX));
        for record in told {
            last.insert(record.subject(), record);
        }
        last.into_values().filter(|record| *record.kind() == Kind::Freeze).collect()
    }

    /// Says whether anything was ever frozen, so that the order of appending matters.
    #[must_use]
    pub fn has_freezes(&self) -> bool {
        self.by_kind.contains_key(&Kind::Freeze)
    }

    fn at(&self, places: Option<&Vec<usize>>) -> impl DoubleEndedIterator<Item = &Record> {
        let places = places.map(Vec::as_slice).unwrap_or_default();
        places.iter().filter_map(|at| self.records.get(*at))
    }
}
