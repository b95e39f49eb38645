//! A document is written anew, and the author's words in its marked places are carried over.

use std::collections::BTreeMap;

use super::adr::{MARK, TODO};

/// A marked place: the line with its comment, and the last line of words in front of it, which tells
/// places with equal comments apart.
type Place<'a> = (&'a str, &'a str);

/// Puts what the author wrote in the marked places of `old` into the same places of `new`. A comment
/// that stands in each of them once is the same place, whatever is written in front of it.
///
/// `None` where the author took a comment away, or wrote at a place that `new` lacks: then nobody
/// knows where the words belong, and the old document is to be kept.
#[must_use]
pub fn carry(old: &str, new: &str) -> Option<String> {
    let (old, new) = (pieces(old), pieces(new));
    let count = |pieces: &[Piece<'_>], word: &str| {
        pieces.iter().filter(|piece| piece.place.is_some_and(|(own, _)| own == word)).count()
    };
    let key = |(word, before): Place<'_>| -> (String, String) {
        let is_unique = count(&old, word) == 1 && count(&new, word) == 1;
        (word.to_owned(), if is_unique { String::new() } else { before.to_owned() })
    };
    let mut written = BTreeMap::new();
    for piece in &old {
        if let Some(place) = piece.place {
            written.insert(key(place), &piece.lines);
        }
    }
    let mut out: Vec<&str> = Vec::new();
    for piece in &new {
        let Some(place) = piece.place else {
            out.extend(&piece.lines);
            continue;
        };
        match written.remove(&key(place)) {
            Some(own) if is_written(own) => out.extend(own),
            None if count(&old, place.0) == 0 => return None,
            _ => out.extend(&piece.lines),
        }
    }
    if written.values().any(|lines| is_written(lines)) {
        return None;
    }
    Some(out.join("\n") + "\n")
}

/// Says whether a place has words of the author.
fn is_written(lines: &[&str]) -> bool {
    lines.iter().all(|line| !line.contains(TODO))
}

/// Some lines of a document: those of a marked place behind its comment, or others.
struct Piece<'a> {
    place: Option<Place<'a>>,
    lines: Vec<&'a str>,
}

/// Cuts a document into marked places and what stands between them. A place ends at the next comment
/// or heading, or, where its comment is moved in, at the first line that is not.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = vec![Piece { place: None, lines: Vec::new() }];
    let mut before = "";
    let mut depth = 0;
    for line in text.lines() {
        let word = line.trim();
        let inside = pieces.last().is_some_and(|piece| piece.place.is_some());
        let ends = word.starts_with('#') || (!word.is_empty() && indent(line) < depth);
        if word.starts_with(MARK) {
            // The comment stands in front of its place.
            if inside {
                pieces.push(Piece { place: None, lines: Vec::new() });
            }
            put(&mut pieces, line);
            depth = indent(line);
            pieces.push(Piece { place: Some((word, before)), lines: Vec::new() });
            continue;
        }
        if inside && ends {
            pieces.push(Piece { place: None, lines: Vec::new() });
        }
        put(&mut pieces, line);
        let free = pieces.last().is_some_and(|piece| piece.place.is_none());
        if free && !word.is_empty() {
            before = word;
        }
    }
    pieces
}

fn put<'a>(pieces: &mut [Piece<'a>], line: &'a str) {
    if let Some(piece) = pieces.last_mut() {
        piece.lines.push(line);
    }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: &str = "# Release\n\n| now |\n\n<!-- keelmark: write why -->\nTODO(author): why\n\n## \
                       Breaking\n\n- one\n\n  <!-- keelmark: write what to do -->\n  TODO(author): \
                       do\n- two\n\n  <!-- keelmark: write what to do -->\n  TODO(author): do\n\nend\n";

    fn old() -> String {
        NEW.replace("| now |", "| then |")
    }

    #[test]
    fn words_stay_in_their_places_and_the_rest_is_new() {
        let old = old().replace("TODO(author): why", "Because of refunds.\n\nAnd more.").replacen(
            "  TODO(author): do\n- two",
            "  Send it.\n- two",
            1,
        );
        let carried = carry(&old, NEW).expect("carried");
        assert!(carried.contains("| now |") && !carried.contains("| then |"), "{carried}");
        assert!(carried.contains("-->\nBecause of refunds.\n\nAnd more.\n\n## Breaking"));
        assert!(
            carried.contains("- one\n\n  <!-- keelmark: write what to do -->\n  Send it.\n- two")
        );
        assert_eq!(carried.matches(TODO).count(), 1, "{carried}");
        assert!(carried.ends_with("end\n"));
    }

    #[test]
    fn an_unwritten_document_becomes_the_new_one_and_writing_twice_changes_nothing() {
        assert_eq!(carry(&old(), NEW).as_deref(), Some(NEW));
        let written = NEW.replace("TODO(author): why", "words");
        assert_eq!(carry(&written, NEW).as_deref(), Some(written.as_str()));
        assert_eq!(carry(&written, &written).as_deref(), Some(written.as_str()));
    }

    #[test]
    fn a_place_is_found_whatever_changed_in_front_of_it_and_words_without_one_keep_the_old() {
        let old = NEW.replace("TODO(author): why", "Because.");
        let moved = NEW.replace("| now |", "| later |");
        let carried = carry(&old, &moved).expect("carried");
        assert!(carried.contains("| later |") && carried.contains("Because."), "{carried}");
        // One of two breaking changes goes: what was written about it has no place any more.
        let old = old.replacen("  TODO(author): do\n- two", "  Send it.\n- two", 1);
        let gone = NEW.replace("- one\n", "- three\n");
        assert_eq!(carry(&old, &gone), None);
        // A third one is there now, and waits for words.
        let more = NEW.replace(
            "\nend\n",
            "- four\n\n  <!-- keelmark: write what to do -->\n  TODO(author): do\n\nend\n",
        );
        let carried = carry(&old, &more).expect("carried");
        assert!(carried.contains("Send it.") && carried.contains("- four"), "{carried}");
        assert_eq!(carried.matches(TODO).count(), 2, "{carried}");
    }

    #[test]
    fn a_document_without_the_comments_is_kept() {
        let without = old().replace("<!-- keelmark: write why -->\n", "");
        assert_eq!(carry(&without, NEW), None);
        assert_eq!(carry("mine\n", NEW), None);
    }
}
