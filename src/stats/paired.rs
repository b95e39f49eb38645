//! Two versions on the same cases: who passed what, and by how much the rates differ.

use super::fault::StatsFault;
use super::interval::{Interval, Level};
use super::moments::check_finite;
use super::rate::Proportion;
use super::special::{binomial_tails, bisect, erfc, normal_upper_quantile, real};
use super::two_rates::{arms, around};

/// The cases of two versions by who passed them; differences are candidate less base.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PairedCounts {
    /// Cases that both passed.
    pub both: u64,
    /// Cases that only the base passed.
    pub base_only: u64,
    /// Cases that only the candidate passed.
    pub candidate_only: u64,
    /// Cases that neither passed.
    pub neither: u64,
}

/// `McNemar`'s test of whether both versions pass equally often.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct McNemar {
    /// `mcnemar-exact` or `mcnemar-chi-square-cc`.
    pub method: &'static str,
    /// The smaller discordant count, or chi-square with continuity correction.
    pub statistic: f64,
    /// The two-sided p-value.
    pub p: f64,
}

impl PairedCounts {
    /// Counts the cases of two lists in the same order.
    pub fn of(base: &[bool], candidate: &[bool]) -> Result<Self, StatsFault> {
        check_lengths(base.len(), candidate.len())?;
        let mut counts = Self::default();
        for pair in base.iter().zip(candidate) {
            let count = match pair {
                (true, true) => &mut counts.both,
                (true, false) => &mut counts.base_only,
                (false, true) => &mut counts.candidate_only,
                (false, false) => &mut counts.neither,
            };
            *count += 1;
        }
        Ok(counts)
    }

    /// Returns the number of cases that exactly one version passed.
    #[must_use]
    pub fn discordant(&self) -> u64 {
        self.base_only.saturating_add(self.candidate_only)
    }

    /// Returns the rates of base and candidate; there are none without cases.
    pub fn rates(&self) -> Result<[Proportion; 2], StatsFault> {
        let all = [self.both, self.base_only, self.candidate_only, self.neither]
            .into_iter()
            .try_fold(0_u64, u64::checked_add)
            .ok_or(StatsFault::Overflow)?;
        let rate = |only: u64| Proportion::new(self.both + only, all);
        Ok([rate(self.base_only)?, rate(self.candidate_only)?])
    }

    /// Returns the difference of the rates.
    pub fn difference(&self) -> Result<f64, StatsFault> {
        let [base, _] = self.rates()?;
        Ok((real(self.candidate_only) - real(self.base_only)) / real(base.trials()))
    }

    /// Performs `McNemar`'s test: exact below 25 discordant cases, else chi-square with continuity
    /// correction, `(|b − c| − 1)²/(b + c)`.
    #[must_use]
    pub fn mcnemar(&self) -> McNemar {
        let discordant = self.discordant();
        if discordant < 25 {
            let fewer = self.base_only.min(self.candidate_only);
            let p = (2.0 * binomial_tails(fewer, discordant, 0.5).0).min(1.0);
            return McNemar { method: "mcnemar-exact", statistic: real(fewer), p };
        }
        let apart = real(self.base_only.abs_diff(self.candidate_only)) - 1.0;
        let statistic = apart * apart / real(discordant);
        let p = erfc((statistic / 2.0).sqrt());
        McNemar { method: "mcnemar-chi-square-cc", statistic, p }
    }

    /// Computes Wald's interval of the difference, for reference: too short for few cases, and
    /// without width if no case differs.
    pub fn wald(&self, confidence: Level) -> Result<Interval, StatsFault> {
        let [base, _] = self.rates()?;
        let (n, difference) = (real(base.trials()), self.difference()?);
        let variance = (real(self.discordant()) / n - difference * difference) / n;
        Ok(around(difference, variance, confidence, "wald-paired"))
    }

    /// Computes Newcombe's interval of the difference by squaring and adding (Newcombe 1998,
    /// "Improved confidence intervals for the difference between binomial proportions based on
    /// paired data", method 10).
    ///
    /// The arms of the two Wilson intervals are combined with the correlation φ of the outcomes,
    /// whose numerator, if positive, is made smaller by `n/2` but not below 0; φ is 0 if a margin is.
    pub fn newcombe(&self, confidence: Level) -> Result<Interval, StatsFault> {
        let [base, candidate] = self.rates()?;
        let difference = self.difference()?;
        let margins = [base, candidate].map(|rate| real(rate.successes()) * real(rate.failures()));
        let cross =
            real(self.both) * real(self.neither) - real(self.base_only) * real(self.candidate_only);
        let corrected =
            if cross > 0.0 { (cross - real(base.trials()) / 2.0).max(0.0) } else { cross };
        let phi = if margins.contains(&0.0) {
            0.0
        } else {
            corrected / (margins[0].sqrt() * margins[1].sqrt())
        };
        let reach = |x: f64, y: f64| (x * x - 2.0 * phi * x * y + y * y).max(0.0).sqrt();
        let [below_base, above_base] = arms(base, confidence);
        let [below_candidate, above_candidate] = arms(candidate, confidence);
        Ok(Interval::between(
            difference - reach(below_candidate, above_base),
            difference + reach(above_candidate, below_base),
            confidence,
            "newcombe-paired",
        ))
    }

