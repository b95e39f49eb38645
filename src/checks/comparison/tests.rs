//! What says nothing changes nothing: defaults that are written out, in every kind.

use std::path::Path;

use serde_json::{Value, json};

use super::*;
use crate::checks::{Named, read_entry};
use crate::ident::{EntryName, Kind};
use crate::registry::layout::Layout;
use crate::registry::{dataset, profile as profiles, suite as suites};
use crate::snapshot::MemorySnapshot;

/// An entry of a kind in which every place of a default has something around it.
fn entry(kind: Kind) -> Value {
    let mut entry = json!({
        "id": "it", "version": "1.0.0", "owner": "team", "changelog": ["1.0.0: first"],
        "depends_on": [{"ref": "dataset/other"}],
    });
    let own = match kind {
        Kind::Dataset => json!({
            "row_key": "id",
            "columns": {"id": {}, "text": {"description": "words"}},
            "partitions": [{"name": "p", "files": [{"path": "rows.csv"}]}],
        }),
        Kind::Judge => json!({
            "scale": {"min": 1, "max": 5}, "model": "model/m@1.0.0", "rubric": "rubric.md",
            "calibration": {"labels": "labels.csv"},
        }),
        Kind::Profile => json!({
            "guardrails": {"no_pii": {"severity": "sev1", "detector": "pii/1"}},
        }),
        Kind::Suite => json!({"cases": "dataset/golden", "target": "prompt/p"}),
        Kind::Prompt => json!({
            "schema": {"inputs": ["name"], "outputs": ["text"]},
            "tools": [{"name": "look_up", "parameters": {"type": "object"}}],
        }),
        Kind::Model => json!({"provider": {"api": "openai", "model": "m-1"}}),
        Kind::Fragment => json!({}),
        Kind::Composite => json!({"members": {"prompt": "prompt/p@1.0.0"}}),
    };
    let map = entry.as_object_mut().expect("a map");
    map.extend(own.as_object().cloned().unwrap_or_default());
    entry
}

fn load_with(kind: Kind, entry: &Value, files: &[(&str, &str)]) -> Loaded {
    let folder = format!("registry/{}/it", kind.folder());
    let mut tree = MemorySnapshot::new().with(&format!("{folder}/{kind}.yaml"), entry.to_string());
    for (path, text) in files {
        tree = tree.with(&format!("{folder}/{path}"), *text);
    }
    let name = EntryName::new(kind, "it".parse().expect("an id"));
    let read = read_entry(&Layout::new("registry".into()), &name, Named { name: "", tree: &tree });
    read.expect("memory").expect("an entry")
}

fn load(kind: Kind, entry: &Value) -> Loaded {
    let files = [
        ("rows.csv", "id,text\na,One\n"),
        ("rubric.md", "Score it.\n"),
        ("labels.csv", "id,score\na,5\n"),
        ("template.md", "Hello {{ name }}\n"),
        ("fragment.md", "Hello\n"),
    ];
    load_with(kind, entry, &files)
}

/// Collects where a schema has defaults; `*` is any item and any value.
fn defaults(schema: &Value, root: &Value, at: &str, found: &mut Vec<(String, Value)>) {
    if let Some(name) = schema["$ref"].as_str().and_then(|name| name.strip_prefix('#')) {
        defaults(root.pointer(name).expect("a definition"), root, at, found);
    }
    if let Some(default) = schema.get("default") {
        found.push((at.to_owned(), default.clone()));
    }
    for (key, below) in schema["properties"].as_object().into_iter().flatten() {
        defaults(below, root, &format!("{at}/{key}"), found);
    }
    for key in ["items", "additionalProperties"] {
        if let Some(below) = schema.get(key).filter(|below| below.is_object()) {
            defaults(below, root, &format!("{at}/*"), found);
        }
    }
    for key in ["oneOf", "anyOf", "allOf"] {
        for below in schema[key].as_array().into_iter().flatten() {
            defaults(below, root, at, found);
        }
    }
}

