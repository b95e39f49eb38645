//! `promotion.yaml`: the way from a release to full traffic.

use serde::{Deserialize, Serialize};

/// The stages of the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StageName {
    /// Suites.
    Offline,
    /// A small share of traffic.
    Canary,
    /// A comparison.
    Ab,
    /// All traffic.
    Full,
}

/// One stage.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Stage {
    /// Which one; absent only where the file leaves it out.
    pub name: Option<StageName>,
    /// The shares of traffic, rising step by step.
    pub traffic: Vec<f64>,
    /// The channel that the stage moves.
    pub channel: Option<String>,
    /// How many hours each step lasts at least.
    pub min_hours: Option<f64>,
    /// How many requests each arm needs.
    pub min_samples: Option<u64>,
    /// How many approvals the step needs.
    pub approvals: u32,
}

/// How arms are compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Design {
    /// Each user sees one arm. The default.
    #[default]
    Ab,
    /// Each user sees both, mixed.
    Interleaving,
}

/// The numbers of an experiment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Experiment {
    /// How arms are compared.
    pub design: Design,
    /// The chance to see the effect if it is there.
    pub power: f64,
    /// The chance to see an effect that is not there.
    pub alpha: f64,
    /// The p-value below which the split of traffic is broken.
    pub srm_alpha: f64,
    /// After how many days it ends without a decision.
    pub max_days: Option<f64>,
}

impl Default for Experiment {
    fn default() -> Self {
        Self { design: Design::Ab, power: 0.8, alpha: 0.05, srm_alpha: 0.001, max_days: None }
    }
}

/// Which way a metric counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// Upward. The default.
    #[default]
    Higher,
    /// Downward.
    Lower,
}

/// The effect that must be shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Primary {
    /// The metric.
    pub metric: String,
    /// The least improvement.
    pub uplift: f64,
    /// Whether the uplift is a share of the baseline.
    pub relative: bool,
    /// Which way is better.
    pub better: Way,
}

impl Default for Primary {
    fn default() -> Self {
        Self { metric: String::new(), uplift: 0.0, relative: true, better: Way::Higher }
    }
}

/// How much worse a metric may get.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limit {
    /// The metric.
    pub metric: String,
    /// How much worse.
    pub limit: f64,
    /// Whether the limit is a share of the baseline.
    pub relative: bool,
    /// Which way is worse; known of the built-in metrics where it is absent.
    pub worse: Option<Way>,
    /// The journey that it holds for.
    pub journey: Option<String>,
}

impl Default for Limit {
    fn default() -> Self {
        Self { metric: String::new(), limit: 0.0, relative: true, worse: None, journey: None }
    }
}

/// How many people must agree to full traffic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Approvals {
    /// How many.
    pub count: u32,
    /// How many for a journey of high risk.
    pub high_risk: u32,
    /// Whether the author of the change does not count.
    pub independent: bool,
}

impl Default for Approvals {
    fn default() -> Self {
        Self { count: 1, high_risk: 2, independent: true }
    }
}

/// What happens when a stage fails.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rollback {
    /// Whether the last good composite is proposed without asking.
    pub automatic: bool,
    /// Whether the journey is frozen too.
    pub freeze: bool,
    /// Within how many hours the post-mortem is due.
    pub post_mortem_hours: f64,
}

impl Default for Rollback {
    fn default() -> Self {
        Self { automatic: true, freeze: true, post_mortem_hours: 48.0 }
    }
}

/// The whole file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Promotion {
    /// The way to full traffic, in order.
    pub stages: Vec<Stage>,
    /// How arms are compared.
    pub experiment: Experiment,
    /// The effect that must be shown.
    pub primary: Option<Primary>,
    /// Metrics that must be shown not to be worse than this.
    pub guardrails: Vec<Limit>,
    /// Losses that end the experiment at once.
    pub stop_loss: Vec<Limit>,
    /// How many people must agree to full traffic.
    pub approvals: Approvals,
    /// What happens when a stage fails.
    pub rollback: Rollback,
}
