//! Rows of touched datasets: which files have to be read, and what they hold.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use flate2::write::MultiGzDecoder;

use super::loaded::Loaded;
use super::row_findings;
use super::unread::{self, Unread};
use crate::compat::dataset::{Comparison, Header, Rows, Seen};
use crate::compat::rows::{
    ColumnReader, Details, FileSpec, Format, Packing, Picked, Picker, RowDiff, RowReader, Side,
    Spec, Table, compare as compare_tables, details,
};
use crate::digest::Digest;
use crate::finding::Finding;
use crate::integrity::payload::Part;
use crate::registry::dataset::{Column, DataFile, Dataset};
use crate::registry::entry::Body;
use crate::snapshot::ReadFault;

/// The most bytes of a packed file's content.
const MOST_UNPACKED: u64 = 8 << 30;

/// What became of the rows between two contents, and what is wrong with the new ones.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) seen: Seen,
    pub(super) findings: Vec<Finding>,
}

impl Outcome {
    /// The same rows, of which nothing was read.
    fn same() -> Self {
        Self { seen: Seen { rows: Rows::Same, headers: None }, findings: Vec::new() }
    }
}

/// Comparisons with other contents, so that files are read once.
#[derive(Debug, Default)]
pub(super) struct Compared(Mutex<BTreeMap<Option<Digest>, Arc<Outcome>>>);

impl Compared {
    fn get(&self, key: Option<Digest>, make: impl FnOnce() -> Outcome) -> Arc<Outcome> {
        let known = |all: &BTreeMap<Option<Digest>, Arc<Outcome>>| all.get(&key).cloned();
        if let Some(known) = known(&self.0.lock().unwrap_or_else(PoisonError::into_inner)) {
            return known;
        }
        let outcome = Arc::new(make());
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(key, Arc::clone(&outcome));
        outcome
    }
}

/// Compares the rows of two contents of a dataset; without an old one, reads those of the new.
///
/// Files that have their old digest and split are not read: their rows are the same.
pub(super) fn compare(old: Option<&Loaded>, new: &Loaded) -> Arc<Outcome> {
    let key = old.map(|old| old.facets().entry);
    new.compared.get(key, || {
        let nothing = Dataset::default();
        let before = old.and_then(dataset_of).unwrap_or(&nothing);
        let Some(after) = dataset_of(new) else {
            return Outcome::same();
        };
        let sides = (old.map(|old| files(old, before)).unwrap_or_default(), files(new, after));
        let mut pair = Pair { before, after, new, kept: Vec::new(), gone: sides.0, come: sides.1 };
        pair.leave_out_the_same();
        pair.judge()
    })
}

fn dataset_of(loaded: &Loaded) -> Option<&Dataset> {
    match &loaded.entry.body {
        Body::Dataset(dataset) => Some(dataset),
        _ => None,
    }
}

/// How rows are written and packed; `None` where they are not read.
type Form = Option<(Format, Packing)>;

/// Says whether the same bytes are the same rows; of a form that is not read nothing is known.
fn reads_alike(one: Form, other: Form) -> bool {
    one.is_none() || other.is_none() || one == other
}

/// One file of rows with what is declared of it.
#[derive(Clone)]
pub(super) struct RowFile<'a> {
    pub(super) part: &'a Part,
    pub(super) declared: Option<&'a DataFile>,
    /// Where it is declared.
    pub(super) pointer: &'a str,
    pub(super) form: Form,
    split: &'a str,
    pub(super) columns: Vec<String>,
}

fn files<'a>(loaded: &'a Loaded, dataset: &'a Dataset) -> Vec<RowFile<'a>> {
    let declared: BTreeMap<&str, &DataFile> =
        dataset.all_files().map(|file| (file.path.as_str(), file)).collect();
    let mut found = Vec::new();
    for payload in &loaded.payloads {
        let listed = declared.get(payload.declared.path.as_str()).copied();
        for part in &payload.parts {
            let name = String::from_utf8_lossy(part.path.file_name());
            found.push(RowFile {
                part,
                declared: listed,
                pointer: &payload.declared.pointer,
                form: Format::of(listed.and_then(|file| file.format.as_deref()), &name),
                split: listed.and_then(|file| file.split.as_deref()).unwrap_or_default(),
                columns: Vec::new(),
            });
        }
    }
    found
}

/// Two contents with the files that differ.
pub(super) struct Pair<'a> {
    pub(super) before: &'a Dataset,
    pub(super) after: &'a Dataset,
    pub(super) new: &'a Loaded,
    /// Files of the new content that the old one has too.
    pub(super) kept: Vec<RowFile<'a>>,
    pub(super) gone: Vec<RowFile<'a>>,
    pub(super) come: Vec<RowFile<'a>>,
}

