//! The metrics `rouge1`, `rouge2` and `rougeL`, as `rouge_score` 0.1.2 computes them.
//!
//! Lin (2004), *ROUGE: A Package for Automatic Evaluation of Summaries*, with the default
//! tokenizer of `rouge_score` and without its stemmer.

use super::alignment::{common_subsequence, guard};
use super::tokens::{Tokens, ngram_count, shared_ngrams};
use super::{MetricFault, TextMetric, f_measure, ratio};

/// What is counted.
#[derive(Debug, Clone, Copy)]
pub(super) enum RougeKind {
    /// Single tokens.
    One,
    /// Pairs of tokens.
    Two,
    /// The longest common subsequence.
    Longest,
}

/// Precision, recall and their harmonic mean, each from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RougeScore {
    /// The share of the answer that is in the reference.
    pub precision: f64,
    /// The share of the reference that is in the answer.
    pub recall: f64,
    /// The harmonic mean of the two; 0 if both are 0.
    pub f_measure: f64,
}

/// A reference for one of the three metrics.
#[derive(Debug, Clone)]
pub(super) struct RougeReference {
    kind: RougeKind,
    tokens: Tokens,
}

impl RougeReference {
    /// Prepares a reference; fails if it has fewer tokens than are counted at once.
    pub(super) fn new(kind: RougeKind, text: &str) -> Result<Self, MetricFault> {
        let (metric, needed) = match kind {
            RougeKind::One => (TextMetric::Rouge1, 1),
            RougeKind::Two => (TextMetric::Rouge2, 2),
            RougeKind::Longest => (TextMetric::RougeL, 1),
        };
        Tokens::new(metric, needed, &normalise(text)).map(|tokens| Self { kind, tokens })
    }

    /// Scores an answer.
    pub(super) fn score(&self, answer: &str) -> Result<RougeScore, MetricFault> {
        let reference = self.tokens.ids();
        let answer = self.tokens.read(&normalise(answer));
        let ngrams = |order| {
            (
                shared_ngrams(&answer, reference, order),
                ngram_count(&answer, order),
                ngram_count(reference, order),
            )
        };
        let (shared, of_answer, of_reference) = match self.kind {
            RougeKind::One => ngrams(1),
            RougeKind::Two => ngrams(2),
            RougeKind::Longest => {
                let (left, right) = guard(TextMetric::RougeL, &answer, reference)?;
                let cut_off = answer.len() - left.len();
                (cut_off + common_subsequence(left, right), answer.len(), reference.len())
            }
        };
        let precision = ratio(shared, of_answer);
        let recall = ratio(shared, of_reference);
        Ok(RougeScore { precision, recall, f_measure: f_measure(precision, recall) })
    }
}

/// Writes a text in lower case, and a space for every character but `a-z` and `0-9`.
///
/// Lower case comes first: the Kelvin sign becomes `k`, and `İ` an `i` and a mark.
fn normalise(text: &str) -> String {
    text.chars()
        .flat_map(char::to_lowercase)
        .map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' })
        .collect()
}
