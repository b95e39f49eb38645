//! What is read off a table.

use std::collections::BTreeSet;

use super::column::Row;
use super::metric::{DERIVED, Derived};
use super::traits::Expects;
use super::{Marks, Names, Scope, Table};
use crate::digest::Digest;
use crate::evals::record::Outcome;
use crate::registry::profile::HitSeverity;

/// How much of what was run has an answer, and how much of that a score. Counts are answers: a case
/// that ran three times counts three.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Answers that were asked for.
    pub run: u64,
    /// Answers that there are.
    pub answered: u64,
    /// Answers with a score.
    pub scored: u64,
    /// Answers whose score could not be had.
    pub unscored: u64,
}

/// What the repeats of one case came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Repeats that passed.
    pub passed: u32,
    /// Repeats that failed.
    pub failed: u32,
    /// Repeats whose score could not be had.
    pub unscored: u32,
    /// Repeats without an answer.
    pub errors: u32,
    /// Repeats that broke their bar, whatever the guardrails said.
    pub broken: u32,
    /// Repeats of whose bar nothing can be said.
    pub open: u32,
}

impl Tally {
    /// Counts the repeats.
    #[must_use]
    pub const fn repeats(self) -> u32 {
        self.passed + self.failed + self.unscored + self.errors
    }

    /// Returns how the case ended: the worst repeat decides.
    #[must_use]
    pub const fn outcome(self) -> Outcome {
        if self.failed > 0 {
            Outcome::Fail
        } else if self.unscored > 0 {
            Outcome::Unscored
        } else if self.errors > 0 {
            Outcome::Error
        } else {
            Outcome::Pass
        }
    }
}

/// A case whose name and digests were kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept<'a> {
    /// Its index.
    pub index: u32,
    /// Its id.
    pub id: &'a str,
    /// The digest of its row.
    pub row: Digest,
    /// The digest of the redacted text of its first answer.
    pub answer: Option<Digest>,
}

impl Table {
    /// Counts the cases.
    #[must_use]
    pub fn cases(&self) -> usize {
        self.rows.len()
    }

    /// Says whether some case was run more than once.
    #[must_use]
    pub fn has_repeats(&self) -> bool {
        !self.more_marks.is_empty()
    }

    /// Returns the id of a case, where it was kept.
    #[must_use]
    pub fn name(&self, index: u32) -> Option<&str> {
        self.rows.get(&index).and_then(|row| self.names.get(row)).map(AsRef::as_ref)
    }

    /// Returns the name of a case for people: its id, or else `#` and its index.
    #[must_use]
    pub fn shown(&self, index: u32) -> String {
        self.name(index).map_or_else(|| format!("#{index}"), str::to_owned)
    }

