//! What tools want to know of a decision record: its front matter and its headings.

use serde_json::Value;

use crate::digest::Digest;
use crate::finding::Finding;
use crate::source::SourceFile;
use crate::yaml::Document;

/// A decision record as far as it can be read; the body is for people.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decision {
    /// What it is about.
    pub title: Option<String>,
    /// `proposed`, `accepted`, `rejected`, `deprecated`, or `superseded by` a file.
    pub status: Option<String>,
    /// The day (ISO 8601).
    pub date: Option<String>,
    /// The tag of the release that it decides on.
    pub release: Option<String>,
    /// The composite's entry digest at the time.
    pub composite_digest: Option<String>,
    /// The records that it replaces.
    pub supersedes: Vec<String>,
    /// What is wrong with its front matter, with the line.
    pub fault: Option<String>,
}

impl Decision {
    /// Returns the record that replaced this one.
    #[must_use]
    pub fn superseded_by(&self) -> Option<&str> {
        let status = self.status.as_deref()?;
        let rest = status.strip_prefix("superseded by ")?.trim();
        (!rest.is_empty()).then_some(rest)
    }

    /// Returns the digest of the composite's entry that the record is about, where it names another
    /// one than this.
    #[must_use]
    pub fn is_of_another(&self, own: Digest) -> Option<&str> {
        let written = self.composite_digest.as_deref()?;
        let bare = written.trim().trim_start_matches("sha256:");
        (!bare.eq_ignore_ascii_case(&own.to_string())).then_some(bare)
    }
}

/// Reads a decision record, whatever it holds.
#[must_use]
pub fn read(file: &SourceFile) -> Decision {
    let text = file.text();
    let mut decision = Decision {
        title: headings(text)
            .into_iter()
            .find_map(|(_, heading)| heading.strip_prefix("# "))
            .map(plain),
        ..Decision::default()
    };
    let Some(front) = front_matter(text) else { return decision };
    let (document, findings) = parse(file, text, front);
    if let Some(finding) = findings.first() {
        let at = finding.place.file.position(finding.place.span.start);
        decision.fault = Some(format!("line {}: {}", at.line, finding.message));
    }
    let Some(document) = document else { return decision };
    let value = document.value();
    let words = |key: &str| value.get(key).and_then(Value::as_str).map(ToOwned::to_owned);
    decision.status = words("status").map(|status| status.trim().to_owned());
    decision.date = words("date");
    decision.release = words("release");
    decision.composite_digest = words("composite-digest");
    decision.supersedes = match value.get("supersedes") {
        Some(Value::Array(names)) => {
            names.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect()
        }
        _ => words("supersedes").into_iter().collect(),
    };
    decision
}

/// Finds the front matter: the bytes between a first line and a later one that are `---`.
pub(super) fn front_matter(text: &str) -> Option<std::ops::Range<usize>> {
    let mut start = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let word = line.trim_start_matches('\u{feff}').trim_end();
        match start {
            None if at == 0 && word == "---" => start = Some(line.len()),
            None => return None,
            Some(start) if word == "---" => return Some(start..at),
            Some(_) => {}
        }
        at += line.len();
    }
    None
}

/// Returns the line end of a text: that of its first line.
pub(in crate::release) fn line_end(text: &str) -> &'static str {
    match text.split_once('\n') {
        Some((first, _)) if first.ends_with('\r') => "\r\n",
        _ => "\n",
    }
}

/// Reads the front matter as YAML. An empty line stands for the one in front of it, so that lines
/// are counted as in the file.
pub(super) fn parse(
    file: &SourceFile,
    text: &str,
    front: std::ops::Range<usize>,
) -> (Option<Document>, Vec<Finding>) {
    let yaml = format!("{}{}", line_end(text), text.get(front).unwrap_or_default());
    Document::parse(SourceFile::new(file.path().clone(), yaml))
}

/// Lists the headings of a Markdown text (`# …`) with their lines, which count from 1. Lines in
/// front matter, fenced code and comments are no headings.
pub(super) fn headings(text: &str) -> Vec<(u32, &str)> {
    let mut found = Vec::new();
    for (number, line) in prose_lines(text) {
        let marks = line.bytes().take_while(|byte| *byte == b'#').count();
        if (1..=6).contains(&marks) && line.as_bytes().get(marks) == Some(&b' ') {
            found.push((number, line.trim_end()));
        }
    }
    found
}

/// Iterates over the lines that are no front matter, no fenced code and no comment.
pub(super) fn prose_lines(text: &str) -> impl Iterator<Item = (u32, &str)> {
    let body = front_matter(text).map_or(0, |front| front.end);
    let mut inside = Inside::Prose;
    let mut at = 0;
    text.split_inclusive('\n').zip(1_u32..).filter_map(move |(line, number)| {
        let start = at;
        at += line.len();
        if start < body || (start == body && body > 0) {
            return None;
        }
        inside.line(line).then_some((number, line))
    })
}

/// What a line of Markdown stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::release) enum Inside {
    /// Headings, paragraphs, lists.
    Prose,
    /// Code behind a fence of this many marks.
    Code(char, usize),
    /// A comment that goes on.
    Comment,
}

impl Inside {
    /// Takes a line, and says whether it is prose as a whole.
    pub(in crate::release) fn line(&mut self, line: &str) -> bool {
        let word = line.trim_start_matches(' ');
        let indented = line.len() - word.len() > 3;
        match *self {
            Self::Comment => {
                if line.contains("-->") {
                    *self = Self::Prose;
                }
                false
            }
            Self::Code(mark, length) => {
                let run = word.chars().take_while(|c| *c == mark).count();
                if !indented && run >= length && word.trim_end().chars().all(|c| c == mark) {
                    *self = Self::Prose;
                }
                false
            }
            Self::Prose => {
                let mark = word.chars().next().filter(|c| "`~".contains(*c));
                let run = mark.map_or(0, |mark| word.chars().take_while(|c| *c == mark).count());
                let fence = mark.filter(|mark| {
                    let after = word.trim_start_matches(*mark);
                    !indented && run >= 3 && !(*mark == '`' && after.contains('`'))
                });
                if let Some(mark) = fence {
                    *self = Self::Code(mark, run);
                    return false;
                }
                let comment = !indented && word.starts_with("<!--");
                if comment && !word.contains("-->") {
                    *self = Self::Comment;
                }
                !comment
            }
        }
    }
}

/// Takes the marks of Markdown out of a title.
fn plain(title: &str) -> String {
    let title = title.trim().trim_end_matches('#').trim_end();
    let mut text = String::new();
    let mut characters = title.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '`' => {}
            '\\' if characters.peek().is_some_and(char::is_ascii_punctuation) => {
                text.extend(characters.next());
            }
            c => text.push(c),
        }
    }
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&#36;", "$"), ("&#8203;", ""), ("&amp;", "&")];
    entities.iter().fold(text, |text, (entity, shown)| text.replace(entity, shown))
}
