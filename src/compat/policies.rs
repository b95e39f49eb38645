//! Policies, data classes and licences: adding a promise is minor, withdrawing one is major.

use std::collections::{BTreeMap, BTreeSet};

use super::change::Change;
use super::table::opaque::CONTENT_CHANGED;
use super::table::policy as rules;
use crate::finding::Rule;
use crate::license::{License, Terms};
use crate::registry::common::Common;
use crate::registry::prompt::Policies;

/// Whether a list names what is allowed or what is enforced.
#[derive(Clone, Copy, PartialEq, Eq)]
enum List {
    /// More is laxer; without the list everything is allowed.
    Allows,
    /// More is stricter; without the list nothing is enforced.
    Enforces,
}

/// Compares the policies of two versions.
pub(super) fn changes(old: &Policies, new: &Policies) -> Vec<Change> {
    // Taken apart by name, so that a policy which is added later cannot be forgotten here.
    let Policies {
        requires_citations,
        safety_profile,
        guardrails,
        allowed_data_classes,
        allowed_journeys,
        disallowed_sources,
        residency,
        human_review,
        order,
    } = new;
    let mut found = Vec::new();
    found.extend(flag("requires_citations", old.requires_citations, *requires_citations));
    found.extend(flag("human_review", old.human_review, *human_review));
    let orders = [&old.order, order];
    let texts = [
        ("safety_profile", &old.safety_profile, safety_profile),
        ("residency", &old.residency, residency),
    ];
    for (key, old, new) in texts {
        found.extend(text(key, (old.as_deref(), new.as_deref()), orders));
    }
    let lists = [
        ("guardrails", List::Enforces, &old.guardrails, guardrails),
        ("disallowed_sources", List::Enforces, &old.disallowed_sources, disallowed_sources),
        ("allowed_data_classes", List::Allows, &old.allowed_data_classes, allowed_data_classes),
        ("allowed_journeys", List::Allows, &old.allowed_journeys, allowed_journeys),
    ];
    for (key, kind, old, new) in lists {
        found.extend(list(key, kind, (old.as_deref(), new.as_deref())));
    }
    if old.order != *order {
        found.push(
            Change::new(&CONTENT_CHANGED, "the order of policy values changed")
                .at("/policies/order"),
        );
    }
    found
}

/// Compares what the common keys promise: data class, retention and licence.
pub(super) fn common(old: &Common, new: &Common) -> Vec<Change> {
    let mut found = Vec::new();
    found.extend(data_class(old.data_class.as_deref(), new.data_class.as_deref()));
    found.extend(retention(old.retention_days, new.retention_days));
    found.extend(license("/license", (old.license.as_deref(), new.license.as_deref())));
    found
}

fn policy(rule: &'static Rule, key: &str, note: String) -> Change {
    Change::new(rule, note).at(&format!("/policies/{key}"))
}

fn flag(key: &str, old: Option<bool>, new: Option<bool>) -> Option<Change> {
    if old == new {
        return None;
    }
    let (before, after) = (old.unwrap_or(false), new.unwrap_or(false));
    let change = match (before, after) {
        (false, true) => policy(&rules::TIGHTENED, key, format!("`{key}` is promised now")),
        (true, false) => policy(&rules::LOOSENED, key, format!("`{key}` is no longer promised")),
        _ => policy(&CONTENT_CHANGED, key, format!("`{key}` is written otherwise")),
    };
    let shown = |value: Option<bool>| value.map(|v| v.to_string()).unwrap_or_default();
    Some(change.values(shown(old), shown(new)))
}

type Orders<'a> = [&'a BTreeMap<String, Vec<String>>; 2];

