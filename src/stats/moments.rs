//! Sums, means and variances of values that are all finite.

use super::fault::StatsFault;
use super::interval::{Interval, Level};
use super::special::{length, real, t_upper_quantile};

/// The number, the mean and the variance of a sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments {
    count: u64,
    mean: f64,
    variance: Option<f64>,
}

impl Moments {
    /// Computes them in two passes around the first value, so that values that are all equal have
    /// exactly that mean and no variance.
    pub fn of(values: &[f64]) -> Result<Self, StatsFault> {
        let origin = *values.first().ok_or(StatsFault::TooFew { needed: 1, found: 0 })?;
        check_finite(values)?;
        let size = length(values.len());
        let mean = origin + values.iter().map(|value| value - origin).sum::<f64>() / size;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        if !squares.is_finite() {
            return Err(StatsFault::Overflow);
        }
        let variance = (values.len() > 1).then_some(squares / (size - 1.0));
        Ok(Self { count: values.len() as u64, mean, variance })
    }

    /// Takes a number of values, their mean and their standard deviation (with `n − 1`).
    ///
    /// The deviation of fewer than two values is not looked at.
    pub fn from_summary(
        count: u64,
        mean: f64,
        standard_deviation: f64,
    ) -> Result<Self, StatsFault> {
        if count == 0 {
            return Err(StatsFault::TooFew { needed: 1, found: 0 });
        }
        if !mean.is_finite() {
            return Err(StatsFault::OutOfRange {
                name: "mean",
                value: mean,
                expected: "a finite number",
            });
        }
        let variance = standard_deviation * standard_deviation;
        if count > 1 && !(variance.is_finite() && standard_deviation >= 0.0) {
            return Err(StatsFault::OutOfRange {
                name: "standard_deviation",
                value: standard_deviation,
                expected: "0 or a positive number",
            });
        }
        Ok(Self { count, mean, variance: (count > 1).then_some(variance) })
    }

    /// Returns the number of values.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Returns the mean.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// Returns the variance with `n − 1`, which a single value does not have.
    #[must_use]
    pub fn variance(&self) -> Option<f64> {
        self.variance
    }

    /// Returns the square of the standard error of the mean.
    pub(super) fn squared_error(&self) -> Result<f64, StatsFault> {
        self.variance
            .map(|variance| variance / real(self.count))
            .ok_or(StatsFault::TooFew { needed: 2, found: self.count })
    }
}

/// Computes the t interval of a mean, `mean ± t·s/√n` with `n − 1` degrees of freedom.
///
/// There is none for a single value, nor for values that are all equal: that they did not vary
/// does not show that they cannot.
#[must_use]
pub fn mean_interval(moments: &Moments, confidence: Level) -> Option<Interval> {
    let squared = moments.squared_error().ok().filter(|squared| *squared > 0.0)?;
    let half =
        t_upper_quantile(confidence.complement() / 2.0, real(moments.count) - 1.0) * squared.sqrt();
    Some(Interval::between(moments.mean - half, moments.mean + half, confidence, "t"))
}

/// Adds values up, and refuses NaN, infinities and a sum beyond a double.
pub fn sum(values: &[f64]) -> Result<f64, StatsFault> {
    check_finite(values)?;
    let total: f64 = values.iter().sum();
    if total.is_finite() { Ok(total) } else { Err(StatsFault::Overflow) }
}

/// Keeps the values that are not NaN, and counts those that are.
#[must_use]
pub fn without_nan(values: &[f64]) -> (Vec<f64>, usize) {
    let kept: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    let dropped = values.len() - kept.len();
    (kept, dropped)
}

/// Refuses NaN and infinities.
pub(super) fn check_finite(values: &[f64]) -> Result<(), StatsFault> {
    match values.iter().enumerate().find(|(_, value)| !value.is_finite()) {
        Some((position, value)) => Err(StatsFault::NotFinite { position, value: *value }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_refuse_what_is_not_finite_and_say_where() {
        assert_eq!(sum(&[]), Ok(0.0));
        assert_eq!(sum(&[1.0, 2.5]), Ok(3.5));
        assert_eq!(sum(&[f64::MAX, f64::MAX]), Err(StatsFault::Overflow));
        let infinite = StatsFault::NotFinite { position: 1, value: f64::INFINITY };
        assert_eq!(sum(&[1.0, f64::INFINITY, f64::NAN]), Err(infinite.clone()));
        assert_eq!(infinite.to_string(), "value 1 is `inf`, which is not finite");
        assert!(matches!(sum(&[f64::NAN]), Err(StatsFault::NotFinite { position: 0, .. })));
        assert_eq!(Moments::of(&[f64::MAX, -f64::MAX]), Err(StatsFault::Overflow));
    }

    #[test]
    fn a_mean_of_one_value_or_of_equal_values_has_no_interval() {
        assert_eq!(Moments::of(&[]), Err(StatsFault::TooFew { needed: 1, found: 0 }));
        let one = Moments::of(&[0.7]).expect("one value");
        assert_eq!((one.mean(), one.variance()), (0.7, None));
        assert_eq!(mean_interval(&one, Level::PERCENT_95), None);
        let equal = Moments::of(&[0.1; 3]).expect("three values");
        assert_eq!((equal.mean(), equal.variance()), (0.1, Some(0.0)));
        assert_eq!(mean_interval(&equal, Level::PERCENT_95), None);
    }

    #[test]
    fn a_large_offset_does_not_spoil_the_variance() {
        let values: Vec<f64> = [4.0, 7.0, 13.0, 16.0].iter().map(|value| value + 1e9).collect();
        let moments = Moments::of(&values).expect("values");
        assert_eq!((moments.mean(), moments.variance()), (1e9 + 10.0, Some(30.0)));
    }
}
