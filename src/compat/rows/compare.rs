//! Two tables, row by row.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::table::{Row, Table};

/// How many rows a sample names.
const NAMED: usize = 5;
/// How many rows are looked at again for a closer look.
const MOST_LOOKED_AT: usize = 1000;

/// Rows that share something: how many, and the first of them in the order of the files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sample {
    /// How many.
    pub count: u64,
    first: BTreeMap<(u16, u32), String>,
}

impl Sample {
    /// Iterates over the keys of the first of them; lines, where rows have no key.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.first.values().map(String::as_str)
    }

    /// Says whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    fn add(&mut self, table: &Table, row: &Row) {
        self.count += 1;
        let place = (row.file, row.line);
        let last = self.first.last_key_value().map(|(last, _)| *last);
        if self.first.len() < NAMED || last.is_some_and(|last| place < last) {
            self.first.insert(place, table.name(row));
            if self.first.len() > NAMED {
                self.first.pop_last();
            }
        }
    }
}

/// What became of the rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowDiff {
    /// How many rows were compared on the old side.
    pub before: u64,
    /// How many rows were compared on the new side.
    pub after: u64,
    /// Rows that are new.
    pub added: Sample,
    /// Rows that are gone.
    pub removed: Sample,
    /// Rows of which a value changed that is no label, weight or remark.
    pub data: Sample,
    /// Rows of which a label changed.
    pub labels: Sample,
    /// Rows that are drawn otherwise.
    pub weights: Sample,
    /// Rows with another remark for people.
    pub remarks: Sample,
    /// Rows that are in another split, by the old and the new one.
    pub moved: BTreeMap<(String, String), Sample>,
    /// Whether rows that stayed are in another order; only where order counts.
    pub reordered: bool,
    /// Some rows that are on both sides and differ, in no order of meaning.
    pub(super) look: Vec<Look>,
}

/// A row that is to be looked at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    /// The number of its key.
    pub(super) key: u128,
    /// File and line on the old side.
    pub(super) old: (u16, u32),
    /// File and line on the new side.
    pub(super) new: (u16, u32),
}

/// One of the two sides of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// What was.
    Old,
    /// What is.
    New,
}

impl RowDiff {
    /// Says whether no row is on both sides and differs, so that there is nothing to look at.
    #[must_use]
    pub fn looks_at_none(&self) -> bool {
        self.look.is_empty()
    }

    /// Says whether both sides hold the same rows.
    #[must_use]
    pub fn is_same(&self) -> bool {
        [&self.added, &self.removed, &self.data, &self.labels, &self.weights, &self.remarks]
            .into_iter()
            .all(Sample::is_empty)
            && self.moved.is_empty()
            && !self.reordered
    }
}

/// Compares two settled tables; rows without keys are compared as bags of values.
#[must_use]
pub fn compare(old: &Table, new: &Table, ordered: bool) -> RowDiff {
    let count = |table: &Table| u64::try_from(table.len()).unwrap_or(u64::MAX);
    let mut diff = RowDiff { before: count(old), after: count(new), ..RowDiff::default() };
    let (mut befores, mut afters) = (old.rows.iter().peekable(), new.rows.iter().peekable());
    let mut stayed = Vec::new();
    // Numbers of splits are those of their own table.
    let twin = |name: &String| new.splits.iter().position(|other| other == name);
    let twins: Vec<Option<usize>> = old.splits.iter().map(twin).collect();
    let same_split = |before: &Row, after: &Row| {
        let twin = twins.get(usize::from(before.split)).copied().flatten();
        twin == Some(usize::from(after.split))
    };
    loop {
        let order = match (befores.peek(), afters.peek()) {
            (None, None) => break,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(before), Some(after)) => before.key.cmp(&after.key),
        };
        let before = if order == Ordering::Greater { None } else { befores.next() };
        let after = if order == Ordering::Less { None } else { afters.next() };
        match (before, after) {
            (Some(before), Some(after)) => {
                let mut differs = both(&mut diff, (before, after), new);
                if !same_split(before, after) {
                    let pair = (split(old, before), split(new, after));
                    diff.moved.entry(pair).or_default().add(new, after);
                    differs = true;
                }
                if differs && diff.look.len() < MOST_LOOKED_AT {
                    let place = |row: &Row| (row.file, row.line);
                    diff.look.push(Look { key: after.key, old: place(before), new: place(after) });
                }
                if ordered {
                    stayed.push(((before.file, before.line), (after.file, after.line)));
                }
            }
            (Some(before), None) => diff.removed.add(old, before),
            (None, Some(after)) => diff.added.add(new, after),
            (None, None) => {}
        }
    }
    stayed.sort_unstable();
    diff.reordered = !stayed.is_sorted_by_key(|(_, after)| *after);
    diff
}

fn split(table: &Table, row: &Row) -> String {
    table.splits.get(usize::from(row.split)).cloned().unwrap_or_default()
}

/// Compares the values of a row, and says whether any differs.
fn both(diff: &mut RowDiff, (before, after): (&Row, &Row), new: &Table) -> bool {
    let pairs = [
        (before.data == after.data, &mut diff.data),
        (before.label == after.label, &mut diff.labels),
        (before.weight == after.weight, &mut diff.weights),
        (before.remark == after.remark, &mut diff.remarks),
    ];
    let mut differs = false;
    for (same, sample) in pairs {
        if !same {
            sample.add(new, after);
            differs = true;
        }
    }
    differs
}
