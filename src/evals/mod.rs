//! Evals: from a suite to a record, and from a record to a verdict.
//!
//! plan → runner → events → sinks. Everything here takes values and returns values; models are asked
//! through [`crate::provider`], time is a [`crate::time::Clock`], and files are written by `cli`.

pub mod baseline;
pub mod bisect;
pub mod budget;
pub mod cache;
pub mod calibration;
pub mod compare;
pub mod difference;
mod document;
pub mod event;
pub mod evidence;
pub mod gate;
pub mod guard;
pub mod judge;
pub mod pairs;
pub mod plan;
pub mod power;
pub mod prompt;
pub mod record;
pub mod replay;
pub mod report;
pub mod ruling;
pub mod runner;
pub mod score;
pub mod selftest;
pub mod session;
pub mod stability;
pub mod table;
pub mod trial;

#[cfg(test)]
pub(crate) mod samples;
