//! What the record of a release says, key by key, beside what tag, commit and approvers say.

use super::proof::Waivers;
use super::record::Tagged;
use crate::ledger::channel::{ChannelName, ChannelState, WaivedGate};
use crate::release::message::Message;
use crate::release::payload::Release;
use crate::time;

/// A key that a record has otherwise: what it says, and what was expected.
pub(super) struct Otherwise {
    /// The key.
    pub key: String,
    /// What the record says.
    pub said: String,
    /// What tag and commit say.
    pub expected: String,
}

/// Keys that were compared, as far as one differs.
#[derive(Default)]
struct Compared(Option<Otherwise>);

impl Compared {
    fn same(
        &mut self,
        key: impl Into<String>,
        said: &(impl ToString + ?Sized),
        expected: &(impl ToString + ?Sized),
    ) {
        let (said, expected) = (said.to_string(), expected.to_string());
        if self.0.is_none() && said != expected {
            self.0 = Some(Otherwise { key: key.into(), said, expected });
        }
    }

    /// Compares lists, of which the first thing that only one of them has is named.
    fn list(&mut self, key: &str, said: &[String], expected: &[String]) {
        if let Some(more) = said.iter().find(|one| !expected.contains(one)) {
            self.same(key, more, "what the commit has");
        } else if let Some(less) = expected.iter().find(|one| !said.contains(one)) {
            self.same(key, "something else", less);
        }
    }
}

/// Names the first key in which a record differs.
pub(super) fn otherwise(tagged: &Tagged<'_>, release: &Release) -> Option<Otherwise> {
    let mut keys = Compared::default();
    keys.same("tag", &release.tag, tagged.tag);
    keys.same("tag_object", &release.tag_object, tagged.object);
    if let Some(commit) = tagged.commit {
        keys.same("commit", &release.commit, commit);
    }
    if let Some(message) = tagged.message {
        of_message(&mut keys, release, message);
    }
    if let Some(composition) = tagged.composition {
        keys.same("digest", &release.composed.digest, &composition.digest());
        let line = |slot: &str, entry: &str, digest| format!("{slot}: {entry} sha256:{digest}");
        let said: Vec<String> =
            release.members.iter().map(|m| line(&m.slot, &m.entry, m.digest)).collect();
        let own: Vec<String> =
            composition.members.iter().map(|m| line(&m.slot, &m.reference(), m.digest())).collect();
        keys.list("members", &said, &own);
        let own = composition.body().map(|body| body.channels.as_slice()).unwrap_or_default();
        // A candidate goes to the first channel alone.
        let most = if release.candidate { 1 } else { own.len() };
        let mut named = release.channels.keys().map(ChannelName::as_str);
        if let Some(other) = named.find(|name| !own.iter().take(most).any(|own| own == name)) {
            keys.same("channels", other, "channels of the composite alone");
        }
    }
    if let Some(valid) = tagged.approvals {
        let counts = |name: &&String| valid.iter().any(|found| found.principal == **name);
        if let Some(name) = release.approvals.iter().find(|name| !counts(name)) {
            keys.same("approvals", &name, "those that count alone");
        }
    }
    if let Some(judged) = tagged.waivers
        && let Some(other) = release.waivers.iter().find(|waived| !is_judged(waived, judged))
    {
        keys.same("waivers", &other.gate, "those that count alone");
    }
    for (name, state) in &release.channels {
        of_channel(&mut keys, release, (name, state));
    }
    keys.0
}

fn of_message(keys: &mut Compared, release: &Release, message: &Message) {
    let optional = |text: Option<&String>| text.cloned().unwrap_or_else(|| "nothing".to_owned());
    let mut cited: Vec<String> =
        message.evidence.iter().map(|cited| cited.digest.to_string()).collect();
    let packs = release.evidence.iter().filter_map(|run| run.pack);
    let mut packs: Vec<String> = packs.map(|pack| pack.to_string()).collect();
    cited.sort();
    packs.sort();
    let previous = release.previous.as_ref().map(|previous| &previous.tag);
    keys.same("composite", &release.composed.composite, &message.composite);
    keys.same("version", &release.composed.version, &message.version);
    keys.same("candidate", &release.candidate, &message.version.is_prerelease());
    keys.same("composite_digest", &release.composite_digest, &message.composite_digest);
    keys.same("class", &release.class, &message.class);
    keys.same("previous", &optional(previous), &optional(message.previous.as_ref()));
    keys.same("evidence", &packs.join(" "), &cited.join(" "));
    keys.same("adr", &optional(release.adr.as_ref()), &optional(message.adr.as_ref()));
    keys.same("notes", &optional(release.notes.as_ref()), &optional(message.notes.as_ref()));
    let (said, own) = (release.rollback_to.as_ref(), message.rollback_to.as_ref());
    keys.same("rollback_to", &optional(said), &optional(own));
}

/// Compares what goes live with what the record releases, which was compared before.
fn of_channel(
    keys: &mut Compared,
    release: &Release,
    (name, state): (&ChannelName, &ChannelState),
) {
    let key = |key: &str| format!("channels.{name}.{key}");
    keys.same(key("composite"), &state.composite, &release.composed.composite);
    keys.same(key("version"), &state.version, &release.composed.version);
    keys.same(key("digest"), &state.digest, &release.composite_digest);
    keys.same(key("tag"), &state.tag, &release.tag);
    keys.same(key("tag_object"), &state.tag_object, &release.tag_object);
    let back = |to: Option<&String>| to.cloned().unwrap_or_else(|| "nothing".to_owned());
    let before = state.previous.as_ref().map(|previous| &previous.tag);
    let expected = release.rollback_to.as_ref().or(before);
    keys.same(key("rollback_to"), &back(state.rollback_to.as_ref()), &back(expected));
    if state.waivers != release.waivers {
        keys.same(key("waivers"), "something else", "the waivers of the release");
    }
}

/// Says whether a waiver that counts says the same of a gate.
fn is_judged(waived: &WaivedGate, judged: &Waivers) -> bool {
    let of_gate = judged.get(&waived.gate).into_iter().flatten();
    let mut standing = of_gate.filter_map(|(_, judged)| judged.as_ref().ok());
    standing.any(|standing| {
        Some(standing.until) == time::seconds(&waived.until)
            && standing.reason == waived.reason
            && standing.by == waived.by
    })
}
