//! Two runs side by side.

use serde::Serialize;

use super::gate::{IntervalDto, MeanDto};
use crate::evals::compare::{Changes, Comparison, Example, MetricChange};

/// Either the parts that make two runs incomparable, or what changed; never both.
#[derive(Debug, Serialize)]
pub(super) struct ComparisonDto<'a> {
    comparable: bool,
    differing_parts: &'a [String],
    changes: Option<ChangesDto<'a>>,
}

#[derive(Debug, Serialize)]
struct ChangesDto<'a> {
    cases: u32,
    answers_changed: u32,
    newly_failing: &'a [String],
    newly_passing: &'a [String],
    newly_undecided: &'a [String],
    newly_flaky: &'a [String],
    newly_stable: &'a [String],
    added: &'a [String],
    removed: &'a [String],
    other_rows: &'a [String],
    examples: Vec<ExampleDto<'a>>,
    metrics: Vec<ChangeDto<'a>>,
}

#[derive(Debug, Serialize)]
struct ExampleDto<'a> {
    case: &'a str,
    metric: &'a str,
    drop: f64,
    before: &'a str,
    after: &'a str,
}

#[derive(Debug, Serialize)]
struct ChangeDto<'a> {
    metric: &'a str,
    n: u32,
    before: MeanDto<'a>,
    after: MeanDto<'a>,
    total_before: f64,
    total_after: f64,
    difference: f64,
    interval: Option<IntervalDto<'a>>,
    mcnemar_p: Option<f64>,
}

impl<'a> From<&'a Comparison> for ComparisonDto<'a> {
    fn from(comparison: &'a Comparison) -> Self {
        match comparison {
            Comparison::Incomparable { parts } => {
                Self { comparable: false, differing_parts: parts, changes: None }
            }
            Comparison::Changed(changes) => {
                let changes = Some(changes.as_ref().into());
                Self { comparable: true, differing_parts: &[], changes }
            }
        }
    }
}

impl<'a> From<&'a Changes> for ChangesDto<'a> {
    fn from(changes: &'a Changes) -> Self {
        Self {
            cases: changes.cases,
            answers_changed: changes.answers_changed,
            newly_failing: &changes.newly_failing,
            newly_passing: &changes.newly_passing,
            newly_undecided: &changes.newly_undecided,
            newly_flaky: &changes.newly_flaky,
            newly_stable: &changes.newly_stable,
            added: &changes.added,
            removed: &changes.removed,
            other_rows: &changes.other_rows,
            examples: changes.examples.iter().map(ExampleDto::from).collect(),
            metrics: changes.metrics.iter().map(ChangeDto::from).collect(),
        }
    }
}

impl<'a> From<&'a Example> for ExampleDto<'a> {
    fn from(example: &'a Example) -> Self {
        let Example { case, metric, drop, before, after } = example;
        Self { case, metric, drop: *drop, before, after }
    }
}

impl<'a> From<(&'a String, &'a MetricChange)> for ChangeDto<'a> {
    fn from((metric, change): (&'a String, &'a MetricChange)) -> Self {
        let (total_before, total_after) = change.totals;
        Self {
            metric,
            n: change.n,
            before: (&change.before).into(),
            after: (&change.after).into(),
            total_before,
            total_after,
            difference: change.difference,
            interval: change.interval.as_ref().map(IntervalDto::from),
            mcnemar_p: change.mcnemar_p,
        }
    }
}
