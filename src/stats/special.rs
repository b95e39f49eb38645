//! The distributions behind the intervals: normal, Student's t, beta and binomial.
//!
//! They are written here because `statrs` 0.19 stops its continued fraction for the incomplete beta
//! function after 140 terms without saying so, which is wrong for large suites, and loses the
//! digits of small tails. Relative errors here are near 1e-13.

use std::f64::consts::{PI, SQRT_2};

/// Turns a count into a double; above 2^53 the nearest one.
#[expect(clippy::cast_precision_loss, reason = "no statistic here turns on the last digit")]
pub(super) fn real(count: u64) -> f64 {
    count as f64
}

/// Turns a length into a double.
#[expect(clippy::cast_precision_loss, reason = "no slice has 2^53 values")]
pub(super) fn length(values: usize) -> f64 {
    values as f64
}

/// Returns the least whole number that is not below `value`; negative numbers and NaN give 0.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, which is what is wanted"
)]
pub(super) fn ceiling(value: f64) -> u64 {
    value.ceil() as u64
}

/// Finds where `is_left` turns from true to false between `low` and `high`, to the last digit.
pub(super) fn bisect(low: f64, high: f64, is_left: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (low, high);
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high || middle.is_nan() {
            return middle;
        }
        if is_left(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
}

/// Finds the least number up to `limit` that `is_enough`, which must stay true once it is.
pub(super) fn least(limit: u64, is_enough: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (0, limit);
    while low < high {
        let middle = low + (high - low) / 2;
        if is_enough(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

/// Computes the complementary error function (Abramowitz and Stegun 7.1.6 and 7.1.14).
pub(super) fn erfc(x: f64) -> f64 {
    if x < 0.0 {
        return 2.0 - erfc(-x);
    }
    let scale = (-x * x).exp() / PI.sqrt();
    if x < 2.5 {
        let (mut term, mut sum, mut odd) = (2.0 * x, 2.0 * x, 1.0);
        while term > sum * f64::EPSILON / 4.0 {
            odd += 2.0;
            term *= 2.0 * x * x / odd;
            sum += term;
        }
        return 1.0 - scale * sum;
    }
    let fraction = (1..=60).rev().fold(x, |tail, k| x + f64::from(k) / 2.0 / tail);
    scale / fraction
}

/// Computes the probability that a standard normal value is above `z`.
pub(super) fn normal_upper(z: f64) -> f64 {
    erfc(z / SQRT_2) / 2.0
}

/// Finds the `z` above which a standard normal value lies with probability `tail`.
///
/// Newton steps from Abramowitz and Stegun 26.2.23, whose error is below 4.5e-4.
pub(super) fn normal_upper_quantile(tail: f64) -> f64 {
    if tail > 0.5 {
        return -normal_upper_quantile(1.0 - tail);
    }
    let t = (-2.0 * tail.ln()).sqrt();
    let top = 2.515_517 + t * (0.802_853 + t * 0.010_328);
    let bottom = 1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308));
    (0..4).fold(t - top / bottom, |z, _| {
        let density = (-z * z / 2.0).exp() / (2.0 * PI).sqrt();
        z + (normal_upper(z) - tail) / density
    })
}

/// Computes `ln Γ(n+1) − (n+½) ln n + n − ½ ln 2π`, the error of Stirling's formula.
fn stirling_error(n: f64) -> f64 {
    let mut n = n;
    let mut sum = 0.0;
    while n < 16.0 {
        sum += (n + 0.5) * (1.0 / n).ln_1p() - 1.0;
        n += 1.0;
    }
    let square = n * n;
    let series = [-691.0 / 360_360.0, 1.0 / 1188.0, -1.0 / 1680.0, 1.0 / 1260.0, -1.0 / 360.0]
        .into_iter()
        .fold(0.0, |tail, coefficient| (tail + coefficient) / square);
    sum + (series + 1.0 / 12.0) / n
}

/// Computes `x ln(x/mean) + mean − x` without cancellation (Loader 2000, `bd0`).
fn deviance(x: f64, mean: f64) -> f64 {
    let difference = x - mean;
    if difference.abs() >= 0.1 * (x + mean) {
        return x * (x / mean).ln() - difference;
    }
    let ratio = difference / (x + mean);
    let (mut sum, mut term, mut odd) = (difference * ratio, 2.0 * x * ratio, 1.0);
    loop {
        term *= ratio * ratio;
        odd += 2.0;
        let next = sum + term / odd;
        if next.to_bits() == sum.to_bits() {
            return next;
        }
        sum = next;
    }
}

/// Evaluates the continued fraction that divides the power term of the incomplete beta function
/// (`DiDonato` and Morris 1992, equation 9) by Lentz's method.
///
/// It needs some √max(a, b) terms and, unlike the usual fraction, loses no digits where `x` is
/// close to 1.
fn beta_fraction(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let bounded = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let mut fraction = bounded(a * (a * y - b * x + 1.0) / (a + 1.0));
    let (mut above, mut below) = (fraction, 0.0);
    for place in 1..200_000 {
        let step = f64::from(place);
        let odd = a + 2.0 * step - 1.0;
        let part = step * (b - step) * x / odd;
        let numerator = (a + step - 1.0) / odd * (a + b + step - 1.0) * x * part;
        let denominator =
            step + part + (a + step) * (a * y - b * x + 1.0 + step * (1.0 + y)) / (odd + 2.0);
        below = 1.0 / bounded(denominator + numerator * below);
        above = bounded(denominator + numerator / above);
        fraction *= above * below;
        if (above * below - 1.0).abs() < 2.0 * f64::EPSILON {
            break;
        }
    }
    fraction
}

/// Computes the regularised incomplete beta functions `I_x(a, b)` and `1 − I_x(a, b)`.
///
/// `y` is `1 − x`, given apart so that neither loses digits. The power term is Loader's (2000,
/// "Fast and accurate computation of binomial probabilities").
pub(super) fn beta_tails(a: f64, b: f64, x: f64, y: f64) -> (f64, f64) {
    if x <= 0.0 {
        return (0.0, 1.0);
    }
    if y <= 0.0 {
        return (1.0, 0.0);
    }
    let total = a + b;
    let exponent = stirling_error(total)
        - stirling_error(a)
        - stirling_error(b)
        - deviance(a, total * x)
        - deviance(b, total * y);
    let power = (a * (b / total) / (2.0 * PI)).sqrt() * exponent.exp();
    if x < (a + 1.0) / (total + 2.0) {
        let lower = (power / beta_fraction(a, b, x, y)).min(1.0);
        (lower, 1.0 - lower)
    } else {
        let upper = (power / beta_fraction(b, a, y, x)).min(1.0);
        (1.0 - upper, upper)
    }
}

/// Computes the probability that Student's t with `freedom` degrees is beyond `±t`.
pub(super) fn t_two_sided(t: f64, freedom: f64) -> f64 {
    let ratio = t * t / freedom;
    beta_tails(freedom / 2.0, 0.5, 1.0 / (1.0 + ratio), 1.0 / (1.0 + 1.0 / ratio)).0
}

/// Finds the `t` above which Student's t lies with probability `tail`.
pub(super) fn t_upper_quantile(tail: f64, freedom: f64) -> f64 {
    if tail > 0.5 {
        return -t_upper_quantile(1.0 - tail, freedom);
    }
    let is_left = |t: f64| t_two_sided(t, freedom) > 2.0 * tail;
    let mut high = 2.0;
    while high < f64::MAX / 4.0 && is_left(high) {
        high *= 2.0;
    }
    bisect(0.0, high, is_left)
}

/// Computes the probabilities of at most `k` and of more than `k` successes in `n` trials.
pub(super) fn binomial_tails(k: u64, n: u64, probability: f64) -> (f64, f64) {
    if k >= n {
        return (1.0, 0.0);
    }
    beta_tails(real(n - k), real(k) + 1.0, 1.0 - probability, probability)
}

/// Computes the density of `√(χ²/freedom)` at `s`; `freedom` is above 1.
pub(super) fn scaled_chi_density(s: f64, freedom: f64) -> f64 {
    if s <= 0.0 {
        return 0.0;
    }
    let half = freedom / 2.0;
    let exponent = -stirling_error(half) - deviance(half, half * s * s);
    (2.0 * half / PI).sqrt() * exponent.exp() / s
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64, what: &str) {
        let error = (found - expected).abs() / expected.abs();
        assert!(error < 1e-12, "{what}: {found:e}, expected {expected:e}, error {error:e}");
    }

    /// Values of mpmath 1.4.1 with 40 digits.
    #[test]
    fn the_error_function_is_right_in_the_middle_and_in_the_tail() {
        for (x, expected) in [
            (-2.0, 1.995_322_265_018_952_8),
            (-0.5, 1.520_499_877_813_046_5),
            (0.1, 0.887_537_083_981_715),
            (1.0, 0.157_299_207_050_285_13),
            (2.4, 0.000_688_513_896_645_078_9),
            (2.5, 0.000_406_952_017_444_958_9),
            (3.0, 2.209_049_699_858_544e-5),
            (6.0, 2.151_973_671_249_891_3e-17),
            (20.0, 5.395_865_611_607_901e-176),
        ] {
            close(erfc(x), expected, &format!("erfc({x})"));
        }
    }

    /// Values of mpmath 1.4.1 with 40 digits.
    #[test]
    fn quantiles_are_right_near_the_middle_and_far_out() {
        for (tail, expected) in [
            (0.4, 0.253_347_103_135_799_7),
            (0.025, 1.959_963_984_540_054_3),
            (0.2, 0.841_621_233_572_914_2),
            (1e-3, 3.090_232_306_167_813_6),
            (1e-10, 6.361_340_902_404_057),
            (1e-100, 21.273_453_560_965_326),
            (0.9, -1.281_551_565_544_600_6),
        ] {
            close(normal_upper_quantile(tail), expected, &format!("normal {tail}"));
        }
        for (tail, freedom, expected) in [
            (0.025, 1.0, 12.706_204_736_174_705),
            (0.025, 2.5, 3.574_654_842_003_683),
            (0.05, 30.0, 1.697_260_886_593_957_8),
            (0.025, 1318.0, 1.961_765_512_767_315_3),
            (1e-6, 5.0, 24.771_029_720_515_944),
            (0.025, 1e6, 1.959_966_356_814_107),
        ] {
            close(t_upper_quantile(tail, freedom), expected, &format!("t {tail} {freedom}"));
        }
    }

    /// Values of mpmath 1.4.1 with 40 digits, the large ones by quadrature.
    #[test]
    fn both_tails_of_the_beta_are_right_for_small_and_for_very_large_parameters() {
        for (a, b, x, lower, upper) in [
            (0.5, 0.5, 0.1, 0.204_832_764_699_133_45, 0.795_167_235_300_866_5),
            (2.0, 3.0, 0.5, 0.6875, 0.3125),
            (50.0, 0.5, 0.999, 0.752_369_019_965_376_6, 0.247_630_980_034_623_3),
            (500.0, 500.0, 0.45, 0.000_763_678_939_526_500_1, 0.999_236_321_060_473_6),
            (1e5, 2e5, 0.335, 0.973_524_170_025_468_8, 0.026_475_829_974_531_24),
            (3.0, 1e6, 1e-6, 0.080_301_672_981_258_63, 0.919_698_327_018_741_3),
            (5e4, 0.5, 0.9999, 0.001_565_019_762_173_494_8, 0.998_434_980_237_826_5),
            (1e7, 1e7, 0.5001, 0.814_453_314_640_657_8, 0.185_546_685_359_342_18),
        ] {
            let found = beta_tails(a, b, x, 1.0 - x);
            close(found.0, lower, &format!("I_{x}({a}, {b})"));
            close(found.1, upper, &format!("1 - I_{x}({a}, {b})"));
        }
        assert_eq!(beta_tails(2.0, 3.0, 0.0, 1.0), (0.0, 1.0));
        assert_eq!(beta_tails(2.0, 3.0, 1.0, 0.0), (1.0, 0.0));
    }

    #[test]
    fn extreme_input_ends_in_a_number() {
        assert!(t_two_sided(f64::INFINITY, 5.0) <= 0.0);
        assert!(t_two_sided(0.0, 5.0) >= 1.0);
        assert!(t_two_sided(1e200, 5.0) < 1e-300);
        assert_eq!(binomial_tails(7, 5, 0.5), (1.0, 0.0));
        assert_eq!((ceiling(f64::NAN), ceiling(-3.5), ceiling(2.1)), (0, 0, 3));
    }
}
