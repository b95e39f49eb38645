//! The metric `levenshtein`: one less the edit distance over the length of the longer text.

use super::alignment::{edit_distance, guard};
use super::literal::tidy;
use super::{MetricFault, TextMetric, ratio};

/// A reference for `levenshtein`.
#[derive(Debug, Clone)]
pub(super) struct LevenshteinReference(Vec<u32>);

impl LevenshteinReference {
    /// Prepares a reference.
    pub(super) fn new(text: &str) -> Self {
        Self(scalars(text))
    }

    /// Scores an answer; two empty texts are equal and score 1.
    pub(super) fn score(&self, answer: &str) -> Result<f64, MetricFault> {
        let answer = scalars(answer);
        let longest = answer.len().max(self.0.len());
        let (answer, reference) = guard(TextMetric::Levenshtein, &answer, &self.0)?;
        Ok(1.0 - ratio(edit_distance(answer, reference), longest))
    }
}

fn scalars(text: &str) -> Vec<u32> {
    tidy(text).chars().map(u32::from).collect()
}
