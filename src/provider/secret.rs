//! Keys, and text of others that may hold one.

use std::fmt;

use ureq::http::HeaderValue;

/// The most characters of somebody else's text that a message shows.
const SHOWN: usize = 200;

/// What stands for a key.
const HIDDEN: &str = "***";

/// A key. It is never shown.
#[derive(Clone)]
pub(super) struct Key(String);

impl Key {
    /// Takes a key; `None` for what no header may hold.
    pub(super) fn new(text: &str) -> Option<Self> {
        let fits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Self(text.to_owned()))
    }

    /// Returns the value of a header, marked so that libraries do not show it either.
    pub(super) fn header(&self, scheme: &str) -> Option<HeaderValue> {
        let mut value = HeaderValue::try_from(format!("{scheme}{}", self.0)).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// Takes the key out of a text.
    pub(super) fn hide(&self, text: &mut String) {
        if text.contains(&self.0) {
            *text = text.replace(&self.0, HIDDEN);
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

/// Cuts somebody else's text to one short line without keys.
///
/// The key that was sent goes wherever it stands, and so does whatever begins like a key of
/// OpenAI's or Anthropic's: they repeat parts of a wrong one.
pub(super) fn said(text: &str, key: Option<&Key>) -> String {
    let text = key.map_or_else(|| text.to_owned(), |key| text.replace(&key.0, HIDDEN));
    let in_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '*' | '.');
    let mut line = String::new();
    let mut blank = true;
    for part in text.split_inclusive(|c| !in_word(c)) {
        let word = part.trim_end_matches(|c| !in_word(c));
        let shown = if word.starts_with("sk-") { HIDDEN } else { word };
        let behind = part.get(word.len()..).unwrap_or_default();
        for c in shown.chars().chain(behind.chars()) {
            let is_blank = c.is_whitespace() || c.is_control();
            if !(is_blank && blank) {
                line.push(if is_blank { ' ' } else { c });
            }
            blank = is_blank;
        }
        if line.len() > 8 * SHOWN {
            break;
        }
    }
    let line = line.trim_end();
    if line.chars().count() <= SHOWN {
        return line.to_owned();
    }
    let head: String = line.chars().take(SHOWN - 1).collect();
    format!("{}…", head.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_do_not_show() {
        let key = Key::new("secret+value/1").expect("fits");
        assert_eq!(format!("{key:?}"), "***");
        let cases = [
            ("Incorrect API key provided: sk-proj-ab*****xyz.", "Incorrect API key provided: ***"),
            ("key secret+value/1, again secret+value/1", "key ***, again ***"),
            ("a\r\n  b\u{7}c\t", "a b c"),
            ("", ""),
            ("task-force", "task-force"),
        ];
        for (text, expected) in cases {
            assert_eq!(said(text, Some(&key)), expected);
        }
    }

    #[test]
    fn a_key_goes_before_the_text_is_cut() {
        let key = Key::new(&"k".repeat(150)).expect("fits");
        let text = format!("{}{}", "x ".repeat(60), "k".repeat(150));
        assert!(!said(&text, Some(&key)).contains('k'));
        assert!(said(&"ä".repeat(5_000), None).chars().count() <= SHOWN);
    }

    #[test]
    fn what_no_header_holds_is_no_key() {
        for text in ["", "a b", "a\n", "ä"] {
            assert!(Key::new(text).is_none(), "{text:?}");
        }
    }
}