    /// Computes the score interval of the difference (Tango 1998).
    pub fn tango(&self, confidence: Level) -> Result<Interval, StatsFault> {
        let z = normal_upper_quantile(confidence.complement() / 2.0);
        let [base, _] = self.rates()?;
        let (n, difference) = (real(base.trials()), self.difference()?);
        let score = |delta| self.tango_score(n, delta);
        Ok(Interval::between(
            bisect(-1.0, difference, |delta| score(delta) > z),
            bisect(difference, 1.0, |delta| score(delta) > -z),
            confidence,
            "tango",
        ))
    }

    /// Computes Tango's statistic of the claim that the difference is `delta`.
    ///
    /// The likeliest share `q` of cases that only the base passes solves `2n·q² + B·q + C = 0`.
    fn tango_score(&self, n: f64, delta: f64) -> f64 {
        let (gained, lost) = (real(self.candidate_only), real(self.base_only));
        let linear = (2.0 * n - gained + lost) * delta - gained - lost;
        let constant = -lost * delta * (1.0 - delta);
        let root = (linear * linear - 8.0 * n * constant).max(0.0).sqrt();
        let share = if linear > 0.0 {
            -2.0 * constant / (linear + root)
        } else {
            (root - linear) / (4.0 * n)
        };
        let variance = n * (2.0 * share + delta * (1.0 - delta));
        (gained - lost - n * delta) / variance.max(0.0).sqrt()
    }
}

/// Subtracts the base's values from the candidate's, case by case.
///
/// The interval of their mean is that of [`super::mean_interval`] or [`super::bootstrap()`].
pub fn differences(base: &[f64], candidate: &[f64]) -> Result<Vec<f64>, StatsFault> {
    check_lengths(base.len(), candidate.len())?;
    check_finite(base)?;
    check_finite(candidate)?;
    Ok(base.iter().zip(candidate).map(|(base, candidate)| candidate - base).collect())
}

fn check_lengths(base: usize, candidate: usize) -> Result<(), StatsFault> {
    if base == candidate { Ok(()) } else { Err(StatsFault::Unpaired { base, candidate }) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lists_are_counted_case_by_case_and_must_pair_up() {
        let counts =
            PairedCounts::of(&[true, true, false, false, true], &[true, false, true, false, true]);
        let expected = PairedCounts { both: 2, base_only: 1, candidate_only: 1, neither: 1 };
        assert_eq!(counts, Ok(expected));
        let unpaired = StatsFault::Unpaired { base: 1, candidate: 0 };
        assert_eq!(PairedCounts::of(&[true], &[]), Err(unpaired.clone()));
        assert_eq!(differences(&[1.0], &[]), Err(unpaired));
        assert_eq!(differences(&[1.0, 2.0], &[4.0, 1.0]), Ok(vec![3.0, -1.0]));
        assert!(differences(&[1.0], &[f64::NAN]).is_err());
    }

    #[test]
    fn no_cases_are_a_fault_and_no_changed_case_is_no_evidence() {
        let none = PairedCounts::default();
        let fault = StatsFault::TooFew { needed: 1, found: 0 };
        assert_eq!(none.difference(), Err(fault.clone()));
        assert_eq!(none.newcombe(Level::PERCENT_95), Err(fault.clone()));
        assert_eq!(none.tango(Level::PERCENT_95), Err(fault.clone()));
        assert_eq!(none.wald(Level::PERCENT_95), Err(fault));
        let too_many = PairedCounts { both: u64::MAX, neither: 1, ..none };
        assert_eq!(too_many.rates(), Err(StatsFault::Overflow));
        let unchanged = PairedCounts { both: 30, neither: 10, ..none };
        for counts in [none, unchanged] {
            let test = counts.mcnemar();
            assert_eq!((test.method, test.p), ("mcnemar-exact", 1.0));
        }
    }

    #[test]
    fn the_chi_square_takes_over_at_25_changed_cases() {
        let method = |base_only| {
            PairedCounts { base_only, candidate_only: 12, ..PairedCounts::default() }
                .mcnemar()
                .method
        };
        assert_eq!(method(12), "mcnemar-exact");
        assert_eq!(method(13), "mcnemar-chi-square-cc");
    }

    proptest! {
        #[test]
        fn intervals_hold_the_difference_and_mirror_when_the_versions_swap(
            both in 0_u64..60,
            base_only in 0_u64..60,
            candidate_only in 0_u64..60,
            neither in 0_u64..60,
        ) {
            let counts = PairedCounts { both, base_only, candidate_only, neither };
            prop_assume!(counts.discordant() + both + neither > 0);
            let swapped =
                PairedCounts { base_only: candidate_only, candidate_only: base_only, ..counts };
            let difference = counts.difference().expect("cases");
            for method in [PairedCounts::newcombe, PairedCounts::tango, PairedCounts::wald] {
                let interval = method(&counts, Level::PERCENT_95).expect("cases");
                let mirrored = method(&swapped, Level::PERCENT_95).expect("cases");
                let (low, high) = (interval.low.expect("low"), interval.high.expect("high"));
                prop_assert!(low <= difference + 1e-12 && difference <= high + 1e-12);
                prop_assert!((mirrored.high.expect("high") + low).abs() < 1e-9, "{interval:?}");
                if interval.method != "wald-paired" {
                    prop_assert!((-1.0 - 1e-12..=1.0 + 1e-12).contains(&low));
                    prop_assert!((-1.0 - 1e-12..=1.0 + 1e-12).contains(&high));
                }
            }
        }
    }
}
