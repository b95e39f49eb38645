//! `keelmark diff`.

use super::check::{ignore_closed, stage, write};
use crate::checks::report::{EntryReport, Report};
use crate::checks::{Loaded, Scope, read_entry, row_changes};
use crate::cli::args::{DiffArgs, Format};
use crate::cli::assess::{Ground, How, describe};
use crate::cli::context::{Context, Wanted, Workspace, refuse_misconfigured};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::select;
use crate::compat::change::Certainty;
use crate::escape;
use crate::output::human::Style;
use crate::output::{marks, rows};
use crate::vcs::{Base, BaseReason, Tip};
use crate::version::Bump;

pub(in crate::cli) fn run(context: &Context, arguments: &DiffArgs) -> Result<Exit, Failure> {
    let wanted = match &arguments.new {
        Some(revision) => Wanted::Revision(revision.clone()),
        None => Wanted::Worktree,
    };
    let workspace = context.open()?.workspace(&wanted, context)?;
    refuse_misconfigured(&workspace)?;
    let ground = match &arguments.old {
        None => Ground::open(&workspace, None, context)?,
        Some(revision) => {
            // Two revisions were named, so the old one is where the change started.
            let commit = workspace.opened.repository.resolve(revision)?;
            let tip = Some(Tip { commit, reference: Some(revision.clone()) });
            let base = Base {
                tip,
                merge_base: Some(commit),
                reason: BaseReason::Explicit,
                remote: None,
                trusted: None,
            };
            Ground::of(&workspace, base)?
        }
    };
    let how = How { scope: Scope::Touched, stage: stage(&workspace, context) };
    let mut report = ground.check(&workspace, workspace.snapshot(), how)?;
    report.findings.clear();
    if let Some(text) = &arguments.entry {
        let name = select::entry_in(&workspace.layout, workspace.snapshot(), text)
            .or_else(|failure| {
                select::entry_in(&workspace.layout, ground.before.snapshot(), text)
                    .map_err(|_| failure)
            })?
            .name;
        report.entries.retain(|entry| entry.name == name);
    }
    report.judged = report.entries.len();
    let source = ground.source(&workspace);
    if arguments.report.format.unwrap_or(Format::Human) != Format::Human {
        write(context, "keelmark.diff.v1", (&report, &source), &arguments.report)?;
        return Ok(Exit::Success);
    }
    context.printer.say(&describe(&source, context));
    let text = human(&workspace, &ground, &report, context.printer.style())?;
    match &arguments.report.output {
        None => context.printer.data(&text).or_else(ignore_closed)?,
        Some(path) => {
            use std::io::Write as _;
            let mut file = std::fs::File::create(path)
                .map_err(|e| Failure::usage(format!("cannot write `{}`: {e}", path.display())))?;
            file.write_all(text.as_bytes())?;
        }
    }
    Ok(Exit::Success)
}

fn human(
    workspace: &Workspace,
    ground: &Ground,
    report: &Report,
    style: Style,
) -> Result<String, Failure> {
    if report.entries.is_empty() {
        return Ok("no entry differs\n".to_owned());
    }
    let view = ground.view();
    let mut out = String::new();
    for entry in &report.entries {
        out.push_str(&heading(entry));
        for change in &entry.reasons {
            let unknown = if change.certainty == Certainty::Unknown { " (unknown)" } else { "" };
            out.push_str(&format!(
                "  {:<5} {}{unknown}: {}\n",
                change.bump.to_string(),
                change.rule.id,
                escape::line(&change.note)
            ));
        }
        let old = read_entry(&workspace.layout, &entry.name, view.before)?;
        let named = crate::checks::Named { name: "", tree: workspace.snapshot() };
        let new = read_entry(&workspace.layout, &entry.name, named)?;
        if let (Some(old), Some(new)) = (old, new) {
            out.push_str(&texts(&old, &new, style));
            if let Some(changes) = row_changes(&old, &new)? {
                out.push_str(&rows::rows(&changes, style));
            }
        }
        out.push('\n');
    }
    Ok(out)
}

fn heading(entry: &EntryReport) -> String {
    let version = |version: &Option<crate::version::Version>| {
        version.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string)
    };
    let step = match (entry.required, &entry.suggested) {
        (Bump::None, _) => "needs no step".to_owned(),
        (required, Some(suggested)) => format!("needs {required} ({suggested})"),
        (required, None) => format!("needs {required}"),
    };
    format!(
        "{} {}: {} → {}, {step}\n",
        entry.name,
        entry.status.word(),
        version(&entry.base_version),
        version(&entry.version)
    )
}

/// Shows the texts that differ, word by word: `[-old-]` and `{+new+}`, coloured where wanted.
fn texts(old: &Loaded, new: &Loaded, style: Style) -> String {
    let mut out = String::new();
    let (before, after) = (old.texts(), new.texts());
    for (path, text) in &after {
        let Some(was) = before.get(path).filter(|was| *was != text) else { continue };
        out.push_str(&format!("  {}\n", escape::line(path)));
        out.push_str(&marks::differences(was, text, 4, style));
    }
    out
}
