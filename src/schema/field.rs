//! JSON Schemas that users write for inputs, outputs and tools.

use std::collections::BTreeSet;

use jsonschema::{Draft, PatternOptions};
use serde_json::Value;

use super::fault::At;
use super::reader::Reader;
use super::words;

/// The deepest nesting of a field's schema.
const MAX_DEPTH: usize = 32;

/// The most references in a field's schema; following them takes stack.
const MAX_REFERENCES: usize = 128;

/// The most memory, in bytes, that one compiled pattern may take.
const MAX_PATTERN: usize = 1 << 20;

/// Which values a keyword of JSON Schema holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    /// Anything but schemas.
    Data,
    /// One schema.
    Schema,
    /// A list of schemas.
    List,
    /// A map of schemas.
    Map,
}

/// The keywords of draft 2020-12 that a field may use.
const KEYWORDS: &[(&str, Holds)] = &[
    ("$comment", Holds::Data),
    ("$defs", Holds::Map),
    ("$ref", Holds::Data),
    ("$schema", Holds::Data),
    ("additionalProperties", Holds::Schema),
    ("allOf", Holds::List),
    ("anyOf", Holds::List),
    ("const", Holds::Data),
    ("contains", Holds::Schema),
    ("contentEncoding", Holds::Data),
    ("contentMediaType", Holds::Data),
    ("contentSchema", Holds::Schema),
    ("default", Holds::Data),
    ("dependentRequired", Holds::Data),
    ("dependentSchemas", Holds::Map),
    ("deprecated", Holds::Data),
    ("description", Holds::Data),
    ("else", Holds::Schema),
    ("enum", Holds::Data),
    ("examples", Holds::Data),
    ("exclusiveMaximum", Holds::Data),
    ("exclusiveMinimum", Holds::Data),
    ("format", Holds::Data),
    ("if", Holds::Schema),
    ("items", Holds::Schema),
    ("maxContains", Holds::Data),
    ("maxItems", Holds::Data),
    ("maxLength", Holds::Data),
    ("maxProperties", Holds::Data),
    ("maximum", Holds::Data),
    ("minContains", Holds::Data),
    ("minItems", Holds::Data),
    ("minLength", Holds::Data),
    ("minProperties", Holds::Data),
    ("minimum", Holds::Data),
    ("multipleOf", Holds::Data),
    ("not", Holds::Schema),
    ("oneOf", Holds::List),
    ("pattern", Holds::Data),
    ("patternProperties", Holds::Map),
    ("prefixItems", Holds::List),
    ("properties", Holds::Map),
    ("propertyNames", Holds::Schema),
    ("readOnly", Holds::Data),
    ("required", Holds::Data),
    ("then", Holds::Schema),
    ("title", Holds::Data),
    ("type", Holds::Data),
    ("unevaluatedItems", Holds::Schema),
    ("unevaluatedProperties", Holds::Schema),
    ("uniqueItems", Holds::Data),
    ("writeOnly", Holds::Data),
];

/// Keywords that are known elsewhere, and what to write here.
const ELSEWHERE: &[(&str, &str)] = &[
    ("$anchor", "references start with `#/$defs/`"),
    ("$dynamicAnchor", "a field's schema stands alone"),
    ("$dynamicRef", "a field's schema stands alone; use `$ref`"),
    ("$id", "a field's schema stands alone"),
    ("$vocabulary", "a field's schema stands alone"),
    ("additionalItems", "draft 2020-12 says `items` beside `prefixItems`"),
    ("definitions", "draft 2020-12 says `$defs`"),
    ("dependencies", "draft 2020-12 says `dependentRequired` or `dependentSchemas`"),
    ("id", "a field's schema stands alone"),
    ("nullable", "write `type: [string, \"null\"]`"),
];

/// The types of draft 2020-12.
const TYPES: &[&str] = &["array", "boolean", "integer", "null", "number", "object", "string"];

/// The formats of draft 2020-12.
const FORMATS: &[&str] = &[
    "date",
    "date-time",
    "duration",
    "email",
    "hostname",
    "idn-email",
    "idn-hostname",
    "ipv4",
    "ipv6",
    "iri",
    "iri-reference",
    "json-pointer",
    "regex",
    "relative-json-pointer",
    "time",
    "uri",
    "uri-reference",
    "uri-template",
    "uuid",
];

/// The draft that fields are written in.
const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// A fault inside a schema.
pub(super) struct FieldFault {
    /// The JSON pointer inside the schema.
    pub(super) pointer: String,
    /// Whether the keyword or its value is wrong.
    pub(super) at: At,
    /// What is wrong.
    pub(super) message: String,
}

impl FieldFault {
    fn value(pointer: String, message: impl Into<String>) -> Self {
        Self { pointer, at: At::Value, message: message.into() }
    }

    fn key(pointer: String, message: impl Into<String>) -> Self {
        Self { pointer, at: At::Key, message: message.into() }
    }
}

