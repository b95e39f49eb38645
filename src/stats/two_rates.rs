//! Two independent rates: their difference, their ratio and tests of both.

use super::interval::{Ends, Interval, Level};
use super::rate::{Proportion, wilson};
use super::special::{bisect, ceiling, normal_upper, normal_upper_quantile, real};

/// The rates of two independent groups; differences are treatment less control.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TwoRates {
    /// The rate of the control.
    pub control: Proportion,
    /// The rate of the treatment.
    pub treatment: Proportion,
}

/// A statistic that is standard normal under the claim it tests, with its p-value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ZTest {
    /// The statistic.
    pub z: f64,
    /// The p-value.
    pub p: f64,
}

impl TwoRates {
    /// Returns the difference of the rates.
    #[must_use]
    pub fn difference(&self) -> f64 {
        self.treatment.estimate() - self.control.estimate()
    }

    /// Computes Wald's interval of the difference, for reference: it is far too short for low
    /// counts, and without width for none in both groups.
    #[must_use]
    pub fn wald(&self, confidence: Level) -> Interval {
        let variance = [self.control, self.treatment]
            .map(|rate| rate.estimate() * (1.0 - rate.estimate()) / real(rate.trials()));
        around(self.difference(), variance.iter().sum(), confidence, "wald")
    }

    /// Computes the interval of Agresti and Caffo (2000): Wald's with one success and one failure
    /// more in each group. It may reach beyond 1.
    #[must_use]
    pub fn agresti_caffo(&self, confidence: Level) -> Interval {
        let shrunk =
            |rate: Proportion| (real(rate.successes()) + 1.0) / (real(rate.trials()) + 2.0);
        let variance = [self.control, self.treatment]
            .map(|rate| shrunk(rate) * (1.0 - shrunk(rate)) / (real(rate.trials()) + 2.0));
        let difference = shrunk(self.treatment) - shrunk(self.control);
        around(difference, variance.iter().sum(), confidence, "agresti-caffo")
    }

    /// Computes Newcombe's interval of the difference from two Wilson intervals (Newcombe 1998,
    /// method 10 for independent rates).
    #[must_use]
    pub fn newcombe(&self, confidence: Level) -> Interval {
        let [below_control, above_control] = arms(self.control, confidence);
        let [below_treatment, above_treatment] = arms(self.treatment, confidence);
        let difference = self.difference();
        Interval::between(
            difference - below_treatment.hypot(above_control),
            difference + above_treatment.hypot(below_control),
            confidence,
            "newcombe",
        )
    }

    /// Computes the score interval of the difference (Miettinen and Nurminen 1985).
    #[must_use]
    pub fn miettinen_nurminen(&self, confidence: Level) -> Interval {
        let z = normal_upper_quantile(confidence.complement() / 2.0);
        let difference = self.difference();
        Interval::between(
            bisect(-1.0, difference, |delta| self.score(delta) > z),
            bisect(difference, 1.0, |delta| self.score(delta) > -z),
            confidence,
            "miettinen-nurminen",
        )
    }

    /// Tests whether the difference is at least `margin`, by the score statistic of Miettinen and
    /// Nurminen; a small p speaks for a smaller difference.
    #[must_use]
    pub fn score_test(&self, margin: f64) -> ZTest {
        let z = self.score(margin);
        ZTest { z, p: normal_upper(-z) }
    }

    /// Tests two-sidedly whether the rates are equal, with the pooled variance.
    ///
    /// There is no statistic if all trials of both groups had the same outcome.
    #[must_use]
    pub fn pooled_test(&self) -> Option<ZTest> {
        let trials = [self.control, self.treatment].map(|rate| real(rate.trials()));
        let successes = real(self.control.successes()) + real(self.treatment.successes());
        let pooled = successes / (trials[0] + trials[1]);
        let variance = pooled * (1.0 - pooled) * (1.0 / trials[0] + 1.0 / trials[1]);
        (variance > 0.0).then(|| {
            let z = self.difference() / variance.sqrt();
            ZTest { z, p: 2.0 * normal_upper(z.abs()) }
        })
    }

