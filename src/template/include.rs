//! Includes: where a template asks for a text from elsewhere, and texts that were put together.
//!
//! The engine itself has no includes. A text is put where its include stood before the engine reads
//! the whole, so that what is digested, checked, rendered and exported is one and the same text.

use minijinja::machinery::{Token, tokenize};

use super::{jinja, offset};
use crate::source::{SourceFile, Span};

/// One `{% include … %}` of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Include {
    /// The whole tag.
    pub span: Span,
    /// What it names; `None` where it is anything but one literal name.
    pub name: Option<String>,
    /// Whether `{%-` takes away white space before the tag.
    pub trims_before: bool,
    /// Whether `-%}` takes away white space behind the tag.
    pub trims_after: bool,
}

/// Finds the includes of a Jinja template, in order. Those in comments and raw blocks are none.
///
/// A template that cannot be read gives what stands before its fault; the engine speaks of the rest.
#[must_use]
pub fn includes(text: &str) -> Vec<Include> {
    if !text.contains("include") {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut open: Option<(usize, Vec<Token<'_>>)> = None;
    for token in tokenize(text, false, jinja::syntax()) {
        let Ok((token, span)) = token else { break };
        match (token, &mut open) {
            (Token::BlockStart, _) => open = Some((span.start_offset as usize, Vec::new())),
            (Token::BlockEnd, Some((start, inside))) => {
                found.extend(include(text, *start..span.end_offset as usize, inside));
                open = None;
            }
            (token, Some((_, inside))) => inside.push(token),
            (_, None) => {}
        }
    }
    found
}

fn include(text: &str, range: std::ops::Range<usize>, inside: &[Token<'_>]) -> Option<Include> {
    let (Token::Ident("include"), rest) = inside.split_first()? else { return None };
    let name = match rest {
        [Token::Str(name)] => Some((*name).to_owned()),
        [Token::String(name)] => Some(name.to_string()),
        _ => None,
    };
    let tag = text.get(range.clone()).unwrap_or_default();
    Some(Include {
        span: Span::new(offset(range.start), offset(range.end)),
        name,
        trims_before: tag.starts_with("{%-"),
        trims_after: tag.ends_with("-%}"),
    })
}

/// Returns a template with nothing where its includes stand.
#[must_use]
pub fn without_includes(text: &str) -> String {
    let mut rest = String::with_capacity(text.len());
    let mut end = 0;
    for include in includes(text) {
        rest.push_str(text.get(end..include.span.range().start).unwrap_or_default());
        end = include.span.range().end;
    }
    rest.push_str(text.get(end..).unwrap_or_default());
    rest
}

/// Says whether two texts, one behind the other, begin a tag that neither of them holds.
#[must_use]
pub fn begin_a_tag(left: &str, right: &str) -> bool {
    left.ends_with('{') && right.starts_with(['{', '%', '#'])
}

/// A text that was put together, which knows where each part of it came from.
#[derive(Debug, Clone, Default)]
pub struct Woven {
    text: String,
    pieces: Vec<Piece>,
}

/// A part of a woven text.
#[derive(Debug, Clone)]
struct Piece {
    /// Where it begins in the whole.
    start: u32,
    source: SourceFile,
    /// Where it begins in its source.
    offset: u32,
    /// The tag of the outermost template in whose place it stands.
    tag: Option<Span>,
}

/// Where a place of a woven text came from.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The file that holds it.
    pub source: SourceFile,
    /// The byte in that file.
    pub offset: u32,
    /// The include of the outermost template that brought it; `None` for its own text.
    pub include: Option<Span>,
}

impl Woven {
    /// Returns the text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Adds a part of a source.
    pub fn push(&mut self, source: &SourceFile, part: Span) {
        let text = source.slice(part);
        if !text.is_empty() {
            let (start, source) = (offset(self.text.len()), source.clone());
            self.pieces.push(Piece { start, source, offset: part.start, tag: None });
            self.text.push_str(text);
        }
    }

    /// Adds another woven text in the place of an include.
    pub fn include(&mut self, tag: Span, other: Self) {
        let shift = offset(self.text.len());
        let moved = other.pieces.into_iter().map(|piece| Piece {
            start: piece.start.saturating_add(shift),
            tag: Some(tag),
            ..piece
        });
        self.pieces.extend(moved);
        self.text.push_str(&other.text);
    }

    /// Iterates over the sources of the parts that includes brought.
    pub fn included(&self) -> impl Iterator<Item = &SourceFile> {
        self.pieces.iter().filter(|piece| piece.tag.is_some()).map(|piece| &piece.source)
    }

    /// Returns where a byte of the text came from; `None` for an empty text.
    #[must_use]
    pub fn origin(&self, at: u32) -> Option<Origin> {
        let behind = self.pieces.partition_point(|piece| piece.start <= at);
        let piece = self.pieces.get(behind.saturating_sub(1))?;
        Some(Origin {
            source: piece.source.clone(),
            offset: piece.offset.saturating_add(at.saturating_sub(piece.start)),
            include: piece.tag,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::path::RepoPath;

    fn names(text: &str) -> Vec<(String, Option<String>)> {
        let tag = |include: &Include| text.get(include.span.range()).expect("a tag").to_owned();
        includes(text).iter().map(|include| (tag(include), include.name.clone())).collect()
    }

    #[test]
    fn includes_are_tags_with_one_literal_name() {
        /// A tag and the name in it.
        type Tag = (&'static str, Option<&'static str>);
        let cases: [(&str, &[Tag]); 9] = [
            (
                "a {% include 'fragment/a' %} b",
                &[("{% include 'fragment/a' %}", Some("fragment/a"))],
            ),
            ("{%-include \"x\"-%}", &[("{%-include \"x\"-%}", Some("x"))]),
            ("é{%+ include 'a\\'b' +%}", &[("{%+ include 'a\\'b' +%}", Some("a'b"))]),
            ("{% include name %}", &[("{% include name %}", None)]),
            ("{% include 'a' ignore missing %}", &[("{% include 'a' ignore missing %}", None)]),
            ("{% include ['a', 'b'] %}", &[("{% include ['a', 'b'] %}", None)]),
            ("{# {% include 'a' %} #}{% raw %}{% include 'b' %}{% endraw %}", &[]),
            ("{{ include }} {% if include %}{% endif %} include", &[]),
            ("{% include 'a' %}{% include 'b", &[("{% include 'a' %}", Some("a"))]),
        ];
        for (text, expected) in cases {
            let expected: Vec<_> = expected
                .iter()
                .map(|(tag, name)| ((*tag).to_owned(), name.map(ToOwned::to_owned)))
                .collect();
            assert_eq!(names(text), expected, "{text}");
        }
        let [dashed] = includes("a {%- include 'x' -%} b").try_into().expect("one");
        assert!(dashed.trims_before && dashed.trims_after);
        assert_eq!(without_includes("a{% include 'x' %}b{% include 'y' %}"), "ab");
    }

    #[test]
    fn every_byte_of_a_woven_text_knows_where_it_came_from() {
        let file = |path: &str, text: &str| SourceFile::new(RepoPath::from(path), text.to_owned());
        let (outer, inner) = (file("outer", "ab[]cd"), file("inner", "xyz"));
        let tag = Span::new(2, 4);
        let mut woven = Woven::default();
        assert!(woven.origin(0).is_none());
        woven.push(&outer, Span::new(0, 2));
        let mut part = Woven::default();
        part.push(&inner, Span::new(0, 3));
        woven.include(tag, part);
        woven.push(&outer, Span::new(4, 6));
        assert_eq!(woven.text(), "abxyzcd");
        let of = |at: u32| {
            let origin = woven.origin(at).expect("an origin");
            (origin.source.path().to_string(), origin.offset, origin.include)
        };
        assert_eq!(of(1), ("outer".to_owned(), 1, None));
        assert_eq!(of(2), ("inner".to_owned(), 0, Some(tag)));
        assert_eq!(of(4), ("inner".to_owned(), 2, Some(tag)));
        assert_eq!(of(6), ("outer".to_owned(), 5, None));
        assert_eq!(of(9), ("outer".to_owned(), 8, None));
    }

    proptest! {
        #[test]
        fn finding_includes_never_fails_and_their_spans_are_tags(
            text in "([a-z{}%#'\" é\n]|\\{%-? ?include ?('fragment/a'|b)? ?-?%\\}){0,12}"
        ) {
            for include in includes(&text) {
                let tag = text.get(include.span.range()).unwrap_or_default();
                prop_assert!(tag.starts_with("{%") && tag.ends_with("%}"), "{:?}", tag);
            }
        }
    }
}
