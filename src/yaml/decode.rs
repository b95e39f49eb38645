//! Bytes → text.

use super::rules::NOT_UTF8;
use crate::finding::{Finding, Place};
use crate::path::RepoPath;
use crate::source::{SourceFile, Span};

/// How many bytes of an entry file are read; callers hand it to `Snapshot::read`.
pub const MAX_BYTES: u64 = 1 << 20;

/// Takes the bytes of a file as text.
///
/// # Errors
/// A finding at the first byte that is not UTF-8. Its file holds the text with U+FFFD in place of
/// bad bytes, so that it can be shown.
pub fn decode(
    path: &RepoPath,
    revision: Option<&str>,
    bytes: Vec<u8>,
) -> Result<SourceFile, Box<Finding>> {
    let name = |text: String| match revision {
        Some(revision) => SourceFile::at_revision(path.clone(), revision.to_owned(), text),
        None => SourceFile::new(path.clone(), text),
    };
    match String::from_utf8(bytes) {
        Ok(text) => Ok(name(text)),
        Err(fault) => {
            let bad = fault.utf8_error().valid_up_to();
            let bytes = fault.into_bytes();
            let (text, span, message) = if let Some(text) = utf16(&bytes) {
                let first = text.chars().next().map_or(0, char::len_utf8);
                (text, span(0, first), "the file is UTF-16; expected UTF-8".to_owned())
            } else {
                let byte = bytes.get(bad).copied().unwrap_or_default();
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let span = span(bad, char::REPLACEMENT_CHARACTER.len_utf8());
                (text, span, format!("byte `0x{byte:02x}` is not UTF-8; expected UTF-8 text"))
            };
            let place = Place { file: name(text), pointer: String::new(), span };
            Err(Box::new(Finding::new(&NOT_UTF8, place, message).help("save the file as UTF-8")))
        }
    }
}

fn span(start: usize, length: usize) -> Span {
    let at = |offset| u32::try_from(offset).unwrap_or(u32::MAX);
    Span::new(at(start), at(start.saturating_add(length)))
}

/// Decodes UTF-16 behind a byte order mark.
fn utf16(bytes: &[u8]) -> Option<String> {
    let (rest, unit): (_, fn([u8; 2]) -> u16) = match bytes {
        [0xff, 0xfe, rest @ ..] => (rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => (rest, u16::from_be_bytes),
        _ => return None,
    };
    let (pairs, _) = rest.as_chunks::<2>();
    let text = char::decode_utf16(pairs.iter().map(|pair| unit(*pair)));
    Some(text.map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Position;

    fn fault(bytes: &[u8]) -> Finding {
        *decode(&RepoPath::from("a.yaml"), None, bytes.to_vec()).expect_err("not UTF-8")
    }

    #[test]
    fn utf8_is_taken_as_it_is() {
        let file = decode(&RepoPath::from("a"), Some("main"), "\u{feff}é: ü\r\n".into());
        let file = file.expect("UTF-8");
        assert_eq!(file.text(), "\u{feff}é: ü\r\n");
        assert_eq!(file.revision(), Some("main"));
    }

    #[test]
    fn a_bad_byte_is_shown_where_it_stands() {
        let finding = fault(b"id: a\nowner: \xc3\xa9\xff\nrest: \xfe\n");
        assert_eq!(finding.rule.id, "yaml-not-utf8");
        let place = &finding.place;
        assert_eq!(place.file.position(place.span.start), Position { line: 2, column: 9 });
        assert_eq!(place.file.slice(place.span), "\u{fffd}");
        assert!(finding.message.contains("`0xff`"), "{}", finding.message);
    }

    #[test]
    fn a_character_cut_off_at_the_end_is_shown() {
        let finding = fault(b"a: \xe2\x82");
        assert_eq!(finding.place.file.slice(finding.place.span), "\u{fffd}");
    }

    #[test]
    fn utf16_is_named_and_shown_as_text() {
        for bytes in [&b"\xff\xfei\0d\0:\0"[..], &b"\xfe\xff\0i\0d\0:"[..]] {
            let finding = fault(bytes);
            assert!(finding.message.contains("UTF-16"), "{}", finding.message);
            assert_eq!(finding.place.file.text(), "id:");
        }
        assert!(fault(b"\xff\xfe\x41").message.contains("UTF-16"));
    }
}
