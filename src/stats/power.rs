//! How many cases an effect needs, and how small an effect so many cases can show.

use super::fault::StatsFault;
use super::interval::Level;
use super::noncentral::noncentral_upper;
use super::special::{
    beta_tails, binomial_tails, bisect, least, normal_upper, normal_upper_quantile, real,
    t_upper_quantile,
};

/// The most cases that a computation looks for.
const MOST_CASES: f64 = 1e9;

/// How a test is planned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Design {
    /// The chance of finding an effect that is not there.
    pub alpha: Level,
    /// Whether effects count in one direction or in both.
    pub sides: Sides,
    /// The chance of finding the effect that is planned for.
    pub power: Level,
}

/// In how many directions an effect counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sides {
    /// In one: `alpha` is spent on that side.
    One,
    /// In both: half of `alpha` on each side.
    Two,
}

/// The direction in which a rate is to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Upwards.
    Rise,
    /// Downwards.
    Drop,
}

impl Sides {
    /// Returns the error on each side that counts.
    fn tail(self, alpha: Level) -> f64 {
        match self {
            Self::One => alpha.get(),
            Self::Two => alpha.get() / 2.0,
        }
    }
}

impl Design {
    fn tail(&self) -> f64 {
        self.sides.tail(self.alpha)
    }

    /// Returns the standard normal quantiles of the error and of the power.
    fn quantiles(&self) -> (f64, f64) {
        (normal_upper_quantile(self.tail()), normal_upper_quantile(self.power.complement()))
    }
}

/// Computes the power of a two-sided t test of two independent means with a common variance.
///
/// `effect_size` is Cohen's d, the difference in standard deviations. Cases need not be whole; an
/// arm has 2 or more. With `n` the sum of the arms the statistic is noncentral t with `n − 2`
/// degrees of freedom and noncentrality `d·√(n_T·n_C/n)`.
pub fn power_for_mean(
    effect_size: f64,
    treatment_cases: f64,
    control_cases: f64,
    alpha: Level,
) -> Result<f64, StatsFault> {
    check("effect_size", effect_size, effect_size.is_finite(), "a finite number")?;
    for (name, cases) in [("treatment_cases", treatment_cases), ("control_cases", control_cases)] {
        check(name, cases, (2.0..=MOST_CASES).contains(&cases), "between 2 and 1e9")?;
    }
    Ok(mean_power(effect_size, treatment_cases, control_cases, alpha, Sides::Two))
}

/// Computes the cases of the treatment's arm from which a t test of two means has the power.
///
/// The control's arm has `ratio` times as many. The number is not rounded; round it up. It is at
/// least 2. A one-sided test counts the tail towards the effect.
pub fn cases_for_mean(effect_size: f64, ratio: f64, design: &Design) -> Result<f64, StatsFault> {
    check_effect("effect_size", effect_size)?;
    check_ratio(ratio)?;
    let effect = effect_size.abs();
    least_cases(effect_size, 2.0_f64.max(2.0 / ratio), design, |cases| {
        mean_power(effect, cases, cases * ratio, design.alpha, design.sides)
    })
}

/// Computes the cases of the treatment's arm from which a z test of two rates has the power.
///
/// The effect is Cohen's `h = 2·asin√p_C − 2·asin√p_T` and the power
/// `P(Z > z − |h|·√n_e) + P(Z < −z − |h|·√n_e)` with `1/n_e = 1/n_T + 1/n_C` (Cohen 1988, chapter
/// 6); a one-sided test lacks the second tail. The number is not rounded.
pub fn cases_for_rate(
    control: f64,
    treatment: f64,
    ratio: f64,
    design: &Design,
) -> Result<f64, StatsFault> {
    check_rate("control", control)?;
    check_rate("treatment", treatment)?;
    check_ratio(ratio)?;
    let effect = (2.0 * control.sqrt().asin() - 2.0 * treatment.sqrt().asin()).abs();
    check_effect("effect", effect)?;
    let (z, _) = design.quantiles();
    least_cases(effect, 0.0, design, |cases| {
        let shift = effect * (cases * ratio / (1.0 + ratio)).sqrt();
        let wrong_side = match design.sides {
            Sides::One => 0.0,
            Sides::Two => normal_upper(z + shift),
        };
        normal_upper(z - shift) + wrong_side
    })
}

