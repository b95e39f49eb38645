//! Corrections for many tests.

use super::fault::StatsFault;
use super::special::length;

/// Adjusts p-values by Holm's step-down method, in the order given.
///
/// Sorted ascending, the adjusted value of rank `i` is the largest of `min(1, (m − j)·p_j)` for
/// `j ≤ i` (Holm 1979). A hypothesis is rejected at `alpha` if its adjusted value is at most
/// `alpha`; the chance of any false rejection is then at most `alpha`.
pub fn holm(p_values: &[f64]) -> Result<Vec<f64>, StatsFault> {
    if let Some(value) = p_values.iter().find(|value| !(0.0..=1.0).contains(*value)) {
        return Err(StatsFault::OutOfRange {
            name: "p",
            value: *value,
            expected: "between 0 and 1, ends included",
        });
    }
    let mut ranked: Vec<(usize, f64)> = p_values.iter().copied().enumerate().collect();
    ranked.sort_by(|(_, left), (_, right)| left.total_cmp(right));
    let mut largest = 0.0_f64;
    let mut remaining = length(ranked.len());
    for (_, p) in &mut ranked {
        largest = largest.max((*p * remaining).min(1.0));
        *p = largest;
        remaining -= 1.0;
    }
    ranked.sort_by_key(|(place, _)| *place);
    Ok(ranked.into_iter().map(|(_, adjusted)| adjusted).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adjusted_values_keep_the_order_given() {
        assert_eq!(holm(&[0.5, 0.125, 0.25]), Ok(vec![0.5, 0.375, 0.5]));
        assert_eq!(holm(&[]), Ok(vec![]));
        for wrong in [-0.1, 1.1, f64::NAN] {
            assert!(holm(&[0.5, wrong]).is_err(), "{wrong}");
        }
    }
}
