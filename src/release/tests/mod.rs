//! Releases of the mission's product, over trees in memory.

mod composition;
pub(in crate::release) mod mission;
mod steps;
