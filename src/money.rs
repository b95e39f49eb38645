//! Money, as whole micro-dollars, so that sums do not depend on their order.

use std::fmt;
use std::iter::Sum;
use std::ops::Add;

use serde::{Deserialize, Serialize};

/// An amount in millionths of a US dollar. Sums stop at the largest amount.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct MicroUsd(pub u64);

impl MicroUsd {
    /// Takes an amount in dollars, rounded half up; `None` for what is negative or no number.
    #[must_use]
    pub fn from_usd(dollars: f64) -> Option<Self> {
        let micro = (dollars * 1e6 + 0.5).floor();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the number is whole and not negative; beyond u64 the cast stops at its end"
        )]
        (dollars >= 0.0).then_some(Self(micro as u64))
    }
}

impl MicroUsd {
    /// Returns the amount in dollars, for scores and statistics; sums are made of whole amounts.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "amounts beyond 2^53 are nine billion dollars")]
    pub fn to_usd(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

impl Add for MicroUsd {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum for MicroUsd {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::default(), Add::add)
    }
}

/// Dollars with at least two and at most six decimals: `$0.01`, `$0.000012`.
impl fmt::Display for MicroUsd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = format!("{:06}", self.0 % 1_000_000);
        let (cents, finer) = decimals.split_at(2);
        write!(f, "${}.{cents}{}", self.0 / 1_000_000, finer.trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_shown_in_dollars() {
        let cases = [(0, "$0.00"), (12, "$0.000012"), (10_000, "$0.01"), (2_500_000, "$2.50")];
        for (micro, expected) in cases {
            assert_eq!(MicroUsd(micro).to_string(), expected);
        }
    }

    #[test]
    fn dollars_become_the_nearest_amount_or_none() {
        assert_eq!(MicroUsd::from_usd(2.0), Some(MicroUsd(2_000_000)));
        assert_eq!(MicroUsd::from_usd(0.000_000_5), Some(MicroUsd(1)));
        assert_eq!(MicroUsd::from_usd(1e300), Some(MicroUsd(u64::MAX)));
        assert_eq!(MicroUsd::from_usd(-0.01), None);
        assert_eq!(MicroUsd::from_usd(f64::NAN), None);
    }

    #[test]
    fn sums_stop_at_the_largest_amount() {
        let amounts = [MicroUsd(u64::MAX), MicroUsd(1)];
        assert_eq!(amounts.into_iter().sum::<MicroUsd>(), MicroUsd(u64::MAX));
    }
}
