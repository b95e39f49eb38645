//! Datasets.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What the rows are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// They measure.
    Evaluation,
    /// They train.
    Training,
    /// They are looked things up in.
    Corpus,
    /// They are people's scores.
    Labels,
}

/// A file that holds rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DataFile {
    /// The path in the entry's folder; a folder ends in `/`.
    pub path: String,
    /// The declared SHA-256.
    pub sha256: Option<String>,
    /// The split that the rows belong to.
    pub split: Option<String>,
    /// How many rows the file has.
    pub rows: Option<u64>,
    /// The format, where the name of the file does not say it.
    pub format: Option<String>,
    /// What the file holds.
    pub description: Option<String>,
}

/// A group of files of a live dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Partition {
    /// Its name.
    pub name: String,
    /// Whether it is finished, so that its digests must stay.
    pub closed: bool,
    /// Its files.
    pub files: Vec<DataFile>,
    /// What it holds.
    pub description: Option<String>,
}

impl Default for Partition {
    fn default() -> Self {
        Self { name: String::new(), closed: true, files: Vec::new(), description: None }
    }
}

/// The type of a column's values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColumnType {
    /// Text. The default.
    #[default]
    String,
    /// Whole numbers.
    Integer,
    /// Numbers.
    Number,
    /// True or false.
    Boolean,
    /// Days.
    Date,
    /// Moments.
    Timestamp,
    /// Lists.
    List,
    /// Maps.
    Map,
    /// Any JSON value.
    Json,
    /// Bytes.
    Bytes,
}

/// One column.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key that people write")]
pub struct Column {
    /// The type of its values.
    #[serde(rename = "type")]
    pub column_type: ColumnType,
    /// Whether it holds what is expected of an answer.
    pub label: bool,
    /// Whether a value may be absent.
    pub nullable: bool,
    /// The values that may stand in it.
    pub classes: Option<Vec<String>>,
    /// Whether consumers must be ready for classes that are not listed.
    pub extensible: bool,
    /// Whether its values may identify a person.
    pub pii: bool,
    /// What it means.
    pub description: Option<String>,
}

/// What is known of one split.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Split {
    /// How many rows it has.
    pub rows: Option<u64>,
    /// What it is for.
    pub description: Option<String>,
}

/// The splits: names alone, or what is known of each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Splits {
    /// Names alone.
    Names(Vec<String>),
    /// What is known of each.
    Known(BTreeMap<String, Split>),
}

impl Splits {
    /// Iterates over the names.
    pub fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        match self {
            Self::Names(names) => Box::new(names.iter().map(String::as_str)),
            Self::Known(splits) => Box::new(splits.keys().map(String::as_str)),
        }
    }
}

/// How rows are drawn where not all are used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sampling {
    /// The column that holds the weight of each row.
    pub column: Option<String>,
    /// How many rows are drawn.
    pub size: Option<u64>,
    /// The seed of the draw.
    pub seed: Option<u64>,
}

/// Whether values identify people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pii {
    /// They never did.
    None,
    /// They no longer do.
    DeIdentified,
    /// They do.
    Present,
}

/// What is known of overlap with training sets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Contamination {
    /// The training sets that were compared.
    pub checked_against: Vec<String>,
    /// How many rows stand in them too.
    pub overlapping_rows: Option<u64>,
    /// The day of the comparison (ISO 8601).
    pub checked: Option<String>,
    /// How rows were compared.
    pub method: Option<String>,
}

/// Where the rows come from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Provenance {
    /// Where they were taken from.
    pub source: Option<String>,
    /// The day on which the collection ended (ISO 8601).
    pub collected: Option<String>,
    /// The licence of the source, as an SPDX expression.
    pub license: Option<String>,
    /// The datasets that the rows were made from.
    pub derived_from: Vec<String>,
    /// Whether the rows identify people.
    pub pii: Option<Pii>,
    /// Whether the rows were made up.
    pub synthetic: Option<bool>,
    /// Who collected or wrote them.
    pub collected_by: Option<String>,
    /// Where signatures and attestations of the rows are.
    pub attestations: Vec<String>,
    /// What is known of overlap with training sets.
    pub contamination: Option<Contamination>,
}

/// What only datasets have; see [`super::common::Common`] for the rest.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Dataset {
    /// What the rows are for.
    pub purpose: Option<Purpose>,
    /// The column that names each row.
    pub row_key: Option<String>,
    /// Whether the order of the rows is part of the content.
    pub ordered: bool,
    /// Whether the open partition may grow.
    pub live: bool,
    /// The files that hold the rows.
    pub files: Vec<DataFile>,
    /// Groups of files.
    pub partitions: Vec<Partition>,
    /// The columns by name.
    pub columns: BTreeMap<String, Column>,
    /// The vocabulary of the labels.
    pub classes: Option<Vec<String>>,
    /// Whether consumers must be ready for classes that are not listed.
    pub extensible: bool,
    /// The splits.
    pub splits: Option<Splits>,
    /// How often each split or class is drawn, by its name.
    pub weights: BTreeMap<String, f64>,
    /// How rows are drawn where not all are used.
    pub sampling: Option<Sampling>,
    /// The languages of the rows (BCP 47).
    pub languages: Vec<String>,
    /// Where the rows come from.
    pub provenance: Provenance,
}

impl Dataset {
    /// Says whether the rows identify people: the dataset says so, or marks a column and does not
    /// say that the rows were de-identified.
    #[must_use]
    pub fn identifies_people(&self) -> bool {
        match self.provenance.pii {
            Some(Pii::Present) => true,
            Some(Pii::DeIdentified | Pii::None) => false,
            None => self.columns.values().any(|column| column.pii),
        }
    }

    /// Iterates over the files, those of the partitions included.
    pub fn all_files(&self) -> impl Iterator<Item = &DataFile> {
        self.files.iter().chain(self.partitions.iter().flat_map(|partition| &partition.files))
    }
}