/// Computes the cases per arm that show a mean to be worse by less than `margin`.
///
/// `n = 2·((z_α + z_β)·σ/(margin − true_difference))²`; the margin is absolute, `true_difference`
/// how much worse the mean really is. The usual design is one-sided. The number is not
/// rounded.
pub fn cases_for_mean_non_inferiority(
    standard_deviation: f64,
    margin: f64,
    true_difference: f64,
    design: &Design,
) -> Result<f64, StatsFault> {
    let positive = standard_deviation > 0.0 && standard_deviation.is_finite();
    check("standard_deviation", standard_deviation, positive, "a positive number")?;
    let room = margin - true_difference;
    check("margin", margin, room > 0.0 && room.is_finite(), "above the true difference")?;
    let (z_alpha, z_beta) = design.quantiles();
    Ok(2.0 * ((z_alpha + z_beta) * standard_deviation / room).powi(2))
}

/// Finds the smallest difference of two rates that so many paired cases can show, if any.
///
/// `discordance` is the share of cases that are expected to change their outcome. The power of
/// `McNemar`'s test for a difference δ is `Φ((δ·√n − z_α·√ψ)/√(ψ − δ²))` (Miettinen 1968; Connor 1987).
/// No difference is larger than the share of cases that change, so ψ is the larger of `discordance`
/// and δ.
pub fn detectable_paired_difference(
    cases: u64,
    discordance: f64,
    design: &Design,
) -> Result<Option<f64>, StatsFault> {
    check_rate("discordance", discordance)?;
    let (z_alpha, z_beta) = design.quantiles();
    let root = real(cases).sqrt();
    let is_short = |delta: f64| {
        let changed = discordance.max(delta);
        let spread = (changed - delta * delta).max(0.0).sqrt();
        delta * root < z_alpha * changed.sqrt() + z_beta * spread
    };
    Ok((!is_short(1.0)).then(|| bisect(0.0, 1.0, is_short)))
}

/// Finds the smallest change from a known rate that so many cases can show, if any.
///
/// The test is the exact binomial one: for a rise, the least count `c` with `P(X ≥ c | rate)` at most
/// the error decides, and the changed rate is the one with `P(X ≥ c) = power`; a drop is a rise of
/// the failures. One-sided at 5 % with power 80 %, 40 cases can show a rise from 80 % by 14.2 points.
pub fn detectable_rate_change(
    rate: f64,
    cases: u64,
    change: Change,
    design: &Design,
) -> Result<Option<f64>, StatsFault> {
    check_rate("rate", rate)?;
    let base = match change {
        Change::Rise => rate,
        Change::Drop => 1.0 - rate,
    };
    let most_usual = least(cases, |count| binomial_tails(count, cases, base).1 <= design.tail());
    if most_usual == cases {
        return Ok(None);
    }
    let (needed, others) = (real(most_usual) + 1.0, real(cases - most_usual));
    let is_short = |p: f64| beta_tails(needed, others, p, 1.0 - p).0 < design.power.get();
    Ok(Some(bisect(base, 1.0, is_short) - base))
}

fn mean_power(effect: f64, treatment: f64, control: f64, alpha: Level, sides: Sides) -> f64 {
    let freedom = treatment + control - 2.0;
    let shift = effect * (treatment * (control / (treatment + control))).sqrt();
    let critical = t_upper_quantile(sides.tail(alpha), freedom);
    let towards = noncentral_upper(critical, freedom, shift);
    match sides {
        Sides::One => towards,
        Sides::Two => towards + noncentral_upper(critical, freedom, -shift),
    }
}

