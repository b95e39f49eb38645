//! Composites.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::prompt::PromptSchema;

/// What a slot is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// It runs. The default.
    #[default]
    Runtime,
    /// It proves.
    Evidence,
}

/// What callers of a composite see.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Provides {
    /// The signature of the prompt in this slot.
    Slot(String),
    /// A signature of its own.
    Signature(PromptSchema),
}

/// What only composites have; see [`super::common::Common`] for the rest.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Composite {
    /// The pinned entry of each slot.
    pub members: BTreeMap<String, String>,
    /// What a slot is for, where it is not the default.
    pub roles: BTreeMap<String, Role>,
    /// The suites that prove the members together.
    pub suites: Vec<String>,
    /// Where the composite is released to, in order.
    pub channels: Vec<String>,
    /// The journeys that it serves.
    pub journeys: Vec<String>,
    /// What callers see, where it is not the answer prompt's signature.
    pub provides: Option<Provides>,
    /// Entries that members may pin at different versions.
    pub allow_split: Vec<String>,
    /// Why it is released although going back breaks callers: the version to go back to, a colon and
    /// the reason.
    pub rollback_breaks: Option<String>,
}

impl Composite {
    /// Returns what the entry in a slot is for.
    #[must_use]
    pub fn role(&self, slot: &str) -> Role {
        self.roles.get(slot).copied().unwrap_or_default()
    }

    /// Says whether the entry in a slot runs, and does not only prove.
    #[must_use]
    pub fn runs(&self, slot: &str) -> bool {
        self.role(slot) == Role::Runtime
    }
}
