//! The metrics `exact` and `contains`.

use std::borrow::Cow;

use super::{MetricFault, TextMetric, verdict};

/// A reference for `exact`.
#[derive(Debug, Clone)]
pub(super) struct ExactReference(String);

/// A reference for `contains`.
#[derive(Debug, Clone)]
pub(super) struct ContainsReference(String);

impl ExactReference {
    /// Prepares a reference; an empty one asks for an empty answer.
    pub(super) fn new(text: &str) -> Self {
        Self(tidy(text).into_owned())
    }

    /// Scores an answer.
    pub(super) fn score(&self, answer: &str) -> f64 {
        verdict(tidy(answer) == self.0)
    }
}

impl ContainsReference {
    /// Prepares a reference; fails if it is empty.
    pub(super) fn new(text: &str) -> Result<Self, MetricFault> {
        let text = tidy(text);
        if text.is_empty() {
            return Err(MetricFault::EmptyReference { metric: TextMetric::Contains });
        }
        Ok(Self(text.into_owned()))
    }

    /// Scores an answer.
    pub(super) fn score(&self, answer: &str) -> f64 {
        verdict(unify_line_ends(answer).contains(&self.0))
    }
}

/// Leaves out white space around a text and writes each line end as LF.
///
/// Only a text with a carriage return inside is copied.
pub(super) fn tidy(text: &str) -> Cow<'_, str> {
    unify_line_ends(text.trim())
}

fn unify_line_ends(text: &str) -> Cow<'_, str> {
    if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    }
}
