//! What can be typed behind `docs`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Arguments of `docs`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  keelmark docs build\n  keelmark docs build --check")]
pub struct DocsArgs {
    /// What to do
    #[command(subcommand)]
    pub command: DocsCommand,
}

/// What `docs` can do
#[derive(Debug, Subcommand)]
pub enum DocsCommand {
    /// Write the seven documents; sections that people wrote by hand are kept
    Build(DocsBuildArgs),
}

/// Arguments of `docs build`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keelmark docs build                        mlops/, observability/ and runbooks/ at the top\n  keelmark docs build --check                for CI: which documents are stale\n  keelmark docs build --out docs/handbook"
)]
pub struct DocsBuildArgs {
    /// The folder to write below; the top of the repository unless given
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Write nothing; fail where a document is not as it would be written
    #[arg(long)]
    pub check: bool,
    /// Show what would be written
    #[arg(long, conflicts_with = "check")]
    pub dry_run: bool,
}
