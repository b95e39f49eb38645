//! `journeys.yaml`: what users do, and who answers for it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::registry::model::RiskTier;

/// What makes a request good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Indicator {
    /// It was answered.
    Availability,
    /// It was answered in time.
    Latency,
    /// The answer scored well.
    Quality,
    /// No guardrail was hit.
    Guardrail,
    /// It cost little.
    Cost,
}

/// A service level, whose budget is watched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Objective {
    /// Its name.
    pub name: String,
    /// What makes a request good; absent only where the file leaves it out.
    pub indicator: Option<Indicator>,
    /// The metric.
    pub metric: Option<String>,
    /// The comparison that a good request meets.
    pub bar: Option<String>,
    /// The least share of good requests.
    pub target: f64,
    /// The days over which the budget is counted.
    pub period_days: u32,
}

impl Default for Objective {
    fn default() -> Self {
        Self {
            name: String::new(),
            indicator: None,
            metric: None,
            bar: None,
            target: 1.0,
            period_days: 30,
        }
    }
}

/// One journey.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Journey {
    /// What the user wants.
    pub description: Option<String>,
    /// The prompts that serve it.
    pub prompts: Vec<String>,
    /// The suites that measure it.
    pub suites: Vec<String>,
    /// The composite that is released for it.
    pub composite: Option<String>,
    /// How much harm a wrong answer can do.
    pub risk_tier: Option<RiskTier>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Who is paged.
    pub on_call: Option<String>,
    /// What to do when it fails.
    pub runbook: Option<String>,
    /// The service levels.
    pub objectives: Vec<Objective>,
}

/// The whole file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Journeys {
    /// The journeys by name.
    pub journeys: BTreeMap<String, Journey>,
}
