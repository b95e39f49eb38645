//! Inputs: whatever was accepted must stay accepted.

use std::collections::BTreeSet;

use serde_json::Value;

use super::change::{Change, shown};
use super::fields::{Pair, Pairing, Side, Tie, names};
use super::schema_diff::{Aspect, SchemaChange, Shift, compare};
use super::table::input as rules;
use super::table::opaque::CONTRACT_CHANGE_UNKNOWN;
use crate::finding::Rule;
use crate::registry::signature::{Field, Signature};

/// Compares the inputs of two versions.
pub(super) fn changes(old: &Side<'_>, new: &Side<'_>) -> Vec<Change> {
    let (before, after) = (old.signature, new.signature);
    let breaks = |field: &Field| !after.open || (field.required && field.default.is_none());
    let pairing = Pairing::of(before, after, &breaks);
    let mut found = Vec::new();
    for (name, field) in &pairing.removed {
        found.push(removed(name, field, after));
    }
    for (name, field) in &pairing.added {
        found.push(added(name, field));
    }
    for pair in &pairing.kept {
        let from = found.len();
        found.extend(renamed(pair));
        for change in compare(&pair.old.schema, &pair.new.schema) {
            found.push(pair.inside((old, new), &change, judged(pair.new_name, &change)));
        }
        found.extend(requiredness(pair));
        found.extend(used(pair));
        found.extend(aliases(pair, before, after));
        let quiet = found.len() == from;
        found.extend(described(pair, quiet));
    }
    found.extend(claimed(before, after));
    found.extend(content_model(before, after));
    found.extend(reordered(old.written, new.written));
    found
}

fn removed(name: &str, field: &Field, new: &Signature) -> Change {
    // A name that means something else now is not passed over.
    let known = names(new);
    let reused =
        known.contains_key(name) || field.aliases.iter().any(|a| known.contains_key(a.as_str()));
    let change = if new.open && !reused {
        Change::new(
            &rules::REMOVED_TOLERATED,
            format!("`{name}` was removed; callers may still send it"),
        )
    } else {
        Change::new(
            &rules::REMOVED,
            format!("`{name}` was removed; callers that send it are refused"),
        )
        .help(format!("keep `{name}` with `ignored: true` (⇒ minor)"))
    };
    change.at_old(&field.pointer).values(shown(Some(&field.schema)), "")
}

fn added(name: &str, field: &Field) -> Change {
    let change = match (field.required && !field.ignored, &field.default) {
        (true, None) => {
            Change::new(&rules::REQUIRED_ADDED, format!("`{name}` is required and has no default"))
                .help(format!("give `{name}` a default (⇒ minor)"))
        }
        (true, Some(default)) => Change::new(
            &rules::REQUIRED_WITH_DEFAULT_ADDED,
            format!("`{name}` is required and defaults to `{}`", shown(Some(default))),
        ),
        (false, _) => Change::new(&rules::OPTIONAL_ADDED, format!("`{name}` is optional")),
    };
    change.at_new(&field.pointer).values("", shown(Some(&field.schema)))
}

/// Finds names that open inputs passed over and that stand for a field now: what callers sent
/// under them may be refused.
fn claimed(old: &Signature, new: &Signature) -> Vec<Change> {
    if !old.open {
        return Vec::new();
    }
    let before = names(old);
    let claimed = names(new).into_iter().filter(|(name, _)| !before.contains_key(name));
    let refuses = |field: &Field| {
        let everything = Value::Bool(true);
        compare(&everything, &field.schema).iter().any(|found| found.shift != Shift::Widened)
    };
    claimed
        .filter_map(|(name, owner)| Some((name, new.fields.get(owner)?)))
        .filter(|(_, field)| refuses(field))
        .map(|(name, field)| {
            let note = format!("`{name}` was accepted with any value, as unknown inputs were");
            Change::new(&rules::CONSTRAINT_TIGHTENED, note)
                .at_new(&field.pointer)
                .values("", shown(Some(&field.schema)))
        })
        .collect()
}

fn renamed(pair: &Pair<'_>) -> Option<Change> {
    let (old, new) = (pair.old_name, pair.new_name);
    let change = match pair.tie {
        Tie::Name => return None,
        Tie::Alias => Change::new(
            &rules::RENAMED_WITH_ALIAS,
            format!("`{old}` is now `{new}`; `{old}` is still accepted"),
        ),
        Tie::Rename => Change::new(
            &rules::RENAMED,
            format!("`{old}` is now `{new}`; callers that send `{old}` are not understood"),
        )
        .help(format!("keep `{old}` under `aliases` of `{new}` (⇒ minor)")),
    };
    Some(pair.at(change).values(old, new))
}

fn judged(name: &str, found: &SchemaChange) -> Change {
    let rule: &'static Rule = match (&found.aspect, found.shift) {
        (Aspect::Type | Aspect::Nullable, Shift::Widened) => &rules::TYPE_WIDENED,
        (Aspect::Type | Aspect::Nullable, Shift::Narrowed) => &rules::TYPE_NARROWED,
        (Aspect::Type | Aspect::Nullable, Shift::Changed) => &rules::TYPE_CHANGED,
        (Aspect::Enum { .. }, Shift::Widened) => &rules::ENUM_VALUE_ADDED,
        (Aspect::Enum { .. }, _) => &rules::ENUM_VALUE_REMOVED,
        (_, Shift::Widened) => &rules::CONSTRAINT_LOOSENED,
        (_, Shift::Narrowed) => &rules::CONSTRAINT_TIGHTENED,
        (_, Shift::Changed) => {
            return Change::new(
                &CONTRACT_CHANGE_UNKNOWN,
                format!("what input `{name}` accepts cannot be compared: {}", found.note),
            )
            .unknown();
        }
    };
    Change::new(rule, format!("input `{name}`: {}", found.note))
}

