//! Tokens as numbers, and how many n-grams two texts share.
//!
//! Each metric brings its own normaliser, which leaves tokens apart by white space.

use std::collections::BTreeMap;

use super::{MetricFault, TextMetric};

/// The number of a token that the reference does not have; it equals no token of the reference.
pub(super) const UNKNOWN: u32 = u32::MAX;

/// The tokens of a reference, numbered in the order of their first appearance.
#[derive(Debug, Clone)]
pub(super) struct Tokens {
    vocabulary: BTreeMap<String, u32>,
    ids: Vec<u32>,
}

impl Tokens {
    /// Reads a normalised reference; fails if it has fewer tokens than `needed`.
    pub(super) fn new(
        metric: TextMetric,
        needed: usize,
        normalised: &str,
    ) -> Result<Self, MetricFault> {
        let mut vocabulary = BTreeMap::new();
        let mut ids = Vec::new();
        for word in words(normalised) {
            let id = if let Some(id) = vocabulary.get(word) {
                *id
            } else {
                let id = u32::try_from(vocabulary.len()).unwrap_or(UNKNOWN);
                vocabulary.insert(word.to_owned(), id);
                id
            };
            ids.push(id);
        }
        if ids.len() < needed {
            return Err(MetricFault::ReferenceWithoutTokens { metric, found: ids.len(), needed });
        }
        Ok(Self { vocabulary, ids })
    }

    /// Returns the numbers of the reference's tokens.
    pub(super) fn ids(&self) -> &[u32] {
        &self.ids
    }

    /// Reads a normalised answer in the numbers of the reference.
    pub(super) fn read(&self, normalised: &str) -> Vec<u32> {
        words(normalised)
            .map(|word| self.vocabulary.get(word).copied().unwrap_or(UNKNOWN))
            .collect()
    }
}

/// Splits a text as Python's `str.split()` does.
///
/// That is at the white space of Unicode and at the four separators U+001C to U+001F.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_python_space).filter(|word| !word.is_empty())
}

/// Says whether Python's `str.isspace()` holds for a character.
pub(super) fn is_python_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// Counts the n-grams of length `order` in a sequence of tokens.
pub(super) fn ngram_count(tokens: &[u32], order: usize) -> usize {
    (tokens.len() + 1).saturating_sub(order)
}

/// Counts the n-grams that two sequences share, each as often as it stands in both.
///
/// This is the size of the intersection of two multisets, the clipped count of BLEU and ROUGE.
/// `order` is not 0.
pub(super) fn shared_ngrams(left: &[u32], right: &[u32], order: usize) -> usize {
    let [left, right] = [left, right].map(|tokens| {
        let mut ngrams: Vec<&[u32]> = tokens.windows(order).collect();
        ngrams.sort_unstable();
        ngrams
    });
    let mut right = right.into_iter().peekable();
    left.into_iter()
        .filter(|ngram| {
            while right.next_if(|other| other < ngram).is_some() {}
            right.next_if_eq(ngram).is_some()
        })
        .count()
}
