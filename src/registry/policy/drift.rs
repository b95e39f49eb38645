//! `drift.yaml`: what is watched in production, and what follows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a signal is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    /// What users send.
    Input,
    /// Vectors.
    Embedding,
    /// What users receive.
    Output,
    /// Attacks.
    Abuse,
}

/// How two windows are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// Population stability index.
    Psi,
    /// Kullback-Leibler divergence, in nats.
    Kl,
    /// Jensen-Shannon distance, base 2.
    Js,
    /// Hellinger distance.
    Hellinger,
    /// Total variation distance.
    Tvd,
    /// Greatest difference of shares.
    Linf,
    /// Kolmogorov-Smirnov statistic.
    Ks,
    /// Wasserstein distance in standard deviations.
    Wasserstein,
    /// Chi-squared test.
    Chi2,
    /// Cosine distance of mean vectors.
    Cosine,
    /// Maximum mean discrepancy.
    Mmd,
    /// Difference of means.
    Mean,
    /// Difference of rates.
    Rate,
    /// Rise of a count.
    Surge,
}

/// Which way is worse.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Worse {
    /// Upward. The default.
    #[default]
    Higher,
    /// Downward.
    Lower,
    /// Either.
    Both,
}

/// One signal.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Signal {
    /// Its name.
    pub name: String,
    /// What it is about.
    pub group: Option<Group>,
    /// How the windows are compared; absent only where the file leaves it out.
    pub method: Option<Method>,
    /// The telemetry field.
    pub field: String,
    /// The value from which it is looked into.
    pub yellow: f64,
    /// The value from which somebody is paged.
    pub red: f64,
    /// Which way is worse, for means and rates.
    pub worse: Worse,
    /// Whether the thresholds are shares of the reference's value.
    pub relative: bool,
    /// The journey that it holds for.
    pub journey: Option<String>,
    /// Fields by which it is split.
    pub segments: Vec<String>,
    /// The fewest events of a window, where it differs from the file's.
    pub min_samples: Option<u64>,
    /// Why it is watched.
    pub description: Option<String>,
}

/// What the current window is compared with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reference {
    /// Whether the frozen baseline of the last promoted release is compared.
    pub release: bool,
    /// How many days before the current window are compared.
    pub trailing_days: u32,
}

impl Default for Reference {
    fn default() -> Self {
        Self { release: true, trailing_days: 7 }
    }
}

/// What an early warning asks for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Yellow {
    /// Within how many hours somebody looks.
    pub investigate_hours: Option<f64>,
    /// The alert routes.
    pub notify: Vec<String>,
}

/// What an alarm asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Red {
    /// Whether the person on call is paged.
    pub page: bool,
    /// Whether the journey is frozen.
    pub freeze: bool,
    /// Whether a rollback is proposed.
    pub propose_rollback: bool,
    /// The alert routes.
    pub notify: Vec<String>,
}

/// What follows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Actions {
    /// After an early warning.
    pub yellow: Yellow,
    /// After an alarm.
    pub red: Red,
}

/// The form of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AlertApi {
    /// Alertmanager's API, version 2.
    Alertmanager,
    /// `PagerDuty`'s events API, version 2.
    Pagerduty,
    /// A plain JSON document.
    Webhook,
}

/// Where alerts are sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AlertRoute {
    /// The form; absent only where the file leaves it out.
    pub api: Option<AlertApi>,
    /// The address.
    pub url: Option<String>,
    /// The variable that holds the address.
    pub url_env: Option<String>,
    /// The variable that holds the routing key.
    pub key_env: Option<String>,
}

/// The whole file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Drift {
    /// What is watched.
    pub signals: Vec<Signal>,
    /// What the current window is compared with.
    pub reference: Reference,
    /// The hours of the current window.
    pub window_hours: f64,
    /// The fewest events of a window; fewer is never green.
    pub min_samples: u64,
    /// How many windows in a row must be red before it counts as red.
    pub consecutive: u32,
    /// How many quantile bins of the reference are used.
    pub bins: u32,
    /// The chance of an alarm without drift that is accepted.
    pub alpha: f64,
    /// What follows.
    pub actions: Actions,
    /// Where alerts are sent, by name.
    pub alerts: BTreeMap<String, AlertRoute>,
}

impl Default for Drift {
    fn default() -> Self {
        Self {
            signals: Vec::new(),
            reference: Reference::default(),
            window_hours: 24.0,
            min_samples: 30,
            consecutive: 2,
            bins: 10,
            alpha: 0.05,
            actions: Actions::default(),
            alerts: BTreeMap::new(),
        }
    }
}
