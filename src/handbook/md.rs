//! A piece of Markdown in which every foreign word is escaped.
//!
//! The only ways from a text of the registry to a document are [`text`] and [`code`], so nothing
//! that an entry says can make a table, a link, a comment or a hand marker.

use std::fmt::Display;

use crate::escape;

/// One line of Markdown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Md(String);

impl Md {
    /// Returns the Markdown.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Says whether there is nothing.
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Takes words of the handbook's own, which may hold marks of Markdown.
pub(super) fn own(words: &'static str) -> Md {
    Md(words.to_owned())
}

/// Takes the words of somebody else; they show as the words that they are.
pub(super) fn text(words: &str) -> Md {
    Md(escape::prose(words))
}

/// Takes a number; anything else is words.
pub(super) fn number(value: impl Display) -> Md {
    let shown = value.to_string();
    // A full stop behind digits makes an item of a list where a blank follows, so none may.
    let digits = shown.strip_prefix('-').unwrap_or(&shown);
    let plain = digits
        .split('.')
        .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    if plain { Md(shown) } else { text(&shown) }
}

/// Takes a moment (RFC 3339), and writes it as people read it where it is one of UTC.
pub(super) fn moment(written: &str) -> Md {
    let plain = written.strip_suffix('Z').and_then(|rest| rest.split_once('T'));
    let digits = |part: &str, mark: u8| part.bytes().all(|b| b.is_ascii_digit() || b == mark);
    match plain {
        Some((day, time)) if digits(day, b'-') && digits(time, b':') => {
            Md(format!("{day} {time} UTC"))
        }
        _ => text(written),
    }
}

/// Takes a name, a value or a path, and sets it in the type of code.
pub(super) fn code(name: &str) -> Md {
    let safe = escape::line(name);
    let bare =
        !safe.is_empty() && safe.trim() == safe && !safe.contains(['`', '|', '<', '>', '&', '\\']);
    if bare { Md(format!("`{safe}`")) } else { Md(format!("<code>{}</code>", escape::prose(name))) }
}

/// Takes a command of the program, without the program's name.
pub(super) fn command(words: &str) -> Md {
    code(&format!("keelmark {words}"))
}

/// Links to a file by its path from the document.
pub(super) fn link(shown: &Md, path: &str) -> Md {
    let mut address = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/._-".contains(&byte) {
            address.push(char::from(byte));
        } else {
            address.push_str(&format!("%{byte:02X}"));
        }
    }
    Md(format!("[{}]({address})", shown.0))
}

/// Puts pieces into the places `{}` of the handbook's own words.
pub(super) fn fill(words: &'static str, pieces: &[Md]) -> Md {
    let mut parts = words.split("{}");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    let mut pieces = pieces.iter();
    for part in parts {
        filled.push_str(pieces.next().map_or("", Md::as_str));
        filled.push_str(part);
    }
    Md(filled)
}

/// Joins pieces; nothing where there are none.
pub(super) fn join(pieces: impl IntoIterator<Item = Md>, between: &'static str) -> Md {
    let pieces: Vec<String> =
        pieces.into_iter().filter(|piece| !piece.is_empty()).map(|piece| piece.0).collect();
    Md(pieces.join(between))
}

/// Takes words of the handbook's own or of a rule, and makes them begin like a sentence.
pub(super) fn sentence(words: &'static str) -> Md {
    let words = words.trim_end_matches('.');
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => Md(first.to_uppercase().chain(letters).collect()),
        None => Md::default(),
    }
}

/// What stands where there is nothing to say.
const DASH: &str = "–";

impl Md {
    /// Says whether there is nothing to say.
    pub(super) fn is_dash(&self) -> bool {
        self.0 == DASH
    }
}

/// Returns the piece, or a dash.
pub(super) fn or_dash(piece: Md) -> Md {
    if piece.is_empty() { own(DASH) } else { piece }
}

/// Says that something is not configured, and how it is.
pub(super) fn missing(how: Md) -> Md {
    fill("not configured: {}", &[how])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_set_in_backticks_unless_something_in_it_would_break_out() {
        for (name, expected) in
            [("prompt/billing_refund@2.3.0", "`prompt/billing_refund@2.3.0`"), ("a b", "`a b`")]
        {
            assert_eq!(code(name).as_str(), expected);
        }
        for name in ["", " a", "a|b", "a`b", "<!-- keelmark:hand x -->", "a\\", "a\u{1b}[m"] {
            let set = code(name);
            let set = set.as_str();
            assert!(set.starts_with("<code>") && set.ends_with("</code>"), "{set}");
            assert!(!set.contains("<!--") && !set.contains('\u{1b}'), "{set}");
            assert!(!set.replace("\\|", "").contains('|'), "{set}");
        }
    }

    #[test]
    fn words_are_filled_in_and_paths_are_encoded() {
        let filled = fill("{} of **{}**", &[number(3), text("a*b")]);
        assert_eq!(filled.as_str(), "3 of **a\\*b**");
        assert_eq!(link(&code("a"), "../a b/(c).md").as_str(), "[`a`](../a%20b/%28c%29.md)");
        assert_eq!(moment("2025-11-20T10:00:00Z").as_str(), "2025-11-20 10:00:00 UTC");
        assert_eq!(moment("Tomorrow Z").as_str(), "Tomorrow Z");
        assert_eq!(or_dash(join([], ", ")).as_str(), "–");
        assert_eq!(join([own("a"), Md::default(), own("b")], ", ").as_str(), "a, b");
        assert_eq!(sentence("`x` is there.").as_str(), "`x` is there");
        assert_eq!(sentence("the step is small.").as_str(), "The step is small");
    }
}
