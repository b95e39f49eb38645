//! A document against the schema of its shape.

use std::collections::BTreeSet;

use serde_json::Value;

use super::fault::{At, Fault, without_echoes};
use super::field;
use super::reader::Reader;
use super::rules::{FIELD_INVALID, TYPE};
use super::shape::{Shape, compiled};
use super::words;
use crate::finding::Finding;
use crate::ident::Kind;
use crate::yaml::Document;
use crate::yaml::unescape_pointer;

/// What the schema has to say about a document.
#[derive(Debug, Default)]
pub struct Checked {
    /// What is wrong, in the order of the text.
    pub findings: Vec<Finding>,
    /// The JSON pointers of the values that were refused; `""` is the whole document.
    pub invalid: BTreeSet<String>,
}

impl Checked {
    /// Returns the document without what was refused, fit for the typed reading.
    ///
    /// A refused item takes its list with it, since the pointers of the others would shift; whole
    /// numbers written as `4e3` or `1.0` become whole numbers.
    #[must_use]
    pub fn readable(&self, value: &Value) -> Value {
        if self.invalid.contains("") || !value.is_object() {
            return Value::Object(serde_json::Map::new());
        }
        let mut value = value.clone();
        for pointer in self.invalid.iter().rev() {
            remove(&mut value, pointer);
        }
        settle_numbers(&mut value);
        value
    }

    /// Says whether the value at `pointer`, or one that holds it, was refused.
    #[must_use]
    pub fn refuses(&self, pointer: &str) -> bool {
        let mut at = pointer;
        loop {
            if self.invalid.contains(at) {
                return true;
            }
            if at.is_empty() {
                return false;
            }
            at = words::parent(at);
        }
    }
}

/// Checks a document against the schema of its shape.
///
/// Inputs, outputs and tool parameters that are JSON Schemas are checked too.
#[must_use]
pub fn check(shape: Shape, document: &Document) -> Checked {
    let value = document.value();
    let faults = match (compiled(shape), value) {
        (Err(reason), _) => {
            let message = format!(
                "the built-in schema of {} does not compile ({reason}); this is a fault of this build of Keelmark",
                shape.phrase()
            );
            vec![refused(Fault::new(&TYPE, "", At::Holder).message(message))]
        }
        (Ok(_), Value::Object(_)) => faults(shape, document),
        (Ok(_), Value::Null) => {
            let message = format!("the file is empty; expected {}", shape.phrase());
            // A configuration without any key is all defaults.
            match shape {
                Shape::Config => Vec::new(),
                _ => vec![refused(Fault::new(&TYPE, "", At::Holder).message(message))],
            }
        }
        (Ok(_), other) => {
            let found = words::found(other, document.raw(""));
            let message =
                format!("expected {}, which is a map of keys, found {found}", shape.phrase());
            vec![refused(Fault::new(&TYPE, "", At::Holder).message(message))]
        }
    };
    let invalid =
        faults.iter().filter(|fault| fault.leaves_out).map(|f| f.pointer.clone()).collect();
    let mut findings: Vec<Finding> =
        faults.into_iter().map(|fault| fault.into_finding(document)).collect();
    findings.sort_by(Finding::order);
    Checked { findings, invalid }
}

fn refused(mut fault: Fault) -> Fault {
    fault.leaves_out = true;
    fault
}

fn faults(shape: Shape, document: &Document) -> Vec<Fault> {
    let Ok(compiled) = compiled(shape) else { return Vec::new() };
    let reader = Reader { schema: &compiled.schema, document: Some(document) };
    let mut faults = Vec::new();
    for error in compiled.validator.iter_errors(document.value()) {
        reader.read(&error, &mut faults);
    }
    let mut faults = without_echoes(faults);
    for (pointer, schema) in field_schemas(shape, document.value()) {
        let spoken_of = |f: &Fault| f.pointer == pointer || below(&f.pointer, &pointer);
        if faults.iter().any(spoken_of) {
            continue;
        }
        if let Err(fault) = field::judge(&schema) {
            let at = format!("{pointer}{}", fault.pointer);
            let message = format!("`{}`: {}", words::path(&at), fault.message);
            faults.push(Fault::new(&FIELD_INVALID, at, fault.at).message(message));
        }
    }
    faults
}

fn below(pointer: &str, folder: &str) -> bool {
    pointer.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// Returns the JSON Schemas that the document holds, with their pointers.
fn field_schemas(shape: Shape, value: &Value) -> Vec<(String, Value)> {
    let sides: &[&str] = match shape {
        Shape::Entry(Kind::Prompt) => &["/schema/inputs", "/schema/outputs"],
        Shape::Entry(Kind::Model) => &["/signature/inputs", "/signature/outputs"],
        Shape::Entry(Kind::Composite) => &["/provides/inputs", "/provides/outputs"],
        Shape::Entry(Kind::Fragment) => &["/inputs"],
        _ => &[],
    };
    let fields = sides.iter().filter_map(|side| Some((side, value.pointer(side)?.as_object()?)));
    let mut schemas: Vec<(String, Value)> = fields
        .flat_map(|(side, map)| {
            map.iter()
                .map(|(name, written)| (words::child(side, name), field::without_own_keys(written)))
        })
        .collect();
    let tools = value.get("tools").and_then(Value::as_array).filter(|_| !sides.is_empty());
    for (at, tool) in tools.into_iter().flatten().enumerate() {
        if let Some(parameters) = tool.get("parameters") {
            schemas.push((format!("/tools/{at}/parameters"), parameters.clone()));
        }
    }
    schemas
}

/// Removes what stands at `pointer`; an item of a list takes the list with it.
fn remove(value: &mut Value, pointer: &str) {
    let Some((head, last)) = pointer.rsplit_once('/') else { return };
    match value.pointer_mut(head) {
        Some(Value::Object(map)) => {
            map.remove(&unescape_pointer(last));
        }
        Some(Value::Array(_)) => remove(value, head),
        _ => {}
    }
}

/// Turns whole floats into integers, as JSON Schema and RFC 8785 take them.
fn settle_numbers(value: &mut Value) {
    match value {
        Value::Number(number) if number.is_f64() => {
            let whole = number.as_f64().filter(|n| n.fract() == 0.0 && n.abs() < 9e15);
            // The text of a whole float below 2^53 is exact.
            let read = whole.and_then(|n| format!("{n:.0}").parse::<i64>().ok());
            if let Some(whole) = read {
                *value = Value::from(whole);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(settle_numbers),
        Value::Object(map) => map.values_mut().for_each(settle_numbers),
        _ => {}
    }
}
