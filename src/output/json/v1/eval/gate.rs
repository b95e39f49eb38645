//! Metrics, gates and their intervals.

use serde::Serialize;

use crate::evals::compare::MeanRecord;
use crate::evals::gate::{BarSource, Decision, GateResult, IntervalRecord, Verdict};
use crate::evals::report::MetricSummary;

#[derive(Debug, Serialize)]
pub(super) struct IntervalDto<'a> {
    low: Option<f64>,
    high: Option<f64>,
    confidence: f64,
    method: &'a str,
}

#[derive(Debug, Serialize)]
pub(super) struct MeanDto<'a> {
    value: f64,
    interval: Option<IntervalDto<'a>>,
}

#[derive(Debug, Serialize)]
pub(super) struct MetricDto<'a> {
    name: &'a str,
    n: u32,
    unscored: u64,
    mean: MeanDto<'a>,
    lower_is_better: bool,
    advisory: Option<&'a str>,
}

#[derive(Debug, Serialize)]
pub(super) struct GateDto<'a> {
    source: &'static str,
    category: Option<&'a str>,
    metric: &'a str,
    aggregate: &'a str,
    bar: &'a str,
    tail: Option<&'a str>,
    scope: Option<&'a str>,
    n: u32,
    estimate: Option<f64>,
    interval: Option<IntervalDto<'a>>,
    verdict: &'static str,
    reason: &'a str,
    offenders: &'a [String],
}

#[derive(Debug, Serialize)]
pub(super) struct DecisionDto {
    passed: u32,
    failed: u32,
    inconclusive: u32,
    not_measured: u32,
    advisory: u32,
}

impl<'a> From<&'a IntervalRecord> for IntervalDto<'a> {
    fn from(interval: &'a IntervalRecord) -> Self {
        let IntervalRecord { low, high, confidence, method } = interval;
        Self { low: *low, high: *high, confidence: *confidence, method }
    }
}

impl<'a> From<&'a MeanRecord> for MeanDto<'a> {
    fn from(mean: &'a MeanRecord) -> Self {
        Self { value: mean.value, interval: mean.interval.as_ref().map(IntervalDto::from) }
    }
}

impl<'a> From<&'a MetricSummary> for MetricDto<'a> {
    fn from(metric: &'a MetricSummary) -> Self {
        Self {
            name: &metric.name,
            n: metric.n,
            unscored: metric.unscored,
            mean: (&metric.mean).into(),
            lower_is_better: metric.lower_is_better,
            advisory: metric.advisory.as_deref(),
        }
    }
}

impl<'a> From<&'a GateResult> for GateDto<'a> {
    fn from(gate: &'a GateResult) -> Self {
        Self {
            source: match gate.source {
                BarSource::Policy => "policy",
                BarSource::Cases => "cases",
                BarSource::Baseline => "baseline",
            },
            category: gate.category.as_deref(),
            metric: &gate.metric,
            aggregate: &gate.aggregate,
            bar: &gate.bar,
            tail: gate.tail.as_deref(),
            scope: Some(gate.scope.as_str()).filter(|scope| !scope.is_empty()),
            n: gate.n,
            estimate: gate.estimate,
            interval: gate.interval.as_ref().map(IntervalDto::from),
            verdict: match gate.verdict {
                Verdict::Pass => "pass",
                Verdict::Fail => "fail",
                Verdict::Inconclusive => "inconclusive",
                Verdict::NotMeasured => "not_measured",
                Verdict::Advisory => "advisory",
            },
            reason: &gate.reason,
            offenders: &gate.offenders,
        }
    }
}

impl From<Decision> for DecisionDto {
    fn from(decision: Decision) -> Self {
        let Decision { passed, failed, inconclusive, not_measured, advisory } = decision;
        Self { passed, failed, inconclusive, not_measured, advisory }
    }
}
