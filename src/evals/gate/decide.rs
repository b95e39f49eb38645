//! What numbers decide: coverage, estimate or bound against a bar, and what so few cases prove.

use super::words::{aggregate_word, count, join, percent, reach};
use super::{GateResult, IntervalRecord, Verdict, measure};
use crate::cases::{Bar, Comparison};
use crate::evals::table::{Coverage, Table};
use crate::registry::policy::gates::{Aggregate, Decide, Gate};
use crate::stats::{
    Ends, Level, Proportion, cases_to_bound_quantile, clean_cases_needed, clopper_pearson,
};

/// The most cases that a result names.
pub(super) const MOST_OFFENDERS: usize = 10;

/// Says that too few answers came back, or too few of them have a score.
pub(super) fn lack_of_coverage(coverage: Coverage, least: f64, table: &Table) -> Option<String> {
    let word = if table.has_repeats() { "answers" } else { "cases" };
    let lacks = |part: u64, whole: u64, what: &str| {
        let share = ratio(part, whole);
        (whole > 0 && share < least).then(|| {
            let (share, least) = (percent(share), percent(least));
            format!("only {part} of {whole} {word} have {what} ({share}), {least} are needed")
        })
    };
    lacks(coverage.answered, coverage.run, "an answer")
        .or_else(|| lacks(coverage.scored, coverage.scored + coverage.unscored, "a score"))
}

/// Says whether too few answers came back, whoever scores them.
pub(super) fn lacks_answers(coverage: Coverage, least: f64) -> bool {
    ratio(coverage.answered, coverage.run) < least
}

pub(super) fn ratio(part: u64, whole: u64) -> f64 {
    let wide = |count: u64| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    if whole == 0 { 1.0 } else { wide(part) / wide(whole) }
}

/// Compares an estimate, or the bound of its interval, with a bar.
pub(super) fn by_bar(
    how: Decide,
    aggregate: Aggregate,
    value: f64,
    interval: Option<&IntervalRecord>,
    bar: Bar,
) -> (Verdict, String) {
    let holds = bar.holds(value);
    let by_value = if holds { Verdict::Pass } else { Verdict::Fail };
    // Facts of the run have no interval, and no interval is as narrow as one number.
    if matches!(aggregate, Aggregate::Sum | Aggregate::Min | Aggregate::Max)
        || bar.comparison == Comparison::Equal
    {
        return (by_value, String::new());
    }
    let Some(interval) = interval else {
        let reason = "there are too few cases, or too equal ones, for an interval".to_owned();
        return match how {
            Decide::Estimate => (by_value, reason),
            Decide::Bound => (Verdict::Inconclusive, reason),
        };
    };
    let (clears, misses) = sides(interval, bar);
    let end = reach(interval, bar).map(|end| format!(": the interval reaches {end}"));
    let end = end.unwrap_or_else(|| ": the interval has no end there".to_owned());
    match how {
        Decide::Bound if clears => (Verdict::Pass, String::new()),
        Decide::Bound if misses => (Verdict::Fail, String::new()),
        Decide::Bound => (Verdict::Inconclusive, format!("too small to decide{end}")),
        Decide::Estimate if holds && !clears => (by_value, format!("too small to prove it{end}")),
        Decide::Estimate if !holds && !misses => {
            (by_value, "too small to prove that the bar is missed".to_owned())
        }
        Decide::Estimate => (by_value, String::new()),
    }
}

/// Says whether an interval lies wholly within a bar, and whether wholly beyond.
fn sides(interval: &IntervalRecord, bar: Bar) -> (bool, bool) {
    let holds = |end: Option<f64>| end.is_some_and(|end| bar.holds(end));
    let breaks = |end: Option<f64>| end.is_some_and(|end| !bar.holds(end));
    if measure::is_upper(bar) {
        (holds(interval.high), breaks(interval.low))
    } else {
        (holds(interval.low), breaks(interval.high))
    }
}

/// Says what the number of cases proves: clean ones of a limit, or few ones of a quantile.
pub(super) fn facts(gate: &Gate, bar: Bar, values: &[f64], confidence: Level) -> String {
    let n = values.len() as u64;
    if let Some(level) = measure::quantile(gate.aggregate).and_then(|l| Level::new(l).ok()) {
        let needed = cases_to_bound_quantile(level, confidence);
        let name = aggregate_word(gate.aggregate);
        let mut parts = Vec::new();
        // The nearest rank is the largest value as long as `n < 1 / (1 − level)`.
        if ratio(n, 1) * level.complement() < 1.0 - 1e-9 {
            parts.push(format!(
                "the {name} of {} is the largest value",
                count(values.len(), "case")
            ));
        }
        if measure::is_upper(bar) && n < needed {
            parts.push(format!("n = {n} cannot bound a {name} from above, n = {needed} can"));
        }
        return join(parts);
    }
    let is_limit = measure::is_upper(bar) || bar.comparison == Comparison::Equal;
    let is_total = matches!(gate.aggregate, Aggregate::Mean | Aggregate::Sum);
    if !(measure::is_clean(&gate.metric, values) && is_limit && is_total) {
        return String::new();
    }
    let Ok(clean) = Proportion::new(0, n) else { return String::new() };
    let Some(high) = clopper_pearson(clean, confidence, Ends::High).high else {
        return String::new();
    };
    let mut parts = vec![format!("0 of {n} proves at most {}", percent(high))];
    let limit = Level::new(bar.value).ok().filter(|_| gate.aggregate == Aggregate::Mean);
    let needed = limit.map(|limit| clean_cases_needed(limit, confidence));
    if let Some(needed) = needed.filter(|needed| n < *needed) {
        parts.push(format!("{} needs {needed} clean cases", percent(bar.value)));
    }
    join(parts)
}

/// Says whether a broken bar stays broken whatever the missing scores are.
pub(super) fn is_final(
    aggregate: Aggregate,
    bar: Bar,
    result: &GateResult,
    values: &[f64],
) -> bool {
    let is_lower = matches!(bar.comparison, Comparison::AtLeast | Comparison::Above);
    let grows = values.iter().all(|value| *value >= 0.0)
        && result.estimate.is_some_and(|sum| sum > bar.value);
    result.verdict == Verdict::Fail
        && match aggregate {
            Aggregate::Max => measure::is_upper(bar),
            Aggregate::Min => is_lower,
            Aggregate::Sum => !is_lower && grows,
            _ => false,
        }
}

/// Lists the cases whose own value does not clear a bar, worst first.
pub(super) fn offenders(cases: &[(u32, f64)], bar: Bar, table: &Table) -> Vec<String> {
    let badness = |value: f64| match bar.comparison {
        Comparison::AtLeast | Comparison::Above => -value,
        Comparison::AtMost | Comparison::Below => value,
        Comparison::Equal => (value - bar.value).abs(),
    };
    let mut broken: Vec<(u32, f64)> =
        cases.iter().filter(|(_, value)| !bar.holds(*value)).copied().collect();
    broken.sort_by(|(a, x), (b, y)| badness(*y).total_cmp(&badness(*x)).then(a.cmp(b)));
    broken.into_iter().map(|(index, _)| table.shown(index)).collect()
}
