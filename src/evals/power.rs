//! How small an effect a suite of so many cases can show.

use serde::Serialize;

use super::gate::percent;
use crate::stats::{
    Change, Design, Level, Sides, StatsFault, detectable_paired_difference, detectable_rate_change,
};

/// The share of cases that change their outcome, where no comparison has shown one.
pub const ASSUMED_DISCORDANCE: f64 = 0.2;

/// What a suite can show with power 80 %.
///
/// `rise` and `drop` are the smallest changes from `rate` that one run can show one-sided at 5 % (the
/// exact binomial test); `paired` is the smallest difference of two runs over
/// the same cases, two-sided at 5 % (`McNemar`'s test; Connor 1987). Each is absent where no change
/// that is left could be shown.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Power {
    /// The number of cases.
    pub cases: u64,
    /// The rate that is known or expected.
    pub rate: f64,
    /// The smallest rise.
    pub rise: Option<f64>,
    /// The smallest drop.
    pub drop: Option<f64>,
    /// The share of cases that change their outcome.
    pub discordance: f64,
    /// The smallest paired difference.
    pub paired: Option<f64>,
}

impl Power {
    /// Computes them for a number of cases and a rate; `discordance` is what a comparison has shown.
    pub fn of(cases: u64, rate: f64, discordance: Option<f64>) -> Result<Self, StatsFault> {
        let (alpha, power) = (Level::new(0.05)?, Level::new(0.8)?);
        let design = |sides| Design { alpha, sides, power };
        let change = |change| detectable_rate_change(rate, cases, change, &design(Sides::One));
        let discordance = discordance.unwrap_or(ASSUMED_DISCORDANCE);
        Ok(Self {
            cases,
            rate,
            rise: change(Change::Rise)?,
            drop: change(Change::Drop)?,
            discordance,
            paired: detectable_paired_difference(cases, discordance, &design(Sides::Two))?,
        })
    }

    /// Says it in one sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let shown =
            |sign: &str, effect: Option<f64>| effect.map(|e| format!("{sign}{}", percent(e)));
        let alone = [shown("+", self.rise), shown("−", self.drop)];
        let alone = alone.into_iter().flatten().collect::<Vec<_>>().join(" or ");
        let alone = if alone.is_empty() { "no change".to_owned() } else { alone };
        let paired = shown("", self.paired).unwrap_or_else(|| "no difference".to_owned());
        let (cases, rate) = (self.cases, percent(self.rate));
        let changing = percent(self.discordance);
        format!(
            "a suite of {cases} can show {alone} from {rate}, and against a baseline {paired} if \
             {changing} of the cases change (power 80 %)"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_suite_shows_large_effects_only() {
        let power = Power::of(40, 0.8, None).expect("a rate");
        assert_eq!(
            power.sentence(),
            "a suite of 40 can show +14.2 % or −17.7 % from 80 %, and against a baseline 19.2 % if 20 % \
             of the cases change (power 80 %)"
        );
        let none = Power::of(3, 1.0, Some(0.0)).expect("a rate");
        assert_eq!((none.rise, none.cases), (None, 3));
        assert!(Power::of(40, 1.5, None).is_err());
    }
}
