//! `keelmark hook`.

mod files;
mod judge;
mod settings;
mod state;
mod status;
mod update;

use std::io::{IsTerminal as _, Read as _};

use crate::checks::Stage;
use crate::cli::args::{HookCommand, HookName};
use crate::cli::context::{Context, Opened, Tree, Wanted, Workspace};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::snapshot::ObjectName;
use crate::vcs::{Base, BaseFault, BaseReason, Repository, VcsError};

pub(in crate::cli) use state::states;

pub(in crate::cli) fn run(context: &Context, command: HookCommand) -> Result<Exit, Failure> {
    match command {
        HookCommand::Install { dry_run, files, server } => {
            let opened = context.open()?;
            let mode = Mode::from(dry_run);
            // Nobody commits in a bare repository or pushes from it.
            if !server && opened.top.is_none() {
                return Err(Failure::usage(
                    "the hooks of a working copy never run in a bare repository; nothing was written",
                )
                .hint("`keelmark hook install --server` installs the hook of a server; for linked worktrees, install from one of them"));
            }
            if server {
                files::install(context, &opened, (&files::SERVER, mode))?;
            } else if files {
                files::install(context, &opened, (&files::CLIENT, mode))?;
            } else {
                install(context, &opened, mode)?;
            }
            Ok(Exit::Success)
        }
        HookCommand::Uninstall { dry_run } => uninstall(context, dry_run.into()),
        HookCommand::Status => status::show(context),
        HookCommand::Run { hook, arguments } => match hook {
            HookName::PreCommit | HookName::PreMergeCommit => staged(context),
            HookName::PrePush => pushed(context, &arguments),
            HookName::Update => update::judge(context, &arguments),
        },
    }
}

/// Whether something is done or only shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Mode {
    /// It is done.
    Do,
    /// It is shown.
    Show,
}

impl From<bool> for Mode {
    fn from(dry_run: bool) -> Self {
        if dry_run { Self::Show } else { Self::Do }
    }
}

/// Installs the hooks of a working copy: in git's configuration where git reads hooks there, else
/// as files. Files that are there already are kept, so that no hook runs twice.
///
/// # Errors
/// When a hook manager or somebody else's folder is in the way, or nothing can be written.
pub(in crate::cli) fn install(
    context: &Context,
    opened: &Opened,
    mode: Mode,
) -> Result<(), Failure> {
    let by_configuration =
        opened.repository.runs_configured_hooks()? && !files::are_installed(opened)?;
    if by_configuration {
        return settings::install(context, opened, mode);
    }
    files::install(context, opened, (&files::CLIENT, mode))
}

fn uninstall(context: &Context, mode: Mode) -> Result<Exit, Failure> {
    let opened = context.open()?;
    let configured = settings::uninstall(context, &opened, mode)?;
    let written = files::uninstall(context, &opened, mode)?;
    if !configured && !written {
        let dir = opened.repository.hooks_dir()?;
        context.printer.say(&format!("no hook of Keelmark is in {}", dir.display()));
    }
    Ok(Exit::Success)
}

/// Checks what would be committed. It reads the index and writes nothing.
fn staged(context: &Context) -> Result<Exit, Failure> {
    judge::against_base(context, (&Wanted::Index, Stage::Work))
}

/// A commit that is to be pushed, and what the remote has where it goes.
struct Pushed {
    commit: String,
    there: Option<ObjectName>,
}

/// Checks every commit that is to be pushed, each against its base.
fn pushed(context: &Context, arguments: &[String]) -> Result<Exit, Failure> {
    let mut pushes: Vec<Pushed> = Vec::new();
    let repository = context.open()?.repository;
    if let Some(to) = context.environment.get("PRE_COMMIT_TO_REF") {
        let from = context.environment.get("PRE_COMMIT_FROM_REF");
        let there = from.and_then(|from| repository.resolve(from).ok());
        pushes.push(Pushed { commit: to.to_owned(), there });
    } else if !std::io::stdin().is_terminal() {
        let mut lines = String::new();
        // A line is two names and two ids; nobody pushes a million references.
        std::io::stdin().take(1 << 28).read_to_string(&mut lines)?;
        for line in lines.lines() {
            let [_, local, remote, there] = line.split(' ').collect::<Vec<_>>()[..] else {
                return Err(Failure::usage(format!(
                    "`{line}` is no line that git writes to pre-push"
                ))
                .hint("git writes `<local ref> <local id> <remote ref> <remote id>`"));
            };
            let there = Some(there).filter(|there| is_something(there));
            let there = there.and_then(ObjectName::parse);
            if let Some(known) = pushes.iter_mut().find(|push| push.commit == local) {
                known.there = known.there.or(there);
            } else if is_something(local)
                && !(remote.starts_with("refs/tags/") && leads_to_no_commit(&repository, local))
            {
                pushes.push(Pushed { commit: local.to_owned(), there });
            }
        }
    }
    context.printer.detail(&format!("pushing to {}", arguments.join(" ")));
    let mut ending = Exit::Success;
    for push in pushes {
        let wanted = Wanted::Revision(push.commit.clone());
        let base = |workspace: &Workspace| base_of_push(context, workspace, &push);
        ending = ending.and(judge::against(context, (&wanted, Stage::Review), &base)?);
    }
    Ok(ending)
}

/// Finds the base of a push. Where no remote is known, the tip of the default branch has none but
/// what the remote has: the last commit is no step that anybody saw. Nothing there is the first
/// publication.
fn base_of_push(
    context: &Context,
    workspace: &Workspace,
    push: &Pushed,
) -> Result<Base, BaseFault> {
    let found = workspace.try_base(None, context)?;
    let Tree::Revision { commit, .. } = &workspace.tree else { return Ok(found) };
    if found.reason != BaseReason::FirstParent {
        return Ok(found);
    }
    let repository = &workspace.opened.repository;
    // A tag is measured by the commit that it leads to.
    let there = push.there.map(|name| repository.resolve(&name.to_string()).unwrap_or(name));
    update::against(repository, (*commit, there), found.trusted)
}

/// Zeros stand for a reference that is not there.
fn is_something(id: &str) -> bool {
    id.bytes().any(|byte| byte != b'0')
}

/// A tag may name a tree or a file, which holds no registry.
fn leads_to_no_commit(repository: &Repository, object: &str) -> bool {
    matches!(repository.resolve(object), Err(VcsError::Revision { .. }))
}
