//! What is wrong with a text, as findings.

use std::collections::HashMap;
use std::fmt::Write as _;

use granit_parser::{ErrorKind, ScanError};
use serde_json::Value;

use super::locate::escape_pointer;
use super::parse::{MAX_NODES, Reading, Stop, character_at};
use super::rules::{
    CONFLICT_MARKER, DUPLICATE_KEY, KEY_NOT_A_STRING, MERGE_NOT_A_MAP, MULTIPLE_DOCUMENTS,
    RECURSIVE_ALIAS, SYNTAX, TOO_LARGE,
};
use super::text::{line_start, offset};
use super::tree::{Id, Kind, Tree};
use super::value::MAX_DEPTH;
use crate::finding::{Finding, Place};
use crate::source::{SourceFile, Span};

/// How many findings one file gets; the rest would say the same again.
const MAX_FINDINGS: usize = 100;

/// Mappings up to this size are searched for equal keys without a table.
const SMALL: usize = 16;

/// Looks for the marks that git leaves around a conflict.
pub(super) fn conflict(source: &SourceFile) -> Option<Finding> {
    let text = source.text();
    let start = marker(text, "<<<<<<< ", 0)?;
    marker(text, ">>>>>>> ", start)?;
    Some(unresolved(source, start, 7))
}

/// Returns the first place from `from` on where a line starts with `mark`.
fn marker(text: &str, mark: &str, from: usize) -> Option<usize> {
    let found = text.get(from..)?.match_indices(mark).map(|(at, _)| from + at);
    found.into_iter().find(|at| line_start(text, *at) == *at)
}

fn unresolved(source: &SourceFile, start: usize, length: usize) -> Finding {
    let span = Span::new(offset(start), offset(start + length));
    let message = "a conflict marker of an unresolved merge stands here";
    Finding::new(&CONFLICT_MARKER, place(source, span), message).help(
        "resolve the conflict and remove the markers; `keelmark bump` can resolve the lines it \
         wrote",
    )
}

/// Says why there is no document.
pub(super) fn stopped(source: &SourceFile, stop: &Stop) -> Finding {
    let too_large = |span, message: String| Finding::new(&TOO_LARGE, place(source, span), message);
    match stop {
        Stop::Syntax(fault) => syntax(source, fault),
        Stop::Nodes(span) => {
            too_large(*span, format!("more than {MAX_NODES} values; at most that many are read"))
                .help("move the data to a payload file")
        }
        Stop::Expansion(span) => {
            too_large(*span, "this alias stands for more values than are read".to_owned())
                .help("write the values out, or use fewer aliases")
        }
        Stop::Depth(span) => too_large(*span, format!("nested more than {MAX_DEPTH} levels deep"))
            .help("nest less deep"),
        Stop::Recursive(span) => {
            let message =
                format!("the alias `{}` stands inside its own value", source.slice(*span));
            Finding::new(&RECURSIVE_ALIAS, place(source, *span), message)
                .help("name another anchor, or write the value out")
        }
    }
}

fn syntax(source: &SourceFile, fault: &ScanError) -> Finding {
    let text = source.text();
    let left_over = ["<<<<<<< ", "=======\n", "=======\r\n", ">>>>>>> "];
    if let Some(start) = left_over.iter().find_map(|mark| marker(text, mark, 0)) {
        return unresolved(source, start, 7);
    }
    let mut at = fault.marker().byte_offset().unwrap_or(text.len());
    if is_tab(fault.kind()) {
        // The parser points behind some tabs.
        let before = text.get(..at).unwrap_or_default();
        at = before.strip_suffix('\t').map_or(at, str::len);
    }
    let span = character_at(text, at);
    let (message, help) = explain(fault.kind());
    let message = message.map_or_else(|| format!("invalid YAML: {}", fault.info()), str::to_owned);
    let finding = Finding::new(&SYNTAX, place(source, span), message);
    match help {
        Some(help) => finding.help(help),
        None => finding,
    }
}

