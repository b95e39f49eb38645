//! What can be typed. Meaning is given to it in `context` and in each command.

mod channels;
mod diff;
mod docs;
mod doctor;
mod documents;
mod eval;
mod export;
mod hook;
mod ledger;
mod lineage;
mod record;
mod release;
mod rules;
mod verify;
mod why;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use channels::{RollbackArgs, StatusArgs};
pub use diff::{DiffArgs, DiffFormat};
pub use docs::{DocsArgs, DocsBuildArgs, DocsCommand};
pub use doctor::DoctorArgs;
pub use documents::{
    AdrArgs, AdrCommand, ListAdrArgs, NewAdrArgs, NotesArgs, NotesFormat, SupersedeArgs,
};
pub use eval::{
    BisectArgs, BlessArgs, CompareArgs, EvalArgs, EvalCommand, EvalReportArgs, GcArgs,
    ListRunsArgs, MergeArgs, PlanArgs, ReplayArgs, ReportFormat, RunArgs, SelectionArgs,
    SelfTestArgs, ShowRunArgs, TierArg, TryArgs,
};
pub use export::ExportArgs;
pub use hook::{CiSystem, HookArgs, HookCommand, HookName};
pub use ledger::{
    LedgerArchiveArgs, LedgerArgs, LedgerCommand, LedgerExportArgs, LedgerFormat, LedgerLogArgs,
    LedgerPushArgs, LedgerShowArgs, LedgerVerifyArgs, RecordFilter,
};
pub use lineage::{GraphArgs, GraphFormat, ImpactArgs};
pub use record::{RecordRunArgs, RecordingArgs};
pub use release::{
    ApproveArgs, PrepareArgs, PublishArgs, ReleaseArgs, ReleaseCommand, ReleaseStatusArgs,
    SignArgs, TagArgs,
};
pub use rules::{ExplainArgs, RulesArgs, RulesFormat};
pub use verify::VerifyArgs;
pub use why::WhyArgs;

/// Keelmark: a git-native registry and release gate for prompts, datasets and models
#[derive(Debug, Parser)]
#[command(
    name = "keelmark",
    bin_name = "keelmark",
    version,
    disable_help_subcommand = true,
    after_help = "Examples:\n  keelmark init --demo demo    a registry to play with\n  keelmark check               what is wrong, and which version the change needs"
)]
pub struct Cli {
    /// Options of every command
    #[command(flatten)]
    pub global: Global,
    /// The command
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// Run as if started in DIR
    #[arg(short = 'C', long = "directory", value_name = "DIR", global = true)]
    pub directory: Option<PathBuf>,
    /// Read this configuration instead of the nearest keelmark.yaml
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// When to use colours
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true)]
    pub color: Color,
    /// Print results only, no talk
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Print more
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// Show no progress bars
    #[arg(long, global = true)]
    pub no_progress: bool,
}

/// When to use colours
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The commands
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Set up a registry in a repository
    Init(InitArgs),
    /// Scaffold an entry
    New(NewArgs),
    /// Validate entries and judge the versions of what changed
    Check(CheckArgs),
    /// Show what changed in meaning, and which step it needs
    Diff(DiffArgs),
    /// Write the version, changelog line and checksums that a change needs
    Bump(BumpArgs),
    /// Write or verify checksums
    Seal(SealArgs),
    /// Rename an entry; the old name stays as an alias
    Mv(MvArgs),
    /// List entries
    List(ListArgs),
    /// Show one entry, at any version
    Show(ShowArgs),
    /// Show the versions of an entry
    Log(LogArgs),
    /// Show what was measured, decided and live of a version, a release or a record
    Why(WhyArgs),
    /// Draw which entry uses which
    Graph(GraphArgs),
    /// Show what depends on an entry or a change, and which suites it would run
    Impact(ImpactArgs),
    /// Render a prompt: the exact messages that would be sent
    Render(RenderArgs),
    /// Ask a prompt once: the published answer and yours, side by side
    Try(TryArgs),
    /// Run suites, record them, judge them, compare them
    Eval(EvalArgs),
    /// Look at, verify, push and export the record of decisions
    Ledger(LedgerArgs),
    /// Tag the merged versions of entries
    Publish(PublishArgs),
    /// Approve a composite with your signing key
    Approve(ApproveArgs),
    /// Write a composite for run time, without git
    Export(ExportArgs),
    /// Begin, list and replace decision records
    Adr(AdrArgs),
    /// Write what changed between two revisions, as release notes
    Notes(NotesArgs),
    /// Write the handbook: the documents that the registry can answer for
    Docs(DocsArgs),
    /// Prepare, tag and follow releases
    Release(ReleaseArgs),
    /// Compute again what releases claim, offline
    Verify(VerifyArgs),
    /// Take a channel back to its last good release
    Rollback(RollbackArgs),
    /// Show what is live, since when, and whether there is a way back
    Status(StatusArgs),
    /// Look whether hooks, clone, keys, tags, ledger and ways back are sound
    Doctor(DoctorArgs),
    /// List every rule
    Rules(RulesArgs),
    /// Show the page of a rule
    Explain(ExplainArgs),
    /// Install, remove, inspect or run the git hooks
    Hook(HookArgs),
    /// Write a completion script
    Completions(CompletionsArgs),
    /// Write the manual pages
    Man(ManArgs),
}

