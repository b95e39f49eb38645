//! Tags of entries: their names and messages.
//!
//! An entry tag says of one version what its content is. It is no release: nothing goes live by it.

use super::message::{self, FORMAT, PREFIX, SHA256, Trailers};
use crate::digest::Digest;
use crate::ident::EntryName;
use crate::version::Version;

/// A version of an entry, as its tag says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryTag {
    /// The entry.
    pub name: EntryName,
    /// The version.
    pub version: Version,
    /// The digest of the entry.
    pub digest: Digest,
    /// What changed, in the words of its changelog; may be empty.
    pub words: String,
}

impl EntryTag {
    /// Returns the full reference, such as `prompt/billing_refund@2.3.0`.
    #[must_use]
    pub fn reference(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }

    /// Returns the name of the tag, without `refs/tags/`. GTO wants a `v` before the version.
    #[must_use]
    pub fn tag(&self, prefix: &str, gto_compat: bool) -> String {
        let v = if gto_compat { "v" } else { "" };
        format!("{prefix}{}@{v}{}", self.name, self.version)
    }

    /// Writes the message. Its trailers are the last paragraph, so that git reads them too.
    #[must_use]
    pub fn message(&self) -> String {
        let reference = self.reference();
        let words = message::in_one_line(&self.words);
        let subject =
            if words.is_empty() { reference.clone() } else { format!("{reference}: {words}") };
        let digest = self.digest;
        format!(
            "{subject}\n\n{PREFIX}Format: {FORMAT}\n{PREFIX}Component: {reference} {SHA256}{digest}\n"
        )
    }
}

/// Returns the digest that a tag's message says for an entry at a version; `None` where it says
/// none, or is of another form.
#[must_use]
pub fn digest_in(message: &str, reference: &str) -> Option<Digest> {
    let (_, block) = message.trim_end().rsplit_once("\n\n")?;
    let mut trailers = Trailers::read(block);
    if trailers.one("Format").ok()??.as_str() != FORMAT {
        return None;
    }
    let components = trailers.each("Component", message::component).ok()?;
    let mut own = components.into_iter().filter(|component| component.entry == reference);
    match (own.next(), own.next()) {
        (Some(only), None) => Some(only.digest),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ident::Kind;

    fn tag(words: &str) -> EntryTag {
        EntryTag {
            name: EntryName::new(Kind::Prompt, "support/refund".parse().expect("an id")),
            version: Version::release(2, 3, 0),
            digest: Digest::of(b"content"),
            words: words.to_owned(),
        }
    }

    #[test]
    fn a_tag_has_the_name_of_its_entry_and_version() {
        let tag = tag("");
        assert_eq!(tag.tag("", false), "prompt/support/refund@2.3.0");
        assert_eq!(tag.tag("copilot/", false), "copilot/prompt/support/refund@2.3.0");
        assert_eq!(tag.tag("", true), "prompt/support/refund@v2.3.0");
    }

    #[test]
    fn the_message_has_the_line_of_the_changelog_and_trailers() {
        let digest = Digest::of(b"content");
        let trailers = format!(
            "Keelmark-Format: 1\nKeelmark-Component: prompt/support/refund@2.3.0 sha256:{digest}\n"
        );
        let cases = [
            ("tightened refunds", "prompt/support/refund@2.3.0: tightened refunds"),
            ("two\n\nparagraphs\r\u{7}", "prompt/support/refund@2.3.0: two paragraphs"),
            ("", "prompt/support/refund@2.3.0"),
        ];
        for (words, subject) in cases {
            assert_eq!(tag(words).message(), format!("{subject}\n\n{trailers}"));
        }
    }

    #[test]
    fn a_digest_is_read_only_for_its_own_entry_and_form() {
        let message = tag("refunds").message();
        let own = "prompt/support/refund@2.3.0";
        assert_eq!(digest_in(&message, own), Some(Digest::of(b"content")));
        let twice = format!("{message}{}", message.lines().last().expect("a line"));
        let others = [
            (message.as_str(), "prompt/support/refund@2.3.1"),
            (&message.replace("Format: 1", "Format: 2"), own),
            (&message.replace("Keelmark-Format: 1\n", ""), own),
            (&message.replace("sha256:", "sha1:"), own),
            (&format!("{message}\nnot the last paragraph\n"), own),
            (&twice, own),
            ("a tag by hand\n", own),
            ("", own),
        ];
        for (message, reference) in others {
            assert_eq!(digest_in(message, reference), None, "{reference}: {message}");
        }
    }

    proptest! {
        #[test]
        fn whatever_the_changelog_says_the_digest_is_read_back(words in any::<String>()) {
            let tag = tag(&words);
            let message = tag.message();
            prop_assert_eq!(digest_in(&message, &tag.reference()), Some(tag.digest));
            prop_assert_eq!(message.matches("\n\n").count(), 1);
        }

        #[test]
        fn any_message_is_read_without_a_panic(message in any::<String>()) {
            let _ = digest_in(&message, "prompt/a@1.0.0");
        }
    }
}
