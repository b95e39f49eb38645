//! Numbers, intervals and names as every report for people writes them.
//!
//! What is returned here may hold names from a repository; the formats escape it.

use crate::evals::compare::MetricChange;
use crate::evals::gate::{BarSource, GateResult, IntervalRecord, Verdict};
use crate::evals::record::{EntryStamp, RunRecord, Status};
use crate::evals::report::{MetricSummary, Report};
use crate::money::MicroUsd;

/// How many characters of a reason are shown.
const MOST_CHARACTERS: usize = 300;

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    /// A share of cases, in per cent.
    Share,
    /// A difference of two shares, in percentage points.
    Points,
    /// Milliseconds.
    Milliseconds,
    /// US dollars.
    Dollars,
    /// Nothing.
    Bare,
}

impl Unit {
    fn of(metric: &str, interval: Option<&IntervalRecord>) -> Self {
        match (metric, interval.map(|interval| interval.method.as_str())) {
            ("latency_ms", _) => Self::Milliseconds,
            ("cost_usd", _) => Self::Dollars,
            (_, Some("wilson" | "clopper-pearson")) => Self::Share,
            (_, Some("newcombe-paired")) => Self::Points,
            _ => Self::Bare,
        }
    }

    const fn suffix(self) -> &'static str {
        match self {
            Self::Share => " %",
            Self::Points => " pp",
            Self::Milliseconds => " ms",
            Self::Dollars | Self::Bare => "",
        }
    }

    fn digits(self, value: f64) -> String {
        match self {
            Self::Share | Self::Points => signed(value, &format!("{:.1}", value.abs() * 100.0)),
            Self::Dollars => match MicroUsd::from_usd(value.abs()) {
                Some(amount) => signed(value, &amount.to_string()),
                None => number(value),
            },
            Self::Milliseconds | Self::Bare => number(value),
        }
    }

    fn show(self, value: f64) -> String {
        self.digits(value) + self.suffix()
    }

    fn show_change(self, value: f64) -> String {
        let shown = self.show(value);
        if value > 0.0 && !is_zero(&shown) { format!("+{shown}") } else { shown }
    }
}

