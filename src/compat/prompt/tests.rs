use proptest::prelude::*;
use serde_json::{Map, json};

use super::super::required::required;
use super::*;
use crate::registry::common::Status;
use crate::registry::signature::Signature;
use crate::template::normal_text;

/// One version, made from JSON as the YAML reader would.
#[derive(Debug, Clone)]
struct Version {
    common: Common,
    prompt: Prompt,
    texts: BTreeMap<String, String>,
}

impl Version {
    fn of(json: &Value, template: &str) -> Self {
        let common = serde_json::from_value(json.clone()).expect("common keys");
        let prompt = serde_json::from_value(json.clone()).expect("a prompt");
        let texts = BTreeMap::from([(TEMPLATE.to_owned(), template.to_owned())]);
        Self { common, prompt, texts }
    }

    fn side(&self) -> Side<'_> {
        Side { common: &self.common, prompt: &self.prompt, texts: &self.texts }
    }
}

fn compared(old: &Version, new: &Version) -> Vec<Change> {
    changes(&old.side(), &new.side())
}

fn needed(old: &Version, new: &Version) -> Bump {
    required(&compared(old, new), Status::Active)
}

#[test]
fn changes_point_at_the_field_in_the_file() {
    let old = json!({"schema": {"inputs": ["a", "question"]}});
    let new =
        json!({"schema": {"inputs": {"a": {}, "question": {"type": "string", "maxLength": 9}}}});
    let found = compared(&Version::of(&old, ""), &Version::of(&new, ""));
    let tightened = found.iter().find(|c| c.rule.id == "input-constraint-tightened");
    let tightened = tightened.expect("a tightened constraint");
    assert_eq!(tightened.pointer_old.as_deref(), Some("/schema/inputs/1"));
    assert_eq!(tightened.pointer_new.as_deref(), Some("/schema/inputs/question/maxLength"));
    assert_eq!(tightened.note, "input `question`: `maxLength` was added: `9`");
}

#[test]
fn a_moved_template_is_no_change_and_a_part_is_judged_like_a_template() {
    let mut old = Version::of(&json!({}), "same");
    let mut new = Version::of(&json!({"template": "text/main.md"}), "");
    new.texts = BTreeMap::from([("text/main.md".to_owned(), "same\n".to_owned())]);
    let ids = |changes: &[Change]| changes.iter().map(|c| c.rule.id).collect::<Vec<_>>();
    assert_eq!(ids(&compared(&old, &new)), ["prompt-template-eol-only"]);
    old.texts.insert("part.md".to_owned(), "one".to_owned());
    new.texts.insert("part.md".to_owned(), "two".to_owned());
    let found = compared(&old, &new);
    assert_eq!(ids(&found), ["prompt-template-text", "prompt-template-eol-only"]);
    assert_eq!(found[0].payload.as_deref(), Some("part.md"));
}

fn schemas() -> impl Strategy<Value = Value> {
    proptest::sample::select(vec![
        json!({}),
        json!({"type": "string"}),
        json!({"type": "string", "maxLength": 1}),
        json!({"type": ["string", "null"]}),
        json!({"type": "integer"}),
        json!({"type": "number", "minimum": 1}),
        json!({"enum": ["a", "b"]}),
        json!({"enum": ["a", 1]}),
        json!({"type": "string", "pattern": "^a"}),
        json!({"type": "string", "title": "x"}),
    ])
}

fn field() -> impl Strategy<Value = Value> {
    let flag = || proptest::option::weighted(0.3, proptest::bool::ANY);
    let aliases = proptest::sample::subsequence(vec!["a", "b", "x"], 0..2);
    let default = proptest::option::weighted(0.2, Just("a"));
    (schemas(), flag(), default, aliases, proptest::bool::weighted(0.1)).prop_map(
        |(schema, required, default, aliases, ignored)| {
            let mut map = schema.as_object().cloned().unwrap_or_default();
            let mut set = |key: &str, value: Value| map.insert(key.to_owned(), value);
            if let Some(required) = required {
                set("required", json!(required));
            }
            if let Some(default) = default {
                set("default", json!(default));
            }
            if !aliases.is_empty() {
                set("aliases", json!(aliases));
            }
            if ignored {
                set("ignored", json!(true));
            }
            Value::Object(map)
        },
    )
}

