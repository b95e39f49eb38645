//! `policies/gates.yaml` against the metrics that there are.

use std::collections::BTreeMap;

use serde_json::Value;

use super::journeys::Journeys;
use super::lookup;
use super::material::scales;
use crate::cases::bar::{Bar, Comparison, Range, Reach};
use crate::cases::metric::{self, METRICS};
use crate::digest::canonical_json;
use crate::finding::{Family, Finding, Rule};
use crate::ident::Kind;
use crate::registry::entry::Body;
use crate::registry::index::Index;
use crate::registry::policy::gates::CATEGORIES;
use crate::schema::meant;
use crate::snapshot::ReadFault;
use crate::yaml::{Document, escape_pointer};

/// A metric that nothing has.
pub(super) static GATE_METRIC_UNKNOWN: Rule = Rule::error(
    "gate-metric-unknown",
    Family::Eval,
    "a gate or a margin names a metric that does not exist",
);
/// A bar that decides nothing.
pub(super) static GATE_BAR_POINTLESS: Rule = Rule::error(
    "gate-bar-pointless",
    Family::Eval,
    "no value of the metric clears the bar of a gate, or every value does",
);
/// A heading that nobody knows.
pub(super) static GATE_CATEGORY_UNKNOWN: Rule = Rule::warning(
    "gate-category-unknown",
    Family::Eval,
    "a gate stands under a heading that Keelmark does not know, so it may be waived",
);
/// A gate for a journey that nobody takes.
pub(super) static GATE_JOURNEY_UNKNOWN: Rule = Rule::error(
    "gate-journey-unknown",
    Family::Eval,
    "a gate names a journey that is not in `policies/journeys.yaml`",
);
/// Two gates for one thing.
pub(super) static GATE_TWICE: Rule = Rule::error(
    "gate-twice",
    Family::Eval,
    "two gates hold the same metric of the same cases against a bar of the same direction",
);

/// The judged metrics of the registry's suites, with the scales that are known.
type Judged = BTreeMap<String, Option<Range>>;

/// Checks the gates and margins of the policy.
pub(super) fn check(document: &Document, index: &Index<'_>) -> Result<Vec<Finding>, ReadFault> {
    let value = document.value();
    let gates = || written(document);
    let margins = || value.get("margins").and_then(Value::as_object).into_iter().flatten();
    let named = gates()
        .filter_map(|gate| gate.get("metric").and_then(Value::as_str))
        .chain(margins().map(|(name, _)| name.as_str()));
    let judged = if named.clone().all(|name| metric::find(name).is_some()) {
        Judged::new()
    } else {
        judged(index)?
    };
    let mut findings = journeys(document, index)?;
    findings.extend(categories(document));
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for (at, gate) in gates().enumerate() {
        let Some(name) = gate.get("metric").and_then(Value::as_str) else { continue };
        let pointer = |key: &str| format!("/gates/{at}/{key}");
        if let Some((message, help)) = unknown(name, &judged) {
            let place = document.place(&pointer("metric"));
            let finding = Finding::new(&GATE_METRIC_UNKNOWN, place, message);
            findings.push(finding.help(help).values(String::new(), name));
            continue;
        }
        let sum = gate.get("aggregate").and_then(Value::as_str) == Some("sum");
        for (key, sum) in [("bar", sum), ("tail", false)] {
            let written = gate.get(key).and_then(Value::as_str);
            let Some(bar) = written.and_then(|text| text.parse::<Bar>().ok()) else { continue };
            let Some(range) = range(name, &judged).map(|range| whole(range, sum)) else { continue };
            let what = match bar.reach(range) {
                Reach::Decides => continue,
                Reach::Never => "no value clears",
                Reach::Always => "every value clears",
            };
            let shown = name.escape_debug();
            let span = if range.most.is_finite() {
                format!("lies between {} and {}", range.least, range.most)
            } else {
                format!("is {} or more", range.least)
            };
            let message = format!("`{shown}` {span}: {what} `{bar}`");
            let place = document.place(&pointer(key));
            let finding = Finding::new(&GATE_BAR_POINTLESS, place, message);
            findings.push(finding.values(String::new(), bar.to_string()));
        }
        if let Some(first) = key(gate).and_then(|key| seen.insert(key, at)) {
            let place = document.place(&format!("/gates/{at}"));
            let message = format!("`{}` has this gate already", name.escape_debug());
            let other = document.place(&format!("/gates/{first}"));
            let finding = Finding::new(&GATE_TWICE, place, message).related(other, "the other one");
            findings.push(finding.help("keep one of them, or narrow one with `where` or `suite`"));
        }
    }
    for (name, _) in margins() {
        if let Some((message, help)) = unknown(name, &judged) {
            let place = document.key_place(&format!("/margins/{}", escape_pointer(name)));
            let finding = Finding::new(&GATE_METRIC_UNKNOWN, place, message);
            findings.push(finding.help(help).values(String::new(), name));
        }
    }
    Ok(findings)
}

