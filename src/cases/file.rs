//! A file of cases: its format, its rows, and where each field stands.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::case::{Case, CasePlace, METADATA, row_digest};
use super::row::{self, Fault, Patterns, Row};
use super::{csv, jsonl, rules, scan, yaml};
use crate::digest::Digest;
use crate::finding::{Finding, Place, Rule};
use crate::path::RepoPath;
use crate::source::{SourceFile, Span};
use crate::yaml::{Document, Located, escape_pointer};

/// The most bytes of a file of cases or fixtures; callers hand it to `Snapshot::read`.
pub const MAX_BYTES: u64 = 256 << 20;

/// How often one rule is told of one file; the last finding then says how many more there are.
const MOST_OF_A_RULE: usize = 1000;

/// How cases are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// Comma-separated values with a header.
    Csv,
    /// A list of maps, alone or below `cases`.
    Yaml,
    /// One JSON object a line.
    Jsonl,
}

impl Format {
    /// Returns the format that the name of a file says; `None` where it says no other or none.
    #[must_use]
    pub fn of(path: &RepoPath) -> Option<Self> {
        let name = String::from_utf8_lossy(path.file_name()).to_ascii_lowercase();
        Self::named(name.rsplit_once('.')?.1)
    }

    /// Returns the format of a name such as `csv`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "csv" => Some(Self::Csv),
            "yaml" | "yml" => Some(Self::Yaml),
            "jsonl" => Some(Self::Jsonl),
            _ => None,
        }
    }

    /// Says whether the beginning of a text looks like cases: it names both required columns.
    #[must_use]
    pub fn looks_like_cases(self, head: &str) -> bool {
        let has = |marks: [&str; 2]| marks.iter().all(|mark| head.contains(mark));
        match self {
            Self::Csv => csv::has_header(head),
            Self::Yaml => has(["case_id:", "metric:"]),
            Self::Jsonl => has(["\"case_id\"", "\"metric\""]),
        }
    }
}

/// Takes the bytes of a file of cases or fixtures as text.
///
/// # Errors
/// A finding at the first byte that is not UTF-8.
pub fn decode(path: &RepoPath, bytes: Vec<u8>) -> Result<SourceFile, Box<Finding>> {
    crate::yaml::decode(path, None, bytes).map_err(|fault| {
        let fault = *fault;
        let finding = Finding::new(&rules::CASES_NOT_UTF8, fault.place, fault.message);
        Box::new(finding.help("save the file as UTF-8"))
    })
}

/// A file of cases.
#[derive(Debug)]
pub struct CaseFile {
    /// The text.
    pub source: SourceFile,
    /// Its cases, in the order of the file.
    pub cases: Vec<Case>,
    /// The columns that a case may have: those of the header, or all that any case has.
    pub columns: BTreeSet<String>,
    places: Places,
}

impl CaseFile {
    /// Reads the cases of a text and says what is wrong with it.
    ///
    /// A row that cannot be told from others is left out: one of another length, without an id or
    /// with an id that a row before it has. Every other case is kept, with what could be read of it.
    #[must_use]
    pub fn read(source: &SourceFile, format: Format) -> (Self, Vec<Finding>) {
        let reading = match format {
            Format::Csv => csv::read(source),
            Format::Yaml => yaml::read(source),
            Format::Jsonl => jsonl::read(source),
        };
        reading.finish()
    }

    /// Returns the place of a case's field; of the whole case where it is not written.
    #[must_use]
    pub fn place(&self, case: &Case, field: &str) -> Place {
        let span = self.places.field(case.place, field);
        Place { file: self.source.clone(), pointer: pointer(&case.id, field), span }
    }

    /// Returns the digest of every case by its id.
    #[must_use]
    pub fn digests(&self) -> BTreeMap<&str, Digest> {
        self.cases.iter().map(|case| (case.id.as_str(), row_digest(case))).collect()
    }
}

/// Reads the cases of a text and says what is wrong with it; see [`CaseFile::read`].
#[must_use]
pub fn read(source: &SourceFile, format: Format) -> (Vec<Case>, Vec<Finding>) {
    let (file, findings) = CaseFile::read(source, format);
    (file.cases, findings)
}

