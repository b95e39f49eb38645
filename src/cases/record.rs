//! From a map, of YAML or of JSON, to a row.

use serde_json::{Map, Value};

use super::case::CasePlace;
use super::row::{self, COLUMNS, Fault, MAX_CELL_BYTES, Row};
use super::rules;
use crate::schema::nearest;

/// The keys of a case beyond the columns of CSV.
const FURTHER: [&str; 3] = ["inputs", "metadata", "repeat"];

/// Reads a map as a row; `raw` returns a number of a field as it is written.
pub(super) fn row(
    map: Map<String, Value>,
    place: CasePlace,
    raw: impl Fn(&str) -> Option<String>,
) -> (Row, Vec<Fault>) {
    let mut row = Row { place, ..Row::default() };
    let mut faults = Vec::new();
    for (key, value) in map {
        let written = |value| text(&key, value, &raw);
        let read = match key.as_str() {
            "case_id" => written(value).map(|text| row.id = trimmed(text)),
            "domain" => written(value).map(|text| row.domain = trimmed(text)),
            "input" => written(value).map(|text| row.input = text),
            "expected" => written(value).map(|text| row.expected = text),
            "metric" => written(value).map(|text| row.metric = trimmed(text)),
            "pass_bar" => written(value).map(|text| row.pass_bar = trimmed(text)),
            "notes" => written(value).map(|text| row.notes = text),
            "repeat" => written(value).map(|text| row.repeat = trimmed(text)),
            "guardrails" => guardrails(value).map(|names| row.guardrails = names),
            "inputs" => match value {
                Value::Object(map) => large(&map).map(|()| row.variables.extend(map)),
                Value::Null => Ok(()),
                _ => Err(invalid("inputs", "expected a map of input names to values")),
            },
            "metadata" => metadata(value).map(|facts| row.metadata.extend(facts)),
            other => Err(unknown(other)),
        };
        faults.extend(read.err());
    }
    (row, faults)
}

/// Says that a case is no map.
pub(super) fn no_map() -> Fault {
    invalid("", "expected a map with the keys of a case")
}

fn trimmed(text: String) -> String {
    let kept = text.trim();
    if kept.len() == text.len() { text } else { kept.to_owned() }
}

fn invalid(field: &str, message: &str) -> Fault {
    Fault::new(&rules::CASE_VALUE_INVALID, field, message.to_owned())
}

/// Returns the text of a scalar.
fn text(field: &str, value: Value, raw: &impl Fn(&str) -> Option<String>) -> Result<String, Fault> {
    match value {
        Value::String(text) if text.len() > MAX_CELL_BYTES => {
            Err(Fault::too_large(field, text.len()))
        }
        Value::String(text) => Ok(text),
        Value::Null => Ok(String::new()),
        Value::Number(_) | Value::Bool(_) => Ok(raw(field).unwrap_or_else(|| value.to_string())),
        Value::Array(_) | Value::Object(_) => Err(invalid(field, "expected a text")),
    }
}

fn guardrails(value: Value) -> Result<Vec<String>, Fault> {
    let wrong = || invalid("guardrails", "expected a list of names");
    match value {
        Value::Null => Ok(Vec::new()),
        Value::String(text) => Ok(row::guardrails(&text)),
        Value::Array(items) => items
            .into_iter()
            .map(|item| item.as_str().map(|name| name.trim().to_owned()).ok_or_else(wrong))
            .collect(),
        _ => Err(wrong()),
    }
}

fn metadata(value: Value) -> Result<Vec<(String, String)>, Fault> {
    let wrong = || invalid("metadata", "expected a map of names to texts");
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Object(map) => map
            .into_iter()
            .map(|(name, value)| match value {
                Value::String(text) => Ok((name, text)),
                Value::Number(_) | Value::Bool(_) => Ok((name, value.to_string())),
                _ => Err(wrong()),
            })
            .collect(),
        _ => Err(wrong()),
    }
}

fn large(map: &Map<String, Value>) -> Result<(), Fault> {
    let length = |value: &Value| value.as_str().map_or(0, str::len);
    match map.values().map(length).max() {
        Some(most) if most > MAX_CELL_BYTES => Err(Fault::too_large("inputs", most)),
        _ => Ok(()),
    }
}

fn unknown(key: &str) -> Fault {
    let message = format!("unknown key `{}`", key.escape_debug());
    let fault = Fault::new(&rules::CASE_KEY_UNKNOWN, key, message);
    match nearest(key, COLUMNS.into_iter().chain(FURTHER)) {
        Some(close) => fault.help(format!("did you mean `{close}`?")),
        None => {
            fault.help("inputs of the prompt stand below `inputs`, other facts below `metadata`")
        }
    }
}
