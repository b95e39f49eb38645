//! Inputs and outputs in one normal form, whichever way they were written.

use std::collections::{BTreeMap, BTreeSet};

use crate::yaml::escape_pointer;

use serde_json::{Map, Value, json};

/// Which way values flow through a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// Callers send them.
    Input,
    /// Callers receive them.
    Output,
}

/// One named value of a signature.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// The JSON Schema of the value, without Keelmark's own keys and without `description`.
    pub schema: Value,
    /// Whether the value must be present.
    pub required: bool,
    /// What stands in for an absent input.
    pub default: Option<Value>,
    /// Older names that are still accepted.
    pub aliases: BTreeSet<String>,
    /// Whether consumers must be ready for values that `enum` does not list.
    pub extensible: bool,
    /// Whether the input is accepted and not used.
    pub ignored: bool,
    /// The name that the value had before.
    pub renamed_from: Option<String>,
    /// What the value means.
    pub description: Option<String>,
    /// The JSON pointer of the field in its entry file.
    pub pointer: String,
}

/// The inputs or the outputs of an entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Signature {
    /// The fields by name.
    pub fields: BTreeMap<String, Field>,
    /// Whether names that are not listed are accepted (inputs) or may appear (outputs).
    pub open: bool,
}

/// The keys of a field that are Keelmark's and not JSON Schema's.
///
/// `required` is Keelmark's only where it is a boolean; as a list it is JSON Schema's.
const OWN_KEYS: [&str; 6] =
    ["default", "aliases", "extensible", "ignored", "renamed_from", "description"];

impl Signature {
    /// Reads a short form (list of names) or a long form (map of name to schema).
    ///
    /// `pointer` is where the value stands in its file, such as `/schema/inputs`; `open` is the
    /// content model as written. Inputs are closed and outputs are open unless it says otherwise.
    #[must_use]
    pub fn read(
        value: Option<&Value>,
        pointer: &str,
        direction: Direction,
        open: Option<bool>,
    ) -> Self {
        let fields = match value {
            Some(Value::Array(names)) => names
                .iter()
                .enumerate()
                .filter_map(|(at, name)| {
                    let name = name.as_str()?;
                    Some((name.to_owned(), short_field(direction, format!("{pointer}/{at}"))))
                })
                .collect(),
            Some(Value::Object(map)) => map
                .iter()
                .map(|(name, schema)| {
                    let at = format!("{pointer}/{}", escape_pointer(name));
                    (name.clone(), long_field(schema, at))
                })
                .collect(),
            _ => BTreeMap::new(),
        };
        Self { fields, open: open.unwrap_or(direction == Direction::Output) }
    }

    /// Returns the JSON Schema of an object with the declared names. An input for which a default
    /// stands in may be left out.
    #[must_use]
    pub fn json_schema(&self, direction: Direction) -> Value {
        let properties: Map<String, Value> =
            self.fields.iter().map(|(name, field)| (name.clone(), field.schema.clone())).collect();
        let needed = |field: &Field| {
            field.required && (direction == Direction::Output || field.default.is_none())
        };
        let required: Vec<&String> =
            self.fields.iter().filter(|(_, field)| needed(field)).map(|(name, _)| name).collect();
        json!({
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": self.open,
        })
    }

    /// Returns the normal form as JSON, for digests and for `show`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let fields: Map<String, Value> = self
            .fields
            .iter()
            .map(|(name, field)| {
                let mut json = json!({"schema": field.schema, "required": field.required});
                if let Value::Object(map) = &mut json {
                    if let Some(default) = &field.default {
                        map.insert("default".to_owned(), default.clone());
                    }
                    if !field.aliases.is_empty() {
                        map.insert("aliases".to_owned(), json!(field.aliases));
                    }
                    if field.extensible {
                        map.insert("extensible".to_owned(), json!(true));
                    }
                    if field.ignored {
                        map.insert("ignored".to_owned(), json!(true));
                    }
                    if let Some(description) = &field.description {
                        map.insert("description".to_owned(), json!(description));
                    }
                }
                (name.clone(), json)
            })
            .collect();
        json!({"fields": fields, "open": self.open})
    }
}

/// The short form: an input is a required string, an output may be any JSON value.
fn short_field(direction: Direction, pointer: String) -> Field {
    let schema = match direction {
        Direction::Input => json!({"type": "string"}),
        Direction::Output => json!({}),
    };
    Field {
        schema,
        required: true,
        default: None,
        aliases: BTreeSet::new(),
        extensible: false,
        ignored: false,
        renamed_from: None,
        description: None,
        pointer,
    }
}

fn long_field(written: &Value, pointer: String) -> Field {
    let empty = Map::new();
    let map = written.as_object().unwrap_or(&empty);
    let flag = |key: &str| map.get(key).and_then(Value::as_bool);
    let text = |key: &str| map.get(key).and_then(Value::as_str).map(ToOwned::to_owned);
    let default = map.get("default").cloned();
    let aliases = map.get("aliases").and_then(Value::as_array);
    let schema = if written.is_object() {
        let keep = |key: &str, value: &Value| {
            !(OWN_KEYS.contains(&key) || key == "required" && value.is_boolean())
        };
        Value::Object(
            map.iter().filter(|(k, v)| keep(k, v)).map(|(k, v)| (k.clone(), v.clone())).collect(),
        )
    } else {
        // `true` and `false` are schemas too.
        written.clone()
    };
    Field {
        schema,
        required: flag("required").unwrap_or(default.is_none()),
        default,
        aliases: aliases
            .into_iter()
            .flatten()
            .filter_map(|alias| alias.as_str().map(ToOwned::to_owned))
            .collect(),
        extensible: flag("extensible").unwrap_or(false),
        ignored: flag("ignored").unwrap_or(false),
        renamed_from: text("renamed_from"),
        description: text("description"),
        pointer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_inputs_are_required_strings_and_closed() {
        let read =
            Signature::read(Some(&json!(["question"])), "/schema/inputs", Direction::Input, None);
        let field = &read.fields["question"];
        assert_eq!(field.schema, json!({"type": "string"}));
        assert!(field.required && !read.open);
        assert_eq!(field.pointer, "/schema/inputs/0");
    }

    #[test]
    fn a_default_makes_a_field_optional_unless_it_says_otherwise() {
        let read = Signature::read(
            Some(&json!({
                "a": {"type": "string", "default": "x"},
                "b": {"type": "object", "required": ["k"]},
                "c/d": {"type": "string", "required": false, "aliases": ["e"]},
            })),
            "/schema/inputs",
            Direction::Input,
            Some(true),
        );
        assert!(!read.fields["a"].required);
        assert!(read.fields["b"].required);
        assert_eq!(read.fields["b"].schema, json!({"type": "object", "required": ["k"]}));
        assert!(!read.fields["c/d"].required);
        assert_eq!(read.fields["c/d"].pointer, "/schema/inputs/c~1d");
        assert!(read.open);
    }
}
