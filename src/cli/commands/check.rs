//! `keelmark check`.

use std::fs;
use std::io::Write as _;

use crate::checks::report::{Report, Source};
use crate::checks::{Scope, Stage};
use crate::cli::apply;
use crate::cli::args::{CheckArgs, Format, ReportArgs};
use crate::cli::assess::{Ground, How, describe};
use crate::cli::context::{CONFIG_FILE, Context, Tree, Wanted, Workspace};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::edit::fix;
use crate::escape;
use crate::finding::Severity;
use crate::output::{concise, github, gitlab, human, json, markdown, sarif};
use crate::path::RepoPath;
use crate::registry::layout::Placed;

pub(in crate::cli) fn run(context: &Context, arguments: &CheckArgs) -> Result<Exit, Failure> {
    let opened = context.open_to_check()?;
    let workspace = opened.workspace(&Wanted::from(&arguments.tree), context)?;
    let scope = scope(&workspace, arguments)?;
    let (report, source) = assess(context, &workspace, arguments, scope.clone())?;
    refuse_empty_selection(&workspace, &scope, &report)?;
    let (report, source) = if arguments.fix {
        let plan = fix::plan(&report.findings);
        apply::apply(&plan, workspace.opened.top()?)?;
        for note in &plan.notes {
            context.printer.say(&format!("fixed {note}"));
        }
        if plan.is_empty() {
            context.printer.say("nothing to fix");
        }
        let workspace = context.open()?.workspace(&Wanted::Worktree, context)?;
        assess(context, &workspace, arguments, scope)?
    } else {
        (report, source)
    };
    write(context, (&report, &source), &arguments.report)?;
    name_other_registries(context, &workspace)?;
    Ok(exit(&report))
}

/// Whoever checks where no registry is, and others are further down, has seen nothing of these.
fn name_other_registries(context: &Context, workspace: &Workspace) -> Result<(), Failure> {
    if workspace.holds_registry()? {
        return Ok(());
    }
    let files = workspace.snapshot().list(&RepoPath::default())?;
    let configurations = files.iter().filter(|f| f.path.file_name() == CONFIG_FILE.as_bytes());
    let folders: Vec<String> = configurations
        .filter_map(|file| Some(escape::line(&file.path.parent()?.to_text())))
        .collect();
    let Some(first) = folders.first() else { return Ok(()) };
    context.printer.say(&format!(
        "note: no registry is here; not checked: {}. At the top, `keelmark -C {first} check` checks that one",
        folders.iter().map(|folder| format!("`{folder}`")).collect::<Vec<_>>().join(", "),
    ));
    Ok(())
}

fn assess(
    context: &Context,
    workspace: &Workspace,
    arguments: &CheckArgs,
    scope: Scope,
) -> Result<(Report, Source), Failure> {
    let ground = Ground::open(workspace, arguments.base.as_deref(), context)?;
    let report = ground.check(
        workspace,
        workspace.snapshot(),
        How { scope, stage: stage(workspace, context) },
    )?;
    Ok((report, ground.source(workspace)))
}

/// Paths that were named and hold nothing to judge are a mistake, not a pass.
fn refuse_empty_selection(
    workspace: &Workspace,
    scope: &Scope,
    report: &Report,
) -> Result<(), Failure> {
    let Scope::Paths(paths) = scope else { return Ok(()) };
    let governed = |path: &RepoPath| {
        Some(path) == workspace.config_path.as_ref()
            || path.is_root()
            || workspace.layout.root() == path
            || workspace.layout.root().is_below(path)
            || matches!(workspace.layout.place(path), Placed::Policy(_))
            || path.is_below(&workspace.layout.root().join("policies"))
    };
    if report.judged > 0 || !report.findings.is_empty() || paths.iter().any(governed) {
        return Ok(());
    }
    let named: Vec<String> = paths.iter().map(|path| format!("`{path}`")).collect();
    Err(Failure::usage(format!("no entry is at or below {}", named.join(", ")))
        .hint("`keelmark list` shows what there is"))
}

