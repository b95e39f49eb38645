//! What is wrong with the rows of a dataset, at its place.

use std::collections::BTreeSet;

use super::loaded::{Loaded, no_text};
use super::rows::{Pair, RowFile, is_cases};
use super::unread::Unread;
use crate::cases::rules;
use crate::compat::change::Change;
use crate::compat::dataset::Header;
use crate::compat::rows::{Fault, FaultKind, Packing, Table};
use crate::finding::{Family, Finding, Place, Rule};
use crate::registry::dataset::{Dataset, Purpose};
use crate::registry::entry::Body;
use crate::source::{SourceFile, Span};
use crate::yaml::escape_pointer;

const fn error(id: &'static str, summary: &'static str) -> Rule {
    Rule::error(id, Family::Dataset, summary)
}

/// A row of another length than the header.
pub(super) static ROW_RAGGED: Rule =
    error("dataset-row-ragged", "a row has another number of fields than the header");
/// Text of another form.
pub(super) static SYNTAX: Rule =
    error("dataset-syntax", "a file of rows is not the CSV, JSON lines or YAML that it says it is");
/// Bytes that are no text.
pub(super) static NOT_UTF8: Rule = error("dataset-not-utf8", "a row is not UTF-8");
/// More than is read.
pub(super) static ROW_TOO_LARGE: Rule =
    error("dataset-row-too-large", "a row, or a file of rows in YAML, has more than 16 MiB");
/// A mark that hides a column's name.
pub(super) static BYTE_ORDER_MARK: Rule = Rule::warning(
    "dataset-byte-order-mark",
    Family::Dataset,
    "a byte order mark stands before the first column",
);
/// Two rows of one name.
pub(super) static ROW_KEY_TWICE: Rule =
    error("dataset-row-key-twice", "two rows have the same key");
/// A row without a name.
pub(super) static ROW_KEY_MISSING: Rule = error(
    "dataset-row-key-missing",
    "a row has no key, or the column that `row_key` names does not exist",
);
/// A column that cannot be told from another.
pub(super) static COLUMN_TWICE: Rule =
    error("dataset-column-twice", "a column has no name, or the name of another one");
/// A column that is only declared.
pub(super) static COLUMN_MISSING: Rule =
    error("dataset-column-missing", "`columns` declares a column that no file has");
/// Rows in conflict.
pub(super) static CONFLICT_MARKER: Rule =
    error("dataset-conflict-marker", "a file of rows holds the markers of a conflict");
/// Another number of rows.
pub(super) static ROWS_MISCOUNTED: Rule = Rule::warning(
    "dataset-rows-miscounted",
    Family::Dataset,
    "a file has another number of rows than `rows` says",
);
/// Rows that were not looked at.
pub(super) static ROWS_NOT_JUDGED: Rule = Rule::note(
    "dataset-rows-not-judged",
    Family::Dataset,
    "rows were not compared, so that only digests speak",
);
/// Rows that were trained on.
pub(super) static CONTAMINATION_FLAG: Rule =
    error("dataset-contamination-flag", "rows that measure stand in a training set too");

const fn rule_of(kind: FaultKind) -> &'static Rule {
    match kind {
        FaultKind::Ragged => &ROW_RAGGED,
        FaultKind::Syntax | FaultKind::Empty => &SYNTAX,
        FaultKind::NotUtf8 => &NOT_UTF8,
        FaultKind::RowTooLarge => &ROW_TOO_LARGE,
        FaultKind::ByteOrderMark => &BYTE_ORDER_MARK,
        FaultKind::KeyTwice => &ROW_KEY_TWICE,
        FaultKind::KeyMissing | FaultKind::KeyColumnMissing => &ROW_KEY_MISSING,
        FaultKind::ColumnTwice => &COLUMN_TWICE,
        FaultKind::ConflictMarker => &CONFLICT_MARKER,
    }
}

/// Returns the rule by which the reader of cases tells of such a fault.
const fn rule_of_cases(kind: FaultKind) -> &'static Rule {
    match kind {
        FaultKind::Ragged => &rules::CASE_RAGGED,
        FaultKind::Syntax | FaultKind::ByteOrderMark | FaultKind::ConflictMarker => {
            &rules::CASES_SYNTAX
        }
        FaultKind::Empty => &rules::CASES_EMPTY,
        FaultKind::NotUtf8 => &rules::CASES_NOT_UTF8,
        FaultKind::RowTooLarge => &rules::CASES_TOO_LARGE,
        FaultKind::KeyTwice => &rules::CASE_ID_TWICE,
        FaultKind::KeyMissing => &rules::CASE_ID_MISSING,
        FaultKind::KeyColumnMissing => &rules::CASES_COLUMN_MISSING,
        FaultKind::ColumnTwice => &rules::CASES_COLUMN_TWICE,
    }
}

