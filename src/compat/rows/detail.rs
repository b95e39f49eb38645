//! A closer look at rows that differ: which columns, from what to what.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::cell;
use super::compare::{RowDiff, Side};
use super::feed::{Feed, Take};
use super::fields::{Field, cut};
use super::reader::{header_of, without_mark, yaml_rows};
use super::records::Record;
use super::spec::{Format, Spec};

/// How many characters of a value are shown.
const SHOWN: usize = 200;
/// How many rows are shown cell by cell.
const ROWS_SHOWN: usize = 20;

/// One value: what it is, and its beginning for people; nothing is shown where it is absent.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Cell {
    number: u128,
    shown: Option<String>,
}

/// Rows that were picked, by the number of their key.
#[derive(Debug, Default)]
pub struct Picked(BTreeMap<u128, (String, BTreeMap<String, Cell>)>);

/// A row that both sides have, with the cells that differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedRow {
    /// Its key.
    pub key: String,
    /// The old and the new value of each column that differs, cut to 200 characters; `None` where
    /// there was or is no value.
    pub cells: BTreeMap<String, (Option<String>, Option<String>)>,
}

/// A closer look at rows that both sides have and that differ.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Details {
    /// How many rows were looked at: all that differ, and no more than a thousand.
    pub looked_at: u64,
    /// In how many of them each column differs.
    pub columns: BTreeMap<String, u64>,
    /// The first of them by their key, and no more than twenty.
    pub rows: Vec<ChangedRow>,
}

/// Reads a file once more and picks the rows that a comparison wants to look at.
pub type Picker<'a> = Feed<Picking<'a>>;

impl<'a> Picker<'a> {
    /// Starts to read a file of one side, by its place among the files there, for the rows of a
    /// comparison.
    pub fn new(
        spec: &'a Spec<'a>,
        (side, file, format): (Side, u16, Format),
        diff: &RowDiff,
        picked: &'a mut Picked,
    ) -> Self {
        let places = diff.look.iter().map(|look| match side {
            Side::Old => (look.key, look.old),
            Side::New => (look.key, look.new),
        });
        let here = places.filter(|(_, place)| place.0 == file);
        let mut lines: Vec<(u32, u128)> = here.map(|(key, (_, line))| (line, key)).collect();
        lines.sort_unstable();
        let is_csv = format == Format::Csv;
        let fields = Vec::new();
        Self::start(format, Picking { spec, is_csv, lines, at: 0, picked, header: None, fields })
    }

    /// Takes in what is left at the end of the file.
    pub fn finish(self) {
        self.end();
    }
}

/// Rows of one file, as far as they are wanted.
#[derive(Debug)]
pub struct Picking<'a> {
    spec: &'a Spec<'a>,
    is_csv: bool,
    /// Lines and key numbers of the rows that are wanted, in the order of lines.
    lines: Vec<(u32, u128)>,
    /// The first of them that was not passed yet.
    at: usize,
    picked: &'a mut Picked,
    header: Option<Vec<String>>,
    fields: Vec<Field>,
}

impl Picking<'_> {
    /// Says whether a row that is wanted begins in a line. Lines come in their order.
    fn wants(&mut self, line: u32) -> bool {
        while self.lines.get(self.at).is_some_and(|(wanted, _)| *wanted < line) {
            self.at += 1;
        }
        self.lines.get(self.at).is_some_and(|(wanted, _)| *wanted == line)
    }

    /// Says whether the row in the line that is looked at has a key that is wanted: rows of YAML may
    /// share a line.
    fn wants_key(&self, key: &[u8]) -> bool {
        let here = self.lines.get(self.at..).unwrap_or_default();
        let line = here.first().map(|(line, _)| *line);
        let number = cell::number(key);
        here.iter().take_while(|(at, _)| Some(*at) == line).any(|(_, wanted)| *wanted == number)
    }

    fn object(&mut self, row: &Value) {
        let Some(key) = self.spec.key.as_ref().and_then(|key| row.get(key)) else { return };
        let key = cell::key_text(key);
        if !self.wants_key(key.as_bytes()) {
            return;
        }
        let mut cells = BTreeMap::new();
        for (name, value) in row.as_object().into_iter().flatten() {
            if !self.compares(name) {
                continue;
            }
            let mut bytes = Vec::new();
            cell::value(&mut bytes, Some(value));
            let shown = (!value.is_null()).then(|| shown(&cell::key_text(value)));
            cells.insert(name.clone(), Cell { number: cell::number(&bytes), shown });
        }
        self.pick(key.as_bytes(), cells);
    }

    fn compares(&self, name: &str) -> bool {
        self.spec.shared.contains(name) && self.spec.key.as_deref() != Some(name)
    }

    fn pick(&mut self, key: &[u8], cells: BTreeMap<String, Cell>) {
        let name = shown(&String::from_utf8_lossy(key));
        self.picked.0.insert(cell::number(key), (name, cells));
    }
}

