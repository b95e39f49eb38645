//! From the values of cases to one value with its interval.

use super::IntervalRecord;
use crate::cases::metric::{self, Named};
use crate::cases::{Bar, Comparison};
use crate::registry::policy::gates::Aggregate;
use crate::stats::{
    Ends, Level, Moments, Proportion, Sorted, StatsFault, clopper_pearson, mean_interval, sum,
    wilson,
};

/// One value of many cases.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::evals) struct Estimate {
    /// The value.
    pub(in crate::evals) value: f64,
    /// Its interval, where it has one.
    pub(in crate::evals) interval: Option<IntervalRecord>,
}

/// Says whether values are those of a rate: 0 and 1 of a metric between 0 and 1.
///
/// A case with several repeats may lie between; then the rate is a mean of means.
pub(in crate::evals) fn is_rate(name: &str, values: &[f64]) -> bool {
    let is_share = name == "pass"
        || metric::find(name)
            .and_then(|metric| metric.range)
            .is_some_and(|range| (range.least, range.most) == (0.0, 1.0));
    is_share && values.iter().all(|value| [0.0, 1.0].contains(value))
}

/// Says whether a metric counts incidents: less is better and none is best.
pub(super) fn counts_incidents(name: &str) -> bool {
    metric::find(name).is_some_and(|metric| metric.named == Named::ByGates)
}

/// Computes a mean: Wilson's interval for rates, the t interval else.
pub(in crate::evals) fn mean(
    name: &str,
    values: &[f64],
    confidence: Level,
) -> Result<Estimate, StatsFault> {
    if is_rate(name, values) && !values.is_empty() {
        let rate = proportion(values)?;
        let interval = wilson(rate, confidence, Ends::Both);
        return Ok(Estimate { value: rate.estimate(), interval: Some(interval.into()) });
    }
    let moments = Moments::of(values)?;
    let interval = mean_interval(&moments, confidence).map(IntervalRecord::from);
    Ok(Estimate { value: moments.mean(), interval })
}

/// Computes what a gate compares with its bar.
///
/// A rate without any incident has the exact one-sided bound where its bar limits it from above, so
/// that the interval, the bar and the number of clean cases that are needed agree. A quantile has
/// the interval of order statistics, with one end where the values suffice for that one alone. A
/// sum, a least and a greatest value are facts of the run and have none.
pub(super) fn aggregate(
    name: &str,
    aggregate: Aggregate,
    values: &[f64],
    bar: Bar,
    confidence: Level,
) -> Result<Estimate, StatsFault> {
    let fact = |value: f64| Ok(Estimate { value, interval: None });
    if let Some(level) = quantile(aggregate) {
        let level = Level::new(level)?;
        let sorted = Sorted::new(values.to_vec())?;
        let mut interval = sorted.quantile_interval(level, confidence, Ends::Both);
        if interval.high.is_none() && is_upper(bar) {
            let bound = sorted.quantile_interval(level, confidence, Ends::High);
            interval = if bound.high.is_some() { bound } else { interval };
        }
        let has_end = interval.low.is_some() || interval.high.is_some();
        let interval = has_end.then(|| interval.into());
        return Ok(Estimate { value: sorted.nearest_rank(level), interval });
    }
    match aggregate {
        Aggregate::Sum => fact(sum(values)?),
        Aggregate::Min => fact(values.iter().copied().fold(f64::INFINITY, f64::min)),
        Aggregate::Max => fact(values.iter().copied().fold(f64::NEG_INFINITY, f64::max)),
        _ if is_clean(name, values) && is_upper(bar) && is_rate(name, values) => {
            let interval = clopper_pearson(proportion(values)?, confidence, Ends::High);
            Ok(Estimate { value: 0.0, interval: Some(interval.into()) })
        }
        _ => mean(name, values, confidence),
    }
}

/// Returns the level of a quantile.
pub(super) fn quantile(aggregate: Aggregate) -> Option<f64> {
    match aggregate {
        Aggregate::P50 => Some(0.5),
        Aggregate::P90 => Some(0.9),
        Aggregate::P95 => Some(0.95),
        Aggregate::P99 => Some(0.99),
        Aggregate::Mean | Aggregate::Sum | Aggregate::Min | Aggregate::Max => None,
    }
}

/// Says whether a metric of incidents has none.
pub(super) fn is_clean(name: &str, values: &[f64]) -> bool {
    counts_incidents(name) && values.iter().all(|value| *value == 0.0)
}

/// Says whether a bar limits from above.
pub(super) fn is_upper(bar: Bar) -> bool {
    matches!(bar.comparison, Comparison::AtMost | Comparison::Below)
}

/// Counts the ones among zeros and ones.
fn proportion(values: &[f64]) -> Result<Proportion, StatsFault> {
    let successes = values.iter().filter(|value| **value > 0.5).count();
    Proportion::new(successes as u64, values.len() as u64)
}
