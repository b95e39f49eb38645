//! What can be typed about recording runs.

use clap::Args;

use super::{ListingFormat, SignArgs};

/// Arguments of `eval record`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keelmark eval record latest\n  keelmark eval record latest --sign --push"
)]
pub struct RecordRunArgs {
    /// The run
    #[arg(value_name = "RUN")]
    pub run: String,
    /// Whether the records are signed
    #[command(flatten)]
    pub signing: SignArgs,
    /// Push evidence and ledger
    #[arg(long)]
    pub push: bool,
    /// Show what would be recorded
    #[arg(long)]
    pub dry_run: bool,
    /// How the result is shown
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: ListingFormat,
}

/// Whether a run is recorded, and how
#[derive(Debug, Clone, Copy, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that people type")]
pub struct RecordingArgs {
    /// Record the run in the ledger, and keep its cases as evidence
    #[arg(long, conflicts_with_all = ["filters", "shard"])]
    pub record: bool,
    /// Sign the records with git's signing key, also where the configuration does not ask for it
    #[arg(long, requires = "record", conflicts_with = "no_sign")]
    pub sign: bool,
    /// Do not sign, also where the configuration asks for it
    #[arg(long, requires = "record")]
    pub no_sign: bool,
    /// Push evidence and ledger
    #[arg(long, requires = "record")]
    pub push: bool,
}