/// How a report is written
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people, with the lines in question
    Human,
    /// One line a finding
    Concise,
    /// For machines
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of GitHub workflows
    Github,
    /// Code quality of GitLab's merge requests
    Gitlab,
    /// One comment on a pull request
    Markdown,
}

/// How a listing is written
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ListingFormat {
    /// For people
    Human,
    /// For machines
    Json,
}

/// Arguments of `init`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keelmark init                set up this repository\n  keelmark init --demo demo    a fresh repository with the demo product"
)]
pub struct InitArgs {
    /// Where; this folder unless given
    pub dir: Option<PathBuf>,
    /// Make a fresh repository with a small product, and show a refused bump and its mending
    #[arg(long)]
    pub demo: bool,
    /// For which CI system; gitlab where a remote's address says so, else github
    #[arg(long, value_name = "SYSTEM")]
    pub ci: Option<CiSystem>,
    /// Show what would be written
    #[arg(long)]
    pub dry_run: bool,
}

/// Arguments of `new`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keelmark new prompt support/refund\n  keelmark new prompt billing_refund --from prompt.txt"
)]
pub struct NewArgs {
    /// prompt, fragment, dataset, model, suite, judge, profile or composite
    pub kind: String,
    /// The id, such as support/refund
    pub id: String,
    /// Take the template from a text file; its variables become the inputs
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
    /// Who answers for the entry; git's user.name unless given
    #[arg(long)]
    pub owner: Option<String>,
    /// Show what would be written
    #[arg(long)]
    pub dry_run: bool,
}

/// Which tree is taken
#[derive(Debug, Args)]
#[group(multiple = false)]
pub struct TreeArgs {
    /// Take the index: what would be committed
    #[arg(long)]
    pub staged: bool,
    /// Take the work tree (the default)
    #[arg(long)]
    pub worktree: bool,
    /// Take a revision
    #[arg(long, value_name = "REV")]
    pub rev: Option<String>,
}

/// Where a report goes
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// How the report is written; human unless given, in a workflow of GitHub with annotations
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<Format>,
    /// Write the report to a file
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Arguments of `check`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keelmark check                    the work tree against its base\n  keelmark check --all --rev HEAD   every entry of a commit"
)]
pub struct CheckArgs {
    /// Files or folders; everything unless given
    pub paths: Vec<PathBuf>,
    /// Which tree
    #[command(flatten)]
    pub tree: TreeArgs,
    /// What the change starts from
    #[arg(long, value_name = "REV")]
    pub base: Option<String>,
    /// Judge every entry, and inherited findings too
    #[arg(long)]
    pub all: bool,
    /// Apply safe fixes to the work tree
    #[arg(long, conflicts_with_all = ["staged", "rev"])]
    pub fix: bool,
    /// Where the report goes
    #[command(flatten)]
    pub report: ReportArgs,
}

/// The size of a step
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LevelArg {
    /// The third number
    Patch,
    /// The second number
    Minor,
    /// The first number
    Major,
}

