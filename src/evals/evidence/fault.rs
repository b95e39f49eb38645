//! What evidence shows of a metric, and why it may show nothing.

use crate::digest::Digest;
use crate::evals::baseline::BaselineFault;
use crate::evals::gate::IntervalRecord;

/// What was shown of one metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// The metric.
    pub metric: String,
    /// How many cases have a value before and after.
    pub n: u32,
    /// The mean of after less before.
    pub estimate: f64,
    /// Its interval; none where no answer differs.
    pub interval: Option<IntervalRecord>,
    /// By how much the metric may be worse.
    pub margin: f64,
}

/// Why evidence does not show that a text is no worse.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceFault {
    /// A text that is no evidence.
    #[error("it is no evidence: {0}")]
    Json(#[from] serde_json::Error),
    /// A document of another form.
    #[error("its schema is `{found}`, expected `{expected}`")]
    Schema {
        /// What is written.
        found: String,
        /// What is read here.
        expected: &'static str,
    },
    /// Cases of which no scores can be listed.
    #[error(transparent)]
    Cases(#[from] BaselineFault),
    /// A run that was stopped.
    #[error("the run has not finished")]
    Unfinished,
    /// A run of some cases only.
    #[error("the run is a part of its suite")]
    Part,
    /// A run on which the gates closed.
    #[error("the gates closed on the run")]
    GatesClosed,
    /// A run of other prompts.
    #[error("the run did not ask `{entry}`")]
    NotAsked {
        /// The prompt.
        entry: String,
    },
    /// A run of another text.
    #[error(
        "the run is of another `{entry}`: its behaviour was {}, and is {} now",
        .run.short(12),
        .now.short(12)
    )]
    OtherText {
        /// The prompt.
        entry: String,
        /// Its behaviour in the run.
        run: Digest,
        /// Its behaviour in the tree.
        now: Digest,
    },
    /// Nothing to compare with.
    #[error("the base has no baseline of `{suite}` with `{model}`")]
    NoBaseline {
        /// The suite.
        suite: String,
        /// The label of the model.
        model: String,
    },
    /// A baseline of something else than what is published.
    #[error("the baseline of `{suite}` is not of the published `{entry}`")]
    OtherBaseline {
        /// The suite.
        suite: String,
        /// The prompt.
        entry: String,
    },
    /// A run that cannot be set beside the baseline.
    #[error("it cannot be compared with the baseline: {}", .parts.join("; "))]
    Incomparable {
        /// What differs.
        parts: Vec<String>,
    },
    /// No word on how much worse a metric may be.
    #[error("the base's gates.yaml has no `margins`")]
    NoMargins,
    /// A policy that cannot be applied.
    #[error("`{key}` of the base's gates.yaml is {value}")]
    Policy {
        /// The key.
        key: String,
        /// Its value.
        value: f64,
    },
    /// No metric with a margin that the baseline measured and that may decide.
    #[error("the baseline has no metric with a margin that may decide")]
    NothingMeasured,
    /// A metric that is worse.
    #[error("`{}` is worse by more than its margin of {}: {}", .0.metric, figure(.0.margin), difference(.0))]
    Worse(Shown),
    /// A metric that may be worse.
    #[error("`{metric}` is not shown to be no worse: {why}")]
    Undecided {
        /// The metric.
        metric: String,
        /// Why not.
        why: String,
    },
}

/// Says what was shown, in one sentence.
#[must_use]
pub fn words(shown: &[Shown]) -> String {
    let each = shown.iter().map(|shown| {
        let (metric, margin) = (&shown.metric, figure(shown.margin));
        let how = match shown.interval {
            Some(_) => difference(shown),
            None => format!("is as it was: no answer differs in {} cases", shown.n),
        };
        format!("`{metric}` {how}, margin {margin}")
    });
    each.collect::<Vec<_>>().join("; ")
}

/// Writes `changed by -0.01 (95 % interval -0.03 to 0.01) over 40 cases`.
pub(super) fn difference(shown: &Shown) -> String {
    let end = |end: Option<f64>| end.map_or_else(|| "?".to_owned(), figure);
    let interval = match &shown.interval {
        Some(interval) => format!(
            "{} % interval {} to {}",
            figure(interval.confidence * 100.0),
            end(interval.low),
            end(interval.high)
        ),
        None => "no interval".to_owned(),
    };
    let cases = if shown.n == 1 { "case" } else { "cases" };
    format!("changed by {} ({interval}) over {} {cases}", figure(shown.estimate), shown.n)
}

/// Writes a number with at most four digits behind the point.
pub(super) fn figure(value: f64) -> String {
    let text = format!("{value:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}
