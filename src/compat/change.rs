//! One difference between two contents, with the step that it asks for.

use std::cmp::Reverse;

use serde_json::Value;

use crate::digest::canonical_json;
use crate::finding::Rule;
use crate::version::Bump;

/// Whether the effect of a change was decided or assumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certainty {
    /// The rule decided it.
    Known,
    /// The contents do not decide it, so the worst is assumed; an override may lower it.
    Unknown,
}

/// One difference between two contents of an entry.
#[derive(Debug, Clone)]
pub struct Change {
    /// The rule.
    pub rule: &'static Rule,
    /// The step that this change asks for; the rule's own unless the content says otherwise.
    pub bump: Bump,
    /// The JSON pointer in the old entry file; `None` where nothing stood.
    pub pointer_old: Option<String>,
    /// The JSON pointer in the new entry file; `None` where nothing stands.
    pub pointer_new: Option<String>,
    /// The payload file that changed, relative to the entry, for changes outside the entry file.
    pub payload: Option<String>,
    /// What changed, for people.
    pub note: String,
    /// The old value as text, for fingerprints and for people.
    pub old: String,
    /// The new value as text.
    pub new: String,
    /// How to need a smaller step.
    pub help: Option<String>,
    /// Whether the effect was decided or assumed.
    pub certainty: Certainty,
}

impl Change {
    /// Makes a change with the rule's own bump.
    #[must_use]
    pub fn new(rule: &'static Rule, note: impl Into<String>) -> Self {
        Self {
            rule,
            bump: rule.bump.unwrap_or_default(),
            pointer_old: None,
            pointer_new: None,
            payload: None,
            note: note.into(),
            old: String::new(),
            new: String::new(),
            help: None,
            certainty: Certainty::Known,
        }
    }

    /// Says where the change is on both sides.
    #[must_use]
    pub fn at(mut self, pointer: &str) -> Self {
        self.pointer_old = Some(pointer.to_owned());
        self.pointer_new = Some(pointer.to_owned());
        self
    }

    /// Says where the old value stood.
    #[must_use]
    pub fn at_old(mut self, pointer: &str) -> Self {
        self.pointer_old = Some(pointer.to_owned());
        self
    }

    /// Says where the new value stands.
    #[must_use]
    pub fn at_new(mut self, pointer: &str) -> Self {
        self.pointer_new = Some(pointer.to_owned());
        self
    }

    /// Names the payload file that changed.
    #[must_use]
    pub fn payload(mut self, path: &str) -> Self {
        self.payload = Some(path.to_owned());
        self
    }

    /// Adds the old and the new value.
    #[must_use]
    pub fn values(mut self, old: impl Into<String>, new: impl Into<String>) -> Self {
        self.old = old.into();
        self.new = new.into();
        self
    }

    /// Adds the next step.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Sets a bump other than the rule's own.
    #[must_use]
    pub fn bump(mut self, bump: Bump) -> Self {
        self.bump = bump;
        self
    }

    /// Marks the effect as assumed.
    #[must_use]
    pub fn unknown(mut self) -> Self {
        self.certainty = Certainty::Unknown;
        self
    }
}

/// Sorts changes so that the deciding ones come first and equal input gives equal output.
pub(super) fn sort(changes: &mut [Change]) {
    changes.sort_by(|a, b| {
        let key = |c: &Change| (Reverse(c.bump), c.rule.id);
        key(a)
            .cmp(&key(b))
            .then_with(|| a.pointer_new.cmp(&b.pointer_new))
            .then_with(|| a.pointer_old.cmp(&b.pointer_old))
            .then_with(|| a.payload.cmp(&b.payload))
            .then_with(|| a.note.cmp(&b.note))
    });
}

/// Shows an optional value as one line of JSON, and an absent one as nothing.
pub(super) fn shown(value: Option<&Value>) -> String {
    value.map(canonical_json).unwrap_or_default()
}
