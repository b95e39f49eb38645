//! `gates.yaml`: the bars that eval runs must clear.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::registry::suite::Tier;

/// The headings that gates are reported under.
pub const CATEGORIES: [&str; 6] =
    ["exactness", "groundedness", "helpfulness", "safety", "latency", "cost"];

/// The heading of gates that nobody may waive.
const SAFETY: &str = "safety";

/// Says whether a heading is that of the gates that nobody may waive.
#[must_use]
pub fn is_of_safety(category: Option<&str>) -> bool {
    category.is_some_and(|category| category.eq_ignore_ascii_case(SAFETY))
}

/// How the cases' values become one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Aggregate {
    /// The mean. The default.
    #[default]
    Mean,
    /// The sum.
    Sum,
    /// The least.
    Min,
    /// The greatest.
    Max,
    /// The median.
    P50,
    /// The 90th percentile.
    P90,
    /// The 95th percentile.
    P95,
    /// The 99th percentile.
    P99,
}

/// Which cases a gate counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Only {
    /// Those with an expected answer.
    HasReference,
    /// Those that a judge scores.
    HasJudge,
    /// Those with a guardrail.
    HasGuardrail,
}

/// What must clear the bar.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decide {
    /// The estimate. The default.
    #[default]
    Estimate,
    /// The bound of its interval.
    Bound,
}

/// One bar.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Gate {
    /// The heading that it is reported under, usually one of [`CATEGORIES`].
    pub category: Option<String>,
    /// The metric.
    pub metric: String,
    /// How the cases' values become one.
    pub aggregate: Aggregate,
    /// The comparison that must hold: `>= 0.80`.
    pub bar: String,
    /// The comparison that must hold for every single case.
    pub tail: Option<String>,
    /// Which cases count.
    pub only: Option<Only>,
    /// The values that a case must have to count.
    #[serde(rename = "where")]
    pub filter: BTreeMap<String, String>,
    /// The journey that it holds for.
    pub journey: Option<String>,
    /// The suite that it holds for.
    pub suite: Option<String>,
    /// The tiers in which `not measured` fails.
    pub required_in: Vec<Tier>,
    /// What must clear the bar, where it is not the file's.
    pub decide: Option<Decide>,
    /// Why the bar is what it is.
    pub description: Option<String>,
}

/// The whole file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Gates {
    /// The bars.
    pub gates: Vec<Gate>,
    /// What gates without `decide` of their own use.
    pub decide: Decide,
    /// The confidence of every interval.
    pub confidence: f64,
    /// The least share of cases that must get a score.
    pub min_coverage: f64,
    /// How much worse than its baseline each metric may be.
    pub margins: BTreeMap<String, f64>,
}

impl Default for Gates {
    fn default() -> Self {
        Self {
            gates: Vec::new(),
            decide: Decide::Estimate,
            confidence: 0.95,
            min_coverage: 0.95,
            margins: BTreeMap::new(),
        }
    }
}