fn signature() -> impl Strategy<Value = Value> {
    let names = || proptest::sample::select(vec!["a", "b", "c", "x"]);
    let map = proptest::collection::btree_map(names(), field(), 0..4);
    let list = proptest::sample::subsequence(vec!["a", "b", "c", "x"], 0..4);
    prop_oneof![3 => map.prop_map(|map| json!(map)), 1 => list.prop_map(|list| json!(list))]
}

/// Two signatures that share most of their fields, each with its content model.
fn signatures() -> impl Strategy<Value = (Value, Value, bool, bool)> {
    (
        signature(),
        signature(),
        proptest::collection::vec(proptest::bool::ANY, 4),
        any::<(bool, bool)>(),
    )
        .prop_map(|(old, other, keep, open)| {
            let mut new = other.clone();
            if let (Value::Object(old), Value::Object(new)) = (&old, &mut new) {
                for ((name, field), keep) in old.iter().zip(keep) {
                    if keep {
                        new.insert(name.clone(), field.clone());
                    }
                }
            }
            (old, new, open.0, open.1)
        })
}

fn payloads() -> Vec<Map<String, Value>> {
    let values = [None, Some(json!("a")), Some(json!("zz")), Some(json!(0)), Some(json!(null))];
    let mut all = vec![Map::new()];
    for name in ["a", "b", "c", "x"] {
        let mut next = Vec::new();
        for map in &all {
            for value in &values {
                let mut map = map.clone();
                if let Some(value) = value {
                    map.insert(name.to_owned(), value.clone());
                }
                next.push(map);
            }
        }
        all = next;
    }
    all
}

/// A signature as a caller meets it, written apart from the code under test.
struct Contract {
    signature: Signature,
    schemas: BTreeMap<String, jsonschema::Validator>,
}

impl Contract {
    fn of(signature: Signature) -> Self {
        let build = |schema: &Value| jsonschema::validator_for(schema).expect("a schema");
        let schemas =
            signature.fields.iter().map(|(name, f)| (name.clone(), build(&f.schema))).collect();
        Self { signature, schemas }
    }

    /// Says whether the renderer accepts these inputs.
    fn accepts(&self, sent: &Map<String, Value>) -> bool {
        let owner = |name: &String| {
            let fields = &self.signature.fields;
            if fields.contains_key(name) {
                return Some(name.clone());
            }
            fields
                .iter()
                .find(|(_, field)| field.aliases.contains(name))
                .map(|(own, _)| own.clone())
        };
        let mut given = BTreeSet::new();
        for (name, value) in sent {
            match owner(name) {
                Some(owner) if !self.schemas[&owner].is_valid(value) => return false,
                Some(owner) => {
                    given.insert(owner);
                }
                None if !self.signature.open => return false,
                None => {}
            }
        }
        self.signature.fields.iter().all(|(name, field)| {
            given.contains(name) || !field.required || field.default.is_some() || field.ignored
        })
    }

    /// Says whether consumers were told to expect this answer.
    fn expects(&self, answer: &Map<String, Value>) -> bool {
        let known = |(name, value): (&String, &Value)| match self.schemas.get(name) {
            Some(schema) => schema.is_valid(value),
            None => self.signature.open,
        };
        let required = |(name, field): (&String, &crate::registry::signature::Field)| {
            !field.required || answer.contains_key(name)
        };
        answer.iter().all(known) && self.signature.fields.iter().all(required)
    }
}

