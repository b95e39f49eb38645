//! The versions that an entry has had, from the history of its files.

use super::assess::Walk;
use super::failure::Failure;
use crate::checks::{Loaded, Named, read_entry};
use crate::ident::EntryName;
use crate::registry::layout::Layout;
use crate::snapshot::{History as _, Revision};
use crate::version::Version;

/// A version, and the commits that have it.
#[derive(Debug)]
pub(super) struct PastVersion {
    /// The version.
    pub version: Version,
    /// The first commit, which brought it.
    pub since: Revision,
    /// The last commit to the entry's file that has it.
    pub until: Revision,
    /// The entry at the last commit. Until a version is published its content may change, so that
    /// only the last one is what was published.
    pub loaded: Loaded,
}

/// Returns the names that an entry may have had: each of its aliases may have been its id.
pub(super) fn names(here: &Loaded) -> Vec<EntryName> {
    let name = &here.entry.name;
    let former = here.entry.common.aliases.iter().filter_map(|alias| alias.parse().ok());
    std::iter::once(name.clone()).chain(former.map(|id| EntryName::new(name.kind, id))).collect()
}

/// Collects the versions of an entry under these names, the smallest first.
///
/// # Errors
/// When bytes cannot be had.
pub(super) fn versions(
    layout: &Layout,
    walk: &Walk,
    names: &[EntryName],
) -> Result<Vec<PastVersion>, Failure> {
    let mut seen: Vec<PastVersion> = Vec::new();
    for name in names {
        for path in layout.entry_paths(name) {
            for revision in walk.revisions(&path)? {
                let tree = walk.at(revision.commit)?;
                let commit = revision.commit.short();
                let from = Named { name: &commit, tree: tree.as_ref() };
                let Some(loaded) = read_entry(layout, name, from)? else { continue };
                if let Some(version) = loaded.entry.version.clone() {
                    let until = revision.clone();
                    seen.push(PastVersion { version, since: revision, until, loaded });
                }
            }
        }
    }
    // History is told from the newest commit on; among commits of one second its order counts.
    seen.reverse();
    seen.sort_by(|a, b| {
        a.version.cmp(&b.version).then(a.since.time_seconds.cmp(&b.since.time_seconds))
    });
    let mut versions: Vec<PastVersion> = Vec::new();
    for found in seen {
        match versions.last_mut() {
            Some(last) if last.version == found.version => {
                (last.loaded, last.until) = (found.loaded, found.until);
            }
            _ => versions.push(found),
        }
    }
    Ok(versions)
}
