//! Judges.

use serde::{Deserialize, Serialize};

use super::prompt::Parameters;

/// The scores that a judge may give.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Scale {
    /// The worst score.
    pub min: i64,
    /// The best score.
    pub max: i64,
}

/// How agreement with people is proven.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Calibration {
    /// The file of people's scores, in the entry's folder.
    pub labels: Option<String>,
    /// The least quadratic weighted kappa.
    pub min_weighted_kappa: Option<f64>,
    /// The fewest labelled cases.
    pub min_labels: Option<u64>,
    /// After how many days it must be repeated.
    pub valid_days: Option<u64>,
}

/// What only judges have; see [`super::common::Common`] for the rest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Judge {
    /// The scores that it may give.
    pub scale: Scale,
    /// The model that judges.
    pub model: String,
    /// The rubric's path in the entry's folder.
    pub rubric: String,
    /// How the model is asked to answer.
    pub parameters: Parameters,
    /// How agreement with people is proven.
    pub calibration: Option<Calibration>,
    /// How many verdicts are asked for.
    pub votes: u64,
    /// The least share of cases that must get a score.
    pub min_coverage: f64,
}

impl Default for Judge {
    fn default() -> Self {
        Self {
            scale: Scale::default(),
            model: String::new(),
            rubric: String::new(),
            parameters: Parameters::default(),
            calibration: None,
            votes: 1,
            min_coverage: 0.95,
        }
    }
}
