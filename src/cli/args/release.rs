//! What can be typed about releases.

use clap::{Args, Subcommand};

use super::{LevelArg, ListingFormat};

/// Arguments of `release`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keelmark release prepare support_copilot   # writes pins, version, ADR, notes, changelog\n  keelmark release tag support_copilot --push"
)]
pub struct ReleaseArgs {
    /// What to do
    #[command(subcommand)]
    pub command: ReleaseCommand,
}

/// What `release` can do
#[derive(Debug, Subcommand)]
pub enum ReleaseCommand {
    /// Write what a release needs, as one change for a pull request
    Prepare(PrepareArgs),
    /// Say what a release still needs
    Status(ReleaseStatusArgs),
    /// Make the release tag, and record the release
    Tag(TagArgs),
}

/// Arguments of `release prepare`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keelmark release prepare support_copilot -m \"citation constraint\"\n  keelmark release prepare support_copilot --hold router --dry-run"
)]
pub struct PrepareArgs {
    /// The composite
    pub composite: String,
    /// Leave the pin of a slot as it is
    #[arg(long, value_name = "SLOT")]
    pub hold: Vec<String>,
    /// At least this step; a smaller one than needed is refused
    #[arg(long, value_name = "LEVEL", conflicts_with = "to")]
    pub level: Option<LevelArg>,
    /// Exactly this version
    #[arg(long, value_name = "VERSION")]
    pub to: Option<String>,
    /// Leave the decision proposed, for a candidate
    #[arg(long)]
    pub rc: bool,
    /// What the release is about, in a few words
    #[arg(short, long, value_name = "TEXT")]
    pub message: Option<String>,
    /// What the change starts from
    #[arg(long, value_name = "REV")]
    pub base: Option<String>,
    /// Show what would be written
    #[arg(long)]
    pub dry_run: bool,
}

/// Whether to sign
#[derive(Debug, Clone, Copy, Args)]
#[group(multiple = false)]
pub struct SignArgs {
    /// Sign with git's signing key, also where the configuration does not ask for it
    #[arg(long)]
    pub sign: bool,
    /// Do not sign, also where the configuration asks for it
    #[arg(long)]
    pub no_sign: bool,
}

/// Arguments of `release tag`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keelmark release tag support_copilot --sign --push\n  keelmark release tag support_copilot --rc --dry-run\n  keelmark release tag support_copilot --waive latency_ms --reason \"slow region, mended on Monday\" --until +48h"
)]
pub struct TagArgs {
    /// The composite
    pub composite: String,
    /// A candidate for the first channel: 1.8.0-rc.1
    #[arg(long)]
    pub rc: bool,
    /// Whether to sign
    #[command(flatten)]
    pub signing: SignArgs,
    /// Let a gate stay closed for a while, by its metric; never one of the category safety
    #[arg(long, value_name = "GATE", requires_all = ["reason", "until"])]
    pub waive: Vec<String>,
    /// Why the gates are waived
    #[arg(long, value_name = "TEXT", requires = "waive")]
    pub reason: Option<String>,
    /// Until when: +48h, +7d, or a moment such as 2026-11-27T12:00:00Z
    #[arg(long, value_name = "WHEN", requires = "waive")]
    pub until: Option<String>,
    /// Push tag and ledger, all or nothing
    #[arg(long)]
    pub push: bool,
    /// Show what would be done
    #[arg(long)]
    pub dry_run: bool,
}

/// Arguments of `release status`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keelmark release status\n  keelmark release status support_copilot --format json"
)]
pub struct ReleaseStatusArgs {
    /// The composite; every one unless given
    pub composite: Option<String>,
    /// What the change starts from
    #[arg(long, value_name = "REV")]
    pub base: Option<String>,
    /// How the status is written
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: ListingFormat,
}

/// Arguments of `publish`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keelmark publish --dry-run     # the tags that are missing\n  keelmark publish --push"
)]
pub struct PublishArgs {
    /// Entries; every one unless given
    pub entries: Vec<String>,
    /// Whether to sign
    #[command(flatten)]
    pub signing: SignArgs,
    /// Push the tags, all or none
    #[arg(long)]
    pub push: bool,
    /// Show what would be done
    #[arg(long)]
    pub dry_run: bool,
}

/// Arguments of `approve`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keelmark approve support_copilot\n  keelmark approve support_copilot@1.8.0 -m \"read the refunds cases\" --push"
)]
pub struct ApproveArgs {
    /// The composite, as the last commit has it
    pub reference: String,
    /// What was looked at
    #[arg(short, long, value_name = "TEXT")]
    pub message: Option<String>,
    /// Push the ledger
    #[arg(long)]
    pub push: bool,
    /// Show what would be recorded
    #[arg(long)]
    pub dry_run: bool,
}
