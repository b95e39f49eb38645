//! Cases as JSON, one object a line.

use std::fmt;
use std::ops::Range;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::case::CasePlace;
use super::file::{Places, Reading};
use super::row::COLUMNS;
use super::{record, rules};
use crate::source::{SourceFile, Span};

/// Reads the cases of a text. Blank lines are left out.
pub(super) fn read(source: &SourceFile) -> Reading {
    let mut reading = Reading::new(Places::jsonl(source.clone()));
    reading.columns = COLUMNS.iter().map(|name| (*name).to_owned()).collect();
    let text = source.text();
    let rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut start = text.len() - rest.len();
    let mut index = 0;
    for whole in rest.split_inclusive('\n') {
        let line = whole.trim_end_matches(['\r', '\n']);
        let span = span(start, start + line.len());
        let from = start;
        start += whole.len();
        if line.trim().is_empty() {
            continue;
        }
        let place = CasePlace { index, span };
        index += 1;
        match serde_json::from_str::<Strict>(line) {
            Ok(Strict(Value::Object(map))) => {
                let (row, faults) = record::row(map, place, |_| None);
                reading.know(&row);
                reading.accept(row, faults);
            }
            Ok(_) => reading.say_fault("", place, record::no_map()),
            Err(fault) => {
                let at = from + fault.column().saturating_sub(1).min(line.len());
                let message = fault.to_string();
                // The line and column of the message count from the line's own start.
                let message = message.rsplit_once(" at line ").map_or(&*message, |(head, _)| head);
                let help = "write one JSON object a line".to_owned();
                let place = (String::new(), self::span(at, at));
                reading.say(&rules::CASES_SYNTAX, place, message, Some(help));
            }
        }
    }
    reading
}

fn span(start: usize, end: usize) -> Span {
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span::new(offset(start), offset(end))
}

/// Finds a member in the text of a valid object: the bytes of its key and of its value.
pub(super) fn member(text: &str, name: &str) -> Option<(Range<usize>, Range<usize>)> {
    let bytes = text.as_bytes();
    let mut at = blank(bytes, 0) + 1;
    loop {
        at = blank(bytes, at);
        let key = at..value_end(bytes, at)?;
        at = blank(bytes, blank(bytes, key.end) + 1);
        let value = at..value_end(bytes, at)?;
        if serde_json::from_str::<String>(text.get(key.clone())?).ok()? == name {
            return Some((key, value));
        }
        at = blank(bytes, value.end);
        if bytes.get(at) != Some(&b',') {
            return None;
        }
        at += 1;
    }
}

/// Returns where the white space at `at` ends.
fn blank(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

/// Returns where the value at `at` ends; `None` at the end of the text.
fn value_end(bytes: &[u8], at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut here = at;
    loop {
        match bytes.get(here)? {
            b'"' => {
                here += 1;
                while *bytes.get(here)? != b'"' {
                    here += if bytes.get(here) == Some(&b'\\') { 2 } else { 1 };
                }
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' | b',' | b':' | b' ' | b'\t' if depth == 0 => {
                return (here > at).then_some(here);
            }
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        here += 1;
        if depth == 0 && matches!(bytes.get(here - 1), Some(b'"' | b'}' | b']')) {
            return Some(here);
        }
    }
}

/// A JSON value in which no object has the same key twice.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Self)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Strict(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = members.next_key::<String>()? {
            if map.contains_key(&key) {
                let shown = key.escape_debug();
                return Err(de::Error::custom(format_args!("the key `{shown}` stands twice")));
            }
            let Strict(value) = members.next_value()?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_in_any_spacing() {
        let text = r#" { "a" : {"b":[1,"}"]} ,"\u0062":"x\"y", "c":12 ,"d":null}"#;
        for (name, expected) in [
            ("a", Some(r#"{"b":[1,"}"]}"#)),
            ("b", Some(r#""x\"y""#)),
            ("c", Some("12")),
            ("d", Some("null")),
            ("e", None),
        ] {
            assert_eq!(member(text, name).map(|(_, value)| &text[value]), expected, "{name}");
        }
        assert_eq!(member("{}", "a"), None);
    }
}
