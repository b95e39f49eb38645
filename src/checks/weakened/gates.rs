//! `gates.yaml`: bars, and what is held against them.

use std::collections::BTreeSet;

use super::renamed::Renamed;
use super::scale::Scale;
use crate::cases::bar::{Bar, Comparison, Range};
use crate::cases::metric;
use crate::checks::gates::whole;
use crate::ident::Kind;
use crate::registry::policy::gates::{Aggregate, Decide, Gate, Gates, is_of_safety};

/// Weighs two files of gates.
pub(super) fn weigh(scale: &mut Scale, old: &Gates, new: &Gates, renamed: &Renamed) {
    // Taken apart by name, so that a key which is added later cannot be forgotten here.
    let Gates { gates, decide, confidence, min_coverage, margins } = new;
    scale.below("gates", |scale| {
        for (stood_at, before) in old.gates.iter().enumerate() {
            one(scale, (stood_at, before), gates, ((old.decide, *decide), renamed));
        }
    });
    scale.when(rigour(*decide) < rigour(old.decide), "decide", &old.decide, decide);
    scale.least("confidence", &old.confidence, confidence);
    scale.least("min_coverage", &old.min_coverage, min_coverage);
    scale.below("margins", |scale| {
        for (metric, before) in &old.margins {
            scale.most_if_any(
                metric,
                Some(*before).as_ref(),
                margins.get(metric).copied().as_ref(),
            );
        }
    });
}

type Around<'a> = ((Decide, Decide), &'a Renamed);

/// Looks for a gate that asks at least as much as an old one; else says what the nearest asks less.
fn one(scale: &mut Scale, (stood_at, old): (usize, &Gate), gates: &[Gate], around: Around<'_>) {
    let (_, renamed) = around;
    let mut nearest: Option<(usize, usize, &Gate)> = None;
    for (at, new) in gates.iter().enumerate().filter(|(_, new)| holds_for(old, new, renamed)) {
        let mut weighed = Scale::default();
        compare(&mut weighed, old, new, around);
        if weighed.found.is_empty() {
            return;
        }
        let turned = direction(&old.bar) != direction(&new.bar);
        let distance = weighed.found.len() + if turned { 10 } else { 0 };
        if nearest.is_none_or(|(least, ..)| distance < least) {
            nearest = Some((distance, at, new));
        }
    }
    match nearest {
        Some((_, at, new)) => {
            scale.item(&old.metric, (stood_at, at), |scale| compare(scale, old, new, around));
        }
        None => scale.gone(&old.metric, stood_at, &old.bar.clone()),
    }
}

/// Says whether a gate looks at what another one looks at: the same figure of the same cases, in
/// every run that the other one is about.
fn holds_for(old: &Gate, new: &Gate, renamed: &Renamed) -> bool {
    let suite = |gate: &Gate| gate.suite.as_deref().map(|name| renamed.name(Kind::Suite, name));
    let wider = |old: Option<String>, new: Option<String>| new.is_none() || new == old;
    old.metric == new.metric
        && old.aggregate == new.aggregate
        && old.only == new.only
        && old.filter == new.filter
        && wider(old.journey.clone(), new.journey.clone())
        && wider(suite(old), suite(new))
}

fn compare(scale: &mut Scale, old: &Gate, new: &Gate, ((was, is), _): Around<'_>) {
    // What a gate looks at is the same; why its bar is what it is asks nothing.
    let Gate {
        category,
        metric: _,
        aggregate,
        bar,
        tail,
        only: _,
        filter: _,
        journey: _,
        suite: _,
        required_in,
        decide,
        description: _,
    } = new;
    let range = metric::find(&old.metric).and_then(|metric| metric.range);
    let range = range.unwrap_or(Range { least: f64::NEG_INFINITY, most: f64::INFINITY });
    let summed = whole(range, *aggregate == Aggregate::Sum);
    scale.when(!asks_as_much(&old.bar, bar, summed), "bar", &old.bar, bar);
    let kept = match (&old.tail, tail) {
        (Some(old), Some(new)) => asks_as_much(old, new, range),
        (old, _) => old.is_none(),
    };
    scale.when(!kept, "tail", &old.tail, tail);
    scale.loses("required_in", &old.required_in, required_in);
    let (before, after) = (old.decide.unwrap_or(was), decide.unwrap_or(is));
    let own = old.decide.is_some() || decide.is_some();
    scale.when(own && rigour(after) < rigour(before), "decide", &before, &after);
    // Nobody waives a gate under this heading.
    let safe = |category: &Option<String>| is_of_safety(category.as_deref());
    scale.when(safe(&old.category) && !safe(category), "category", &old.category, category);
}

const fn rigour(decide: Decide) -> u8 {
    match decide {
        Decide::Estimate => 0,
        Decide::Bound => 1,
    }
}

/// Says whether whatever clears the new bar clears the old one too.
pub(super) fn asks_as_much(old: &str, new: &str, range: Range) -> bool {
    match (old.parse::<Bar>(), new.parse::<Bar>()) {
        (Ok(old), Ok(new)) => new.implies(old, range),
        // A bar that cannot be read lets nothing pass, and is an error elsewhere.
        _ => true,
    }
}

fn direction(bar: &str) -> Option<i8> {
    Some(match bar.parse::<Bar>().ok()?.comparison {
        Comparison::AtLeast | Comparison::Above => 1,
        Comparison::AtMost | Comparison::Below => -1,
        Comparison::Equal => 0,
    })
}

/// The names of suites that gates speak of.
pub(super) fn named(gates: &Gates) -> BTreeSet<(Kind, String)> {
    let suites = gates.gates.iter().filter_map(|gate| gate.suite.clone());
    suites.map(|suite| (Kind::Suite, suite)).collect()
}
