//! SHA-256 digests, and the canonical form of JSON that they are taken over.
//!
//! Canonical JSON is [RFC 8785](https://www.rfc-editor.org/rfc/rfc8785) (JCS).

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

/// A SHA-256 digest, shown as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

/// A text that is no SHA-256 digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a SHA-256 digest is 64 hexadecimal digits")]
pub struct DigestFault;

impl Digest {
    /// Digests bytes that are at hand.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Digests the canonical form of a JSON value.
    ///
    /// A value that has no canonical form (a number beyond IEEE 754 doubles) is digested in
    /// serde's form; such a value cannot come out of the YAML reader.
    #[must_use]
    pub fn of_json(value: &serde_json::Value) -> Self {
        Self::of(canonical_json(value).as_bytes())
    }

    /// Returns the first 16 bytes as a number, for tables of many digests.
    #[must_use]
    pub fn head(&self) -> u128 {
        let (head, _) = self.0.as_chunks::<16>();
        head.first().copied().map_or(0, u128::from_be_bytes)
    }

    /// Returns the first `digits` hexadecimal digits, for people.
    #[must_use]
    pub fn short(&self, digits: usize) -> String {
        self.to_string().chars().take(digits).collect()
    }
}

/// Writes a JSON value in its canonical form (RFC 8785).
#[must_use]
pub fn canonical_json(value: &serde_json::Value) -> String {
    serde_json_canonicalizer::to_string(value).unwrap_or_else(|_| value.to_string())
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{self}")
    }
}

impl FromStr for Digest {
    type Err = DigestFault;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return Err(DigestFault);
        }
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| DigestFault)?;
            if pair.starts_with('+') {
                return Err(DigestFault);
            }
            *byte = u8::from_str_radix(pair, 16).map_err(|_| DigestFault)?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A writer that digests what is written to it, and counts it.
#[derive(Default)]
pub struct Hasher {
    state: Sha256,
    length: u64,
}

impl Hasher {
    /// Starts with nothing digested.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the number of bytes digested so far.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Ends the digest.
    #[must_use]
    pub fn finish(self) -> Digest {
        Digest(self.state.finalize().into())
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hasher").field("length", &self.length).finish_non_exhaustive()
    }
}

impl Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.state.update(bytes);
        self.length = self.length.saturating_add(bytes.len() as u64);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_match_the_standard_vectors() {
        // FIPS 180-4 examples: the empty message and "abc".
        assert_eq!(
            Digest::of(b"").to_string(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        let mut hasher = Hasher::new();
        hasher.write_all(b"a").and_then(|()| hasher.write_all(b"bc")).expect("memory");
        assert_eq!(hasher.length(), 3);
        assert_eq!(
            hasher.finish().to_string(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn canonical_json_follows_rfc_8785() {
        // The sample of RFC 8785, section 3.2.2, and the key order of section 3.2.3.
        let sample: serde_json::Value = serde_json::from_str(
            r#"{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}"#,
        )
        .expect("json");
        assert_eq!(
            canonical_json(&sample),
            r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"#
        );
        let keys: serde_json::Value =
            serde_json::from_str("{\"\u{fb33}\":1,\"\u{1f600}\":2,\"\u{20ac}\":3,\"1\":4}")
                .expect("json");
        assert_eq!(
            canonical_json(&keys),
            "{\"1\":4,\"\u{20ac}\":3,\"\u{1f600}\":2,\"\u{fb33}\":1}"
        );
    }

    #[test]
    fn digests_round_trip_and_refuse_other_texts() {
        let digest = Digest::of(b"x");
        assert_eq!(digest.to_string().parse(), Ok(digest));
        for text in ["", "<hash>", "abc", &"g".repeat(64), &"+1".repeat(32), &"é".repeat(32)] {
            assert_eq!(text.parse::<Digest>(), Err(DigestFault), "{text}");
        }
    }
}
