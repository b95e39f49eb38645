//! What those who use an entry have to know of it, without reading all of it.

use serde::Deserialize as _;
use serde_json::Value;

use super::changelog;
use super::common::Status;
use super::dataset::Dataset;
use super::reference::{Reference, references};
use crate::ident::Kind;
use crate::version::Version;
use crate::yaml::Document;

/// The class of data that identifies people.
pub const PII_CLASS: &str = "pii";

/// What an entry says about itself to those who use it. Values that cannot be read are left out.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The version that lies in the tree.
    pub version: Option<Version>,
    /// The versions that it is known to have, newest first.
    pub versions: Vec<Version>,
    /// Those of them that were withdrawn: nothing is to start from them.
    pub withdrawn: Vec<Version>,
    /// Where it stands in its life.
    pub status: Status,
    /// The day from which it may be removed, as written.
    pub sunset: Option<String>,
    /// What replaces it, as written.
    pub replaced_by: Option<String>,
    /// Its licences, as written: its own, and that of the source of its rows.
    pub licenses: Vec<String>,
    /// How sensitive its data is: the class that it declares, and [`PII_CLASS`] for rows that
    /// identify people.
    pub classes: Vec<String>,
    /// Which other entries it names.
    pub references: Vec<Reference>,
}

impl Facts {
    /// Iterates over the versions that were not withdrawn, newest first.
    pub fn offered(&self) -> impl Iterator<Item = &Version> {
        self.versions.iter().filter(|version| !self.withdrawn.contains(version))
    }

    /// Reads the facts from an entry's document; `versions` are those that it is known to have.
    #[must_use]
    pub fn read(kind: Kind, document: Option<&Document>, versions: Vec<Version>) -> Self {
        let Some(value) = document.map(Document::value) else {
            return Self { versions, ..Self::default() };
        };
        let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str);
        let owned = |pointer: &str| text(pointer).map(ToOwned::to_owned);
        let status = value.get("status").and_then(|status| Status::deserialize(status).ok());
        let mut classes: Vec<String> = owned("/data_class").into_iter().collect();
        let dataset =
            || Dataset::deserialize(value).is_ok_and(|dataset| dataset.identifies_people());
        if kind == Kind::Dataset && dataset() {
            classes.push(PII_CLASS.to_owned());
        }
        Self {
            version: text("/version").and_then(|text| text.parse().ok()),
            versions,
            withdrawn: changelog::withdrawn(value),
            status: status.unwrap_or_default(),
            sunset: owned("/sunset"),
            replaced_by: owned("/replaced_by"),
            licenses: [owned("/license"), owned("/provenance/license")]
                .into_iter()
                .flatten()
                .collect(),
            classes,
            references: references(kind, value),
        }
    }
}
