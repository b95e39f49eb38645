//! Compares two JSON Schemas: does the new one accept more, less, or something else?
//!
//! Every keyword of a schema refuses some values, and a value is accepted where no keyword
//! refuses it. So keywords are compared one by one: where none refuses more than before, nothing
//! accepted before is refused now. Whatever cannot be compared so is [`Shift::Changed`]. The
//! answer may see a narrowing that no value shows (`minLength` and `pattern` may exclude each
//! other); it never overlooks one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::change::shown;
use super::schema_bounds::{COUNTS, Side, count, keywords, multiple, range};
use super::schema_values::{Types, Values};
use crate::yaml::escape_pointer;

mod containers;
mod references;

/// What became of the set of accepted values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shift {
    /// More is accepted.
    Widened,
    /// Less is accepted.
    Narrowed,
    /// Something else, or it cannot be decided.
    Changed,
}

impl Shift {
    /// Returns what the reversed change does.
    #[must_use]
    pub const fn reversed(self) -> Self {
        match self {
            Self::Widened => Self::Narrowed,
            Self::Narrowed => Self::Widened,
            Self::Changed => Self::Changed,
        }
    }
}

/// Which part of a schema changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aspect {
    /// The types.
    Type,
    /// Whether null is accepted.
    Nullable,
    /// The listed values, as JSON.
    Enum {
        /// Values that are listed now.
        added: Vec<String>,
        /// Values that are no longer listed.
        removed: Vec<String>,
    },
    /// One keyword.
    Constraint(String),
    /// The format.
    Format,
    /// Properties and items.
    Structure,
}

/// One difference between two schemas.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SchemaChange {
    /// What became of the set of accepted values.
    pub shift: Shift,
    /// Which part changed.
    pub aspect: Aspect,
    /// Where, as a JSON pointer inside the old schema.
    pub pointer_old: String,
    /// Where, as a JSON pointer inside the new schema.
    pub pointer_new: String,
    /// What changed, for people.
    pub note: String,
    /// The old value as canonical JSON; empty where there was none.
    pub old: String,
    /// The new value as canonical JSON; empty where there is none.
    pub new: String,
}

/// Schemas nested deeper than this are compared for equality only.
const MAX_DEPTH: usize = 48;

/// Keywords that say nothing about which values are accepted.
const ANNOTATIONS: [&str; 8] = [
    "title",
    "description",
    "examples",
    "$comment",
    "deprecated",
    "default",
    "readOnly",
    "writeOnly",
];

/// Keywords that are compared below; all others are equal or unknown.
const COMPARED: [&str; 25] = [
    "type",
    "enum",
    "const",
    "minimum",
    "exclusiveMinimum",
    "maximum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "pattern",
    "format",
    "items",
    "prefixItems",
    "properties",
    "patternProperties",
    "additionalProperties",
    "required",
    "uniqueItems",
    "contains",
    "minContains",
];

/// Compares the schema of a value with its new schema. Equal schemas give nothing, and so do
/// schemas that differ in annotations alone.
#[must_use]
pub fn compare(old: &Value, new: &Value) -> Vec<SchemaChange> {
    let mut walk = Walk::default();
    let root = || Place { old: String::new(), new: String::new(), depth: 0 };
    walk.schema(old, new, &root());
    // A reference may point at any part, also from below `not`, where widening narrows.
    if references::may_reach(old, new) {
        walk.add(Shift::Changed, Aspect::Structure, &root(), "a schema with `$ref` changed");
    }
    walk.found.sort();
    walk.found.dedup();
    walk.found
}

/// Where a pair of schemas stands in both roots.
#[derive(Clone)]
struct Place {
    old: String,
    new: String,
    depth: usize,
}

impl Place {
    fn below(&self, old: &str, new: &str) -> Self {
        Self {
            old: format!("{}{old}", self.old),
            new: format!("{}{new}", self.new),
            depth: self.depth.saturating_add(1),
        }
    }
}

#[derive(Default)]
struct Walk {
    found: Vec<SchemaChange>,
}

type Keywords = Map<String, Value>;
type Listed<'a> = BTreeMap<String, &'a Value>;

