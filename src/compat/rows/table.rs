//! What is kept of rows, and what is wrong with them.

use std::collections::BTreeMap;

use super::cell::{self, KEPT_OF_A_KEY};
use crate::digest::Digest;

/// How often one kind of fault is kept of a table.
const MOST_OF_A_KIND: usize = 100;

/// For how many rows there may be room before any was read.
const LEAST_ROOM: usize = 1 << 12;

/// What is wrong with a row or a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultKind {
    /// A row has another number of fields than the header.
    Ragged,
    /// The text is not what its format says.
    Syntax,
    /// A file of CSV has no header.
    Empty,
    /// Bytes are not UTF-8.
    NotUtf8,
    /// A row has more than 16 MiB.
    RowTooLarge,
    /// A byte order mark stands before the first column.
    ByteOrderMark,
    /// Two rows have the same key.
    KeyTwice,
    /// A row has no key.
    KeyMissing,
    /// The column of the key is not there.
    KeyColumnMissing,
    /// Two columns have one name, or one has none.
    ColumnTwice,
    /// The markers of a conflict.
    ConflictMarker,
}

impl FaultKind {
    /// Every kind.
    pub const ALL: [Self; 11] = [
        Self::Ragged,
        Self::Syntax,
        Self::Empty,
        Self::NotUtf8,
        Self::RowTooLarge,
        Self::ByteOrderMark,
        Self::KeyTwice,
        Self::KeyMissing,
        Self::KeyColumnMissing,
        Self::ColumnTwice,
        Self::ConflictMarker,
    ];

    /// Says whether rows are missing from the table because of it, so that it cannot be compared.
    #[must_use]
    pub const fn hides_rows(self) -> bool {
        match self {
            Self::Syntax
            | Self::RowTooLarge
            | Self::KeyTwice
            | Self::KeyMissing
            | Self::KeyColumnMissing
            | Self::ColumnTwice
            | Self::ConflictMarker => true,
            Self::Empty | Self::Ragged | Self::NotUtf8 | Self::ByteOrderMark => false,
        }
    }
}

/// One thing that is wrong with a row or a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What.
    pub kind: FaultKind,
    /// The file's place among those of its side.
    pub file: u16,
    /// The line, from 1.
    pub line: u32,
    /// The bytes that are meant, from the start of the file.
    pub bytes: (u64, u64),
    /// The key of the row, as far as it is kept; empty where the fault is not about one row.
    pub row: String,
    /// The sentence.
    pub message: String,
    /// The next step.
    pub help: &'static str,
}

/// One row: its key, and digests of its values by what they are for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) key: u128,
    pub(super) data: u128,
    pub(super) label: u128,
    pub(super) weight: u64,
    pub(super) remark: u64,
    pub(super) file: u16,
    pub(super) split: u16,
    pub(super) line: u32,
    name: u32,
    name_length: u8,
}

/// The values of a row as bytes, by what they are for.
#[derive(Debug, Default)]
pub(super) struct Values {
    pub(super) data: Vec<u8>,
    pub(super) label: Vec<u8>,
    pub(super) weight: Vec<u8>,
    pub(super) remark: Vec<u8>,
}

/// The rows of one side.
#[derive(Debug, Default)]
pub struct Table {
    pub(super) rows: Vec<Row>,
    names: Vec<u8>,
    pub(super) splits: Vec<String>,
    faults: Vec<Fault>,
    said: BTreeMap<FaultKind, usize>,
    counts: BTreeMap<u16, u64>,
    hidden: bool,
}

impl Table {
    /// Starts without rows.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns how many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Says whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Says whether rows could not be taken in, so that what is here is not all.
    #[must_use]
    pub fn hides_rows(&self) -> bool {
        self.hidden
    }

    /// Returns what is wrong, in the order of files and lines.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// Returns how many faults of a kind there were, those included that are not kept.
    #[must_use]
    pub fn count_of(&self, kind: FaultKind) -> usize {
        self.said.get(&kind).copied().unwrap_or_default()
    }

    /// Returns how many rows each file has, by its place among the files.
    #[must_use]
    pub fn rows_by_file(&self) -> &BTreeMap<u16, u64> {
        &self.counts
    }

    /// Returns how many bytes the table holds, about.
    #[must_use]
    pub fn bytes_held(&self) -> usize {
        self.rows.capacity() * size_of::<Row>() + self.names.capacity()
    }

    pub(super) fn say(&mut self, fault: Fault) {
        self.hidden |= fault.kind.hides_rows();
        let said = self.said.entry(fault.kind).or_default();
        *said += 1;
        if *said <= MOST_OF_A_KIND {
            self.faults.push(fault);
        }
    }

    /// Counts rows of a file, whether they were taken in or not.
    pub(super) fn count(&mut self, file: u16, rows: u64) {
        if rows > 0 {
            *self.counts.entry(file).or_default() += rows;
        }
    }