fn is_tab(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::TabNotAllowed
            | ErrorKind::TabInBlockIndentation
            | ErrorKind::TabInIndentation
            | ErrorKind::TabInPlainScalar
            | ErrorKind::TabAtBlockScalarStart
    )
}

/// Puts the faults that people meet into plain words, and says what to do about them.
fn explain(kind: &ErrorKind) -> (Option<&'static str>, Option<&'static str>) {
    match kind {
        kind if is_tab(kind) => {
            (Some("a tab stands where YAML wants spaces"), Some("indent with spaces"))
        }
        ErrorKind::UnknownAnchor => (
            Some("the alias names no anchor above it"),
            Some("define `&name` before `*name`, or quote a text that starts with `*`"),
        ),
        ErrorKind::MappingValueNotAllowed => (
            Some("a `:` makes a mapping here, and none can stand here"),
            Some("quote a text that holds `: `, or check the indentation"),
        ),
        ErrorKind::UnclosedQuotedScalar => {
            (Some("the text of this quote never ends"), Some("close the quote"))
        }
        ErrorKind::UnclosedFlowCollection { .. }
        | ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping => (None, Some("close the bracket")),
        ErrorKind::UnknownQuotedScalarEscape | ErrorKind::InvalidQuotedScalarHexEscape => {
            (None, Some("write a backslash as `\\\\`, or use single quotes"))
        }
        ErrorKind::InvalidTrailingDoubleQuotedScalar => (
            Some("text stands behind the closing quote"),
            Some("write a quote inside double quotes as `\\\"`"),
        ),
        ErrorKind::InvalidTrailingSingleQuotedScalar => (
            Some("text stands behind the closing quote"),
            Some("write a quote inside single quotes as `''`"),
        ),
        ErrorKind::UnexpectedCharacter { character } if character.is_control() => (
            Some("a control character stands here"),
            Some("remove it, or write it as an escape in double quotes"),
        ),
        ErrorKind::UnexpectedCharacter { .. } => (
            Some("this character cannot start a text without quotes"),
            Some("quote a text that starts with a special character"),
        ),
        ErrorKind::InvalidBlockScalarIndent => (None, Some("indent every line of the text alike")),
        _ => (None, None),
    }
}

/// Says what is wrong with a document that can be used all the same.
pub(super) fn findings(source: &SourceFile, reading: &Reading) -> Vec<Finding> {
    let mut inspector = Inspector {
        source,
        text: source.text(),
        tree: &reading.tree,
        path: Vec::new(),
        findings: Vec::new(),
    };
    if let Some(root) = reading.tree.root {
        inspector.visit(root);
    }
    let mut findings = inspector.findings;
    if let Some(second) = reading.second {
        let message = "a second document starts here; expected one document in the file";
        let finding = Finding::new(&MULTIPLE_DOCUMENTS, place(source, second), message);
        findings.push(finding.help("remove it, or move it to a file of its own"));
    }
    findings
}

/// Goes through the mappings of a document in the order of the text.
struct Inspector<'a> {
    source: &'a SourceFile,
    text: &'a str,
    tree: &'a Tree,
    path: Vec<Part>,
    findings: Vec<Finding>,
}

#[derive(Clone, Copy)]
enum Part {
    Key(Id),
    Index(usize),
}

impl<'a> Inspector<'a> {
    fn visit(&mut self, id: Id) {
        if self.findings.len() >= MAX_FINDINGS {
            return;
        }
        match &self.tree.node(id).kind {
            Kind::Seq { items, .. } => {
                for (index, item) in items.iter().enumerate() {
                    self.descend(Part::Index(index), *item);
                }
            }
            Kind::Map { entries, .. } => {
                self.keys(entries);
                for (key, value) in entries {
                    if self.tree.is_merge(self.text, *key) {
                        self.merge(*key, *value);
                    }
                    self.descend(Part::Key(*key), *value);
                }
            }
            Kind::Scalar(_) | Kind::Alias(_) => {}
        }
    }

