//! Walking over candidates, and what may stand beside them.

use std::ops::Range;

use regex::Regex;

use super::{Hit, PiiKind};

/// Characters that typesetters and models put for a space inside a number.
pub(super) const SPACES: &[char] = &[' ', '\u{a0}', '\u{2007}', '\u{2009}', '\u{202f}'];

/// Characters that typesetters and models put for a hyphen inside a number.
pub(super) const HYPHENS: &[char] = &['-', '\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}'];

/// [`SPACES`] and [`HYPHENS`] as the inside of a character class.
pub(super) const GAP: &str = r" \x{a0}\x{2007}\x{2009}\x{202f}\x{2010}-\x{2013}-";

/// Compiles a pattern of this room.
#[expect(clippy::expect_used, reason = "patterns are literals, and the tests use every one")]
pub(super) fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a pattern")
}

/// Collects the candidates of `pattern` that `accept` narrows to a hit.
///
/// Refusing a candidate, `accept` says where the search goes on; it never goes back, and always
/// beyond the first byte of the candidate.
pub(super) fn hits(
    text: &str,
    pattern: &Regex,
    kind: PiiKind,
    accept: impl Fn(Range<usize>) -> Result<Range<usize>, usize>,
) -> Vec<Hit> {
    let mut hits = Vec::new();
    let mut at = 0;
    while let Some(candidate) = pattern.find_at(text, at) {
        let beyond = candidate.start() + first_length(candidate.as_str());
        at = match accept(candidate.range()) {
            Ok(Range { start, end }) => {
                hits.push(Hit { kind, start, end });
                end.max(beyond)
            }
            Err(next) => next.max(beyond),
        };
    }
    hits
}

/// Returns the length of the first character in bytes.
fn first_length(text: &str) -> usize {
    text.chars().next().map_or(1, char::len_utf8)
}

/// Returns the characters before `at`, from the nearest on.
pub(super) fn before(text: &str, at: usize) -> impl Iterator<Item = char> {
    text.get(..at).unwrap_or_default().chars().rev()
}

/// Returns the characters from `at` on.
pub(super) fn after(text: &str, at: usize) -> impl Iterator<Item = char> {
    text.get(at..).unwrap_or_default().chars()
}

/// Returns up to `length` characters before `at`, where a word can say what a number is.
pub(super) fn lead(text: &str, at: usize, length: usize) -> &str {
    let start = text.get(..at).unwrap_or_default().char_indices().rev().take(length).last();
    text.get(start.map_or(at, |(start, _)| start)..at).unwrap_or_default()
}

/// Says whether a character belongs to a word or number.
pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Says whether a number that starts at `start` continues something: a word, an id with hyphens, a
/// decimal number.
pub(super) fn is_glued_before(text: &str, start: usize) -> bool {
    is_glued(before(text, start), is_word)
}

/// Says whether a number that ends at `end` is continued: by a word, an id with hyphens, decimals.
pub(super) fn is_glued_after(text: &str, end: usize) -> bool {
    is_glued(after(text, end), is_word)
}

/// Says the same as [`is_glued_before`] and [`is_glued_after`] together of what proves itself by a
/// checksum: a hyphen glues only letters to it, so that lists such as `A-B` are read.
pub(super) fn is_glued_to_letters(text: &str, start: usize, end: usize) -> bool {
    is_glued(before(text, start), char::is_alphabetic)
        || is_glued(after(text, end), char::is_alphabetic)
}

fn is_glued(mut beside: impl Iterator<Item = char>, over_hyphen: fn(char) -> bool) -> bool {
    match beside.next() {
        Some(c) if is_word(c) => true,
        Some(c) if HYPHENS.contains(&c) => beside.next().is_some_and(over_hyphen),
        Some('.' | ',') => beside.next().is_some_and(|c| c.is_ascii_digit()),
        _ => false,
    }
}
