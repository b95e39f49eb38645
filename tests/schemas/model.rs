//! The schemas themselves, and the typed model beside them.

use std::collections::BTreeSet;

use keelmark::ident::Kind;
use keelmark::registry::common::Common;
use keelmark::schema::{Shape, source};
use serde_json::{Value, json};

use crate::full::full;
use crate::{checked, schema, shown, typed, validator};

/// Says which part of `written` is not in `read`; integers and floats of one value are equal.
fn lost(written: &Value, read: &Value, at: &str) -> Vec<String> {
    match (written, read) {
        (Value::Object(w), Value::Object(r)) => w
            .iter()
            .flat_map(|(key, value)| match r.get(key) {
                Some(found) => lost(value, found, &format!("{at}/{key}")),
                None => vec![format!("{at}/{key} is gone")],
            })
            .collect(),
        (Value::Array(w), Value::Array(r)) if w.len() == r.len() => w
            .iter()
            .zip(r)
            .enumerate()
            .flat_map(|(index, (w, r))| lost(w, r, &format!("{at}/{index}")))
            .collect(),
        (Value::Number(w), Value::Number(r)) if w.as_f64() == r.as_f64() => Vec::new(),
        // The short forms are written out in full.
        (Value::String(w), Value::Object(r)) if r.values().any(|value| value == w) => Vec::new(),
        _ if written == read => Vec::new(),
        _ => vec![format!("{at}: {written} became {read}")],
    }
}

/// Collects the sub-schemas that stand for a named property, with their pointers.
fn properties(schema: &Value, at: &str, found: &mut Vec<(String, Value)>) {
    match schema {
        Value::Object(map) => {
            for (key, value) in map {
                if key == "examples" || key == "default" || key == "const" || key == "enum" {
                    continue;
                }
                if let ("properties", Value::Object(named)) = (key.as_str(), value) {
                    for (name, property) in named {
                        found.push((format!("{at}/{name}"), property.clone()));
                    }
                }
                properties(value, &format!("{at}/{key}"), found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                properties(item, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

#[test]
fn every_schema_is_valid_flat_and_names_itself() {
    for shape in Shape::all() {
        let schema = schema(shape);
        assert!(jsonschema::meta::is_valid(&schema), "{shape:?}");
        let text = source(shape);
        let name = match shape {
            Shape::Entry(kind) => kind.name().to_owned(),
            Shape::Config => "keelmark".to_owned(),
            Shape::Policy(policy) => format!("policies/{}", policy.name()),
        };
        let id = format!("https://keelmark.dev/schemas/v1/{name}.schema.json");
        assert_eq!(schema["$id"], json!(id));
        assert_eq!(schema["additionalProperties"], json!(false), "{name}");
        for word in ["allOf", "unevaluatedProperties", "\"$ref\": \"http"] {
            assert!(!text.contains(word), "{name} holds {word}");
        }
    }
}

#[test]
fn every_property_has_a_title_a_description_and_examples_that_it_accepts() {
    for shape in Shape::all() {
        let schema = schema(shape);
        let mut found = Vec::new();
        properties(&schema, "", &mut found);
        assert!(!found.is_empty());
        for (at, property) in found {
            for key in ["title", "description", "examples"] {
                assert!(!property[key].is_null(), "{shape:?} {at} has no {key}");
            }
            let mut alone = property.clone();
            alone["$defs"] = schema["$defs"].clone();
            if alone["$defs"].is_null() {
                alone.as_object_mut().expect("a map").remove("$defs");
            }
            let judge = validator(&alone);
            for example in property["examples"].as_array().expect("a list") {
                let errors: Vec<String> =
                    judge.iter_errors(example).map(|e| e.to_string()).collect();
                assert!(errors.is_empty(), "{shape:?} {at}: {errors:?}");
            }
            if !property["default"].is_null() && property["type"] != json!("object") {
                assert!(judge.is_valid(&property["default"]), "{shape:?} {at} default");
            }
        }
    }
}

#[test]
fn the_shared_keys_read_the_same_in_every_kind() {
    let prompt = schema(Shape::Entry(Kind::Prompt));
    let shared = serde_json::to_value(Common::default()).expect("json");
    for kind in Kind::ALL {
        let other = schema(Shape::Entry(kind));
        for key in shared.as_object().expect("a map").keys().filter(|key| *key != "checksums") {
            let (ours, theirs) = (&prompt["properties"][key], &other["properties"][key]);
            assert!(!ours.is_null(), "{key}");
            assert_eq!(ours, theirs, "{kind} {key}");
        }
        for key in ["id", "version", "owner"] {
            assert!(other["required"].as_array().expect("a list").contains(&json!(key)));
        }
    }
}

#[test]
fn a_document_with_every_property_is_accepted_and_keeps_every_key_in_the_typed_model() {
    for shape in Shape::all() {
        let schema = schema(shape);
        let documents = full(&schema, &schema);
        let mut used = BTreeSet::new();
        for value in &documents {
            let text = serde_json::to_string_pretty(value).expect("json");
            let checked = checked(shape, &text);
            let shown: Vec<String> = checked.findings.iter().map(shown).collect();
            assert!(shown.is_empty(), "{shape:?}: {shown:#?}\n{text}");
            let read = typed(shape, &checked.readable(value)).expect("a typed reading");
            assert_eq!(lost(value, &read, ""), Vec::<String>::new(), "{shape:?}");
            used.extend(value.as_object().expect("a map").keys().cloned());
        }
        let known = schema["properties"].as_object().expect("a map").keys().cloned();
        assert_eq!(used, known.collect::<BTreeSet<_>>(), "{shape:?}");
    }
}

#[test]
fn the_typed_model_has_no_key_that_the_schema_lacks_and_the_same_defaults() {
    for shape in Shape::all() {
        let schema = schema(shape);
        let empty = typed(shape, &json!({})).expect("all defaults");
        same_keys(&schema, &empty, &format!("{shape:?}"));
    }
}

fn same_keys(schema: &Value, empty: &Value, at: &str) {
    for (key, value) in empty.as_object().expect("a map") {
        let property = &schema["properties"][key];
        assert!(!property.is_null(), "{at}/{key} is in the model alone");
        if !property["default"].is_null() && !value.is_null() {
            let equal = property["default"] == *value
                || property["default"].as_f64().is_some_and(|d| value.as_f64() == Some(d));
            assert!(equal, "{at}/{key}: {} and {value}", property["default"]);
        }
        if property["properties"].is_object() && value.is_object() {
            // `checksums` and the like are maps with a few known keys.
            same_keys(property, value, &format!("{at}/{key}"));
        }
    }
}

/// What no rule of a kind's own speaks of is read nowhere in particular.
const READ_ANYTHING: [&str; 2] = ["content-changed", "contract-change-unknown"];

#[test]
fn what_a_rule_about_a_change_reads_is_in_a_schema() {
    let schemas: Vec<Value> =
        Kind::ALL.into_iter().map(|kind| schema(Shape::Entry(kind))).collect();
    let mut wrong = Vec::new();
    for rule in keelmark::compat::RULES.iter().filter(|rule| rule.bump.is_some()) {
        let stands = schemas.iter().any(|schema| schema.pointer(rule.reads).is_some());
        let anything = READ_ANYTHING.contains(&rule.id);
        if rule.reads.is_empty() != anything || !stands {
            wrong.push(format!("{} reads `{}`", rule.id, rule.reads));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
