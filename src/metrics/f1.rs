//! The metric `f1` of `SQuAD`: the harmonic mean of precision and recall over words.
//!
//! The normalisation is that of the official `evaluate-v2.0.py`: lower case, ASCII punctuation
//! left out, the words `a`, `an` and `the` left out, split at white space. Unlike there, a
//! reference in which no word is left is a fault; `exact` can ask for an empty answer.

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory as _};

use super::tokens::{Tokens, shared_ngrams};
use super::{MetricFault, TextMetric, f_measure, ratio};

/// A reference for `f1`.
#[derive(Debug, Clone)]
pub(super) struct F1Reference(Tokens);

impl F1Reference {
    /// Prepares a reference; fails if no word is left of it.
    pub(super) fn new(text: &str) -> Result<Self, MetricFault> {
        Tokens::new(TextMetric::F1, 1, &normalise(text)).map(Self)
    }

    /// Scores an answer.
    pub(super) fn score(&self, answer: &str) -> f64 {
        let answer = self.0.read(&normalise(answer));
        let shared = shared_ngrams(&answer, self.0.ids(), 1);
        f_measure(ratio(shared, answer.len()), ratio(shared, self.0.ids().len()))
    }
}

/// Normalises a text as `normalize_answer` does, but for the width of white space.
///
/// Articles are `\b(a|an|the)\b` of Python's `re`, which is a whole run of word characters.
fn normalise(text: &str) -> String {
    let mut normalised = String::with_capacity(text.len());
    let mut word_start = 0;
    let lower = text.to_lowercase();
    for c in lower.chars().filter(|c| !c.is_ascii_punctuation()).chain([' ']) {
        let is_word = is_python_word(c);
        if !is_word && matches!(normalised.get(word_start..), Some("a" | "an" | "the")) {
            normalised.truncate(word_start);
            normalised.push(' ');
        }
        normalised.push(c);
        if !is_word {
            word_start = normalised.len();
        }
    }
    normalised
}

/// Says whether `\w` of Python's `re` matches a character other than `_`: a letter or a number.
fn is_python_word(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric();
    }
    matches!(
        c.general_category_group(),
        GeneralCategoryGroup::Letter | GeneralCategoryGroup::Number
    )
}
