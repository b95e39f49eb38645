//! Schemas that refer to other places.

use serde_json::Value;

/// Says whether schemas differ and a reference may carry the difference elsewhere.
pub(super) fn may_reach(old: &Value, new: &Value) -> bool {
    (refers(old) || refers(new)) && stripped(old) != stripped(new)
}

/// Says whether a schema refers to another place.
fn refers(schema: &Value) -> bool {
    match schema {
        Value::Object(map) => map.iter().any(|(key, value)| {
            matches!(key.as_str(), "$ref" | "$dynamicRef" | "$recursiveRef") || refers(value)
        }),
        Value::Array(items) => items.iter().any(refers),
        _ => false,
    }
}

/// Returns a schema without the texts that only people read.
fn stripped(schema: &Value) -> Value {
    match schema {
        Value::Object(map) => Value::Object(
            map.iter()
                .filter(|(key, value)| {
                    let text = matches!(key.as_str(), "title" | "description" | "$comment");
                    !(text && value.is_string())
                })
                .map(|(key, value)| {
                    let data = matches!(key.as_str(), "enum" | "const" | "default" | "examples");
                    (key.clone(), if data { value.clone() } else { stripped(value) })
                })
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(stripped).collect()),
        other => other.clone(),
    }
}
