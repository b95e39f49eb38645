//! `keelmark diff`: what differs between two trees, which step each entry needs by its content, and
//! why. It refuses nothing; `check` does.

mod look;
mod sides;

use std::io::Write as _;

use super::check::{ignore_closed, stage};
use crate::checks::Scope;
use crate::checks::report::Source;
use crate::cli::args::{DiffArgs, DiffFormat};
use crate::cli::assess::{Ground, How, Walk, describe};
use crate::cli::context::{Context, Opened, Wanted, Workspace, refuse_misconfigured};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::{past, select};
use crate::ident::EntryName;
use crate::output::diff::{self, Difference, human, markdown};
use crate::output::json;
use crate::registry::config::Published;
use crate::snapshot::ObjectName;
use crate::vcs::{Base, BaseReason, Tip};
use crate::version::{Bump, Version};
use look::Look;
use sides::{New, Old, Sides};

pub(in crate::cli) fn run(context: &Context, arguments: &DiffArgs) -> Result<Exit, Failure> {
    let sides = Sides::read(arguments)?;
    let opened = context.open()?;
    let wanted = match &sides.new {
        New::Worktree => Wanted::Worktree,
        New::Revision(revision) => Wanted::Revision(revision.clone()),
        New::Version(version) => {
            let at = commit_of(context, &opened, &sides, version)?;
            Wanted::Revision(at.to_string())
        }
    };
    let workspace = opened.workspace(&wanted, context)?;
    refuse_misconfigured(&workspace)?;
    let (ground, named) = ground(context, &workspace, &sides)?;
    let how = How { scope: Scope::Touched, stage: stage(&workspace, context) };
    let mut report = ground.check(&workspace, workspace.snapshot(), how)?;
    if named.is_some() {
        // Between two revisions the numbers say what they announce, whatever is published.
        for entry in &mut report.entries {
            entry.declared = match (&entry.base_version, &entry.version) {
                (Some(old), Some(new)) if new > old => {
                    new.declared_from(old, ground.trusted.versioning.zerover)
                }
                _ => Bump::None,
            };
        }
    }
    let look = Look { workspace: &workspace, ground: &ground };
    let mut differences = look.differences(report)?;
    if let Some(text) = &sides.entry {
        let name = entry_of(&workspace, &ground, text)?;
        differences.retain(|one| one.report.name == name || one.former.as_ref() == Some(&name));
    }
    let source = match named {
        Some(old) => Source {
            base: Some(old.name),
            base_commit: Some(old.commit.to_string()),
            base_reason: "named".to_owned(),
            fetched_at: None,
            ..ground.source(&workspace)
        },
        None => ground.source(&workspace),
    };
    let is_human = arguments.format == DiffFormat::Human;
    let closer = sides.entry.is_some() || differences.len() == 1 || context.global.verbose;
    if arguments.format == DiffFormat::Json || is_human && closer {
        for difference in &mut differences {
            look.closer(difference)?;
        }
    }
    if is_human {
        context.printer.say(&describe(&source, context));
    }
    let out = write(context, arguments, (&differences, &source), closer)?;
    match &arguments.output {
        None => context.printer.data(&String::from_utf8_lossy(&out)).or_else(ignore_closed)?,
        Some(path) => {
            let mut file = std::fs::File::create(path)
                .map_err(|e| Failure::usage(format!("cannot write `{}`: {e}", path.display())))?;
            file.write_all(&out)?;
        }
    }
    if is_human && !closer && differences.len() > 1 {
        context.printer.say("`-v`, or the name of an entry, shows the words and rows that differ");
    }
    // What nobody can read, nobody can compare.
    let is_whole = differences.iter().all(|difference| difference.unreadable.is_none());
    Ok(if is_whole { Exit::Success } else { Exit::Undecided })
}