impl Pair<'_> {
    fn leave_out_the_same(&mut self) {
        if self.is_ordered() {
            return self.leave_out_both_ends();
        }
        let mut left: BTreeMap<(Digest, &str), Vec<Form>> = BTreeMap::new();
        for file in &self.gone {
            left.entry((file.part.digest, file.split)).or_default().push(file.form);
        }
        let (kept, come) = std::mem::take(&mut self.come).into_iter().partition(|file| {
            let alike = |form: &Form| reads_alike(*form, file.form);
            let Some(forms) = left.get_mut(&(file.part.digest, file.split)) else { return false };
            let at = forms.iter().position(alike);
            at.is_some_and(|at| {
                forms.remove(at);
                true
            })
        });
        (self.kept, self.come) = (kept, come);
        self.gone.retain(|file| {
            let Some(forms) = left.get_mut(&(file.part.digest, file.split)) else { return false };
            let at = forms.iter().position(|form| *form == file.form);
            at.is_some_and(|at| {
                forms.remove(at);
                true
            })
        });
    }

    /// Where order counts, files in the middle may have changed places with each other.
    fn leave_out_both_ends(&mut self) {
        let same = |(old, new): &(&RowFile<'_>, &RowFile<'_>)| {
            (old.part.digest, old.split) == (new.part.digest, new.split)
                && reads_alike(old.form, new.form)
        };
        let head = self.gone.iter().zip(&self.come).take_while(same).count();
        let room = self.gone.len().min(self.come.len()) - head;
        let ends = self.gone.iter().rev().zip(self.come.iter().rev());
        let tail = ends.take(room).take_while(same).count();
        let behind = self.come.split_off(self.come.len() - tail);
        let middle = self.come.split_off(head);
        self.kept = std::mem::replace(&mut self.come, middle);
        self.kept.extend(behind);
        self.gone.truncate(self.gone.len() - tail);
        self.gone.drain(..head);
    }

    fn is_ordered(&self) -> bool {
        self.before.ordered && self.after.ordered
    }

    /// Says whether the files that differ are the same ones in other places.
    fn is_shuffled(&self) -> bool {
        let files = |files: &[RowFile<'_>]| -> Vec<(Digest, String)> {
            let mut all: Vec<_> =
                files.iter().map(|file| (file.part.digest, file.split.to_owned())).collect();
            all.sort();
            all
        };
        self.is_ordered() && files(&self.gone) == files(&self.come)
    }

    fn judge(mut self) -> Outcome {
        if self.gone.is_empty() && self.come.is_empty() {
            return self.same_files();
        }
        let gone = self.gone.iter().find_map(|file| unread::of_file(file, Side::Old));
        let come = || self.come.iter().find_map(|file| unread::of_file(file, Side::New));
        if let Some(why) = gone.or_else(come) {
            if self.is_shuffled() {
                let mut diff = RowDiff::default();
                diff.reordered = true;
                let rows = Rows::Compared(Box::new(Comparison { keyed: true, diff }));
                let findings = vec![row_findings::not_judged(self.new, &why)];
                return Outcome { seen: Seen { rows, headers: None }, findings };
            }
            return self.unread(why, None, Vec::new());
        }
        let plan = match self.plan() {
            Ok(plan) => plan,
            Err(fault) => return self.unread(unread::of_fault(&fault), None, Vec::new()),
        };
        let (old_spec, new_spec) = plan.specs();
        let (old, new) =
            rayon::join(|| table(&self.gone, &old_spec), || table(&self.come, &new_spec));
        let (old, new) = match (old, new) {
            (Ok(old), Ok(new)) => (old, new),
            (Err(fault), _) | (_, Err(fault)) => {
                return self.unread(unread::of_fault(&fault), None, Vec::new());
            }
        };
        let keyed = plan.keys.1.is_some();
        let headers = self.headers(plan.old_columns, plan.new_columns);
        let findings = row_findings::of(&self, (&old, &new), (&headers.0, &headers.1));
        let headers = compared(headers);
        if old.hides_rows() || new.hides_rows() {
            let (which, help) = if new.hides_rows() {
                ("the new", "mend these rows, or give each one a key of its own: `row_key`")
            } else {
                ("the old", "once this is merged, later changes are compared row by row again")
            };
            let why = format!("{which} files have rows that cannot be told apart");
            return self.unread(Unread { why, help }, headers, findings);
        }
        let diff = compare_tables(&old, &new, self.is_ordered());
        let rows = Rows::Compared(Box::new(Comparison { keyed, diff }));
        Outcome { seen: Seen { rows, headers }, findings }
    }

    /// Looks at the headers of files that stayed, where something else is said of them.
    fn same_files(mut self) -> Outcome {
        let says = |dataset: &Dataset| {
            let column = dataset.sampling.as_ref().and_then(|sampling| sampling.column.clone());
            (dataset.columns.clone(), dataset.row_key.clone(), column)
        };
        let unread = self.kept.iter().any(|file| unread::of_file(file, Side::New).is_some());
        if unread || says(self.before) == says(self.after) || read_columns(&mut self.kept).is_err()
        {
            return Outcome::same();
        }
        let columns = union(self.kept.iter());
        let (was, is) = self.headers(columns.clone(), columns);
        let findings = row_findings::missing_columns(&self, (&was, &is));
        Outcome { seen: Seen { rows: Rows::Same, headers: compared((was, is)) }, findings }
    }

    /// The columns of both sides.
    fn headers(&self, old: Vec<String>, new: Vec<String>) -> (Header, Header) {
        let header = |names: Vec<String>, files: &[RowFile<'_>]| {
            let mut files = files.iter().chain(&self.kept);
            let complete = files.all(|file| matches!(file.form, Some((Format::Csv, _))));
            Header { names, complete }
        };
        (header(old, &self.gone), header(new, &self.come))
    }

    /// Reads the columns, and says how rows are to be read on both sides.
    fn plan(&mut self) -> Result<Plan, ReadFault> {
        read_columns(&mut self.gone)?;
        read_columns(&mut self.come)?;
        read_columns(&mut self.kept)?;
        let old_columns = union(self.gone.iter().chain(&self.kept));
        let new_columns = union(self.come.iter().chain(&self.kept));
        let known: BTreeSet<&String> = old_columns.iter().collect();
        let shared: BTreeSet<String> = match (old_columns.is_empty(), new_columns.is_empty()) {
            (true, _) => new_columns.iter().cloned().collect(),
            (_, true) => old_columns.iter().cloned().collect(),
            _ => new_columns.iter().filter(|name| known.contains(name)).cloned().collect(),
        };
        // A column that became the weight with this change held data before.
        let column = |dataset: &Dataset| dataset.sampling.as_ref()?.column.clone();
        let weight = column(self.before).filter(|name| column(self.after).as_ref() == Some(name));
        let merged = self.merged_columns();
        let keys = self.keys((&old_columns, &new_columns));
        Ok(Plan { old_columns, new_columns, shared, merged, weight, keys })
    }

    fn unread(
        &self,
        unread: Unread,
        headers: Option<(Header, Header)>,
        mut findings: Vec<Finding>,
    ) -> Outcome {
        let count = |files: &[RowFile<'_>]| u64::try_from(files.len()).unwrap_or(u64::MAX);
        if findings.is_empty() {
            findings.push(row_findings::not_judged(self.new, &unread));
        }
        let why = unread.why;
        let rows = Rows::Unread { why, gone: count(&self.gone), come: count(&self.come) };
        Outcome { seen: Seen { rows, headers }, findings }
    }

    /// What is declared of the columns, the new content having the last word: both sides are read
    /// by it, so that a type that is declared for the first time changes no row.
    fn merged_columns(&self) -> BTreeMap<String, Column> {
        let mut merged = self.before.columns.clone();
        merged
            .extend(self.after.columns.iter().map(|(name, column)| (name.clone(), column.clone())));
        merged
    }

    /// Returns the columns that name the rows, on the old and on the new side.
    fn keys(&self, columns: (&[String], &[String])) -> (Option<String>, Option<String>) {
        let (old, new) = (self.before.row_key.clone(), self.after.row_key.clone());
        // Cases have names, whether somebody says so or not.
        let of_cases = |columns: &[String]| columns.is_empty() || is_cases(columns);
        let usual = (of_cases(columns.0) && of_cases(columns.1)).then(|| "case_id".to_owned());
        let new_key = new.clone().or_else(|| old.clone()).or_else(|| usual.clone());
        (old.or(new).or(usual), new_key)
    }
}

