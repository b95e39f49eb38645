//! Outputs: nothing may arrive that could not arrive before.

use super::change::{Change, shown};
use super::fields::{Pair, Pairing, Side, Tie};
use super::schema_diff::{Aspect, SchemaChange, Shift, compare};
use super::table::opaque::CONTRACT_CHANGE_UNKNOWN;
use super::table::output as rules;
use crate::finding::Rule;
use crate::registry::signature::{Field, Signature};
use crate::version::Bump;

/// Compares the outputs of two versions.
pub(super) fn changes(old: &Side<'_>, new: &Side<'_>) -> Vec<Change> {
    let (before, after) = (old.signature, new.signature);
    let pairing = Pairing::of(before, after, &|_| true);
    let mut found = Vec::new();
    for (name, field) in &pairing.removed {
        found.push(removed(name, field));
    }
    for (name, field) in &pairing.added {
        found.push(added(name, field, before));
    }
    for pair in &pairing.kept {
        let from = found.len();
        found.extend(renamed(pair));
        for change in compare(&pair.old.schema, &pair.new.schema) {
            found.push(pair.inside((old, new), &change, judged(pair, &change)));
        }
        found.extend(requiredness(pair));
        found.extend(extensible(pair));
        let quiet = found.len() == from;
        found.extend(described(pair, quiet));
    }
    found.extend(content_model(before, after));
    found
}

fn removed(name: &str, field: &Field) -> Change {
    let (rule, what): (&'static Rule, &str) = if field.required {
        (&rules::REMOVED, "was always there and is gone")
    } else {
        (&rules::OPTIONAL_REMOVED, "is gone")
    };
    Change::new(rule, format!("`{name}` {what}"))
        .at_old(&field.pointer)
        .values(shown(Some(&field.schema)), "")
}

fn added(name: &str, field: &Field, old: &Signature) -> Change {
    let change = if old.open {
        Change::new(&rules::ADDED, format!("`{name}` was added"))
    } else {
        let note = format!("`{name}` was added, and consumers were told to expect nothing more");
        Change::new(&rules::ADDED_TO_CLOSED, note)
    };
    change.at_new(&field.pointer).values("", shown(Some(&field.schema)))
}

fn renamed(pair: &Pair<'_>) -> Option<Change> {
    if pair.tie == Tie::Name {
        return None;
    }
    let (old, new) = (pair.old_name, pair.new_name);
    let note = format!("`{old}` is now `{new}`; consumers that read `{old}` find nothing");
    let help = format!("keep `{old}` beside `{new}` (⇒ minor where outputs are open)");
    Some(pair.at(Change::new(&rules::RENAMED, note)).values(old, new).help(help))
}

fn judged(pair: &Pair<'_>, found: &SchemaChange) -> Change {
    let name = pair.new_name;
    // Consumers of the old contract were told to expect values beyond the list.
    let expected = pair.old.extensible;
    let note = format!("output `{name}`: {}", found.note);
    let rule: &'static Rule = match (&found.aspect, found.shift) {
        (Aspect::Nullable, Shift::Widened) => &rules::BECAME_NULLABLE,
        (Aspect::Nullable, Shift::Narrowed) => &rules::BECAME_NOT_NULLABLE,
        (Aspect::Type, Shift::Widened) => &rules::TYPE_WIDENED,
        (Aspect::Type, Shift::Narrowed) => &rules::TYPE_NARROWED,
        (Aspect::Type | Aspect::Nullable, Shift::Changed) => &rules::TYPE_CHANGED,
        (Aspect::Enum { .. }, Shift::Widened) if expected => {
            return Change::new(&rules::ENUM_VALUE_ADDED, note).bump(Bump::Minor);
        }
        (Aspect::Enum { .. }, Shift::Widened) => {
            return Change::new(&rules::ENUM_VALUE_ADDED, note).help(format!(
                "release `{name}` with `extensible: true` first; values added after that are minor"
            ));
        }
        (Aspect::Enum { .. }, _) => &rules::ENUM_VALUE_REMOVED,
        (_, Shift::Widened) => &rules::CONSTRAINT_LOOSENED,
        (_, Shift::Narrowed) => &rules::CONSTRAINT_TIGHTENED,
        (_, Shift::Changed) => {
            let note = format!("what output `{name}` may be cannot be compared: {}", found.note);
            return Change::new(&CONTRACT_CHANGE_UNKNOWN, note).unknown();
        }
    };
    Change::new(rule, note)
}

fn requiredness(pair: &Pair<'_>) -> Option<Change> {
    let name = pair.new_name;
    let change = match (pair.old.required, pair.new.required) {
        (true, false) => {
            Change::new(&rules::BECAME_OPTIONAL, format!("`{name}` may be absent now"))
        }
        (false, true) => {
            Change::new(&rules::BECAME_REQUIRED, format!("`{name}` is always there now"))
        }
        _ => return None,
    };
    Some(pair.at(change).values(pair.old.required.to_string(), pair.new.required.to_string()))
}

fn extensible(pair: &Pair<'_>) -> Option<Change> {
    let name = pair.new_name;
    let change = match (pair.old.extensible, pair.new.extensible) {
        (false, true) => Change::new(
            &rules::CONSTRAINT_LOOSENED,
            format!("`{name}` may have values beyond its list"),
        ),
        (true, false) => Change::new(
            &rules::CONSTRAINT_TIGHTENED,
            format!("`{name}` has no values beyond its list"),
        ),
        _ => return None,
    };
    Some(pair.at(change).values(pair.old.extensible.to_string(), pair.new.extensible.to_string()))
}

/// Finds what is written about a field and is not judged: its digest changes all the same.
fn described(pair: &Pair<'_>, quiet: bool) -> Option<Change> {
    let (old, new) = (pair.old, pair.new);
    let text = old.description != new.description
        || old.default != new.default
        || old.aliases != new.aliases
        || old.ignored != new.ignored;
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
        (true, false) => Change::new(&rules::CONTENT_MODEL_CLOSED, "no further outputs appear"),
        (false, true) => Change::new(&rules::CONTENT_MODEL_OPENED, "further outputs may appear"),
        _ => return None,
    };
    Some(change.at("/schema/open").values(old.open.to_string(), new.open.to_string()))
}
