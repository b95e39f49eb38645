//! What the bars say of a run: a verdict for each gate, and one for the run.

use serde::{Deserialize, Serialize};

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