/// Headers are only compared with each other.
fn compared(headers: (Header, Header)) -> Option<(Header, Header)> {
    (!headers.0.names.is_empty() && !headers.1.names.is_empty()).then_some(headers)
}

/// How the rows of both sides are to be read.
struct Plan {
    old_columns: Vec<String>,
    new_columns: Vec<String>,
    shared: BTreeSet<String>,
    merged: BTreeMap<String, Column>,
    weight: Option<String>,
    keys: (Option<String>, Option<String>),
}

impl Plan {
    fn specs(&self) -> (Spec<'_>, Spec<'_>) {
        let spec = |key: &Option<String>, columns: &[String]| Spec {
            key: key.clone(),
            columns: &self.merged,
            weight: self.weight.as_deref(),
            shared: self.shared.clone(),
            cases: is_cases(columns),
        };
        (spec(&self.keys.0, &self.old_columns), spec(&self.keys.1, &self.new_columns))
    }
}

/// The rows of a dataset between two contents, for looking at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowChanges {
    /// Which rows came, went and changed: how many, and the first of them.
    pub diff: RowDiff,
    /// Which columns of rows that both sides have differ, from what to what.
    pub details: Details,
}

/// Compares the rows of two contents of a dataset for looking at; `None` where there is nothing to
/// see: the same files, rows that cannot be compared, or no dataset.
///
/// # Errors
/// When bytes cannot be had.
pub fn row_changes(old: &Loaded, new: &Loaded) -> Result<Option<RowChanges>, ReadFault> {
    let outcome = compare(Some(old), new);
    let (Rows::Compared(compared), Some(before), Some(after)) =
        (&outcome.seen.rows, dataset_of(old), dataset_of(new))
    else {
        return Ok(None);
    };
    let diff = compared.diff.clone();
    let (gone, come) = (files(old, before), files(new, after));
    let mut pair = Pair { before, after, new, kept: Vec::new(), gone, come };
    pair.leave_out_the_same();
    let plan = pair.plan()?;
    let (old_spec, new_spec) = plan.specs();
    let (was, is) = rayon::join(
        || picked((Side::Old, &pair.gone), &old_spec, &diff),
        || picked((Side::New, &pair.come), &new_spec, &diff),
    );
    let details = details(&was?, &is?);
    Ok(Some(RowChanges { diff, details }))
}