/// Says whether a rule tells of rows that are not known, so that no step can be derived from them.
#[must_use]
pub fn hides_rows(rule: &Rule) -> bool {
    let tells = |kind: FaultKind| [rule_of(kind), rule_of_cases(kind)].map(|told| told.id);
    FaultKind::ALL.into_iter().any(|kind| kind.hides_rows() && tells(kind).contains(&rule.id))
}

/// Files up to this size are read once more for the place of a finding; beyond, the line is named.
const SHOWN_UP_TO: u64 = 16 << 20;

/// Tells what is wrong with the new rows; what was wrong with the old ones is inherited.
pub(super) fn of(
    pair: &Pair<'_>,
    (old, new): (&Table, &Table),
    headers: (&Header, &Header),
) -> Vec<Finding> {
    let subject = |fault: &Fault| {
        let what = if fault.row.is_empty() { &fault.message } else { &fault.row };
        (fault.kind, what.clone())
    };
    let stood: BTreeSet<(FaultKind, String)> = old.faults().iter().map(subject).collect();
    let mut findings = Vec::new();
    let mut texts = Texts::default();
    for fault in new.faults() {
        let Some(file) = pair.come.get(usize::from(fault.file)) else { continue };
        // The reader of cases has said it in its own words.
        let empty =
            fault.kind == FaultKind::Empty && matches!(file.form, Some((_, Packing::Plain)));
        if measures(pair.after) && (empty || is_cases(&file.columns)) {
            continue;
        }
        let mut finding = finding(fault, file, &mut texts);
        finding.inherited = stood.contains(&subject(fault));
        findings.push(finding);
    }
    for kind in findings.iter().map(|f: &Finding| f.rule.id).collect::<BTreeSet<_>>() {
        let told = findings.iter().filter(|finding| finding.rule.id == kind).count();
        let all: usize = [
            FaultKind::Ragged,
            FaultKind::Syntax,
            FaultKind::NotUtf8,
            FaultKind::KeyTwice,
            FaultKind::KeyMissing,
        ]
        .into_iter()
        .filter(|fault| rule_of(*fault).id == kind)
        .map(|fault| new.count_of(fault))
        .sum();
        if let Some(last) = findings.iter_mut().rev().find(|finding| finding.rule.id == kind)
            && all > told
        {
            last.message = format!("{} (and {} more like it)", last.message, all - told);
        }
    }
    findings.extend(miscounted(pair, new));
    findings.extend(missing_columns(pair, headers));
    findings
}

/// Says that rows were not compared.
pub(super) fn not_judged(new: &Loaded, unread: &Unread) -> Finding {
    let place = new.entry.document.place("/files");
    Finding::new(&ROWS_NOT_JUDGED, place, format!("rows not judged: {}", unread.why))
        .help(unread.help)
}

/// Says that rows which measure stand in a training set too.
pub(super) fn contaminated(document: &crate::yaml::Document, dataset: &Dataset) -> Option<Finding> {
    let found = dataset.provenance.contamination.as_ref()?;
    let rows = found.overlapping_rows.filter(|rows| *rows > 0)?;
    let against = match found.checked_against.as_slice() {
        [] => "a training set".to_owned(),
        sets => sets
            .iter()
            .map(|set| format!("`{}`", set.escape_debug()))
            .collect::<Vec<_>>()
            .join(", "),
    };
    let be = if rows == 1 { "row stands" } else { "rows stand" };
    let place = document.place("/provenance/contamination/overlapping_rows");
    let finding = Finding::new(&CONTAMINATION_FLAG, place, format!("{rows} {be} in {against} too"));
    let help = "remove the rows in a major version, or give the dataset another `purpose`";
    Some(finding.help(help).values(String::new(), rows.to_string()))
}

/// Rules after which scores before and after are not comparable.
const CHANGES_ROWS: [&str; 9] = [
    "dataset-bytes-changed",
    "dataset-labels-changed",
    "dataset-live",
    "dataset-rows-added",
    "dataset-rows-added-unkeyed",
    "dataset-rows-changed",
    "dataset-rows-removed",
    "dataset-sampling-weight-changed",
    "dataset-split-moved",
];

/// Says that scores over the old rows say nothing about the new ones.
pub(super) fn invalidated(old: &Loaded, new: &Loaded, changes: &[Change]) -> Option<Finding> {
    let Body::Dataset(dataset) = &new.entry.body else { return None };
    let deciding = changes.iter().find(|change| CHANGES_ROWS.contains(&change.rule.id))?;
    if !measures(dataset) {
        return None;
    }
    let before = &old.entry.common.version;
    let message =
        format!("scores over {before} and over these rows cannot be compared: {}", deciding.note);
    let place = new.entry.document.place("/files");
    let finding = Finding::new(&super::baseline::BASELINE_INVALIDATED, place, message);
    let help = "after the merge, run the suites that use it and bless new baselines: `keelmark eval bless`";
    Some(finding.help(help).values(before.clone(), deciding.rule.id))
}

