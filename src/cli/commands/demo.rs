//! `keelmark init --demo`: a product with a scripted model. It is released, an edit breaks answers and
//! is mended, a contract change under too small a number is refused, and the mended text is released.

mod files;
mod release;

use std::path::{Path, PathBuf};

use super::check::{ignore_closed, write};
use super::init::{enter, hooks};
use crate::checks::{Scope, Stage};
use crate::cli::apply;
use crate::cli::args::{InitArgs, ReportArgs, SignArgs};
use crate::cli::assess::{Ground, How};
use crate::cli::context::{Context, Opened, Wanted};
use crate::cli::evals::recording::Recording;
use crate::cli::evals::{Caching, Desk, RunOptions, carry_out, judge_run};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::evals::baseline::Baseline;
use crate::evals::report::Report;
use crate::evals::runner::Reach;
use crate::output::evals as formats;
use crate::path::RepoPath;
use crate::plan::{Act, Plan};
use crate::registry::suite::Tier;
use crate::vcs;

use files::{
    BEFORE, COMPOSITE, CONTRACT, FRIENDLIER, MENDED, PATCH, PUBLISHED, TEMPLATE, published,
};

/// The demo asks for nobody's key.
const UNSIGNED: SignArgs = SignArgs { sign: false, no_sign: true };

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
    vcs::write::name_somebody(&dir)?;
    let (published, before) = history(published);
    apply::apply(&before, &dir)?;
    vcs::write::commit_all(&dir, "billing_refund 2.2.0 is published")?;
    apply::apply(&published, &dir)?;
    vcs::write::commit_all(&dir, "billing_refund 2.3.0 is published")?;
    enter(&dir)?;
    hooks(context, &context.open()?);
    let demo = Demo { context, muted: context.muted(), dir: &dir };
    demo.first()?;
    demo.answers()?;
    demo.contract()?;
    demo.second()?;
    demo.proof()?;
    demo.way_back()?;
    let shown = arguments
        .dir
        .as_ref()
        .map_or_else(|| "keelmark-demo".to_owned(), |typed| typed.display().to_string());
    let path = path_hint();
    context.printer.say(&format!(
        "\nThe registry is in {}. Try it:\n{path}  cd {shown}\n  \
         keelmark release status                 # what is released, and what has changed since\n  \
         git apply locale.patch                  # the locale again, now called 2.5.0\n  \
         git commit -am \"ask for the locale\"     # the hook refuses it\n  \
         keelmark bump                           # writes 3.0.0\n  \
         git commit -am \"ask for the locale\"     # now it passes\n  \
         keelmark ledger log                     # runs, releases and the rollback",
        dir.display()
    ));
    Ok(Exit::Success)
}

/// Splits what is written into the registry with the version before, and what follows on it.
fn history(published: Plan) -> (Plan, Plan) {
    let old = |path: &RepoPath| BEFORE.iter().find(|(p, _)| *path == RepoPath::from(*p));
    let mut later = Vec::new();
    let mut acts = Vec::new();
    for act in published.acts {
        match (old(act.path()), act) {
            (Some((_, before)), Act::Create { path, bytes }) => {
                acts.push(Act::Create { path: path.clone(), bytes: (*before).into() });
                later.push(Act::Replace { path, old: (*before).into(), new: bytes });
            }
            (_, act) if *act.path() == RepoPath::from(COMPOSITE) => later.push(act),
            (_, act) => acts.push(act),
        }
    }
    let plan = |acts| Plan { acts, notes: Vec::new() };
    (plan(later), plan(acts))
}

/// The demo while it is made.
struct Demo<'a> {
    context: &'a Context,
    /// For commands whose detail is not the point.
    muted: Context,
    dir: &'a Path,
}

