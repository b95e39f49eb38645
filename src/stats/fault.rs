//! What can be wrong with the input of a statistic.

/// An input from which a statistic cannot be computed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum StatsFault {
    /// Fewer values than the statistic needs.
    #[error("the statistic needs {needed} or more values, there are {found}")]
    TooFew {
        /// The least number of values.
        needed: u64,
        /// The number of values given.
        found: u64,
    },
    /// NaN or an infinity among the values.
    #[error("value {position} is `{value}`, which is not finite")]
    NotFinite {
        /// The place of the value, counted from 0.
        position: usize,
        /// The value.
        value: f64,
    },
    /// Values or counts whose sum or squares are out of range.
    #[error("the sum of the values is out of range")]
    Overflow,
    /// More successes than trials.
    #[error("{successes} successes in {trials} trials")]
    MoreThanAll {
        /// The successes.
        successes: u64,
        /// The trials.
        trials: u64,
    },
    /// A parameter outside its range.
    #[error("`{name}` is {value}, expected {expected}")]
    OutOfRange {
        /// The name of the parameter.
        name: &'static str,
        /// Its value.
        value: f64,
        /// The range, in words.
        expected: &'static str,
    },
    /// Values that do not vary, so that their spread says nothing.
    #[error("the values do not vary enough for an interval")]
    NoVariation,
    /// Two lists that should pair up and have different lengths.
    #[error("{base} values of the base cannot be paired with {candidate} of the candidate")]
    Unpaired {
        /// The length of the base's list.
        base: usize,
        /// The length of the candidate's list.
        candidate: usize,
    },
    /// A baseline of zero, to which nothing is relative.
    #[error("the baseline is 0, so there is no relative difference")]
    ZeroBaseline,
    /// More resamples than can be enumerated.
    #[error("there are more than {limit} resamples, too many to enumerate")]
    TooManyResamples {
        /// The limit.
        limit: u64,
    },
}
