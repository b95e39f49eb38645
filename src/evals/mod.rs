//! Evals: from a suite to a record, and from a record to a verdict.
//!
//! plan → runner → events → sinks. Everything here takes values and returns values; models are asked
//! through [`crate::provider`], time is a [`crate::time::Clock`], and files are written by `cli`.

pub mod gate;
pub mod record;
