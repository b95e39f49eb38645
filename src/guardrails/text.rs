//! Reading answers: strings in values, sentences, folding, and excerpts.

use std::ops::Range;

use regex::Regex;
use serde_json::Value;

use crate::redact::redact;

/// How many characters an excerpt shows on either side.
const BESIDE: usize = 40;

/// Compiles a pattern of this room.
#[expect(clippy::expect_used, reason = "patterns are literals, and the tests use every one")]
pub(super) fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a pattern")
}

/// Calls `visit` for each string in a value, in its order.
pub(super) fn strings(value: &Value, visit: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => visit(text),
        Value::Array(items) => items.iter().for_each(|item| strings(item, visit)),
        Value::Object(members) => members.values().for_each(|member| strings(member, visit)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Writes a text in lower case, with straight quotes, plain spaces and without marks of emphasis,
/// so that one pattern meets all ways of writing.
pub(super) fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '’' | '‘' | '‛' | 'ʼ' | '´' | '`' => folded.push('\''),
            '“' | '”' | '„' | '‟' | '«' | '»' => folded.push('"'),
            '*' | '_' | '\u{200b}' | '\u{ad}' => {}
            '\n' | '\r' => folded.push('\n'),
            c if c.is_whitespace() => folded.push(' '),
            c => folded.extend(c.to_lowercase()),
        }
    }
    folded
}

/// Cuts a text behind `.`, `!`, `?` and at ends of lines; each sentence comes with its place.
pub(super) fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut sentences = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let end = at + c.len_utf8();
        let is_end = match c {
            '\n' | '。' | '！' | '？' => true,
            '.' | '!' | '?' => chars.peek().is_none_or(|(_, next)| next.is_whitespace()),
            _ => false,
        };
        if is_end {
            sentences.push(start..end);
            start = end;
        }
    }
    sentences.push(start..text.len());
    sentences.retain(|range| text.get(range.clone()).is_some_and(|part| !part.trim().is_empty()));
    sentences
}

/// Shows what stands beside a hit, redacted, and `shown` in its place.
pub(super) fn excerpt(text: &str, hit: &Range<usize>, shown: &str) -> String {
    let before = redact(text.get(..hit.start).unwrap_or_default(), &[]).text;
    let after = redact(text.get(hit.end..).unwrap_or_default(), &[]).text;
    let first = before.char_indices().rev().nth(BESIDE - 1).map_or(0, |(at, _)| at);
    let last = after.char_indices().nth(BESIDE).map_or(after.len(), |(at, _)| at);
    let mut excerpt = String::new();
    if first > 0 {
        excerpt.push('…');
    }
    excerpt.push_str(before.get(first..).unwrap_or_default());
    excerpt.push_str(shown);
    excerpt.push_str(after.get(..last).unwrap_or_default());
    if last < after.len() {
        excerpt.push('…');
    }
    excerpt.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Shows the beginning of a text, redacted.
pub(super) fn opening(text: &str) -> String {
    // The whole is redacted first, so that no identifier is cut in two.
    let redacted = redact(text, &[]).text;
    let line = redacted.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(2 * BESIDE) {
        None => line,
        Some((cut, _)) => format!("{}…", line.get(..cut).unwrap_or_default()),
    }
}