/// Checks a JSON Schema that a user wrote for an input, an output or a tool.
///
/// It must compile as draft 2020-12 with known keywords, references into itself and patterns that
/// run in linear time, and must not nest deeper than 32 levels.
///
/// # Errors
/// The JSON pointer inside the schema and a message, of the first fault.
pub fn check_field_schema(schema: &Value) -> Result<(), (String, String)> {
    judge(schema).map_err(|fault| (fault.pointer, fault.message))
}

/// Checks a field's schema and says which part of it is wrong.
pub(super) fn judge(schema: &Value) -> Result<(), FieldFault> {
    if is_plain(schema) {
        return Ok(());
    }
    within_depth(schema, String::new(), 0)?;
    if references(schema) > MAX_REFERENCES {
        let message = format!("more than {MAX_REFERENCES} references");
        return Err(FieldFault::value(String::new(), message));
    }
    walk(schema, schema, String::new())?;
    let built = jsonschema::options()
        .with_draft(Draft::Draft202012)
        .with_pattern_options(
            PatternOptions::regex().size_limit(MAX_PATTERN).dfa_size_limit(MAX_PATTERN),
        )
        .should_validate_formats(true)
        .should_ignore_unknown_formats(false)
        .offline()
        .build(schema);
    let Err(error) = built else { return Ok(()) };
    let mut faults = Vec::new();
    Reader { schema: &Value::Null, document: None }.read(&error, &mut faults);
    if let Some(fault) = faults.into_iter().next() {
        // The caller names the place.
        let told = fault.message.split_once("`: ").map(|(_, rest)| rest.to_owned());
        return Err(FieldFault::value(fault.pointer, told.unwrap_or(fault.message)));
    }
    let pointer = error.instance_path().as_str().to_owned();
    Err(FieldFault::value(pointer, words::cut(&error.to_string())))
}

/// Says whether a schema names one of the types and nothing else but words about it, as nearly all do:
/// there is nothing to compile.
fn is_plain(schema: &Value) -> bool {
    let Value::Object(map) = schema else { return false };
    map.iter().all(|(key, value)| match (key.as_str(), value) {
        ("type", Value::String(name)) => TYPES.contains(&name.as_str()),
        ("description" | "title", Value::String(_)) => true,
        _ => false,
    })
}

/// Returns a field without the keys that are Keelmark's and not JSON Schema's.
pub(super) fn without_own_keys(written: &Value) -> Value {
    let Value::Object(map) = written else { return written.clone() };
    let own = |key: &str, value: &Value| {
        matches!(key, "aliases" | "extensible" | "ignored" | "renamed_from")
            || (key == "required" && value.is_boolean())
    };
    Value::Object(
        map.iter().filter(|(k, v)| !own(k, v)).map(|(k, v)| (k.clone(), v.clone())).collect(),
    )
}

fn within_depth(value: &Value, pointer: String, depth: usize) -> Result<(), FieldFault> {
    if depth > MAX_DEPTH {
        let message = format!("nested deeper than {MAX_DEPTH} levels");
        return Err(FieldFault::value(pointer, message));
    }
    match value {
        Value::Array(items) => items
            .iter()
            .enumerate()
            .try_for_each(|(at, item)| within_depth(item, format!("{pointer}/{at}"), depth + 1)),
        Value::Object(map) => map
            .iter()
            .try_for_each(|(key, item)| within_depth(item, words::child(&pointer, key), depth + 1)),
        _ => Ok(()),
    }
}

/// Looks at every place where a schema stands.
fn walk(root: &Value, schema: &Value, pointer: String) -> Result<(), FieldFault> {
    let map = match schema {
        Value::Bool(_) => return Ok(()),
        Value::Object(map) => map,
        other => {
            let found = words::found(other, None);
            let message = format!("expected a JSON Schema, found {found}");
            return Err(FieldFault::value(pointer, message));
        }
    };
    for (key, value) in map {
        let at = words::child(&pointer, key);
        let Some((_, holds)) = KEYWORDS.iter().find(|(known, _)| known == key) else {
            if key.starts_with("x-") {
                continue;
            }
            return Err(FieldFault::key(at, unknown_keyword(key)));
        };
        match (key.as_str(), value) {
            ("$ref", Value::String(target)) => {
                local(root, target).map_err(|message| FieldFault::value(at, message))?;
            }
            ("$schema", Value::String(draft)) if draft.trim_end_matches('#') != DRAFT => {
                let message = format!("expected draft 2020-12, `{DRAFT}`");
                return Err(FieldFault::value(at, message));
            }
            ("format", Value::String(format)) if !FORMATS.contains(&format.as_str()) => {
                return Err(FieldFault::value(at, unknown_format(format)));
            }
            _ => match (holds, value) {
                (Holds::Schema, inner) => walk(root, inner, at)?,
                (Holds::List, Value::Array(items)) => {
                    for (index, inner) in items.iter().enumerate() {
                        walk(root, inner, format!("{at}/{index}"))?;
                    }
                }
                (Holds::Map, Value::Object(inner)) => {
                    for (name, schema) in inner {
                        walk(root, schema, words::child(&at, name))?;
                    }
                }
                // Other types are the meta-schema's to refuse.
                _ => {}
            },
        }
    }
    Ok(())
}

