//! The machine, the work tree and the key.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::fault;
use crate::checks;
use crate::cli::assess::{short_reference, span};
use crate::cli::context::{Context, Opened, Workspace};
use crate::cli::failure::Failure;
use crate::cli::signing::Notary;
use crate::doctor::{Branch, Fault, Place, Signing};
use crate::vcs::{Base, BaseReason, SignWish};

/// Looks at where the work tree lies.
///
/// # Errors
/// When the tree cannot be read.
pub(super) fn place(opened: &Opened, workspace: Option<&Workspace>) -> Result<Place, Failure> {
    // Git's folder is there under its own name; under another one only where case does not count.
    let folds_case = opened.top.as_deref().filter(|top| top.join(".git").exists());
    let folds_case = folds_case.map(|top| top.join(".GIT").exists());
    let ignores_case = opened.repository.config("core.ignoreCase");
    let collisions = match workspace {
        Some(workspace) => checks::collisions(&workspace.layout, workspace.snapshot())?,
        None => Vec::new(),
    };
    let shown = |found: &checks::Collision| {
        let slash = if found.folders { "/" } else { "" };
        let [one, other] =
            [&found.one, &found.other].map(|path| format!("{}{slash}", path.to_text()));
        (one, other)
    };
    Ok(Place {
        folds_case,
        ignores_case: ignores_case.is_some_and(|value| value == "true"),
        collisions: collisions.iter().map(shown).collect(),
    })
}

/// Says whether the program that hooks start is there: what `KEELMARK_BIN` names, else `keelmark`.
pub(super) fn program(context: &Context) -> Result<(), Fault> {
    let named = context.environment.get("KEELMARK_BIN");
    let program = named.unwrap_or("keelmark");
    let found = if program.contains('/') {
        is_program(Path::new(program))
    } else {
        let path = context.environment.named(["PATH"]);
        let folders = path.values().flat_map(|path| path.split(':'));
        folders.into_iter().any(|folder| is_program(&Path::new(folder).join(program)))
    };
    if found {
        return Ok(());
    }
    let what = match named {
        Some(named) => format!("KEELMARK_BIN names `{named}`, which is no program that can be run"),
        None => "hooks start `keelmark`, which is not on PATH".to_owned(),
    };
    Err(Fault { what, help: Some("install it, or set KEELMARK_BIN to where it is".to_owned()) })
}

fn is_program(path: &Path) -> bool {
    let runs = |data: std::fs::Metadata| data.is_file() && data.permissions().mode() & 0o111 != 0;
    std::fs::metadata(path).is_ok_and(runs)
}

/// Tells of the branch that changes are judged against.
pub(super) fn branch(workspace: &Workspace, base: &Base, now: i64) -> Branch {
    let repository = &workspace.opened.repository;
    let Some(tip) = &base.tip else { return Branch::NoCommit };
    let name = tip
        .reference
        .as_deref()
        .map_or_else(|| tip.commit.short(), |reference| short_reference(reference).to_owned());
    let asked = workspace.settings.config.default_branch.as_deref();
    let guessed = matches!(base.reason, BaseReason::LocalDefault(_) | BaseReason::HeadItself)
        && repository.guessed_branch(asked).is_ok_and(|guess| guess.is_some());
    let fetched = repository.last_fetch().filter(|_| base.remote.is_some());
    let fetched = fetched.map(|at| span(now.saturating_sub(at).max(0)));
    Branch::Found { name, reason: base.reason.to_string(), fetched, guessed }
}

/// Tells who signs, and what the base's list of keys says of the key.
pub(super) fn signing(workspace: &Workspace, notary: Option<&Notary>, now: i64) -> Signing {
    let repository = &workspace.opened.repository;
    let signer = match repository.signer(SignWish::Configured) {
        Err(found) => return Signing::Broken(fault(&found.into())),
        Ok(None) => return Signing::Off,
        Ok(Some(signer)) => signer,
    };
    let standing = match notary {
        Some(notary) => notary.standing(&signer, now),
        None => {
            repository.standing(&signer, &crate::vcs::Signers::default(), now).map_err(Into::into)
        }
    };
    match standing {
        Err(failure) => Signing::Broken(fault(&failure)),
        Ok(standing) => {
            Signing::On { format: signer.format().to_string(), key: signer.key(), standing }
        }
    }
}
