//! Fixtures: inputs that cases do not carry themselves.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::rules;
use crate::finding::{Finding, Place};
use crate::source::SourceFile;
use crate::template::Variables;
use crate::yaml::{Document, escape_pointer};

/// The name of the inputs that every case has.
const DEFAULT: &str = "default";

/// The inputs of a suite: some for every case, others for one.
#[derive(Debug, Default)]
pub struct Fixtures {
    by_name: BTreeMap<String, Map<String, Value>>,
    document: Option<Document>,
}

impl Fixtures {
    /// Reads a map of case to inputs; `default` stands for every case.
    #[must_use]
    pub fn read(source: &SourceFile) -> (Self, Vec<Finding>) {
        let (document, mut findings) = Document::parse(source.clone());
        let Some(document) = document else { return (Self::default(), findings) };
        let mut by_name = BTreeMap::new();
        let wrong = |pointer: &str, message: &str| {
            let help = "write `default:` and ids of cases, each with a map of inputs below it";
            Finding::new(&rules::FIXTURES_INVALID, document.place(pointer), message).help(help)
        };
        match document.value() {
            Value::Object(map) => {
                for (name, value) in map {
                    match value {
                        Value::Object(inputs) => drop(by_name.insert(name.clone(), inputs.clone())),
                        _ => findings.push(wrong(
                            &format!("/{}", escape_pointer(name)),
                            "expected a map of inputs",
                        )),
                    }
                }
            }
            Value::Null => {}
            _ => findings.push(wrong("", "expected a map of cases to inputs")),
        }
        (Self { by_name, document: Some(document) }, findings)
    }

    /// Returns the inputs of a case: its own over those of every case.
    #[must_use]
    pub fn of(&self, case_id: &str) -> Variables {
        self.layers(case_id).map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// Iterates over the inputs of a case; those that come later stand over earlier ones.
    pub(super) fn layers(&self, case_id: &str) -> impl Iterator<Item = (&String, &Value)> {
        let own = (case_id != DEFAULT).then(|| self.by_name.get(case_id)).flatten();
        self.by_name.get(DEFAULT).into_iter().chain(own).flatten()
    }

    /// Iterates over the names that are no case's and no default.
    pub(super) fn strangers<'a>(
        &'a self,
        is_case: impl Fn(&str) -> bool + 'a,
    ) -> impl Iterator<Item = &'a str> {
        let names = self.by_name.keys().map(String::as_str);
        names.filter(move |name| *name != DEFAULT && !is_case(name))
    }

    /// Iterates over every input that is given, with the name that it stands under.
    pub(super) fn inputs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.by_name
            .iter()
            .flat_map(|(name, map)| map.keys().map(move |input| (name.as_str(), input.as_str())))
    }

    /// Returns the place of a key.
    pub(super) fn key_place(&self, pointer: &str) -> Option<Place> {
        self.document.as_ref().map(|document| document.key_place(pointer))
    }
}