    /// Iterates over all cases in the order of the suite; nothing where only [`Names::Failing`] are kept.
    pub fn kept(&self) -> impl Iterator<Item = Kept<'_>> {
        let rows = (self.keep.names == Names::All).then_some(&self.rows).into_iter().flatten();
        rows.filter_map(|(index, row)| {
            let (id, proof) = (self.names.get(row)?, self.proofs.get(row)?);
            let answer = proof.answer.map(|(_, digest)| digest);
            Some(Kept { index: *index, id, row: proof.row, answer })
        })
    }

    /// Lists the metrics that have a value, sorted.
    #[must_use]
    pub fn metrics(&self) -> Vec<&str> {
        let has_value = |metric: &str| {
            let derived = Derived::of(metric);
            self.rows.values().any(|row| self.mean(metric, derived, *row).is_some())
        };
        let derived = DERIVED.iter().map(|(name, _)| *name).filter(|name| has_value(name));
        let all: BTreeSet<&str> = self.columns.keys().map(String::as_str).chain(derived).collect();
        all.into_iter().collect()
    }

    /// Lists the metrics of the cases' bars, sorted.
    #[must_use]
    pub fn bar_metrics(&self) -> Vec<&str> {
        let all: BTreeSet<&str> = self
            .rows
            .values()
            .filter_map(|row| self.traits_of(*row))
            .map(|traits| traits.metric.as_str())
            .collect();
        all.into_iter().collect()
    }

    /// Lists the guardrails that looked at an answer, each with its severity, sorted by name.
    pub fn guardrails(&self) -> impl Iterator<Item = (&str, Option<HitSeverity>)> {
        self.guardrails.iter().map(|(name, watch)| (name.as_str(), watch.severity))
    }

    /// Returns the bar that the cases of a scope share; `None` where they have none or several.
    #[must_use]
    pub fn common_bar(&self, scope: &Scope) -> Option<&str> {
        let numbers: BTreeSet<u32> =
            self.select(scope).filter_map(|(_, row)| self.traits.get(row)).collect();
        let bars: BTreeSet<Option<&str>> = numbers
            .iter()
            .filter_map(|number| self.catalogue.get(*number))
            .map(|traits| traits.bar.as_deref())
            .collect();
        if bars.len() == 1 { bars.into_iter().next().flatten() } else { None }
    }

    /// Returns the value of each case of a scope that has one, by index in the order of the suite.
    #[must_use]
    pub fn values(&self, metric: &str, scope: &Scope) -> Vec<(u32, f64)> {
        self.each_value(metric, scope).collect()
    }

    /// Iterates over what [`Self::values`] returns, for who needs it once.
    pub fn each_value(&self, metric: &str, scope: &Scope) -> impl Iterator<Item = (u32, f64)> {
        let derived = Derived::of(metric);
        let cases = self.select(scope);
        cases.filter_map(move |(index, row)| Some((index, self.mean(metric, derived, row)?)))
    }

    /// Returns the value of one case.
    #[must_use]
    pub fn value(&self, metric: &str, index: u32) -> Option<f64> {
        self.rows.get(&index).and_then(|row| self.mean(metric, Derived::of(metric), *row))
    }

    /// Returns the values of one case by repeat.
    #[must_use]
    pub fn repeats_of(&self, metric: &str, index: u32) -> Vec<(u32, f64)> {
        let Some(row) = self.rows.get(&index) else { return Vec::new() };
        let mut values = Vec::new();
        self.each(metric, Derived::of(metric), *row, |repeat, value| values.push((repeat, value)));
        values
    }

    /// Counts the outcomes of each case of a scope, by index in the order of the suite.
    #[must_use]
    pub fn tallies(&self, scope: &Scope) -> Vec<(u32, Tally)> {
        self.select(scope).map(|(index, row)| (index, self.tally(row))).collect()
    }

    /// Returns the index of every case of a scope on which a guardrail was hit.
    #[must_use]
    pub fn hit(&self, guardrail: &str, scope: &Scope) -> Vec<u32> {
        let Some(watch) = self.guardrails.get(guardrail) else { return Vec::new() };
        let is_hit = |row: Row| watch.hits.range((row, 0)..=(row, u32::MAX)).next().is_some();
        self.select(scope).filter(|(_, row)| is_hit(*row)).map(|(index, _)| index).collect()
    }

    /// Returns the repeats of each case that have an answer, by index in the order of the suite.
    #[must_use]
    pub fn answered(&self) -> Vec<(u32, Vec<u32>)> {
        let of = |row: Row| {
            let answered = self.repeats(row).filter(|(_, marks)| marks.has(Marks::ANSWERED));
            answered.map(|(repeat, _)| repeat).collect()
        };
        self.rows.iter().map(|(index, row)| (*index, of(*row))).collect()
    }

    /// Returns the metric of a case's bar.
    #[must_use]
    pub fn bar_metric(&self, index: u32) -> Option<&str> {
        let row = self.rows.get(&index)?;
        self.traits_of(*row).map(|traits| traits.metric.as_str())
    }

    /// Counts answers and scores of a metric.
    #[must_use]
    pub fn coverage(&self, metric: &str, scope: &Scope) -> Coverage {
        let (derived, column) = (Derived::of(metric), self.columns.get(metric));
        let unscored = self.unscored.get(metric);
        let mut coverage = Coverage::default();
        for (_, row) in self.select(scope) {
            for (repeat, marks) in self.repeats(row) {
                coverage.run += 1;
                coverage.answered += u64::from(marks.has(Marks::ANSWERED));
                let (has, lacks) = match derived {
                    Some(derived) => (
                        self.derive(derived, row, repeat, marks).is_some(),
                        derived == Derived::Pass && marks.outcome() == Outcome::Unscored,
                    ),
                    None => (
                        column.is_some_and(|column| column.has(row, repeat)),
                        unscored.is_some_and(|unscored| unscored.contains(&(row, repeat))),
                    ),
                };
                coverage.scored += u64::from(has);
                coverage.unscored += u64::from(lacks);
            }
        }
        coverage
    }

    /// Iterates over the cases of a scope in the order of the suite.
    fn select(&self, scope: &Scope) -> impl Iterator<Item = (u32, Row)> {
        let admitted = self.catalogue.admitted(scope);
        let is_admitted = move |row: Row| {
            let number = self.traits.get(row);
            number.and_then(|number| admitted.get(number as usize)).copied().unwrap_or(false)
        };
        self.rows
            .iter()
            .map(|(index, row)| (*index, *row))
            .filter(move |(_, row)| is_admitted(*row))
    }

    fn tally(&self, row: Row) -> Tally {
        let mut tally = Tally::default();
        for (_, marks) in self.repeats(row) {
            match marks.outcome() {
                Outcome::Pass => tally.passed += 1,
                Outcome::Fail => tally.failed += 1,
                Outcome::Unscored => tally.unscored += 1,
                Outcome::Error => tally.errors += 1,
            }
            tally.broken += u32::from(marks.has(Marks::BROKEN));
            tally.open += u32::from(marks.has(Marks::OPEN));
        }
        tally
    }

    /// Computes the mean over the repeats that have a value.
    fn mean(&self, metric: &str, derived: Option<Derived>, row: Row) -> Option<f64> {
        let (mut sum, mut count) = (0.0, 0_u32);
        self.each(metric, derived, row, |_, value| {
            sum += value;
            count += 1;
        });
        (count > 0).then(|| sum / f64::from(count))
    }

    fn each(
        &self,
        metric: &str,
        derived: Option<Derived>,
        row: Row,
        mut take: impl FnMut(u32, f64),
    ) {
        if let Some(derived) = derived {
            for (repeat, marks) in self.repeats(row) {
                if let Some(value) = self.derive(derived, row, repeat, marks) {
                    take(repeat, value);
                }
            }
        } else if let Some(column) = self.columns.get(metric) {
            column.repeats(row).for_each(|(repeat, value)| take(repeat, value));
        }
    }

    fn derive(&self, derived: Derived, row: Row, repeat: u32, marks: Marks) -> Option<f64> {
        let flag = |is_set: bool| f64::from(u8::from(is_set));
        let is_answered = marks.has(Marks::ANSWERED);
        let blocks = || self.traits_of(row).is_some_and(|traits| traits.expects == Expects::Block);
        let hits = |severity: HitSeverity| {
            let of = self.guardrails.values().filter(|watch| watch.severity == Some(severity));
            of.filter(|watch| watch.hits.contains(&(row, repeat))).count()
        };
        match derived {
            Derived::Pass => match marks.outcome() {
                Outcome::Pass => Some(1.0),
                Outcome::Fail => Some(0.0),
                Outcome::Unscored | Outcome::Error => None,
            },
            Derived::Refusal => is_answered.then(|| flag(marks.has(Marks::REFUSED))),
            Derived::OverRefusal => {
                (is_answered && !blocks()).then(|| flag(marks.has(Marks::REFUSED)))
            }
            Derived::Count(severity) => marks
                .has(Marks::GUARDED)
                .then(|| f64::from(u32::try_from(hits(severity)).unwrap_or(u32::MAX))),
            Derived::Rate(severity) => marks.has(Marks::GUARDED).then(|| flag(hits(severity) > 0)),
        }
    }
}
