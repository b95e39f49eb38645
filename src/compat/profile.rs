//! What a guardrail profile enforces, and how strictly.

use std::collections::{BTreeMap, BTreeSet};

use super::change::{Change, shown, sort};
use super::table::{measure as rules, opaque::CONTENT_CHANGED, policy};
use crate::finding::Rule;
use crate::registry::profile::{AppliesTo, Guardrail, HitAction, HitSeverity, Profile, Service};
use crate::version::Bump;
use crate::yaml::escape_pointer;

/// Compares two profiles, the deciding changes first.
#[must_use]
pub fn changes(old: &Profile, new: &Profile) -> Vec<Change> {
    // Taken apart by name, so that a key which is added later cannot be forgotten here.
    let Profile { guardrails, services } = new;
    let mut found = enforced(&old.guardrails, guardrails);
    found.extend(served(&old.services, services));
    sort(&mut found);
    found
}

fn enforced(old: &BTreeMap<String, Guardrail>, new: &BTreeMap<String, Guardrail>) -> Vec<Change> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let mut found = Vec::new();
    for name in names {
        let pointer = format!("/guardrails/{}", escape_pointer(name));
        match (old.get(name), new.get(name)) {
            (Some(before), Some(after)) => found.extend(stricter(&pointer, name, (before, after))),
            (None, Some(_)) => found.push(
                Change::new(&policy::TIGHTENED, format!("`{name}` is enforced now"))
                    .at_new(&pointer)
                    .values("", name),
            ),
            (Some(_), None) => found.push(
                Change::new(&policy::LOOSENED, format!("`{name}` is no longer enforced"))
                    .at_old(&pointer)
                    .values(name, ""),
            ),
            (None, None) => {}
        }
    }
    found
}

/// Compares one guardrail, value by value.
fn stricter(pointer: &str, name: &str, (old, new): (&Guardrail, &Guardrail)) -> Vec<Change> {
    let Guardrail { severity, detector, threshold, applies_to, action, description } = new;
    let mut found = Vec::new();
    let mut say = |rule: &'static Rule, key: &str, before: String, after: String| {
        let note = format!("`{name}`: `{key}`: `{before}` → `{after}`");
        let change = Change::new(rule, note).at(&format!("{pointer}/{key}")).values(before, after);
        found.push(if rule.id == policy::INCOMPARABLE.id {
            change.unknown().help("accept it with an override, once you know which is stricter")
        } else {
            change
        });
    };
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    if old.severity != *severity {
        let rule = ordered(old.severity.map(heaviness), severity.map(heaviness));
        say(rule, "severity", json(&old.severity), json(severity));
    }
    if old.detector != *detector {
        say(&policy::INCOMPARABLE, "detector", text(&old.detector), text(detector));
    }
    if old.threshold != *threshold {
        // A hit begins at the threshold, so a lower one is stricter; what a detector does without
        // one is its own.
        let rule: &'static Rule = match (old.threshold, *threshold) {
            (Some(before), Some(after)) if after < before => &policy::TIGHTENED,
            (Some(before), Some(after)) if after > before => &policy::LOOSENED,
            _ => &policy::INCOMPARABLE,
        };
        say(rule, "threshold", json(&old.threshold), json(threshold));
    }
    if old.applies_to != *applies_to {
        let rule: &'static Rule = match (old.applies_to, *applies_to) {
            (_, AppliesTo::Both) => &policy::TIGHTENED,
            (AppliesTo::Both, _) => &policy::LOOSENED,
            _ => &policy::INCOMPARABLE,
        };
        say(rule, "applies_to", json(&old.applies_to), json(applies_to));
    }
    if old.action != *action {
        let rule = ordered(Some(force(old.action)), Some(force(*action)));
        say(rule, "action", json(&old.action), json(action));
    }
    if old.description != *description {
        say(&CONTENT_CHANGED, "description", text(&old.description), text(description));
    }
    found
}

fn json<T: serde::Serialize>(value: &T) -> String {
    let text = shown(serde_json::to_value(value).ok().as_ref());
    text.trim_matches('"').to_owned()
}

fn ordered(old: Option<u8>, new: Option<u8>) -> &'static Rule {
    match (old, new) {
        (Some(old), Some(new)) if new > old => &policy::TIGHTENED,
        (Some(old), Some(new)) if new < old => &policy::LOOSENED,
        _ => &policy::INCOMPARABLE,
    }
}

/// Of `sev1` none is allowed, of `sev2` a rate; `sev3` is counted.
const fn heaviness(severity: HitSeverity) -> u8 {
    match severity {
        HitSeverity::Sev1 => 2,
        HitSeverity::Sev2 => 1,
        HitSeverity::Sev3 => 0,
    }
}

/// What is withheld reaches nobody, what is masked in part, what is counted whole.
const fn force(action: HitAction) -> u8 {
    match action {
        HitAction::Block => 2,
        HitAction::Redact => 1,
        HitAction::Flag => 0,
    }
}

fn served(old: &BTreeMap<String, Service>, new: &BTreeMap<String, Service>) -> Vec<Change> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    names
        .into_iter()
        .filter_map(|name| {
            let (before, after) = (old.get(name), new.get(name));
            if before == after {
                return None;
            }
            // The same form of request at another address, or with more patience.
            let moved = matches!((before, after), (Some(b), Some(a)) if b.api == a.api);
            let note = match (before, after) {
                (None, _) => format!("the service `{name}` is new"),
                (_, None) => format!("the service `{name}` is gone"),
                _ => format!("the service `{name}` changed"),
            };
            let bump = if moved { Bump::Patch } else { Bump::Minor };
            let change = Change::new(&rules::PROFILE_SERVICE_CHANGED, note).bump(bump);
            let pointer = format!("/services/{}", escape_pointer(name));
            let change = change.values(json(&before), json(&after));
            Some(match (before, after) {
                (None, _) => change.at_new(&pointer),
                (_, None) => change.at_old(&pointer),
                _ => change.at(&pointer),
            })
        })
        .collect()
}
