//! Compatibility: two contents in, the changes between them and the step that they need out.
//!
//! The room is pure. It sees neither files nor git nor terminals, so the same two contents give
//! the same judgement in the hook, in CI and in a year.

pub mod change;
pub mod composite;
pub mod dataset;
mod dependencies;
pub mod evidence;
mod fields;
pub mod fragment;
mod inputs;
pub mod judge;
mod metadata;
pub mod model;
mod outputs;
mod policies;
pub mod profile;
pub mod prompt;
mod provenance;
pub mod required;
pub mod rows;
mod schema_bounds;
pub mod schema_diff;
mod schema_values;
pub mod step;
mod suggest;
pub mod suite;
pub mod table;
pub mod text;
mod tools;

pub use policies::{admits, is_more_sensitive, is_sensitive};
pub use table::RULES;

use crate::registry::common::Common;
use change::Change;

/// Compares the keys that entries of every kind share: names, lifecycle, promises, dependencies.
///
/// [`prompt::changes`] includes them.
#[must_use]
pub fn common_changes(old: &Common, new: &Common) -> Vec<Change> {
    let mut found = metadata::changes(old, new);
    found.extend(policies::common(old, new));
    change::sort(&mut found);
    found
}
