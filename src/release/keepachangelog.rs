//! The section of a release in the repository's changelog, in the form of Keep a Changelog 2.0.0.
//!
//! A changelog is curated by people. So a section is written once; one that stands there already
//! is left as it is, and so is everything around the new one, byte for byte.

use super::adr::{Inside, line_end};
use super::facts::ReleaseFacts;
use super::page::{Page, PageFault, Pages};
use super::told;

/// What a changelog begins with where there is none yet.
const BEGINNING: &str = "# Changelog\n\nWhat changed, release by release, in the form of [Keep a Changelog 2.0.0](https://keepachangelog.com/en/2.0.0/).\n\n## [Unreleased]\n";

/// A section to be inserted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// What stands in the brackets of its heading, such as `support_copilot 1.8.0`.
    pub name: String,
    /// The day (ISO 8601).
    pub date: String,
    /// What stands below the heading.
    pub body: String,
}

/// Writes the section of a release.
///
/// # Errors
/// The template fails, or makes a heading that would begin another section.
pub fn section(facts: &ReleaseFacts, pages: &Pages) -> Result<Section, PageFault> {
    let body = pages.render(Page::Changelog, &told::variables(facts))?;
    if headings(&body).next().is_some() {
        let message = "a heading of the second level would begin another release; `###` is the \
                       highest that a section may have";
        return Err(pages.refuse(Page::Changelog, message.to_owned()));
    }
    if open_block(&body).is_some() {
        let message = "a fenced block or a comment has no end and would hide what follows";
        return Err(pages.refuse(Page::Changelog, message.to_owned()));
    }
    Ok(Section { name: facts.heading(), date: facts.date.clone(), body })
}

/// Inserts a section into the text of a changelog, below what is unreleased. An empty text becomes a
/// changelog. A section with the name that stands there already is kept, and so is the whole text.
#[must_use]
pub fn insert(text: &str, section: &Section) -> String {
    let name = section.name.trim();
    let is_there = headings(text).any(|(_, heading)| named(heading) == Some(name));
    if is_there {
        return text.to_owned();
    }
    if text.trim().is_empty() {
        return insert(BEGINNING, section);
    }
    let end = line_end(text);
    let body = section.body.trim().lines().map(str::trim_end).collect::<Vec<_>>().join(end);
    let block = format!("## [{name}] - {}{end}{end}{body}{end}", section.date);
    let at = place(text);
    let (before, after) = text.split_at(at);
    let gap = match before {
        "" => "",
        before if !before.ends_with('\n') => &[end, end].concat(),
        before if ends_blank(before) => "",
        _ => end,
    };
    let gap_after = if after.is_empty() { "" } else { end };
    [before, gap, &block, gap_after, after].concat()
}

/// Finds where a new section begins: behind what is unreleased, in front of the newest release, and
/// in any case in front of the links at the end.
fn place(text: &str) -> usize {
    let first = headings(text).find(|(_, heading)| {
        !named(heading).is_some_and(|name| name.eq_ignore_ascii_case("unreleased"))
    });
    first.map(|(at, _)| at).or_else(|| open_block(text)).unwrap_or_else(|| in_front_of_links(text))
}

/// Finds the start of a fenced block or comment that has no end: all that follows is part of it.
fn open_block(text: &str) -> Option<usize> {
    let mut inside = Inside::Prose;
    let mut start = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let before = inside;
        inside.line(line);
        if inside == Inside::Prose {
            start = None;
        } else if before == Inside::Prose {
            start = Some(at);
        }
        at += line.len();
    }
    start
}

/// Finds the start of the lines at the end that are link definitions or empty.
fn in_front_of_links(text: &str) -> usize {
    let mut at = text.len();
    let mut start = text.len();
    for line in text.split_inclusive('\n').rev() {
        at -= line.len();
        let word = line.trim();
        let link = word.starts_with('[') && word.contains("]: ");
        if link {
            start = at;
        } else if !word.is_empty() {
            break;
        }
    }
    start
}

/// Says whether the last line of a text is empty.
fn ends_blank(text: &str) -> bool {
    text.strip_suffix('\n').is_some_and(|text| {
        text.trim_end_matches('\r').rsplit('\n').next().is_some_and(str::is_empty)
    })
}

