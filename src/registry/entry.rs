//! One governed thing, as it is written.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::common::Common;
use super::layout::Form;
use super::{composite, dataset, fragment, judge, model, profile, prompt, suite};
use crate::finding::{Family, Finding, Rule};
use crate::ident::{EntryName, Kind};
use crate::path::RepoPath;
use crate::version::Version;
use crate::yaml::Document;

/// What only one kind has.
#[derive(Debug, Clone)]
pub enum Body {
    /// A composite's.
    Composite(Box<composite::Composite>),
    /// A dataset's.
    Dataset(Box<dataset::Dataset>),
    /// A fragment's.
    Fragment(Box<fragment::Fragment>),
    /// A judge's.
    Judge(Box<judge::Judge>),
    /// A model's.
    Model(Box<model::Model>),
    /// A profile's.
    Profile(Box<profile::Profile>),
    /// A prompt's.
    Prompt(Box<prompt::Prompt>),
    /// A suite's.
    Suite(Box<suite::Suite>),
}

/// One governed thing: its file, its typed keys and its place.
#[derive(Debug)]
pub struct Entry {
    /// Kind and id; the id is the one that the path says.
    pub name: EntryName,
    /// How it is laid out.
    pub form: Form,
    /// Its file, with positions.
    pub document: Document,
    /// The keys that every kind has.
    pub common: Common,
    /// The keys that only its kind has.
    pub body: Body,
    /// The version, where it is one.
    pub version: Option<Version>,
    /// The value without what the schema refused.
    value: Value,
}

/// The typed model and the schema disagree: a fault of Keelmark, never silent.
pub static ENTRY_UNREADABLE: Rule = Rule::error(
    "entry-unreadable",
    Family::Shape,
    "a value passes the schema and still cannot be read",
);

impl Entry {
    /// Reads an entry from its document and from `value`, which is the document's value without what
    /// the schema refused.
    ///
    /// What the schema accepts always reads, unless schema and model disagree, which is a finding.
    #[must_use]
    pub fn read(
        name: EntryName,
        form: Form,
        document: Document,
        value: Value,
    ) -> (Self, Vec<Finding>) {
        let mut findings = Vec::new();
        let mut faults = Vec::new();
        let common: Common = typed(&value, &mut faults);
        let body = match name.kind {
            Kind::Composite => Body::Composite(typed(&value, &mut faults)),
            Kind::Dataset => Body::Dataset(typed(&value, &mut faults)),
            Kind::Fragment => Body::Fragment(typed(&value, &mut faults)),
            Kind::Judge => Body::Judge(typed(&value, &mut faults)),
            Kind::Model => Body::Model(typed(&value, &mut faults)),
            Kind::Profile => Body::Profile(typed(&value, &mut faults)),
            Kind::Prompt => Body::Prompt(typed(&value, &mut faults)),
            Kind::Suite => Body::Suite(typed(&value, &mut faults)),
        };
        for fault in faults {
            findings.push(
                Finding::new(&ENTRY_UNREADABLE, document.place(""), fault)
                    .entry(&name)
                    .help("this is a fault of Keelmark; please report it with the file"),
            );
        }
        let version = common.version.parse().ok();
        (Self { name, form, document, common, body, version, value }, findings)
    }

    /// Returns the path of the entry file.
    #[must_use]
    pub fn path(&self) -> &RepoPath {
        self.document.source().path()
    }

    /// Returns the folder that payload paths are relative to.
    #[must_use]
    pub fn folder(&self) -> RepoPath {
        self.path().parent().unwrap_or_default()
    }

    /// Returns the names that the aliases stand for; the entry may have had them before a rename.
    #[must_use]
    pub fn former_names(&self) -> Vec<EntryName> {
        let ids = self.common.aliases.iter().filter_map(|alias| alias.parse().ok());
        ids.map(|id| EntryName::new(self.name.kind, id)).collect()
    }

    /// Returns the value without what the schema refused.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// Returns the prompt's keys, for a prompt.
    #[must_use]
    pub fn as_prompt(&self) -> Option<&prompt::Prompt> {
        match &self.body {
            Body::Prompt(prompt) => Some(prompt),
            _ => None,
        }
    }
}

fn typed<T: DeserializeOwned + Default>(value: &Value, faults: &mut Vec<String>) -> T {
    if !value.is_object() {
        return T::default();
    }
    T::deserialize(value).unwrap_or_else(|fault| {
        faults.push(fault.to_string());
        T::default()
    })
}
