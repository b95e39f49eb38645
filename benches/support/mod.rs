//! What the comparisons stand on: repositories to measure in, programs to start, a table to fill.

#![allow(dead_code, reason = "each bench uses its own part")]

pub(crate) mod content;
pub(crate) mod generate;
pub(crate) mod ledger;
pub(crate) mod measure;
pub(crate) mod model;
pub(crate) mod payloads;
pub(crate) mod released;
pub(crate) mod rows;
pub(crate) mod shell;
pub(crate) mod suite;
pub(crate) mod table;
