//! Numbers, bars and lists in words.

use super::facts::Facts;
use super::md::{Md, code, fill, join, missing, number, or_dash, own, text};
use crate::ident::Kind;
use crate::registry::entry::Entry;
use crate::registry::model::RiskTier;
use crate::registry::policy::gates::{Aggregate, Gate, Only};
use crate::registry::suite::Tier;

/// Writes a share in percent, with no more decimals than it has.
pub(super) fn percent(share: f64) -> Md {
    // A share such as 0.07 has no exact double; a billionth of a percent is never meant.
    let digits = format!("{:.7}", share * 100.0);
    fill("{} %", &[number(digits.trim_end_matches('0').trim_end_matches('.'))])
}

/// Writes a difference of shares in percentage points.
pub(super) fn points(share: f64) -> Md {
    let digits = format!("{:.7}", share * 100.0);
    let digits = digits.trim_end_matches('0').trim_end_matches('.');
    fill("{} percentage {}", &[number(digits), own(if digits == "1" { "point" } else { "points" })])
}

/// Writes a difference in percent, with its sign.
pub(super) fn signed_percent(share: f64) -> Md {
    fill("{}{}", &[own(if share > 0.0 { "+" } else { "" }), percent(share)])
}

/// Writes a number with four significant digits.
pub(super) fn rounded(value: f64) -> Md {
    let magnitude = if value == 0.0 { 0.0 } else { value.abs().log10().floor() };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is 0 to 9")]
    let decimals = (3.0 - magnitude).clamp(0.0, 9.0) as usize;
    let digits = format!("{value:.decimals$}");
    if digits.contains('.') {
        number(digits.trim_end_matches('0').trim_end_matches('.'))
    } else {
        number(digits)
    }
}

/// Writes `1 case` or `3 cases`.
pub(super) fn count(count: usize, one: &'static str, many: &'static str) -> Md {
    fill("{} {}", &[number(count), own(if count == 1 { one } else { many })])
}

/// Writes a time in hours.
pub(super) fn hours(hours: f64) -> Md {
    fill("{} {}", &[number(hours), own(if one(hours) { "hour" } else { "hours" })])
}

/// Writes a time in days.
pub(super) fn days(days: f64) -> Md {
    fill("{} {}", &[number(days), own(if one(days) { "day" } else { "days" })])
}

fn one(value: f64) -> bool {
    (value - 1.0).abs() < f64::EPSILON
}

/// Writes a comparison as people read it: `≥ 0.80`.
pub(super) fn bar(written: &str) -> Md {
    let signs = [(">=", "≥"), ("<=", "≤"), ("==", "="), (">", "more than"), ("<", "less than")];
    let written = written.trim();
    let read = signs.iter().find_map(|(sign, shown)| Some((written.strip_prefix(sign)?, *shown)));
    match read {
        Some((value, shown)) => fill("{} {}", &[own(shown), number(value.trim())]),
        None => text(written),
    }
}

/// Returns the unit of a metric; nothing for what has none.
pub(super) fn unit(metric: &str) -> &'static str {
    match metric {
        "latency_ms" => " ms",
        "cost_usd" => " USD",
        _ => "",
    }
}

/// Writes what a gate asks for: `mean ≥ 0.80, every case ≥ 3`.
pub(super) fn gate(gate: &Gate) -> Md {
    let aggregate = match gate.aggregate {
        Aggregate::Mean => "mean",
        Aggregate::Sum => "total",
        Aggregate::Min => "least",
        Aggregate::Max => "greatest",
        Aggregate::P50 => "median",
        Aggregate::P90 => "90th percentile",
        Aggregate::P95 => "95th percentile",
        Aggregate::P99 => "99th percentile",
    };
    let unit = own(unit(&gate.metric));
    let asked = fill("{} **{}**{}", &[own(aggregate), bar(&gate.bar), unit]);
    let tail = gate.tail.as_ref().map(|tail| fill("every case **{}**", &[bar(tail)]));
    join([Some(asked), tail].into_iter().flatten(), ", ")
}

