//! What the ledger keeps of releases and of what people decide about them.
//!
//! Names, digests and verdicts stand here, no text of an answer. Every key is always there, with
//! `null` where nothing is to be said; `schemas/ledger/keelmark.payloads.v1.schema.json` describes
//! them. Runs and their gates are in [`super::recorded`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::composite::Composition;
use crate::digest::Digest;
use crate::evals::record::Provenance;
use crate::ledger::channel::{ChannelName, ChannelState, Previous, WaivedGate};
use crate::version::Bump;

/// A member as it was released.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleasedMember {
    /// Its slot.
    pub slot: String,
    /// The full reference.
    pub entry: String,
    /// The digest of the entry.
    pub digest: Digest,
}

/// A run that was cited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CitedRun {
    /// The suite, with its version.
    pub suite: String,
    /// The label of the model column.
    pub model: String,
    /// The id of the run.
    pub run: String,
    /// The digest of its header.
    pub digest: Digest,
    /// The digest of its pack; `None` where none was kept.
    pub pack: Option<Digest>,
    /// Who vouches for it.
    pub provenance: Provenance,
}

/// A composition that something was decided about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Composed {
    /// The id of the composite.
    pub composite: String,
    /// Its version.
    pub version: String,
    /// The composite string with full references.
    pub string: String,
    /// The digest of the composition: the composite's entry and every member's.
    pub digest: Digest,
}

impl Composed {
    /// Names a composition.
    #[must_use]
    pub fn of(composition: &Composition) -> Self {
        Self {
            composite: composition.name.id.to_string(),
            version: composition.version.to_string(),
            string: composition.full(),
            digest: composition.digest(),
        }
    }

    /// Returns the subject of records about it, such as `release/support_copilot@1.8.0`.
    #[must_use]
    pub fn subject(&self) -> String {
        format!("release/{}@{}", self.composite, self.version)
    }
}

/// The payload of a record of kind `release`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Release {
    /// What was released. The version is that of the tag: of a candidate, `1.8.0-rc.1`.
    #[serde(flatten)]
    pub composed: Composed,
    /// Whether it is a candidate.
    pub candidate: bool,
    /// The digest of the composite's own entry.
    pub composite_digest: Digest,
    /// The members, sorted by slot.
    pub members: Vec<ReleasedMember>,
    /// The step from the release before.
    pub class: Bump,
    /// The release before.
    pub previous: Option<Previous>,
    /// The commit that the tag leads to.
    pub commit: String,
    /// The release tag, its prefix included.
    pub tag: String,
    /// The name of the tag object.
    pub tag_object: String,
    /// The runs that prove it.
    pub evidence: Vec<CitedRun>,
    /// Who approved, by principal.
    pub approvals: Vec<String>,
    /// Gates that were closed and waived.
    pub waivers: Vec<WaivedGate>,
    /// The path of the decision record.
    pub adr: Option<String>,
    /// The path of the notes.
    pub notes: Option<String>,
    /// The release tag to go back to.
    pub rollback_to: Option<String>,
    /// The channels that it moves.
    pub channels: BTreeMap<ChannelName, ChannelState>,
}

/// The payload of a record of kind `approval`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// What is approved. It holds for this digest and no other.
    #[serde(flatten)]
    pub composed: Composed,
    /// Who approves, as `allowed_signers` names the key.
    pub principal: String,
    /// What was looked at.
    pub comment: Option<String>,
    /// The commit that it was looked at in.
    pub commit: String,
}

/// The payload of a record of kind `waiver`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiver {
    /// What it is for. It holds for this digest and no other.
    #[serde(flatten)]
    pub composed: Composed,
    /// The gate, by its metric.
    pub gate: String,
    /// Until when (ISO 8601, UTC).
    pub until: String,
    /// Why.
    pub reason: String,
    /// Who answers for it, as `allowed_signers` names the key; `None` where nobody is listed.
    pub principal: Option<String>,
}

/// Somebody who breaks when a channel goes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Broken {
    /// Who.
    pub who: String,
    /// What is different.
    pub text: String,
    /// The rule that says so.
    pub rule: String,
}

/// The payload of a record of kind `rollback`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rollback {
    /// The channel.
    pub channel: ChannelName,
    /// What was live.
    pub from: Previous,
    /// The release tag that is live again, its prefix included.
    pub tag: String,
    /// The name of the tag object.
    pub tag_object: String,
    /// Whether what was live could be compared with it: its tag was at hand.
    pub judged: bool,
    /// Who breaks, sorted; nobody is named where it was not judged.
    pub breaks: Vec<Broken>,
    /// Whether it was forced.
    pub forced: bool,
    /// Why.
    pub reason: Option<String>,
    /// The channel as it is now.
    pub channels: BTreeMap<ChannelName, ChannelState>,
}

/// One thing that a rehearsal tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// What was tried.
    pub what: String,
    /// Whether it works.
    pub ok: bool,
    /// What was found.
    pub found: String,
}

/// The payload of a record of kind `rehearsal`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rehearsal {
    /// The channel.
    pub channel: ChannelName,
    /// The release tag that a rollback would lead to, its prefix included.
    pub tag: String,
    /// The name of the tag object, as the ledger has it; `None` where it has no such release.
    pub tag_object: Option<String>,
    /// Whether the way is free.
    pub ok: bool,
    /// Whether the providers of its models were asked.
    pub pinged: bool,
    /// What was tried, in order.
    pub tried: Vec<Tried>,
    /// The channel as it is: only its rehearsal is new.
    pub channels: BTreeMap<ChannelName, ChannelState>,
}

#[cfg(test)]
mod tests;
