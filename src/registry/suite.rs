//! Suites.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// When a suite is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// For a pull request.
    Pr,
    /// After a merge.
    Merge,
    /// For a release.
    Release,
    /// Every night.
    Nightly,
}

/// What only suites have; see [`super::common::Common`] for the rest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Suite {
    /// The user's journey that the suite measures.
    pub journey: Option<String>,
    /// The dataset, or the path of a file in the entry's folder.
    pub cases: String,
    /// The prompt that is measured.
    pub target: Option<String>,
    /// Models that each run the suite.
    pub models: Vec<String>,
    /// The prompt for each value of the column `domain`.
    pub route: BTreeMap<String, String>,
    /// The column that fills each input.
    pub bind: BTreeMap<String, String>,
    /// The file with the other inputs.
    pub fixtures: Option<String>,
    /// The JSON pointer of the text that text metrics read.
    pub answer: Option<String>,
    /// The judge of each judged metric.
    pub judges: BTreeMap<String, String>,
    /// The judged metric that a bare `judge` means.
    pub default_judge: Option<String>,
    /// The guardrail profile, where it is not the prompt's.
    pub profile: Option<String>,
    /// The tiers that run the suite.
    pub when: Vec<Tier>,
    /// How often each case is run.
    pub repeat: u64,
    /// The most US dollars that one run may cost.
    pub max_cost_usd: Option<f64>,
}

impl Default for Suite {
    fn default() -> Self {
        Self {
            journey: None,
            cases: String::new(),
            target: None,
            models: Vec::new(),
            route: BTreeMap::new(),
            bind: BTreeMap::new(),
            fixtures: None,
            answer: None,
            judges: BTreeMap::new(),
            default_judge: None,
            profile: None,
            when: Vec::new(),
            repeat: 1,
            max_cost_usd: None,
        }
    }
}
