//! `freeze.yaml`: when releases stop, and who may go on.

use serde::{Deserialize, Serialize};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// A drift signal is red.
    DriftRed,
    /// An error budget is used up.
    BudgetExhausted,
    /// A guardrail of the worst severity was hit.
    Sev1,
    /// Attacks rose.
    AbuseSurge,
    /// An experiment lost too much.
    StopLoss,
    /// A release was taken back.
    Rollback,
}

/// What is frozen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// The journey. The default.
    #[default]
    Journey,
    /// The composite.
    Composite,
    /// Everything.
    Registry,
}

/// What freezes by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Trigger {
    /// What happened; absent only where the file leaves it out.
    #[serde(rename = "on")]
    pub cause: Option<Cause>,
    /// What is frozen.
    pub scope: Scope,
    /// Whether it freezes without asking.
    pub automatic: bool,
    /// The journey that it holds for.
    pub journey: Option<String>,
}

impl Default for Trigger {
    fn default() -> Self {
        Self { cause: None, scope: Scope::Journey, automatic: true, journey: None }
    }
}

/// What a freeze refuses. A rollback is not among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Blocked {
    /// Merging.
    Merge,
    /// Opening or tagging a release.
    Release,
    /// Moving to the next stage.
    Promote,
    /// Tagging entries.
    Publish,
}

/// A time that is frozen by plan.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Window {
    /// The first moment (RFC 3339).
    pub from: String,
    /// The moment after the last (RFC 3339).
    pub until: String,
    /// Why.
    pub reason: Option<String>,
    /// The journey that it holds for.
    pub journey: Option<String>,
}

/// A role of the configuration's key `roles`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RaciRole {
    /// Does the work.
    Responsible,
    /// Answers for it.
    Accountable,
    /// Is asked before.
    Consulted,
    /// Is told after.
    Informed,
}

/// Who may go on in spite of a freeze.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FreezeOverride {
    /// How many approvals it needs.
    pub approvals: u32,
    /// The roles whose approval counts.
    pub roles: Vec<RaciRole>,
    /// How many hours an override lasts at most.
    pub max_hours: f64,
}

impl Default for FreezeOverride {
    fn default() -> Self {
        Self { approvals: 2, roles: Vec::new(), max_hours: 24.0 }
    }
}

/// The whole file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Freeze {
    /// What freezes by itself.
    pub triggers: Vec<Trigger>,
    /// What a freeze refuses.
    pub blocks: Vec<Blocked>,
    /// After how many hours a freeze ends by itself.
    pub expires_hours: Option<f64>,
    /// Times that are frozen by plan.
    pub windows: Vec<Window>,
    /// Who may go on in spite of a freeze.
    #[serde(rename = "override")]
    pub break_glass: FreezeOverride,
    /// How many days only repairs are released after a budget was used up.
    pub stability_sprint_days: Option<f64>,
    /// How many days may pass between two rehearsals.
    pub tabletop_days: Option<f64>,
}

impl Default for Freeze {
    fn default() -> Self {
        Self {
            triggers: Vec::new(),
            blocks: vec![Blocked::Release, Blocked::Promote],
            expires_hours: None,
            windows: Vec::new(),
            break_glass: FreezeOverride::default(),
            stability_sprint_days: None,
            tabletop_days: None,
        }
    }
}