/// Keys with the values that they may have.
fn keys() -> impl Strategy<Value = Value> {
    let rows: Vec<(&str, Vec<Value>)> = vec![
        ("owner", vec![json!("a"), json!("b")]),
        ("engine", vec![json!("jinja"), json!("simple")]),
        ("response_format", vec![json!("text"), json!({"type": "json"})]),
        ("language", vec![json!("de"), json!("en")]),
        ("streaming", vec![json!(true), json!(false)]),
        ("examples", vec![json!([1]), json!([1, 2])]),
        ("model", vec![json!("model/a@1.0.0"), json!("model/b@1.0.0")]),
        ("status", vec![json!("active"), json!("deprecated"), json!("draft"), json!("removed")]),
        ("data_class", vec![json!("public"), json!("pii"), json!("odd")]),
        ("retention_days", vec![json!(1), json!(2)]),
        ("license", vec![json!("MIT"), json!("mit"), json!("0BSD")]),
        ("aliases", vec![json!(["o"]), json!(["o", "p"])]),
        ("rollback_to", vec![json!("1.0.0"), json!("1.1.0")]),
        (
            "depends_on",
            vec![json!(["fragment/a"]), json!([{"ref": "fragment/a@1.0.0", "edge": "eval"}])],
        ),
        (
            "parameters",
            vec![
                json!({"temperature": 0.5}),
                json!({"seed": 1, "stop": ["a"]}),
                json!({"max_output_tokens": 5}),
                json!({"max_output_tokens": 9, "top_k": 2}),
            ],
        ),
        (
            "policies",
            vec![
                json!({"requires_citations": true}),
                json!({"requires_citations": false}),
                json!({"guardrails": ["a", "b"]}),
                json!({"guardrails": ["b", "a"]}),
                json!({"allowed_journeys": ["a"], "residency": "eu"}),
                json!({"residency": "us", "order": {"residency": ["us", "eu"]}}),
            ],
        ),
        (
            "tools",
            vec![
                json!([{"name": "a"}, {"name": "b"}]),
                json!([{"name": "b"}, {"name": "a"}]),
                json!([{"name": "a", "executed_by": "runtime", "description": "x"}]),
                json!([{"name": "a", "parameters": {"type": "object", "required": ["k"]}}]),
            ],
        ),
        (
            "messages",
            vec![
                json!([{"role": "user", "content": "a"}]),
                json!([{"role": "user", "content": "b"}]),
                json!([{"role": "system", "content": "a"}, {"role": "user", "file": "template.md"}]),
            ],
        ),
    ];
    let all: Vec<_> = rows
        .into_iter()
        .map(|(key, values)| {
            proptest::option::weighted(0.4, proptest::sample::select(values))
                .prop_map(move |value| (key, value))
        })
        .collect();
    all.prop_map(|pairs| {
        let written = pairs.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
        Value::Object(written.collect())
    })
}