fn text(key: &str, (old, new): (Option<&str>, Option<&str>), orders: Orders<'_>) -> Option<Change> {
    let change = match (old, new) {
        _ if old == new => return None,
        (None, Some(new)) => {
            policy(&rules::TIGHTENED, key, format!("`{key}` promises `{new}` now"))
        }
        (Some(old), None) => {
            policy(&rules::LOOSENED, key, format!("`{key}` no longer promises `{old}`"))
        }
        (Some(old), Some(new)) => {
            let change = format!("`{key}`: `{old}` → `{new}`");
            // The old order decides where it can: the change may have written the new one.
            let ranks = orders.into_iter().find_map(|order| {
                let values = order.get(key)?;
                let rank = |value: &str| values.iter().position(|known| known == value);
                Some((rank(old)?, rank(new)?))
            });
            match ranks {
                Some((old, new)) if new > old => policy(&rules::TIGHTENED, key, change),
                Some((old, new)) if new < old => policy(&rules::LOOSENED, key, change),
                _ => policy(&rules::INCOMPARABLE, key, change).unknown().help(format!(
                    "list both values under `policies.order.{key}`, the laxest first"
                )),
            }
        }
        (None, None) => return None,
    };
    Some(change.values(old.unwrap_or_default(), new.unwrap_or_default()))
}

fn list(key: &str, kind: List, (old, new): (Option<&[String]>, Option<&[String]>)) -> Vec<Change> {
    if old == new {
        return Vec::new();
    }
    let joined = |list: Option<&[String]>| list.unwrap_or_default().join(", ");
    let make = |rule, what: String| {
        policy(rule, key, format!("`{key}` {what}")).values(joined(old), joined(new))
    };
    let whole = match (kind, old, new) {
        (List::Allows, None, Some(_)) => Some((&rules::TIGHTENED, "limits what is allowed now")),
        (List::Allows, Some(_), None) => {
            Some((&rules::LOOSENED, "no longer limits what is allowed"))
        }
        _ => None,
    };
    if let Some((rule, what)) = whole {
        return vec![make(rule, what.to_owned())];
    }
    let set = |list: Option<&[String]>| -> BTreeSet<String> {
        list.unwrap_or_default().iter().cloned().collect()
    };
    let (before, after) = (set(old), set(new));
    let names = |some: &BTreeSet<String>, other: &BTreeSet<String>| {
        some.difference(other).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    };
    let (won, lost) = (names(&after, &before), names(&before, &after));
    let (on_added, on_removed) = match kind {
        List::Allows => (&rules::LOOSENED, &rules::TIGHTENED),
        List::Enforces => (&rules::TIGHTENED, &rules::LOOSENED),
    };
    let mut found = Vec::new();
    if !won.is_empty() {
        found.push(make(on_added, format!("gained {won}")));
    }
    if !lost.is_empty() {
        found.push(make(on_removed, format!("lost {lost}")));
    }
    if found.is_empty() {
        found.push(make(&CONTENT_CHANGED, "is written otherwise".to_owned()));
    }
    found
}

/// Ranks the words that are in common use; `pii` and `restricted` are not ranked between them.
fn rank(class: &str) -> Option<u8> {
    match class.to_ascii_lowercase().as_str() {
        "public" => Some(0),
        "internal" => Some(1),
        "confidential" => Some(2),
        "restricted" | "pii" => Some(3),
        _ => None,
    }
}

/// Says whether data of `class` is known to be more sensitive than data of `own`.
#[must_use]
pub fn is_more_sensitive(own: &str, class: &str) -> bool {
    matches!((rank(own), rank(class)), (Some(own), Some(class)) if class > own)
}

/// Says whether a class is known to be more than public.
#[must_use]
pub fn is_sensitive(class: &str) -> bool {
    rank(class).is_some_and(|rank| rank > 0)
}

/// Says whether data of a class may go where these classes are allowed: the class itself, and what is
/// less sensitive than one of them as far as the words are ranked.
#[must_use]
pub fn admits(allowed: &[String], class: &str) -> bool {
    allowed.iter().any(|one| {
        one.eq_ignore_ascii_case(class)
            || matches!((rank(class), rank(one)), (Some(class), Some(one)) if class < one)
    })
}

