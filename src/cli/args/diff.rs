//! What can be typed behind `diff`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Arguments of `diff`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keelmark diff                             what the work tree changes\n  keelmark diff v1.0..HEAD                  the whole registry between two revisions\n  keelmark diff billing_refund v1.0 HEAD    one entry between two revisions\n  keelmark diff billing_refund@2.2.0..2.3.0"
)]
pub struct DiffArgs {
    /// The entry, or two revisions `OLD..NEW`; every changed entry unless given
    pub entry: Option<String>,
    /// The old side, or `OLD..NEW`; the base unless given
    pub old: Option<String>,
    /// The new side; the work tree unless given
    pub new: Option<String>,
    /// How the difference is written
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: DiffFormat,
    /// Write the difference to a file
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// How a difference is written
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DiffFormat {
    /// For people: a table, and the words and rows that differ of a single entry
    Human,
    /// One line an entry
    Concise,
    /// For machines
    Json,
    /// One comment on a pull request
    Markdown,
}
