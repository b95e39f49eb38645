//! The score table: what gates, baselines and reports read off the cases of a run.
//!
//! Records are added in any order and with any number of repeats; what is read off depends on
//! neither. A case counts once: its value is the mean over the repeats that have one. The table
//! knows no bar but those that tell it which names to keep, and no policy's verdict.

mod column;
mod metric;
mod read;
mod traits;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

pub use self::read::{Coverage, Kept, Tally};
pub use self::traits::Scope;

use self::column::{Column, Dense, Row};
use self::metric::Derived;
use self::traits::{Catalogue, Traits};
use super::record::{AnswerRecord, CaseRecord, Outcome};
use crate::cases::Bar;
use crate::digest::Digest;
use crate::registry::policy::gates::Gates;
use crate::registry::profile::HitSeverity;

/// The metric whose absence is no failure: only the time of a live answer is a measurement.
const LATENCY: &str = "latency_ms";

/// What a table keeps beside the values.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Keep {
    /// Whose names are kept.
    pub names: Names,
    /// The keys of metadata that gates select by.
    pub keys: BTreeSet<String>,
    /// Metrics with a bar for every single case; who breaks it keeps its name.
    pub tails: Vec<(String, Bar)>,
}

/// Whose names are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Names {
    /// Those of cases that fail, have no score or no answer, are hit, or break a tail.
    #[default]
    Failing,
    /// All, with the digests of rows and answers, for baselines and comparisons.
    All,
}

impl Keep {
    /// Keeps what the gates of a policy ask for. A tail that is no bar is the court's to refuse.
    #[must_use]
    pub fn of_policy(policy: &Gates, names: Names) -> Self {
        let keys = policy.gates.iter().flat_map(|gate| gate.filter.keys());
        let tails = policy.gates.iter().filter_map(|gate| {
            let bar = gate.tail.as_ref()?.parse().ok()?;
            Some((gate.metric.clone(), bar))
        });
        Self {
            names,
            keys: keys.filter_map(|name| Scope::key(name)).map(str::to_owned).collect(),
            tails: tails.collect(),
        }
    }

    /// Keeps every name and no key: enough for a baseline or a comparison.
    #[must_use]
    pub fn all_names() -> Self {
        Self { names: Names::All, ..Self::default() }
    }
}

/// A record that the table cannot hold.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TableFault {
    /// NaN or an infinity as a score.
    #[error("case `{case}`, repeat {repeat}: the score `{metric}` is {value}, which is not finite")]
    NotFinite {
        /// The case.
        case: String,
        /// The repeat.
        repeat: u32,
        /// The metric.
        metric: String,
        /// The score.
        value: f64,
    },
    /// A score by a name that the table computes itself.
    #[error("case `{case}` has a score `{metric}`, which is computed from the outcomes")]
    Reserved {
        /// The case.
        case: String,
        /// The metric.
        metric: String,
    },
    /// One repeat of one case, twice.
    #[error("case `{case}` (index {index}), repeat {repeat}: there are two records")]
    Twice {
        /// The case.
        case: String,
        /// Its index.
        index: u32,
        /// The repeat.
        repeat: u32,
    },
    /// Repeats of one index that are not of one case.
    #[error("the records of index {index} differ in `{field}`, `{case}` among them")]
    Differs {
        /// The case.
        case: String,
        /// Its index.
        index: u32,
        /// What differs.
        field: &'static str,
    },
}

/// How one repeat ended, in one byte; 0 where there is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Marks(u8);

impl Marks {
    const SEEN: u8 = 1;
    const ANSWERED: u8 = 1 << 1;
    const REFUSED: u8 = 1 << 2;
    const GUARDED: u8 = 1 << 3;
    const BROKEN: u8 = 1 << 4;
    const OPEN: u8 = 1 << 5;
    const OUTCOME: u8 = 6;

