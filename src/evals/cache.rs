//! The key under which an answer is kept, and what a cache must be able to do.
//!
//! The key covers everything that could change an answer: who is asked and where, the parameters,
//! the rendered messages, the tools, the schema of the answer, and which repeat it is. Leaving the
//! model out would serve one model's answers as another's.

use serde_json::{Value, json};

use crate::digest::Digest;
use crate::provider::{Answer, Request};

/// The version of the key's form; another one makes every cached answer a miss.
const FORM: u32 = 1;

/// The key of one answer, with what it was made of, so that a miss can be explained.
#[derive(Debug, Clone)]
pub struct Key {
    /// The digest of the canonical form.
    pub digest: Digest,
    /// The digest of each part.
    pub parts: Vec<(&'static str, Digest)>,
}

impl Key {
    /// Makes the key of a request to somebody.
    #[must_use]
    pub fn new(identity: &Value, request: &Request) -> Self {
        let named = [
            ("model", identity.clone()),
            ("parameters", json!(request.parameters)),
            ("messages", json!(request.messages)),
            ("tools", json!(request.tools)),
            ("schema", json!(request.schema)),
            ("repeat", json!(request.repeat)),
        ];
        let parts: Vec<(&'static str, Digest)> =
            named.iter().map(|(name, value)| (*name, Digest::of_json(value))).collect();
        let whole: Vec<String> =
            parts.iter().map(|(name, digest)| format!("{name} {digest}")).collect();
        let digest = Digest::of_json(&json!({"form": FORM, "parts": whole}));
        Self { digest, parts }
    }

    /// Returns the names of the parts in which another key differs.
    #[must_use]
    pub fn differing(&self, other: &[(String, Digest)]) -> Vec<&'static str> {
        let same = |(name, digest): &&(&'static str, Digest)| {
            !other.iter().any(|(n, d)| n == name && d == digest)
        };
        self.parts.iter().filter(same).map(|(name, _)| *name).collect()
    }
}

/// A store of answers.
pub trait Cache: Send + Sync {
    /// Returns the answer that is kept for a case under a key.
    fn get(&self, key: &Key, case_id: &str) -> Option<Answer>;

    /// Keeps an answer. A cache that cannot is slower, not wrong, so nothing is said.
    fn put(&self, key: &Key, case_id: &str, answer: &Answer);

    /// Says what is kept for a case under the nearest other key, for the message about a miss.
    fn nearest(&self, key: &Key, case_id: &str) -> Option<String>;
}

/// A cache that keeps nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoCache;

impl Cache for NoCache {
    fn get(&self, _: &Key, _: &str) -> Option<Answer> {
        None
    }

    fn put(&self, _: &Key, _: &str, _: &Answer) {}

    fn nearest(&self, _: &Key, _: &str) -> Option<String> {
        None
    }
}