/// Iterates over the gates as they are written.
fn written(document: &Document) -> impl Iterator<Item = &Value> + Clone {
    document.value().get("gates").and_then(Value::as_array).into_iter().flatten()
}

/// Finds headings that are none of those that are known: what was meant to be of safety is not.
fn categories(document: &Document) -> Vec<Finding> {
    let named = written(document)
        .enumerate()
        .filter_map(|(at, gate)| Some((at, gate.get("category")?.as_str()?)))
        .filter(|(_, name)| !CATEGORIES.iter().any(|known| known.eq_ignore_ascii_case(name)));
    let told = named.map(|(at, name)| {
        let message = format!(
            "there is no heading `{}`: the gate is reported under it and is none of safety",
            name.escape_debug()
        );
        let help = meant(name, CATEGORIES)
            .unwrap_or_else(|| format!("headings are: {}", CATEGORIES.join(", ")));
        let place = document.place(&format!("/gates/{at}/category"));
        Finding::new(&GATE_CATEGORY_UNKNOWN, place, message).help(help).values(String::new(), name)
    });
    told.collect()
}

/// Finds gates of journeys that the policy of journeys does not have: they would never be measured.
fn journeys(document: &Document, index: &Index<'_>) -> Result<Vec<Finding>, ReadFault> {
    let mut named = written(document)
        .enumerate()
        .filter_map(|(at, gate)| Some((at, gate.get("journey")?.as_str()?)))
        .peekable();
    if named.peek().is_none() {
        return Ok(Vec::new());
    }
    let Some(journeys) = Journeys::read(index)? else { return Ok(Vec::new()) };
    let lost = named.filter_map(|(at, name)| {
        let place = document.place(&format!("/gates/{at}/journey"));
        journeys.unknown(&GATE_JOURNEY_UNKNOWN, place, name)
    });
    Ok(lost.collect())
}

fn unknown(name: &str, judged: &Judged) -> Option<(String, String)> {
    if metric::find(name).is_some() || judged.contains_key(name) {
        return None;
    }
    let message = format!("there is no metric `{}`", name.escape_debug());
    let names: Vec<&str> =
        METRICS.iter().map(|metric| metric.name).chain(judged.keys().map(|n| &**n)).collect();
    let help = meant(name, names.iter().copied())
        .unwrap_or_else(|| format!("metrics are: {}", names.join(", ")));
    Some((message, help))
}

fn range(name: &str, judged: &Judged) -> Option<Range> {
    match metric::find(name) {
        Some(metric) => metric.range,
        None => judged.get(name).copied().flatten(),
    }
}

/// A sum over cases has no greatest value.
pub(super) fn whole(range: Range, sum: bool) -> Range {
    if !sum {
        return range;
    }
    let least = if range.least < 0.0 { f64::NEG_INFINITY } else { range.least };
    Range { least, most: f64::INFINITY }
}

/// Says what a gate is about: two gates that say the same are one too many.
fn key(gate: &Value) -> Option<String> {
    let bar: Bar = gate.get("bar")?.as_str()?.parse().ok()?;
    let direction = match bar.comparison {
        Comparison::AtLeast | Comparison::Above => ">",
        Comparison::AtMost | Comparison::Below => "<",
        Comparison::Equal => "=",
    };
    let aggregate = gate.get("aggregate").and_then(Value::as_str).unwrap_or("mean");
    let parts = ["metric", "only", "where", "journey", "suite"]
        .map(|key| gate.get(key).cloned().unwrap_or_default());
    let mut parts: Vec<Value> = parts.into();
    parts.extend([aggregate.into(), direction.into()]);
    Some(canonical_json(&Value::Array(parts)))
}

/// Reads the judged metrics of every suite; a metric that has several scales has all of their range.
fn judged(index: &Index<'_>) -> Result<Judged, ReadFault> {
    let mut judged = Judged::new();
    for entry in lookup::entries(index, Kind::Suite)? {
        let Body::Suite(suite) = &entry.body else { continue };
        let scales = scales(suite, index)?;
        for name in suite.judges.keys() {
            let scale = scales.get(name).copied();
            judged
                .entry(name.clone())
                .and_modify(|known| *known = known.zip(scale).map(|(a, b)| widest(a, b)))
                .or_insert(scale);
        }
    }
    Ok(judged)
}

fn widest(a: Range, b: Range) -> Range {
    Range { least: a.least.min(b.least), most: a.most.max(b.most) }
}