    fn of(record: &CaseRecord) -> Self {
        let outcome = match record.outcome {
            Outcome::Pass => 0,
            Outcome::Fail => 1,
            Outcome::Unscored => 2,
            Outcome::Error => 3,
        };
        let hold = Hold::of(record);
        let flags = [
            (Self::SEEN, true),
            (Self::ANSWERED, record.answer.is_some()),
            (Self::REFUSED, record.refused),
            (Self::GUARDED, !record.guardrails.is_empty()),
            (Self::BROKEN, hold == Hold::Broken),
            (Self::OPEN, hold == Hold::Open),
        ];
        let set = flags.iter().filter(|(_, is_set)| *is_set).map(|(flag, _)| flag);
        Self(set.fold(outcome << Self::OUTCOME, |all, flag| all | flag))
    }

    const fn has(self, flag: u8) -> bool {
        self.0 & flag != 0
    }

    const fn outcome(self) -> Outcome {
        match self.0 >> Self::OUTCOME {
            0 => Outcome::Pass,
            1 => Outcome::Fail,
            2 => Outcome::Unscored,
            _ => Outcome::Error,
        }
    }
}

/// What a record says of the bar of its case, guardrails aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hold {
    Held,
    Broken,
    /// There is no score to say it.
    Open,
}

impl Hold {
    /// Tells a bar from guardrails: where both may be why a case failed, the score says it. A bar
    /// that cannot be read does not hold.
    fn of(record: &CaseRecord) -> Self {
        match record.outcome {
            Outcome::Pass => return Self::Held,
            Outcome::Unscored | Outcome::Error => return Self::Open,
            Outcome::Fail => {}
        }
        if !record.guardrails.values().any(|found| found.hit) {
            return Self::Broken;
        }
        let Some(score) = record.scores.get(&record.metric) else { return Self::Open };
        let holds = match &record.bar {
            Some(bar) => bar.parse::<Bar>().is_ok_and(|bar| bar.holds(*score)),
            None => *score >= 1.0,
        };
        if holds { Self::Held } else { Self::Broken }
    }
}

/// A guardrail as the run saw it.
#[derive(Debug, Clone, Default)]
struct Watch {
    /// The worst severity that a record names.
    severity: Option<HitSeverity>,
    hits: BTreeSet<(Row, u32)>,
}

/// What ties a case to its row and to what was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Proof {
    row: Digest,
    /// The first repeat that has an answer, and the digest of its redacted text.
    answer: Option<(u32, Digest)>,
}

/// The columns of a run; see the module.
#[derive(Debug, Clone, Default)]
pub struct Table {
    keep: Keep,
    rows: BTreeMap<u32, Row>,
    traits: Dense<u32>,
    catalogue: Catalogue,
    marks: Dense<Marks>,
    more_marks: BTreeMap<(Row, u32), Marks>,
    columns: BTreeMap<String, Column>,
    unscored: BTreeMap<String, BTreeSet<(Row, u32)>>,
    guardrails: BTreeMap<String, Watch>,
    names: BTreeMap<Row, Box<str>>,
    proofs: BTreeMap<Row, Proof>,
}

impl Table {
    /// Starts with no case.
    #[must_use]
    pub fn new(keep: Keep) -> Self {
        Self { keep, ..Self::default() }
    }

    /// Adds one record; a record that is refused leaves the table as it was.
    pub fn add(&mut self, record: &CaseRecord) -> Result<(), TableFault> {
        check_scores(record)?;
        let mut traits = Traits::of(record, &self.keep.keys);
        let known = self.rows.get(&record.index).copied();
        if let Some(row) = known {
            self.check_repeat(row, record, &mut traits)?;
        }
        let row = known.unwrap_or_else(|| u32::try_from(self.rows.len()).unwrap_or(u32::MAX));
        self.rows.insert(record.index, row);
        let number = self.catalogue.number(traits);
        self.traits.set(row, number, 0);
        let at = (row, record.repeat);
        if record.repeat == 0 {
            self.marks.set(row, Marks::of(record), Marks::default());
        } else {
            self.more_marks.insert(at, Marks::of(record));
        }
        for (metric, value) in &record.scores {
            if !self.columns.contains_key(metric) {
                self.columns.insert(metric.clone(), Column::default());
            }
            if let Some(column) = self.columns.get_mut(metric) {
                column.set(row, record.repeat, *value);
            }
        }
        let lacks = |metric: &&String| *metric != LATENCY && !record.scores.contains_key(*metric);
        let own = (record.outcome == Outcome::Unscored).then_some(&record.metric);
        for metric in record.unscored.keys().chain(own).filter(lacks) {
            self.unscored.entry(metric.clone()).or_default().insert(at);
        }
        for (name, found) in &record.guardrails {
            if !self.guardrails.contains_key(name) {
                self.guardrails.insert(name.clone(), Watch::default());
            }
            if let Some(watch) = self.guardrails.get_mut(name) {
                watch.severity = watch.severity.into_iter().chain(found.severity).min();
                if found.hit {
                    watch.hits.insert(at);
                }
            }
        }
        self.keep_name(row, record);
        Ok(())
    }

