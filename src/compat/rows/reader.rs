//! Reads the columns and the rows of one file, pushed in piece by piece.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::feed::{Feed, Take};
use super::fields::{Field, cut};
use super::records::{Flaw, Record};
use super::spec::{FileSpec, Format, Role, Spec};
use super::table::{Fault, FaultKind, Table, Values};
use super::{MAX_YAML_BYTES, cell};
use crate::path::RepoPath;
use crate::registry::dataset::ColumnType;
use crate::source::SourceFile;
use crate::yaml::Document;

const MARK: &[u8] = "\u{feff}".as_bytes();

/// Finds the columns of a file: those of the header, or every key of every row.
pub type ColumnReader = Feed<Columns>;

impl ColumnReader {
    /// Starts with no column.
    #[must_use]
    pub fn new(format: Format) -> Self {
        Self::start(format, Columns { is_csv: format == Format::Csv, ..Columns::default() })
    }

    /// Says whether everything was seen that is wanted, so that the rest was refused.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.taker.is_done()
    }

    /// Returns the columns, in the order of the file.
    #[must_use]
    pub fn finish(self) -> Vec<String> {
        self.end().found
    }
}

/// The columns of a file, as far as it was read.
#[derive(Debug, Default)]
pub struct Columns {
    is_csv: bool,
    found: Vec<String>,
    known: BTreeSet<String>,
    done: bool,
}

impl Columns {
    fn know(&mut self, row: &Value) {
        for key in row.as_object().into_iter().flat_map(Map::keys) {
            if self.known.insert(key.clone()) {
                self.found.push(key.clone());
            }
        }
    }
}

impl Take for Columns {
    fn record(&mut self, record: &Record<'_>) {
        if self.done || record.bytes.is_empty() {
            return;
        }
        if self.is_csv {
            self.found = header_of(record);
            self.done = true;
        } else if let Ok(row) = serde_json::from_slice(without_mark(record)) {
            self.know(&row);
        }
    }

    fn yaml(&mut self, whole: &[u8]) {
        for (row, _) in yaml_rows(whole).unwrap_or_default() {
            self.know(&row);
        }
    }

    fn is_done(&self) -> bool {
        self.done
    }
}

pub(super) fn without_mark<'a>(record: &Record<'a>) -> &'a [u8] {
    if record.offset == 0 {
        record.bytes.strip_prefix(MARK).unwrap_or(record.bytes)
    } else {
        record.bytes
    }
}

pub(super) fn header_of(record: &Record<'_>) -> Vec<String> {
    let bytes = without_mark(record);
    let mut fields = Vec::new();
    cut(bytes, record.quoted, &mut fields);
    let name = |field: &Field| String::from_utf8_lossy(&field.text(bytes)).trim().to_owned();
    fields.iter().map(name).collect()
}

/// Returns the rows of a YAML text with the line of each; `None` where it holds no list.
pub(super) fn yaml_rows(bytes: &[u8]) -> Option<Vec<(Value, u32)>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let source = SourceFile::new(RepoPath::default(), text.to_owned());
    let document = Document::parse(source.clone()).0?;
    let value = document.value();
    let (list, items) = match value {
        Value::Array(items) => ("", items),
        Value::Object(map) => ["cases", "rows"]
            .into_iter()
            .find_map(|key| Some((key, map.get(key)?.as_array()?)))
            .map(|(key, items)| (if key == "cases" { "/cases" } else { "/rows" }, items))?,
        _ => return None,
    };
    let line = |at: usize| {
        let span = document.locate(&format!("{list}/{at}")).value;
        source.position(span.start).line
    };
    Some(items.iter().enumerate().map(|(at, item)| (item.clone(), line(at))).collect())
}

/// Which field of a CSV row is compared how.
#[derive(Debug, Default)]
struct Layout {
    header: Vec<String>,
    slots: Vec<(Role, Option<usize>, (ColumnType, bool))>,
    key: Option<usize>,
    split: Option<usize>,
    /// The field that rows of cases may leave out.
    bar: Option<usize>,
}

/// Reads the rows of one file into a table.
pub type RowReader<'a> = Feed<Rows<'a>>;

impl<'a> RowReader<'a> {
    /// Starts to read a file.
    pub fn new(spec: &'a Spec<'a>, file: FileSpec, table: &'a mut Table) -> Self {
        Self::start(file.format, Rows::new(spec, file, table))
    }

