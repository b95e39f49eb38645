//! One renderer a file, each over a writer; none knows the command line.

pub mod answers;
pub mod checkup;
pub mod claims;
pub mod concise;
pub mod diff;
pub mod dot;
pub mod evals;
pub mod github;
pub mod gitlab;
pub mod grid;
pub mod human;
pub mod json;
pub mod ledger;
pub mod markdown;
pub mod marks;
pub mod mermaid;
pub mod outline;
pub mod rows;
pub mod sarif;
pub mod summary;
pub mod trial;

#[cfg(test)]
mod tests;
