//! What can be typed after `eval`, and after `try`.

use clap::{Args, Subcommand, ValueEnum};

use super::{ListingFormat, RecordRunArgs, RecordingArgs, TreeArgs};

/// Arguments of `try`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keelmark try billing_refund --case REF-001\n  keelmark try billing_refund --var question=\"Where is my refund?\" --watch"
)]
pub struct TryArgs {
    /// The prompt
    #[arg(value_name = "ENTRY")]
    pub entry: String,
    /// Take the inputs of this case of a suite that measures the prompt
    #[arg(long = "case", value_name = "ID", conflicts_with = "variables")]
    pub case: Option<String>,
    /// The suite that has the case, where several do
    #[arg(long, value_name = "SUITE", requires = "case")]
    pub suite: Option<String>,
    /// An input; may be given several times
    #[arg(long = "var", value_name = "NAME=VALUE")]
    pub variables: Vec<String>,
    /// A YAML file with inputs
    #[arg(long = "vars", value_name = "FILE", conflicts_with = "case")]
    pub file: Option<std::path::PathBuf>,
    /// The model to ask in place of the prompt's or the suite's
    #[arg(long, value_name = "MODEL")]
    pub model: Option<String>,
    /// Ask again whenever a file of the registry changes, until Ctrl-C
    #[arg(long)]
    pub watch: bool,
    /// Take answers from the cache, recordings and scripts only
    #[arg(long)]
    pub offline: bool,
    /// How the answers are shown
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: ListingFormat,
    /// Compare with the version at this revision
    #[arg(long, value_name = "REV")]
    pub base: Option<String>,
}

/// Arguments of `eval`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keelmark eval run --changed --when pr\n  keelmark eval show latest"
)]
pub struct EvalArgs {
    /// What to do
    #[command(subcommand)]
    pub command: EvalCommand,
}

/// What `eval` can do
#[derive(Debug, Subcommand)]
pub enum EvalCommand {
    /// Run suites, record them, and judge them
    Run(RunArgs),
    /// Show what a run would take: calls, tokens, and the most that it can cost
    Plan(PlanArgs),
    /// List the recorded runs
    List(ListRunsArgs),
    /// Show a run
    Show(ShowRunArgs),
    /// Compare a run with another one or with its baseline
    Compare(CompareArgs),
    /// Make a run the baseline of its suite and model
    Bless(BlessArgs),
    /// Put a finished run into the ledger, and keep its cases as evidence
    Record(RecordRunArgs),
    /// Score the recorded answers again; nothing is asked
    Replay(ReplayArgs),
    /// Join the shards of a run
    Merge(MergeArgs),
    /// Find the published version that first broke a case
    Bisect(BisectArgs),
    /// Say how often the gates raise a false alarm, from the repeats of a run
    SelfTest(SelfTestArgs),
    /// Remove runs and cached answers that are older than the configuration keeps them
    Gc(GcArgs),
}

/// When suites are run
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TierArg {
    /// For a pull request
    Pr,
    /// After a merge
    Merge,
    /// For a release
    Release,
    /// Every night
    Nightly,
}

/// How an eval report is written
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// For people
    Human,
    /// For machines
    Json,
    /// For CI systems that show tests
    Junit,
    /// For a comment on a pull request
    Markdown,
    /// For code scanning, at the lines of the cases
    Sarif,
    /// Annotations of GitHub workflows
    Github,
}

/// Which cases, of which suites
#[derive(Debug, Args)]
pub struct SelectionArgs {
    /// The suites; all of them where none is named
    #[arg(value_name = "SUITE")]
    pub suites: Vec<String>,
    /// Only suites that the change since the base can affect
    #[arg(long)]
    pub changed: bool,
    /// Only suites of this tier, and what it requires
    #[arg(long, value_name = "TIER")]
    pub when: Option<TierArg>,
    /// Only cases with this property: `id=FAQ-*`, `domain=Support`, `metric=exact`, or metadata
    #[arg(long = "filter", value_name = "KEY=VALUE")]
    pub filters: Vec<String>,
    /// Only this part of the cases, of as many as there are machines
    #[arg(long, value_name = "I/N", value_parser = shard)]
    pub shard: Option<(u32, u32)>,
    /// How often each case is run
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub repeat: Option<u32>,
    /// The model to ask in place of those of the suites
    #[arg(long, value_name = "MODEL")]
    pub model: Option<String>,
    /// Which tree is measured
    #[command(flatten)]
    pub tree: TreeArgs,
    /// Compare with this revision
    #[arg(long, value_name = "REV")]
    pub base: Option<String>,
}

/// Arguments of `eval run`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keelmark eval run support_golden\n  keelmark eval run --changed --when pr --format markdown -o report.md"
)]
pub struct RunArgs {
    /// What is run
    #[command(flatten)]
    pub selection: SelectionArgs,
    /// The most calls at once; the configuration's where it is not given
    #[arg(short = 'j', long = "jobs", value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,
    /// The most US dollars that each suite may cost
    #[arg(long = "max-cost", value_name = "USD")]
    pub max_cost: Option<f64>,
    /// How many seconds each suite may take
    #[arg(long = "time-limit", value_name = "SECONDS")]
    pub time_limit: Option<u64>,
    /// Take answers from the cache, recordings and scripts only
    #[arg(long)]
    pub offline: bool,
    /// Neither read nor write the cache of answers
    #[arg(long, conflicts_with = "offline")]
    pub no_cache: bool,
    /// Go on with a run that was stopped or killed
    #[arg(long, value_name = "RUN", conflicts_with_all = ["suites", "changed", "when", "shard", "filters", "repeat", "model"])]
    pub resume: Option<String>,
    /// Pass although a gate is inconclusive, and record why
    #[arg(long = "accept-inconclusive", value_name = "REASON")]
    pub accept_inconclusive: Option<String>,
    /// Whether the runs are recorded
    #[command(flatten)]
    pub recording: RecordingArgs,
    /// How the report is written
    #[command(flatten)]
    pub report: EvalReportArgs,
}

