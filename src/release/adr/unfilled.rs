//! The places that wait for the author's own words.

use super::NEEDED;
use super::read::{headings, prose_lines};

/// What a template writes where an author is to write.
pub(in crate::release) const TODO: &str = "TODO(author)";

/// How a comment begins that asks for words below it.
pub(in crate::release) const MARK: &str = "<!-- keelmark: ";

/// A place without the words that it waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfilled {
    /// The line, from 1.
    pub line: u32,
    /// What is to be written there.
    pub what: String,
}

/// Lists the places of a document that its author has not filled, by line.
///
/// A place is filled when its `TODO(author)` is gone and words stand below its comment. In a
/// decision record the sections that MADR asks for hold words.
#[must_use]
pub fn unfilled(text: &str) -> Vec<Unfilled> {
    let mut found = Vec::new();
    let mut waiting: Option<Unfilled> = None;
    for (line, number) in text.lines().zip(1_u32..) {
        let word = line.trim();
        if let Some((_, what)) = line.split_once(TODO) {
            // The comment above says it better.
            let above = waiting.take();
            let said = what.trim_start_matches(':').trim();
            let what = above.map_or_else(|| said.to_owned(), |place| place.what);
            found.push(Unfilled { line: number, what });
        } else if let Some(what) = word.strip_prefix(MARK) {
            found.extend(waiting.take());
            let what = what.trim_end_matches("-->").trim().to_owned();
            waiting = Some(Unfilled { line: number, what });
        } else if word.starts_with('#') {
            found.extend(waiting.take());
        } else if !word.is_empty() {
            waiting = None;
        }
    }
    found.extend(waiting);
    found.extend(empty_sections(text));
    found.sort_by_key(|place| place.line);
    found
}

/// Finds the sections that MADR asks for and that hold nothing: neither words nor comments.
fn empty_sections(text: &str) -> Vec<Unfilled> {
    let headings = headings(text);
    let mut found = Vec::new();
    for (at, (line, heading)) in headings.iter().enumerate() {
        if !NEEDED.contains(heading) {
            continue;
        }
        let end = headings.get(at + 1..).unwrap_or_default().iter();
        let end = end.map(|(line, _)| *line).next().unwrap_or(u32::MAX);
        let inside = |number: u32| *line < number && number < end;
        let holds = prose_lines(text).any(|(number, l)| inside(number) && !l.trim().is_empty());
        let asked = text.lines().zip(1_u32..).any(|(l, number)| inside(number) && l.contains(MARK));
        if !holds && !asked {
            let what = format!("something below `{heading}`");
            found.push(Unfilled { line: *line, what });
        }
    }
    found
}
