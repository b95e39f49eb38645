//! Keys that say what is meant without them.
//!
//! Whoever writes `live: false` out changes nothing, so it does not count in the contract or the
//! behaviour. A test holds this table and the defaults of the schemas together.

use serde_json::{Map, Value};

use crate::ident::Kind;

/// What is meant where a key is not written.
#[derive(Clone, Copy)]
enum Meant {
    Flag(bool),
    Word(&'static str),
    Number(f64),
    /// An empty list or map.
    Nothing,
}

impl Meant {
    fn is(self, value: &Value) -> bool {
        match self {
            Self::Flag(flag) => value.as_bool() == Some(flag),
            Self::Word(word) => value.as_str() == Some(word),
            Self::Number(number) => value.as_f64().is_some_and(|v| v.total_cmp(&number).is_eq()),
            Self::Nothing => match value {
                Value::Array(items) => items.is_empty(),
                Value::Object(map) => map.is_empty(),
                _ => false,
            },
        }
    }
}

/// A way to a key; `*` is every item of a list and every value of a map.
type Way = &'static [&'static str];

const OF_EVERY_KIND: [(Way, Meant); 3] = [
    (&["depends_on", "*", "edge"], Meant::Word("runtime")),
    (&["depends_on"], Meant::Nothing),
    (&["aliases"], Meant::Nothing),
];

const fn of(kind: Kind) -> &'static [(Way, Meant)] {
    match kind {
        Kind::Dataset => &[
            (&["ordered"], Meant::Flag(false)),
            (&["live"], Meant::Flag(false)),
            (&["extensible"], Meant::Flag(false)),
            (&["partitions", "*", "closed"], Meant::Flag(true)),
            (&["columns", "*", "type"], Meant::Word("string")),
            (&["columns", "*", "label"], Meant::Flag(false)),
            (&["columns", "*", "nullable"], Meant::Flag(false)),
            (&["columns", "*", "extensible"], Meant::Flag(false)),
            (&["columns", "*", "pii"], Meant::Flag(false)),
            (&["files"], Meant::Nothing),
            (&["partitions"], Meant::Nothing),
            (&["columns"], Meant::Nothing),
            (&["weights"], Meant::Nothing),
            (&["languages"], Meant::Nothing),
            (&["provenance", "derived_from"], Meant::Nothing),
            (&["provenance", "attestations"], Meant::Nothing),
            (&["provenance"], Meant::Nothing),
        ],
        Kind::Judge => &[
            (&["votes"], Meant::Number(1.0)),
            (&["min_coverage"], Meant::Number(0.95)),
            (&["parameters", "stop"], Meant::Nothing),
            (&["parameters"], Meant::Nothing),
        ],
        Kind::Profile => &[
            (&["guardrails", "*", "applies_to"], Meant::Word("output")),
            (&["guardrails", "*", "action"], Meant::Word("block")),
            (&["guardrails"], Meant::Nothing),
            (&["services"], Meant::Nothing),
        ],
        Kind::Prompt => &[
            (&["engine"], Meant::Word("jinja")),
            (&["streaming"], Meant::Flag(false)),
            (&["tools", "*", "executed_by"], Meant::Word("caller")),
        ],
        Kind::Suite => &[
            (&["repeat"], Meant::Number(1.0)),
            (&["models"], Meant::Nothing),
            (&["route"], Meant::Nothing),
            (&["bind"], Meant::Nothing),
            (&["judges"], Meant::Nothing),
            (&["when"], Meant::Nothing),
        ],
        Kind::Model => &[
            (&["provenance", "derived_from"], Meant::Nothing),
            (&["provenance", "attestations"], Meant::Nothing),
            (&["provenance"], Meant::Nothing),
        ],
        Kind::Composite | Kind::Fragment => &[],
    }
}

/// Takes out what an entry of a kind would mean without it.
pub(super) fn leave_out(kind: Kind, keys: &mut Map<String, Value>) {
    for (way, meant) in OF_EVERY_KIND.iter().chain(of(kind)) {
        if let Some((key, rest)) = way.split_first() {
            leave_out_of(keys, key, rest, *meant);
        }
    }
}

fn leave_out_of(map: &mut Map<String, Value>, key: &str, rest: Way, meant: Meant) {
    let Some((next, behind)) = rest.split_first() else {
        if map.get(key).is_some_and(|value| meant.is(value)) {
            map.remove(key);
        }
        return;
    };
    let mut below: Vec<&mut Value> = match map.get_mut(key) {
        Some(Value::Object(inner)) if *next != "*" => {
            return leave_out_of(inner, next, behind, meant);
        }
        Some(Value::Array(items)) => items.iter_mut().collect(),
        Some(Value::Object(inner)) => inner.values_mut().collect(),
        _ => return,
    };
    let Some((last, behind)) = behind.split_first() else { return };
    for item in below.iter_mut().filter_map(|value| value.as_object_mut()) {
        leave_out_of(item, last, behind, meant);
    }
}