/// Iterates over the headings of the second level with the bytes where they begin.
fn headings(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut inside = Inside::Prose;
    let mut at = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let start = at;
        at += line.len();
        let prose = inside.line(line);
        (prose && line.starts_with("## ")).then(|| (start, line.trim_end()))
    })
}

/// Returns what a heading is about: the words in its brackets, or those in front of the date.
fn named(heading: &str) -> Option<&str> {
    let words = heading.strip_prefix("## ")?.trim();
    match words.strip_prefix('[') {
        Some(inside) => inside.split_once(']').map(|(name, _)| name.trim()),
        None => Some(words.split_once(" - ").map_or(words, |(name, _)| name).trim()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn made(body: &str) -> Section {
        Section { name: "a 1.1.0".to_owned(), date: "2026-11-25".to_owned(), body: body.to_owned() }
    }

    #[test]
    fn a_section_stands_below_what_is_unreleased() {
        let new = "## [a 1.1.0] - 2026-11-25\n\n### Fixed\n\n- x\n";
        let cases = [
            (
                "# C\n\n## [Unreleased]\n\n### Added\n\n- y\n\n## [a 1.0.0] - 2025-01-01\n\n- z\n",
                format!(
                    "# C\n\n## [Unreleased]\n\n### Added\n\n- y\n\n{new}\n## [a 1.0.0] - 2025-01-01\n\n- z\n"
                ),
            ),
            ("# C\n\n## 1.0.0 - 2025\n", format!("# C\n\n{new}\n## 1.0.0 - 2025\n")),
            (
                "# C\n\n## [Unreleased]\n\n[unreleased]: https://e/c\n",
                format!("# C\n\n## [Unreleased]\n\n{new}\n[unreleased]: https://e/c\n"),
            ),
            ("# C\n\n## [unreleased]", format!("# C\n\n## [unreleased]\n\n{new}")),
            (
                "# C\n\n```\n## [0.9.0]\n```\n<!--\n## [0.8.0]\n-->\n",
                format!("# C\n\n```\n## [0.9.0]\n```\n<!--\n## [0.8.0]\n-->\n\n{new}"),
            ),
            ("", format!("{BEGINNING}\n{new}")),
        ];
        for (text, expected) in cases {
            assert_eq!(insert(text, &made("\n### Fixed\n\n- x\n\n")), expected, "{text:?}");
        }
        let windows = insert("# C\r\n\r\n## [Unreleased]\r\n", &made("- x\n- y"));
        assert_eq!(
            windows,
            "# C\r\n\r\n## [Unreleased]\r\n\r\n## [a 1.1.0] - 2026-11-25\r\n\r\n- x\r\n- y\r\n"
        );
    }

    #[test]
    fn a_section_that_is_there_is_kept_as_people_left_it() {
        for heading in ["## [a 1.1.0] - 2020-01-01", "## a 1.1.0 - x", "## [a 1.1.0] [YANKED]"] {
            let text = format!("# C\n\n{heading}\n\ncurated\n");
            assert_eq!(insert(&text, &made("- x")), text);
        }
        assert_ne!(insert("## [b 1.1.0]\n", &made("- x")), "## [b 1.1.0]\n");
    }

    proptest! {
        #[test]
        fn a_section_is_inserted_once_and_the_rest_keeps_its_bytes(
            parts in proptest::collection::vec(
                prop_oneof![
                    Just("# C\n"), Just("## [Unreleased]\n"), Just("## [a 1.0.0] - 2025-01-01\n"),
                    Just("### Fixed\n"), Just("- x\n"), Just("\n"), Just("```\n"), Just("~~~\r\n"),
                    Just("<!-- "), Just("-->\n"), Just("[l]: https://e\n"), Just("text"), Just("\r\n"),
                    Just("\u{feff}"), Just("é "),
                ],
                0..12,
            ),
        ) {
            let text = parts.concat();
            let section = made("### Fixed\n\n- é");
            let once = insert(&text, &section);
            prop_assert_eq!(&insert(&once, &section), &once);
            prop_assert!(once.contains("## [a 1.1.0] - 2026-11-25"));
            if !text.trim().is_empty() {
                // What was there is a start and an end of what is there now.
                let start = once.bytes().zip(text.bytes()).take_while(|(a, b)| a == b).count();
                let end = once.bytes().rev().zip(text.bytes().rev()).take_while(|(a, b)| a == b).count();
                prop_assert!(start + end >= text.len(), "{:?}\n{:?}", text, once);
            }
        }
    }
}