fn unknown_keyword(key: &str) -> String {
    if let Some((_, advice)) = ELSEWHERE.iter().find(|(known, _)| *known == key) {
        return format!("the keyword `{key}` is not used here: {advice}");
    }
    let shown = words::cut(key);
    match words::nearest(key, KEYWORDS.iter().map(|(known, _)| *known)) {
        Some(meant) => format!("unknown keyword `{shown}`; did you mean `{meant}`?"),
        None => format!("unknown keyword `{shown}`; keywords of your own start with `x-`"),
    }
}

fn unknown_format(format: &str) -> String {
    let shown = words::cut(format);
    match words::nearest(format, FORMATS.iter().copied()) {
        Some(meant) => format!("unknown format `{shown}`; did you mean `{meant}`?"),
        None => format!("unknown format `{shown}`; known are {}", FORMATS.join(", ")),
    }
}

/// Says why a reference cannot be followed.
fn local(root: &Value, target: &str) -> Result<(), String> {
    let shown = words::cut(target);
    let Some(inside) = target.strip_prefix('#').filter(|i| i.is_empty() || i.starts_with('/'))
    else {
        return Err(format!("`{shown}` is not used here; references start with `#/$defs/`"));
    };
    if root.pointer(inside).is_none() {
        return Err(format!("`{shown}` names nothing in this schema"));
    }
    match endless(root, inside, &mut Vec::new(), &mut BTreeSet::new()) {
        Ok(()) => Ok(()),
        Err(Chain::Circle) => Err(format!("`{shown}` leads back to itself")),
        Err(Chain::Long) => Err(format!("`{shown}` leads on for more than {MAX_DEPTH} steps")),
    }
}

/// Why a chain of references is refused.
enum Chain {
    /// It leads back to itself without going into the value, so that it never ends.
    Circle,
    /// It is longer than anybody means.
    Long,
}

/// Follows the keywords that look at the same value.
fn endless(
    root: &Value,
    pointer: &str,
    path: &mut Vec<String>,
    done: &mut BTreeSet<String>,
) -> Result<(), Chain> {
    if path.iter().any(|step| step == pointer) {
        return Err(Chain::Circle);
    }
    if path.len() > MAX_DEPTH {
        return Err(Chain::Long);
    }
    let Some(map) = root.pointer(pointer).and_then(Value::as_object) else { return Ok(()) };
    if done.contains(pointer) {
        return Ok(());
    }
    path.push(pointer.to_owned());
    for (key, value) in map {
        let at = words::child(pointer, key);
        match (key.as_str(), value) {
            ("$ref", Value::String(target)) => {
                endless(root, target.trim_start_matches('#'), path, done)?;
            }
            ("not" | "if" | "then" | "else", _) => endless(root, &at, path, done)?,
            ("allOf" | "anyOf" | "oneOf", Value::Array(items)) => {
                for index in 0..items.len() {
                    endless(root, &format!("{at}/{index}"), path, done)?;
                }
            }
            ("dependentSchemas", Value::Object(inner)) => {
                for name in inner.keys() {
                    endless(root, &words::child(&at, name), path, done)?;
                }
            }
            _ => {}
        }
    }
    path.pop();
    done.insert(pointer.to_owned());
    Ok(())
}

/// Counts the references of a schema.
fn references(schema: &Value) -> usize {
    match schema {
        Value::Array(items) => items.iter().map(references).sum(),
        Value::Object(map) => {
            usize::from(map.contains_key("$ref")) + map.values().map(references).sum::<usize>()
        }
        _ => 0,
    }
}

/// The JSON Schema of a field, made ready for many values.
#[derive(Debug)]
pub struct ValueChecker(Result<jsonschema::Validator, String>);

impl ValueChecker {
    /// Makes a schema ready. One that cannot be used refuses every value.
    #[must_use]
    pub fn new(schema: &Value) -> Self {
        Self(compile(schema))
    }

    /// Checks a value.
    ///
    /// # Errors
    /// What the schema refuses, in words; or that the schema itself cannot be used.
    pub fn check(&self, value: &Value) -> Result<(), String> {
        let compiled = self.0.as_ref().map_err(Clone::clone)?;
        compiled.validate(value).map_err(|fault| fault.to_string())
    }
}

fn compile(schema: &Value) -> Result<jsonschema::Validator, String> {
    check_field_schema(schema).map_err(|(_, message)| message)?;
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .with_pattern_options(
            PatternOptions::regex().size_limit(MAX_PATTERN).dfa_size_limit(MAX_PATTERN),
        )
        .should_validate_formats(true)
        .offline()
        .build(schema)
        .map_err(|fault| fault.to_string())
}