/// Writes for which cases and when a gate holds.
pub(super) fn gate_scope(gate: &Gate) -> Md {
    let mut parts = Vec::new();
    parts.extend(gate.only.map(|only| {
        own(match only {
            Only::HasReference => "cases with a reference answer only",
            Only::HasJudge => "judged cases only",
            Only::HasGuardrail => "cases with a guardrail only",
        })
    }));
    let filters = gate.filter.iter();
    parts.extend(filters.map(|(key, value)| fill("{} is {}", &[code(key), code(value)])));
    parts.extend(gate.journey.iter().map(|journey| fill("journey {}", &[code(journey)])));
    parts.extend(gate.suite.iter().map(|suite| fill("suite {}", &[code(suite)])));
    if !gate.required_in.is_empty() {
        let tiers = join(gate.required_in.iter().map(|tier| own(tier_word(*tier))), ", ");
        parts.push(fill("must be measured for: {}", &[tiers]));
    }
    parts.extend(gate.description.iter().map(|words| text(words)));
    join(parts, "; ")
}

/// Returns a tier as people call it.
pub(super) const fn tier_word(tier: Tier) -> &'static str {
    match tier {
        Tier::Pr => "pull request",
        Tier::Merge => "merge",
        Tier::Release => "release",
        Tier::Nightly => "every night",
    }
}

/// Returns a tier as it is typed.
pub(super) const fn tier_argument(tier: Tier) -> &'static str {
    match tier {
        Tier::Pr => "pr",
        Tier::Merge => "merge",
        Tier::Release => "release",
        Tier::Nightly => "nightly",
    }
}

/// Returns how much harm a wrong answer can do.
pub(super) const fn risk(tier: RiskTier) -> &'static str {
    match tier {
        RiskTier::Low => "low",
        RiskTier::Medium => "medium",
        RiskTier::High => "high",
    }
}

/// Writes an entry with its version: `prompt/billing_refund@2.3.0`.
pub(super) fn entry(entry: &Entry) -> Md {
    code(&format!("{}@{}", entry.name, entry.common.version))
}

/// Writes what a reference leads to, with its version there; as it is written where it leads nowhere.
pub(super) fn reference(facts: &Facts<'_>, kind: Kind, written: &str) -> Md {
    match facts.find(kind, written) {
        Some(found) => entry(found),
        None => fill("{} (not in the registry)", &[code(written)]),
    }
}

/// Writes what references lead to; a dash where there are none.
pub(super) fn references(facts: &Facts<'_>, kind: Kind, written: &[String]) -> Md {
    or_dash(join(written.iter().map(|written| reference(facts, kind, written)), ", "))
}

/// Writes texts; a dash where there are none.
pub(super) fn texts(words: &[String]) -> Md {
    or_dash(join(words.iter().map(|word| text(word)), ", "))
}

/// Writes names in the type of code; a dash where there are none.
pub(super) fn codes<'a>(names: impl IntoIterator<Item = &'a str>) -> Md {
    or_dash(join(names.into_iter().map(code), ", "))
}

/// Says that a key of a policy is wanted.
pub(super) fn wants_key(key: &'static str, policy: &'static str) -> Md {
    missing(fill("write {} in `policies/{}.yaml`", &[code(key), own(policy)]))
}

/// Says that a policy is wanted.
pub(super) fn wants_policy(policy: &'static str, holds: &'static str) -> Md {
    missing(fill("write {} into `policies/{}.yaml`", &[own(holds), own(policy)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_short_as_they_are() {
        for (share, expected) in
            [(0.05, "5 %"), (0.07, "7 %"), (0.0025, "0.25 %"), (1.0, "100 %"), (0.0, "0 %")]
        {
            assert_eq!(percent(share).as_str(), expected);
        }
        assert_eq!(signed_percent(0.08).as_str(), "+8 %");
        assert_eq!(signed_percent(-0.05).as_str(), "-5 %");
        for (value, expected) in [(4.2, "4.2"), (0.0068, "0.0068"), (733.87, "733.9"), (0.0, "0")] {
            assert_eq!(rounded(value).as_str(), expected);
        }
        assert_eq!(hours(1.0).as_str(), "1 hour");
        assert_eq!(bar(">= 0.80").as_str(), "≥ 0.80");
        assert_eq!(bar("==0").as_str(), "= 0");
    }
}
