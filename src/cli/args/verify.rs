//! What can be typed about verifying.

use clap::Args;

use super::ListingFormat;

/// Arguments of `verify`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keelmark verify                          the newest release of each composite\n  keelmark verify support_copilot@1.8.0    one release\n  keelmark verify --all --deep             everything that can be computed again"
)]
pub struct VerifyArgs {
    /// Release tags, composites with a version, or composite strings; the newest release of each composite unless given
    #[arg(value_name = "REF", conflicts_with = "all")]
    pub references: Vec<String>,
    /// Every release, every tag of an entry, and the whole ledger
    #[arg(long)]
    pub all: bool,
    /// Also the payloads of evidence, the bundle that went live, and every pack
    #[arg(long)]
    pub deep: bool,
    /// How the claims are written
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: ListingFormat,
}
