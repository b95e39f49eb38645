//! What a suite measures, with what, and how.

use std::collections::{BTreeMap, BTreeSet};

use super::change::{Change, sort};
use super::dependencies;
use super::table::measure as rules;
use crate::digest::Digest;
use crate::finding::Rule;
use crate::ident::Kind;
use crate::registry::common::Edge;
use crate::registry::suite::{Suite, Tier};
use crate::yaml::escape_pointer;

/// The digests of an entry's files, by the place that names them.
pub type Files = BTreeMap<String, Digest>;

/// Compares two suites, the deciding changes first.
#[must_use]
pub fn changes((old, old_files): (&Suite, &Files), (new, files): (&Suite, &Files)) -> Vec<Change> {
    // Taken apart by name, so that a key which is added later cannot be forgotten here.
    let Suite {
        journey,
        cases,
        target,
        models,
        route,
        bind,
        fixtures,
        answer,
        judges,
        default_judge,
        profile,
        when,
        repeat,
        max_cost_usd,
    } = new;
    let mut found = Vec::new();
    let one = |key: &str, old: &Option<String>, new: &Option<String>, kind: Option<Kind>| {
        subject(&format!("/{key}"), (old.as_deref(), new.as_deref()), kind)
    };
    found.extend(one("journey", &old.journey, journey, None));
    found.extend(subject("/cases", (Some(&old.cases), Some(cases)), Some(Kind::Dataset)));
    found.extend(one("target", &old.target, target, Some(Kind::Prompt)));
    found.extend(one("profile", &old.profile, profile, Some(Kind::Profile)));
    found.extend(subjects("route", (&old.route, route), Kind::Prompt));
    found.extend(subjects("judges", (&old.judges, judges), Kind::Judge));
    found.extend(matrix(&old.models, models));
    found.extend(tiers(&old.when, when));
    found.extend(repeated(old.repeat, *repeat));
    // The same path with other rows: without reading them, the worst is assumed.
    if old.cases == *cases && old_files.get("/cases") != files.get("/cases") {
        let change = Change::new(&rules::SUITE_MEASURES_OTHER, "the suite's own cases changed")
            .at("/cases")
            .values(digest(old_files, "/cases"), digest(files, "/cases"))
            .help("keep the cases in a dataset, whose rows are compared one by one")
            .unknown();
        found.push(change);
    }
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let mut read = |key: &str, old: String, new: String| {
        if old != new {
            let note = format!("`{key}` changed");
            let change = Change::new(&rules::SUITE_BINDING_CHANGED, note);
            found.push(change.at(&format!("/{key}")).values(old, new));
        }
    };
    read("bind", pairs(&old.bind), pairs(bind));
    read("answer", text(&old.answer), text(answer));
    read("default_judge", text(&old.default_judge), text(default_judge));
    // Where the file lies is no content; what stands in it is.
    let _: &Option<String> = fixtures;
    read("fixtures", digest(old_files, "/fixtures"), digest(files, "/fixtures"));
    let dollars = |value: Option<f64>| value.map(|v| v.to_string()).unwrap_or_default();
    let (before, after) = (dollars(old.max_cost_usd), dollars(*max_cost_usd));
    if before != after {
        let note = format!("`max_cost_usd`: `{before}` → `{after}`");
        let change = Change::new(&rules::SUITE_BUDGET_CHANGED, note);
        found.push(change.at("/max_cost_usd").values(before, after));
    }
    sort(&mut found);
    found
}

fn digest(files: &Files, pointer: &str) -> String {
    files.get(pointer).map(|digest| digest.short(12)).unwrap_or_default()
}

fn pairs(map: &BTreeMap<String, String>) -> String {
    map.iter().map(|(key, value)| format!("{key}: {value}")).collect::<Vec<_>>().join(", ")
}