/// Writes a value at every place that a way leads to; says whether there was one.
fn write(value: &mut Value, way: &[&str], default: &Value) -> bool {
    let (below, rest): (Vec<&mut Value>, _) = match (way, value) {
        ([key], Value::Object(map)) => {
            let free = !map.contains_key(*key);
            map.entry(*key).or_insert_with(|| default.clone());
            return free;
        }
        (["*", rest @ ..], Value::Object(map)) => (map.values_mut().collect(), rest),
        (["*", rest @ ..], Value::Array(items)) => (items.iter_mut().collect(), rest),
        ([key, rest @ ..], Value::Object(map)) => (map.get_mut(*key).into_iter().collect(), rest),
        _ => return false,
    };
    let mut written = false;
    for value in below {
        written |= write(value, rest, default);
    }
    written
}

/// The step between an entry and the same one with a key written out, in both directions.
fn steps(kind: Kind, written: &Value) -> [(Bump, Vec<&'static str>); 2] {
    let (bare, full) = (load(kind, &entry(kind)), load(kind, written));
    let step = |old: &Loaded, new: &Loaded| {
        let (step, changes) = step_between(old, new, &Config::default());
        (step, changes.iter().map(|change| change.rule.id).collect())
    };
    [step(&bare, &full), step(&full, &bare)]
}

const NOTHING: (Bump, Vec<&str>) = (Bump::None, Vec::new());

#[test]
fn a_default_that_is_written_out_changes_nothing_in_any_kind() {
    let mut seen = 0;
    for kind in Kind::ALL {
        let path = format!("schemas/{kind}.schema.json");
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path));
        let schema: Value = serde_json::from_str(&text.expect("a schema")).expect("JSON");
        let mut found = Vec::new();
        defaults(&schema, &schema, "", &mut found);
        // A schema has a default of its own where schemas stand in entries.
        found.retain(|(at, default)| !at.is_empty() && !default.is_object());
        for (at, default) in found {
            let mut written = entry(kind);
            let way: Vec<&str> = at.split('/').skip(1).collect();
            assert!(write(&mut written, &way, &default), "{kind}: there is no place for {at}");
            assert_eq!(steps(kind, &written), [NOTHING, NOTHING], "{kind}: {at}: {default}");
            seen += 1;
        }
    }
    assert!(seen >= 30, "only {seen} defaults");
}

#[test]
fn a_key_that_is_read_as_if_it_were_not_there_changes_nothing() {
    let typed = [
        (Kind::Dataset, serde_json::to_value(dataset::Dataset::default())),
        (Kind::Judge, serde_json::to_value(Judge::default())),
        (Kind::Profile, serde_json::to_value(profiles::Profile::default())),
        (Kind::Suite, serde_json::to_value(suites::Suite::default())),
    ];
    for (kind, value) in typed {
        let value = value.expect("a value");
        for (key, default) in value.as_object().expect("a map") {
            let mut written = entry(kind);
            let map = written.as_object_mut().expect("a map");
            // What is required is no default.
            if default.is_null() || map.contains_key(key) {
                continue;
            }
            map.insert(key.clone(), default.clone());
            assert_eq!(steps(kind, &written), [NOTHING, NOTHING], "{kind}: {key}: {default}");
        }
    }
    // Beside a change that counts, they count as little.
    let mut written = entry(Kind::Dataset);
    written["live"] = json!(false);
    written["languages"] = json!(["en"]);
    assert_eq!(steps(Kind::Dataset, &written)[0], (Bump::Minor, vec!["dataset-language-added"]));
}

#[test]
fn labels_of_people_are_evidence_about_a_judge_and_no_part_of_it() {
    let rubric = ("rubric.md", "Score it.\n");
    let judge = entry(Kind::Judge);
    let old = load_with(Kind::Judge, &judge, &[rubric, ("labels.csv", "id,score\na,5\n")]);
    let new = load_with(Kind::Judge, &judge, &[rubric, ("labels.csv", "id,score\na,5\nb,1\n")]);
    let (step, changes) = step_between(&old, &new, &Config::default());
    let rules: Vec<&str> = changes.iter().map(|change| change.rule.id).collect();
    assert_eq!((step, rules), (Bump::None, vec!["judge-calibration-changed"]));
    assert_eq!(old.facets().behaviour, new.facets().behaviour, "a calibration still holds");
    assert_ne!(old.facets().entry, new.facets().entry);
}
