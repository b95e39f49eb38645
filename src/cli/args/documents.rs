//! What can be typed behind `adr` and `notes`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::ListingFormat;

/// Arguments of `adr`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  keelmark adr new \"Ask for the locale\"\n  keelmark adr list")]
pub struct AdrArgs {
    /// What to do
    #[command(subcommand)]
    pub command: AdrCommand,
}

/// What `adr` can do
#[derive(Debug, Subcommand)]
pub enum AdrCommand {
    /// Begin a decision record in the form of MADR 4.0.0, named by day and title
    New(NewAdrArgs),
    /// List decision records
    List(ListAdrArgs),
    /// Say that one record took the place of another, in both of them
    Supersede(SupersedeArgs),
}

/// Arguments of `adr new`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keelmark adr new \"Ask for the locale\"\n  keelmark adr new \"Ask nobody\" --supersedes 2026-11-25-ask-for-the-locale.md"
)]
pub struct NewAdrArgs {
    /// What is decided, in a few words
    pub title: String,
    /// The record that this one takes the place of
    #[arg(long, value_name = "FILE")]
    pub supersedes: Option<PathBuf>,
    /// Show what would be written
    #[arg(long)]
    pub dry_run: bool,
}

/// Arguments of `adr list`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  keelmark adr list\n  keelmark adr list --format json")]
pub struct ListAdrArgs {
    /// How the list is written
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: ListingFormat,
}

/// Arguments of `adr supersede`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keelmark adr supersede 2026-11-25-old.md 2026-12-01-new.md\n  keelmark adr supersede docs/adr/2026-11-25-old.md docs/adr/2026-12-01-new.md --dry-run"
)]
pub struct SupersedeArgs {
    /// The record that is replaced
    pub old: PathBuf,
    /// The record that takes its place
    pub new: PathBuf,
    /// Show what would be written
    #[arg(long)]
    pub dry_run: bool,
}

/// How notes are written
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum NotesFormat {
    /// A page
    Markdown,
    /// For machines
    Json,
}

/// Arguments of `notes`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keelmark notes                                                    since the last release\n  keelmark notes support_copilot@1.7.3..support_copilot@1.8.0       between two releases"
)]
pub struct NotesArgs {
    /// Revisions or releases, A..B; since the last release unless given
    #[arg(value_name = "A..B")]
    pub range: Option<String>,
    /// How the notes are written
    #[arg(long, value_name = "FORMAT", default_value = "markdown")]
    pub format: NotesFormat,
}
