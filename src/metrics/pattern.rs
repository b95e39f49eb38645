//! The metric `regex`: a search with a pattern that nobody vouches for.
//!
//! The crate `regex` searches in time linear in the answer, whatever the pattern. What is left to
//! bound is the pattern: its length, its nesting and the size of what it compiles to.

use regex::{Regex, RegexBuilder};

use super::{MetricFault, TextMetric, verdict};

/// The largest size of a pattern, as written and as compiled, in bytes.
///
/// `\w{20}` takes more than half of it, since `\w` is all of Unicode; `(?-u:\w)` takes little. The
/// worst patterns of this size need about half a second for an answer of 10 kB.
const LIMIT_BYTES: usize = 1 << 20;

/// A compiled pattern.
#[derive(Debug, Clone)]
pub(super) struct PatternReference(Regex);

impl PatternReference {
    /// Compiles a pattern.
    pub(super) fn new(pattern: &str) -> Result<Self, MetricFault> {
        if pattern.is_empty() {
            return Err(MetricFault::EmptyReference { metric: TextMetric::Regex });
        }
        if pattern.len() > LIMIT_BYTES {
            return Err(MetricFault::PatternTooLarge { limit_bytes: LIMIT_BYTES });
        }
        RegexBuilder::new(pattern)
            .crlf(true)
            .size_limit(LIMIT_BYTES)
            .dfa_size_limit(LIMIT_BYTES)
            .build()
            .map(Self)
            .map_err(|error| fault(pattern, &error))
    }

    /// Scores an answer.
    pub(super) fn score(&self, answer: &str) -> f64 {
        verdict(self.0.is_match(answer))
    }
}

/// Finds the place of an error by parsing once more, since `regex` only prints it.
fn fault(pattern: &str, error: &regex::Error) -> MetricFault {
    let mut parser = regex_syntax::ParserBuilder::new().crlf(true).build();
    match (error, parser.parse(pattern)) {
        (regex::Error::CompiledTooBig(limit_bytes), _) => {
            MetricFault::PatternTooLarge { limit_bytes: *limit_bytes }
        }
        (_, Err(regex_syntax::Error::Parse(error))) => MetricFault::BadPattern {
            offset: error.span().start.offset,
            reason: error.kind().to_string(),
        },
        (_, Err(regex_syntax::Error::Translate(error))) => MetricFault::BadPattern {
            offset: error.span().start.offset,
            reason: error.kind().to_string(),
        },
        _ => MetricFault::BadPattern { offset: 0, reason: error.to_string() },
    }
}
