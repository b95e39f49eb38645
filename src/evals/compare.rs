//! Two runs, or a run and a baseline, side by side: data for reports.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::baseline::{Baseline, BaselineCase, instruments};
use super::difference::{Difference, Method, direction};
use super::gate::{Estimate, IntervalRecord, mean};
use super::pairs::Pairs;
use super::record::{CaseRecord, Fingerprint, Outcome};
use super::table::{Kept, Scope, Table, Tally};
use crate::registry::policy::gates::Gates;
use crate::stats::{Direction, Level, StatsFault};

/// How many answers are shown.
const EXAMPLES: usize = 3;

/// How many characters of an answer are shown.
const EXAMPLE_CHARACTERS: usize = 200;

/// What two runs are compared by.
#[derive(Debug, Clone, Copy)]
pub struct Sides<'a> {
    /// The run before, or the baseline.
    pub before: &'a Baseline,
    /// The run after; its table kept all names.
    pub after: &'a Table,
    /// The instruments of the run after.
    pub fingerprint: &'a Fingerprint,
    /// The policy whose bars say which way a metric is good.
    pub policy: Option<&'a Gates>,
}

/// What a comparison says.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// Nothing: the parts that differ make every difference meaningless.
    Incomparable {
        /// The parts.
        parts: Vec<String>,
    },
    /// What changed.
    Changed(Box<Changes>),
}

/// What changed between two runs.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Changes {
    /// Cases with the same row in both.
    pub cases: u32,
    /// Of these, cases whose first answer is another text.
    pub answers_changed: u32,
    /// Cases that passed and now fail.
    pub newly_failing: Vec<String>,
    /// Cases that failed and now pass.
    pub newly_passing: Vec<String>,
    /// Cases that were decided and now have no score or no answer.
    pub newly_undecided: Vec<String>,
    /// Cases whose repeats agreed and now do not.
    pub newly_flaky: Vec<String>,
    /// Cases whose repeats did not agree and now do.
    pub newly_stable: Vec<String>,
    /// Cases that only the run after has.
    pub added: Vec<String>,
    /// Cases that only the run before has.
    pub removed: Vec<String>,
    /// Cases that both have with different rows; they are in no number.
    pub other_rows: Vec<String>,
    /// Answers to show, those whose score dropped most first.
    pub examples: Vec<Example>,
    /// Metrics with a value in both.
    pub metrics: BTreeMap<String, MetricChange>,
}

/// One answer before and after.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Example {
    /// The case.
    pub case: String,
    /// The metric of its bar.
    pub metric: String,
    /// By how much it is worse; negative where it is better.
    pub drop: f64,
    /// The answer before, cut short; empty until [`Changes::illustrate`].
    pub before: String,
    /// The answer after, cut short; empty until [`Changes::illustrate`].
    pub after: String,
}

/// A mean with its interval.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MeanRecord {
    /// The mean.
    pub value: f64,
    /// Its interval.
    pub interval: Option<IntervalRecord>,
}

/// One metric over the cases that both runs have a value for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MetricChange {
    /// The number of cases.
    pub n: u32,
    /// The mean before.
    pub before: MeanRecord,
    /// The mean after.
    pub after: MeanRecord,
    /// The sums before and after, which are totals for costs and times.
    pub totals: (f64, f64),
    /// After less before.
    pub difference: f64,
    /// Its interval, with its method.
    pub interval: Option<IntervalRecord>,
    /// The p-value of `McNemar`'s test, for rates.
    pub mcnemar_p: Option<f64>,
}

impl Comparison {
    /// Compares two runs.
    ///
    /// Instruments must be the same. Cases are paired by id where their rows are the same; a case
    /// that only one run has, or with another row, is listed and counts in no difference.
    pub fn of(sides: &Sides<'_>, method: &Method) -> Result<Self, StatsFault> {
        let parts = instruments(&sides.before.fingerprint, sides.fingerprint);
        if !parts.is_empty() {
            return Ok(Self::Incomparable { parts });
        }
        let pairs = Pairs::of(sides.before, sides.after);
        if pairs.cases() == 0 {
            return Ok(Self::Incomparable { parts: vec!["no case has the same row".to_owned()] });
        }
        let mut changes = Changes {
            cases: pairs.cases(),
            answers_changed: pairs.changed_answers(),
            ..Changes::default()
        };
        changes.follow_cases(sides);
        for (metric, series) in pairs.metrics() {
            let difference = Difference::of(metric, series, method)?;
            let side = |values: &[f64]| mean_record(metric, values, method.confidence);
            let change = MetricChange {
                n: difference.n,
                before: side(&series.before)?,
                after: side(&series.after)?,
                totals: (series.before.iter().sum(), series.after.iter().sum()),
                difference: difference.estimate,
                interval: difference.interval,
                mcnemar_p: difference.mcnemar_p,
            };
            changes.metrics.insert(metric.to_owned(), change);
        }
        Ok(Self::Changed(Box::new(changes)))
    }

