//! Reports about eval runs, one renderer a format.
//!
//! A renderer writes what [`Report`]s say and adds nothing: what was measured and decided is in
//! them. Everything that comes from a repository or a model passes [`crate::escape`].

mod changes;
pub mod compare;
mod failing;
pub mod github;
pub mod human;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod sarif;
mod standing;
#[cfg(test)]
pub(in crate::output) mod tests;
mod words;

pub(in crate::output) use standing::Standing;

use crate::evals::report::Report;

/// Sorts reports by suite and model, so that equal runs give equal bytes.
pub(in crate::output) fn in_order(reports: &[Report]) -> Vec<&Report> {
    let mut sorted: Vec<&Report> = reports.iter().collect();
    sorted.sort_by_key(|report| (&report.run.suite, &report.run.model, &report.run.id));
    sorted
}

/// Returns the line that ends a report for people: whether the gate is open, and why.
#[must_use]
pub fn verdict_line(report: &Report) -> String {
    let word = Standing::of(report).word();
    crate::escape::line(&format!("gate: {word} — {}", standing::why(report)))
}
