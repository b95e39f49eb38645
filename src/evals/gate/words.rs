//! Numbers and sentences as gates write them.

use super::IntervalRecord;
use crate::cases::{Bar, Comparison};
use crate::registry::policy::gates::Aggregate;
use crate::registry::suite::Tier;

/// Writes a share with one decimal: `7.2 %`.
pub(in crate::evals) fn percent(share: f64) -> String {
    let digits = format!("{:.1}", share * 100.0);
    format!("{} %", digits.strip_suffix(".0").unwrap_or(&digits))
}

/// Writes a number with four significant digits, and no zeros behind them.
pub(in crate::evals) fn number(value: f64) -> String {
    let magnitude = if value == 0.0 { 0.0 } else { value.abs().log10().floor() };
    let decimals = (3.0 - magnitude).clamp(0.0, 9.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is 0 to 9")]
    let digits = format!("{value:.*}", decimals as usize);
    if digits.contains('.') {
        digits.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        digits
    }
}

/// Writes `1 case` or `3 cases`.
pub(super) fn count(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

/// Names the end of an interval that the bar is compared with.
pub(super) fn reach(interval: &IntervalRecord, bar: Bar) -> Option<String> {
    let end = match bar.comparison {
        Comparison::AtLeast | Comparison::Above => interval.low,
        Comparison::AtMost | Comparison::Below => interval.high,
        Comparison::Equal => None,
    };
    end.map(number)
}

/// Joins sentences that are there.
pub(super) fn join(parts: Vec<String>) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
}

/// Returns an aggregate as policies write it.
pub(super) const fn aggregate_word(aggregate: Aggregate) -> &'static str {
    match aggregate {
        Aggregate::Mean => "mean",
        Aggregate::Sum => "sum",
        Aggregate::Min => "min",
        Aggregate::Max => "max",
        Aggregate::P50 => "p50",
        Aggregate::P90 => "p90",
        Aggregate::P95 => "p95",
        Aggregate::P99 => "p99",
    }
}

/// Returns a tier as suites write it.
pub(super) const fn tier_word(tier: Tier) -> &'static str {
    match tier {
        Tier::Pr => "pr",
        Tier::Merge => "merge",
        Tier::Release => "release",
        Tier::Nightly => "nightly",
    }
}