/// A revision is what others see; so is whatever a CI system checks.
pub(in crate::cli) fn stage(workspace: &Workspace, context: &Context) -> Stage {
    let revision = matches!(workspace.tree, Tree::Revision { .. });
    let ci =
        ["GITHUB_ACTIONS", "GITLAB_CI"].iter().any(|name| context.environment.get(name).is_some());
    if revision || ci { Stage::Review } else { Stage::Work }
}

fn scope(workspace: &Workspace, arguments: &CheckArgs) -> Result<Scope, Failure> {
    if arguments.all {
        return Ok(Scope::All);
    }
    if arguments.paths.is_empty() {
        return Ok(Scope::Everything);
    }
    let mut paths = Vec::new();
    for typed in &arguments.paths {
        let path = workspace.opened.named_path(typed)?;
        let tree = workspace.snapshot();
        let is_root = path.is_root() || workspace.layout.root().is_below(&path);
        if tree.file(&path)?.is_none() && tree.list(&path)?.is_empty() && !is_root {
            return Err(Failure::usage(format!("`{}` is not in the tree", typed.display()))
                .hint("name a file or folder below the registry"));
        }
        paths.push(path);
    }
    Ok(Scope::Paths(paths))
}

/// Writes a report in the format that was asked for.
pub(in crate::cli) fn write(
    context: &Context,
    (report, source): (&Report, &Source),
    arguments: &ReportArgs,
) -> Result<(), Failure> {
    let format = arguments.format.unwrap_or(Format::Human);
    let mut out = Vec::new();
    match format {
        Format::Human => {
            context.printer.say(&describe(source, context));
            human::write(report, context.printer.style(), &mut out)?;
        }
        Format::Concise => concise::write(report, &mut out)?,
        Format::Json => json::write(&json::v1::check(report, source), &mut out)?,
        Format::Sarif => sarif::write(report, &mut out)?,
        Format::Github => github::write(report, &mut out)?,
        Format::Gitlab => gitlab::write(report, &mut out)?,
        Format::Markdown => markdown::write(report, &mut out)?,
    }
    match &arguments.output {
        None => context.printer.data(&String::from_utf8_lossy(&out)).or_else(ignore_closed)?,
        Some(path) => {
            let mut file = fs::File::create(path)
                .map_err(|e| Failure::usage(format!("cannot write `{}`: {e}", path.display())))?;
            file.write_all(&out)?;
        }
    }
    // In a workflow of GitHub, annotations are added wherever they do not end up inside the report.
    let in_workflow = context.environment.get("GITHUB_ACTIONS").is_some();
    let to_log = arguments.output.is_some() || format == Format::Human;
    if in_workflow && to_log && format != Format::Github {
        let mut annotations = Vec::new();
        github::annotate(report, &mut annotations)?;
        context.printer.data(&String::from_utf8_lossy(&annotations)).or_else(ignore_closed)?;
    }
    Ok(())
}

/// Whoever closed the pipe has read enough.
pub(in crate::cli) fn ignore_closed(error: std::io::Error) -> std::io::Result<()> {
    if error.kind() == std::io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) }
}

/// Findings in the configuration that are about the change, and not about what is written there.
const NO_MISTAKE: [&str; 2] = ["config-registry-moved", "policy-weakened-in-same-change"];

/// Returns the ending that a report calls for.
pub(in crate::cli) fn exit(report: &Report) -> Exit {
    let findings = if report.counts().errors > 0 { Exit::Findings } else { Exit::Success };
    let integrity = if report.breaks_integrity() { Exit::Integrity } else { Exit::Success };
    let misconfigured = report.findings.iter().any(|finding| {
        !finding.inherited
            && finding.severity == Severity::Error
            && finding.path().file_name() == CONFIG_FILE.as_bytes()
            && !NO_MISTAKE.contains(&finding.rule.id)
    });
    let configuration = if misconfigured { Exit::Usage } else { Exit::Success };
    findings.and(integrity).and(configuration)
}