impl Demo<'_> {
    fn say(&self, text: &str) {
        self.context.printer.say(text);
    }

    /// The registry as it is published, and its first release.
    fn first(&self) -> Result<(), Failure> {
        self.say("\nbilling_refund 2.3.0 is published, with golden cases and a scripted model.\n");
        let run = measured(self.context, None)?;
        verdict(self.context, &run.report)?;
        let acts = vec![Act::Create { path: run.baseline.0, bytes: run.baseline.1.into_bytes() }];
        apply::apply(&Plan { acts, notes: Vec::new() }, self.dir)?;
        vcs::write::commit_all(self.dir, "bless the baseline")?;
        self.release(&self.muted, "1.0.0", &release::FIRST)?;
        self.say("\nrelease/support_copilot@1.0.0 is tagged, and live on canary and production.");
        Ok(())
    }

    /// What an edit of the text does to the answers: regression, blocked, mended.
    fn answers(&self) -> Result<(), Failure> {
        self.say("\nAn author makes the text friendlier, and loses the rule about sources:\n");
        self.replace(TEMPLATE, published(TEMPLATE), FRIENDLIER)?;
        let report = measured(self.context, None)?.report;
        self.excerpt(&report)?;
        self.say("\nThe rule comes back, the friendlier words stay:\n");
        self.replace(TEMPLATE, FRIENDLIER, MENDED)?;
        verdict(self.context, &measured(self.context, None)?.report)
    }

    /// Shows the parts of a report that the author looks at first.
    fn excerpt(&self, report: &Report) -> Result<(), Failure> {
        let mut out = Vec::new();
        formats::human::write(
            std::slice::from_ref(report),
            self.context.printer.style(),
            &mut out,
        )?;
        let text = String::from_utf8_lossy(&out);
        let is_first =
            |part: &&str| part.contains("newly failing") || part.contains("did not pass");
        let parts: Vec<&str> = text.split("\n\n").filter(is_first).collect();
        let text = format!("{}\n\n{}\n", parts.join("\n\n"), formats::verdict_line(report));
        Ok(self.context.printer.data(&text).or_else(ignore_closed)?)
    }

    /// What an edit of the contract needs: the check refuses the number. The change is set aside.
    fn contract(&self) -> Result<(), Failure> {
        let before = |path| if path == TEMPLATE { MENDED } else { published(path) };
        for (path, text) in CONTRACT {
            self.replace(path, before(path), text)?;
        }
        let opened = self.context.open()?;
        let workspace = opened.workspace(&Wanted::Worktree, self.context)?;
        let ground = Ground::open(&workspace, None, self.context)?;
        let how = How { scope: Scope::Touched, stage: Stage::Work };
        let report = ground.check(&workspace, workspace.snapshot(), how)?;
        self.say(
            "\nAnother author adds the required input `locale` and calls it 2.4.0. `keelmark check` says:\n",
        );
        let source = ground.source(&workspace);
        let arguments = ReportArgs { format: None, output: None };
        write(self.context, (&report, &source), &arguments)?;
        for (path, text) in CONTRACT {
            self.replace(path, text, before(path))?;
        }
        let (path, text) = PATCH;
        let acts = vec![Act::Create { path: RepoPath::from(path), bytes: text.into() }];
        apply::apply(&Plan { acts, notes: Vec::new() }, self.dir)?;
        self.say(&format!("\nThat change is set aside in {path}."));
        Ok(())
    }

    fn replace(&self, path: &str, old: &str, new: &str) -> Result<(), Failure> {
        let act = Act::Replace { path: RepoPath::from(path), old: old.into(), new: new.into() };
        apply::apply(&Plan { acts: vec![act], notes: Vec::new() }, self.dir)
    }
}

/// A run of the demo's suite.
struct Measured {
    report: Report,
    /// What the run would be blessed as: the file and its text.
    baseline: (RepoPath, String),
}

/// Runs the demo's suite; for a tier, the run is recorded in the ledger.
fn measured(context: &Context, tier: Option<Tier>) -> Result<Measured, Failure> {
    let opened: Opened = context.open()?;
    let workspace = opened.workspace(&Wanted::Worktree, context)?;
    let desk = Desk::open(context, &workspace, None)?;
    let options = RunOptions {
        tier,
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
    drop(finished.lock);
    if tier.is_some() {
        let recording = Recording { sign: UNSIGNED, push: false };
        desk.record(&[&finished.stored], recording)?;
    }
    Ok(Measured { report: rulings.report, baseline: (path, text) })
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
