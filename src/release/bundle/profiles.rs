//! The guardrails that members run under.

use std::collections::BTreeMap;

use super::document;
use crate::checks::Loaded;
use crate::ident::{EntryRef, Kind, Wanted};
use crate::registry::entry::{Body, Entry};
use crate::registry::prompt::Policies;
use crate::release::composite::{Composition, Source};
use crate::snapshot::ReadFault;

/// The profiles that runtime members name, by what is written there.
#[derive(Debug, Default)]
pub struct Profiles {
    found: BTreeMap<String, Loaded>,
}

impl Profiles {
    /// Returns the entry and version that a text leads to.
    pub(super) fn reference(&self, written: &str) -> Option<String> {
        self.found.get(written).map(|loaded| reference(&loaded.entry))
    }

    /// Returns each profile once, sorted by entry.
    pub(super) fn parts(&self) -> Vec<document::Profile> {
        let by_entry: BTreeMap<String, &Loaded> =
            self.found.values().map(|loaded| (reference(&loaded.entry), loaded)).collect();
        let part = |(entry, loaded): (String, &Loaded)| {
            let Body::Profile(profile) = &loaded.entry.body else { return None };
            Some(document::Profile {
                entry,
                digests: loaded.facets().into(),
                part: document::ProfilePart::from(profile.as_ref()),
            })
        };
        by_entry.into_iter().filter_map(part).collect()
    }
}

/// Finds the profiles that the runtime members of a composite name.
///
/// One that is named without a version is the one that the composite pins or is proven with, or
/// else the tree's. What leads nowhere is left out, and no bundle is made of it.
///
/// # Errors
/// When bytes cannot be had.
pub fn profiles(composition: &Composition, source: &dyn Source) -> Result<Profiles, ReadFault> {
    let mut found = BTreeMap::new();
    let written = composition.runtime().filter_map(|member| policies(&member.loaded.entry));
    for written in written.filter_map(|policies| policies.safety_profile.as_ref()) {
        if let Some(loaded) = find(composition, source, written)? {
            found.insert(written.clone(), loaded);
        }
    }
    Ok(Profiles { found })
}

fn find(
    composition: &Composition,
    source: &dyn Source,
    written: &str,
) -> Result<Option<Loaded>, ReadFault> {
    let Ok(read) = written.parse::<EntryRef>() else { return Ok(None) };
    if read.kind.is_some_and(|kind| kind != Kind::Profile) {
        return Ok(None);
    }
    let Some(name) = source.resolve(Kind::Profile, &read.id)? else { return Ok(None) };
    let meant = |version: &_| match &read.wanted {
        Wanted::Any => true,
        Wanted::Exact(exact) => exact == version,
        Wanted::Range(range) => version.matches(range),
    };
    let pinned = composition.everything().find(|m| m.name == name && meant(&m.version));
    let version = match (&read.wanted, pinned) {
        (Wanted::Exact(exact), _) => Some(exact),
        (_, Some(member)) => Some(&member.version),
        (_, None) => None,
    };
    let loaded = source.entry(&name, version)?;
    Ok(loaded.filter(|loaded| loaded.entry.version.as_ref().is_some_and(meant)))
}

fn policies(entry: &Entry) -> Option<&Policies> {
    match &entry.body {
        Body::Prompt(prompt) => Some(&prompt.policies),
        Body::Model(model) => Some(&model.policies),
        _ => None,
    }
}

fn reference(entry: &Entry) -> String {
    format!("{}@{}", entry.name, entry.common.version)
}
