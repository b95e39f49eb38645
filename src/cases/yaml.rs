//! Cases in YAML: a list of maps, alone or below `cases`.

use serde_json::Value;

use super::case::CasePlace;
use super::file::{Places, Reading};
use super::row::COLUMNS;
use super::{record, rules};
use crate::source::SourceFile;
use crate::yaml::{Document, escape_pointer};

/// Reads the cases of a text.
pub(super) fn read(source: &SourceFile) -> Reading {
    let (document, findings) = Document::parse(source.clone());
    let Some(document) = document else {
        let mut reading = Reading::new(Places::yaml(source.clone(), None, ""));
        reading.take(findings);
        return reading;
    };
    let value = document.value().clone();
    let below = value.is_object();
    let list = if below { "/cases" } else { "" };
    let spans: Vec<_> = match value.pointer(list) {
        Some(Value::Array(items)) => {
            (0..items.len()).map(|at| document.locate(&format!("{list}/{at}")).value).collect()
        }
        _ => Vec::new(),
    };
    let root = document.locate("").value;
    let strange: Vec<_> = match &value {
        Value::Object(map) => map
            .keys()
            .filter(|key| *key != "cases")
            .map(|key| (key.clone(), document.key_place(&format!("/{}", escape_pointer(key)))))
            .collect(),
        _ => Vec::new(),
    };
    let shape = document.place(list);
    let raw = |at: u32, field: &str, document: &Document| {
        document.raw(&format!("{list}/{at}/{field}")).map(ToOwned::to_owned)
    };
    // The rows are made while the document is at hand, and told once the places own it.
    let items = match value {
        Value::Array(items) => Some(items),
        Value::Object(mut map) => match map.remove("cases") {
            Some(Value::Array(items)) => Some(items),
            _ => None,
        },
        Value::Null => Some(Vec::new()),
        _ => None,
    };
    let no_list = items.is_none();
    let mut rows = Vec::new();
    for ((index, item), span) in (0_u32..).zip(items.into_iter().flatten()).zip(spans) {
        let place = CasePlace { index, span };
        rows.push(match item {
            Value::Object(map) => Ok(record::row(map, place, |field| raw(index, field, &document))),
            _ => Err(place),
        });
    }
    let mut reading = Reading::new(Places::yaml(source.clone(), Some(document), list));
    reading.take(findings);
    for (key, place) in strange {
        let message = format!("unknown key `{}`", key.escape_debug());
        let help = "a file of cases has one key, `cases`".to_owned();
        reading.say(&rules::CASE_KEY_UNKNOWN, (place.pointer, place.span), message, Some(help));
    }
    if no_list {
        let span = if shape.span.is_empty() { root } else { shape.span };
        let message = "expected a list of cases, alone or below `cases`";
        reading.say(&rules::CASES_SYNTAX, (shape.pointer, span), message, None);
    }
    reading.columns = COLUMNS.iter().map(|name| (*name).to_owned()).collect();
    for row in rows {
        match row {
            Ok((row, faults)) => {
                reading.know(&row);
                reading.accept(row, faults);
            }
            Err(place) => reading.say_fault("", place, record::no_map()),
        }
    }
    reading
}