    fn descend(&mut self, part: Part, id: Id) {
        self.path.push(part);
        self.visit(id);
        self.path.pop();
    }

    fn keys(&mut self, entries: &'a [(Id, Id)]) {
        let mut table = HashMap::new();
        let mut above: Vec<(&str, Id)> = Vec::new();
        for (key, _) in entries {
            if self.findings.len() >= MAX_FINDINGS {
                return;
            }
            if self.tree.is_merge(self.text, *key) {
                continue;
            }
            self.kind_of_key(*key);
            let Some(name) = self.tree.key(self.text, *key) else { continue };
            let first = if entries.len() > SMALL {
                let first = *table.entry(name).or_insert(*key);
                (first != *key).then_some(first)
            } else {
                let first = above.iter().find(|(other, _)| *other == name);
                let first = first.map(|(_, first)| *first);
                above.push((name, *key));
                first
            };
            if let Some(first) = first {
                self.duplicate(first, *key, name);
            }
        }
    }

    fn duplicate(&mut self, first: Id, second: Id, name: &str) {
        let message =
            format!("the key `{name}` stands twice in this mapping; the first one counts");
        let finding = Finding::new(&DUPLICATE_KEY, self.at(second), message)
            .help("remove one of the two")
            .related(self.at(first), "the first one stands here");
        self.findings.push(finding);
    }

    fn kind_of_key(&mut self, key: Id) {
        let what = match &self.tree.node(self.tree.target(key)).kind {
            Kind::Scalar(scalar) => match scalar.typed(self.text) {
                None => return,
                Some(Value::Null) => "null",
                Some(Value::Bool(_)) => "a boolean",
                Some(_) => "a number",
            },
            Kind::Seq { .. } => "a list",
            _ => "a mapping",
        };
        let (message, help) = match self.tree.key(self.text, key) {
            Some(name) => (
                format!("the key `{name}` is {what}; expected a string"),
                format!("write `\"{name}\"`"),
            ),
            None => {
                (format!("a key is {what}; expected a string"), "give the key a name".to_owned())
            }
        };
        let finding = Finding::new(&KEY_NOT_A_STRING, self.at(key), message).help(help);
        self.findings.push(finding);
    }

    /// A merge takes a mapping, or a list of them.
    fn merge(&mut self, key: Id, value: Id) {
        let is_map = |id: Id| matches!(self.tree.node(self.tree.target(id)).kind, Kind::Map { .. });
        let fine = match &self.tree.node(self.tree.target(value)).kind {
            Kind::Seq { items, .. } => items.iter().all(|item| is_map(*item)),
            _ => is_map(value),
        };
        if !fine {
            let message = "`<<` merges something else than mappings";
            let finding = Finding::new(&MERGE_NOT_A_MAP, self.at(key), message)
                .help("give it an alias of a mapping, or quote the key to have it as text");
            self.findings.push(finding);
        }
    }

    /// Points at a key of the mapping that is being visited.
    fn at(&self, key: Id) -> Place {
        let mut pointer = String::new();
        for part in self.path.iter().chain(&[Part::Key(key)]) {
            // Writing to a string does not fail.
            let _ = match part {
                Part::Index(index) => write!(pointer, "/{index}"),
                Part::Key(key) => {
                    let name = self.tree.key(self.text, *key).unwrap_or_default();
                    write!(pointer, "/{}", escape_pointer(name))
                }
            };
        }
        let node = self.tree.node(key);
        let span = Span::new(node.outer.min(node.span.start), node.span.end);
        Place { file: self.source.clone(), pointer, span }
    }
}

fn place(source: &SourceFile, span: Span) -> Place {
    Place { file: source.clone(), pointer: String::new(), span }
}
