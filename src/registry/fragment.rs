//! Fragments.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::signature::{Direction, Signature};

/// What only fragments have; see [`super::common::Common`] for the rest.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Fragment {
    /// The text's path in the entry's folder; `fragment.md` unless written.
    pub template: Option<String>,
    /// The variables that the text uses: a list of names, or a map of name to JSON Schema.
    pub inputs: Option<Value>,
    /// The language of the text (BCP 47).
    pub language: Option<String>,
}

impl Fragment {
    /// Returns the inputs in normal form.
    #[must_use]
    pub fn inputs(&self) -> Signature {
        Signature::read(self.inputs.as_ref(), "/inputs", Direction::Input, None)
    }
}
