//! Documents that use every property, made from the examples in the schemas.

use serde_json::{Map, Value, json};

/// Makes values that together use every property of a schema, from the examples in it.
pub(crate) fn full(root: &Value, schema: &Value) -> Vec<Value> {
    if let Some(target) = schema["$ref"].as_str() {
        return full(root, root.pointer(&target[1..]).expect("a local reference"));
    }
    if let Some(branches) = schema["anyOf"].as_array().filter(|_| schema["properties"].is_null()) {
        return branches.iter().flat_map(|branch| full(root, branch)).collect();
    }
    if let Some(properties) = schema["properties"].as_object() {
        // Each variant leaves out all but one of the keys that exclude one another.
        let exclusive: Vec<&str> = schema["oneOf"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|branch| branch["required"][0].as_str())
            .collect();
        let values: Vec<(&String, Vec<Value>)> =
            properties.iter().map(|(key, property)| (key, full(root, property))).collect();
        let rounds = values.iter().map(|(_, values)| values.len()).max().unwrap_or(1);
        return (0..rounds.max(exclusive.len()))
            .map(|turn| {
                let keeps = |key: &str| {
                    let at = exclusive.iter().position(|other| *other == key);
                    at.is_none_or(|at| at == turn % exclusive.len())
                };
                let pairs = values.iter().filter(|(key, _)| keeps(key));
                let map: Map<String, Value> = pairs
                    .map(|(key, values)| ((*key).clone(), values[turn % values.len()].clone()))
                    .collect();
                Value::Object(map)
            })
            .collect();
    }
    let structured = |part: &Value| part.is_object();
    if structured(&schema["items"]) && schema["items"]["enum"].is_null() {
        let items = full(root, &schema["items"]);
        let plain = schema["examples"].get(0).filter(|_| !items.iter().any(Value::is_object));
        return vec![plain.cloned().unwrap_or(Value::Array(items))];
    }
    if structured(&schema["additionalProperties"]) {
        let inner = full(root, &schema["additionalProperties"]);
        if inner.iter().any(Value::is_object) || schema["examples"].is_null() {
            let names = ["one", "two", "three", "four", "five"];
            let map = names.iter().zip(inner).map(|(name, v)| ((*name).to_owned(), v)).collect();
            return vec![Value::Object(map)];
        }
    }
    if let Some(example) = schema["examples"].get(0) {
        return vec![example.clone()];
    }
    match schema["type"].as_str() {
        Some("string") => vec![json!("one")],
        Some("boolean") => vec![json!(true)],
        Some("object") => vec![json!({})],
        Some("array") => vec![json!([])],
        _ => vec![json!(1)],
    }
}
