//! The schemas of the output keep what they promise about themselves.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::fixtures::{PROMPT, published};

/// Walks a schema and insists that every object is closed and every key described.
fn walk(place: &str, schema: &Value) {
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        assert_eq!(schema["additionalProperties"], false, "{place} is open");
        for (key, property) in properties {
            let described = property.get("$ref").is_some() || property["description"].is_string();
            assert!(described, "{place}/{key} has no description");
            walk(&format!("{place}/{key}"), property);
        }
        let required = schema["required"].as_array().map_or(0, Vec::len);
        assert_eq!(required, properties.len(), "{place}: every key is always there");
    }
    for key in ["items", "anyOf", "$defs"] {
        match schema.get(key) {
            Some(Value::Array(schemas)) => schemas.iter().for_each(|schema| walk(place, schema)),
            Some(Value::Object(schemas)) if key == "$defs" => {
                schemas.iter().for_each(|(name, schema)| walk(&format!("{place}/{name}"), schema));
            }
            Some(schema) => walk(place, schema),
            None => {}
        }
    }
}

#[test]
fn every_object_of_the_output_is_closed_and_every_key_described() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
    let mut count = 0;
    let folders = ["output", "ledger"].map(|folder| fs::read_dir(root.join(folder)));
    for file in folders.into_iter().flat_map(|files| files.expect("schemas")) {
        let path = file.expect("a file").path();
        let text = fs::read_to_string(&path).expect("UTF-8");
        walk(&path.display().to_string(), &serde_json::from_str(&text).expect("JSON"));
        count += 1;
    }
    assert_eq!(count, 35);
}

#[test]
fn a_key_that_the_schema_does_not_know_is_refused() {
    let repo = published();
    repo.edit(PROMPT, "\"question\"]", "\"question\",\"locale\"]");
    let mut report = repo.json(1, &["check"]);
    assert!(crate::desk::faults(&report).is_empty());
    report["entries"][0]["surprise"] = true.into();
    assert_eq!(crate::desk::faults(&report).len(), 1);
}

#[test]
fn equal_input_gives_equal_bytes_behind_a_remote_too() {
    let source = published();
    let clone = crate::support::TestRepo::clone_of(&source, &[]);
    clone.run(&["fetch", "-q"]);
    clone.edit(PROMPT, "owner: support-ops", "owner: others");
    let report = clone.json(0, &["check"]);
    assert_eq!(report["source"]["base"], "refs/remotes/origin/main", "{report:#}");
    assert!(report["source"]["fetched_at"].as_i64() > Some(1_700_000_000), "{report:#}");
    clone.keelmark(&["check"]).is(0).says("ago)");
}
