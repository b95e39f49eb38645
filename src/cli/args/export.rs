//! What can be typed behind `export`.

use std::path::PathBuf;

use clap::Args;

use super::{ListingFormat, TreeArgs};

/// Arguments of `export`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keelmark export support_copilot@1.8.0 --out dist    a release, as a folder\n  keelmark export \"model@1.4.2 + prompt@2.3.0\" --out copilot.tar\n  keelmark export --channel production --out dist     what is live there"
)]
pub struct ExportArgs {
    /// The composite: its id, its id with a version, its release tag, or its composite string
    #[arg(required_unless_present = "channel", conflicts_with = "channel")]
    pub composite: Option<String>,
    /// Take what the ledger says is live on a channel
    #[arg(long, value_name = "NAME", conflicts_with = "TreeArgs")]
    pub channel: Option<String>,
    /// A folder that is empty, new or holds an older bundle, or a file that ends in .tar
    #[arg(long, value_name = "PATH")]
    pub out: PathBuf,
    /// Which tree
    #[command(flatten)]
    pub tree: TreeArgs,
    /// Show what would be written
    #[arg(long)]
    pub dry_run: bool,
    /// How the result is written
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: ListingFormat,
}