/// A prompt as JSON, and its template.
type Written = (Value, &'static str);

fn written() -> impl Strategy<Value = Written> {
    let template = proptest::sample::select(vec!["a", "a\r\n", "a ", "{# c #}a", "b {{ x }}"]);
    let open = proptest::option::of(proptest::bool::ANY);
    (keys(), signature(), signature(), open, template).prop_map(
        |(mut json, inputs, outputs, open, template)| {
            json["schema"] = json!({"inputs": inputs, "outputs": outputs, "open": open});
            (json, template)
        },
    )
}

fn version() -> impl Strategy<Value = Version> {
    written().prop_map(|(json, template)| Version::of(&json, template))
}

/// Two versions that differ in one key at most.
fn neighbours() -> impl Strategy<Value = (Version, Version)> {
    (written(), written(), any::<proptest::sample::Index>()).prop_map(|(old, other, at)| {
        let mut new = old.clone();
        let mut names: Vec<String> =
            ["inputs", "outputs", "open", "text"].map(str::to_owned).into();
        let maps = [&old.0, &other.0].map(|json| json.as_object().expect("a map"));
        names.extend(maps.iter().flat_map(|map| map.keys()).filter(|k| *k != "schema").cloned());
        match at.get(&names).as_str() {
            "text" => new.1 = other.1,
            part @ ("inputs" | "outputs" | "open") => {
                new.0["schema"][part] = other.0["schema"][part].clone();
            }
            key => match (maps[1].get(key), new.0.as_object_mut()) {
                (Some(value), Some(map)) => {
                    map.insert(key.to_owned(), value.clone());
                }
                (None, Some(map)) => {
                    map.remove(key);
                }
                _ => {}
            },
        }
        (Version::of(&old.0, old.1), Version::of(&new.0, new.1))
    })
}

/// What a version promises and how it acts, without what needs no number of its own.
fn normal(version: &Version) -> Value {
    let mut prompt = serde_json::to_value(&version.prompt).expect("JSON");
    let common = &version.common;
    prompt["schema"] =
        json!([version.prompt.inputs().to_json(), version.prompt.outputs().to_json()]);
    let texts: BTreeMap<&String, String> =
        version.texts.iter().map(|(path, text)| (path, normal_text(text).into_owned())).collect();
    json!([
        prompt,
        texts,
        common.status,
        common.data_class,
        common.retention_days,
        common.license,
        common.aliases,
        common.rollback_to,
        common.depends_on,
    ])
}

proptest! {
    #[test]
    fn a_version_does_not_differ_from_itself(version in version()) {
        prop_assert_eq!(compared(&version, &version.clone()).len(), 0);
    }

    #[test]
    fn whatever_changes_a_digest_needs_a_number((old, new) in neighbours()) {
        let same = normal(&old) == normal(&new);
        let none = needed(&old, &new) == Bump::None;
        prop_assert!(same || !none, "{:?}", compared(&old, &new));
        prop_assert!(!same || none, "{:?}", compared(&old, &new));
    }

    #[test]
    fn a_call_that_is_refused_now_needs_major(
        (old, new, old_open, new_open) in signatures(),
    ) {
        let make = |inputs: &Value, open: bool| {
            Version::of(&json!({"schema": {"inputs": inputs, "open": {"inputs": open}}}), "")
        };
        let (old, new) = (make(&old, old_open), make(&new, new_open));
        let (before, after) = (Contract::of(old.prompt.inputs()), Contract::of(new.prompt.inputs()));
        let broken = payloads().into_iter().find(|sent| before.accepts(sent) && !after.accepts(sent));
        if let Some(sent) = broken {
            let found = compared(&old, &new);
            prop_assert_eq!(required(&found, Status::Active), Bump::Major, "{:?}: {:?}", sent, found);
        }
    }

    #[test]
    fn an_answer_that_was_impossible_needs_major(
        (old, new, old_open, new_open) in signatures(),
    ) {
        let make = |outputs: &Value, open: bool| {
            Version::of(&json!({"schema": {"outputs": outputs, "open": {"outputs": open}}}), "")
        };
        let (old, new) = (make(&old, old_open), make(&new, new_open));
        let (before, after) = (Contract::of(old.prompt.outputs()), Contract::of(new.prompt.outputs()));
        let broken = payloads().into_iter().find(|sent| after.expects(sent) && !before.expects(sent));
        if let Some(sent) = broken {
            let found = compared(&old, &new);
            prop_assert_eq!(required(&found, Status::Active), Bump::Major, "{:?}: {:?}", sent, found);
        }
    }

    #[test]
    fn more_changes_never_need_less(old in version(), new in version(), cut in 0_usize..8) {
        let found = compared(&old, &new);
        let fewer = found.get(cut.min(found.len())..).unwrap_or_default();
        prop_assert!(required(fewer, Status::Active) <= required(&found, Status::Active));
        let sorted = found.windows(2).all(|two| two[0].bump >= two[1].bump);
        prop_assert!(sorted, "the deciding changes come first");
    }
}
