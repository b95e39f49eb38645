//! Intervals, and the probabilities that parametrise them.

use serde::Serialize;

use super::fault::StatsFault;

/// A probability strictly between 0 and 1: a confidence, a quantile's level, an error rate.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Level(f64);

impl Level {
    /// 95 %, the confidence that reports use unless told otherwise.
    pub const PERCENT_95: Self = Self(0.95);

    /// Takes a number strictly between 0 and 1.
    pub fn new(value: f64) -> Result<Self, StatsFault> {
        if value > 0.0 && value < 1.0 {
            Ok(Self(value))
        } else {
            Err(StatsFault::OutOfRange { name: "level", value, expected: "between 0 and 1" })
        }
    }

    /// Returns the number.
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }

    /// Returns the probability of the opposite.
    #[must_use]
    pub fn complement(self) -> f64 {
        1.0 - self.0
    }
}

/// Which ends an interval has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// Both, each with half of the error.
    Both,
    /// The low end only: a one-sided lower bound.
    Low,
    /// The high end only: a one-sided upper bound.
    High,
}

impl Ends {
    /// Returns the error beyond each end.
    pub(super) fn tail(self, confidence: Level) -> f64 {
        match self {
            Self::Both => confidence.complement() / 2.0,
            Self::Low | Self::High => confidence.complement(),
        }
    }
}

/// A confidence interval; an end is missing if it was not asked for or the data cannot bound it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// The low end.
    pub low: Option<f64>,
    /// The high end.
    pub high: Option<f64>,
    /// The confidence, between 0 and 1.
    pub confidence: f64,
    /// The method's name, as records spell it.
    pub method: &'static str,
}

impl Interval {
    /// Builds an interval with both ends.
    pub(super) fn between(low: f64, high: f64, confidence: Level, method: &'static str) -> Self {
        Self { low: Some(low), high: Some(high), confidence: confidence.get(), method }
    }

    /// Keeps only the ends asked for.
    pub(super) fn keep(self, ends: Ends) -> Self {
        match ends {
            Ends::Both => self,
            Ends::Low => Self { high: None, ..self },
            Ends::High => Self { low: None, ..self },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_strictly_between_0_and_1() {
        for value in [0.0, 1.0, -0.1, 1.1, f64::NAN, f64::INFINITY] {
            assert!(Level::new(value).is_err(), "{value}");
        }
        assert_eq!(Level::new(0.95), Ok(Level::PERCENT_95));
    }

    #[test]
    fn an_interval_is_recorded_with_its_confidence_and_method() {
        let interval = Interval::between(0.1, 0.2, Level::PERCENT_95, "wilson").keep(Ends::High);
        assert_eq!(
            serde_json::to_string(&interval).expect("json"),
            r#"{"low":null,"high":0.2,"confidence":0.95,"method":"wilson"}"#
        );
    }
}
