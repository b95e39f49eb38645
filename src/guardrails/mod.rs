//! Detectors that judge one answer without asking a model or a service.
//!
//! Each has a name with a version and its quality on the labelled set of `tests/labelled`; a
//! change of what it finds raises the number. They are lexicons and patterns: cheap, the same on
//! every machine, and never enough alone where much is at risk. Verdicts never show the identifier
//! or insult that they are about. The room knows no files, no cases and no providers.

mod citations;
mod injection;
mod jailbreak;
mod lexicon;
mod pii;
mod quality;
mod refusal;
mod text;

use serde::Serialize;
use serde_json::Value;

pub use citations::{Citations, Sources, citations, citations_required};
pub use injection::{Injection, injection};
pub use jailbreak::{
    Attack, Blocked, Expectation, Finish, blocked, is_over_refusal, jailbreak_block,
};
pub use lexicon::no_toxicity;
pub use pii::no_pii;
pub use quality::{DETECTORS, Detector, Quality};
pub use refusal::{Refusal, is_refusal};

/// What a model answered.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// The answer as it came.
    pub text: &'a str,
    /// The same answer as a value, where it is structured.
    pub json: Option<&'a Value>,
}

impl Answer<'_> {
    /// Returns what people read of the answer: its texts, one a line, without keys and marks.
    fn prose(&self) -> String {
        match self.json {
            None => self.text.to_owned(),
            Some(value) => {
                let mut texts = Vec::new();
                text::strings(value, &mut |part| texts.push(part.to_owned()));
                texts.join("\n")
            }
        }
    }
}

/// What a guardrail says of one answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Nothing was found.
    Pass,
    /// The guardrail holds the answer back.
    Hit {
        /// A piece of the answer round the hit, with identifiers and the insult masked. Values of
        /// secrets that only the caller knows are not masked yet.
        excerpt_redacted: String,
        /// What was found, by which detector.
        reason: String,
    },
}

#[cfg(test)]
mod tests;
