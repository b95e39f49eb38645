//! Text → scalar, and new values.

use std::fmt::Write as _;

use serde_json::Value;

use super::edit::NewValue;
use super::tree::Style;
use super::value::plain;

/// Writes a text in the given style; where that cannot hold it, in double quotes.
pub(super) fn scalar(text: &str, style: Style) -> String {
    match style {
        Style::Plain if is_plain(text) => text.to_owned(),
        Style::Single if text.chars().all(is_printable) => {
            format!("'{}'", text.replace('\'', "''"))
        }
        _ => double(text),
    }
}

/// Writes a text in double quotes.
pub(super) fn double(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_printable(c) => out.push(c),
            // Writing to a string does not fail.
            c if u32::from(c) > 0xffff => drop(write!(out, "\\U{:08x}", u32::from(c))),
            c => drop(write!(out, "\\u{:04x}", u32::from(c))),
        }
    }
    out.push('"');
    out
}

/// Writes a new value behind a `:`; `line` is a line end and the blanks of one step further in.
pub(super) fn block(value: &NewValue, line: &str) -> String {
    let mut out = String::new();
    match value {
        NewValue::Map(entries) if !entries.is_empty() => {
            for (key, value) in entries {
                out.extend([line, &plain_or_double(key), ": ", &plain_or_double(value.text())]);
            }
        }
        NewValue::List(items) if !items.is_empty() => {
            for item in items {
                out.extend([line, "- ", &double(item.text())]);
            }
        }
        value => out.extend([" ", &flow(value)]),
    }
    out
}

/// Writes a new value in one line.
pub(super) fn flow(value: &NewValue) -> String {
    match value {
        NewValue::Scalar(value) => plain_or_double(value.text()),
        NewValue::Map(entries) => {
            let entries = entries.iter().map(|(key, value)| {
                format!("{}: {}", plain_or_double(key), plain_or_double(value.text()))
            });
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        NewValue::List(items) => {
            let items = items.iter().map(|item| double(item.text()));
            format!("[{}]", items.collect::<Vec<_>>().join(", "))
        }
    }
}

/// Writes any value in one line, as a document that is made from nothing has it.
#[must_use]
pub fn inline(value: &Value) -> String {
    match value {
        Value::String(text) => plain_or_double(text),
        Value::Array(items) => {
            format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", "))
        }
        Value::Object(map) => {
            let entries = map
                .iter()
                .map(|(key, value)| format!("{}: {}", plain_or_double(key), inline(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

fn plain_or_double(text: &str) -> String {
    scalar(text, Style::Plain)
}

/// Says whether a character may stand in a quoted text of one line and be seen there.
fn is_printable(c: char) -> bool {
    // Marks that turn the direction of text hide what stands there.
    let hidden = matches!(
        c,
        '\u{feff}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
    );
    !hidden && !c.is_control() && u32::from(c) & 0xfffe != 0xfffe
}

/// Says whether a text can stand without quotes, in flow collections too, and stays a string for
/// YAML 1.1 readers as well.
fn is_plain(text: &str) -> bool {
    let Some(first) = text.chars().next() else { return false };
    let word = text.to_ascii_lowercase();
    text.chars().all(is_printable)
        && !text.ends_with([' ', ':'])
        && !" -?:,[]{}#&*!|>'\"%@`=<~".contains(first)
        && !text.contains([',', '[', ']', '{', '}'])
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.chars().any(|c| c.is_whitespace() && c != ' ')
        && !text.starts_with("...")
        && !matches!(word.as_str(), "y" | "n" | "yes" | "no" | "on" | "off")
        && !is_digest(text)
        && !reads_as_number(text)
        && plain(text).is_none()
}

/// Some digests read as numbers, such as `12e45…`: quote them all.
fn is_digest(text: &str) -> bool {
    text.len() >= 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Numbers, dates and times of YAML 1.1, such as `2025_09`, `2025-09-01`, `1:30`, `0b11`, `.inf`.
fn reads_as_number(text: &str) -> bool {
    let rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    let digits = |c: char| c.is_ascii_digit() || matches!(c, '_' | ':' | '-');
    let word = rest.starts_with('.') && rest.len() <= 4;
    word || ["0b", "0x", "0o"].iter().any(|prefix| rest.starts_with(prefix))
        || rest.starts_with(|c: char| c.is_ascii_digit()) && rest.chars().all(digits)
}
