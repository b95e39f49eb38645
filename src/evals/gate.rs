//! What the bars say of a run: a verdict for each gate, and one for the run.
//!
//! A [`Court`] reads a [`super::table::Table`] and gives [`GateResult`]s; [`Decision`] counts them. Nothing
//! here knows models, prompts or files.

mod court;
mod decide;
mod each;
mod measure;
mod relative;
mod words;

#[cfg(test)]
mod tests;

pub use court::{Court, CourtFault};
pub(super) use measure::{Estimate, is_rate, mean};
pub(super) use words::percent;

use serde::{Deserialize, Serialize};

use crate::stats::Interval;

/// What a gate says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The bar holds.
    Pass,
    /// The bar does not hold.
    Fail,
    /// The run cannot say: too few cases for `decide: bound`, or too few of them scored.
    Inconclusive,
    /// The run has nothing that the gate could judge, and the tier does not insist.
    NotMeasured,
    /// The bar was compared, and nobody has shown yet that its judge can be believed.
    Advisory,
}

/// Where a bar comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BarSource {
    /// `gates.yaml`.
    Policy,
    /// The bars of the cases themselves, for metrics that the policy has no gate for.
    Cases,
    /// The baseline, with a margin of `gates.yaml`.
    Baseline,
}

/// A range that holds the true value with some confidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IntervalRecord {
    /// The lower end; absent where it does not exist.
    pub low: Option<f64>,
    /// The upper end; absent where it does not exist.
    pub high: Option<f64>,
    /// The confidence, such as 0.95.
    pub confidence: f64,
    /// How it was made: `wilson`, `clopper-pearson`, `t`, `bca`, `order-statistic`, `newcombe-paired`.
    pub method: String,
}

/// What one gate says of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GateResult {
    /// Where the bar comes from.
    pub source: BarSource,
    /// The heading.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// The metric.
    pub metric: String,
    /// How the cases' values became one: `mean`, `p95`, `each` for bars of cases, `difference`.
    pub aggregate: String,
    /// The bar, such as `>= 0.8`.
    pub bar: String,
    /// The bar of every single case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tail: Option<String>,
    /// Which cases it is about, in words; empty for all.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub scope: String,
    /// How many cases it judged.
    pub n: u32,
    /// The value that was compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimate: Option<f64>,
    /// Its interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<IntervalRecord>,
    /// What it says.
    pub verdict: Verdict,
    /// Why, in one sentence; empty where the numbers say it all.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The cases that break it, worst first, at most ten.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offenders: Vec<String>,
}

impl GateResult {
    /// Begins a result that has measured nothing yet.
    fn new(source: BarSource, metric: &str, aggregate: &str, bar: String) -> Self {
        Self {
            source,
            category: None,
            metric: metric.to_owned(),
            aggregate: aggregate.to_owned(),
            bar,
            tail: None,
            scope: String::new(),
            n: 0,
            estimate: None,
            interval: None,
            verdict: Verdict::NotMeasured,
            reason: String::new(),
            offenders: Vec::new(),
        }
    }
}

impl From<Interval> for IntervalRecord {
    fn from(interval: Interval) -> Self {
        let Interval { low, high, confidence, method } = interval;
        Self { low, high, confidence, method: method.to_owned() }
    }
}

/// What the gates together say of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunVerdict {
    /// No bar is broken, and at least one was compared.
    Pass,
    /// A bar is broken.
    Fail,
    /// No bar is broken, and some could not be judged, or none was.
    Inconclusive,
}

/// How many gates said what.
///
/// A run may both fail and be inconclusive: the exit code names the inconclusive gates first unless
/// they were accepted, so both counts are there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Decision {
    /// Gates that pass.
    pub passed: u32,
    /// Gates that fail.
    pub failed: u32,
    /// Gates that could not decide.
    pub inconclusive: u32,
    /// Gates that were not measured.
    pub not_measured: u32,
    /// Gates that advise.
    pub advisory: u32,
}

impl Decision {
    /// Counts verdicts.
    #[must_use]
    pub fn of(results: &[GateResult]) -> Self {
        let mut decision = Self::default();
        for result in results {
            *match result.verdict {
                Verdict::Pass => &mut decision.passed,
                Verdict::Fail => &mut decision.failed,
                Verdict::Inconclusive => &mut decision.inconclusive,
                Verdict::NotMeasured => &mut decision.not_measured,
                Verdict::Advisory => &mut decision.advisory,
            } += 1;
        }
        decision
    }

    /// Says whether nothing was compared with anything, so that a pass would be vacuous.
    #[must_use]
    pub const fn is_vacuous(self) -> bool {
        self.passed + self.failed + self.inconclusive + self.advisory == 0
    }

    /// Returns the verdict of the run: a broken bar stays broken whatever else is open.
    #[must_use]
    pub const fn verdict(self) -> RunVerdict {
        if self.failed > 0 {
            RunVerdict::Fail
        } else if self.inconclusive > 0 || self.is_vacuous() {
            RunVerdict::Inconclusive
        } else {
            RunVerdict::Pass
        }
    }
}