fn data_class(old: Option<&str>, new: Option<&str>) -> Option<Change> {
    let change = match (old, new) {
        _ if old == new => return None,
        (None, Some(new)) => {
            Change::new(&rules::TIGHTENED, format!("data is promised to be `{new}` at most"))
        }
        (Some(old), None) => Change::new(
            &rules::LOOSENED,
            format!("data is no longer promised to be `{old}` at most"),
        ),
        (Some(old), Some(new)) => {
            let note = format!("`data_class`: `{old}` → `{new}`");
            match (rank(old), rank(new)) {
                (Some(old), Some(new)) if new > old => Change::new(&rules::PII_CLASS_RAISED, note),
                (Some(old), Some(new)) if new < old => Change::new(&rules::TIGHTENED, note),
                _ if old.eq_ignore_ascii_case(new) => Change::new(&CONTENT_CHANGED, note),
                _ => Change::new(&rules::INCOMPARABLE, note).unknown(),
            }
        }
        (None, None) => return None,
    };
    let change = change.at("/data_class");
    Some(change.values(old.unwrap_or_default(), new.unwrap_or_default()))
}

fn retention(old: Option<u64>, new: Option<u64>) -> Option<Change> {
    if old == new {
        return None;
    }
    let days = |days: Option<u64>| {
        days.map_or_else(|| "without limit".to_owned(), |days| format!("{days} days"))
    };
    // No limit is longer than any.
    let longer = old.is_some_and(|old| new.is_none_or(|new| new > old));
    let rule: &'static Rule = if longer { &rules::RETENTION_EXTENDED } else { &rules::TIGHTENED };
    let note = format!("data is kept {} instead of {}", days(new), days(old));
    Some(Change::new(rule, note).at("/retention_days").values(days(old), days(new)))
}

/// Compares the licences that stand at a pointer.
pub(super) fn license(pointer: &str, (old, new): (Option<&str>, Option<&str>)) -> Option<Change> {
    let change = match (old, new) {
        _ if old == new => return None,
        (None, Some(new)) => Change::new(&rules::LICENSE_ADDED, format!("`{new}` is given")),
        (Some(old), None) => {
            Change::new(&rules::LICENSE_REMOVED, format!("`{old}` is no longer given"))
        }
        (Some(old), Some(new)) => other_license(old, new),
        (None, None) => return None,
    };
    let change = change.at(pointer);
    Some(change.values(old.unwrap_or_default(), new.unwrap_or_default()))
}

fn other_license(old: &str, new: &str) -> Change {
    let note = format!("`license`: `{old}` → `{new}`");
    let (Ok(before), Ok(after)) = (License::read(old), License::read(new)) else {
        let spelled =
            |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_lowercase();
        if spelled(old) == spelled(new) {
            return Change::new(&rules::LICENSE_EQUIVALENT, note);
        }
        let note = format!("{note}; what is no SPDX expression is not compared");
        return Change::new(&rules::LICENSE_INCOMPARABLE, note).unknown();
    };
    match after.terms_after(&before) {
        Terms::Same => Change::new(&rules::LICENSE_EQUIVALENT, note),
        Terms::Fewer => Change::new(&rules::LICENSE_MORE_PERMISSIVE, note),
        Terms::More => Change::new(&rules::LICENSE_MORE_RESTRICTIVE, note)
            .help(format!("give both: `{old} OR {new}` (⇒ patch or minor)")),
        Terms::Undecided => Change::new(&rules::LICENSE_INCOMPARABLE, note)
            .unknown()
            .help(format!("give both: `{old} OR {new}` (⇒ minor)")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_admits_what_is_less_sensitive() {
        let cases = [
            ("internal", "internal", true),
            ("Internal", "internal", true),
            ("internal", "public", true),
            ("internal", "confidential", false),
            ("confidential", "internal", true),
            ("pii", "restricted", false),
            ("secret", "internal", false),
            ("secret", "secret", true),
        ];
        for (allowed, class, expected) in cases {
            assert_eq!(admits(&[allowed.to_owned()], class), expected, "{allowed} {class}");
        }
        assert!(!admits(&[], "public"));
    }
}
