//! Secrets: values that are known, and keys that are known by their form.

use std::fmt;
use std::sync::LazyLock;

use regex::Regex;

use super::scan::{self, pattern};
use super::{Hit, PiiKind};

/// The value of a secret, such as an API key. It is never shown, not even for debugging.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// How many characters a value has at least; shorter ones would blank out ordinary words.
    pub const SHORTEST: usize = 8;

    /// Takes a value of at least [`Self::SHORTEST`] characters.
    #[must_use]
    pub fn new(value: impl Into<String>) -> Option<Self> {
        let value = value.into();
        (value.chars().count() >= Self::SHORTEST).then_some(Self(value))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Finds known values, exactly as they are, even inside words.
pub(super) fn literals(text: &str, secrets: &[Secret]) -> Vec<Hit> {
    secrets
        .iter()
        .flat_map(|secret| text.match_indices(secret.0.as_str()))
        .map(|(start, value)| Hit { kind: PiiKind::Secret, start, end: start + value.len() })
        .collect()
}

/// Finds keys and tokens by their published form: `OpenAI` and Anthropic, AWS, GitHub, GitLab,
/// Slack, Google, JSON web tokens, and what follows `Bearer`.
///
/// A key has a digit; `sk-` and words with hyphens between them are no key.
pub(super) fn shapes(text: &str) -> Vec<Hit> {
    static KEY: LazyLock<Regex> = LazyLock::new(|| {
        pattern(concat!(
            r"\b(?:sk-[A-Za-z0-9_-]{16,}|(?:AKIA|ASIA)[A-Z0-9]{16}|gh[pousr]_[A-Za-z0-9]{30,}",
            r"|github_pat_[A-Za-z0-9_]{22,}|glpat-[A-Za-z0-9_-]{20,}|xox[abeprs]-[A-Za-z0-9-]{10,}",
            r"|AIza[A-Za-z0-9_-]{35}|eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}",
            r"|(?i:bearer)[ \t]+[A-Za-z0-9._~+/-]{16,}=*)",
        ))
    });
    scan::hits(text, &KEY, PiiKind::Secret, |found| {
        let key = text.get(found.clone()).unwrap_or_default();
        if key.bytes().any(|byte| byte.is_ascii_digit()) { Ok(found) } else { Err(found.end) }
    })
}
