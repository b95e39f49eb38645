//! What can be wrong with a reference, or with a pair of texts.

use super::TextMetric;

/// A reference or a pair of texts that a metric cannot score.
///
/// It is never turned into a 0: what is not measured must not look like a bad answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetricFault {
    /// The reference has fewer tokens than the metric compares at once: none at all, or one for
    /// `rouge2`. Every answer would score 0, the reference itself too.
    #[error("the reference has {found} of the {needed} tokens that `{metric}` needs")]
    ReferenceWithoutTokens {
        /// The metric that was asked for.
        metric: TextMetric,
        /// The number of tokens in the reference.
        found: usize,
        /// The smallest number of tokens that the metric can compare.
        needed: usize,
    },
    /// The reference of `contains` or the pattern of `regex` is empty, and every answer matches.
    #[error("an empty reference of `{metric}` matches every answer")]
    EmptyReference {
        /// The metric that was asked for.
        metric: TextMetric,
    },
    /// The pattern is no regular expression.
    #[error("the pattern is wrong at byte {offset}: {reason}")]
    BadPattern {
        /// The place in the pattern, in bytes from its start.
        offset: usize,
        /// What is wrong, as a fragment.
        reason: String,
    },
    /// The pattern is longer, or becomes larger when compiled, than patterns may.
    #[error("the pattern takes more than {limit_bytes} bytes as written or compiled")]
    PatternTooLarge {
        /// The limit that the pattern exceeds, in bytes.
        limit_bytes: usize,
    },
    /// The texts are too long to be aligned, what they begin and end with in common aside.
    #[error(
        "`{metric}` compares at most {limit} pairs of units, and here are {answer} × {reference}"
    )]
    TooLong {
        /// The metric that was asked for.
        metric: TextMetric,
        /// The length of the answer, in the metric's units: scalar values or tokens.
        answer: usize,
        /// The length of the reference in the same units.
        reference: usize,
        /// The largest product of the two lengths.
        limit: usize,
    },
}