/// The pointer of a field goes by the case's id, not by its number, so that a fingerprint outlives
/// the rows above.
fn pointer(id: &str, field: &str) -> String {
    format!("/{}/{}", escape_pointer(id), escape_pointer(field))
}

/// Where fields stand; looked up when somebody asks.
#[derive(Debug)]
pub(super) struct Places {
    pub(super) source: SourceFile,
    form: Form,
}

#[derive(Debug)]
enum Form {
    Csv { header: Vec<String> },
    Jsonl,
    Yaml { document: Option<Box<Document>>, list: &'static str },
}

impl Places {
    pub(super) fn csv(source: SourceFile, header: Vec<String>) -> Self {
        Self { source, form: Form::Csv { header } }
    }

    pub(super) fn jsonl(source: SourceFile) -> Self {
        Self { source, form: Form::Jsonl }
    }

    /// `list` is the pointer of the list of cases.
    pub(super) fn yaml(source: SourceFile, document: Option<Document>, list: &'static str) -> Self {
        Self { source, form: Form::Yaml { document: document.map(Box::new), list } }
    }

    /// Returns the bytes of a field; those of the whole case where it is not written.
    fn field(&self, at: CasePlace, field: &str) -> Span {
        let text = self.source.slice(at.span);
        let found = match &self.form {
            Form::Csv { header } => cell(text, header, field),
            Form::Jsonl => jsonl::member(text, field).map(|(_, value)| value),
            Form::Yaml { .. } => {
                return self.in_yaml(at, field).map_or(at.span, |located| match located.key {
                    Some(key) if located.value.is_empty() => key,
                    _ => located.value,
                });
            }
        };
        found.map_or(at.span, |range| within(at.span, &range))
    }

    /// Returns the bytes of a field's name, which has none in a row of CSV.
    fn key(&self, at: CasePlace, field: &str) -> Span {
        match &self.form {
            Form::Csv { .. } => at.span,
            Form::Jsonl => jsonl::member(self.source.slice(at.span), field)
                .map_or(at.span, |(key, _)| within(at.span, &key)),
            Form::Yaml { .. } => {
                self.in_yaml(at, field).and_then(|located| located.key).unwrap_or(at.span)
            }
        }
    }

    fn in_yaml(&self, at: CasePlace, field: &str) -> Option<Located> {
        let Form::Yaml { document, list } = &self.form else { return None };
        let pointer = format!("{list}/{}/{}", at.index, escape_pointer(field));
        Some(document.as_ref()?.locate(&pointer)).filter(|located| located.found)
    }

    /// Returns the bytes that a fault means.
    fn of_fault(&self, at: CasePlace, fault: &Fault) -> Span {
        if fault.rule.id == rules::CASE_KEY_UNKNOWN.id {
            return self.key(at, &fault.field);
        }
        let span = self.field(at, &fault.field);
        match (&fault.inside, &self.form) {
            (Some(inside), Form::Csv { .. }) => {
                within(span, &scan::written(self.source.slice(span), inside))
            }
            _ => span,
        }
    }
}

/// Finds a cell of a row; a row without a field for `pass_bar` has its bar in `metric`.
fn cell(text: &str, header: &[String], field: &str) -> Option<std::ops::Range<usize>> {
    let fields = scan::fields(text).ok()?;
    let at = |columns: &[String], name: &str| {
        let index = columns.iter().position(|column| column == name)?;
        fields.get(index).cloned()
    };
    if fields.len() == header.len() {
        return at(header, field);
    }
    at(&csv::without_bar(header), if field == "pass_bar" { "metric" } else { field })
}

fn within(outer: Span, range: &std::ops::Range<usize>) -> Span {
    let offset = |at: usize| outer.start.saturating_add(u32::try_from(at).unwrap_or(u32::MAX));
    Span::new(offset(range.start).min(outer.end), offset(range.end).min(outer.end))
}

/// What has been read so far.
pub(super) struct Reading {
    pub(super) places: Places,
    pub(super) columns: BTreeSet<String>,
    cases: Vec<Case>,
    findings: Vec<Finding>,
    said: BTreeMap<&'static str, usize>,
    patterns: Patterns,
}

impl Reading {
    pub(super) fn new(places: Places) -> Self {
        Self {
            places,
            columns: BTreeSet::new(),
            cases: Vec::new(),
            findings: Vec::new(),
            said: BTreeMap::new(),
            patterns: Patterns::new(),
        }
    }

