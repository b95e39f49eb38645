//! `keelmark.diff.v1`: as a check without findings, and for each entry how it was called, whether it can be
//! compared, and its rows.

use serde::Serialize;

use super::{EntryDto, SourceDto, Summary};
use crate::checks::RowChanges;
use crate::checks::report::{Report, Source};
use crate::compat::rows::Sample;
use crate::output::diff::Difference;

/// The document.
#[derive(Debug, Serialize)]
pub struct DiffDocument<'a> {
    schema: &'static str,
    source: SourceDto<'a>,
    summary: Summary,
    entries: Vec<Entry<'a>>,
    // There are none; the keys stand for those who read this as a check.
    findings: [(); 0],
    overridden: [(); 0],
}

#[derive(Debug, Serialize)]
struct Entry<'a> {
    #[serde(flatten)]
    judged: EntryDto,
    renamed_from: Option<String>,
    unreadable: Option<&'a str>,
    rows: Option<Rows<'a>>,
}

#[derive(Debug, Serialize)]
struct Rows<'a> {
    before: u64,
    after: u64,
    added: Named<'a>,
    removed: Named<'a>,
    changed: Changed<'a>,
}

/// Rows that share something: how many, and the first of them by their key.
#[derive(Debug, Serialize)]
struct Named<'a> {
    count: u64,
    keys: Vec<&'a str>,
}

#[derive(Debug, Serialize)]
struct Changed<'a> {
    looked_at: u64,
    columns: Vec<Column<'a>>,
    rows: Vec<Row<'a>>,
}

#[derive(Debug, Serialize)]
struct Column<'a> {
    column: &'a str,
    count: u64,
}

#[derive(Debug, Serialize)]
struct Row<'a> {
    key: &'a str,
    cells: Vec<Cell<'a>>,
}

#[derive(Debug, Serialize)]
struct Cell<'a> {
    column: &'a str,
    was: Option<&'a str>,
    is: Option<&'a str>,
}

/// Makes the document of a difference.
#[must_use]
pub fn document<'a>(differences: &'a [Difference], source: &'a Source) -> DiffDocument<'a> {
    let counted = Report {
        judged: differences.len(),
        entries: differences.iter().map(|difference| difference.report.clone()).collect(),
        ..Report::default()
    };
    let entry = |difference: &'a Difference| Entry {
        judged: super::entry(&difference.report),
        renamed_from: difference.former.as_ref().map(ToString::to_string),
        unreadable: difference.unreadable.as_deref(),
        rows: difference.rows.as_ref().map(rows),
    };
    DiffDocument {
        schema: "keelmark.diff.v1",
        source: super::source(source),
        summary: super::summary(&counted),
        entries: differences.iter().map(entry).collect(),
        findings: [],
        overridden: [],
    }
}

fn some(sample: &Sample) -> Named<'_> {
    Named { count: sample.count, keys: sample.names().collect() }
}

fn rows(changes: &RowChanges) -> Rows<'_> {
    let (diff, details) = (&changes.diff, &changes.details);
    let columns = details.columns.iter().map(|(column, count)| Column { column, count: *count });
    let rows = details.rows.iter().map(|row| {
        let cells = row.cells.iter().map(|(column, (was, is))| Cell {
            column,
            was: was.as_deref(),
            is: is.as_deref(),
        });
        Row { key: &row.key, cells: cells.collect() }
    });
    Rows {
        before: diff.before,
        after: diff.after,
        added: some(&diff.added),
        removed: some(&diff.removed),
        changed: Changed {
            looked_at: details.looked_at,
            columns: columns.collect(),
            rows: rows.collect(),
        },
    }
}
