//! Items and properties: the keywords that hold schemas.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Aspect, Keywords, Pair, Shift, Walk};
use crate::compat::schema_bounds::{Side, count};
use crate::yaml::escape_pointer;

static EVERYTHING: Value = Value::Bool(true);

impl Walk {
    pub(super) fn items(&mut self, pair: &Pair<'_>) {
        let unique = |schema: &Keywords| match schema.get("uniqueItems") {
            None | Some(Value::Bool(false)) => Some(false),
            Some(Value::Bool(true)) => Some(true),
            Some(_) => None,
        };
        let shift = match (unique(pair.old), unique(pair.new)) {
            (Some(false), Some(true)) => Some(Shift::Narrowed),
            (Some(true), Some(false)) => Some(Shift::Widened),
            (Some(_), Some(_)) => None,
            _ => (pair.old.get("uniqueItems") != pair.new.get("uniqueItems"))
                .then_some(Shift::Changed),
        };
        if let Some(shift) = shift {
            let aspect = Aspect::Constraint("uniqueItems".to_owned());
            self.keyword(shift, aspect, "uniqueItems", pair);
        }
        let (Some(old), Some(new)) = (Tuple::read(pair.old), Tuple::read(pair.new)) else {
            for key in ["items", "prefixItems"] {
                if pair.old.get(key) != pair.new.get(key) {
                    self.keyword(Shift::Changed, Aspect::Structure, key, pair);
                }
            }
            return;
        };
        for position in 0..old.first.len().max(new.first.len()) {
            let ((old, old_at), (new, new_at)) = (old.at(position), new.at(position));
            self.schema(old, new, &pair.at.below(&old_at, &new_at));
        }
        let ((old, old_at), (new, new_at)) = (old.rest(), new.rest());
        self.schema(old, new, &pair.at.below(old_at, new_at));
    }

    pub(super) fn contains(&mut self, pair: &Pair<'_>) {
        let bounds = ["minContains", "maxContains"];
        match (pair.old.get("contains"), pair.new.get("contains")) {
            (None, None) => {}
            (Some(old), Some(new)) if old == new => {
                for (key, side) in bounds.into_iter().zip([Side::Lower, Side::Upper]) {
                    let one = Value::from(1);
                    let stands = |schema: &Keywords| {
                        let absent = (side == Side::Lower).then(|| one.clone());
                        schema.get(key).cloned().or(absent)
                    };
                    let (old, new) = (stands(pair.old), stands(pair.new));
                    if let Some(shift) = count(old.as_ref(), new.as_ref(), side) {
                        self.keyword(shift, Aspect::Constraint(key.to_owned()), key, pair);
                    }
                }
            }
            (Some(_), Some(_)) => {
                let aspect = Aspect::Constraint("contains".to_owned());
                self.keyword(Shift::Changed, aspect, "contains", pair);
            }
            _ => self.opaque(pair, "contains", Aspect::Constraint("contains".to_owned())),
        }
    }

    pub(super) fn properties(&mut self, pair: &Pair<'_>) {
        self.required(pair);
        let keys = ["properties", "patternProperties", "additionalProperties"];
        let map = |schema| match Keywords::get(schema, "properties") {
            None => Some(Keywords::new()),
            Some(Value::Object(map)) => Some(map.clone()),
            Some(_) => None,
        };
        let patterns =
            [pair.old, pair.new].iter().any(|schema| schema.contains_key("patternProperties"));
        let (false, Some(old), Some(new)) = (patterns, map(pair.old), map(pair.new)) else {
            for key in keys {
                if pair.old.get(key) != pair.new.get(key) {
                    self.keyword(Shift::Changed, Aspect::Structure, key, pair);
                }
            }
            return;
        };
        let rest = |schema| match Keywords::get(schema, "additionalProperties") {
            Some(rest) => (rest, "/additionalProperties"),
            None => (&EVERYTHING, ""),
        };
        let ((old_rest, old_rest_at), (new_rest, new_rest_at)) = (rest(pair.old), rest(pair.new));
        let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for name in names {
            let at = format!("/properties/{}", escape_pointer(name));
            let side = |own: Option<&Value>, rest: &Value, rest_at: &str| match own {
                Some(own) => (own.clone(), at.clone()),
                None => (rest.clone(), rest_at.to_owned()),
            };
            let (old, old_at) = side(old.get(name), old_rest, old_rest_at);
            let (new, new_at) = side(new.get(name), new_rest, new_rest_at);
            self.schema(&old, &new, &pair.at.below(&old_at, &new_at));
        }
        self.schema(old_rest, new_rest, &pair.at.below(old_rest_at, new_rest_at));
    }

    fn required(&mut self, pair: &Pair<'_>) {
        let names = |schema| match Keywords::get(schema, "required") {
            None => Some(BTreeSet::new()),
            Some(Value::Array(names)) => {
                names.iter().map(|n| n.as_str().map(ToOwned::to_owned)).collect()
            }
            Some(_) => None,
        };
        let (Some(old), Some(new)) = (names(pair.old), names(pair.new)) else {
            if pair.old.get("required") != pair.new.get("required") {
                self.keyword(Shift::Changed, Aspect::Structure, "required", pair);
            }
            return;
        };
        for (shift, some, other) in [(Shift::Narrowed, &new, &old), (Shift::Widened, &old, &new)] {
            if some.difference(other).next().is_some() {
                self.keyword(shift, Aspect::Structure, "required", pair);
            }
        }
    }
}

/// The schemas of an array's items.
struct Tuple<'a> {
    first: &'a [Value],
    rest: Option<&'a Value>,
}

impl<'a> Tuple<'a> {
    /// Reads 2020-12's `prefixItems` and `items`; `None` for older or malformed forms.
    fn read(schema: &'a Keywords) -> Option<Self> {
        let first = match schema.get("prefixItems") {
            None => &[],
            Some(Value::Array(first)) => first.as_slice(),
            Some(_) => return None,
        };
        match schema.get("items") {
            Some(rest) if !rest.is_object() && !rest.is_boolean() => None,
            rest => Some(Self { first, rest }),
        }
    }

    fn at(&self, position: usize) -> (&'a Value, String) {
        match self.first.get(position) {
            Some(schema) => (schema, format!("/prefixItems/{position}")),
            None => (self.rest().0, self.rest().1.to_owned()),
        }
    }

    fn rest(&self) -> (&'a Value, &'static str) {
        self.rest.map_or((&EVERYTHING, ""), |rest| (rest, "/items"))
    }
}
