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
use crate::cli::context::{Context, Opened, Wanted};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::vcs::{Repository, VcsError};

pub(in crate::cli) use state::states;

pub(in crate::cli) fn run(context: &Context, command: HookCommand) -> Result<Exit, Failure> {
    match command {
        HookCommand::Install { dry_run, files, server } => {
            let opened = context.open()?;
            let mode = Mode::from(dry_run);
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

/// Checks every commit that is to be pushed, each against its base.
fn pushed(context: &Context, arguments: &[String]) -> Result<Exit, Failure> {
    let mut commits: Vec<String> = Vec::new();
    if let Some(to) = context.environment.get("PRE_COMMIT_TO_REF") {
        commits.push(to.to_owned());
    } else if !std::io::stdin().is_terminal() {
        let mut lines = String::new();
        let repository = context.open()?.repository;
        // A line is two names and two ids; nobody pushes a million references.
        std::io::stdin().take(1 << 28).read_to_string(&mut lines)?;
        for line in lines.lines() {
            if line.split(' ').count() != 4 {
                return Err(Failure::usage(format!(
                    "`{line}` is no line that git writes to pre-push"
                ))
                .hint("git writes `<local ref> <local id> <remote ref> <remote id>`"));
            }
            if let [_, local, remote, _] = line.split(' ').collect::<Vec<_>>().as_slice()
                && local.bytes().any(|byte| byte != b'0')
                && !commits.iter().any(|c| c == local)
                && !(remote.starts_with("refs/tags/") && leads_to_no_commit(&repository, local))
            {
                commits.push((*local).to_owned());
            }
        }
    }
    context.printer.detail(&format!("pushing to {}", arguments.join(" ")));
    let mut ending = Exit::Success;
    for commit in commits {
        let wanted = Wanted::Revision(commit);
        ending = ending.and(judge::against_base(context, (&wanted, Stage::Review))?);
    }
    Ok(ending)
}

/// A tag may name a tree or a file, which holds no registry.
fn leads_to_no_commit(repository: &Repository, object: &str) -> bool {
    matches!(repository.resolve(object), Err(VcsError::Revision { .. }))
}
