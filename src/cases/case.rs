//! One case.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::bar::Bar;
use crate::digest::Digest;
use crate::registry::suite::Suite;
use crate::source::Span;
use crate::template::Variables;

/// What a good answer is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Expected {
    /// Nothing is said of it.
    #[default]
    None,
    /// This text: a reference for metrics that compare, a remark beside the others.
    Text(String),
    /// `<BLOCK>`: the answer is refused or blocked.
    Block,
}

/// What is measured, and what must be cleared.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Check {
    /// The metric, by its own name or by the name of one of the suite's judges.
    pub metric: String,
    /// The bar; `None` for metrics that pass or do not.
    pub bar: Option<Bar>,
}

/// Where a case stands in its file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CasePlace {
    /// The number of the row or list item, from 0, faulty ones counted.
    pub index: u32,
    /// The bytes of the row, the line or the map.
    pub span: Span,
}

/// One case.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Case {
    /// Its name, unique in the file.
    pub id: String,
    /// What it is about; routes go by it.
    pub domain: String,
    /// The column `input`; empty where the case has `inputs` of its own.
    pub input: String,
    /// `inputs` of YAML and JSON, and the further columns of CSV as text.
    pub variables: Variables,
    /// What a good answer is.
    pub expected: Expected,
    /// What is measured.
    pub check: Check,
    /// Guardrails that the answer is put through.
    pub guardrails: Vec<String>,
    /// A remark for people.
    pub notes: String,
    /// Further facts to select and group by; columns `metadata.<name>` in CSV.
    pub metadata: BTreeMap<String, String>,
    /// How often the case is run, where it is not the suite's number.
    pub repeat: Option<u32>,
    /// Where the case stands.
    pub place: CasePlace,
}

impl Case {
    /// Returns what a column holds; `None` where the case has nothing there.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<Cow<'_, Value>> {
        if let Some(value) = self.variables.get(name) {
            return Some(Cow::Borrowed(value));
        }
        let text = match name {
            "case_id" => &self.id,
            "domain" => &self.domain,
            "input" => &self.input,
            "notes" => &self.notes,
            "expected" => match &self.expected {
                Expected::Text(text) => text,
                Expected::Block => BLOCK,
                Expected::None => "",
            },
            other => self.metadata.get(other.strip_prefix(METADATA)?)?,
        };
        (!text.is_empty()).then(|| Cow::Owned(Value::String(text.to_owned())))
    }
}

/// What stands in `expected` where the answer must be refused.
pub(super) const BLOCK: &str = "<BLOCK>";

/// What the name of a CSV column begins with that holds metadata.
pub(super) const METADATA: &str = "metadata.";

/// Digests everything of a case but its place and its notes.
///
/// The digest is that of canonical JSON, and the same for every format that a case is written in.
#[must_use]
pub fn row_digest(case: &Case) -> Digest {
    let expected = match &case.expected {
        Expected::None => Value::Null,
        Expected::Text(text) => Value::String(text.clone()),
        Expected::Block => json!({"block": true}),
    };
    Digest::of_json(&json!({
        "case_id": case.id,
        "domain": case.domain,
        "input": case.input,
        "inputs": case.variables,
        "expected": expected,
        "metric": case.check.metric,
        "bar": case.check.bar.map(|bar| bar.to_string()),
        "guardrails": case.guardrails,
        "metadata": case.metadata,
        "repeat": case.repeat,
    }))
}

/// Returns the prompt that answers a case, as the suite writes it: by its domain, or else the target.
#[must_use]
pub fn prompt_of<'a>(case: &Case, suite: &'a Suite) -> Option<&'a str> {
    suite.route.get(&case.domain).or(suite.target.as_ref()).map(String::as_str)
}