fn measures(dataset: &Dataset) -> bool {
    matches!(dataset.purpose, None | Some(Purpose::Evaluation))
}

fn miscounted(pair: &Pair<'_>, table: &Table) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, file) in (0_u16..).zip(&pair.come) {
        let Some(said) = file.declared.and_then(|declared| declared.rows) else { continue };
        let counted = table.rows_by_file().get(&index).copied().unwrap_or_default();
        // The rows of a folder are counted over all of its files.
        if said == counted || file.declared.is_some_and(|declared| declared.path.ends_with('/')) {
            continue;
        }
        let pointer = format!("{}/rows", file.pointer.trim_end_matches("/path"));
        let place = pair.new.entry.document.place(&pointer);
        let message = format!("`rows` says {said}, and `{}` has {counted}", file.part.path);
        let finding = Finding::new(&ROWS_MISCOUNTED, place, message);
        findings.push(
            finding
                .help(format!("write `rows: {counted}`"))
                .values(said.to_string(), counted.to_string()),
        );
    }
    findings
}

/// Tells which declared columns no file has; those that were missing before are inherited.
pub(super) fn missing_columns(pair: &Pair<'_>, (was, is): (&Header, &Header)) -> Vec<Finding> {
    let columns = &is.names;
    // Rows of JSON and YAML may leave out what is absent.
    if columns.is_empty() || !is.complete {
        return Vec::new();
    }
    let stood = |name: &String| {
        let read = was.complete && !was.names.is_empty();
        read && pair.before.columns.contains_key(name) && !was.names.contains(name)
    };
    let lacking = pair.after.columns.keys().filter(|name| !columns.contains(name));
    lacking
        .map(|name| {
            let pointer = format!("/columns/{}", escape_pointer(name));
            let place = pair.new.entry.document.key_place(&pointer);
            let message = format!("no file has the declared column `{}`", name.escape_debug());
            let close = crate::schema::nearest(name, columns.iter().map(String::as_str));
            let help = match close {
                Some(close) => format!("did the header change? It has `{}`", close.escape_debug()),
                None => "remove the declaration, or bring the column back".to_owned(),
            };
            let finding = Finding::new(&COLUMN_MISSING, place, message);
            let mut finding = finding.help(help).values("", name);
            finding.inherited = stood(name);
            finding
        })
        .collect()
}

/// Texts of files that findings point into.
#[derive(Default)]
struct Texts(std::collections::BTreeMap<crate::path::RepoPath, Option<SourceFile>>);

impl Texts {
    fn of(&mut self, file: &RowFile<'_>) -> Option<SourceFile> {
        let part = file.part;
        let known = self.0.entry(part.path.clone()).or_insert_with(|| {
            let plain = matches!(file.form, Some((_, Packing::Plain)));
            if !plain || part.size > SHOWN_UP_TO {
                return None;
            }
            let mut bytes = Vec::new();
            part.bytes.stream(&mut bytes).ok()?;
            let text = String::from_utf8(bytes)
                .unwrap_or_else(|fault| String::from_utf8_lossy(fault.as_bytes()).into_owned());
            Some(SourceFile::new(part.path.clone(), text))
        });
        known.clone()
    }
}

fn finding(fault: &Fault, file: &RowFile<'_>, texts: &mut Texts) -> Finding {
    let pointer = match fault.row.as_str() {
        "" => String::new(),
        row => format!("/{}", escape_pointer(row)),
    };
    let (place, message) = if let Some(source) = texts.of(file) {
        let span = span(&source, fault);
        (Place { file: source, pointer, span }, fault.message.clone())
    } else {
        let message = format!("line {}: {}", fault.line, fault.message);
        (Place { pointer, ..no_text(&file.part.path) }, message)
    };
    Finding::new(rule_of(fault.kind), place, message).help(fault.help)
}

fn span(source: &SourceFile, fault: &Fault) -> Span {
    let offset = |at: u64| u32::try_from(at).unwrap_or(u32::MAX);
    let (start, end) = fault.bytes;
    let text = source.text();
    // Bytes that are no UTF-8 were replaced, so that offsets behind them are others.
    if end > start && end <= text.len() as u64 && !text.contains('\u{fffd}') {
        return Span::new(offset(start), offset(end));
    }
    let skipped = (fault.line as usize).saturating_sub(1);
    let start: usize = text.split_inclusive('\n').take(skipped).map(str::len).sum();
    let line = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    Span::new(offset(start as u64), offset((start + line.len()) as u64))
}
