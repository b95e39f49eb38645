//! Cases in CSV, as the mission prints them.

use serde_json::Value;

use super::case::{CasePlace, METADATA};
use super::file::{Places, Reading};
use super::row::{self, COLUMNS, Fault, MAX_CELL_BYTES, Row};
use super::rules;
use super::scan::{self, QuoteFault};
use crate::schema::nearest;
use crate::source::{SourceFile, Span};

/// One row with its bytes.
struct Raw {
    record: ::csv::StringRecord,
    span: Span,
}

/// The rows of a text, blank lines left out.
struct Rows<'a> {
    text: &'a str,
    /// How many bytes of the file stand before `text`: those of a byte order mark.
    skipped: usize,
    reader: ::csv::Reader<&'a [u8]>,
}

impl<'a> Rows<'a> {
    fn new(whole: &'a str) -> Self {
        let text = whole.strip_prefix('\u{feff}').unwrap_or(whole);
        let reader = ::csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        Self { text, skipped: whole.len() - text.len(), reader }
    }

    /// Reads the next row into `raw`; `false` at the end.
    fn next(&mut self, raw: &mut Raw) -> bool {
        let at = |reader: &::csv::Reader<&[u8]>| {
            usize::try_from(reader.position().byte()).unwrap_or(usize::MAX)
        };
        let from = at(&self.reader);
        // The text is UTF-8 and rows may have any length, so nothing is left to fail.
        if !self.reader.read_record(&mut raw.record).unwrap_or(false) {
            return false;
        }
        let bytes = self.text.get(from..at(&self.reader)).unwrap_or_default();
        let row = bytes.trim_start_matches(['\r', '\n']);
        let start = self.skipped + from + (bytes.len() - row.len());
        let row = row.trim_end_matches(['\r', '\n']);
        raw.span = span(start, start + row.len());
        true
    }
}

fn span(start: usize, end: usize) -> Span {
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span::new(offset(start), offset(end))
}

/// Says whether a text begins with the header of cases; the text may be cut anywhere behind it.
pub(super) fn has_header(text: &str) -> bool {
    let mut raw = Raw { record: ::csv::StringRecord::new(), span: Span::default() };
    let has = |raw: &Raw, name: &str| raw.record.iter().any(|column| column.trim() == name);
    Rows::new(text).next(&mut raw) && has(&raw, "case_id") && has(&raw, "metric")
}

/// Reads the cases of a text.
pub(super) fn read(source: &SourceFile) -> Reading {
    let mut rows = Rows::new(source.text());
    let mut raw = Raw { record: ::csv::StringRecord::new(), span: Span::default() };
    let first = rows.next(&mut raw);
    let header: Vec<String> = raw.record.iter().map(|name| name.trim().to_owned()).collect();
    let mut reading = Reading::new(Places::csv(source.clone(), header.clone()));
    if !first {
        return reading;
    }
    reading.columns = header.iter().cloned().collect();
    if !quotes_hold(&mut reading, raw.span) || !header_holds(&mut reading, &header, raw.span) {
        return reading;
    }
    let layout = Layout::new(&header);
    let mut index = 0;
    while rows.next(&mut raw) {
        // Only a quote can be misplaced.
        if !source.slice(raw.span).contains('"') || quotes_hold(&mut reading, raw.span) {
            let place = CasePlace { index, span: raw.span };
            match layout.of(&raw.record) {
                Some(columns) => accept(&mut reading, columns, &raw.record, place),
                None => ragged(&mut reading, &layout, &raw),
            }
        }
        index += 1;
    }
    reading
}

/// Checks that every quote of a row is closed, and closes a field.
fn quotes_hold(reading: &mut Reading, at: Span) -> bool {
    let Err(fault) = scan::fields(reading.places.source.slice(at)) else { return true };
    let (offset, message, help) = match fault {
        QuoteFault::Open(offset) => (
            offset,
            "the quote that opens here is never closed",
            "close it; a quote that belongs to the text is written twice",
        ),
        QuoteFault::Behind(offset) => (
            offset,
            "text stands behind the quote that closes the field",
            "a quote that belongs to the text is written twice, and nothing stands between a closing quote and the comma",
        ),
        QuoteFault::Before(offset) => (
            offset,
            "a blank stands before the quote, so that the quote opens no field",
            "remove the blank",
        ),
    };
    let start = at.start as usize + offset;
    let place = (String::new(), span(start, start));
    reading.say(&rules::CASES_SYNTAX, place, message, Some(help.to_owned()));
    false
}

