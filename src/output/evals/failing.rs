//! The cases that did not pass, each once however often it ran.

use crate::evals::record::{CaseRecord, Outcome};
use crate::evals::report::Report;

/// A case that did not pass in every repeat.
#[derive(Debug, Clone, Copy)]
pub(super) struct Failing<'a> {
    /// The repeat that decides: the first of the worst.
    pub(super) case: &'a CaseRecord,
    /// How many repeats did not pass.
    pub(super) bad: usize,
    /// How many repeats there are.
    pub(super) repeats: usize,
}

impl Failing<'_> {
    /// Says of how many repeats it is true; empty for a case that ran once.
    pub(super) fn share(&self) -> String {
        match self.repeats {
            1 => String::new(),
            repeats => format!("{} of {repeats} repeats: ", self.bad),
        }
    }
}

/// Lists them: failures, cases without an answer, cases without a score, each in the suite's order.
pub(super) fn failing(report: &Report) -> Vec<Failing<'_>> {
    let groups = report.cases.chunk_by(|one, other| one.index == other.index);
    let mut failing: Vec<Failing<'_>> = groups
        .filter_map(|repeats| {
            let bad = || repeats.iter().filter(|case| case.outcome != Outcome::Pass);
            let case = bad().min_by_key(|case| weight(case.outcome))?;
            Some(Failing { case, bad: bad().count(), repeats: repeats.len() })
        })
        .collect();
    failing.sort_by_key(|failing| (rank(failing.case.outcome), failing.case.index));
    failing
}

/// Orders the repeats of a case as the table of scores does: the worst decides.
const fn weight(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Fail => 0,
        Outcome::Unscored => 1,
        Outcome::Error => 2,
        Outcome::Pass => 3,
    }
}

/// Orders cases by what their readers need first.
const fn rank(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Fail => 0,
        Outcome::Error => 1,
        Outcome::Unscored => 2,
        Outcome::Pass => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evals::record::Outcome::{Error, Fail, Pass, Unscored};
    use crate::output::evals::tests::{case, report};

    #[test]
    fn a_case_stands_once_with_its_worst_repeat() {
        let mut report = report();
        report.cases = [
            ("a", 0, 0, Error),
            ("b", 1, 0, Pass),
            ("b", 1, 1, Fail),
            ("b", 1, 2, Error),
            ("c", 2, 0, Unscored),
            ("d", 3, 0, Pass),
            ("e", 4, 0, Unscored),
            ("e", 4, 1, Error),
        ]
        .into_iter()
        .map(|(id, index, repeat, outcome)| case(id, (index, repeat), outcome))
        .collect();
        let found: Vec<_> = failing(&report)
            .iter()
            .map(|f| (f.case.case.as_str(), f.case.outcome, f.case.repeat, f.share()))
            .collect();
        let once = String::new();
        assert_eq!(
            found,
            [
                ("b", Fail, 1, "2 of 3 repeats: ".to_owned()),
                ("a", Error, 0, once.clone()),
                ("c", Unscored, 0, once),
                ("e", Unscored, 0, "2 of 2 repeats: ".to_owned()),
            ]
        );
    }
}