/// Judges one thing that the suite measures or measures with.
fn subject(
    pointer: &str,
    (old, new): (Option<&str>, Option<&str>),
    kind: Option<Kind>,
) -> Option<Change> {
    let (rule, note): (&'static Rule, String) = match (old, new) {
        _ if old == new => return None,
        (None, None) => return None,
        (None, Some(new)) => (&rules::SUITE_MEASURES_MORE, format!("`{new}` is new")),
        (Some(old), None) => (&rules::SUITE_MEASURES_LESS, format!("`{old}` is gone")),
        (Some(old), Some(new)) => {
            // A file of cases has no version, and its rows are compared by its digest.
            if let Some(kind) = kind
                && let Some(moved) = dependencies::pin((old, new), Some(kind), Edge::Eval)
            {
                return Some(moved.at(pointer));
            }
            (&rules::SUITE_MEASURES_OTHER, format!("`{old}` → `{new}`"))
        }
    };
    let change = Change::new(rule, note).values(old.unwrap_or_default(), new.unwrap_or_default());
    Some(match (old, new) {
        (None, _) => change.at_new(pointer),
        (_, None) => change.at_old(pointer),
        _ => change.at(pointer),
    })
}

type Map = BTreeMap<String, String>;

fn subjects(key: &str, (old, new): (&Map, &Map), kind: Kind) -> Vec<Change> {
    let slots: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    slots
        .into_iter()
        .filter_map(|slot| {
            let pointer = format!("/{key}/{}", escape_pointer(slot));
            let of = |map: &'_ Map| map.get(slot).cloned();
            let (old, new) = (of(old), of(new));
            subject(&pointer, (old.as_deref(), new.as_deref()), Some(kind))
        })
        .collect()
}

/// Compares the models; one that is there in another version only moved its pin.
fn matrix(old: &[String], new: &[String]) -> Vec<Change> {
    let same = |a: &String, b: &String| dependencies::same_entry(a, b, Some(Kind::Model));
    let mut found = Vec::new();
    let mut kept: BTreeSet<usize> = BTreeSet::new();
    for (at, model) in new.iter().enumerate() {
        let pointer = format!("/models/{at}");
        let exact = old.iter().position(|earlier| earlier == model);
        let free = |at: &usize| !kept.contains(at);
        let close = || {
            let unmatched = |earlier: &String| !new.contains(earlier) && same(earlier, model);
            (0..old.len()).filter(free).find(|at| old.get(*at).is_some_and(unmatched))
        };
        match exact.or_else(close) {
            Some(earlier) => {
                kept.insert(earlier);
                let was = old.get(earlier).map(String::as_str);
                let moved = subject(&pointer, (was, Some(model)), Some(Kind::Model));
                found.extend(moved.map(|moved| moved.at_old(&format!("/models/{earlier}"))));
            }
            None => found.extend(subject(&pointer, (None, Some(model)), None)),
        }
    }
    for (at, model) in old.iter().enumerate().filter(|(at, _)| !kept.contains(at)) {
        found.extend(subject(&format!("/models/{at}"), (Some(model), None), None));
    }
    found
}

const fn word(tier: Tier) -> &'static str {
    match tier {
        Tier::Pr => "pr",
        Tier::Merge => "merge",
        Tier::Release => "release",
        Tier::Nightly => "nightly",
    }
}

fn tiers(old: &[Tier], new: &[Tier]) -> Vec<Change> {
    let make = |rule, tier: Tier, note: &str| {
        Change::new(rule, format!("it {note} in the tier `{}`", word(tier))).at("/when")
    };
    let won = new
        .iter()
        .filter(|tier| !old.contains(tier))
        .map(|tier| make(&rules::SUITE_MEASURES_MORE, *tier, "is run").values("", word(*tier)));
    let lost = old.iter().filter(|tier| !new.contains(tier)).map(|tier| {
        make(&rules::SUITE_MEASURES_LESS, *tier, "is no longer run").values(word(*tier), "")
    });
    won.chain(lost).collect()
}

fn repeated(old: u64, new: u64) -> Option<Change> {
    let rule = match new.cmp(&old) {
        std::cmp::Ordering::Equal => return None,
        std::cmp::Ordering::Greater => &rules::SUITE_MEASURES_MORE,
        std::cmp::Ordering::Less => &rules::SUITE_MEASURES_LESS,
    };
    let change = Change::new(rule, format!("each case is run {new} times instead of {old}"));
    Some(change.at("/repeat").values(old.to_string(), new.to_string()))
}