/// Picks the rows of a comparison that are looked at closely.
fn picked(
    (side, files): (Side, &[RowFile<'_>]),
    spec: &Spec<'_>,
    diff: &RowDiff,
) -> Result<Picked, ReadFault> {
    let mut found = Picked::default();
    if diff.looks_at_none() {
        return Ok(found);
    }
    for (index, file) in files.iter().enumerate() {
        let Some((format, packing)) = file.form else { continue };
        let index = u16::try_from(index).unwrap_or(u16::MAX);
        let mut picker = Picker::new(spec, (side, index, format), diff, &mut found);
        stream(file.part, packing, &mut picker)?;
        picker.finish();
    }
    Ok(found)
}

/// Says whether columns are those of cases.
pub(super) fn is_cases(columns: &[String]) -> bool {
    ["case_id", "metric"].iter().all(|name| columns.iter().any(|column| column == name))
}

fn union<'a>(files: impl Iterator<Item = &'a RowFile<'a>>) -> Vec<String> {
    let mut columns: Vec<String> = Vec::new();
    let mut known = BTreeSet::new();
    for name in files.flat_map(|file| &file.columns) {
        if known.insert(name) {
            columns.push(name.clone());
        }
    }
    columns
}

/// Reads the columns of files; of those that keep their bytes only where a header says them.
fn read_columns(files: &mut [RowFile<'_>]) -> Result<(), ReadFault> {
    for file in files {
        let Some((format, packing)) = file.form else { continue };
        let mut reader = ColumnReader::new(format);
        let streamed = stream(file.part, packing, &mut reader);
        if !reader.is_done() {
            streamed?;
        }
        file.columns = reader.finish();
    }
    Ok(())
}

/// Reads the rows of files.
fn table(files: &[RowFile<'_>], spec: &Spec<'_>) -> Result<Table, ReadFault> {
    let mut table = Table::new();
    for (index, file) in files.iter().enumerate() {
        let Some((format, packing)) = file.form else { continue };
        let index = u16::try_from(index).unwrap_or(u16::MAX);
        let split = file.split.to_owned();
        let mut reader = RowReader::new(spec, FileSpec { index, format, split }, &mut table);
        if packing == Packing::Plain {
            reader = reader.of_size(file.part.size);
        }
        stream(file.part, packing, &mut reader)?;
        reader.finish();
    }
    table.settle(spec.key.is_some());
    Ok(table)
}

fn stream(part: &Part, packing: Packing, sink: &mut dyn io::Write) -> Result<(), ReadFault> {
    match packing {
        Packing::Plain => part.bytes.stream(sink),
        Packing::Gzip => {
            let mut unpacked = MultiGzDecoder::new(Bounded { sink, left: MOST_UNPACKED });
            part.bytes.stream(&mut unpacked)?;
            let ended = unpacked.try_finish();
            ended.map_err(|source| ReadFault::Io { path: part.path.clone(), source })
        }
    }
}

/// Hands on so many bytes and no more.
struct Bounded<'a> {
    sink: &'a mut dyn io::Write,
    left: u64,
}

impl io::Write for Bounded<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let wanted = bytes.len() as u64;
        if wanted > self.left {
            return Err(io::Error::other("unpacked it has more than 8 GiB"));
        }
        self.left -= wanted;
        self.sink.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

#[cfg(test)]
mod tests;
