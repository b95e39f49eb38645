//! What the hooks judge, and against what.

use std::collections::BTreeSet;

use crate::checks::report::Report;
use crate::checks::{Scope, Stage};
use crate::cli::apply;
use crate::cli::args::ReportArgs;
use crate::cli::assess::{Ground, How};
use crate::cli::commands::check::{exit, write};
use crate::cli::context::{CONFIG_FILE, Context, Tree, Wanted, Workspace};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::escape;
use crate::finding::Finding;
use crate::path::RepoPath;
use crate::snapshot::Snapshot as _;
use crate::vcs::{Base, BaseFault};

/// Checks a tree against the base that is found for it.
///
/// # Errors
/// When there is no base, or a tree cannot be read.
pub(super) fn against_base(context: &Context, what: (&Wanted, Stage)) -> Result<Exit, Failure> {
    against(context, what, &|workspace| workspace.try_base(None, context))
}

/// Checks the registry at the top, and each one further down that the change touches: git starts
/// hooks at the top, wherever the registry is.
///
/// # Errors
/// When there is no base, or a tree cannot be read.
pub(super) fn against(
    context: &Context,
    (wanted, stage): (&Wanted, Stage),
    base: &dyn Fn(&Workspace) -> Result<Base, BaseFault>,
) -> Result<Exit, Failure> {
    let workspace = context.open_to_check()?.workspace(wanted, context)?;
    let found = match base(&workspace) {
        // Pages, notes and ledgers share no history with the base, and hold no registry either.
        Err(BaseFault::Unrelated { .. }) if !workspace.holds_registry()? => {
            context.printer.say("keelmark: Checked 0 entries: no registry");
            return Ok(Exit::Success);
        }
        found => found?,
    };
    let mut ground = Ground::of(&workspace, found)?;
    // A server hears of one branch after the other; a clone can tell a slip.
    if workspace.opened.top().is_ok() {
        ground.look_for_the_branch(&workspace, context)?;
    }
    let below = registries_below(context, &workspace, &ground)?;
    let mut ending = Exit::Success;
    if below.is_empty() || workspace.config_path.is_some() || !ground.changed.is_empty() {
        ending = judge_one(context, (&workspace, &ground), stage)?;
    }
    for folder in below {
        let mut opened = context.open()?;
        opened.inside = folder;
        let workspace = opened.workspace(wanted, context)?;
        let ground = Ground::of(&workspace, base(&workspace)?)?;
        ending = ending.and(judge_one(context, (&workspace, &ground), stage)?);
    }
    Ok(ending)
}

/// Finds the folders below the top with a configuration of their own that a changed path is in.
///
/// # Errors
/// When a configuration, there or at the top, is gone, or a tree cannot be read.
fn registries_below(
    context: &Context,
    workspace: &Workspace,
    ground: &Ground,
) -> Result<BTreeSet<RepoPath>, Failure> {
    let mut found = BTreeSet::new();
    if context.global.config.is_some() {
        return Ok(found);
    }
    let (repository, before) = (&workspace.opened.repository, ground.before.tree());
    let mut seen = BTreeSet::new();
    for changed in repository.changed(before, workspace.tree.after(), &[])? {
        let mut folder = changed.path.parent();
        while let Some(here) = folder.filter(|here| seen.insert(here.clone())) {
            let config = here.join(CONFIG_FILE);
            if workspace.snapshot().file(&config)?.is_some() {
                // The one at the top is judged by itself.
                if !here.is_root() {
                    found.insert(here.clone());
                }
            } else if ground.before.snapshot().file(&config)?.is_some() {
                return Err(Failure::refused(format!(
                    "`{config}` is gone, so nobody would check its registry"
                ))
                .hint("put it back; if the whole registry is to go, skip the check once"));
            }
            folder = here.parent();
        }
    }
    Ok(found)
}

fn judge_one(
    context: &Context,
    (workspace, ground): (&Workspace, &Ground),
    stage: Stage,
) -> Result<Exit, Failure> {
    let how = How { scope: Scope::Touched, stage };
    let mut report = ground.check(workspace, workspace.snapshot(), how)?;
    // A hook speaks of what stops the commit and of what is worth mending, not of the rest.
    report.findings.retain(|f| !f.inherited && f.severity != crate::finding::Severity::Note);
    let ending = exit(&report);
    if report.findings.is_empty() && report.overridden.is_empty() {
        context.printer.say(&format!("keelmark: {}", crate::output::summary::line(&report)));
        return Ok(ending);
    }
    let source = ground.source(workspace);
    let arguments = ReportArgs { format: None, output: None };
    write(context, (&report, &source), &arguments)?;
    remind_to_add(context, workspace, &report);
    Ok(ending)
}

/// Whoever has mended a file and not added it would be told the same again.
fn remind_to_add(context: &Context, workspace: &Workspace, report: &Report) {
    let Tree::Index(index) = &workspace.tree else { return };
    let Ok(top) = workspace.opened.top() else { return };
    let paths: BTreeSet<&RepoPath> = report.findings.iter().map(Finding::path).collect();
    for path in paths {
        let staged = index.file(path).ok().flatten().and_then(|f| index.read(&f, 1 << 20).ok());
        let on_disk = std::fs::read(apply::on_disk(top, path)).ok();
        // Line ends may differ without anybody's doing.
        let (Some(staged), Some(on_disk)) = (staged, on_disk) else { continue };
        if staged != on_disk && !on_disk.contains(&b'\r') {
            let shown = escape::line(&path.to_text());
            context.printer.say(&format!(
                "note: `{shown}` on disk is not what is staged; `git add {}` if you have mended it",
                escape::word(&path.to_text())
            ));
        }
    }
}
