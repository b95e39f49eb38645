//! What a run says to people and machines, as data. Formats read it and add nothing.

use serde::Serialize;

use super::compare::{Comparison, MeanRecord};
use super::difference::direction;
use super::gate::{Decision, GateResult, Verdict, mean};
use super::power::Power;
use super::record::{CaseRecord, Outcome, RunRecord};
use super::stability::Stability;
use super::table::{Scope, Table};
use crate::finding::Place;
use crate::registry::policy::gates::Gates;
use crate::stats::{Direction, Level, StatsFault};

/// One metric over a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MetricSummary {
    /// The metric.
    pub name: String,
    /// How many cases have a value.
    pub n: u32,
    /// How many answers should have one and do not.
    pub unscored: u64,
    /// The mean with its interval.
    pub mean: MeanRecord,
    /// Whether a smaller value is better.
    pub lower_is_better: bool,
    /// Why it only advises, for judged metrics.
    pub advisory: Option<String>,
}

/// How many cases ended how; a case with several repeats counts once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// All cases.
    pub cases: u32,
    /// Those that passed in every repeat.
    pub passed: u32,
    /// Those that failed in some repeat.
    pub failed: u32,
    /// Those without the score that their bar is about.
    pub unscored: u32,
    /// Those without an answer.
    pub errors: u32,
}

/// A run with everything that was made of it.
#[derive(Debug, Clone)]
pub struct Report {
    /// The header, with the verdicts.
    pub run: RunRecord,
    /// The cases, sorted.
    pub cases: Vec<CaseRecord>,
    /// Where each case stands, by its place in the suite; empty for a run of another tree.
    pub places: Vec<Option<Place>>,
    /// How many cases ended how.
    pub counts: Counts,
    /// The metrics.
    pub metrics: Vec<MetricSummary>,
    /// What repeats say, where there are any.
    pub stability: Option<Stability>,
    /// What a suite of this size can show.
    pub power: Option<Power>,
    /// The run beside its baseline or another run.
    pub comparison: Option<Comparison>,
    /// What it is compared with, in words.
    pub compared_with: Option<String>,
    /// What the gates of the change itself would say; only where they are others than the base's.
    pub after_merge: Vec<GateResult>,
    /// What people should know besides.
    pub notes: Vec<String>,
}

impl Report {
    /// Counts the verdicts.
    #[must_use]
    pub fn decision(&self) -> Decision {
        Decision::of(&self.run.verdicts)
    }

    /// Returns the place of a case.
    #[must_use]
    pub fn place(&self, case: &CaseRecord) -> Option<&Place> {
        self.places.get(case.index as usize)?.as_ref()
    }

    /// Iterates over the cases that did not pass.
    pub fn notable(&self) -> impl Iterator<Item = &CaseRecord> {
        self.cases.iter().filter(|case| case.outcome != Outcome::Pass)
    }

    /// Iterates over the gates that close the way.
    pub fn broken(&self) -> impl Iterator<Item = &GateResult> {
        let breaks = |verdict| matches!(verdict, Verdict::Fail | Verdict::Inconclusive);
        self.run.verdicts.iter().filter(move |result| breaks(result.verdict))
    }
}

/// Says in one sentence why a case did not pass.
#[must_use]
pub fn why(case: &CaseRecord) -> String {
    if let Some(fault) = &case.fault {
        return fault.message.clone();
    }
    let hits: Vec<String> = case
        .guardrails
        .iter()
        .filter(|(_, guardrail)| guardrail.hit)
        .map(|(name, guardrail)| match guardrail.reason.as_str() {
            "" => format!("{name} was hit"),
            reason => format!("{name}: {reason}"),
        })
        .collect();
    if !hits.is_empty() {
        return hits.join("; ");
    }
    if let Some(reason) = case.unscored.values().next() {
        return reason.clone();
    }
    if case.expected == super::record::ExpectedRecord::Block && !case.refused {
        return "a refusal was expected".to_owned();
    }
    let bar = case.bar.clone().unwrap_or_else(|| "must pass".to_owned());
    match case.scores.get(&case.metric) {
        Some(score) => format!("{} is {score}, the bar is {bar}", case.metric),
        None => format!("{} has no score, the bar is {bar}", case.metric),
    }
}

/// Counts how cases ended.
#[must_use]
pub fn counts(table: &Table) -> Counts {
    let mut counts = Counts::default();
    for (_, tally) in table.tallies(&Scope::all()) {
        counts.cases += 1;
        *match tally.outcome() {
            Outcome::Pass => &mut counts.passed,
            Outcome::Fail => &mut counts.failed,
            Outcome::Unscored => &mut counts.unscored,
            Outcome::Error => &mut counts.errors,
        } += 1;
    }
    counts
}

/// Summarises every metric of a run.
///
/// # Errors
/// When a mean cannot be computed.
pub fn metrics(
    run: &RunRecord,
    table: &Table,
    policy: Option<&Gates>,
    confidence: Level,
) -> Result<Vec<MetricSummary>, StatsFault> {
    let mut summaries = Vec::new();
    for name in table.metrics() {
        let values: Vec<f64> =
            table.values(name, &Scope::all()).into_iter().map(|(_, value)| value).collect();
        if values.is_empty() {
            continue;
        }
        let estimate = mean(name, &values, confidence)?;
        summaries.push(MetricSummary {
            name: name.to_owned(),
            n: u32::try_from(values.len()).unwrap_or(u32::MAX),
            unscored: table.coverage(name, &Scope::all()).unscored,
            mean: MeanRecord { value: estimate.value, interval: estimate.interval },
            lower_is_better: direction(name, policy) == Direction::LowerIsBetter,
            advisory: run.judges.get(name).and_then(|judge| judge.advisory.clone()),
        });
    }
    Ok(summaries)
}
