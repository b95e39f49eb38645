//! Text with a name, places in it, and how a byte offset becomes a line and a column.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::sync::OnceLock;

use crate::path::RepoPath;

/// A range of bytes in a [`SourceFile`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// The byte behind the last.
    pub end: u32,
}

impl Span {
    /// Makes a span; an end before the start becomes the start.
    #[must_use]
    pub const fn new(start: u32, end: u32) -> Self {
        Self { start, end: if end < start { start } else { end } }
    }

    /// Returns the span as a range of `usize`.
    #[must_use]
    pub const fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Returns the number of bytes.
    #[must_use]
    pub const fn len(self) -> u32 {
        self.end - self.start
    }

    /// Says whether the span covers nothing.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.start == self.end
    }
}

/// A line and a column, both from 1; columns count Unicode scalar values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

/// A file's text under the name that people know it by. Cloning is cheap.
#[derive(Clone)]
pub struct SourceFile(Arc<Inner>);

struct Inner {
    path: RepoPath,
    revision: Option<String>,
    text: String,
    lines: OnceLock<Vec<u32>>,
}

impl SourceFile {
    /// Names a text of the tree under check.
    #[must_use]
    pub fn new(path: RepoPath, text: String) -> Self {
        Self(Arc::new(Inner { path, revision: None, text, lines: OnceLock::new() }))
    }

    /// Names a text of another revision, such as the baseline.
    #[must_use]
    pub fn at_revision(path: RepoPath, revision: String, text: String) -> Self {
        Self(Arc::new(Inner { path, revision: Some(revision), text, lines: OnceLock::new() }))
    }

    /// Returns the path.
    #[must_use]
    pub fn path(&self) -> &RepoPath {
        &self.0.path
    }

    /// Returns the revision, for a text that is not of the tree under check.
    #[must_use]
    pub fn revision(&self) -> Option<&str> {
        self.0.revision.as_deref()
    }

    /// Returns the text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// Returns the text of a span; empty where the span is not inside the text.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.0.text.get(span.range()).unwrap_or_default()
    }

    /// Returns line and column of a byte offset; an offset beyond the end counts as the end.
    #[must_use]
    pub fn position(&self, offset: u32) -> Position {
        let text = self.text();
        let mut at = (offset as usize).min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        let starts = self.0.lines.get_or_init(|| line_starts(text));
        let line = starts.partition_point(|start| (*start as usize) <= at).saturating_sub(1);
        let start = starts.get(line).copied().unwrap_or_default() as usize;
        let before = text.get(start..at).unwrap_or_default();
        let before = if start == 0 { before.trim_start_matches('\u{feff}') } else { before };
        let columns = before.chars().count();
        Position {
            line: u32::try_from(line).unwrap_or(u32::MAX).saturating_add(1),
            column: u32::try_from(columns).unwrap_or(u32::MAX).saturating_add(1),
        }
    }
}

impl fmt::Debug for SourceFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0.path)?;
        self.0.revision.as_ref().map_or(Ok(()), |revision| write!(f, "@{revision}"))
    }
}

fn line_starts(text: &str) -> Vec<u32> {
    let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
    std::iter::once(0)
        .chain(newlines.map(|(at, _)| u32::try_from(at).unwrap_or(u32::MAX).saturating_add(1)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_scalar_values_and_a_byte_order_mark_counts_for_none() {
        let file = SourceFile::new(RepoPath::from("a"), "\u{feff}id: é\r\nx: 😀y\n".to_owned());
        let at = |needle: &str| {
            let offset = file.text().find(needle).expect("in the text");
            let position = file.position(u32::try_from(offset).expect("small"));
            (position.line, position.column)
        };
        assert_eq!(at("id"), (1, 1));
        assert_eq!(at("é"), (1, 5));
        assert_eq!(at("x:"), (2, 1));
        assert_eq!(at("y"), (2, 5));
        assert_eq!(file.position(10_000), Position { line: 3, column: 1 });
    }
}
