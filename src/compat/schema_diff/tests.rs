use proptest::prelude::*;
use serde_json::json;

use super::*;

fn shifts(old: &Value, new: &Value) -> Vec<Shift> {
    compare(old, new).into_iter().map(|change| change.shift).collect()
}

#[test]
fn keywords_widen_and_narrow() {
    use Shift::{Changed, Narrowed, Widened};
    let cases: Vec<(Value, Value, Vec<Shift>)> = vec![
        (json!({"type": "integer"}), json!({"type": "number"}), vec![Widened]),
        (json!({"type": "string"}), json!({"type": ["string", "null"]}), vec![Widened]),
        (json!({"type": "string"}), json!({"type": "integer"}), vec![Changed]),
        (json!({}), json!({"type": "string"}), vec![Narrowed]),
        (json!(true), json!({}), vec![]),
        (json!(false), json!({}), vec![Widened]),
        (json!({"enum": ["a"]}), json!({"enum": ["a", "b"]}), vec![Widened]),
        (json!({"enum": ["a"]}), json!({"enum": ["b"]}), vec![Widened, Narrowed]),
        (json!({"const": 1}), json!({"enum": [1.0]}), vec![]),
        (json!({"type": "string", "enum": ["a"]}), json!({"enum": ["a"]}), vec![]),
        (json!({"type": "string"}), json!({"type": "string", "enum": ["a"]}), vec![Narrowed]),
        (json!({"maxLength": 10}), json!({"maxLength": 5}), vec![Narrowed]),
        (json!({"minLength": 0}), json!({}), vec![]),
        (json!({"minimum": 1}), json!({"exclusiveMinimum": 1}), vec![Narrowed]),
        (
            json!({"type": "integer", "minimum": 1}),
            json!({"type": "integer", "exclusiveMinimum": 0}),
            vec![],
        ),
        (json!({"multipleOf": 2}), json!({"multipleOf": 4}), vec![Narrowed]),
        (json!({"multipleOf": 2}), json!({"multipleOf": 3}), vec![Changed]),
        (json!({"pattern": "a"}), json!({"pattern": "b"}), vec![Changed]),
        (json!({"format": "date"}), json!({}), vec![Widened]),
        (json!({"uniqueItems": true}), json!({"uniqueItems": false}), vec![Widened]),
        (json!({"type": "integer"}), json!({"type": "integer", "maxLength": 3}), vec![]),
        (json!({"required": ["a"]}), json!({"required": ["a", "b"]}), vec![Narrowed]),
        (
            json!({"properties": {"a": {"type": "string"}}}),
            json!({"properties": {"a": {"type": "string"}, "b": {"type": "string"}}}),
            vec![Narrowed],
        ),
        (
            json!({"properties": {}, "additionalProperties": false}),
            json!({"properties": {"b": {"type": "string"}}, "additionalProperties": false}),
            vec![Widened],
        ),
        (
            json!({"items": {"type": "string"}}),
            json!({"items": {"type": ["string", "null"]}}),
            vec![Widened],
        ),
        (
            json!({"prefixItems": [{"type": "string"}]}),
            json!({"prefixItems": [{"type": "string"}], "items": false}),
            vec![Narrowed],
        ),
        (json!({"not": {"type": "null"}}), json!({"not": {"type": "string"}}), vec![Changed]),
        (json!({"contains": {"const": 1}}), json!({}), vec![Widened]),
        (json!({"title": "a"}), json!({"title": "b", "examples": [1]}), vec![]),
        (json!({"typ": 1}), json!({"typ": 2}), vec![Changed]),
        (json!("nonsense"), json!({}), vec![Changed]),
        (json!({"type": "strnig"}), json!({"type": "string"}), vec![Changed]),
    ];
    for (old, new, expected) in cases {
        assert_eq!(shifts(&old, &new), expected, "{old} → {new}");
        let mut reversed: Vec<Shift> = expected.iter().map(|shift| shift.reversed()).collect();
        reversed.sort();
        assert_eq!(shifts(&new, &old), reversed, "{new} → {old}");
    }
}

