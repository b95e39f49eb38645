//! Who runs at a commit, a merge and a push.

use std::path::Path;

use super::files::{self, CLIENT, Found, SERVER};
use super::settings;
use crate::cli::commands::check;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::escape;

/// Prints where hooks are, and a line or more for each of them.
///
/// # Errors
/// When git cannot say where hooks are, or what is configured.
pub(super) fn show(context: &Context) -> Result<Exit, Failure> {
    let opened = context.open()?;
    let dir = opened.repository.hooks_dir()?;
    let reads = opened.repository.runs_configured_hooks()?;
    let mut out = format!("hooks folder: {}\n", dir.display());
    for (event, shim) in CLIENT.iter().chain(&SERVER) {
        let path = dir.join(event);
        let file = files::found(&path);
        let on_server = SERVER.iter().any(|(name, _)| name == event);
        if on_server && !matches!(file, Found::Ours) {
            continue;
        }
        let hooks = opened.repository.configured_hooks(event)?;
        let ours = hooks.iter().any(|hook| hook.name == settings::name(event));
        let mut lines = Vec::new();
        for hook in &hooks {
            let (name, scope) = (escape::line(&hook.name), escape::line(&hook.scope));
            let what = if hook.name == settings::name(event) { "keelmark" } else { &*name };
            lines.push(if reads {
                format!("runs {what} (hook.{name} of git's {scope} configuration)")
            } else {
                format!(
                    "configured as hook.{name}, but this git is older than 2.54 and does not run it"
                )
            });
        }
        if ours && !reads && !matches!(file, Found::Ours) {
            lines.push("`keelmark hook install --files` writes a hook that it runs".to_owned());
        }
        if reads && ours && matches!(file, Found::Ours) {
            lines.push("runs keelmark a second time, as a file; `keelmark hook uninstall`, then `keelmark hook install`, leaves one".to_owned());
        } else if lines.is_empty() || !matches!(file, Found::Nothing) {
            let legacy = dir.join(format!("{event}.legacy")).exists();
            lines.push(match file {
                Found::Other if ours && reads => "a hook of somebody else runs after it".to_owned(),
                _ => of_file(&path, &file, (shim, legacy)),
            });
        }
        for (at, line) in lines.iter().enumerate() {
            let label = if at == 0 { event } else { "" };
            out.push_str(&format!("{label:<17} {line}\n"));
        }
    }
    context.printer.data(&out).or_else(check::ignore_closed)?;
    Ok(Exit::Success)
}

/// Says what git does with a file of the hooks folder.
fn of_file(path: &Path, file: &Found, (shim, legacy): (&str, bool)) -> String {
    let legacy = if legacy { ", after the hook that was there before" } else { "" };
    match file {
        Found::Nothing => "not installed".to_owned(),
        Found::Ours if !is_executable(path) => {
            format!(
                "installed, but not executable; git will not run it (chmod +x {})",
                path.display()
            )
        }
        Found::Ours if std::fs::read(path).is_ok_and(|bytes| bytes != shim.as_bytes()) => {
            format!(
                "installed by another version of Keelmark{legacy}; `keelmark hook install` renews it"
            )
        }
        Found::Ours => format!("runs keelmark{legacy}"),
        Found::Manager(manager, _) => format!("run by {manager}; see its configuration"),
        Found::Other => "a hook of somebody else; `keelmark hook install` runs both".to_owned(),
    }
}

pub(super) fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o111 != 0)
}
