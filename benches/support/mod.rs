//! What the comparisons stand on: repositories to measure in, programs to start, a table to fill.

pub(crate) mod content;
pub(crate) mod generate;
pub(crate) mod measure;
pub(crate) mod payloads;
pub(crate) mod shell;
pub(crate) mod table;
