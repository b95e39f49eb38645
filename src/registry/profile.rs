//! Guardrail profiles.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How bad a hit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HitSeverity {
    /// None is allowed.
    Sev1,
    /// A rate is allowed.
    Sev2,
    /// Worth counting.
    Sev3,
}

/// What a guardrail looks at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AppliesTo {
    /// What the user sent.
    Input,
    /// What the model answered. The default.
    #[default]
    Output,
    /// Both.
    Both,
}

/// What happens on a hit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HitAction {
    /// The answer is withheld. The default.
    #[default]
    Block,
    /// The hit is masked.
    Redact,
    /// The hit is counted.
    Flag,
}

/// One guardrail.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Guardrail {
    /// How bad a hit is; absent only where the file leaves it out.
    pub severity: Option<HitSeverity>,
    /// The detector with its version, or the name of a service.
    pub detector: Option<String>,
    /// The score from which a detector's answer is a hit.
    pub threshold: Option<f64>,
    /// What is looked at.
    pub applies_to: AppliesTo,
    /// What happens on a hit.
    pub action: HitAction,
    /// What it keeps out.
    pub description: Option<String>,
}

/// The form of a guardrail service's request and answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ServiceApi {
    /// The moderations endpoint of `OpenAI`.
    OpenaiModerations,
    /// The analyzer of Presidio.
    PresidioAnalyzer,
}

/// A guardrail service over HTTP.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Service {
    /// The form of request and answer; absent only where the file leaves it out.
    pub api: Option<ServiceApi>,
    /// The address.
    pub base_url: Option<String>,
    /// The variable that holds the address.
    pub base_url_env: Option<String>,
    /// How long one call may take.
    pub timeout_ms: Option<u64>,
}

/// What only profiles have; see [`super::common::Common`] for the rest.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Profile {
    /// The guardrails by name.
    pub guardrails: BTreeMap<String, Guardrail>,
    /// Guardrail services by name.
    pub services: BTreeMap<String, Service>,
}
