//! Which JSON values a schema speaks of: types and listed values.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::{Map, Number, Value};

/// A set of JSON types; integers are apart from numbers with a fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Types(u8);

const NAMES: [(&str, u8); 7] = [
    ("null", 1),
    ("boolean", 2),
    ("string", 4),
    ("integer", 8),
    ("number", 8 | 16),
    ("array", 32),
    ("object", 64),
];

impl Types {
    pub(super) const NONE: Self = Self(0);
    pub(super) const NULL: Self = Self(1);
    pub(super) const STRING: Self = Self(4);
    pub(super) const INTEGER: Self = Self(8);
    pub(super) const NUMBER: Self = Self(24);
    pub(super) const ARRAY: Self = Self(32);
    pub(super) const OBJECT: Self = Self(64);
    pub(super) const ANY: Self = Self(127);

    /// Reads `type`; `None` where it is malformed.
    pub(super) fn read(schema: &Map<String, Value>) -> Option<Self> {
        let one = |value: &Value| {
            let name = value.as_str()?;
            NAMES.iter().find(|(known, _)| *known == name).map(|(_, bits)| *bits)
        };
        match schema.get("type") {
            None => Some(Self::ANY),
            Some(Value::Array(names)) => {
                names.iter().try_fold(0, |all, name| Some(all | one(name)?)).map(Self)
            }
            Some(name) => one(name).map(Self),
        }
    }

    /// Returns the type of one value.
    pub(super) fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::NULL,
            Value::Bool(_) => Self(2),
            Value::String(_) => Self::STRING,
            Value::Number(number) if integer(number).is_some() => Self::INTEGER,
            Value::Number(_) => Self(16),
            Value::Array(_) => Self::ARRAY,
            Value::Object(_) => Self::OBJECT,
        }
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(super) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl std::fmt::Display for Types {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if *self == Self::ANY {
            return f.write_str("any type");
        }
        let mut names: Vec<&str> = NAMES
            .iter()
            .filter(|(_, bits)| self.0 & bits == *bits)
            .map(|(name, _)| *name)
            .collect();
        if names.contains(&"number") {
            names.retain(|name| *name != "integer");
        }
        if names.is_empty() {
            return f.write_str("nothing");
        }
        write!(f, "`{}`", names.join(" | "))
    }
}

/// The values that `type`, `enum` and `const` leave.
pub(super) struct Values<'a> {
    /// The types of these values.
    pub(super) types: Types,
    /// The values, where they are listed, keyed by equality as JSON Schema has it (1 is 1.0).
    pub(super) listed: Option<BTreeMap<String, &'a Value>>,
}

impl<'a> Values<'a> {
    /// Reads the keywords; `None` where one is malformed.
    pub(super) fn read(schema: &'a Map<String, Value>) -> Option<Self> {
        let types = Types::read(schema)?;
        let list = match schema.get("enum") {
            None => None,
            Some(Value::Array(values)) => Some(values.as_slice()),
            Some(_) => return None,
        };
        let single = schema.get("const").map(std::slice::from_ref);
        let Some(first) = list.or(single) else {
            return Some(Self { types, listed: None });
        };
        let single = single.and_then(|one| one.first()).map(key);
        let listed: BTreeMap<String, &Value> = first
            .iter()
            .map(|value| (key(value), value))
            .filter(|(own, value)| {
                types.meets(Types::of(value)) && single.as_ref().is_none_or(|one| one == own)
            })
            .collect();
        let types = listed.values().fold(Types::NONE, |all, value| all.or(Types::of(value)));
        Some(Self { types, listed: Some(listed) })
    }
}

/// Writes a value so that equal values, as JSON Schema has it, are equal texts.
fn key(value: &Value) -> String {
    match value {
        Value::Number(number) => {
            integer(number).map_or_else(|| number.to_string(), |whole| whole.to_string())
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(key).collect();
            format!("[{}]", items.join(","))
        }
        Value::Object(map) => {
            let sorted: BTreeMap<String, String> =
                map.iter().map(|(k, v)| (Value::from(k.as_str()).to_string(), key(v))).collect();
            let pairs: Vec<String> = sorted.iter().map(|(k, v)| format!("{k}:{v}")).collect();
            format!("{{{}}}", pairs.join(","))
        }
        other => other.to_string(),
    }
}

/// The largest whole number below which every whole double is exact: 2^53.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Returns a number as a whole one, where it is one and exact.
pub(super) fn integer(number: &Number) -> Option<i128> {
    if let Some(whole) = number.as_i64() {
        return Some(i128::from(whole));
    }
    if let Some(whole) = number.as_u64() {
        return Some(i128::from(whole));
    }
    let double = number.as_f64()?;
    if double.fract() != 0.0 || double.abs() >= EXACT {
        return None;
    }
    // Formatting is exact where a cast would need a proof.
    format!("{double:.0}").parse().ok()
}

/// Compares two numbers; `None` where doubles cannot tell.
pub(super) fn order(old: &Number, new: &Number) -> Option<Ordering> {
    if let (Some(old), Some(new)) = (integer(old), integer(new)) {
        return Some(old.cmp(&new));
    }
    let order = old.as_f64()?.partial_cmp(&new.as_f64()?)?;
    (order != Ordering::Equal || old == new).then_some(order)
}
