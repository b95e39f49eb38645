//! `keelmark docs`.

mod ledger;
mod material;

use std::path::Path;

use super::check::ignore_closed;
use super::{patch, show_plan};
use crate::cli::apply;
use crate::cli::args::{DocsArgs, DocsBuildArgs, DocsCommand};
use crate::cli::context::{Context, Wanted, Workspace, refuse_misconfigured};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::handbook::{Document, Place};
use crate::path::RepoPath;
use crate::plan::{Act, Plan};
use material::Material;

/// How many lines of a difference are shown for each document.
const MOST_LINES: usize = 12;

pub(in crate::cli) fn run(context: &Context, arguments: &DocsArgs) -> Result<Exit, Failure> {
    match &arguments.command {
        DocsCommand::Build(arguments) => build(context, arguments),
    }
}

/// A document as it stands on disk, and as it would be written.
struct Draft {
    path: RepoPath,
    old: Option<Vec<u8>>,
    new: String,
}

impl Draft {
    /// Says whether the document is as it would be written. Line ends do not count: git may have
    /// changed them.
    fn is_current(&self) -> bool {
        self.old.as_deref().is_some_and(|old| folded(old) == self.new)
    }

    /// Says whether the document is as it would be written, but for what the ledger says.
    fn holds(&self) -> bool {
        self.old.as_deref().is_some_and(|old| Document::holds(&folded(old), &self.new))
    }
}

fn build(context: &Context, arguments: &DocsBuildArgs) -> Result<Exit, Failure> {
    let workspace = context.open()?.workspace(&Wanted::Worktree, context)?;
    refuse_misconfigured(&workspace)?;
    if workspace.config_path.is_none() {
        return Err(Failure::usage(
            "no keelmark.yaml is here or above, so there is nothing to document",
        )
        .hint("`keelmark init` makes one; `-C DIR` names the folder that has it"));
    }
    if let Some(path) = workspace.tree.unmerged().first() {
        return Err(Failure::refused(format!("`{path}` is in conflict"))
            .hint("resolve it first; nothing was written"));
    }
    let place = place(&workspace, arguments.out.as_deref())?;
    let material = Material::read(&workspace, context)?;
    let drafts = drafts(&workspace, &place, &material)?;
    if arguments.check {
        return check(context, &place, &drafts);
    }
    let mut plan = Plan::default();
    for draft in drafts.into_iter().filter(|draft| !draft.is_current()) {
        plan.notes.push(format!("wrote {}", draft.path));
        let Draft { path, old, new } = draft;
        plan.acts.push(match old {
            None => Act::Create { path, bytes: new.into_bytes() },
            Some(old) => Act::Replace { path, old, new: new.into_bytes() },
        });
    }
    if plan.is_empty() {
        context.printer.say(&format!("{} documents are up to date", Document::ALL.len()));
    } else if arguments.dry_run {
        show_plan(context, &plan)?;
    } else {
        apply::apply(&plan, workspace.opened.top()?)?;
        plan.notes.iter().for_each(|note| context.printer.say(note));
    }
    Ok(Exit::Success)
}

fn place(workspace: &Workspace, out: Option<&Path>) -> Result<Place, Failure> {
    let out = match out {
        None => RepoPath::default(),
        Some(typed) => {
            let path = workspace.opened.named_path(typed)?;
            // What git keeps for itself is no place for documents.
            let refused = !path.is_root() && RepoPath::default().resolve(&path.to_text()).is_err();
            if refused || path.as_utf8().is_none() {
                return Err(Failure::usage(format!("`{path}` is no folder for documents"))
                    .hint("name a folder of the repository, such as `docs/handbook`"));
            }
            path
        }
    };
    let home = workspace.config_path.as_ref().and_then(RepoPath::parent).unwrap_or_default();
    Ok(Place { out, registry: workspace.layout.root().clone(), home })
}

fn drafts(
    workspace: &Workspace,
    place: &Place,
    material: &Material,
) -> Result<Vec<Draft>, Failure> {
    let top = workspace.opened.top()?;
    let facts = material.facts(place, &workspace.settings.config);
    let mut drafts = Vec::new();
    let mut handmade = None;
    for document in Document::ALL {
        let path = place.out.join(document.path());
        apply::refuse_links(top, &path)?;
        let old = read(top, &path)?;
        let text = old.as_deref().map(folded).unwrap_or_default();
        if old.as_deref().is_some_and(|bytes| std::str::from_utf8(bytes).is_err()) {
            return Err(Failure::refused(format!("`{path}` is not UTF-8"))
                .hint("save it as UTF-8; nothing was written"));
        }
        if !text.trim().is_empty() && !document.wrote(&text) {
            return Err(not_ours(&path));
        }
        if document == Document::EvaluationHarness && old.is_none() {
            handmade = Some(document);
        }
        let new = document.write(&facts, &text).map_err(|fault| {
            Failure::refused(format!("{path}:{}: {}", fault.line, fault.kind))
                .hint("mend it; nothing was written, so that nothing by hand is lost")
        })?;
        // A table of cases does not say who made it; where no other document stands, a person did.
        if document == Document::TestSuite && handmade.is_some() && !text.is_empty() && text != new
        {
            return Err(not_ours(&path));
        }
        drafts.push(Draft { path, old, new });
    }
    Ok(drafts)
}

fn not_ours(path: &RepoPath) -> Failure {
    Failure::usage(format!("`{path}` was not written by the handbook"))
        .hint("nothing was written; move the file, or write below another folder with `--out`")
}

fn read(top: &Path, path: &RepoPath) -> Result<Option<Vec<u8>>, Failure> {
    match std::fs::read(apply::on_disk(top, path)) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(fault) => Err(Failure::undecided(format!("failed to read `{path}`: {fault}"))),
    }
}

fn folded(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace("\r\n", "\n")
}

/// Names each document that is not as it would be written, with the beginning of the difference.
fn check(context: &Context, place: &Place, drafts: &[Draft]) -> Result<Exit, Failure> {
    let stale: Vec<&Draft> = drafts.iter().filter(|draft| !draft.holds()).collect();
    if stale.is_empty() {
        context.printer.say(&format!("{} documents are up to date", drafts.len()));
        return Ok(Exit::Success);
    }
    let mut out = String::new();
    for draft in &stale {
        let Some(old) = &draft.old else {
            out.push_str(&format!("{} is missing\n", draft.path));
            continue;
        };
        out.push_str(&format!("{} is stale\n", draft.path));
        let patch = patch("", "", folded(old).as_bytes(), draft.new.as_bytes());
        // The first two lines name the files.
        let lines: Vec<&str> = patch.lines().skip(2).collect();
        for line in lines.iter().take(MOST_LINES) {
            out.push_str(&format!("  {line}\n"));
        }
        if let Some(more) = lines.len().checked_sub(MOST_LINES).filter(|more| *more > 0) {
            out.push_str(&format!("  … {more} further lines\n"));
        }
    }
    context.printer.data(&out).or_else(ignore_closed)?;
    let command = place.command();
    context.printer.say(&format!(
        "\n{} of {} documents are stale\nhint: run `{command}`, and commit what it writes",
        stale.len(),
        drafts.len()
    ));
    Ok(Exit::Findings)
}