    /// Puts the first answers of two runs beside the cases that are shown.
    pub fn show_answers(&mut self, before: &[CaseRecord], after: &[CaseRecord]) {
        let Self::Changed(changes) = self else { return };
        let (before, after) = (texts(before), texts(after));
        changes.illustrate(|case| {
            Some(((*before.get(case)?).to_owned(), (*after.get(case)?).to_owned()))
        });
    }
}

/// Returns the first answer of each case.
fn texts(cases: &[CaseRecord]) -> BTreeMap<&str, &str> {
    let first = cases.iter().filter(|case| case.repeat == 0);
    first
        .filter_map(|case| Some((case.case.as_str(), case.answer.as_ref()?.text.as_str())))
        .collect()
}

impl Changes {
    /// Puts texts beside the cases that are shown; a case without both texts is not shown.
    pub fn illustrate(&mut self, texts: impl Fn(&str) -> Option<(String, String)>) {
        for example in &mut self.examples {
            if let Some((before, after)) = texts(&example.case) {
                example.before = cut(&before);
                example.after = cut(&after);
            }
        }
        self.examples.retain(|example| !(example.before.is_empty() && example.after.is_empty()));
    }

    fn follow_cases(&mut self, sides: &Sides<'_>) {
        let tallies: BTreeMap<u32, Tally> =
            sides.after.tallies(&Scope::all()).into_iter().collect();
        let mut seen = BTreeSet::new();
        for kept in sides.after.kept() {
            let id = kept.id.to_owned();
            let tally = tallies.get(&kept.index).copied().unwrap_or_default();
            match sides.before.cases.get(kept.id) {
                None => self.added.push(id.clone()),
                Some(case) if case.row != kept.row => self.other_rows.push(id.clone()),
                Some(case) => self.follow(sides, &kept, case, tally),
            }
            seen.insert(id);
        }
        let gone = sides.before.cases.keys().filter(|id| !seen.contains(*id));
        self.removed = gone.cloned().collect();
        for list in [
            &mut self.newly_failing,
            &mut self.newly_passing,
            &mut self.newly_undecided,
            &mut self.newly_flaky,
            &mut self.newly_stable,
            &mut self.added,
            &mut self.other_rows,
        ] {
            list.sort();
        }
        self.examples.sort_by(|a, b| b.drop.total_cmp(&a.drop).then_with(|| a.case.cmp(&b.case)));
        self.examples.truncate(EXAMPLES);
    }

    fn follow(&mut self, sides: &Sides<'_>, kept: &Kept<'_>, case: &BaselineCase, tally: Tally) {
        let id = kept.id.to_owned();
        let was_decided = matches!(case.outcome, Outcome::Pass | Outcome::Fail);
        match (case.outcome, tally.outcome()) {
            (Outcome::Pass, Outcome::Fail) => self.newly_failing.push(id.clone()),
            (Outcome::Fail, Outcome::Pass) => self.newly_passing.push(id.clone()),
            (_, Outcome::Unscored | Outcome::Error) if was_decided => {
                self.newly_undecided.push(id.clone());
            }
            _ => {}
        }
        let was_flaky = case.scores.get("pass").is_some_and(|pass| *pass > 0.0 && *pass < 1.0);
        let is_flaky = tally.passed > 0 && tally.failed > 0;
        match (was_flaky, is_flaky) {
            (false, true) => self.newly_flaky.push(id.clone()),
            (true, false) => self.newly_stable.push(id.clone()),
            _ => {}
        }
        if case.answer_sha256.is_none() || case.answer_sha256 == kept.answer {
            return;
        }
        let metric = sides.after.bar_metric(kept.index).unwrap_or("pass");
        let value =
            |metric: &str| Some(case.scores.get(metric)? - sides.after.value(metric, kept.index)?);
        let drop = value(metric).map_or(0.0, |drop| match direction(metric, sides.policy) {
            Direction::HigherIsBetter => drop,
            Direction::LowerIsBetter => -drop,
        });
        let metric = metric.to_owned();
        let (before, after) = (String::new(), String::new());
        self.examples.push(Example { case: id, metric, drop, before, after });
    }
}

fn mean_record(metric: &str, values: &[f64], level: Level) -> Result<MeanRecord, StatsFault> {
    let Estimate { value, interval } = mean(metric, values, level)?;
    Ok(MeanRecord { value, interval })
}

/// Cuts a text between characters.
fn cut(text: &str) -> String {
    let text = text.trim();
    match text.char_indices().nth(EXAMPLE_CHARACTERS) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default().trim_end()),
        None => text.to_owned(),
    }
}