impl Walk {
    fn add(&mut self, shift: Shift, aspect: Aspect, at: &Place, note: impl Into<String>) {
        self.found.push(SchemaChange {
            shift,
            aspect,
            pointer_old: at.old.clone(),
            pointer_new: at.new.clone(),
            note: note.into(),
            old: String::new(),
            new: String::new(),
        });
    }

    /// Adds a change of one keyword, pointing at the keyword where it stands.
    fn keyword(&mut self, shift: Shift, aspect: Aspect, key: &str, pair: &Pair<'_>) {
        let (old, new) = (pair.old.get(key), pair.new.get(key));
        let side = |base: &str, value: Option<&Value>| match value {
            Some(_) => format!("{base}/{}", escape_pointer(key)),
            None => base.to_owned(),
        };
        let note = match (old, new) {
            (None, _) => format!("`{key}` was added: {}", brief(new)),
            (_, None) => format!("`{key}` was removed: {}", brief(old)),
            _ => format!("`{key}`: {} → {}", brief(old), brief(new)),
        };
        self.found.push(SchemaChange {
            shift,
            aspect,
            pointer_old: side(&pair.at.old, old),
            pointer_new: side(&pair.at.new, new),
            note,
            old: shown(old),
            new: shown(new),
        });
    }

    fn schema(&mut self, old: &Value, new: &Value, at: &Place) {
        if old == new {
            return;
        }
        if at.depth > MAX_DEPTH {
            return self.add(Shift::Changed, Aspect::Structure, at, "nested too deep to compare");
        }
        let empty = Keywords::new();
        let (old, new) = match (old, new) {
            (Value::Bool(false), Value::Object(_) | Value::Bool(_)) => {
                return self.add(
                    Shift::Widened,
                    Aspect::Structure,
                    at,
                    "nothing was accepted before",
                );
            }
            (Value::Object(_) | Value::Bool(_), Value::Bool(false)) => {
                return self.add(Shift::Narrowed, Aspect::Structure, at, "nothing is accepted");
            }
            (Value::Object(old), Value::Object(new)) => (old, new),
            (Value::Object(old), Value::Bool(_)) => (old, &empty),
            (Value::Bool(_), Value::Object(new)) => (&empty, new),
            _ => return self.add(Shift::Changed, Aspect::Structure, at, "not a JSON Schema"),
        };
        let pair = Pair { old, new, at };
        let shared = self.values(&pair);
        self.numbers(&pair, shared);
        if shared.meets(Types::STRING) {
            self.opaque(&pair, "pattern", Aspect::Constraint("pattern".to_owned()));
        }
        self.opaque(&pair, "format", Aspect::Format);
        if shared.meets(Types::ARRAY) {
            self.items(&pair);
            self.contains(&pair);
        }
        if shared.meets(Types::OBJECT) {
            self.properties(&pair);
        }
        let others: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for key in others {
            let known = COMPARED.contains(&key.as_str()) || ANNOTATIONS.contains(&key.as_str());
            if !known && key != "maxContains" && old.get(key) != new.get(key) {
                self.keyword(Shift::Changed, Aspect::Constraint(key.clone()), key, &pair);
            }
        }
    }

    /// Compares types and listed values; returns the types that both sides accept.
    fn values(&mut self, pair: &Pair<'_>) -> Types {
        let (Some(old), Some(new)) = (Values::read(pair.old), Values::read(pair.new)) else {
            for key in ["type", "enum", "const"] {
                if pair.old.get(key) != pair.new.get(key) {
                    self.keyword(Shift::Changed, Aspect::Type, key, pair);
                }
            }
            return Types::ANY;
        };
        match (&old.listed, &new.listed) {
            (Some(old), Some(new)) => {
                let lacking = |some: &Listed<'_>, other: &Listed<'_>| {
                    some.keys().filter(|key| !other.contains_key(*key)).cloned().collect()
                };
                self.listed(pair, lacking(new, old), lacking(old, new));
            }
            (None, None) => self.types(pair, old.types, new.types),
            (list, _) => {
                let shift = if list.is_some() { Shift::Widened } else { Shift::Narrowed };
                let stands =
                    |key: &&str| pair.old.contains_key(*key) || pair.new.contains_key(*key);
                let key = ["enum", "const"].into_iter().find(stands).unwrap_or("enum");
                self.keyword(shift, Aspect::Constraint(key.to_owned()), key, pair);
                self.types(pair, old.types, new.types);
            }
        }
        old.types.and(new.types)
    }

