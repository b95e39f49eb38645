//! The three verdicts that an interval can give against a margin.

use serde::{Deserialize, Serialize};

use super::fault::StatsFault;
use super::interval::Interval;

/// What an interval shows about a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The claim holds everywhere in the interval.
    Pass,
    /// The claim holds nowhere in the interval.
    Fail,
    /// The interval leaves both open.
    Inconclusive,
}

/// Which way a metric is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Such as a pass rate.
    HigherIsBetter,
    /// Such as a cost or a rate of incidents.
    LowerIsBetter,
}

/// Judges whether a difference (candidate less base) is worse by less than `margin`.
///
/// With higher is better, it passes if the low end is above `-margin` and fails if the high end is
/// below it; with lower is better, it passes if the high end is below `margin` and fails if the low
/// end is above it. An end on the margin, or a missing one, decides nothing. A negative margin asks
/// for superiority by that much. The one-sided error is half of what the interval leaves out: for
/// 5 %, give a two-sided interval of 90 % or a one-sided one of 95 %.
pub fn non_inferiority(
    interval: &Interval,
    margin: f64,
    direction: Direction,
) -> Result<Verdict, StatsFault> {
    if !margin.is_finite() {
        return Err(StatsFault::OutOfRange {
            name: "margin",
            value: margin,
            expected: "a finite number",
        });
    }
    let (passes, fails) = match direction {
        Direction::HigherIsBetter => (
            interval.low.is_some_and(|low| low > -margin),
            interval.high.is_some_and(|high| high < -margin),
        ),
        Direction::LowerIsBetter => (
            interval.high.is_some_and(|high| high < margin),
            interval.low.is_some_and(|low| low > margin),
        ),
    };
    Ok(match (passes, fails) {
        (true, false) => Verdict::Pass,
        (false, true) => Verdict::Fail,
        _ => Verdict::Inconclusive,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_needs_the_whole_interval_on_one_side_of_the_margin() {
        use Direction::{HigherIsBetter, LowerIsBetter};
        use Verdict::{Fail, Inconclusive, Pass};
        let cases = [
            (Some(-0.01), Some(0.05), 0.02, HigherIsBetter, Pass),
            (Some(-0.02), Some(0.05), 0.02, HigherIsBetter, Inconclusive),
            (Some(-0.03), Some(0.05), 0.02, HigherIsBetter, Inconclusive),
            (Some(-0.09), Some(-0.03), 0.02, HigherIsBetter, Fail),
            (None, Some(0.05), 0.02, HigherIsBetter, Inconclusive),
            (Some(-0.01), None, 0.02, HigherIsBetter, Pass),
            (Some(0.0), Some(0.0), 0.0, HigherIsBetter, Inconclusive),
            (Some(-0.01), Some(0.01), 0.02, LowerIsBetter, Pass),
            (Some(-0.01), Some(0.02), 0.02, LowerIsBetter, Inconclusive),
            (Some(0.03), Some(0.09), 0.02, LowerIsBetter, Fail),
            (None, Some(0.01), 0.02, LowerIsBetter, Pass),
            (Some(0.09), Some(0.12), -0.08, HigherIsBetter, Pass),
            (Some(0.07), Some(0.12), -0.08, HigherIsBetter, Inconclusive),
            (Some(f64::NAN), Some(f64::NAN), 0.02, HigherIsBetter, Inconclusive),
        ];
        for (low, high, margin, direction, expected) in cases {
            let interval = Interval { low, high, confidence: 0.9, method: "t" };
            let verdict = non_inferiority(&interval, margin, direction);
            assert_eq!(verdict, Ok(expected), "{interval:?} {margin} {direction:?}");
        }
        let interval = Interval { low: None, high: None, confidence: 0.9, method: "t" };
        assert!(non_inferiority(&interval, f64::NAN, HigherIsBetter).is_err());
    }
}