fn write(
    context: &Context,
    arguments: &DiffArgs,
    (differences, source): (&[Difference], &Source),
    closer: bool,
) -> Result<Vec<u8>, Failure> {
    let mut out = Vec::new();
    let style = context.printer.style();
    match arguments.format {
        DiffFormat::Concise => diff::concise(differences, &mut out)?,
        DiffFormat::Markdown => markdown::write(differences, &mut out)?,
        DiffFormat::Json => {
            json::write(&json::v1::diff::document(differences, source), &mut out)?;
        }
        DiffFormat::Human => {
            if differences.len() != 1 {
                human::table(differences, style, &mut out)?;
            }
            if closer && differences.len() > 1 {
                writeln!(out)?;
            }
            for difference in differences.iter().filter(|_| closer) {
                human::closer(difference, style, &mut out)?;
            }
        }
    }
    Ok(out)
}

/// A revision of the old side.
struct Named {
    name: String,
    commit: ObjectName,
}

/// Opens the old side. Where it was named, numbers are still taken and bumps believed as a check of
/// the new side would.
fn ground(
    context: &Context,
    workspace: &Workspace,
    sides: &Sides,
) -> Result<(Ground, Option<Named>), Failure> {
    let repository = &workspace.opened.repository;
    let named = match &sides.old {
        Old::Base => return Ok((Ground::open(workspace, None, context)?, None)),
        Old::Revision(revision) => {
            Named { name: revision.clone(), commit: repository.resolve(revision)? }
        }
        Old::MergeBase(revision) => {
            let base = workspace.base(Some(revision), context)?;
            let commit = base.merge_base.ok_or_else(|| {
                Failure::undecided(format!("the new side and `{revision}` share no commit"))
            })?;
            Named { name: commit.to_string(), commit }
        }
        Old::Version(version) => {
            let commit = commit_of(context, &workspace.opened, sides, version)?;
            Named { name: commit.to_string(), commit }
        }
    };
    let commit = named.commit;
    let base = match workspace.try_base(None, context) {
        Ok(base) => Base { merge_base: Some(commit), ..base },
        // Two revisions can be compared though nobody knows what is published.
        Err(_) => Base {
            tip: Some(Tip { commit, reference: Some(named.name.clone()) }),
            merge_base: Some(commit),
            reason: BaseReason::Explicit,
            remote: None,
            trusted: None,
        },
    };
    let mut ground = Ground::of(workspace, base)?;
    // Compared are the two that were named, not the tags between them.
    ground.trusted.versioning.published = Published::Merged;
    Ok((ground, Some(named)))
}

/// Finds the last commit at which the entry that was typed had a version.
fn commit_of(
    context: &Context,
    opened: &Opened,
    sides: &Sides,
    version: &Version,
) -> Result<ObjectName, Failure> {
    let text = sides.entry.as_deref().unwrap_or_default();
    let head = opened.clone().workspace(&Wanted::Revision("HEAD".to_owned()), context)?;
    let name = select::entry(&head, text)?.name;
    let here = select::load(&head.layout, head.snapshot(), &name)?;
    let walk = Walk { repository: opened.repository.clone(), from: opened.repository.head()? };
    let versions = past::versions(&head.layout, &walk, &past::names(&here))?;
    let found = versions.iter().find(|past| past.version == *version);
    found.map(|past| past.until.commit).ok_or_else(|| {
        let failure = Failure::usage(format!("`{name}` never had the version {version} here"));
        failure.hint(format!("`keelmark log {name}` lists its versions"))
    })
}

/// Finds the entry that was typed, on the new side or on the old one.
fn entry_of(workspace: &Workspace, ground: &Ground, text: &str) -> Result<EntryName, Failure> {
    let new = select::entry_in(&workspace.layout, workspace.snapshot(), text);
    let found = new.or_else(|failure| {
        select::entry_in(&workspace.layout, ground.before.snapshot(), text).map_err(|_| failure)
    });
    match found {
        Ok(selected) => Ok(selected.name),
        Err(_) if workspace.opened.repository.resolve(text).is_ok() => {
            Err(Failure::usage(format!("there is no entry `{text}`")).hint(format!(
                "it is a revision: `keelmark diff {text}..HEAD` compares the whole registry"
            )))
        }
        Err(failure) => Err(failure),
    }
}
