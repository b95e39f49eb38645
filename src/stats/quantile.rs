//! Quantiles of a sample, such as a p95 latency, and what they show about those behind it.

use super::fault::StatsFault;
use super::interval::{Ends, Interval, Level};
use super::moments::check_finite;
use super::rate::clean_cases_needed;
use super::special::{binomial_tails, ceiling, least, length};

/// The values of a sample in ascending order, at least one and all finite.
#[derive(Debug, Clone, PartialEq)]
pub struct Sorted(Vec<f64>);

impl Sorted {
    /// Sorts values.
    pub fn new(values: Vec<f64>) -> Result<Self, StatsFault> {
        if values.is_empty() {
            return Err(StatsFault::TooFew { needed: 1, found: 0 });
        }
        check_finite(&values)?;
        let mut values = values;
        values.sort_by(f64::total_cmp);
        Ok(Self(values))
    }

    /// Returns the values.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.0
    }

    /// Finds the quantile of nearest rank: the value at place `⌈level·n⌉`, counted from 1.
    ///
    /// It is always a value that was measured; with n below 20 the p95 is the largest one.
    #[must_use]
    pub fn nearest_rank(&self, level: Level) -> f64 {
        // A product that rounding put just above a whole number stays at that number.
        let rank = ceiling(level.get() * length(self.0.len()) * (1.0 - 4.0 * f64::EPSILON));
        self.at(rank.saturating_sub(1)).unwrap_or(f64::NAN)
    }

    /// Finds the quantile that lies between neighbours (type 7 of Hyndman and Fan 1996).
    ///
    /// At one half it is the median.
    #[must_use]
    pub fn interpolated(&self, level: Level) -> f64 {
        let place = level.get() * (length(self.0.len()) - 1.0);
        let below = self.at(ceiling(place.floor())).unwrap_or(f64::NAN);
        let above = self.at(ceiling(place.floor()) + 1).unwrap_or(below);
        below + (above - below) * place.fract()
    }

    /// Computes the interval of a quantile from order statistics (Conover 1999, section 3.2).
    ///
    /// The low end is the value at the place `k` (from 1) with `k` the `tail` quantile of the
    /// binomial of `n` and `level`, the high end that one place above its `1 − tail` quantile. An
    /// end beyond the sample does not exist: below 59 values nothing bounds a p95 from above at
    /// 95 % one-sided (see [`cases_to_bound_quantile`]).
    #[must_use]
    pub fn quantile_interval(&self, level: Level, confidence: Level, ends: Ends) -> Interval {
        let tail = ends.tail(confidence);
        let count = self.0.len() as u64;
        let tails = |k| binomial_tails(k, count, level.get());
        let low = least(count, |k| tails(k).0 >= tail);
        let high = least(count, |k| tails(k).1 <= tail);
        Interval {
            low: low.checked_sub(1).and_then(|place| self.at(place)),
            high: self.at(high),
            confidence: confidence.get(),
            method: "order-statistic",
        }
        .keep(ends)
    }

    /// Computes the two-sided p-value of the claim that the quantile is `value` (Conover 1999).
    #[must_use]
    pub fn quantile_test(&self, level: Level, value: f64) -> f64 {
        let count = self.0.len() as u64;
        let at_most = self.0.partition_point(|x| *x <= value) as u64;
        let below = self.0.partition_point(|x| *x < value) as u64;
        let few = binomial_tails(at_most, count, level.get()).0;
        let many = below.checked_sub(1).map_or(1.0, |k| binomial_tails(k, count, level.get()).1);
        (2.0 * few.min(many)).min(1.0)
    }

    fn at(&self, place: u64) -> Option<f64> {
        usize::try_from(place).ok().and_then(|place| self.0.get(place)).copied()
    }
}

/// Counts the values from which a quantile has a one-sided upper bound: 59 for p95 at 95 %.
///
/// The least `n` with `1 − level^n ≥ confidence`.
#[must_use]
pub fn cases_to_bound_quantile(level: Level, confidence: Level) -> u64 {
    Level::new(level.complement()).map_or(u64::MAX, |rest| clean_cases_needed(rest, confidence))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn level(value: f64) -> Level {
        Level::new(value).expect("a level")
    }

    fn upto(n: u32) -> Sorted {
        Sorted::new((1..=n).rev().map(f64::from).collect()).expect("values")
    }

    #[test]
    fn nearest_rank_is_the_value_at_the_rank_rounded_up() {
        let cases = [
            (1, 0.95, 1.0),
            (5, 0.95, 5.0),
            (19, 0.95, 19.0),
            (20, 0.95, 19.0),
            (21, 0.95, 20.0),
            (100, 0.5, 50.0),
            (100, 0.55, 55.0),
            (100, 0.07, 7.0),
            (100, 0.9, 90.0),
            (100, 0.99, 99.0),
            (1000, 0.999, 999.0),
            (3, 0.001, 1.0),
        ];
        for (n, at, expected) in cases {
            let found = upto(n).nearest_rank(level(at));
            assert!((found - expected).abs() < 0.5, "p{at} of {n}: {found}");
        }
    }

    #[test]
    fn a_p95_has_an_upper_bound_from_59_values_on() {
        let upper = |n| upto(n).quantile_interval(level(0.95), Level::PERCENT_95, Ends::High).high;
        assert_eq!(cases_to_bound_quantile(level(0.95), Level::PERCENT_95), 59);
        assert_eq!((upper(58), upper(59)), (None, Some(59.0)));
    }

    #[test]
    fn no_values_and_values_that_are_not_finite_are_refused() {
        assert_eq!(Sorted::new(vec![]), Err(StatsFault::TooFew { needed: 1, found: 0 }));
        assert!(matches!(
            Sorted::new(vec![1.0, f64::NAN]),
            Err(StatsFault::NotFinite { position: 1, .. })
        ));
    }

    proptest! {
        #[test]
        fn as_many_values_as_the_level_says_are_at_most_the_quantile(
            values in prop::collection::vec(-1e6_f64..1e6, 1..200),
            at in 0.01_f64..0.99,
        ) {
            let sorted = Sorted::new(values).expect("values");
            let found = sorted.nearest_rank(level(at));
            let n = length(sorted.values().len());
            let at_most = length(sorted.values().iter().filter(|x| **x <= found).count());
            let below = length(sorted.values().iter().filter(|x| **x < found).count());
            prop_assert!(at_most >= at * n * (1.0 - 1e-12) && below < at * n);
            let interval = sorted.quantile_interval(level(at), Level::PERCENT_95, Ends::Both);
            prop_assert!(interval.low.is_none_or(|low| low <= found));
            prop_assert!(interval.high.is_none_or(|high| high >= found));
        }
    }
}
