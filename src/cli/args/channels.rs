//! What can be typed about what is live.

use clap::Args;

use super::ListingFormat;

/// Arguments of `rollback`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keelmark rollback production --push                 back to the last good release\n  keelmark rollback production --rehearse --ping      prove the way, change nothing\n  keelmark rollback production --to support_copilot@1.7.2 --force --reason \"answers leak\" --push"
)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that people type")]
pub struct RollbackArgs {
    /// The channel
    pub channel: String,
    /// The release to go back to, by composite and version or by tag; the last good one unless given
    #[arg(long, value_name = "RELEASE")]
    pub to: Option<String>,
    /// Prove the way back and record that; what is live stays
    #[arg(long)]
    pub rehearse: bool,
    /// Ask the provider of each model once
    #[arg(long, requires = "rehearse")]
    pub ping: bool,
    /// Go although somebody breaks, or to another composite, a candidate or a newer release
    #[arg(long, requires = "reason", conflicts_with = "rehearse")]
    pub force: bool,
    /// Why; it is recorded
    #[arg(long, value_name = "TEXT", conflicts_with = "rehearse")]
    pub reason: Option<String>,
    /// Push the ledger
    #[arg(long)]
    pub push: bool,
    /// Show what would be done
    #[arg(long)]
    pub dry_run: bool,
    /// How the result is written
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: ListingFormat,
}

/// Arguments of `status`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  keelmark status\n  keelmark status --format json")]
pub struct StatusArgs {
    /// How the status is written
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: ListingFormat,
}
