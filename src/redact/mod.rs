//! Finds identifiers of persons and secrets in text, and replaces them by typed placeholders.
//!
//! Only what has a form that can be checked is found: names, addresses and free descriptions of
//! persons are not. What is found is validated (checksums, ranges, lengths), so that a number which
//! merely looks alike is left alone. The room knows no files, no environment and no case; values of
//! secrets are given to it.
//!
//! Values that exist for examples and tests (`example.com`, `4111 1111 1111 1111`, `192.0.2.1`)
//! count as well: a text that holds them is of the kind that would hold real ones.

mod contact;
mod network;
mod number;
mod overlap;
mod phone;
mod scan;
mod secret;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};

pub use secret::Secret;

/// The detector's name and version; a change of what is found raises the number.
pub const VERSION: &str = "pii/1";

/// After so many rounds of replacing, a stretch that still holds a hit is replaced as a whole.
///
/// A replaced identifier may uncover another one that stood glued to it. Texts of people need two
/// rounds; only a text that is made for it needs more, and must not cost more than linear time.
const ROUNDS: usize = 8;

/// What kind of identifier a hit is. The order decides between hits of equal length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PiiKind {
    /// A password, key or token.
    Secret,
    /// The number of a payment card.
    Card,
    /// An International Bank Account Number.
    Iban,
    /// A US social security number.
    Ssn,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// An IPv4 or IPv6 address.
    Ip,
}

impl PiiKind {
    /// Returns what stands in the place of an identifier of this kind.
    #[must_use]
    pub fn placeholder(self) -> &'static str {
        match self {
            Self::Secret => "[SECRET]",
            Self::Card => "[CARD]",
            Self::Iban => "[IBAN]",
            Self::Ssn => "[SSN]",
            Self::Email => "[EMAIL]",
            Self::Phone => "[PHONE]",
            Self::Ip => "[IP]",
        }
    }
}

/// An identifier in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Hit {
    /// What it is.
    pub kind: PiiKind,
    /// The offset of its first byte.
    pub start: usize,
    /// The offset behind its last byte.
    pub end: usize,
}

impl Hit {
    /// Returns the hit as it lies in a text that begins `by` bytes earlier.
    fn shifted(self, by: usize) -> Self {
        Self { kind: self.kind, start: self.start + by, end: self.end + by }
    }
}

/// A text without its identifiers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Redacted {
    /// The text with placeholders.
    pub text: String,
    /// How many identifiers of each kind were replaced; placeholders that stood there before do
    /// not count.
    pub counts: BTreeMap<PiiKind, u32>,
}

/// Finds all identifiers in `text`, in the order in which they stand; hits never overlap.
///
/// Where candidates overlap, the longest counts, then the kind, then the first. Placeholders part
/// the text: what stands on one side of a placeholder is judged without what stands on the other.
#[must_use]
pub fn find(text: &str) -> Vec<Hit> {
    hits_in(text, find_in_stretch)
}

/// Replaces all identifiers in `text`, and the values of `extra_secrets` wherever they stand.
///
/// Redacting what is redacted changes and counts nothing. The time is linear in the length of the
/// text.
#[must_use]
pub fn redact(text: &str, extra_secrets: &[Secret]) -> Redacted {
    let mut redacted = Redacted { text: text.to_owned(), counts: BTreeMap::new() };
    for round in 1.. {
        let mut hits = hits_in(&redacted.text, |part| secret::literals(part, extra_secrets));
        if hits.is_empty() {
            hits = find(&redacted.text);
        }
        if hits.is_empty() {
            break;
        }
        if round > ROUNDS {
            hits = widened(&redacted.text, &hits);
        }
        for hit in &hits {
            *redacted.counts.entry(hit.kind).or_default() += 1;
        }
        redacted.text = replaced(&redacted.text, &hits);
    }
    redacted
}

/// Lists what every detector finds in a stretch without placeholders.
fn find_in_stretch(stretch: &str) -> Vec<Hit> {
    let mut hits = secret::shapes(stretch);
    hits.extend(number::cards(stretch));
    hits.extend(number::ibans(stretch));
    hits.extend(number::social_security(stretch));
    hits.extend(contact::emails(stretch));
    hits.extend(phone::phones(stretch));
    hits.extend(network::addresses(stretch));
    hits
}

/// Applies a detector to each stretch of `text` and settles overlaps.
fn hits_in(text: &str, detect: impl Fn(&str) -> Vec<Hit>) -> Vec<Hit> {
    let mut hits = Vec::new();
    for (start, stretch) in stretches(text) {
        hits.extend(
            overlap::settled(detect(stretch)).into_iter().map(|hit: Hit| hit.shifted(start)),
        );
    }
    hits
}

/// Cuts `text` at its placeholders; each stretch comes with its offset.
fn stretches(text: &str) -> Vec<(usize, &str)> {
    static PLACEHOLDER: LazyLock<Regex> =
        LazyLock::new(|| scan::pattern(r"\[(?:SECRET|CARD|IBAN|SSN|EMAIL|PHONE|IP)\]"));
    let mut stretches = Vec::new();
    let mut start = 0;
    for placeholder in PLACEHOLDER.find_iter(text) {
        stretches.push((start, text.get(start..placeholder.start()).unwrap_or_default()));
        start = placeholder.end();
    }
    stretches.push((start, text.get(start..).unwrap_or_default()));
    stretches.retain(|(_, stretch)| !stretch.is_empty());
    stretches
}

/// Widens the first hit of each stretch to the whole stretch, and drops the others.
fn widened(text: &str, hits: &[Hit]) -> Vec<Hit> {
    let mut rest = hits.iter().peekable();
    let mut wide = Vec::new();
    for (start, stretch) in stretches(text) {
        let end = start + stretch.len();
        if let Some(first) = rest.next_if(|hit| hit.start < end) {
            wide.push(Hit { kind: first.kind, start, end });
            while rest.next_if(|hit| hit.start < end).is_some() {}
        }
    }
    wide
}

/// Puts placeholders in the place of hits that are sorted and do not overlap.
fn replaced(text: &str, hits: &[Hit]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for hit in hits {
        out.push_str(text.get(from..hit.start).unwrap_or_default());
        out.push_str(hit.kind.placeholder());
        from = hit.end;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests;
