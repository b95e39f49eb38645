//! What can be typed behind `ledger`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::ListingFormat;

/// Arguments of `ledger`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  keelmark ledger log --kind release\n  keelmark ledger verify")]
pub struct LedgerArgs {
    /// What to do
    #[command(subcommand)]
    pub command: LedgerCommand,
}

/// What `ledger` can do
#[derive(Debug, Subcommand)]
pub enum LedgerCommand {
    /// List records, the one that arrived last first
    Log(LedgerLogArgs),
    /// Show one record
    Show(LedgerShowArgs),
    /// Verify that nothing was edited, dropped or moved
    Verify(LedgerVerifyArgs),
    /// Push the ledger; what others pushed meanwhile is kept
    Push(LedgerPushArgs),
    /// Write the records for other tools
    Export(LedgerExportArgs),
    /// Move old records from the tip into a signed archive
    Archive(LedgerArchiveArgs),
}

/// Which records
#[derive(Debug, Args)]
pub struct RecordFilter {
    /// Only this kind, such as release or approval
    #[arg(long, value_name = "KIND")]
    pub kind: Option<String>,
    /// Only records about this subject
    #[arg(long, value_name = "SUBJECT")]
    pub subject: Option<String>,
    /// Only records of this day (UTC) and later ones
    #[arg(long, value_name = "DATE")]
    pub since: Option<String>,
    /// Take archived records too
    #[arg(long)]
    pub archived: bool,
}

/// Arguments of `ledger log`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keelmark ledger log --since 2026-11-01\n  keelmark ledger log --kind approval --format json"
)]
pub struct LedgerLogArgs {
    /// Which records
    #[command(flatten)]
    pub filter: RecordFilter,
    /// How the list is written
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: ListingFormat,
}

/// Arguments of `ledger show`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keelmark ledger show 1f3a\n  keelmark ledger show 1f3a5c0de2b47a90 --format json"
)]
pub struct LedgerShowArgs {
    /// The id, or enough of its first digits
    pub id: String,
    /// How the record is written
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: ListingFormat,
}

/// Arguments of `ledger verify`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keelmark ledger verify\n  keelmark ledger verify --format json"
)]
pub struct LedgerVerifyArgs {
    /// How the result is written
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: ListingFormat,
}

/// Arguments of `ledger push`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  keelmark ledger push\n  keelmark -C ../service ledger push")]
pub struct LedgerPushArgs {}

/// For which tools records are written
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LedgerFormat {
    /// One record a line, as JSON
    Jsonl,
    /// A table
    Csv,
    /// Statements of in-toto about gates and releases, one a line, unsigned
    InToto,
}

/// Arguments of `ledger export`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keelmark ledger export --format csv -o ledger.csv\n  keelmark ledger export --format in-toto --kind release"
)]
pub struct LedgerExportArgs {
    /// Which records
    #[command(flatten)]
    pub filter: RecordFilter,
    /// How they are written
    #[arg(long, value_name = "FORMAT", default_value = "jsonl")]
    pub format: LedgerFormat,
    /// Write to a file
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Arguments of `ledger archive`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keelmark ledger archive --dry-run --out ledger-2025.bundle\n  keelmark ledger archive --before 2025-01-01 --out ledger-2024.bundle --sign"
)]
pub struct LedgerArchiveArgs {
    /// Archive records of earlier days (UTC); as early as `ledger.retention_months` says unless given
    #[arg(long, value_name = "DATE")]
    pub before: Option<String>,
    /// The file to write, a bundle of git; its signature is written beside it
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Sign the archive, also where the configuration does not ask for it
    #[arg(long)]
    pub sign: bool,
    /// Say how many records would leave the tip
    #[arg(long)]
    pub dry_run: bool,
}
