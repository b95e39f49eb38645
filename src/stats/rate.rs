//! One rate: its intervals, and how many clean cases show that it is low.

use super::fault::StatsFault;
use super::interval::{Ends, Interval, Level};
use super::special::{beta_tails, bisect, ceiling, normal_upper_quantile, real};

/// A number of successes in a number of trials, at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proportion {
    successes: u64,
    trials: u64,
}

impl Proportion {
    /// Takes successes and trials.
    pub fn new(successes: u64, trials: u64) -> Result<Self, StatsFault> {
        if trials == 0 {
            return Err(StatsFault::TooFew { needed: 1, found: 0 });
        }
        if successes > trials {
            return Err(StatsFault::MoreThanAll { successes, trials });
        }
        Ok(Self { successes, trials })
    }

    /// Returns the number of successes.
    #[must_use]
    pub fn successes(self) -> u64 {
        self.successes
    }

    /// Returns the number of trials.
    #[must_use]
    pub fn trials(self) -> u64 {
        self.trials
    }

    /// Returns the number of trials that did not succeed.
    #[must_use]
    pub fn failures(self) -> u64 {
        self.trials - self.successes
    }

    /// Returns the share of successes.
    #[must_use]
    pub fn estimate(self) -> f64 {
        real(self.successes) / real(self.trials)
    }
}

/// Computes Wilson's score interval (Wilson 1927), without continuity correction.
#[must_use]
pub fn wilson(rate: Proportion, confidence: Level, ends: Ends) -> Interval {
    let z = normal_upper_quantile(ends.tail(confidence));
    let (estimate, trials) = (rate.estimate(), real(rate.trials));
    let weight = z * z / trials;
    let centre = (estimate + weight / 2.0) / (1.0 + weight);
    let spread = (estimate * (1.0 - estimate) / trials + weight / (4.0 * trials)).sqrt();
    let half = z * spread / (1.0 + weight);
    let low = if rate.successes == 0 { 0.0 } else { (centre - half).max(0.0) };
    let high = if rate.failures() == 0 { 1.0 } else { (centre + half).min(1.0) };
    Interval::between(low, high, confidence, "wilson").keep(ends)
}

/// Computes the exact interval of Clopper and Pearson (1934).
///
/// Each end is the rate at which so many successes, or so few, are as unlikely as the error that
/// is left to that end. The upper end of 0 in `n` is `1 − tail^(1/n)`.
#[must_use]
pub fn clopper_pearson(rate: Proportion, confidence: Level, ends: Ends) -> Interval {
    let tail = ends.tail(confidence);
    let (successes, failures) = (real(rate.successes), real(rate.failures()));
    let low = if rate.successes == 0 {
        0.0
    } else {
        bisect(0.0, 1.0, |p| beta_tails(successes, failures + 1.0, p, 1.0 - p).0 < tail)
    };
    let high = if rate.failures() == 0 {
        1.0
    } else {
        bisect(0.0, 1.0, |p| beta_tails(failures, successes + 1.0, 1.0 - p, p).0 > tail)
    };
    Interval::between(low, high, confidence, "clopper-pearson").keep(ends)
}

/// Counts the cases that must all be clean to show that a rate is at most `limit`.
///
/// The least `n` with `(1 − limit)^n ≤ 1 − confidence`; 598 for 0.5 % at 95 %.
#[must_use]
pub fn clean_cases_needed(limit: Level, confidence: Level) -> u64 {
    ceiling(confidence.complement().ln() / (-limit.get()).ln_1p())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_rate_needs_trials_and_no_more_successes_than_those() {
        assert_eq!(Proportion::new(0, 0), Err(StatsFault::TooFew { needed: 1, found: 0 }));
        assert_eq!(
            Proportion::new(3, 2).map_err(|fault| fault.to_string()),
            Err("3 successes in 2 trials".to_owned())
        );
    }

    proptest! {
        #[test]
        fn intervals_hold_the_estimate_and_mirror_it(
            trials in 1_u64..5_000,
            share in 0.0_f64..=1.0,
            confidence in 0.5_f64..0.999,
        ) {
            let successes = ceiling(share * real(trials)).min(trials);
            let rate = Proportion::new(successes, trials).expect("a rate");
            let mirrored = Proportion::new(trials - successes, trials).expect("a rate");
            let confidence = Level::new(confidence).expect("a level");
            for method in [wilson, clopper_pearson] {
                let found = method(rate, confidence, Ends::Both);
                let (low, high) = (found.low.expect("low"), found.high.expect("high"));
                let estimate = rate.estimate();
                prop_assert!(0.0 <= low && low <= estimate && estimate <= high && high <= 1.0);
                let other = method(mirrored, confidence, Ends::Both);
                prop_assert!((1.0 - other.high.expect("high") - low).abs() < 1e-12);
                let one_sided = method(rate, confidence, Ends::High);
                prop_assert_eq!(one_sided.low, None);
                prop_assert!(one_sided.high.expect("high") <= high);
            }
        }

        #[test]
        fn one_clean_case_less_would_not_show_it(
            limit in 0.0001_f64..0.5,
            confidence in 0.5_f64..0.999,
        ) {
            let level = |value| Level::new(value).expect("a level");
            let needed = clean_cases_needed(level(limit), level(confidence));
            let bound = |n| {
                let clean = Proportion::new(0, n).expect("a rate");
                clopper_pearson(clean, level(confidence), Ends::High).high.expect("high")
            };
            prop_assert!(bound(needed) <= limit * (1.0 + 1e-12));
            prop_assert!(needed == 1 || bound(needed - 1) > limit);
        }
    }
}