#[test]
fn what_a_reference_points_at_is_not_followed_but_never_overlooked() {
    let schema = |part: &str| json!({"properties": {"a": {"type": part}}, "not": {"$ref": "#/properties/a"}});
    assert!(shifts(&schema("integer"), &schema("number")).contains(&Shift::Changed));
    assert_eq!(shifts(&schema("integer"), &schema("integer")), vec![]);
}

#[test]
fn pointers_lead_to_the_keyword_on_each_side() {
    let old = json!({"properties": {"a/b": {"type": "string"}}});
    let new = json!({"properties": {"a/b": {"type": "string", "maxLength": 3}}});
    let found = compare(&old, &new);
    assert_eq!(found[0].pointer_old, "/properties/a~1b");
    assert_eq!(found[0].pointer_new, "/properties/a~1b/maxLength");
    assert_eq!(found[0].note, "`maxLength` was added: `3`");
}

#[test]
fn deep_schemas_are_compared_without_overflow() {
    let nest = |inner: Value| (0..120).fold(inner, |schema, _| json!({"items": schema}));
    let found = shifts(&nest(json!({"type": "string"})), &nest(json!({"type": "integer"})));
    assert_eq!(found, vec![Shift::Changed]);
}

/// Instances that meet the small numbers and names of the generated schemas.
fn instances() -> Vec<Value> {
    let scalars = vec![
        json!(null),
        json!(true),
        json!(false),
        json!(""),
        json!("a"),
        json!("ab"),
        json!("abc"),
        json!("2025-09-01"),
        json!(-1),
        json!(0),
        json!(1),
        json!(2),
        json!(3),
        json!(4),
        json!(6),
        json!(0.5),
        json!(1.5),
        json!(2.0),
        json!(2.5),
        json!(12),
    ];
    let mut all = scalars.clone();
    all.extend([json!([]), json!({})]);
    for one in &scalars {
        all.push(json!([one]));
        all.push(json!({"a": one}));
        all.push(json!({"b": one}));
        for two in scalars.iter().step_by(3) {
            all.push(json!([one, two]));
            all.push(json!({"a": one, "b": two}));
        }
    }
    all.extend([
        json!([1, 1, 1]),
        json!(["a", "b", "ab"]),
        json!([[1], ["a"]]),
        json!([{"a": 1}, {}]),
        json!({"a": {"a": 1}}),
        json!({"a": {"b": "a"}, "b": null}),
        json!({"a": [1, "a"]}),
        json!({"c": 1}),
        json!({"a": 1, "b": 2, "c": 3}),
        json!([[], {}]),
        json!({"a": {}}),
    ]);
    all
}

/// A keyword with a value, so that schemas are mutated keyword by keyword.
fn keyword(inner: &BoxedStrategy<Value>) -> BoxedStrategy<(String, Value)> {
    let small = || prop_oneof![Just(json!(0)), Just(json!(1)), Just(json!(2)), Just(json!(3))];
    let number = || prop_oneof![small(), Just(json!(1.5)), Just(json!(2.0)), Just(json!(-1))];
    let names = proptest::sample::subsequence(
        vec!["null", "boolean", "string", "integer", "number", "array", "object"],
        1..4,
    );
    let scalar = proptest::sample::select(vec![
        json!("a"),
        json!("ab"),
        json!(1),
        json!(1.0),
        json!(2.5),
        json!(null),
        json!(true),
    ]);
    let list = proptest::collection::vec(scalar.clone(), 1..4);
    let counted = proptest::sample::select(vec![
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "minProperties",
        "maxProperties",
        "minContains",
        "maxContains",
    ]);
    let ranged = proptest::sample::select(vec![
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
    ]);
    let properties = proptest::collection::btree_map("[ab]", inner.clone(), 0..3);
    let pair = |key: &'static str| move |value: Value| (key.to_owned(), value);
    prop_oneof![
        4 => names.prop_map(|names| ("type".to_owned(), json!(names))),
        2 => list.prop_map(|list| ("enum".to_owned(), json!(list))),
        1 => scalar.prop_map(pair("const")),
        4 => (counted, small()).prop_map(|(key, value)| (key.to_owned(), value)),
        4 => (ranged, number()).prop_map(|(key, value)| (key.to_owned(), value)),
        1 => prop_oneof![Just(json!(1)), Just(json!(2)), Just(json!(4)), Just(json!(0.5))]
            .prop_map(pair("multipleOf")),
        1 => prop_oneof![Just(json!("^a")), Just(json!("b$"))].prop_map(pair("pattern")),
        1 => prop_oneof![Just(json!("date")), Just(json!("email"))].prop_map(pair("format")),
        1 => proptest::bool::ANY.prop_map(|unique| ("uniqueItems".to_owned(), json!(unique))),
        2 => inner.clone().prop_map(pair("items")),
        1 => proptest::collection::vec(inner.clone(), 1..3)
            .prop_map(|items| ("prefixItems".to_owned(), json!(items))),
        1 => inner.clone().prop_map(pair("contains")),
        3 => properties.prop_map(|map| ("properties".to_owned(), json!(map))),
        2 => inner.clone().prop_map(pair("additionalProperties")),
        1 => inner.clone().prop_map(|s| ("patternProperties".to_owned(), json!({"^a": s}))),
        2 => proptest::sample::subsequence(vec!["a", "b"], 0..3)
            .prop_map(|names| ("required".to_owned(), json!(names))),
        1 => inner.clone().prop_map(pair("not")),
        1 => proptest::collection::vec(inner.clone(), 1..3)
            .prop_map(|any| ("anyOf".to_owned(), json!(any))),
        1 => Just(("not".to_owned(), json!({"$ref": "#/properties/a"}))),
    ]
    .boxed()
}

