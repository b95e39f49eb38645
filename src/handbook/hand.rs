//! Sections that people write: found in a document as it stands, and put into the new one.
//!
//! A section stands between two lines of their own, `<!-- keelmark:hand NAME -->` and
//! `<!-- /keelmark:hand -->`; in YAML they begin with `#` instead. A marker that is not exactly that
//! is a fault, for a section that is not found would be lost.

use std::collections::BTreeMap;

/// How markers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marks {
    /// As comments of HTML.
    Markdown,
    /// As comments of YAML.
    Yaml,
}

/// What makes a marker.
const WORD: &str = "keelmark:hand";

impl Marks {
    /// Writes the line that opens a section.
    pub(super) fn open(self, name: &str) -> String {
        match self {
            Self::Markdown => format!("<!-- {WORD} {name} -->"),
            Self::Yaml => format!("# {WORD} {name}"),
        }
    }

    /// Writes the line that closes a section.
    pub(super) fn close(self) -> String {
        match self {
            Self::Markdown => format!("<!-- /{WORD} -->"),
            Self::Yaml => format!("# /{WORD}"),
        }
    }

    /// Reads a line; `None` where it holds no marker.
    fn read(self, line: &str) -> Option<Result<Marker<'_>, FaultKind>> {
        let line = line.trim();
        let inside = match self {
            Self::Markdown => {
                let (before, comment) = line.split_once("<!--")?;
                if !comment.contains(WORD) {
                    return None;
                }
                comment.strip_suffix("-->").filter(|_| before.is_empty())
            }
            Self::Yaml => {
                let comment = line.strip_prefix('#')?;
                if !comment.contains(WORD) {
                    return None;
                }
                Some(comment)
            }
        };
        let words: Vec<&str> = inside.unwrap_or_default().split_whitespace().collect();
        Some(match words.as_slice() {
            [closing] if closing.strip_prefix('/') == Some(WORD) => Ok(Marker::Close),
            [opening, name] if *opening == WORD && is_name(name) => Ok(Marker::Open(name)),
            _ => Err(FaultKind::Malformed),
        })
    }
}

/// A line that opens or closes a section.
enum Marker<'a> {
    Open(&'a str),
    Close,
}

/// Names are made of what needs no escape anywhere.
fn is_name(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// A broken marker, and its line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct HandFault {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub kind: FaultKind,
}

/// What is wrong with a marker.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultKind {
    /// The line is no marker, and was meant as one.
    #[error(
        "a broken marker: one stands alone on its line, with a name of small letters, digits and `-`"
    )]
    Malformed,
    /// The section has no end.
    #[error("the section `{0}` has no closing marker")]
    Unclosed(String),
    /// A section begins inside of another one.
    #[error("the section `{inner}` begins inside of the section `{outer}`")]
    Nested {
        /// The section that is open.
        outer: String,
        /// The one that begins.
        inner: String,
    },
    /// An end without a beginning.
    #[error("a closing marker without an opening one")]
    Unopened,
    /// A name stands twice.
    #[error("the section `{0}` stands here for the second time")]
    Twice(String),
    /// What a person wrote makes the file unreadable.
    #[error("what stands between the hand markers is no YAML here: {0}")]
    NotYaml(String),
}

/// The sections of a document by name, without blank lines around them. Empty ones are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Hands {
    sections: BTreeMap<String, Section>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Section {
    line: usize,
    text: String,
}

impl Hands {
    /// Finds the sections of a document.
    pub(super) fn read(document: &str, marks: Marks) -> Result<Self, HandFault> {
        let mut sections: BTreeMap<String, Section> = BTreeMap::new();
        let mut open: Option<(String, Section)> = None;
        for (at, line) in document.lines().enumerate() {
            let fault = |kind| HandFault { line: at + 1, kind };
            match (marks.read(line), &mut open) {
                (None, None) => {}
                (None, Some((_, section))) => {
                    section.text.push_str(line);
                    section.text.push('\n');
                }
                (Some(Err(kind)), _) => return Err(fault(kind)),
                (Some(Ok(Marker::Open(name))), Some((outer, _))) => {
                    let (outer, inner) = (outer.clone(), name.to_owned());
                    return Err(fault(FaultKind::Nested { outer, inner }));
                }
                (Some(Ok(Marker::Open(name))), None) => {
                    if sections.contains_key(name) {
                        return Err(fault(FaultKind::Twice(name.to_owned())));
                    }
                    open = Some((name.to_owned(), Section { line: at + 1, text: String::new() }));
                }
                (Some(Ok(Marker::Close)), None) => return Err(fault(FaultKind::Unopened)),
                (Some(Ok(Marker::Close)), Some(_)) => {
                    sections.extend(open.take());
                }
            }
        }
        if let Some((name, section)) = open {
            return Err(HandFault { line: section.line, kind: FaultKind::Unclosed(name) });
        }
        for section in sections.values_mut() {
            section.text = trimmed(&section.text).to_owned();
        }
        sections.retain(|_, section| !section.text.is_empty());
        Ok(Self { sections })
    }

