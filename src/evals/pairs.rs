//! A run beside its baseline: the same cases, value by value.

use std::collections::BTreeMap;

use super::baseline::Baseline;
use super::difference::Series;
use super::record::Fingerprint;
use super::table::Table;

/// What a run and a baseline are to each other.
#[derive(Debug, Clone, PartialEq)]
pub enum Compared {
    /// Every case of the run has its counterpart.
    Paired(Pairs),
    /// What differs, so that no difference would mean anything.
    Incomparable(Vec<String>),
}

impl Compared {
    /// Pairs a run, whose table kept all names, with a baseline.
    #[must_use]
    pub fn of(baseline: &Baseline, fingerprint: &Fingerprint, table: &Table) -> Self {
        let differences = baseline.differences(fingerprint, table);
        if differences.is_empty() {
            Self::Paired(Pairs::of(baseline, table))
        } else {
            Self::Incomparable(differences)
        }
    }
}

/// Values by metric, over the cases whose rows are the same in both.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Pairs {
    series: BTreeMap<String, Series>,
    cases: u32,
    changed_answers: u32,
    has_repeats: bool,
}

impl Pairs {
    /// Pairs the cases that both have with the same row, in the order of the suite.
    #[must_use]
    pub fn of(baseline: &Baseline, table: &Table) -> Self {
        let mut pairs = Self { has_repeats: table.has_repeats(), ..Self::default() };
        for kept in table.kept() {
            let case = baseline.cases.get(kept.id).filter(|case| case.row == kept.row);
            let Some(case) = case else { continue };
            pairs.cases += 1;
            pairs.changed_answers += u32::from(case.answer_sha256 != kept.answer);
            for (metric, before) in &case.scores {
                let Some(after) = table.value(metric, kept.index) else { continue };
                let series = pairs.series.entry(metric.clone()).or_default();
                series.before.push(*before);
                series.after.push(after);
            }
        }
        pairs
    }

    /// Returns the number of cases.
    #[must_use]
    pub fn cases(&self) -> u32 {
        self.cases
    }

    /// Returns the number of cases whose first answer differs.
    #[must_use]
    pub fn changed_answers(&self) -> u32 {
        self.changed_answers
    }

    /// Says whether every case was run once and answered as before, word for word.
    #[must_use]
    pub fn is_unchanged(&self) -> bool {
        self.cases > 0 && self.changed_answers == 0 && !self.has_repeats
    }

    /// Returns the values of a metric; `None` where no case has one in both.
    #[must_use]
    pub fn series(&self, metric: &str) -> Option<&Series> {
        self.series.get(metric)
    }

    /// Iterates over the metrics with a value in both, sorted.
    pub fn metrics(&self) -> impl Iterator<Item = (&str, &Series)> {
        self.series.iter().map(|(metric, series)| (metric.as_str(), series))
    }
}
