//! What can be typed behind `graph` and `impact`.

use clap::{Args, ValueEnum};

use super::{ListingFormat, TreeArgs};

/// How a graph is written
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    /// A flowchart for Markdown pages
    Mermaid,
    /// For Graphviz
    Dot,
    /// For machines
    Json,
    /// For people
    Human,
}

/// Arguments of `graph`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keelmark graph                                    the whole registry, for a Markdown page\n  keelmark graph billing_refund --format dot        what one entry uses, and what uses it"
)]
pub struct GraphArgs {
    /// Entries to draw with what they use and what uses them; everything unless given
    pub entries: Vec<String>,
    /// Which tree
    #[command(flatten)]
    pub tree: TreeArgs,
    /// How the graph is written
    #[arg(long, value_name = "FORMAT", default_value = "mermaid")]
    pub format: GraphFormat,
}

/// Arguments of `impact`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keelmark impact model/cust-copilot            what depends on an entry\n  keelmark impact --changed --format json       what the work tree's change reaches"
)]
pub struct ImpactArgs {
    /// The entry
    #[arg(required_unless_present = "changed", conflicts_with = "changed")]
    pub entry: Option<String>,
    /// Take what the change touches
    #[arg(long)]
    pub changed: bool,
    /// What the change starts from
    // Clap drops a requirement that conflicts with what is there, so the entry is named too.
    #[arg(long, value_name = "REV", requires = "changed", conflicts_with = "entry")]
    pub base: Option<String>,
    /// Which tree
    #[command(flatten)]
    pub tree: TreeArgs,
    /// How the result is written
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: ListingFormat,
}