    /// Returns what a person wrote in a section; `None` where nothing.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.sections.get(name).map(|section| section.text.as_str())
    }

    /// Iterates over the names and texts of sections that are not among `known`.
    pub(super) fn others<'a>(
        &'a self,
        known: &'a [&'static str],
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        let strange = self.sections.iter().filter(|(name, _)| !known.contains(&name.as_str()));
        strange.map(|(name, section)| (name.as_str(), section.text.as_str()))
    }

    /// Returns the line of the first section, for faults that are of none alone.
    pub(super) fn first_line(&self) -> usize {
        self.sections.values().map(|section| section.line).min().unwrap_or(1)
    }
}

/// Takes blank lines away at both ends; blanks in front of the first word stay, for they may mean
/// something.
fn trimmed(text: &str) -> &str {
    let text = text.trim_end();
    let mut rest = text;
    while let Some((line, next)) = rest.split_once('\n') {
        if !line.trim().is_empty() {
            break;
        }
        rest = next;
    }
    rest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<Hands, (usize, FaultKind)> {
        Hands::read(text, Marks::Markdown).map_err(|fault| (fault.line, fault.kind))
    }

    #[test]
    fn what_stands_between_markers_is_found_and_empty_places_are_not() {
        let text = "# A\n<!-- keelmark:hand a -->\n\n  indented\n\n- x <!-- note -->\n\n<!-- /keelmark:hand -->\n  <!--keelmark:hand b-->\r\n<!-- /keelmark:hand -->\n";
        let hands = read(text).expect("sections");
        assert_eq!(hands.get("a"), Some("  indented\n\n- x <!-- note -->"));
        assert_eq!(hands.get("b"), None);
        assert_eq!(hands.others(&["b"]).map(|(name, _)| name).collect::<Vec<_>>(), ["a"]);
        let yaml =
            "a: 1\n# keelmark:hand more\nb: 2 # keelmark:hand is a word here\n# /keelmark:hand\n";
        let hands = Hands::read(yaml, Marks::Yaml).expect("sections");
        assert_eq!(hands.get("more"), Some("b: 2 # keelmark:hand is a word here"));
    }

    #[test]
    fn a_broken_marker_is_named_with_its_line() {
        let open = "<!-- keelmark:hand a -->\n";
        let close = "<!-- /keelmark:hand -->\n";
        let name = || "a".to_owned();
        let cases = [
            (format!("x\n{open}text\n"), 2, FaultKind::Unclosed(name())),
            (format!("{open}{open}"), 2, FaultKind::Nested { outer: name(), inner: name() }),
            (format!("{open}{close}{close}"), 3, FaultKind::Unopened),
            (format!("{open}{close}{open}{close}"), 3, FaultKind::Twice(name())),
            (format!("{open}text {close}"), 2, FaultKind::Malformed),
            ("<!-- keelmark:hand -->".to_owned(), 1, FaultKind::Malformed),
            ("<!-- keelmark:hand Two Words -->".to_owned(), 1, FaultKind::Malformed),
            ("<!-- keelmark:hand a".to_owned(), 1, FaultKind::Malformed),
            ("<!-- keelmark:hand a --> x".to_owned(), 1, FaultKind::Malformed),
            ("<!-- /keelmark:hand a -->".to_owned(), 1, FaultKind::Malformed),
        ];
        for (text, line, kind) in cases {
            assert_eq!(read(&text), Err((line, kind)), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_a_person_wrote_is_found_again_as_it_was(text in "[a-z#<>!: \n-]{0,60}") {
            prop_assume!(!text.contains("keelmark"));
            for marks in [Marks::Markdown, Marks::Yaml] {
                let document = format!("{}\n{text}\n{}\n", marks.open("x"), marks.close());
                let hands = Hands::read(&document, marks).expect("a section");
                prop_assert_eq!(hands.get("x").unwrap_or_default(), trimmed(&text));
                let again = hands.get("x").unwrap_or_default();
                let document = format!("{}\n{again}\n{}\n", marks.open("x"), marks.close());
                prop_assert_eq!(Hands::read(&document, marks).expect("a section"), hands);
            }
        }
    }
}
