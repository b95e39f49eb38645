//! What telemetry carries, so that an event leads back to what answered.

use std::collections::BTreeSet;

use super::Stamp;
use crate::checks::Loaded;
use crate::ident::{EntryRef, Kind};
use crate::registry::policy::journeys::{Journey, Journeys};
use crate::release::composite::{Composition, Member};

/// Returns a stamp for each journey and prompt, sorted.
///
/// Journeys are those that the composite names, and those whose policy names the composite. The
/// policy may say which prompts serve a journey; where it names none of these, all may.
pub(super) fn stamps(composition: &Composition, journeys: Option<&Journeys>) -> Vec<Stamp> {
    let policy = |name: &String| journeys.and_then(|journeys| journeys.journeys.get(name));
    let own = composition.body().into_iter().flat_map(|body| &body.journeys);
    let other = journeys.into_iter().flat_map(|journeys| &journeys.journeys);
    let other = other.filter(|(_, journey)| serves(journey, composition)).map(|(name, _)| name);
    let names: BTreeSet<&String> = own.chain(other).collect();
    let prompts: Vec<&Member> =
        composition.runtime().filter(|member| member.name.kind == Kind::Prompt).collect();
    let mut stamps = BTreeSet::new();
    let mut stamp = |journey: Option<&String>, member: &Member| {
        stamps.insert(Stamp {
            composite: composition.name.id.to_string(),
            version: composition.version.to_string(),
            digest: composition.entry_digest(),
            journey: journey.cloned(),
            prompt: member.name.id.to_string(),
        });
    };
    if names.is_empty() {
        for member in &prompts {
            stamp(None, member);
        }
    }
    for name in names {
        let listed = |member: &&&Member| {
            let written = policy(name).map(|journey| journey.prompts.as_slice());
            written.unwrap_or_default().iter().any(|text| names_entry(text, &member.loaded))
        };
        let mut serving: Vec<&&Member> = prompts.iter().filter(listed).collect();
        if serving.is_empty() {
            serving = prompts.iter().collect();
        }
        for member in serving {
            stamp(Some(name), member);
        }
    }
    stamps.into_iter().collect()
}

fn serves(journey: &Journey, composition: &Composition) -> bool {
    journey.composite.as_ref().is_some_and(|text| names_entry(text, &composition.loaded))
}

/// Says whether a reference leads to an entry by its id or one of its aliases, in any version.
fn names_entry(text: &str, loaded: &Loaded) -> bool {
    let Ok(read) = text.parse::<EntryRef>() else { return false };
    let entry = &loaded.entry;
    read.kind.is_none_or(|kind| kind == entry.name.kind)
        && (read.id == entry.name.id
            || entry.common.aliases.iter().any(|alias| alias == read.id.as_str()))
}
