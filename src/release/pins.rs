//! What `release prepare` writes into a composite: pins, number, changelog line, way back.
//!
//! Every member moves to the version that is published now, unless it is held. All of it is edits of
//! the file, so that comments, quotes and order stay.

use std::collections::BTreeSet;

use super::composite::Source;
use super::readiness::Knowledge;
use crate::checks::Loaded;
use crate::edit::bump;
use crate::ident::{EntryName, EntryRef, Kind, Wanted};
use crate::registry::common::Status;
use crate::registry::composite::Role;
use crate::registry::entry::Body;
use crate::registry::reference::{self, references};
use crate::snapshot::ReadFault;
use crate::version::Version;
use crate::yaml::{Edit, NewValue, Scalar};

/// One pin that moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// Its slot; for a suite the name of the entry.
    pub slot: String,
    /// The entry.
    pub name: EntryName,
    /// Where it stands.
    pub pointer: String,
    /// What was asked for: a version, a range, or nothing.
    pub from: String,
    /// The version that is published now.
    pub to: Version,
    /// What is written, with the words in front of the `@` as they were.
    pub text: String,
}

/// Which pins move.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pins {
    /// Those that move, in the order of the file's keys.
    pub moved: Vec<Pin>,
    /// Slots that were to be held and are not there.
    pub unknown: Vec<String>,
    /// Every slot that can be held.
    pub slots: BTreeSet<String>,
}

/// Finds the pins that are to move.
///
/// A member that only proves and is named by its id alone stays so. Nothing moves to a draft, to
/// what is removed, or from a release to a pre-release.
///
/// # Errors
/// When bytes cannot be had.
pub fn pins(
    composite: &Loaded,
    source: &dyn Source,
    known: &dyn Knowledge,
    hold: &BTreeSet<String>,
) -> Result<Pins, ReadFault> {
    let Body::Composite(body) = &composite.entry.body else { return Ok(Pins::default()) };
    let mut pins = Pins::default();
    let mut slots: BTreeSet<String> = BTreeSet::new();
    for written in references(Kind::Composite, composite.entry.value()) {
        let Ok(read) = written.text.parse::<EntryRef>() else { continue };
        let Some(kind) = read.kind.or(written.kind) else { continue };
        let Some(name) = source.resolve(kind, &read.id)? else { continue };
        let (slot, role) = match &written.role {
            reference::Role::Member(slot) => (slot.clone(), body.role(slot)),
            reference::Role::Suite => (name.to_string(), Role::Evidence),
            _ => continue,
        };
        slots.insert(slot.clone());
        let by_id = read.wanted == Wanted::Any && role == Role::Evidence;
        if hold.contains(&slot) || by_id {
            continue;
        }
        let Some(to) = target(source, known, &name, &read.wanted)? else { continue };
        let (words, from) = written.text.rsplit_once('@').unwrap_or((&written.text, ""));
        let text = format!("{words}@{to}");
        let from = from.to_owned();
        pins.moved.push(Pin { slot, name, pointer: written.pointer, from, to, text });
    }
    pins.unknown = hold.difference(&slots).cloned().collect();
    pins.slots = slots;
    Ok(pins)
}

/// Returns the version that a pin moves to; `None` where it stays.
fn target(
    source: &dyn Source,
    known: &dyn Knowledge,
    name: &EntryName,
    wanted: &Wanted,
) -> Result<Option<Version>, ReadFault> {
    let Some(now) = known.published_now(name)? else { return Ok(None) };
    let (same, tries) = match wanted {
        Wanted::Exact(version) => (*version == now, version.is_prerelease()),
        Wanted::Any | Wanted::Range(_) => (false, false),
    };
    if same || now.is_prerelease() && !tries || known.withdrawn(name)?.contains(&now) {
        return Ok(None);
    }
    let offered = source.entry(name, Some(&now))?.is_some_and(|loaded| {
        !matches!(loaded.entry.common.status, Status::Draft | Status::Removed)
    });
    Ok(offered.then_some(now))
}

/// What is to be written besides the pins.
#[derive(Clone, Copy)]
pub struct Wish<'a> {
    /// The composite as it is.
    pub composite: &'a Loaded,
    /// The pins that move.
    pub pins: &'a [Pin],
    /// The version to write.
    pub version: &'a Version,
    /// The changelog lines that are published, as they are written at the base.
    pub published: &'a [String],
    /// What the release is about, in the author's words.
    pub message: Option<&'a str>,
    /// The release to go back to; `None` leaves what stands there.
    pub rollback_to: Option<&'a Version>,
}

/// Returns all edits of the composite's file; none where everything is as it should be.
#[must_use]
pub fn edits(wish: &Wish<'_>) -> Vec<Edit> {
    let entry = &wish.composite.entry;
    let mut edits: Vec<Edit> = wish
        .pins
        .iter()
        .map(|pin| Edit::Set {
            pointer: pin.pointer.clone(),
            value: Scalar::Text(pin.text.clone()),
        })
        .collect();
    edits.extend(bump::edits(&bump::Bump {
        entry,
        payloads: &wish.composite.payloads,
        version: wish.version,
        published: wish.published,
        message: wish.message,
        drafted: &drafted(wish.pins),
        evidence: None,
    }));
    edits.extend(wish.rollback_to.and_then(|target| way_back(wish.composite, target)));
    edits
}

/// The line of the changelog where nobody says what the release is about.
fn drafted(pins: &[Pin]) -> String {
    let pin = |pin: &Pin| match pin.from.as_str() {
        "" => format!("{} {}", pin.slot, pin.to),
        from => format!("{} {from} → {}", pin.slot, pin.to),
    };
    let words: Vec<String> = pins.iter().map(pin).collect();
    if words.is_empty() { "the same members".to_owned() } else { words.join(", ") }
}

/// Writes where a rollback leads to.
fn way_back(composite: &Loaded, target: &Version) -> Option<Edit> {
    let value = composite.entry.document.value();
    let text = Scalar::Text(target.to_string());
    if value.get("rollback_to").is_some() {
        let same = composite.entry.common.rollback_to.as_ref() == Some(&target.to_string());
        let pointer = "/rollback_to".to_owned();
        return (!same).then_some(Edit::Set { pointer, value: text });
    }
    let front = ["channels", "suites", "roles", "members"];
    let sibling = front.into_iter().find(|key| value.get(key).is_some())?;
    Some(Edit::InsertKeyAfter {
        sibling: format!("/{sibling}"),
        key: "rollback_to".to_owned(),
        value: NewValue::Scalar(text),
    })
}

#[cfg(test)]
mod tests;
