//! What counts as a reason, wherever somebody answers for something: overrides, waivers, forced
//! rollbacks, and releases that break callers on the way back.

use crate::escape;

/// How many letters or digits a reason has at least. A word may be as short, such as one of Chinese;
/// a single character or a mark says nothing to whoever reads it in a year.
const LEAST: usize = 2;

/// What is expected of a reason.
pub const EXPECTED: &str = "words that a reviewer understands, with at least two letters or digits";

/// Reads a reason; `None` where it is blank, or has fewer than two letters or digits, so that marks
/// alone and single characters say nothing.
///
/// ```
/// use keelmark::registry::reason;
///
/// assert_eq!(reason::read(" see SUP-1412 "), Some("see SUP-1412"));
/// assert_eq!(reason::read("."), None);
/// ```
#[must_use]
pub fn read(text: &str) -> Option<&str> {
    let said = text.chars().filter(|c| c.is_alphanumeric() && !is_invisible(*c));
    (said.count() >= LEAST).then(|| text.trim())
}

/// Fillers of Hangul count as letters and show nothing.
fn is_invisible(c: char) -> bool {
    escape::is_dangerous(c) || matches!(u32::from(c), 0x115f | 0x1160 | 0x3164 | 0xffa0)
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn a_reason_has_two_letters_or_digits() {
        for text in [
            "answers leak",
            "#412",
            "so",
            " a price list is late\n",
            "\u{8aa4}\u{5831}",
            "\u{43d}\u{435}",
            "v2",
        ] {
            assert_eq!(read(text), Some(text.trim()), "{text:?}");
        }
        for text in [
            "",
            " ",
            "\t\n",
            "\u{a0}",
            "\u{3000}",
            ".",
            "-",
            "...",
            "?!",
            "x",
            "1",
            " x. ",
            "_",
            "\u{2014}\u{2014}",
            "\u{2026}",
            "\u{3002}\u{3002}",
            "\u{200b}\u{200b}",
            "\u{3164}\u{3164}",
            "\u{1f44d}\u{1f44d}",
            "<!-- -->",
        ] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }
}