/// Where an eval report goes
#[derive(Debug, Args)]
pub struct EvalReportArgs {
    /// How the report is written; human unless the ending of --output says otherwise
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<ReportFormat>,
    /// Write the report to a file: .json, .xml, .md, .sarif, or anything for people
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    pub output: Option<std::path::PathBuf>,
}

/// Arguments of `eval plan`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keelmark eval plan\n  keelmark eval plan --changed --when pr --format json"
)]
pub struct PlanArgs {
    /// What would be run
    #[command(flatten)]
    pub selection: SelectionArgs,
    /// How the plan is shown
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: ListingFormat,
}

/// Arguments of `eval list`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  keelmark eval list\n  keelmark eval list --format json")]
pub struct ListRunsArgs {
    /// How the list is shown
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: ListingFormat,
}

/// Arguments of `eval show`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keelmark eval show latest\n  keelmark eval show latest --case FAQ-001"
)]
pub struct ShowRunArgs {
    /// The run: its id, a beginning of it, or `latest`
    #[arg(value_name = "RUN")]
    pub run: String,
    /// Show one case with its answer
    #[arg(long = "case", value_name = "ID")]
    pub case: Option<String>,
    /// How the report is written
    #[command(flatten)]
    pub report: EvalReportArgs,
}

/// Arguments of `eval compare`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keelmark eval compare latest\n  keelmark eval compare 20261125T1940 20261125T1955 --format markdown"
)]
pub struct CompareArgs {
    /// The run
    #[arg(value_name = "RUN")]
    pub run: String,
    /// What it is compared with: another run, or `baseline`
    #[arg(value_name = "OTHER", default_value = "baseline")]
    pub other: String,
    /// How the comparison is written
    #[command(flatten)]
    pub report: EvalReportArgs,
}

/// Arguments of `eval bless`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keelmark eval bless latest\n  keelmark eval bless latest --dry-run"
)]
pub struct BlessArgs {
    /// The run
    #[arg(value_name = "RUN")]
    pub run: String,
    /// Show what would be written
    #[arg(long)]
    pub dry_run: bool,
}

/// Arguments of `eval replay`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keelmark eval replay latest\n  keelmark eval replay latest --format json"
)]
pub struct ReplayArgs {
    /// The run; one of the ledger is found by its id or digest, or that of its pack
    #[arg(value_name = "RUN")]
    pub run: String,
    /// How the result is shown
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: ListingFormat,
}

/// Arguments of `eval merge`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keelmark eval merge shard-1 shard-2\n  keelmark eval merge artifacts/a artifacts/b --format junit -o eval.xml"
)]
pub struct MergeArgs {
    /// The shards: runs, or folders with their records
    #[arg(value_name = "RUN", required = true, num_args = 1..)]
    pub runs: Vec<String>,
    /// Pass although a gate is inconclusive, and record why
    #[arg(long = "accept-inconclusive", value_name = "REASON")]
    pub accept_inconclusive: Option<String>,
    /// How the report is written
    #[command(flatten)]
    pub report: EvalReportArgs,
}

/// Arguments of `eval bisect`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keelmark eval bisect REF-001\n  keelmark eval bisect REF-001 --suite support_golden --yes"
)]
pub struct BisectArgs {
    /// The case
    #[arg(value_name = "CASE")]
    pub case: String,
    /// The suite that has the case, where several do
    #[arg(long, value_name = "SUITE")]
    pub suite: Option<String>,
    /// The model to ask in place of that of the suite
    #[arg(long, value_name = "MODEL")]
    pub model: Option<String>,
    /// Spend without asking
    #[arg(long)]
    pub yes: bool,
    /// Take answers from the cache, recordings and scripts only
    #[arg(long)]
    pub offline: bool,
    /// How the result is shown
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: ListingFormat,
}

/// Arguments of `eval self-test`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keelmark eval run support_golden --repeat 4\n  keelmark eval self-test latest"
)]
pub struct SelfTestArgs {
    /// A run with at least two repeats of each case
    #[arg(value_name = "RUN", default_value = "latest")]
    pub run: String,
    /// How the result is shown
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: ListingFormat,
}

/// Arguments of `eval gc`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  keelmark eval gc --dry-run\n  keelmark eval gc")]
pub struct GcArgs {
    /// Show what would be removed
    #[arg(long)]
    pub dry_run: bool,
}

/// Reads `2/4`: which part, of how many.
fn shard(text: &str) -> Result<(u32, u32), String> {
    let parts =
        text.split_once('/').and_then(|(which, of)| Some((which.parse().ok()?, of.parse().ok()?)));
    match parts {
        Some((which, of)) if which >= 1 && which <= of => Ok((which, of)),
        _ => Err("write which part of how many, such as `2/4`".to_owned()),
    }
}