fn header_holds(reading: &mut Reading, header: &[String], at: Span) -> bool {
    let source = reading.places.source.clone();
    let text = source.slice(at);
    let spans = scan::fields(text).unwrap_or_default();
    let mut good = true;
    for (index, name) in header.iter().enumerate() {
        let twice = header.iter().take(index).any(|other| other == name);
        if !twice && !name.is_empty() {
            continue;
        }
        good = false;
        let message = if name.is_empty() {
            format!("column {} has no name", index + 1)
        } else {
            format!("the column `{}` stands twice", name.escape_debug())
        };
        let field = spans.get(index).cloned().unwrap_or(0..text.len());
        let start = at.start as usize;
        let place = (String::new(), span(start + field.start, start + field.end));
        reading.say(&rules::CASES_COLUMN_TWICE, place, message, None);
    }
    for wanted in ["case_id", "metric"] {
        if header.iter().any(|name| name == wanted) {
            continue;
        }
        good = false;
        let strange = header.iter().map(String::as_str).filter(|name| !COLUMNS.contains(name));
        let help = match nearest(wanted, strange) {
            Some(close) => format!("rename `{}` to `{wanted}`", close.escape_debug()),
            None if header.len() == 1 && text.contains([';', '\t']) => {
                "columns are separated by commas".to_owned()
            }
            None => format!("the first line is `{}`", COLUMNS.join(",")),
        };
        let message = format!("there is no column `{wanted}`");
        reading.say(&rules::CASES_COLUMN_MISSING, (String::new(), at), message, Some(help));
    }
    good
}

/// Which field of a row holds which column.
struct Layout {
    columns: Vec<String>,
    /// The columns without `pass_bar`, for rows that are one field short.
    short: Vec<String>,
}

impl Layout {
    fn new(header: &[String]) -> Self {
        Self { columns: header.to_vec(), short: without_bar(header) }
    }

    /// Returns the columns of a row; `None` where it has another length.
    fn of(&self, record: &::csv::StringRecord) -> Option<&[String]> {
        if record.len() == self.columns.len() {
            return Some(&self.columns);
        }
        if record.len() != self.short.len() || self.short.len() == self.columns.len() {
            return None;
        }
        let at = self.short.iter().position(|name| name == "metric")?;
        record.get(at).filter(|metric| row::carries_bar(metric)).map(|_| self.short.as_slice())
    }
}

/// Returns the columns of rows that are one field short, as those of the mission are.
pub(super) fn without_bar(header: &[String]) -> Vec<String> {
    header.iter().filter(|name| *name != "pass_bar").cloned().collect()
}

fn ragged(reading: &mut Reading, layout: &Layout, raw: &Raw) {
    let (has, wants) = (raw.record.len(), layout.columns.len());
    let fields = if has == 1 { "field" } else { "fields" };
    let message = format!("the row has {has} {fields}, and the header has {wants}");
    let help = if has + 1 == wants && wants > layout.short.len() {
        "only a row whose `metric` carries its bar, as in `exact>=0.8`, or needs none may leave out `pass_bar`"
    } else {
        "quote fields that contain commas, and write a comma for every empty field"
    };
    // Where the row leaves its header: at the first field too many, or at its end.
    let text = reading.places.source.slice(raw.span);
    let start = raw.span.start as usize;
    let at = scan::fields(text).ok().and_then(|fields| fields.get(wants).cloned());
    let at = at.unwrap_or(text.len()..text.len());
    let id = crate::yaml::escape_pointer(raw.record.get(0).unwrap_or_default());
    let place = (format!("/{id}"), span(start + at.start, start + at.end));
    reading.say(&rules::CASE_RAGGED, place, message, Some(help.to_owned()));
}

fn accept(
    reading: &mut Reading,
    columns: &[String],
    record: &::csv::StringRecord,
    place: CasePlace,
) {
    let mut read = Row { place, ..Row::default() };
    let mut faults = Vec::new();
    for (name, cell) in columns.iter().zip(record) {
        if cell.len() > MAX_CELL_BYTES {
            faults.push(Fault::too_large(name, cell.len()));
            continue;
        }
        match name.as_str() {
            "case_id" => cell.trim().clone_into(&mut read.id),
            "domain" => cell.trim().clone_into(&mut read.domain),
            "input" => cell.clone_into(&mut read.input),
            "expected" => cell.clone_into(&mut read.expected),
            "metric" => cell.trim().clone_into(&mut read.metric),
            "pass_bar" => cell.trim().clone_into(&mut read.pass_bar),
            "guardrails" => read.guardrails = row::guardrails(cell),
            "notes" => cell.clone_into(&mut read.notes),
            "repeat" => cell.trim().clone_into(&mut read.repeat),
            _ if cell.is_empty() => {}
            other => match other.strip_prefix(METADATA) {
                Some(key) => {
                    read.metadata.insert(key.to_owned(), cell.to_owned());
                }
                None => {
                    read.variables.insert(other.to_owned(), Value::String(cell.to_owned()));
                }
            },
        }
    }
    reading.accept(read, faults);
}