/// Arguments of `bump`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keelmark bump -m \"ask for the locale\"     every touched entry\n  keelmark bump billing_refund --to 3.0.0   one entry, to a version of your own\n  keelmark bump billing_refund --level patch --evidence latest"
)]
pub struct BumpArgs {
    /// Entries; every touched one unless given
    pub entries: Vec<String>,
    /// At least this step; a smaller one than needed is refused
    #[arg(long, value_name = "LEVEL", conflicts_with = "to")]
    pub level: Option<LevelArg>,
    /// Exactly this version
    #[arg(long, value_name = "VERSION")]
    pub to: Option<String>,
    /// With --level patch: the run that shows that a changed text is no worse
    #[arg(long, value_name = "RUN")]
    pub evidence: Option<String>,
    /// The text of the changelog line
    #[arg(short, long, value_name = "TEXT")]
    pub message: Option<String>,
    /// What the change starts from
    #[arg(long, value_name = "REV")]
    pub base: Option<String>,
    /// Show what would be written
    #[arg(long)]
    pub dry_run: bool,
}

/// Arguments of `seal`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keelmark seal                     write the checksums of touched entries\n  keelmark seal --check --staged    verify those of the index"
)]
pub struct SealArgs {
    /// Entries; with --check every one, else every touched one unless given
    pub entries: Vec<String>,
    /// Take the bytes of the index
    #[arg(long)]
    pub staged: bool,
    /// Verify and write nothing
    #[arg(long)]
    pub check: bool,
    /// Show what would be written
    #[arg(long, conflicts_with = "check")]
    pub dry_run: bool,
    /// How the result is written
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: ListingFormat,
}

/// Arguments of `mv`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keelmark mv prompt/refund prompt/support/refund\n  keelmark mv refund support/refund --dry-run"
)]
pub struct MvArgs {
    /// The entry
    pub old: String,
    /// Its new id
    pub new: String,
    /// Show what would be done
    #[arg(long)]
    pub dry_run: bool,
}

/// Arguments of `list`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  keelmark list\n  keelmark list prompt --format json")]
pub struct ListArgs {
    /// Only this kind
    pub kind: Option<String>,
    /// Which tree
    #[command(flatten)]
    pub tree: TreeArgs,
    /// How the list is written
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: ListingFormat,
}

/// Arguments of `show`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keelmark show billing_refund\n  keelmark show prompt/billing_refund@2.2.0"
)]
pub struct ShowArgs {
    /// The entry, with or without a version
    pub reference: String,
    /// Which tree
    #[command(flatten)]
    pub tree: TreeArgs,
    /// How the entry is written
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: ListingFormat,
}

/// Arguments of `log`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keelmark log                                     the newest versions of all entries\n  keelmark log billing_refund -n 3\n  keelmark log billing_refund v1.0..HEAD --format json"
)]
pub struct LogArgs {
    /// The entry, every one unless given; with `@VERSION` its history up to that version
    pub entry: Option<String>,
    /// Only versions that these commits brought: `OLD..NEW`, or all below a revision
    pub range: Option<String>,
    /// At most so many, the newest; 20 of all entries unless given
    #[arg(short, long, value_name = "N")]
    pub number: Option<usize>,
    /// How the log is written
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: ListingFormat,
}

/// Arguments of `render`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keelmark render billing_refund --var question=\"Where is my refund?\"\n  keelmark render billing_refund --vars case.yaml --format json"
)]
pub struct RenderArgs {
    /// The prompt, with or without a version
    pub entry: String,
    /// A value for an input
    #[arg(long = "var", value_name = "NAME=VALUE")]
    pub variables: Vec<String>,
    /// Values for inputs, from a YAML or JSON file
    #[arg(long = "vars", value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Which tree
    #[command(flatten)]
    pub tree: TreeArgs,
    /// How the messages are written
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: ListingFormat,
}

/// Arguments of `completions`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keelmark completions bash > /etc/bash_completion.d/keelmark\n  keelmark completions fish > ~/.config/fish/completions/keelmark.fish"
)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: clap_complete::Shell,
}

/// Arguments of `man`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  keelmark man man/\n  keelmark man /usr/local/share/man/man1")]
pub struct ManArgs {
    /// The folder to write to
    pub dir: PathBuf,
}