    fn listed(&mut self, pair: &Pair<'_>, added: Vec<String>, removed: Vec<String>) {
        let stands = |key: &&str| pair.old.contains_key(*key) && pair.new.contains_key(*key);
        let key = ["enum", "const"].into_iter().find(stands).unwrap_or("enum");
        let names = |values: &[String]| {
            values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ")
        };
        for (shift, values) in [(Shift::Widened, added), (Shift::Narrowed, removed)] {
            if values.is_empty() {
                continue;
            }
            let (what, names) =
                (if shift == Shift::Widened { "added" } else { "removed" }, names(&values));
            let (added, removed) =
                if shift == Shift::Widened { (values, Vec::new()) } else { (Vec::new(), values) };
            self.keyword(shift, Aspect::Enum { added, removed }, key, pair);
            self.retitle(format!("listed values {what}: {names}"));
        }
    }

    fn retitle(&mut self, note: String) {
        if let Some(last) = self.found.last_mut() {
            last.note = note;
        }
    }

    fn types(&mut self, pair: &Pair<'_>, old: Types, new: Types) {
        if old == new {
            return;
        }
        let note = format!("{old} → {new}");
        let (mut lost, mut won) = (old.without(new), new.without(old));
        let any = old == Types::ANY || new == Types::ANY;
        if !old.meets(new) {
            self.keyword(Shift::Changed, Aspect::Type, "type", pair);
            return self.retitle(note);
        }
        if !any && lost.or(won).meets(Types::NULL) {
            let shift = if won.meets(Types::NULL) { Shift::Widened } else { Shift::Narrowed };
            self.keyword(shift, Aspect::Nullable, "type", pair);
            self.retitle(note.clone());
            (lost, won) = (lost.without(Types::NULL), won.without(Types::NULL));
        }
        let shift = match (lost == Types::NONE, won == Types::NONE) {
            (true, true) => return,
            (true, false) => Shift::Widened,
            (false, true) => Shift::Narrowed,
            (false, false) => Shift::Changed,
        };
        self.keyword(shift, Aspect::Type, "type", pair);
        self.retitle(note);
    }

    fn numbers(&mut self, pair: &Pair<'_>, shared: Types) {
        for (key, side, types) in COUNTS {
            if shared.meets(types)
                && let Some(shift) = count(pair.old.get(key), pair.new.get(key), side)
            {
                self.keyword(shift, Aspect::Constraint(key.to_owned()), key, pair);
            }
        }
        if !shared.meets(Types::NUMBER) {
            return;
        }
        for side in [Side::Lower, Side::Upper] {
            if let Some(shift) = range(pair.old, pair.new, side, shared) {
                let (at, beyond) = keywords(side);
                let key = if pair.old.get(at) == pair.new.get(at) { beyond } else { at };
                self.keyword(shift, Aspect::Constraint(key.to_owned()), key, pair);
            }
        }
        if let Some(shift) = multiple(pair.old.get("multipleOf"), pair.new.get("multipleOf")) {
            let aspect = Aspect::Constraint("multipleOf".to_owned());
            self.keyword(shift, aspect, "multipleOf", pair);
        }
    }

    /// Compares a keyword whose values cannot be compared: there, gone, or other.
    fn opaque(&mut self, pair: &Pair<'_>, key: &str, aspect: Aspect) {
        let shift = match (pair.old.get(key), pair.new.get(key)) {
            (None, None) => return,
            (Some(old), Some(new)) if old == new => return,
            (None, Some(_)) => Shift::Narrowed,
            (Some(_), None) => Shift::Widened,
            (Some(_), Some(_)) => Shift::Changed,
        };
        self.keyword(shift, aspect, key, pair);
    }
}

/// Two schemas that are objects, and where they stand.
struct Pair<'a> {
    old: &'a Keywords,
    new: &'a Keywords,
    at: &'a Place,
}

/// Shows a value for people, cut where it is long.
fn brief(value: Option<&Value>) -> String {
    let text = shown(value);
    if text.chars().count() <= 60 {
        return format!("`{text}`");
    }
    format!("`{}…`", text.chars().take(60).collect::<String>())
}

#[cfg(test)]
mod tests;