impl Take for Picking<'_> {
    fn record(&mut self, record: &Record<'_>) {
        if record.bytes.is_empty() || record.flaw.is_some() {
            return;
        }
        let bytes = without_mark(record);
        // A header is wanted wherever it is.
        let is_header = self.is_csv && self.header.is_none();
        if !is_header && !self.wants(record.line) {
            return;
        }
        if !self.is_csv {
            if let Ok(row) = serde_json::from_slice(bytes) {
                self.object(&row);
            }
            return;
        }
        let Some(header) = self.header.take() else {
            self.header = Some(header_of(record));
            return;
        };
        let mut fields = std::mem::take(&mut self.fields);
        cut(bytes, record.quoted, &mut fields);
        // Rows of cases may leave out the bar where the metric carries it.
        let bar = header.iter().position(|name| name == "pass_bar").filter(|_| self.spec.cases);
        let bar = bar.filter(|_| fields.len() + 1 == header.len());
        let text = |index: usize| {
            let at = match bar {
                Some(bar) if index == bar => return None,
                Some(bar) if index > bar => index - 1,
                _ => index,
            };
            fields.get(at).map(|field| field.text(bytes))
        };
        let key = self.spec.key.as_ref();
        let key = key.and_then(|key| text(header.iter().position(|name| name == key)?));
        if let Some(key) = key.filter(|key| self.wants_key(key)) {
            let mut cells = BTreeMap::new();
            for (index, name) in header.iter().enumerate().filter(|(_, name)| self.compares(name)) {
                let Some(text) = text(index) else { continue };
                let mut value = Vec::new();
                cell::text(&mut value, &text, self.spec.type_of(name));
                let shown = (!text.is_empty()).then(|| shown(&String::from_utf8_lossy(&text)));
                cells.insert(name.clone(), Cell { number: cell::number(&value), shown });
            }
            self.pick(&key, cells);
        }
        self.fields = fields;
        self.header = Some(header);
    }

    fn yaml(&mut self, whole: &[u8]) {
        for (row, line) in yaml_rows(whole).unwrap_or_default() {
            if self.wants(line) {
                self.object(&row);
            }
        }
    }
}

fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

/// Compares rows that were picked from both sides, cell by cell.
#[must_use]
pub fn details(old: &Picked, new: &Picked) -> Details {
    let mut found = Details::default();
    let absent = {
        let mut bytes = Vec::new();
        cell::absent(&mut bytes);
        Cell { number: cell::number(&bytes), shown: None }
    };
    for (number, (key, is)) in &new.0 {
        let Some((_, was)) = old.0.get(number) else { continue };
        found.looked_at += 1;
        let names: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
        let mut cells = BTreeMap::new();
        for name in names {
            let before = was.get(name).unwrap_or(&absent);
            let after = is.get(name).unwrap_or(&absent);
            if before.number != after.number {
                *found.columns.entry(name.clone()).or_default() += 1;
                cells.insert(name.clone(), (before.shown.clone(), after.shown.clone()));
            }
        }
        found.rows.push(ChangedRow { key: key.clone(), cells });
    }
    found.rows.sort_by(|a, b| a.key.cmp(&b.key));
    found.rows.truncate(ROWS_SHOWN);
    found
}
