//! JSON Schemas of inputs, outputs and tools.

use keelmark::schema::check_field_schema;
use serde_json::{Map, Value, json};

/// Makes a schema whose definitions each lead to the next.
fn chain(length: usize, through: &str) -> Value {
    let step = |to: usize| match through {
        "$ref" => json!({"$ref": format!("#/$defs/d{to}")}),
        other => json!({other: {"$ref": format!("#/$defs/d{to}")}}),
    };
    let mut defs: Map<String, Value> =
        (0..length).map(|at| (format!("d{at}"), step(at + 1))).collect();
    defs.insert(format!("d{length}"), json!({"type": "string"}));
    json!({"$defs": defs, "items": {"$ref": "#/$defs/d0"}})
}

#[test]
fn field_schemas_are_held_to_one_draft_local_references_and_linear_patterns() {
    let deep = (0..40).fold(json!({}), |inner, _| json!({"items": inner}));
    let cases = [
        (json!({}), Ok(())),
        (json!(true), Ok(())),
        (json!({"type": "string", "maxLength": 4000, "description": "x", "x-note": 1}), Ok(())),
        (json!({"$defs": {"a": {"type": "string"}}, "items": {"$ref": "#/$defs/a"}}), Ok(())),
        (json!({"properties": {"next": {"$ref": "#"}}}), Ok(())),
        (json!({"properties": {"typ": {"type": "string"}}}), Ok(())),
        (json!({"enum": [{"typ": 1}], "default": {"typ": 1}}), Ok(())),
        (json!({"typ": "string"}), Err(("/typ", "unknown keyword `typ`; did you mean `type`?"))),
        (json!({"maxlength": 3}), Err(("/maxlength", "did you mean `maxLength`?"))),
        (json!({"colour": 3}), Err(("/colour", "keywords of your own start with `x-`"))),
        (json!({"definitions": {}}), Err(("/definitions", "draft 2020-12 says `$defs`"))),
        (json!({"type": "strng"}), Err(("/type", "did you mean `string`?"))),
        (json!({"type": []}), Err(("/type", ""))),
        (json!({"type": "string", "title": 1}), Err(("/title", "expected a string"))),
        (json!({"description": null}), Err(("/description", "expected a string"))),
        (json!({"type": "string", "format": "datetime"}), Err(("/format", "did you mean"))),
        (json!({"maxLength": "3"}), Err(("/maxLength", "expected a whole number"))),
        (
            json!({"properties": {"a": {"minimum": "x"}}}),
            Err(("/properties/a/minimum", "expected a number")),
        ),
        (json!({"items": 3}), Err(("/items", "expected a JSON Schema, found the number `3`"))),
        (json!("string"), Err(("", "expected a JSON Schema, found the text `string`"))),
        (json!({"format": "datetime"}), Err(("/format", "did you mean `date-time`?"))),
        (
            json!({"$ref": "https://example.com/a"}),
            Err(("/$ref", "references start with `#/$defs/`")),
        ),
        (json!({"$ref": "other.json#/a"}), Err(("/$ref", "references start with `#/$defs/`"))),
        (json!({"$ref": "#/$defs/a"}), Err(("/$ref", "`#/$defs/a` names nothing"))),
        (json!({"$ref": "#"}), Err(("/$ref", "leads back to itself"))),
        (json!({"allOf": [{"$ref": "#"}]}), Err(("/allOf/0/$ref", "leads back to itself"))),
        (
            json!({"if": {"not": {"anyOf": [{"$ref": "#"}]}}}),
            Err(("/if/not/anyOf/0/$ref", "leads back to itself")),
        ),
        (
            json!({"dependentSchemas": {"a": {"$ref": "#"}}}),
            Err(("/dependentSchemas/a/$ref", "leads back to itself")),
        ),
        (json!({"items": {"allOf": [{"$ref": "#"}]}}), Ok(())),
        (json!({"$ref": "#a"}), Err(("/$ref", "references start with"))),
        (chain(100, "$ref"), Err(("/$defs", "leads on for more than 32 steps"))),
        (chain(120, "items"), Ok(())),
        (chain(200, "items"), Err(("", "more than 128 references"))),
        (
            json!({"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}),
            Err(("/$defs/a/$ref", "leads back to itself")),
        ),
        (json!({"$id": "https://example.com/a"}), Err(("/$id", "a field's schema stands alone"))),
        (
            json!({"$schema": "http://json-schema.org/draft-07/schema#"}),
            Err(("/$schema", "expected draft 2020-12")),
        ),
        (json!({"pattern": "^(?=a)b"}), Err(("/pattern", "regular expression"))),
        (json!({"pattern": "(a)\\1"}), Err(("/pattern", "regular expression"))),
        (json!({"pattern": "("}), Err(("/pattern", "regular expression"))),
        (
            json!({"patternProperties": {"(": {}}}),
            Err(("/patternProperties", "regular expression")),
        ),
        (json!({"pattern": "((a{100}){100}){100}"}), Err(("/pattern", ""))),
        (deep, Err(("/items", "nested deeper than 32 levels"))),
    ];
    for (schema, expected) in cases {
        match (check_field_schema(&schema), expected) {
            (Ok(()), Ok(())) => {}
            (Err((pointer, message)), Err((at, part))) => {
                assert!(pointer.starts_with(at), "{schema}: {pointer} {message}");
                assert!(message.contains(part), "{schema}: {message}");
            }
            (found, expected) => panic!("{schema}: {found:?} instead of {expected:?}"),
        }
    }
}