    /// Says how many bytes the file has, so that there is room for its rows.
    #[must_use]
    pub fn of_size(mut self, bytes: u64) -> Self {
        self.taker.size = bytes;
        self
    }

    /// Returns for how many bytes of rows the table has room.
    #[cfg(test)]
    pub(super) fn room(&self) -> usize {
        self.taker.table.bytes_held()
    }

    /// Takes in what is left at the end of the file.
    pub fn finish(self) {
        let mut rows = self.end();
        rows.say_if_empty();
        rows.table.count(rows.file.index, rows.seen);
    }
}

/// The rows of one file on their way into a table.
#[derive(Debug)]
pub struct Rows<'a> {
    spec: &'a Spec<'a>,
    file: FileSpec,
    table: &'a mut Table,
    /// The columns that are compared, in their order, with what they are for.
    wanted: Vec<(&'a str, Role)>,
    layout: Option<Layout>,
    fields: Vec<Field>,
    values: Values,
    /// How many bytes the file has; 0 where nobody said it.
    size: u64,
    /// How many rows were seen, whether they are in the table or not.
    seen: u64,
    /// Nothing in the file can be told apart, so the rest is passed over.
    lost: bool,
}

impl<'a> Rows<'a> {
    fn new(spec: &'a Spec<'a>, file: FileSpec, table: &'a mut Table) -> Self {
        let own_split = !file.split.is_empty();
        let wanted = spec.shared.iter().filter_map(|name| match spec.role(name) {
            Role::Split if own_split => Some((name.as_str(), Role::Data)),
            Role::Key | Role::Split => None,
            role => Some((name.as_str(), role)),
        });
        Self {
            spec,
            table,
            wanted: wanted.collect(),
            layout: None,
            fields: Vec::new(),
            values: Values::default(),
            size: 0,
            seen: 0,
            lost: false,
            file,
        }
    }

    /// A file of CSV begins with its header, so one without it was not written to its end.
    fn say_if_empty(&mut self) {
        let told = self.table.faults().iter().any(|fault| fault.file == self.file.index);
        if self.file.format == Format::Csv && self.layout.is_none() && !told {
            let message = "the file is empty, and has no header".to_owned();
            let help = "write the names of the columns into its first line, or remove the file";
            self.say(FaultKind::Empty, (1, 0, 0), "", message, help);
        }
    }

    fn is_conflict(&mut self, record: &Record<'_>, bytes: &[u8]) -> bool {
        let marked = bytes.starts_with(b"<<<<<<< ") || bytes.starts_with(b">>>>>>> ");
        if marked {
            let message = "the rows are in conflict: a marker of git stands here".to_owned();
            let help = "keep one side or join them, then remove the markers";
            self.say(FaultKind::ConflictMarker, at(record, 0..7), "", message, help);
        }
        marked
    }

    fn csv(&mut self, record: &Record<'_>, bytes: &[u8]) {
        let Some(layout) = self.layout.take() else { return self.header(record) };
        let mut fields = std::mem::take(&mut self.fields);
        let behind = cut(bytes, record.quoted, &mut fields);
        let (has, wants) = (fields.len(), layout.header.len());
        // Rows of cases may leave out the bar where the metric carries it.
        let short = layout.bar.filter(|_| has + 1 == wants);
        let find = |index: usize| -> Option<&Field> {
            match short {
                Some(bar) if index == bar => None,
                Some(bar) if index > bar => fields.get(index - 1),
                _ => fields.get(index),
            }
        };
        let key = layout.key.and_then(find).map(|field| field.text(bytes));
        let name = || key.as_deref().map(String::from_utf8_lossy).unwrap_or_default().into_owned();
        if let Some(behind) = behind {
            let message = "text stands behind the quote that closes a field".to_owned();
            let help =
                "a quote that belongs to the text is written twice, and the whole field is quoted";
            self.say(FaultKind::Syntax, at(record, behind..behind + 1), &name(), message, help);
        } else if has != wants && short.is_none() {
            let fields = if has == 1 { "field" } else { "fields" };
            let message = format!("the row has {has} {fields}, and the header has {wants}");
            let help = "quote fields that contain commas, and write a comma for every empty field";
            self.say(FaultKind::Ragged, at(record, 0..bytes.len()), &name(), message, help);
        }
        self.clear();
        for (role, index, kind) in &layout.slots {
            let into = self.into(*role);
            match index.and_then(find) {
                Some(field) => cell::text(into, &field.text(bytes), *kind),
                None => cell::absent(into),
            }
        }
        if short.is_none() {
            for field in fields.iter().skip(wants) {
                cell::surplus(&mut self.values.data, &field.text(bytes));
            }
        }
        let split = layout.split.and_then(find).map(|field| field.text(bytes));
        let split = split.as_deref().map(String::from_utf8_lossy);
        let split = self.table.split(split.as_deref().unwrap_or(&self.file.split));
        self.add(record.line, at(record, 0..bytes.len()), key.as_deref(), split);
        self.fields = fields;
        self.layout = Some(layout);
    }

