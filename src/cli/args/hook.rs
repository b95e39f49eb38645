//! What can be typed behind `hook`, and for which CI system `init` writes.

use clap::{Args, Subcommand, ValueEnum};

/// Arguments of `hook`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  keelmark hook install\n  keelmark hook status")]
pub struct HookArgs {
    /// What to do
    #[command(subcommand)]
    pub command: HookCommand,
}

/// What `hook` can do
#[derive(Debug, Subcommand)]
pub enum HookCommand {
    /// Write the hooks; a hook that is there runs as well
    #[command(
        after_help = "Examples:\n  keelmark hook install\n  keelmark -C /srv/git/registry.git hook install --server"
    )]
    Install {
        /// Write files, though git could run hooks of its configuration: older clients read files alone
        #[arg(long)]
        files: bool,
        /// Write the hook of a server, `update`, in place of those of a working copy
        #[arg(long, conflicts_with = "files")]
        server: bool,
        /// Show what would be written
        #[arg(long)]
        dry_run: bool,
    },
    /// Remove the hooks and put back what was there
    #[command(
        after_help = "Examples:\n  keelmark hook uninstall\n  keelmark hook uninstall --dry-run"
    )]
    Uninstall {
        /// Show what would be removed
        #[arg(long)]
        dry_run: bool,
    },
    /// Say which hooks git would run
    #[command(after_help = "Examples:\n  keelmark hook status\n  keelmark -C ../other hook status")]
    Status,
    /// Run a hook, as git does
    #[command(
        after_help = "Examples:\n  keelmark hook run pre-commit\n  keelmark hook run pre-push origin https://example.com/r.git < refs"
    )]
    Run {
        /// Which hook
        hook: HookName,
        /// What git passes
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

/// The hooks
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum HookName {
    /// Before a commit
    PreCommit,
    /// Before a merge commit
    PreMergeCommit,
    /// Before a push
    PrePush,
    /// On a server, before a reference moves
    Update,
}

/// CI systems that `init` knows
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CiSystem {
    /// Workflows, rulesets, a button for rollbacks
    Github,
    /// A file to include
    Gitlab,
    /// Nothing
    None,
}