    /// Computes the two-sided p-value of Fisher's exact test: the probability, margins given, of
    /// all tables that are no likelier than this one.
    #[must_use]
    pub fn fisher_p(&self) -> f64 {
        let (control, treatment) = (self.control, self.treatment);
        let successes = control.successes().saturating_add(treatment.successes());
        let first = successes.saturating_sub(control.trials());
        let last = successes.min(treatment.trials());
        // Weights relative to a table near the likeliest, each from its neighbour, as far as a
        // double reaches.
        let step = |k: u64| {
            let up = real(treatment.trials() - k) * real(successes - k);
            up / (real(k + 1) * (real(control.trials()) - real(successes) + real(k) + 1.0))
        };
        let share = real(treatment.trials()) / (real(control.trials()) + real(treatment.trials()));
        let middle = ceiling(share * real(successes)).clamp(first, last);
        let upwards = (middle..last).scan(1.0, |weight, k| {
            *weight *= step(k);
            (*weight > 0.0).then_some((k + 1, *weight))
        });
        let downwards = (first..middle).rev().scan(1.0, |weight, k| {
            *weight /= step(k);
            (*weight > 0.0).then_some((k, *weight))
        });
        let weights: Vec<_> =
            std::iter::once((middle, 1.0)).chain(upwards).chain(downwards).collect();
        let observed = weights.iter().find(|(k, _)| *k == treatment.successes());
        let limit = observed.map_or(0.0, |(_, weight)| weight * (1.0 + 1e-10));
        let sum = |limit: f64| {
            weights.iter().map(|(_, weight)| *weight).filter(|weight| *weight <= limit).sum::<f64>()
        };
        sum(limit) / sum(f64::INFINITY)
    }

    /// Computes the interval of the ratio treatment by control, on the log scale with half a
    /// success and half a trial more in each group (Katz, adjusted by Walter 1975).
    #[must_use]
    pub fn log_ratio(&self, confidence: Level) -> Interval {
        let adjusted = |rate: Proportion| (real(rate.successes()) + 0.5, real(rate.trials()) + 0.5);
        let [control, treatment] = [self.control, self.treatment].map(adjusted);
        let ratio = ((treatment.0 / treatment.1) / (control.0 / control.1)).ln();
        let variance = 1.0 / treatment.0 - 1.0 / treatment.1 + 1.0 / control.0 - 1.0 / control.1;
        let half = normal_upper_quantile(confidence.complement() / 2.0) * variance.sqrt();
        let (low, high) = ((ratio - half).exp(), (ratio + half).exp());
        Interval::between(low, high, confidence, "log-ratio")
    }

    /// Computes the score statistic of the claim that the difference is `delta`.
    ///
    /// The variance is that of the likeliest rates with that difference, times `N/(N − 1)`.
    fn score(&self, delta: f64) -> f64 {
        let distance = self.difference() - delta;
        if distance.abs() <= 0.0 {
            return 0.0;
        }
        let (control, treatment) = (self.control, self.treatment);
        // The slope of the log-likelihood falls in the control's rate; a count of zero has no term.
        let term = |count: u64, p: f64| if count == 0 { 0.0 } else { real(count) / p };
        let rises = |p: f64| {
            term(treatment.successes(), p + delta) + term(control.successes(), p)
                > term(treatment.failures(), 1.0 - p - delta) + term(control.failures(), 1.0 - p)
        };
        let base = bisect((-delta).max(0.0), (1.0 - delta).min(1.0), rises);
        let raised = (base + delta).clamp(0.0, 1.0);
        let (n, m) = (real(control.trials()), real(treatment.trials()));
        let variance =
            (raised * (1.0 - raised) / m + base * (1.0 - base) / n) * (n + m) / (n + m - 1.0);
        distance / variance.max(0.0).sqrt()
    }
}

/// Returns how far a Wilson interval reaches below and above its estimate.
pub(super) fn arms(rate: Proportion, confidence: Level) -> [f64; 2] {
    let interval = wilson(rate, confidence, Ends::Both);
    let estimate = rate.estimate();
    let (low, high) = (interval.low.unwrap_or(estimate), interval.high.unwrap_or(estimate));
    [estimate - low, high - estimate]
}

/// Builds the interval `centre ± z·√variance`.
pub(super) fn around(
    centre: f64,
    variance: f64,
    confidence: Level,
    method: &'static str,
) -> Interval {
    let half = normal_upper_quantile(confidence.complement() / 2.0) * variance.sqrt();
    Interval::between(centre - half, centre + half, confidence, method)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn score_intervals_agree_with_the_score_test(
            control in (0_u64..50, 0_u64..50),
            treatment in (0_u64..50, 0_u64..50),
        ) {
            prop_assume!(control.0 + control.1 > 0 && treatment.0 + treatment.1 > 0);
            let rate = |(yes, no)| Proportion::new(yes, yes + no).expect("a rate");
            let rates = TwoRates { control: rate(control), treatment: rate(treatment) };
            let interval = rates.miettinen_nurminen(Level::PERCENT_95);
            let (low, high) = (interval.low.expect("low"), interval.high.expect("high"));
            prop_assert!(-1.0 <= low && low <= high && high <= 1.0);
            prop_assert!(low <= rates.difference() && rates.difference() <= high);
            for (end, z) in [(low, 1.959_963_984_540_054), (high, -1.959_963_984_540_054)] {
                prop_assert!(end.abs() >= 1.0 || (rates.score_test(end).z - z).abs() < 1e-6);
            }
            let fisher = rates.fisher_p();
            prop_assert!(fisher > 0.0 && fisher <= 1.0);
        }
    }
}
