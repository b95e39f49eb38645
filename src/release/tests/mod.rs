//! Releases of the mission's product, over trees in memory.

mod composition;
mod documents;
pub(in crate::release) mod mission;
mod steps;
