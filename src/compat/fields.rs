//! What inputs and outputs have in common: which fields belong together, and where they stand.

use std::collections::BTreeMap;

use serde_json::Value;

use super::change::Change;
use super::schema_diff::SchemaChange;
use crate::registry::signature::{Field, Signature};

/// One side of a comparison: the signature, and the value that it was read from.
pub(super) struct Side<'a> {
    pub(super) signature: &'a Signature,
    pub(super) written: Option<&'a Value>,
}

impl Side<'_> {
    /// Joins a pointer inside the normal form's schema to the place in the file. The short form
    /// is a bare name, inside which nothing can be pointed at.
    fn pointer(&self, field: &Field, inside: &str) -> String {
        match self.written {
            Some(Value::Array(_)) => field.pointer.clone(),
            _ => format!("{}{inside}", field.pointer),
        }
    }
}

/// How a field of the old side belongs to one of the new side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tie {
    /// The names are equal.
    Name,
    /// The new field keeps the old name as an alias.
    Alias,
    /// The new field says which name it had, or nothing else can be meant.
    Rename,
}

/// A field on both sides.
pub(super) struct Pair<'a> {
    pub(super) old_name: &'a str,
    pub(super) new_name: &'a str,
    pub(super) old: &'a Field,
    pub(super) new: &'a Field,
    pub(super) tie: Tie,
}

/// The fields of both sides, sorted out.
#[derive(Default)]
pub(super) struct Pairing<'a> {
    pub(super) kept: Vec<Pair<'a>>,
    pub(super) removed: BTreeMap<&'a str, &'a Field>,
    pub(super) added: BTreeMap<&'a str, &'a Field>,
}

/// Whether a field of the old side may be taken for a renamed one without being told so.
pub(super) type MayGuess<'f> = &'f dyn Fn(&Field) -> bool;

impl<'a> Pairing<'a> {
    /// Pairs by name, by alias, by `renamed_from`, and by elimination: the only removed and the
    /// only added field of one schema.
    pub(super) fn of(old: &'a Signature, new: &'a Signature, guess: MayGuess<'_>) -> Self {
        let mut pairing = Self::default();
        for (name, field) in &old.fields {
            match new.fields.get(name) {
                Some(other) => pairing.kept.push(Pair {
                    old_name: name,
                    new_name: name,
                    old: field,
                    new: other,
                    tie: Tie::Name,
                }),
                None => {
                    pairing.removed.insert(name, field);
                }
            }
        }
        let added = new.fields.iter().filter(|(name, _)| !old.fields.contains_key(*name));
        pairing.added = added.map(|(name, field)| (name.as_str(), field)).collect();
        let known = names(new);
        pairing.tie(Tie::Alias, |old_name, _, new_name, _| known.get(old_name) == Some(&new_name));
        pairing.tie(Tie::Rename, |old_name, _, _, field| {
            field.renamed_from.as_deref() == Some(old_name)
        });
        let alone = |fields: &BTreeMap<&str, &Field>, schema: &Value| {
            fields.values().filter(|field| field.schema == *schema).count() == 1
        };
        let (removed, added) = (pairing.removed.clone(), pairing.added.clone());
        pairing.tie(Tie::Rename, |_, old, _, new| {
            old.schema == new.schema
                && alone(&removed, &old.schema)
                && alone(&added, &new.schema)
                && guess(new)
        });
        pairing
    }

    fn tie(&mut self, tie: Tie, belongs: impl Fn(&str, &Field, &str, &Field) -> bool) {
        for (old_name, old) in self.removed.clone() {
            let found = self.added.iter().find(|(name, new)| belongs(old_name, old, name, new));
            if let Some((new_name, new)) = found.map(|(name, new)| (*name, *new)) {
                self.removed.remove(old_name);
                self.added.remove(new_name);
                self.kept.push(Pair { old_name, new_name, old, new, tie });
            }
        }
    }
}

/// Returns every name that a signature understands, with the field that it stands for: a field's
/// own name before any alias, an alias of the first field that claims it.
pub(super) fn names(signature: &Signature) -> BTreeMap<&str, &str> {
    let mut names: BTreeMap<&str, &str> =
        signature.fields.keys().map(|name| (name.as_str(), name.as_str())).collect();
    for (name, field) in &signature.fields {
        for alias in &field.aliases {
            names.entry(alias).or_insert(name);
        }
    }
    names
}

impl Pair<'_> {
    /// Points a change at the field on both sides.
    pub(super) fn at(&self, change: Change) -> Change {
        change.at_old(&self.old.pointer).at_new(&self.new.pointer)
    }

    /// Points a change at the part of the schema that changed.
    pub(super) fn inside(
        &self,
        (old, new): (&Side<'_>, &Side<'_>),
        found: &SchemaChange,
        change: Change,
    ) -> Change {
        change
            .at_old(&old.pointer(self.old, &found.pointer_old))
            .at_new(&new.pointer(self.new, &found.pointer_new))
            .values(&found.old, &found.new)
    }
}
