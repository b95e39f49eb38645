//! `keelmark init --demo`: a product with a scripted model, from a run that passes to an edit that
//! breaks answers, to its mending, to a contract change under too small a number.

use std::path::{Path, PathBuf};

use super::check::{ignore_closed, write};
use super::init::{enter, hooks};
use crate::checks::{Scope, Stage};
use crate::cli::apply;
use crate::cli::args::{InitArgs, ReportArgs};
use crate::cli::assess::{Ground, How};
use crate::cli::context::{Context, Opened, Wanted};
use crate::cli::evals::{Caching, Desk, RunOptions, carry_out, judge_run};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::evals::baseline::Baseline;
use crate::evals::report::Report;
use crate::evals::runner::Reach;
use crate::output::evals as formats;
use crate::path::RepoPath;
use crate::plan::{Act, Plan};
use crate::vcs;

/// The prompt's template, which the author edits.
const TEMPLATE: &str = "registry/prompts/billing_refund/template.md";

/// Names a file of the demo with its text.
macro_rules! demo_file {
    ($path:literal) => {
        ($path, include_str!(concat!("../../../templates/demo/", $path)))
    };
}

/// The registry as it is published.
const PUBLISHED: [(&str, &str); 18] = [
    demo_file!("keelmark.yaml"),
    demo_file!("registry/datasets/golden_2025_09/cases.csv"),
    demo_file!("registry/datasets/golden_2025_09/dataset.yaml"),
    demo_file!("registry/judges/grounded/judge.yaml"),
    demo_file!("registry/judges/grounded/rubric.md"),
    demo_file!("registry/models/cust-copilot/answers.yaml"),
    demo_file!("registry/models/cust-copilot/model.yaml"),
    demo_file!("registry/models/judge-large/model.yaml"),
    demo_file!("registry/models/judge-large/verdicts.yaml"),
    demo_file!("registry/policies/gates.yaml"),
    demo_file!("registry/policies/journeys.yaml"),
    demo_file!("registry/profiles/standard_level2/profile.yaml"),
    demo_file!("registry/prompts/billing_refund/prompt.yaml"),
    demo_file!("registry/prompts/billing_refund/template.md"),
    demo_file!("registry/suites/support_golden/fixtures.yaml"),
    demo_file!("registry/suites/support_golden/suite.yaml"),
    ("README.md", include_str!("../../../templates/demo/README.md")),
    (".gitignore", include_str!("../../../templates/init/gitignore")),
];

/// A friendlier text that has lost the rule about sources.
const FRIENDLIER: &str = include_str!("../../../templates/demo/friendlier/template.md");
/// The same with the rule.
const MENDED: &str = include_str!("../../../templates/demo/mended/template.md");
/// A new required input, under a number that is too small.
const CONTRACT: [(&str, &str); 2] = [
    (
        "registry/prompts/billing_refund/prompt.yaml",
        include_str!("../../../templates/demo/after/prompt.yaml"),
    ),
    (TEMPLATE, include_str!("../../../templates/demo/after/template.md")),
];

/// Makes the demo.
///
/// # Errors
/// The folder is taken, or the file system or git refuses.
pub(super) fn run(context: &Context, dir: &Path, arguments: &InitArgs) -> Result<Exit, Failure> {
    let dir: PathBuf =
        if arguments.dir.is_some() { dir.to_path_buf() } else { dir.join("keelmark-demo") };
    let taken = dir.read_dir().is_ok_and(|mut files| files.next().is_some()) || dir.is_file();
    if taken {
        return Err(Failure::usage(format!("`{}` is not empty", dir.display()))
            .hint("name a folder that does not exist yet: `keelmark init --demo demo`"));
    }
    let published = Plan {
        acts: PUBLISHED
            .iter()
            .map(|(path, text)| Act::Create { path: RepoPath::from(*path), bytes: (*text).into() })
            .collect(),
        notes: Vec::new(),
    };
    if arguments.dry_run {
        super::show_plan(context, &published)?;
        return Ok(Exit::Success);
    }
    apply::make_dir(&dir)
        .map_err(|e| Failure::usage(format!("cannot make `{}`: {e}", dir.display())))?;
    let dir = dir
        .canonicalize()
        .map_err(|e| Failure::usage(format!("cannot enter `{}`: {e}", dir.display())))?;
    vcs::write::init(&dir)?;
    apply::apply(&published, &dir)?;
    vcs::write::commit_all(&dir, "billing_refund 2.3.0 is published")?;
    enter(&dir)?;
    hooks(context, &context.open()?);
    answers(context, &dir)?;
    contract(context, &dir)?;
    let shown = arguments
        .dir
        .as_ref()
        .map_or_else(|| "keelmark-demo".to_owned(), |typed| typed.display().to_string());
    let path = path_hint();
    context.printer.say(&format!(
        "\nThe registry is in {}. Try it:\n{path}  cd {shown}\n  git commit -am \"ask for the locale\"     # the hook refuses it\n  \
         keelmark bump                           # writes 3.0.0\n  \
         git commit -am \"ask for the locale\"     # now it passes\n  keelmark log billing_refund\n  \
         keelmark eval list",
        dir.display()
    ));
    Ok(Exit::Success)
}