    pub(super) fn split(&mut self, name: &str) -> u16 {
        // Most rows are in no split, and comparing nothing with nothing is slow on some processors.
        let same = |known: &String| known.len() == name.len() && (name.is_empty() || known == name);
        let at = self.splits.iter().position(same);
        let at = at.unwrap_or_else(|| {
            // As many splits as that are no splits: the last one stands for the rest.
            if self.splits.len() < usize::from(u16::MAX) {
                self.splits.push(name.to_owned());
            }
            self.splits.len().saturating_sub(1)
        });
        u16::try_from(at).unwrap_or(u16::MAX)
    }

    /// Makes room for about so many further rows, where there is none; 0 where nobody knows. Doubling
    /// instead would hold twice what is needed, for a moment three times.
    pub(super) fn make_room(&mut self, further: impl FnOnce() -> usize) {
        let rows = self.rows.len();
        if rows < self.rows.capacity() {
            return;
        }
        // The rest of the file may be other than its beginning, and is not believed too far; and
        // whatever it says, each time there is room for a share of what was there.
        let (least, most) = (rows / 8, rows.saturating_mul(3).max(LEAST_ROOM));
        let room = match further() {
            0 => rows.max(LEAST_ROOM),
            further => further.clamp(least, most),
        };
        self.rows.reserve_exact(room.max(1));
    }

    pub(super) fn add(&mut self, key: Option<&[u8]>, at: (u16, u16, u32), values: &Values) {
        let (file, split, line) = at;
        let mut row = Row {
            key: 0,
            data: cell::number(&values.data),
            label: cell::number(&values.label),
            weight: short(&values.weight),
            remark: short(&values.remark),
            file,
            split,
            line,
            name: u32::try_from(self.names.len()).unwrap_or(u32::MAX),
            name_length: 0,
        };
        match key {
            Some(key) => {
                row.key = cell::number(key);
                let kept = key.get(..KEPT_OF_A_KEY).unwrap_or(key);
                row.name_length = u8::try_from(kept.len()).unwrap_or(u8::MAX);
                self.names.extend_from_slice(kept);
            }
            None => row.key = whole(&row, self.splits.get(usize::from(split))),
        }
        self.rows.push(row);
    }

    /// Returns what is kept of a row's key; its line where rows have no key.
    pub(super) fn name(&self, row: &Row) -> String {
        let start = row.name as usize;
        let kept = self.names.get(start..start + usize::from(row.name_length)).unwrap_or_default();
        if kept.is_empty() {
            return format!("line {}", row.line);
        }
        let mut text = String::from_utf8_lossy(kept).into_owned();
        if kept.len() >= KEPT_OF_A_KEY {
            // The cut may have fallen into a character.
            text = text.trim_end_matches('\u{fffd}').to_owned();
            text.push('…');
        }
        text
    }

    /// Sorts by key; with `keyed`, leaves out rows whose key another row had before, and says so.
    pub fn settle(&mut self, keyed: bool) {
        self.rows.sort_unstable_by_key(|row| (row.key, row.file, row.line));
        if keyed {
            let mut twins = Vec::new();
            let mut before: Option<Row> = None;
            for row in &self.rows {
                match before {
                    Some(first) if first.key == row.key => twins.push((first, *row)),
                    _ => before = Some(*row),
                }
            }
            twins.sort_unstable_by_key(|(_, row)| (row.file, row.line));
            for (first, row) in &twins {
                let name = self.name(row);
                let elsewhere = if first.file == row.file { "" } else { " of another file" };
                self.say(Fault {
                    kind: FaultKind::KeyTwice,
                    file: row.file,
                    line: row.line,
                    bytes: (0, 0),
                    message: format!(
                        "the key `{}` stands in line {}{elsewhere} already",
                        name.escape_debug(),
                        first.line
                    ),
                    row: name,
                    help: "give every row a key of its own",
                });
            }
            if !twins.is_empty() {
                self.rows.dedup_by_key(|row| row.key);
            }
        }
        self.faults.sort_by_key(|fault| (fault.file, fault.line, fault.kind));
    }
}

/// Makes half as large a number, always of the digest.
fn short(values: &[u8]) -> u64 {
    let half = || Digest::of(values).head() >> 64;
    if values.is_empty() { 0 } else { u64::try_from(half()).unwrap_or_default() }
}

/// Makes a key of all that a row is, for rows without one.
fn whole(row: &Row, split: Option<&String>) -> u128 {
    let mut bytes = Vec::with_capacity(64);
    bytes.extend_from_slice(&row.data.to_le_bytes());
    bytes.extend_from_slice(&row.label.to_le_bytes());
    bytes.extend_from_slice(&row.weight.to_le_bytes());
    bytes.extend_from_slice(&row.remark.to_le_bytes());
    bytes.extend_from_slice(split.map(String::as_bytes).unwrap_or_default());
    cell::number(&bytes)
}
