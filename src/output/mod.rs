//! One renderer a file, each over a writer; none knows the command line.

pub mod concise;
pub mod escape;
pub mod github;
pub mod human;
pub mod json;
pub mod summary;
