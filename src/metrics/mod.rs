//! Text metrics: how well an answer agrees with a reference, as one number.
//!
//! A reference is prepared once ([`Reference::prepare`]) and then compared with any number of
//! answers ([`Reference::score`]). All metrics are pure functions of two texts, and equal input
//! gives equal bits. The room knows nothing of cases, suites, bars or models, and reads nothing.

mod alignment;
mod bleu;
mod f1;
mod fault;
mod levenshtein;
mod literal;
mod pattern;
mod rouge;
mod tokens;

#[cfg(test)]
mod tests;

pub use bleu::BleuCounts;
pub use fault::MetricFault;
pub use rouge::RougeScore;

use std::fmt;

use bleu::BleuReference;
use f1::F1Reference;
use levenshtein::LevenshteinReference;
use literal::{ContainsReference, ExactReference};
use pattern::PatternReference;
use rouge::{RougeKind, RougeReference};

/// A metric that compares an answer with a reference text; for all of them higher is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TextMetric {
    /// The answer is the reference: 1 or 0.
    ///
    /// White space around either text does not count, and CRLF, CR and LF are one line end.
    /// Everything else does: case, inner white space, Unicode normalisation form.
    Exact,
    /// The reference stands somewhere in the answer: 1 or 0.
    ///
    /// White space around the reference does not count, and line ends are one as in `exact`.
    Contains,
    /// The reference, a pattern of the crate `regex`, matches somewhere in the answer: 1 or 0.
    ///
    /// `^` and `$` are the ends of the answer, and with `(?m)` those of lines; CRLF, CR and LF all
    /// end a line. White space around a pattern counts.
    Regex,
    /// The F1 of the words of both texts, 0 to 1, as in `SQuAD` (Rajpurkar et al., 2016).
    ///
    /// Words are compared in lower case, without ASCII punctuation and without `a`, `an`, `the`.
    F1,
    /// One less the edit distance over the length of the longer text, 0 to 1.
    ///
    /// Lengths and distance (Levenshtein, 1966) count Unicode scalar values. White space around
    /// either text does not count, and line ends are one as in `exact`, so that 1 means `exact`.
    Levenshtein,
    /// The sentence BLEU of sacrebleu 2.6.0, **0 to 100** (Papineni et al., 2002).
    ///
    /// Tokenizer 13a, exponential smoothing, effective order: `sentence_bleu` with its defaults.
    /// The BLEU of a corpus is no mean of these; see [`BleuCounts::corpus_score`].
    Bleu,
    /// The F-measure of shared tokens, 0 to 1, as `rouge1` of `rouge_score` 0.1.2 (Lin, 2004).
    ///
    /// Tokens are runs of `a-z` and `0-9` after lower-casing; nothing is stemmed. Texts in other
    /// scripts have no tokens.
    Rouge1,
    /// The F-measure of shared pairs of neighbouring tokens, 0 to 1; tokens as in `rouge1`.
    Rouge2,
    /// The F-measure of the longest common subsequence of tokens, 0 to 1; tokens as in `rouge1`.
    ///
    /// The whole text is one sequence: this is `rougeL`, not `rougeLsum`.
    RougeL,
}

impl TextMetric {
    /// Lists all metrics, in the order of their declaration.
    pub const ALL: [Self; 9] = [
        Self::Exact,
        Self::Contains,
        Self::Regex,
        Self::F1,
        Self::Levenshtein,
        Self::Bleu,
        Self::Rouge1,
        Self::Rouge2,
        Self::RougeL,
    ];

    /// Says that a higher score is a better one, which holds for every text metric.
    pub const HIGHER_IS_BETTER: bool = true;

    /// Returns the name that suites and cases use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Contains => "contains",
            Self::Regex => "regex",
            Self::F1 => "f1",
            Self::Levenshtein => "levenshtein",
            Self::Bleu => "bleu",
            Self::Rouge1 => "rouge1",
            Self::Rouge2 => "rouge2",
            Self::RougeL => "rougel",
        }
    }

    /// Finds the metric of a name; names are compared as they stand.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|metric| metric.name() == name)
    }

    /// Returns the name, the version and the options that a score depends on.
    ///
    /// The number after `/` rises with every change after which a text could score differently, so
    /// that scores with equal signatures can be compared. `like` names the program whose scores
    /// are reproduced; the options are those that sacrebleu writes into its own signature.
    #[must_use]
    pub fn signature(self) -> &'static str {
        match self {
            Self::Exact => "exact/1|case:mixed|trim:both|eol:any",
            Self::Contains => "contains/1|case:mixed|trim:reference|eol:any",
            Self::Regex => "regex/1|match:search|eol:any|syntax:rust-regex-1",
            Self::F1 => "f1/1|norm:squad|unit:word|like:squad-2.0",
            Self::Levenshtein => "levenshtein/1|case:mixed|trim:both|eol:any|unit:scalar|over:max",
            Self::Bleu => {
                "bleu/1|nrefs:1|case:mixed|eff:yes|tok:13a|smooth:exp|like:sacrebleu-2.6.0"
            }
            Self::Rouge1 => "rouge1/1|score:f|tok:a-z0-9|stem:no|like:rouge_score-0.1.2",
            Self::Rouge2 => "rouge2/1|score:f|tok:a-z0-9|stem:no|like:rouge_score-0.1.2",
            Self::RougeL => "rougel/1|score:f|tok:a-z0-9|stem:no|like:rouge_score-0.1.2",
        }
    }

    /// Returns the score of a perfect answer: 100 for `bleu`, else 1. The worst is 0.
    #[must_use]
    pub fn maximum(self) -> f64 {
        if self == Self::Bleu { 100.0 } else { 1.0 }
    }
}

