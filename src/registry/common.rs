//! The keys that entries of every kind share.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Where an entry stands in its life.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Not yet promised to anybody: bump rules do not apply, composites refuse it.
    Draft,
    /// In use. The default.
    #[default]
    Active,
    /// In use, and to be replaced.
    Deprecated,
    /// A tombstone.
    Removed,
}

/// How an entry depends on another.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Edge {
    /// Used when the entry is used.
    #[default]
    Runtime,
    /// Used at run time, and part of the entry's own contract.
    Reexported,
    /// Used to measure the entry.
    Eval,
    /// Used to make the entry.
    Build,
}

/// One element of `depends_on`: a reference, or a reference with its edge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "WrittenDependency")]
pub struct Dependency {
    /// The reference as written.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The edge.
    pub edge: Edge,
}

/// Both forms of a dependency. Untagged is fine here: the schema has spoken before.
#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenDependency {
    Short(String),
    Long {
        // A missing `ref` is a finding of its own.
        #[serde(default, rename = "ref")]
        reference: String,
        #[serde(default)]
        edge: Edge,
    },
}

impl From<WrittenDependency> for Dependency {
    fn from(written: WrittenDependency) -> Self {
        match written {
            WrittenDependency::Short(reference) => Self { reference, edge: Edge::Runtime },
            WrittenDependency::Long { reference, edge } => Self { reference, edge },
        }
    }
}

/// Pointers to other things: free text, except that `datasets` names entries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Links {
    /// Datasets that belong to the entry, by id or alias.
    pub datasets: Vec<String>,
    /// Where the last eval run is recorded.
    pub eval_run: Option<String>,
    /// Decision records.
    pub adr: Vec<String>,
    /// A dashboard.
    pub dashboard: Option<String>,
    /// A runbook.
    pub runbook: Option<String>,
    /// Issues or tickets.
    pub issues: Vec<String>,
}

/// The keys that entries of every kind share.
///
/// Fields that the schema requires are optional here: one bad field must not hide the others, so
/// what the schema refuses is left out before this is read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Common {
    /// The last segment of the id, or the whole id.
    pub id: String,
    /// The version as written.
    pub version: String,
    /// Who answers for the entry.
    pub owner: String,
    /// What the entry is for.
    pub description: Option<String>,
    /// Words to find the entry by.
    pub tags: Vec<String>,
    /// Pointers to other things.
    pub links: Links,
    /// One line a version, newest first: `"2.3.0: what changed"`.
    pub changelog: Vec<String>,
    /// Other names that resolve to this entry.
    pub aliases: Vec<String>,
    /// Where the entry stands in its life.
    pub status: Status,
    /// The day from which the entry may be removed (ISO 8601).
    pub sunset: Option<String>,
    /// The entry that replaces this one.
    pub replaced_by: Option<String>,
    /// How sensitive the data is that the entry sees.
    pub data_class: Option<String>,
    /// How long that data may be kept.
    pub retention_days: Option<u64>,
    /// The licence, as an SPDX expression.
    pub license: Option<String>,
    /// Other entries that this one needs.
    pub depends_on: Vec<Dependency>,
    /// The version to go back to.
    pub rollback_to: Option<String>,
    /// Declared digests: `prompt_template_sha256`, or one per payload path.
    pub checksums: BTreeMap<String, Value>,
}
