//! Cases of suites: what is put in, what is expected, and what each case must clear.
//!
//! Three formats hold the same fields: CSV with the header of the mission, YAML, and one JSON object
//! a line. Reading never fails for what is written in a file: there are findings with line and
//! column, and whatever could be read beside them. The room knows prompts by their inputs only; it
//! knows no model, no run and no score.

pub mod bar;
pub mod bind;
mod case;
mod csv;
mod file;
mod fixtures;
mod jsonl;
pub mod metric;
mod names;
mod record;
mod row;
pub mod rules;
mod scan;
mod suite;
mod yaml;

#[cfg(test)]
mod tests;

pub use bar::{Bar, Comparison};
pub use case::{Case, CasePlace, Check, Expected, prompt_of, row_digest};
pub use file::{CaseFile, Format, MAX_BYTES, decode, read};
pub use fixtures::Fixtures;
pub use names::{Known, check_names};
pub use rules::RULES;
pub use suite::{Measured, SuiteParts, check_suite};
