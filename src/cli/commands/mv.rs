//! `keelmark mv`.

use crate::cli::apply;
use crate::cli::args::MvArgs;
use crate::cli::context::{Context, Wanted, refuse_misconfigured};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::select;
use crate::edit::rename;
use crate::ident::{EntryName, EntryRef};
use crate::registry::layout::Form;

pub(in crate::cli) fn run(context: &Context, arguments: &MvArgs) -> Result<Exit, Failure> {
    let workspace = context.open()?.workspace(&Wanted::Worktree, context)?;
    refuse_misconfigured(&workspace)?;
    let old = select::entry(&workspace, &arguments.old)?.name;
    let new: EntryRef = arguments
        .new
        .parse()
        .map_err(|fault| Failure::usage(format!("`{}` is no id: {fault}", arguments.new)))?;
    if new.kind.is_some_and(|kind| kind != old.kind) {
        return Err(Failure::usage(format!("`{old}` is a {}; its kind cannot change", old.kind)));
    }
    let target = EntryName::new(old.kind, new.id.clone());
    if target == old {
        return Err(Failure::usage(format!("`{old}` has that id already")));
    }
    if workspace.layout.find(workspace.snapshot(), &target)?.is_some() {
        return Err(Failure::usage(format!("`{target}` exists already")));
    }
    let loaded = select::load(&workspace.layout, workspace.snapshot(), &old)?;
    let entry = &loaded.entry;
    let folder = match entry.form {
        Form::Folder => workspace.layout.entry_folder(&old),
        Form::Single => workspace.layout.kind_folder(old.kind),
    };
    let mut files = Vec::new();
    for file in workspace.snapshot().list(&folder)? {
        let owner = if file.path == *entry.path() {
            Some(old.clone())
        } else {
            workspace.layout.owner(workspace.snapshot(), old.kind, &file.path)?
        };
        if owner.as_ref() == Some(&old) {
            files.push(file.path);
        }
    }
    let at = apply::on_disk(workspace.opened.top()?, entry.path());
    let bytes = std::fs::read(&at)
        .map_err(|e| Failure::undecided(format!("failed to read `{}`: {e}", entry.path())))?;
    let plan = rename::plan(&workspace.layout, entry, &new.id, &files, &bytes)
        .map_err(|fault| Failure::refused(format!("`{}`: {fault}", entry.path())))?;
    if arguments.dry_run {
        super::show_plan(context, &plan)?;
        return Ok(Exit::Success);
    }
    apply::apply(&plan, workspace.opened.top()?)?;
    plan.notes.iter().for_each(|note| context.printer.say(note));
    context
        .printer
        .say("references by the old name still resolve; next: `git add -A`, then `keelmark bump`");
    Ok(Exit::Success)
}
