//! Values as bytes: the same value gives the same bytes in every format.

use std::borrow::Cow;

use serde_json::Value;

use crate::digest::{Digest, canonical_json};
use crate::registry::dataset::ColumnType;

/// How much of a key is kept for people, in bytes.
pub(super) const KEPT_OF_A_KEY: usize = 64;

const ABSENT: u8 = 0;
const TEXT: u8 = 1;
const JSON: u8 = 2;
const SURPLUS: u8 = 3;
/// In the place of a length: eight bytes follow, and hold it.
const LONG: u8 = u8::MAX;

fn put(into: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
    into.push(tag);
    // Length first, so that no two lists of values give the same bytes. Short ones take one byte:
    // most values are short, and a few bytes need no digest.
    match u8::try_from(bytes.len()) {
        Ok(length) if length < LONG => into.push(length),
        _ => {
            into.push(LONG);
            into.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
        }
    }
    into.extend_from_slice(bytes);
}

/// Adds the absence of a value.
pub(super) fn absent(into: &mut Vec<u8>) {
    into.push(ABSENT);
}

/// Adds a field that no column has a name for.
pub(super) fn surplus(into: &mut Vec<u8>, text: &[u8]) {
    put(into, SURPLUS, text);
}

/// Adds a cell of CSV, read by the type of its column.
pub(super) fn text(into: &mut Vec<u8>, text: &[u8], (kind, nullable): (ColumnType, bool)) {
    let is_text = matches!(
        kind,
        ColumnType::String | ColumnType::Date | ColumnType::Timestamp | ColumnType::Bytes
    );
    if text.is_empty() && (nullable || !is_text) {
        return absent(into);
    }
    if is_text {
        return put(into, TEXT, text);
    }
    if is_plain_integer(text) {
        return put(into, JSON, text);
    }
    match serde_json::from_slice::<Value>(text) {
        Ok(Value::Null) => absent(into),
        Ok(value) if !value.is_string() => put(into, JSON, exact(&value).as_bytes()),
        _ => put(into, TEXT, text),
    }
}

/// Says whether a text is a whole number as JSON writes it, so that it needs no reading.
fn is_plain_integer(text: &[u8]) -> bool {
    text.len() <= 15
        && text.iter().all(u8::is_ascii_digit)
        && (text.len() == 1 || text.first() != Some(&b'0'))
        && !text.is_empty()
}

/// Adds a value of JSON or YAML.
pub(super) fn value(into: &mut Vec<u8>, value: Option<&Value>) {
    match value {
        None | Some(Value::Null) => absent(into),
        Some(Value::String(text)) => put(into, TEXT, text.as_bytes()),
        Some(other) => put(into, JSON, exact(other).as_bytes()),
    }
}

/// Writes a value so that equal values are written alike, and whole numbers to their last digit.
pub(super) fn exact(value: &Value) -> String {
    match value {
        Value::Number(number) if number.is_u64() || number.is_i64() => number.to_string(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(exact).collect();
            format!("[{}]", items.join(","))
        }
        Value::Object(map) => {
            let mut members: Vec<(&String, &Value)> = map.iter().collect();
            members.sort_by_key(|(key, _)| *key);
            let member = |(key, value): &(&String, &Value)| {
                let key = Value::String((*key).clone());
                format!("{}:{}", canonical_json(&key), exact(value))
            };
            let members: Vec<String> = members.iter().map(member).collect();
            format!("{{{}}}", members.join(","))
        }
        other => canonical_json(other),
    }
}

/// Returns the text of a key that stands in JSON or YAML.
pub(super) fn key_text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        other => Cow::Owned(exact(other)),
    }
}

/// Makes a number of bytes: up to 15 are it, with their count; more give their digest. Short bytes are
/// in the order of their numbers, so that rows in the order of their keys need no sorting.
pub(super) fn number(all: &[u8]) -> u128 {
    const DIGEST: u128 = 0xff;
    let mut bytes = [0_u8; 16];
    if let Some((count, room)) = bytes.split_last_mut().filter(|(_, room)| all.len() <= room.len())
    {
        for (to, from) in room.iter_mut().zip(all) {
            *to = *from;
        }
        *count = u8::try_from(all.len()).unwrap_or(u8::MAX);
        return u128::from_be_bytes(bytes);
    }
    Digest::of(all).head() | DIGEST
}
