//! The one validator: what is wrong in a registry, and which versions its changes need.
//!
//! Pure: it sees trees through [`crate::snapshot`] and returns a [`report::Report`]. It knows
//! nothing of git, terminals or exit codes.

mod baseline;
mod bonds;
pub mod catalogue;
mod changelog;
mod checksum;
mod comparison;
pub mod config;
mod dependency;
mod evaluation;
pub mod evidence;
mod files;
mod gates;
mod gone;
mod includes;
mod journeys;
mod judge;
mod keys;
mod levels;
mod license;
mod lifecycle;
mod lineage;
mod loaded;
mod lookup;
mod losses;
mod material;
mod names;
mod past;
mod paths;
mod policies;
mod reach;
mod reading;
mod reference;
pub mod report;
mod rollback;
mod row_findings;
mod rows;
mod run;
mod scope;
mod signers;
mod template;
mod trust;
mod unread;
mod weakened;

pub use checksum::{CHECKSUM_PLACEHOLDER, Stage, sealed};
pub use comparison::{changes_between, step_between};
pub use dependency::{DEP_DIAMOND, DEP_YANKED, MODEL_REFERENCE_FLOATING};
pub use evaluation::read_suite;
pub use lineage::{changed, graph};
pub use loaded::Loaded;
pub use lookup::read_entries;
pub use material::Material;
pub use past::{Base, Named};
pub use paths::{Collision, collisions};
pub use policies::{ReadPolicy, read_policy};
pub use reading::Reading;
pub use reference::{DEP_FLOATING, LINK_MISSING};
pub use rollback::{ROLLBACK_TARGET_INCOMPATIBLE, ROLLBACK_TARGET_MISSING};
pub use row_findings::hides_rows;
pub use rows::{RowChanges, row_changes};
pub use run::{Request, Scope, read_entry, run};
pub use scope::{Listed, entries};

use crate::ident::EntryName;
use crate::registry::layout::Layout;
use crate::snapshot::ReadFault;
use crate::version::Version;

/// Reads an entry as it was at a version, from its tag or from the history of its file.
///
/// # Errors
/// When bytes cannot be had.
pub fn content_at(
    base: &Base<'_>,
    layout: &Layout,
    name: &EntryName,
    version: &Version,
) -> Result<Option<Loaded>, ReadFault> {
    Ok(base.content_at(layout, name, version)?.map(|(loaded, _)| loaded))
}

/// Returns the versions of an entry that are published, in the order in which they are looked for.
///
/// # Errors
/// When a tree cannot be read.
pub fn published(
    base: &Base<'_>,
    layout: &Layout,
    name: &EntryName,
) -> Result<Vec<Version>, ReadFault> {
    Ok(base.published(layout, name)?.into_iter().map(|seen| seen.version).collect())
}

/// Returns the versions of an entry that the base says were withdrawn.
///
/// # Errors
/// When a tree cannot be read.
pub fn withdrawn(
    base: &Base<'_>,
    layout: &Layout,
    name: &EntryName,
) -> Result<Vec<Version>, ReadFault> {
    Ok(base.known(layout, name)?.1)
}