/// What an edit of the text does to the answers: pass, regression, blocked, mended.
fn answers(context: &Context, dir: &Path) -> Result<(), Failure> {
    let say = |text: &str| context.printer.say(text);
    say("\nbilling_refund 2.3.0 is published, with golden cases and a scripted model.\n");
    let (report, baseline) = measured(context)?;
    verdict(context, &report)?;
    let acts = vec![Act::Create { path: baseline.0, bytes: baseline.1.into_bytes() }];
    apply::apply(&Plan { acts, notes: Vec::new() }, dir)?;
    vcs::write::commit_all(dir, "bless the baseline")?;
    say("\nAn author makes the text friendlier, and loses the rule about sources:\n");
    replace(dir, TEMPLATE, published(TEMPLATE), FRIENDLIER)?;
    let (report, _) = measured(context)?;
    let mut out = Vec::new();
    let style = context.printer.style();
    formats::human::write(&[report], style, &mut out)?;
    context.printer.data(&String::from_utf8_lossy(&out)).or_else(ignore_closed)?;
    say("\nThe rule comes back, the friendlier words stay:\n");
    replace(dir, TEMPLATE, FRIENDLIER, MENDED)?;
    let (report, _) = measured(context)?;
    verdict(context, &report)
}

/// What an edit of the contract needs: the check refuses the number.
fn contract(context: &Context, dir: &Path) -> Result<(), Failure> {
    for (path, text) in CONTRACT {
        replace(dir, path, if path == TEMPLATE { MENDED } else { published(path) }, text)?;
    }
    let opened = context.open()?;
    let workspace = opened.workspace(&Wanted::Worktree, context)?;
    let ground = Ground::open(&workspace, None, context)?;
    let how = How { scope: Scope::Touched, stage: Stage::Work };
    let report = ground.check(&workspace, workspace.snapshot(), how)?;
    context.printer.say(
        "\nAnother author adds the required input `locale` and calls it 2.4.0. `keelmark check` says:\n",
    );
    let source = ground.source(&workspace);
    let arguments = ReportArgs { format: None, output: None };
    write(context, "keelmark.check.v1", (&report, &source), &arguments)
}

/// Runs the demo's suite, and returns what it would be blessed as.
fn measured(context: &Context) -> Result<(Report, (RepoPath, String)), Failure> {
    let opened: Opened = context.open()?;
    let workspace = opened.workspace(&Wanted::Worktree, context)?;
    let desk = Desk::open(context, &workspace, None)?;
    let options = RunOptions {
        tier: None,
        repeat: None,
        shard: None,
        filters: Vec::new(),
        jobs: None,
        reach: Reach::Offline,
        caching: Caching::AsConfigured,
        max_cost: None,
        time_limit: None,
        resume: None,
    };
    let missing = || Failure::undecided("the demo has no suite");
    let name = desk.suites(&[])?.pop().ok_or_else(missing)?;
    let prepared = desk.prepare(&name, None)?.pop().ok_or_else(missing)?;
    let mut finished = carry_out(&desk, &prepared, &options)?;
    let rulings = judge_run(&desk, Some(&prepared), &mut finished.stored, None)?;
    let record = &rulings.report.run;
    let baseline = Baseline::from_record(record, &rulings.report.cases)
        .map_err(|fault| Failure::undecided(fault.to_string()))?;
    let root = workspace.layout.root();
    let path = Baseline::path(root, &record.suite.entry, &record.model)
        .map_err(|fault| Failure::undecided(fault.to_string()))?;
    let text = baseline.to_json().map_err(std::io::Error::from)?;
    Ok((rulings.report, (path, text)))
}

/// Shows the last line of a report alone.
fn verdict(context: &Context, report: &Report) -> Result<(), Failure> {
    let counts = report.counts;
    let line = formats::verdict_line(report);
    let text = format!(
        "keelmark eval run support_golden: {} of {} cases pass\n{line}\n",
        counts.passed, counts.cases
    );
    Ok(context.printer.data(&text).or_else(ignore_closed)?)
}

fn published(path: &str) -> &'static str {
    PUBLISHED.iter().find(|(p, _)| *p == path).map_or("", |(_, text)| *text)
}

fn replace(dir: &Path, path: &str, old: &str, new: &str) -> Result<(), Failure> {
    let act = Act::Replace { path: RepoPath::from(path), old: old.into(), new: new.into() };
    apply::apply(&Plan { acts: vec![act], notes: Vec::new() }, dir)
}

/// The hook starts `keelmark` by name; where the shell would not find it, the demo says how it does.
#[expect(clippy::disallowed_methods, reason = "PATH decides what the hook finds, nothing else")]
fn path_hint() -> String {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).any(|dir| dir.join("keelmark").is_file());
    let here = std::env::current_exe().ok().and_then(|exe| exe.parent().map(Path::to_path_buf));
    match here.filter(|_| !found) {
        Some(dir) => format!("  export PATH=\"{}:$PATH\"\n", dir.display()),
        None => String::new(),
    }
}
