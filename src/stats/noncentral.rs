//! The probability that a t test finds an effect: the upper tail of the noncentral t distribution.

use super::special::{normal_upper, scaled_chi_density};

/// The number of strips of the quadrature, even.
const STRIPS: u32 = 1000;

/// Computes the probability that a noncentral t value is above `critical`.
///
/// A t value is `(Z + shift)/S` with `Z` normal and `S = √(χ²/freedom)` independent, so its tail is a
/// normal tail averaged over `S`, here by Simpson's rule over 12 standard deviations of `S` on each
/// side; `freedom` is 2 or more. Against a quadrature of 25 digits the relative error is below 1e-8.
pub(super) fn noncentral_upper(critical: f64, freedom: f64, shift: f64) -> f64 {
    let reach = 12.0 / (2.0 * freedom).sqrt();
    let start = (1.0 - reach).max(0.0);
    let width = (1.0 + reach - start) / f64::from(STRIPS);
    let ordinate = |strip: u32| {
        let s = start + width * f64::from(strip);
        normal_upper(critical * s - shift) * scaled_chi_density(s, freedom)
    };
    let total: f64 = (0..=STRIPS)
        .map(|strip| {
            let weight = match strip {
                0 | STRIPS => 1.0,
                inner if inner % 2 == 1 => 4.0,
                _ => 2.0,
            };
            weight * ordinate(strip)
        })
        .sum();
    (total * width / 3.0).clamp(0.0, 1.0)
}
