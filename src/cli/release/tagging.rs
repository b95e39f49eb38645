//! What a release writes: the tag's message, the record, and the channels that it moves.

use std::collections::BTreeMap;

use super::proofs::Proofs;
use super::proposal::Proposal;
use crate::cli::failure::Failure;
use crate::cli::shelf;
use crate::digest::Digest;
use crate::ledger::channel::{ChannelName, ChannelState, Channels, Previous, WaivedGate};
use crate::release::facts::ReleaseFacts;
use crate::release::message::{Cited, Message};
use crate::release::payload::{CitedRun, Composed, Release, ReleasedMember};
use crate::snapshot::ObjectName;
use crate::version::Version;

/// A release that is about to be tagged.
pub(in crate::cli) struct Tagging<'a> {
    /// What is released.
    pub proposal: &'a Proposal,
    /// What documents say of it.
    pub facts: &'a ReleaseFacts,
    /// The version of the tag.
    pub version: &'a Version,
    /// The commit.
    pub commit: ObjectName,
    /// The runs.
    pub proofs: &'a Proofs<'a>,
    /// The digest of its bundle.
    pub bundle: Digest,
    /// The notes, as the tree has them.
    pub notes: &'a str,
    /// Gates that are waived.
    pub waivers: &'a [WaivedGate],
    /// Who releases, as `Name <email>`.
    pub actor: &'a str,
    /// Now (ISO 8601, UTC).
    pub now: &'a str,
}

impl Tagging<'_> {
    /// Returns the text of the tag; `ledger` is the tip of the ledger that it cites.
    ///
    /// # Errors
    /// When a value cannot stand in a trailer.
    pub(in crate::cli) fn message(&self, ledger: Option<ObjectName>) -> Result<String, Failure> {
        let composition = &self.proposal.composition;
        let facts = self.facts;
        let message = Message {
            composite: composition.name.id.to_string(),
            version: self.version.clone(),
            title: facts.summary.clone(),
            body: body_of(self.notes),
            components: composition.components(),
            composite_digest: composition.entry_digest(),
            previous: facts.previous.as_ref().map(|previous| previous.tag.clone()),
            class: self.proposal.step.required,
            evidence: self
                .cited()
                .into_iter()
                .filter_map(|run| {
                    let place = shelf::BRANCH.to_owned();
                    run.pack.map(|digest| Cited { digest, place })
                })
                .collect(),
            adr: Some(facts.adr.clone()),
            notes: Some(facts.notes.clone()),
            rollback_to: self.rollback_to(),
            ledger: ledger.map(|commit| commit.to_string()),
            further: Vec::new(),
        };
        message.compose().map_err(|fault| {
            Failure::refused(format!("the tag cannot be written: {fault}"))
                .hint("mend the composite's changelog line or the paths of its documents")
        })
    }

    /// Returns what the ledger keeps of the release.
    pub(in crate::cli) fn release(&self, tag: ObjectName, channels: &Channels) -> Release {
        let composition = &self.proposal.composition;
        let facts = self.facts;
        let members = composition.members.iter().map(|member| ReleasedMember {
            slot: member.slot.clone(),
            entry: member.reference(),
            digest: member.digest(),
        });
        Release {
            composed: Composed { version: self.version.to_string(), ..Composed::of(composition) },
            candidate: self.version.is_prerelease(),
            composite_digest: composition.entry_digest(),
            members: members.collect(),
            class: self.proposal.step.required,
            previous: facts.previous.as_ref().map(|previous| Previous {
                version: previous.version.clone(),
                tag: previous.tag.clone(),
                since: None,
            }),
            commit: self.commit.to_string(),
            tag: facts.tag.clone(),
            tag_object: tag.to_string(),
            evidence: self.cited(),
            approvals: facts.approvers.iter().map(|found| found.principal.clone()).collect(),
            waivers: self.waivers.to_vec(),
            adr: Some(facts.adr.clone()),
            notes: Some(facts.notes.clone()),
            rollback_to: self.rollback_to(),
            channels: self.channels(tag, channels),
        }
    }

    fn rollback_to(&self) -> Option<String> {
        let way = self.proposal.way_back.as_ref().map(|way| way.tag.name.clone());
        way.or_else(|| self.facts.previous.as_ref().map(|previous| previous.tag.clone()))
    }

    fn cited(&self) -> Vec<CitedRun> {
        let found = self.proposal.cited.iter().filter_map(|cited| {
            let kept = self.proofs.by_record(&cited.record)?;
            Some(CitedRun {
                suite: cited.suite.clone(),
                model: kept.run.model.clone(),
                run: kept.run.run.clone(),
                digest: kept.run.digest,
                pack: Some(kept.run.pack),
                provenance: self.proofs.provenance(kept),
            })
        });
        found.collect()
    }

    /// Returns the channels as they are with this release.
    fn channels(&self, tag: ObjectName, now: &Channels) -> BTreeMap<ChannelName, ChannelState> {
        let names = self.facts.channels.iter().filter_map(|name| name.parse::<ChannelName>().ok());
        let state = |name: ChannelName| {
            let before = now.get(name.as_str()).and_then(|channel| channel.state().ok());
            let previous = before.map(|state| state.to_previous());
            let rollback_to =
                self.rollback_to().or_else(|| previous.as_ref().map(|p| p.tag.clone()));
            let state = ChannelState {
                composite: self.facts.composite.clone(),
                version: self.version.to_string(),
                digest: self.proposal.composition.entry_digest(),
                bundle: Some(self.bundle),
                tag: self.facts.tag.clone(),
                tag_object: tag.to_string(),
                since: self.now.to_owned(),
                by: self.actor.to_owned(),
                previous,
                rollback_to,
                waivers: self.waivers.to_vec(),
                rehearsed: None,
                post_mortem_due: None,
                more: serde_json::Map::new(),
            };
            (name, state)
        };
        names.map(state).collect()
    }
}

/// Returns the notes without their title, for the tag has one.
fn body_of(notes: &str) -> String {
    match notes.trim_start().split_once('\n') {
        Some((first, rest)) if first.starts_with("# ") => rest.trim().to_owned(),
        _ => notes.trim().to_owned(),
    }
}