    /// Takes findings that the reader of the format makes itself.
    pub(super) fn take(&mut self, findings: Vec<Finding>) {
        self.findings.extend(findings);
    }

    /// Says something at a pointer and its bytes.
    pub(super) fn say(
        &mut self,
        rule: &'static Rule,
        (pointer, span): (String, Span),
        message: impl Into<String>,
        help: Option<String>,
    ) {
        let count = self.said.entry(rule.id).or_default();
        *count += 1;
        if *count > MOST_OF_A_RULE {
            return;
        }
        let place = Place { file: self.places.source.clone(), pointer, span };
        let mut finding = Finding::new(rule, place, message);
        finding.help = help;
        self.findings.push(finding);
    }

    /// Says what is wrong with a row.
    pub(super) fn say_fault(&mut self, id: &str, place: CasePlace, fault: Fault) {
        // Places are looked up, so what is not told is not looked for.
        let told = self.said.get(fault.rule.id).copied().unwrap_or_default() < MOST_OF_A_RULE;
        let span = if told { self.places.of_fault(place, &fault) } else { place.span };
        self.say(fault.rule, (pointer(id, &fault.field), span), fault.message, fault.help);
    }

    /// Notes which columns a row has, for formats without a header.
    pub(super) fn know(&mut self, row: &Row) {
        for name in row.variables.keys() {
            if !self.columns.contains(name) {
                self.columns.insert(name.clone());
            }
        }
        self.columns.extend(row.metadata.keys().map(|name| format!("{METADATA}{name}")));
    }

    /// Makes a case of a row, `faults` being what was wrong with it before.
    pub(super) fn accept(&mut self, row: Row, mut faults: Vec<Fault>) {
        let (case, more) = row::accept(row, &mut self.patterns);
        faults.extend(more);
        for fault in faults {
            self.say_fault(&case.id, case.place, fault);
        }
        if !case.id.is_empty() {
            self.cases.push(case);
        }
    }

    fn finish(mut self) -> (CaseFile, Vec<Finding>) {
        if self.cases.is_empty() && self.findings.is_empty() {
            let place = (String::new(), Span::default());
            let help = "a suite without cases would pass whatever the answers are";
            self.say(&rules::CASES_EMPTY, place, "there is no case", Some(help.to_owned()));
        }
        self.refuse_twins();
        for finding in self.findings.iter_mut().rev() {
            let more = self.said.remove(finding.rule.id).unwrap_or_default();
            if let Some(more) = more.checked_sub(MOST_OF_A_RULE).filter(|more| *more > 0) {
                finding.message = format!("{} (and {more} more like it)", finding.message);
            }
        }
        let source = self.places.source.clone();
        let Self { places, columns, cases, findings, .. } = self;
        (CaseFile { source, cases, columns, places }, findings)
    }

    /// Leaves out cases whose id another case had before.
    fn refuse_twins(&mut self) {
        let mut first: HashMap<&str, usize> = HashMap::with_capacity(self.cases.len());
        let mut twins = Vec::new();
        for (at, case) in self.cases.iter().enumerate() {
            match first.get(case.id.as_str()) {
                Some(other) => twins.push((at, *other)),
                None => drop(first.insert(&case.id, at)),
            }
        }
        if twins.is_empty() {
            return;
        }
        for (at, other) in &twins {
            let (Some(case), Some(other)) = (self.cases.get(*at), self.cases.get(*other)) else {
                continue;
            };
            let (id, place) = (case.id.clone(), case.place);
            let line = self.places.source.position(other.place.span.start).line;
            let shown = id.escape_debug().to_string();
            let message = format!("the id `{shown}` stands in line {line} already");
            let fault = Fault::new(&rules::CASE_ID_TWICE, "case_id", message);
            self.say_fault(&id, place, fault.help("give every case an id of its own"));
        }
        let mut twins = twins.into_iter().map(|(at, _)| at).peekable();
        let mut at = 0;
        self.cases.retain(|_| {
            let twin = twins.next_if_eq(&at).is_some();
            at += 1;
            !twin
        });
    }
}