    /// Compares a record with the other repeats of its case, and merges their traits.
    fn check_repeat(
        &self,
        row: Row,
        record: &CaseRecord,
        traits: &mut Traits,
    ) -> Result<(), TableFault> {
        let (case, index) = (record.case.clone(), record.index);
        if self.marks_of(row, record.repeat).has(Marks::SEEN) {
            return Err(TableFault::Twice { case, index, repeat: record.repeat });
        }
        if self.names.get(&row).is_some_and(|name| **name != *record.case) {
            return Err(TableFault::Differs { case, index, field: "case" });
        }
        if self.proofs.get(&row).is_some_and(|proof| proof.row != record.row) {
            return Err(TableFault::Differs { case, index, field: "row" });
        }
        match self.traits_of(row).map(|known| traits.merge(known)) {
            Some(Err(field)) => Err(TableFault::Differs { case, index, field }),
            _ => Ok(()),
        }
    }

    fn keep_name(&mut self, row: Row, record: &CaseRecord) {
        let breaks = |(metric, bar): &(String, Bar)| {
            record.scores.get(metric).is_some_and(|value| !bar.holds(*value))
        };
        let is_wanted = self.keep.names == Names::All
            || record.outcome != Outcome::Pass
            || !record.unscored.is_empty()
            || record.guardrails.values().any(|found| found.hit)
            || self.keep.tails.iter().any(breaks);
        if is_wanted {
            self.names.entry(row).or_insert_with(|| record.case.as_str().into());
        }
        if self.keep.names == Names::Failing {
            return;
        }
        let digest = |answer: &AnswerRecord| (record.repeat, Digest::of(answer.text.as_bytes()));
        let answer = record.answer.as_ref().map(digest);
        let proof = self.proofs.entry(row).or_insert(Proof { row: record.row, answer });
        if answer.is_some_and(|(repeat, _)| proof.answer.is_none_or(|(first, _)| repeat < first)) {
            proof.answer = answer;
        }
    }

    fn marks_of(&self, row: Row, repeat: u32) -> Marks {
        if repeat == 0 {
            self.marks.get(row).unwrap_or_default()
        } else {
            self.more_marks.get(&(row, repeat)).copied().unwrap_or_default()
        }
    }

    /// Iterates over the repeats of a case in order.
    fn repeats(&self, row: Row) -> impl Iterator<Item = (u32, Marks)> {
        let first = Some(self.marks_of(row, 0)).filter(|marks| marks.has(Marks::SEEN));
        let more = self.more_marks.range((row, 0)..=(row, u32::MAX));
        first.map(|marks| (0, marks)).into_iter().chain(more.map(|((_, r), marks)| (*r, *marks)))
    }

    fn traits_of(&self, row: Row) -> Option<&Traits> {
        self.traits.get(row).and_then(|number| self.catalogue.get(number))
    }
}

/// Refuses scores that are not finite, and names that the table computes itself.
fn check_scores(record: &CaseRecord) -> Result<(), TableFault> {
    for (metric, value) in &record.scores {
        let (case, metric) = (&record.case, metric.clone());
        if !value.is_finite() {
            let (case, repeat) = (case.clone(), record.repeat);
            return Err(TableFault::NotFinite { case, repeat, metric, value: *value });
        }
        if Derived::of(&metric).is_some() {
            return Err(TableFault::Reserved { case: case.clone(), metric });
        }
    }
    Ok(())
}
