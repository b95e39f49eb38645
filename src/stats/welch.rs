//! Two independent samples of a mean: Welch's difference and relative uplifts.

use super::fault::StatsFault;
use super::interval::{Interval, Level};
use super::moments::Moments;
use super::special::{real, t_two_sided, t_upper_quantile};

/// The difference of two means, treatment less control, with Welch's test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Welch {
    /// The difference.
    pub difference: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// The statistic.
    pub t: f64,
    /// The degrees of freedom, after Satterthwaite.
    pub freedom: f64,
    /// The two-sided p-value.
    pub p: f64,
    /// The interval of the difference.
    pub interval: Interval,
}

/// A difference of two means relative to the size of the control's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Uplift {
    /// `(treatment − control) / |control|`.
    pub uplift: f64,
    /// Its standard error by the delta method.
    pub standard_error: f64,
    /// The two-sided p-value.
    pub p: f64,
    /// The interval of the uplift.
    pub interval: Interval,
}

/// Fieller's interval of a relative difference.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fieller {
    /// `t²·SE²/mean²` of the control; from 1 on, the control's mean may be zero.
    pub g: f64,
    /// The interval, or nothing where it is unbounded.
    pub interval: Option<Interval>,
}

/// Compares two means without assuming equal variances (Welch 1947).
///
/// Two arms that do not vary are [`StatsFault::NoVariation`], never significant; an arm of one
/// value is [`StatsFault::TooFew`].
pub fn welch(
    control: &Moments,
    treatment: &Moments,
    confidence: Level,
) -> Result<Welch, StatsFault> {
    let squared = [control.squared_error()?, treatment.squared_error()?];
    let difference = treatment.mean() - control.mean();
    let standard_error = squared.iter().sum::<f64>().sqrt();
    if standard_error <= 0.0 {
        return Err(StatsFault::NoVariation);
    }
    let freedom = satterthwaite(control, treatment)?;
    let t = difference / standard_error;
    let half = t_upper_quantile(confidence.complement() / 2.0, freedom) * standard_error;
    Ok(Welch {
        difference,
        standard_error,
        t,
        freedom,
        p: t_two_sided(t, freedom),
        interval: Interval::between(difference - half, difference + half, confidence, "welch"),
    })
}

/// Computes the relative uplift with the delta method, the arms being independent.
///
/// `Var = SE²_T/x̄²_C + SE²_C·x̄²_T/x̄⁴_C`, with Satterthwaite's degrees of freedom, as gbstats has it. An
/// arm that does not vary is [`StatsFault::NoVariation`].
pub fn relative_uplift(
    control: &Moments,
    treatment: &Moments,
    confidence: Level,
) -> Result<Uplift, StatsFault> {
    let [of_control, of_treatment] = relative_errors(control, treatment)?;
    if of_control <= 0.0 || of_treatment <= 0.0 {
        return Err(StatsFault::NoVariation);
    }
    let ratio = treatment.mean() / control.mean();
    let uplift = (treatment.mean() - control.mean()) / control.mean().abs();
    let standard_error = (of_treatment + of_control * ratio * ratio).sqrt();
    let freedom = satterthwaite(control, treatment)?;
    let half = t_upper_quantile(confidence.complement() / 2.0, freedom) * standard_error;
    Ok(Uplift {
        uplift,
        standard_error,
        p: t_two_sided(uplift / standard_error, freedom),
        interval: Interval::between(uplift - half, uplift + half, confidence, "delta"),
    })
}

/// Computes Fieller's interval of the relative uplift (Fieller 1954), the arms being independent.
///
/// With `θ = x̄_T/x̄_C` and squared errors relative to `x̄²_C`, the ratio lies in
/// `(θ ± t·√(SE²_T(1 − g) + θ²·SE²_C)) / (1 − g)`.
pub fn fieller(
    control: &Moments,
    treatment: &Moments,
    confidence: Level,
) -> Result<Fieller, StatsFault> {
    let [of_control, of_treatment] = relative_errors(control, treatment)?;
    if of_control + of_treatment <= 0.0 {
        return Err(StatsFault::NoVariation);
    }
    let freedom = satterthwaite(control, treatment)?;
    let t = t_upper_quantile(confidence.complement() / 2.0, freedom);
    let g = t * t * of_control;
    let interval = (g < 1.0).then(|| {
        let ratio = treatment.mean() / control.mean();
        let half = t * (of_treatment * (1.0 - g) + ratio * ratio * of_control).sqrt();
        let ends = [(ratio - half) / (1.0 - g) - 1.0, (ratio + half) / (1.0 - g) - 1.0];
        let [low, high] = if control.mean() > 0.0 { ends } else { [-ends[1], -ends[0]] };
        Interval::between(low, high, confidence, "fieller")
    });
    Ok(Fieller { g, interval })
}

/// Returns the squared errors of control and treatment relative to the control's squared mean.
fn relative_errors(control: &Moments, treatment: &Moments) -> Result<[f64; 2], StatsFault> {
    let squared = [control.squared_error()?, treatment.squared_error()?];
    if control.mean().abs() <= 0.0 {
        return Err(StatsFault::ZeroBaseline);
    }
    Ok(squared.map(|error| error / control.mean() / control.mean()))
}

/// Computes the degrees of freedom of Welch's test (Satterthwaite 1946).
fn satterthwaite(control: &Moments, treatment: &Moments) -> Result<f64, StatsFault> {
    let (of_control, of_treatment) = (control.squared_error()?, treatment.squared_error()?);
    // Shares of the sum, so that squares of small numbers do not vanish.
    let share = of_control / (of_control + of_treatment);
    let rest = of_treatment / (of_control + of_treatment);
    Ok(1.0
        / (share * share / (real(control.count()) - 1.0)
            + rest * rest / (real(treatment.count()) - 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_baseline_of_zero_has_no_relative_difference() {
        let zero = Moments::from_summary(10, 0.0, 1.0).expect("a summary");
        let one = Moments::from_summary(10, 1.0, 1.0).expect("a summary");
        assert_eq!(relative_uplift(&zero, &one, Level::PERCENT_95), Err(StatsFault::ZeroBaseline));
        assert_eq!(fieller(&zero, &one, Level::PERCENT_95), Err(StatsFault::ZeroBaseline));
    }

    #[test]
    fn summaries_must_be_possible() {
        assert!(Moments::from_summary(0, 1.0, 1.0).is_err());
        for (mean, deviation) in [(f64::NAN, 1.0), (1.0, -1.0), (1.0, f64::NAN), (1.0, f64::MAX)] {
            assert!(Moments::from_summary(5, mean, deviation).is_err(), "{mean} {deviation}");
        }
        let single = Moments::from_summary(1, 1.0, f64::NAN).expect("a single value");
        let fault = Err(StatsFault::TooFew { needed: 2, found: 1 });
        assert_eq!(welch(&single, &single, Level::PERCENT_95), fault);
    }
}