/// Writes a number with four significant digits, and no zeros behind them.
pub(super) fn number(value: f64) -> String {
    let magnitude = if value == 0.0 { 0.0 } else { value.abs().log10().floor() };
    let decimals = (3.0 - magnitude).clamp(0.0, 9.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is 0 to 9")]
    let digits = format!("{:.*}", decimals as usize, value.abs());
    let digits = if digits.contains('.') {
        digits.trim_end_matches('0').trim_end_matches('.')
    } else {
        &digits
    };
    signed(value, digits)
}

/// Puts a minus in front of what is below zero and is not shown as zero.
fn signed(value: f64, digits: &str) -> String {
    let minus = if value < 0.0 && !is_zero(digits) { "−" } else { "" };
    format!("{minus}{digits}")
}

fn is_zero(digits: &str) -> bool {
    !digits.contains(|c: char| ('1'..='9').contains(&c))
}

/// Writes a value with its interval: `17/20 85.0 % (95 % Wilson 64.0–94.8 %)`.
pub(super) fn estimate(
    metric: &str,
    n: u32,
    value: f64,
    interval: Option<&IntervalRecord>,
) -> String {
    let unit = Unit::of(metric, interval);
    let shown = unit.show(value);
    let count = value * f64::from(n);
    // A share of other cases than `n`, or a mean over repeats, is no count.
    let is_count = unit == Unit::Share && n > 0 && (count - count.round()).abs() < 1e-6;
    let count = if is_count { format!("{:.0}/{n} ", count.round()) } else { String::new() };
    format!("{count}{shown}{}", range(unit, interval))
}

/// Writes a difference with its interval: `−5.0 pp (95 % Newcombe −12.1 to 2.3 pp)`.
pub(super) fn difference(metric: &str, value: f64, interval: Option<&IntervalRecord>) -> String {
    let unit = Unit::of(metric, interval);
    format!("{}{}", unit.show_change(value), range(unit, interval))
}

/// Writes the mean before or after a change, in the unit of the difference.
pub(super) fn means(metric: &str, change: &MetricChange) -> String {
    let unit = match Unit::of(metric, change.interval.as_ref()) {
        Unit::Points => Unit::Share,
        unit => unit,
    };
    format!("{} → {}", unit.show(change.before.value), unit.show(change.after.value))
}

fn range(unit: Unit, interval: Option<&IntervalRecord>) -> String {
    let Some(interval) = interval else { return String::new() };
    let suffix = unit.suffix();
    let ends = match (interval.low, interval.high) {
        (Some(low), Some(high)) => {
            let to = if low < 0.0 || high < 0.0 { " to " } else { "–" };
            format!("{}{to}{}{suffix}", unit.digits(low), unit.digits(high))
        }
        (Some(low), None) => format!("at least {}{suffix}", unit.digits(low)),
        (None, Some(high)) => format!("at most {}{suffix}", unit.digits(high)),
        (None, None) => return String::new(),
    };
    let confidence = number(interval.confidence * 100.0);
    format!(" ({confidence} % {} {ends})", method(&interval.method))
}

/// Names the author or the statistic of an interval.
fn method(method: &str) -> &str {
    match method {
        "wilson" => "Wilson",
        "clopper-pearson" => "Clopper–Pearson",
        "bca" => "BCa",
        "order-statistic" => "order statistics",
        "newcombe-paired" => "Newcombe",
        other => other,
    }
}

/// Writes what a gate measured.
pub(super) fn measured(gate: &GateResult) -> String {
    let Some(value) = gate.estimate else { return "none".to_owned() };
    let interval = gate.interval.as_ref();
    match gate.source {
        BarSource::Baseline => difference(&gate.metric, value, interval),
        BarSource::Policy | BarSource::Cases => estimate(&gate.metric, gate.n, value, interval),
    }
}

/// Writes the mean of a metric.
pub(super) fn mean(metric: &MetricSummary) -> String {
    estimate(&metric.name, metric.n, metric.mean.value, metric.mean.interval.as_ref())
}

/// Says what lacks a score, and why a judged metric only advises.
pub(super) fn metric_remark(metric: &MetricSummary) -> String {
    let unscored = match metric.unscored {
        0 => None,
        1 => Some("1 answer has no score".to_owned()),
        many => Some(format!("{many} answers have no score")),
    };
    let advisory = metric.advisory.as_ref().map(|why| format!("advisory: {why}"));
    unscored.into_iter().chain(advisory).collect::<Vec<_>>().join("; ")
}

/// Names a gate: its category, its metric, and how values became one where that is no mean.
pub(super) fn gate(gate: &GateResult) -> String {
    let mut name = gate.metric.clone();
    if gate.aggregate != "mean" {
        name = format!("{name} {}", gate.aggregate);
    }
    if let Some(category) = &gate.category {
        name = format!("{category}: {name}");
    }
    if !gate.scope.is_empty() {
        name = format!("{name} ({})", gate.scope);
    }
    name
}

/// Writes the bar of a gate, and the one of every single case.
pub(super) fn bar(gate: &GateResult) -> String {
    match &gate.tail {
        Some(tail) => format!("{}, each {tail}", gate.bar),
        None => gate.bar.clone(),
    }
}

/// Returns the word for a verdict; a gate that fails is written large, for not all see colours.
pub(super) const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "FAIL",
        Verdict::Inconclusive => "inconclusive",
        Verdict::NotMeasured => "not measured",
        Verdict::Advisory => "advisory",
    }
}

/// Says why a gate says what it says, with the cases that break it.
pub(super) fn gate_reason(gate: &GateResult) -> String {
    let cases = if gate.offenders.is_empty() {
        String::new()
    } else {
        format!("cases: {}", gate.offenders.join(", "))
    };
    let parts = [gate.reason.clone(), cases];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
}