    fn header(&mut self, record: &Record<'_>) {
        let header = header_of(record);
        let mut places = BTreeMap::new();
        for (index, name) in header.iter().enumerate() {
            if !name.is_empty() && places.insert(name.as_str(), index).is_none() {
                continue;
            }
            let message = if name.is_empty() {
                format!("column {} has no name", index + 1)
            } else {
                format!("the column `{}` stands twice", name.escape_debug())
            };
            let help = "give every column a name of its own";
            self.say(FaultKind::ColumnTwice, at(record, 0..record.bytes.len()), "", message, help);
        }
        let key = self.spec.key.as_deref();
        if let Some(key) = key.filter(|key| !places.contains_key(key)) {
            let message =
                format!("there is no column `{}`, which names each row", key.escape_debug());
            let help = "name the column in `row_key` that the header has";
            let place = at(record, 0..record.bytes.len());
            self.say(FaultKind::KeyColumnMissing, place, "", message, help);
            self.lost = true;
        }
        let split = if self.file.split.is_empty() { places.get("split").copied() } else { None };
        let slots = self
            .wanted
            .iter()
            .map(|(name, role)| (*role, places.get(name).copied(), self.spec.type_of(name)));
        let bar = places.get("pass_bar").copied().filter(|_| self.spec.cases);
        self.layout = Some(Layout {
            slots: slots.collect(),
            key: key.and_then(|key| places.get(key).copied()),
            split,
            bar,
            header: header.clone(),
        });
    }

    fn json(&mut self, record: &Record<'_>, bytes: &[u8]) {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return;
        }
        match serde_json::from_slice::<Value>(bytes) {
            Ok(Value::Object(row)) => {
                self.object(&row, record.line, at(record, 0..bytes.len()));
            }
            Ok(_) => {
                let message = "the line is no JSON object".to_owned();
                let help = "write one object a line";
                self.say(FaultKind::Syntax, at(record, 0..bytes.len()), "", message, help);
            }
            Err(fault) => {
                let column = fault.column().saturating_sub(1).min(bytes.len());
                let text = fault.to_string();
                let message = text.rsplit_once(" at line ").map_or(&*text, |(head, _)| head);
                let help = "write one JSON object a line; the last line may be cut off";
                let place = at(record, column..column + 1);
                self.say(FaultKind::Syntax, place, "", message.to_owned(), help);
            }
        }
    }

    fn object(&mut self, row: &Map<String, Value>, line: u32, place: (u32, u64, u64)) {
        self.clear();
        let wanted = std::mem::take(&mut self.wanted);
        for (name, role) in &wanted {
            let into = self.into(*role);
            cell::value(into, row.get(*name));
        }
        self.wanted = wanted;
        let key = self.spec.key.as_ref().and_then(|key| row.get(key));
        let key = key.filter(|key| !key.is_null()).map(cell::key_text);
        let split = row.get("split").map(cell::key_text).filter(|_| self.file.split.is_empty());
        let split = self.table.split(split.as_deref().unwrap_or(&self.file.split));
        self.add(line, place, key.as_deref().map(str::as_bytes), split);
    }

    fn add(&mut self, line: u32, place: (u32, u64, u64), key: Option<&[u8]>, split: u16) {
        self.seen += 1;
        let key = key.filter(|key| !key.is_empty());
        if self.spec.key.is_some() && key.is_none() {
            let message = "the row has no key".to_owned();
            let help = "give every row a key of its own";
            return self.say(FaultKind::KeyMissing, place, "", message, help);
        }
        let (size, seen) = (self.size, self.seen);
        self.table.make_room(|| {
            let further = size.saturating_sub(place.2) / (place.2 / seen).max(1);
            // One in sixteen may be shorter than those before it.
            usize::try_from(further + further / 16).unwrap_or(usize::MAX)
        });
        self.table.add(key, (self.file.index, split, line), &self.values);
    }

    fn clear(&mut self) {
        let Values { data, label, weight, remark } = &mut self.values;
        data.clear();
        label.clear();
        weight.clear();
        remark.clear();
    }

    fn into(&mut self, role: Role) -> &mut Vec<u8> {
        match role {
            Role::Label => &mut self.values.label,
            Role::Weight => &mut self.values.weight,
            Role::Remark => &mut self.values.remark,
            Role::Key | Role::Split | Role::Data => &mut self.values.data,
        }
    }

    fn say(
        &mut self,
        kind: FaultKind,
        (line, start, end): (u32, u64, u64),
        row: &str,
        message: String,
        help: &'static str,
    ) {
        let row = row.chars().take(cell::KEPT_OF_A_KEY).collect();
        let bytes = (start, end);
        self.table.say(Fault { kind, file: self.file.index, line, bytes, row, message, help });
    }
}

