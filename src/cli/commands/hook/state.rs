//! Who runs at an event, in one word; for `keelmark doctor`.

use std::path::Path;

use super::files::{self, CLIENT, Found, SERVER};
use super::{settings, status};
use crate::cli::context::Opened;
use crate::cli::failure::Failure;
use crate::doctor::{Hook, HookState};

/// Where hook managers read what they run.
const MANAGED_BY: [&str; 8] = [
    ".pre-commit-config.yaml",
    ".pre-commit-config.yml",
    "prek.toml",
    "lefthook.yml",
    "lefthook.yaml",
    ".lefthook.yml",
    ".lefthook.yaml",
    "lefthook.toml",
];

/// Says who runs at each event: those of a working copy, or of a server where there is no work tree.
///
/// # Errors
/// When git cannot say where hooks are, or what is configured.
pub(in crate::cli) fn states(opened: &Opened) -> Result<Vec<Hook>, Failure> {
    let dir = opened.repository.hooks_dir()?;
    let reads = opened.repository.runs_configured_hooks()?;
    let shims = if opened.top.is_some() { &CLIENT[..] } else { &SERVER[..] };
    let mut hooks = Vec::new();
    for (event, shim) in shims {
        let path = dir.join(event);
        let configured = settings::ours(opened, event)?.is_some();
        let state = match (files::found(&path), configured) {
            (Found::Ours, true) if reads => HookState::RunsTwice,
            (_, true) if reads => HookState::Runs,
            (Found::Ours, _) if !status::is_executable(&path) => {
                HookState::NotExecutable { path: path.display().to_string() }
            }
            (Found::Ours, _)
                if std::fs::read(&path).is_ok_and(|bytes| bytes != shim.as_bytes()) =>
            {
                HookState::Outdated
            }
            (Found::Ours, _) => HookState::Runs,
            (_, true) => HookState::TooNew,
            (Found::Nothing, false) => HookState::Absent,
            (Found::Manager(manager, _), false) => HookState::Managed {
                manager: manager.to_owned(),
                named: opened.top.as_deref().is_some_and(is_named),
            },
            (Found::Other, false) => HookState::Foreign,
        };
        hooks.push(Hook { event: (*event).to_owned(), state });
    }
    Ok(hooks)
}

/// Says whether the configuration of a hook manager names Keelmark.
fn is_named(top: &Path) -> bool {
    let read = |name: &&str| std::fs::read_to_string(top.join(name)).ok();
    MANAGED_BY.iter().filter_map(read).any(|text| text.contains("keelmark"))
}
