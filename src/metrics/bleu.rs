//! The metric `bleu`, as sacrebleu 2.6.0 computes it with one reference per answer.
//!
//! Papineni et al. (2002), *BLEU: a Method for Automatic Evaluation of Machine Translation*; the
//! smoothing is method 3 of Chen and Cherry (2014), that of `mteval-v13a.pl`.

use std::iter::Sum;

use super::tokens::{Tokens, is_python_space, ngram_count, shared_ngrams};
use super::{MetricFault, TextMetric, ratio};

/// The longest n-grams that are counted.
const ORDERS: usize = 4;

/// What a BLEU is made of; the counts of answers add up to those of a corpus.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BleuCounts {
    /// The n-grams of the answer that the reference has too, for n from 1 to 4.
    pub shared: [usize; ORDERS],
    /// The n-grams of the answer, for n from 1 to 4.
    pub total: [usize; ORDERS],
    /// The tokens of the answer.
    pub answer_length: usize,
    /// The tokens of the reference.
    pub reference_length: usize,
}

/// How many orders the geometric mean is taken over.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mean {
    /// Those that the answer is long enough for (`effective_order`).
    Effective,
    /// All four.
    Full,
}

impl BleuCounts {
    /// Returns the score of one answer, 0 to 100: `sentence_bleu` with its defaults.
    ///
    /// Orders that the answer is too short for do not count (`effective_order`).
    #[must_use]
    pub fn sentence_score(&self) -> f64 {
        self.score(Mean::Effective)
    }

    /// Returns the score of summed counts, 0 to 100: `corpus_bleu` with its defaults.
    ///
    /// All four orders count: a corpus without any 4-gram scores 0.
    #[must_use]
    pub fn corpus_score(&self) -> f64 {
        self.score(Mean::Full)
    }

    /// Computes `100 · BP · exp(Σ ln pₙ / N)` with the brevity penalty `BP = min(1, exp(1 − r/c))`.
    ///
    /// An order without a match counts as if half a match were found, a quarter for the second
    /// such order, and so on.
    fn score(&self, mean: Mean) -> f64 {
        if self.shared.iter().all(|shared| *shared == 0) {
            return 0.0;
        }
        let measurable = self.total.iter().take_while(|total| **total > 0).count();
        let orders: u8 = match (mean, measurable) {
            (Mean::Full, 0..ORDERS) => return 0.0,
            (_, measurable) => u8::try_from(measurable).unwrap_or(u8::MAX),
        };
        let mut smoothing = 1.0;
        let mut sum = 0.0;
        for (shared, total) in self.shared.into_iter().zip(self.total).take(measurable) {
            let precision = if shared == 0 {
                smoothing *= 2.0;
                100.0 * ratio(1, total) / smoothing
            } else {
                100.0 * ratio(shared, total)
            };
            sum += precision.ln();
        }
        let brevity = (1.0 - ratio(self.reference_length, self.answer_length)).min(0.0).exp();
        (brevity * (sum / f64::from(orders)).exp()).min(100.0)
    }
}

impl Sum for BleuCounts {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), |mut sum, counts| {
            for (total, more) in sum.total.iter_mut().zip(counts.total) {
                *total += more;
            }
            for (shared, more) in sum.shared.iter_mut().zip(counts.shared) {
                *shared += more;
            }
            sum.answer_length += counts.answer_length;
            sum.reference_length += counts.reference_length;
            sum
        })
    }
}

/// A reference for `bleu`.
#[derive(Debug, Clone)]
pub(super) struct BleuReference(Tokens);

impl BleuReference {
    /// Prepares a reference; fails if it has no token.
    pub(super) fn new(text: &str) -> Result<Self, MetricFault> {
        Tokens::new(TextMetric::Bleu, 1, &tokenize_13a(text)).map(Self)
    }

    /// Counts the n-grams that an answer shares with the reference.
    pub(super) fn counts(&self, answer: &str) -> BleuCounts {
        let reference = self.0.ids();
        let answer = self.0.read(&tokenize_13a(answer));
        let mut counts = BleuCounts {
            answer_length: answer.len(),
            reference_length: reference.len(),
            ..BleuCounts::default()
        };
        let slots = counts.shared.iter_mut().zip(&mut counts.total);
        for (order, (shared, total)) in (1..).zip(slots) {
            *shared = shared_ngrams(&answer, reference, order);
            *total = ngram_count(&answer, order);
        }
        counts
    }
}

/// Puts white space around the tokens of a text, as the tokenizer `13a` of sacrebleu does.
///
/// Its regular expressions are run one after the other; each eats what it matches.
fn tokenize_13a(text: &str) -> String {
    let mut line = text
        .trim_end_matches(is_python_space)
        .replace("<skipped>", "")
        .replace("-\n", "")
        .replace('\n', " ");
    if line.contains('&') {
        for (entity, character) in [("&quot;", "\""), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")]
        {
            line = line.replace(entity, character);
        }
    }
    let mut spaced = String::with_capacity(line.len() * 2);
    spaced.push(' ');
    for c in line.chars() {
        // ([\{-\~\[-\` -\&\(-\+\:-\@\/])
        if c.is_ascii_punctuation() && !matches!(c, '\'' | ',' | '-' | '.') {
            spaced.extend([' ', c, ' ']);
        } else {
            spaced.push(c);
        }
    }
    spaced.push(' ');
    let point = |c: char| matches!(c, '.' | ',');
    // ([^0-9])([\.,])
    let line = rewrite_pairs(&spaced, |first, second| {
        (!first.is_ascii_digit() && point(second)).then_some([first, ' ', second, ' '])
    });
    // ([\.,])([^0-9])
    let line = rewrite_pairs(&line, |first, second| {
        (point(first) && !second.is_ascii_digit()).then_some([' ', first, ' ', second])
    });
    // ([0-9])(-)
    rewrite_pairs(&line, |first, second| {
        (first.is_ascii_digit() && second == '-').then_some([first, ' ', second, ' '])
    })
}

/// Rewrites pairs of neighbouring characters from left to right; pairs do not overlap.
fn rewrite_pairs(line: &str, rewrite: impl Fn(char, char) -> Option<[char; 4]>) -> String {
    let mut rewritten = String::with_capacity(line.len() + line.len() / 4);
    let mut rest = line.chars().peekable();
    while let Some(first) = rest.next() {
        if let Some(pair) = rest.peek().and_then(|second| rewrite(first, *second)) {
            rest.next();
            rewritten.extend(pair);
        } else {
            rewritten.push(first);
        }
    }
    rewritten
}