/// Returns line and bytes of a part of a record.
fn at(record: &Record<'_>, part: std::ops::Range<usize>) -> (u32, u64, u64) {
    let mark = if record.offset == 0 && record.bytes.starts_with(MARK) { 3 } else { 0 };
    let end = record.bytes.len() as u64;
    let start = record.offset;
    let offset = |at: usize| start + (at as u64 + mark).min(end);
    (record.line, offset(part.start), offset(part.end))
}

impl Take for Rows<'_> {
    fn record(&mut self, record: &Record<'_>) {
        if self.lost || (record.bytes.is_empty() && record.flaw.is_none()) {
            return;
        }
        if record.offset == 0 && record.bytes.starts_with(MARK) {
            let help =
                "save the file without it: readers that do not know it see another first column";
            let message = "a byte order mark stands before the first row";
            self.say(FaultKind::ByteOrderMark, (record.line, 0, 3), "", message.to_owned(), help);
        }
        let bytes = without_mark(record);
        if self.is_conflict(record, bytes) {
            return;
        }
        match record.flaw {
            Some(Flaw::TooLarge) => {
                let message = "the row has more than 16 MiB, and was not read".to_owned();
                let help = "keep large values in files of their own, and name them in the row";
                return self.say(FaultKind::RowTooLarge, at(record, 0..80), "", message, help);
            }
            Some(Flaw::Open) => {
                let message = "a quote that opens in this row is never closed".to_owned();
                let help = "close it; a quote that belongs to the text is written twice";
                return self.say(FaultKind::Syntax, at(record, 0..80), "", message, help);
            }
            None => {}
        }
        if let Err(fault) = std::str::from_utf8(bytes) {
            let bad = fault.valid_up_to();
            let message = format!("a byte of this row is not UTF-8: byte {} of it", bad + 1);
            let help = "save the file as UTF-8";
            self.say(FaultKind::NotUtf8, at(record, bad..bad + 1), "", message, help);
        }
        match self.file.format {
            Format::Csv => self.csv(record, bytes),
            Format::Jsonl => self.json(record, bytes),
            Format::Yaml => {}
        }
    }

    fn yaml(&mut self, whole: &[u8]) {
        if whole.len() >= MAX_YAML_BYTES {
            let message = "the file has more than 16 MiB, and YAML is read whole".to_owned();
            let help = "write many rows as CSV or JSON lines";
            return self.say(FaultKind::RowTooLarge, (1, 0, 0), "", message, help);
        }
        let Some(rows) = yaml_rows(whole) else {
            let message = "the file is no list of rows in YAML".to_owned();
            let help = "write a list of maps, alone or below `rows`";
            return self.say(FaultKind::Syntax, (1, 0, 0), "", message, help);
        };
        for (row, line) in rows {
            if let Some(row) = row.as_object() {
                self.object(row, line, (line, 0, 0));
            } else {
                let message = "the row is no map".to_owned();
                self.say(FaultKind::Syntax, (line, 0, 0), "", message, "write a map a row");
            }
        }
    }
}
