//! What repeats of the same case say about each other.

use serde::Serialize;

use super::table::{Scope, Table};

/// How many cases always pass, sometimes, or never.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Stability {
    /// Cases of which every repeat passed.
    pub stable_pass: u32,
    /// Cases of which every repeat failed.
    pub stable_fail: u32,
    /// Cases of which some repeats passed and some failed.
    pub flaky: Vec<FlakyCase>,
    /// Other cases: a repeat has no score or no answer, and the rest agree.
    pub undecided: u32,
    /// Cases that ran once only, about which nothing can be said.
    pub once: u32,
}

/// A case whose repeats disagree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FlakyCase {
    /// The case.
    pub case: String,
    /// Repeats that passed.
    pub passed: u32,
    /// Repeats that passed or failed.
    pub decided: u32,
}

impl Stability {
    /// Counts, in the order of the suite.
    #[must_use]
    pub fn of(table: &Table) -> Self {
        let mut stability = Self::default();
        for (index, tally) in table.tallies(&Scope::all()) {
            let decided = tally.passed + tally.failed;
            if tally.repeats() < 2 {
                stability.once += 1;
            } else if tally.passed > 0 && tally.failed > 0 {
                let case = table.shown(index);
                stability.flaky.push(FlakyCase { case, passed: tally.passed, decided });
            } else if tally.passed == tally.repeats() {
                stability.stable_pass += 1;
            } else if tally.failed == tally.repeats() {
                stability.stable_fail += 1;
            } else {
                stability.undecided += 1;
            }
        }
        stability
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evals::record::Outcome::{Error, Fail, Pass, Unscored};
    use crate::evals::samples::{case, with_outcome};
    use crate::evals::table::Keep;

    #[test]
    fn repeats_that_agree_are_stable_and_others_flaky() {
        let mut table = Table::new(Keep::default());
        let rows = [
            vec![Pass, Pass, Pass],
            vec![Pass, Pass, Fail],
            vec![Fail, Fail],
            vec![Pass, Unscored],
            vec![Error, Error],
            vec![Fail, Pass, Error],
            vec![Pass],
        ];
        for (index, outcomes) in rows.iter().enumerate() {
            for (repeat, outcome) in outcomes.iter().enumerate() {
                table.add(&with_outcome(case(index, repeat), *outcome)).expect("a record");
            }
        }
        let flaky = |case: &str, passed, decided| FlakyCase { case: case.into(), passed, decided };
        assert_eq!(
            Stability::of(&table),
            Stability {
                stable_pass: 1,
                stable_fail: 1,
                flaky: vec![flaky("C-001", 2, 3), flaky("C-005", 1, 2)],
                undecided: 2,
                once: 1,
            }
        );
    }
}