fn schema() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        2 => Just(json!(true)),
        1 => Just(json!(false)),
        3 => proptest::sample::select(vec![
            json!({"type": "string"}), json!({"type": "integer"}), json!({"type": "number"}),
            json!({"maximum": 2}), json!({"maxLength": 1}),
        ]),
    ]
    .boxed();
    let build = |inner: BoxedStrategy<Value>| {
        proptest::collection::vec(keyword(&inner), 0..4)
            .prop_map(|pairs| Value::Object(pairs.into_iter().collect()))
            .boxed()
    };
    let middle = prop_oneof![2 => leaf.clone(), 2 => build(leaf)].boxed();
    build(middle)
}

/// A schema and a mutation of it: one to three keywords set or removed.
fn pair() -> impl Strategy<Value = (Value, Value)> {
    let inner = schema();
    let edits = proptest::collection::vec((keyword(&inner), proptest::bool::ANY), 1..4);
    (schema(), edits).prop_map(|(old, edits)| {
        let mut new = old.clone();
        if let Value::Object(map) = &mut new {
            for ((key, value), remove) in edits {
                if remove && map.contains_key(&key) {
                    map.remove(&key);
                } else {
                    map.insert(key, value);
                }
            }
        }
        (old, new)
    })
}

fn validator(schema: &Value) -> Option<jsonschema::Validator> {
    jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .should_validate_formats(true)
        .build(schema)
        .ok()
}

proptest! {
    #[test]
    fn no_instance_contradicts_the_comparison((old, new) in pair()) {
        let (Some(before), Some(after)) = (validator(&old), validator(&new)) else {
            // A reference to a part that is not there does not compile.
            return Ok(());
        };
        let found = shifts(&old, &new);
        let unknown = found.contains(&Shift::Changed);
        for instance in instances() {
            match (before.is_valid(&instance), after.is_valid(&instance)) {
                (true, false) => prop_assert!(
                    unknown || found.contains(&Shift::Narrowed),
                    "{instance} is refused now: {old} → {new}: {found:?}"
                ),
                (false, true) => prop_assert!(
                    unknown || found.contains(&Shift::Widened),
                    "{instance} is accepted now: {old} → {new}: {found:?}"
                ),
                _ => {}
            }
        }
    }

    #[test]
    fn comparing_backwards_gives_the_mirror((old, new) in pair()) {
        let mut mirrored: Vec<Shift> =
            shifts(&old, &new).into_iter().map(Shift::reversed).collect();
        mirrored.sort();
        prop_assert_eq!(shifts(&new, &old), mirrored);
    }

    #[test]
    fn a_schema_does_not_differ_from_itself(schema in schema()) {
        prop_assert_eq!(shifts(&schema, &schema.clone()), vec![]);
    }
}
