//! What can be typed behind `rules` and `explain`.

use clap::{Args, ValueEnum};

/// How the list of rules is written
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RulesFormat {
    /// For people
    Human,
    /// For machines
    Json,
    /// Tables with links to the pages of rules
    Markdown,
}

/// Arguments of `rules`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  keelmark rules\n  keelmark rules --format json")]
pub struct RulesArgs {
    /// How the list is written
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: RulesFormat,
}

/// Arguments of `explain`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keelmark explain input-required-added\n  keelmark explain version-bump-insufficient"
)]
pub struct ExplainArgs {
    /// The rule's id
    pub rule: String,
}