/// Finds the cases from which a rising power reaches the planned one.
fn least_cases(
    effect: f64,
    start: f64,
    design: &Design,
    power: impl Fn(f64) -> f64,
) -> Result<f64, StatsFault> {
    let is_short = |cases: f64| power(cases) < design.power.get();
    if start > 0.0 && !is_short(start) {
        return Ok(start);
    }
    let mut high = start.max(1.0) * 2.0;
    while is_short(high) {
        high *= 2.0;
        check("effect", effect, high <= MOST_CASES, "an effect that 1e9 cases can show")?;
    }
    Ok(bisect(start, high, is_short))
}

fn check(
    name: &'static str,
    value: f64,
    holds: bool,
    expected: &'static str,
) -> Result<(), StatsFault> {
    if holds { Ok(()) } else { Err(StatsFault::OutOfRange { name, value, expected }) }
}

fn check_effect(name: &'static str, value: f64) -> Result<(), StatsFault> {
    check(name, value, value.is_finite() && value.abs() > 0.0, "a finite number other than 0")
}

fn check_ratio(value: f64) -> Result<(), StatsFault> {
    check("ratio", value, (1e-6..=1e6).contains(&value), "between 1e-6 and 1e6")
}

fn check_rate(name: &'static str, value: f64) -> Result<(), StatsFault> {
    check(name, value, (0.0..=1.0).contains(&value), "between 0 and 1, ends included")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(value: f64) -> Level {
        Level::new(value).expect("a level")
    }

    fn design() -> Design {
        Design { alpha: level(0.05), sides: Sides::One, power: level(0.8) }
    }

    #[test]
    fn a_suite_of_40_can_show_a_rise_of_14_points() {
        let found = detectable_rate_change(0.8, 40, Change::Rise, &design());
        let found = found.expect("a design").expect("a change");
        assert!((found - 0.142).abs() < 5e-4, "{found}");
        assert_eq!(detectable_rate_change(0.8, 0, Change::Rise, &design()), Ok(None));
        assert_eq!(detectable_paired_difference(0, 0.1, &design()), Ok(None));
    }

    #[test]
    fn plans_that_cannot_be_are_faults() {
        let half = level(0.5);
        for wrong in [f64::NAN, f64::INFINITY] {
            assert!(power_for_mean(wrong, 10.0, 10.0, half).is_err());
            assert!(power_for_mean(0.5, wrong, 10.0, half).is_err());
            assert!(cases_for_mean(wrong, 1.0, &design()).is_err());
            assert!(cases_for_mean(0.5, wrong, &design()).is_err());
            assert!(cases_for_rate(wrong, 0.5, 1.0, &design()).is_err());
            assert!(cases_for_mean_non_inferiority(wrong, 0.1, 0.0, &design()).is_err());
            assert!(detectable_paired_difference(40, wrong, &design()).is_err());
            assert!(detectable_rate_change(wrong, 40, Change::Drop, &design()).is_err());
        }
        assert!(power_for_mean(0.5, 1.0, 10.0, half).is_err());
        assert!(cases_for_mean(0.0, 1.0, &design()).is_err());
        assert!(cases_for_mean(1e-9, 1.0, &design()).is_err());
        assert!(cases_for_rate(0.5, 0.5, 1.0, &design()).is_err());
        assert!(cases_for_mean_non_inferiority(1.0, 0.1, 0.1, &design()).is_err());
    }

    #[test]
    fn more_cases_show_smaller_changes() {
        let paired = |n| detectable_paired_difference(n, 0.2, &design()).expect("a design");
        let sizes = [8, 20, 40, 200, 1319].map(|n| paired(n).expect("a difference"));
        assert!(sizes.is_sorted_by(|larger, smaller| larger > smaller), "{sizes:?}");
        assert_eq!(paired(2), None);
    }
}