/// Returns the metrics that a person wants to read beside the gates: those that no gate shows, and
/// no count or rate of bad things that did not happen.
pub(super) fn further_scores(report: &Report) -> Vec<&MetricSummary> {
    let gated = |name: &str| report.run.verdicts.iter().any(|gate| gate.metric == name);
    let never = |metric: &MetricSummary| {
        let bad = metric.name.starts_with("sev") || metric.name.contains("refusal");
        bad && metric.mean.value == 0.0
    };
    report.metrics.iter().filter(|metric| !gated(&metric.name) && !never(metric)).collect()
}

/// Names an entry without its kind, and its version.
pub(super) fn entry(stamp: &EntryStamp) -> String {
    format!("{}@{}", bare(&stamp.entry), stamp.version)
}

/// Leaves out the kind of an entry.
pub(super) fn bare(entry: &str) -> &str {
    entry.split_once('/').map_or(entry, |(_, id)| id)
}

/// Names a run by what it measured: suite and model.
pub(super) fn title(run: &RunRecord) -> String {
    format!("{} × {}", entry(&run.suite), run.model)
}

/// Says what a run was: prompts, cases, cost, and what is unusual about it.
pub(super) fn particulars(report: &Report) -> Vec<String> {
    let run = &report.run;
    let prompts: Vec<String> = run.prompts.iter().map(|stamp| entry(&stamp.prompt)).collect();
    let mut parts = Vec::new();
    if !prompts.is_empty() {
        let word = if prompts.len() == 1 { "prompt" } else { "prompts" };
        parts.push(format!("{word} {}", prompts.join(", ")));
    }
    parts.push(count(report.counts.cases, "case"));
    if run.settings.repeat > 1 {
        parts.push(format!("{} repeats", run.settings.repeat));
    }
    if let Some((which, of)) = run.settings.shard {
        parts.push(format!("part {which} of {of}"));
    }
    parts.push(format!("paid {}", MicroUsd(run.totals.paid_micro_usd)));
    if run.totals.cached > 0 {
        parts.push(format!("{} cached", run.totals.cached));
    }
    if run.settings.offline {
        parts.push("offline".to_owned());
    }
    if !run.settings.filters.is_empty() {
        parts.push(format!("only {}", run.settings.filters.join(" and ")));
    }
    parts.extend(unfinished(run.status).map(|word| format!("status: {word}")));
    parts
}

/// Returns the status of a run that did not finish.
fn unfinished(status: Status) -> Option<&'static str> {
    match status {
        Status::Finished => None,
        Status::Running => Some("running"),
        Status::Interrupted => Some("interrupted"),
        Status::Capped => Some("capped"),
    }
}

/// Writes what repeats say about each other.
pub(super) fn stability(report: &Report) -> Option<String> {
    let stability = report.stability.as_ref()?;
    let mut parts = vec![
        format!("{} always pass", stability.stable_pass),
        format!("{} never pass", stability.stable_fail),
    ];
    let flaky = stability.flaky.iter();
    let flaky: Vec<String> =
        flaky.map(|f| format!("{} {}/{}", f.case, f.passed, f.decided)).collect();
    parts.push(match flaky.as_slice() {
        [] => "0 flaky".to_owned(),
        some => format!("{} flaky ({})", some.len(), some_of(some)),
    });
    if stability.undecided > 0 {
        parts.push(format!("{} undecided", stability.undecided));
    }
    if stability.once > 0 {
        parts.push(format!("{} ran once", stability.once));
    }
    Some(parts.join(", "))
}

/// How many names a list shows.
const MOST_NAMES: usize = 20;

/// Joins names, the first twenty only.
pub(super) fn some_of(names: &[String]) -> String {
    let first = names.get(..MOST_NAMES).unwrap_or(names).join(", ");
    match names.len().saturating_sub(MOST_NAMES) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

/// Writes `1 case` or `3 cases`.
pub(super) fn count(count: u32, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

/// Cuts a long text between characters.
pub(super) fn cut(text: &str) -> String {
    match text.char_indices().nth(MOST_CHARACTERS) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default().trim_end()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
