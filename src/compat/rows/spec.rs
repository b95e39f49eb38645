//! How the rows of a file are to be read.

use std::collections::{BTreeMap, BTreeSet};

use crate::registry::dataset::{Column, ColumnType};

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// Comma-separated values with a header (RFC 4180).
    Csv,
    /// One JSON object a line.
    Jsonl,
    /// A list of maps, alone or below `cases` or `rows`.
    Yaml,
}

/// What is around the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Packing {
    /// Nothing.
    Plain,
    /// gzip.
    Gzip,
}

impl Format {
    /// Returns the format and the packing that a declared format or the name of a file says; `None`
    /// where rows are in a form that is not read.
    #[must_use]
    pub fn of(declared: Option<&str>, file_name: &str) -> Option<(Self, Packing)> {
        let name = file_name.to_ascii_lowercase();
        let (name, packing) = match name.strip_suffix(".gz") {
            Some(name) => (name, Packing::Gzip),
            None => (name.as_str(), Packing::Plain),
        };
        let said = declared.map(str::to_ascii_lowercase);
        let word = match &said {
            Some(said) => said.as_str(),
            None => name.rsplit_once('.')?.1,
        };
        let format = match word {
            "csv" => Self::Csv,
            "jsonl" | "ndjson" => Self::Jsonl,
            "yaml" | "yml" => Self::Yaml,
            _ => return None,
        };
        Some((format, packing))
    }
}

/// What a column is to a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// It names the row.
    Key,
    /// It says which split the row belongs to.
    Split,
    /// It holds what is expected of an answer.
    Label,
    /// It says how often the row is drawn.
    Weight,
    /// It is a remark for people.
    Remark,
    /// Anything else.
    Data,
}

/// Columns that hold what is expected, where no column is declared as a label.
const USUAL_LABELS: [&str; 5] = ["expected", "guardrails", "label", "metric", "pass_bar"];

/// Says whether a column holds what is expected of an answer: it is declared to, or has one of the
/// usual names where nobody declares any.
#[must_use]
pub fn is_label(columns: &BTreeMap<String, Column>, name: &str) -> bool {
    if columns.values().any(|column| column.label) {
        columns.get(name).is_some_and(|column| column.label)
    } else {
        USUAL_LABELS.contains(&name)
    }
}

/// How the rows of one side are to be read.
#[derive(Debug, Clone)]
pub struct Spec<'a> {
    /// The column that names each row; `None` where rows are only told apart by their values.
    pub key: Option<String>,
    /// What is declared of the columns.
    pub columns: &'a BTreeMap<String, Column>,
    /// The column that holds the weight of a row.
    pub weight: Option<&'a str>,
    /// The columns to compare, those that both sides have.
    pub shared: BTreeSet<String>,
    /// Whether the file is one of cases: `case_id` and `metric` are columns of it.
    pub cases: bool,
}

impl Spec<'_> {
    /// Says what a column is for.
    #[must_use]
    pub fn role(&self, name: &str) -> Role {
        if self.key.as_deref() == Some(name) {
            return Role::Key;
        }
        if self.weight == Some(name) {
            return Role::Weight;
        }
        if name == "split" {
            return Role::Split;
        }
        if is_label(self.columns, name) {
            return Role::Label;
        }
        if self.cases && name == "notes" { Role::Remark } else { Role::Data }
    }

    /// Returns the declared type of a column, and whether a value may be absent.
    pub(super) fn type_of(&self, name: &str) -> (ColumnType, bool) {
        let declared = self.columns.get(name);
        declared.map_or((ColumnType::String, true), |column| (column.column_type, column.nullable))
    }
}

/// One file of rows.
#[derive(Debug, Clone)]
pub struct FileSpec {
    /// Its place among the files of its side.
    pub index: u16,
    /// How its rows are written.
    pub format: Format,
    /// The split that it belongs to; empty for none.
    pub split: String,
}