fn requiredness(pair: &Pair<'_>) -> Vec<Change> {
    let name = pair.new_name;
    let (old, new) = (pair.old, pair.new);
    let make = |rule: &'static Rule, what: &str| {
        pair.at(Change::new(rule, format!("`{name}` {what}")))
            .values(shown(old.default.as_ref()), shown(new.default.as_ref()))
    };
    let refused = |what: &str| {
        make(&rules::BECAME_REQUIRED, what).help(format!("give `{name}` a default (⇒ minor)"))
    };
    let default =
        (old.default != new.default).then(|| make(&rules::DEFAULT_CHANGED, "has another default"));
    // Nobody has to send what is ignored.
    match (old.required && !old.ignored, new.required && !new.ignored) {
        (false, true) if new.default.is_some() => {
            let change =
                make(&rules::BECAME_REQUIRED_WITH_DEFAULT, "is required now; a default stands in");
            std::iter::once(change).chain(default).collect()
        }
        (false, true) => vec![refused("is required now and has no default")],
        (true, false) => vec![make(&rules::BECAME_OPTIONAL, "is optional now")],
        (true, true) => match (&old.default, &new.default) {
            (Some(_), None) => vec![refused("is required and lost its default")],
            (None, Some(_)) => vec![make(&rules::BECAME_OPTIONAL, "has a default now")],
            _ => default.into_iter().collect(),
        },
        (false, false) => default.into_iter().collect(),
    }
}

fn used(pair: &Pair<'_>) -> Option<Change> {
    let name = pair.new_name;
    let change = match (pair.old.ignored, pair.new.ignored) {
        (false, true) => Change::new(
            &rules::REMOVED_TOLERATED,
            format!("`{name}` is ignored; callers may still send it"),
        ),
        (true, false) => Change::new(&rules::OPTIONAL_ADDED, format!("`{name}` is used again")),
        _ => return None,
    };
    Some(pair.at(change).values(pair.old.ignored.to_string(), pair.new.ignored.to_string()))
}

fn aliases(pair: &Pair<'_>, old: &Signature, new: &Signature) -> Vec<Change> {
    let of = |signature, owner: &str| -> BTreeSet<&str> {
        let all = names(signature).into_iter();
        all.filter(|(_, field)| *field == owner).map(|(name, _)| name).collect()
    };
    let (mut before, after) = (of(old, pair.old_name), of(new, pair.new_name));
    // A plain rename loses the old name by its own rule.
    if pair.tie == Tie::Rename {
        before.remove(pair.old_name);
    }
    let name = pair.new_name;
    let lost = before.difference(&after).map(|alias| {
        pair.at(Change::new(&rules::ALIAS_REMOVED, format!("`{name}` is refused under `{alias}`")))
            .values(*alias, "")
            .help(format!("keep `{alias}` under `aliases` of `{name}`"))
    });
    let won = after
        .difference(&before)
        .filter(|alias| **alias != name)
        .filter(|alias| **alias != pair.old_name)
        .map(|alias| {
            pair.at(Change::new(
                &rules::ALIAS_ADDED,
                format!("`{name}` is accepted under `{alias}`"),
            ))
            .values("", *alias)
        });
    lost.chain(won).collect()
}

/// Finds what is written about a field and is not judged: its digest changes all the same.
fn described(pair: &Pair<'_>, quiet: bool) -> Option<Change> {
    let (old, new) = (pair.old, pair.new);
    let text = old.description != new.description || old.extensible != new.extensible;
    (text || (quiet && old.schema != new.schema)).then(|| {
        let note = format!("what is written about `{}` changed", pair.new_name);
        pair.at(Change::new(&rules::DESCRIPTION_CHANGED, note)).values(
            old.description.clone().unwrap_or_default(),
            new.description.clone().unwrap_or_default(),
        )
    })
}

fn content_model(old: &Signature, new: &Signature) -> Option<Change> {
    let change = match (old.open, new.open) {
        (true, false) => {
            Change::new(&rules::CONTENT_MODEL_CLOSED, "unknown inputs are refused now")
                .help("keep `open: {inputs: true}` (⇒ none)")
        }
        (false, true) => {
            Change::new(&rules::CONTENT_MODEL_OPENED, "unknown inputs are accepted now")
        }
        _ => return None,
    };
    Some(change.at("/schema/open").values(old.open.to_string(), new.open.to_string()))
}

fn reordered(old: Option<&Value>, new: Option<&Value>) -> Option<Change> {
    let (Some(Value::Array(old_list)), Some(Value::Array(new_list))) = (old, new) else {
        return None;
    };
    let sorted = |list: &[Value]| {
        let mut texts: Vec<String> = list.iter().map(ToString::to_string).collect();
        texts.sort();
        texts
    };
    (old_list != new_list && sorted(old_list) == sorted(new_list)).then(|| {
        Change::new(&rules::REORDERED, "the inputs stand in another order")
            .at("/schema/inputs")
            .values(shown(old), shown(new))
    })
}