impl fmt::Display for TextMetric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A reference text, prepared for one metric.
#[derive(Debug, Clone)]
pub struct Reference {
    metric: TextMetric,
    prepared: Prepared,
}

#[derive(Debug, Clone)]
enum Prepared {
    Exact(ExactReference),
    Contains(ContainsReference),
    Pattern(PatternReference),
    F1(F1Reference),
    Levenshtein(LevenshteinReference),
    Bleu(BleuReference),
    Rouge(RougeReference),
}

impl Reference {
    /// Prepares a reference text, or a pattern, for a metric.
    ///
    /// Fails if no answer could score sensibly against it: it is no pattern, it is empty and
    /// matches everything, or the metric finds no token in it.
    pub fn prepare(metric: TextMetric, text: &str) -> Result<Self, MetricFault> {
        let prepared = match metric {
            TextMetric::Exact => Prepared::Exact(ExactReference::new(text)),
            TextMetric::Contains => Prepared::Contains(ContainsReference::new(text)?),
            TextMetric::Regex => Prepared::Pattern(PatternReference::new(text)?),
            TextMetric::F1 => Prepared::F1(F1Reference::new(text)?),
            TextMetric::Levenshtein => Prepared::Levenshtein(LevenshteinReference::new(text)),
            TextMetric::Bleu => Prepared::Bleu(BleuReference::new(text)?),
            TextMetric::Rouge1 => Prepared::Rouge(RougeReference::new(RougeKind::One, text)?),
            TextMetric::Rouge2 => Prepared::Rouge(RougeReference::new(RougeKind::Two, text)?),
            TextMetric::RougeL => Prepared::Rouge(RougeReference::new(RougeKind::Longest, text)?),
        };
        Ok(Self { metric, prepared })
    }

    /// Returns the metric that the reference is prepared for.
    #[must_use]
    pub fn metric(&self) -> TextMetric {
        self.metric
    }

    /// Scores an answer from 0 to [`TextMetric::maximum`].
    ///
    /// Fails for `levenshtein` and `rougeL` alone, if the two texts are too long to be aligned
    /// ([`MetricFault::TooLong`]).
    pub fn score(&self, answer: &str) -> Result<f64, MetricFault> {
        match &self.prepared {
            Prepared::Exact(reference) => Ok(reference.score(answer)),
            Prepared::Contains(reference) => Ok(reference.score(answer)),
            Prepared::Pattern(reference) => Ok(reference.score(answer)),
            Prepared::F1(reference) => Ok(reference.score(answer)),
            Prepared::Levenshtein(reference) => reference.score(answer),
            Prepared::Bleu(reference) => Ok(reference.counts(answer).sentence_score()),
            Prepared::Rouge(reference) => reference.score(answer).map(|score| score.f_measure),
        }
    }

    /// Counts what the BLEU of a corpus is made of; none for another metric than `bleu`.
    #[must_use]
    pub fn bleu_counts(&self, answer: &str) -> Option<BleuCounts> {
        match &self.prepared {
            Prepared::Bleu(reference) => Some(reference.counts(answer)),
            _ => None,
        }
    }

    /// Scores an answer with precision and recall; none for another metric than a ROUGE.
    ///
    /// Fails like [`Self::score`].
    pub fn rouge_score(&self, answer: &str) -> Result<Option<RougeScore>, MetricFault> {
        match &self.prepared {
            Prepared::Rouge(reference) => reference.score(answer).map(Some),
            _ => Ok(None),
        }
    }
}

/// Divides two counts; nothing of nothing is 0.
#[expect(clippy::cast_precision_loss, reason = "counts of what fits in memory are below 2^53")]
fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Returns the harmonic mean of precision and recall; 0 if both are 0.
fn f_measure(precision: f64, recall: f64) -> f64 {
    let sum = precision + recall;
    if sum > 0.0 { 2.0 * precision * recall / sum } else { 0.0 }
}

/// Turns a yes or no into 1 or 0.
fn verdict(holds: bool) -> f64 {
    f64::from(u8::from(holds))
}
