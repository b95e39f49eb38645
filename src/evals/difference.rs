//! One metric of two runs over the same cases: the paired difference, its interval, its verdict.

use crate::cases::metric::{self, Better};
use crate::cases::{Bar, Comparison};
use crate::evals::gate::{IntervalRecord, Verdict, is_rate};
use crate::registry::policy::gates::Gates;
use crate::stats::{
    self, Bootstrap, Direction, Level, Moments, PairedCounts, Plan, Resamples, Sample, Shape,
    Statistic, StatsFault, bootstrap, differences, non_inferiority,
};

/// The number of bootstrap resamples behind a gate.
pub(super) const RESAMPLES: u32 = 10_000;

/// A metric's values on the same cases, in one order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Series {
    /// The values before.
    pub before: Vec<f64>,
    /// The values after.
    pub after: Vec<f64>,
}

/// How a difference is bounded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Method {
    /// The confidence of the two-sided interval.
    pub confidence: Level,
    /// How many resamples the bootstrap draws.
    pub resamples: u32,
    /// The seed of the bootstrap.
    pub seed: u64,
}

/// What the paired cases say.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The number of pairs.
    pub n: u32,
    /// The mean of after less before.
    pub estimate: f64,
    /// Its interval: Newcombe's for rates, the bootstrap's (bias-corrected and
    /// accelerated) else; none where the differences do
    /// not vary.
    pub interval: Option<IntervalRecord>,
    /// The p-value of `McNemar`'s test, for rates.
    pub mcnemar_p: Option<f64>,
}

impl Difference {
    /// Computes the difference of a metric; at least one pair is needed.
    pub fn of(name: &str, series: &Series, method: &Method) -> Result<Self, StatsFault> {
        let Series { before, after } = series;
        let n = u32::try_from(before.len()).unwrap_or(u32::MAX);
        if is_rate(name, before) && is_rate(name, after) {
            let passed =
                |values: &[f64]| -> Vec<bool> { values.iter().map(|v| *v > 0.5).collect() };
            let counts = PairedCounts::of(&passed(before), &passed(after))?;
            return Ok(Self {
                n,
                estimate: counts.difference()?,
                interval: Some(counts.newcombe(method.confidence)?.into()),
                mcnemar_p: Some(counts.mcnemar().p),
            });
        }
        let each = differences(before, after)?;
        let estimate = Moments::of(&each)?.mean();
        let plan = Plan {
            statistic: Statistic::Mean,
            shape: Shape::Bca,
            resamples: Resamples::Seeded { count: method.resamples, seed: method.seed },
            confidence: method.confidence,
        };
        let interval = match bootstrap(&Sample::One(&each), &plan) {
            Ok(Bootstrap { interval, .. }) => Some(interval.into()),
            Err(StatsFault::NoVariation | StatsFault::TooFew { .. }) => None,
            Err(fault) => return Err(fault),
        };
        Ok(Self { n, estimate, interval, mcnemar_p: None })
    }

    /// Judges whether the metric is worse by less than a margin.
    pub fn verdict(&self, margin: f64, direction: Direction) -> Result<Verdict, StatsFault> {
        let Some(interval) = &self.interval else { return Ok(Verdict::Inconclusive) };
        let ends = stats::Interval {
            low: interval.low,
            high: interval.high,
            confidence: interval.confidence,
            method: "",
        };
        Ok(match non_inferiority(&ends, margin, direction)? {
            stats::Verdict::Pass => Verdict::Pass,
            stats::Verdict::Fail => Verdict::Fail,
            stats::Verdict::Inconclusive => Verdict::Inconclusive,
        })
    }
}

/// Says which way a metric is good: as the policy's gates on it say, else as the table of metrics
/// does. A judge's score is better if it is higher.
#[must_use]
pub fn direction(name: &str, policy: Option<&Gates>) -> Direction {
    let gates = policy.map(|policy| policy.gates.as_slice()).unwrap_or_default();
    let mut bars = gates.iter().filter(|gate| gate.metric == name);
    let of_bar = |text: &str| match text.parse::<Bar>().ok()?.comparison {
        Comparison::AtLeast | Comparison::Above => Some(Direction::HigherIsBetter),
        Comparison::AtMost | Comparison::Below => Some(Direction::LowerIsBetter),
        Comparison::Equal => None,
    };
    let known = || match metric::find(name).map(|metric| metric.better) {
        Some(Better::Lower) => Direction::LowerIsBetter,
        Some(Better::Higher) | None => Direction::HigherIsBetter,
    };
    bars.find_map(|gate| of_bar(&gate.bar)).unwrap_or_else(known)
}
