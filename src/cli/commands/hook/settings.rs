//! Hooks in git's configuration: nobody's file is in the way, and `core.hooksPath` does not count.

use super::Mode;
use super::files::{self, CLIENT, Found, belongs_to};
use crate::cli::context::{Context, Opened};
use crate::cli::failure::Failure;
use crate::vcs::ConfiguredHook;

/// The name of our hook for an event.
pub(super) fn name(event: &str) -> String {
    format!("keelmark-{event}")
}

/// What git's shell is told to run; it adds what git passes to the hook.
pub(super) fn command(event: &str) -> String {
    format!("\"${{KEELMARK_BIN:-keelmark}}\" hook run {event}")
}

/// Returns our hook for an event as this repository has it configured.
///
/// # Errors
/// When the configuration cannot be read.
pub(super) fn ours(opened: &Opened, event: &str) -> Result<Option<ConfiguredHook>, Failure> {
    let hooks = opened.repository.configured_hooks(event)?;
    Ok(hooks.into_iter().find(|hook| hook.name == name(event)))
}

/// Names the hooks in the repository's own configuration.
///
/// # Errors
/// When a hook manager has the hooks, or the configuration cannot be written.
pub(super) fn install(context: &Context, opened: &Opened, mode: Mode) -> Result<(), Failure> {
    let dir = opened.repository.hooks_dir()?;
    for (event, _) in CLIENT {
        let path = dir.join(event);
        if let Found::Manager(manager, snippet) = files::found(&path) {
            return Err(belongs_to(manager, snippet, &path));
        }
    }
    let mut done = 0;
    for (event, _) in CLIENT {
        let (name, command) = (name(event), command(event));
        if ours(opened, event)?.is_some_and(|hook| hook.command == command) {
            continue;
        }
        done += 1;
        if mode == Mode::Do {
            opened.repository.configure_hook(&name, event, &command)?;
            context.printer.say(&format!("configured hook.{name}"));
        } else {
            context.printer.say(&format!("would have configured hook.{name}"));
        }
    }
    if done == 0 {
        context.printer.say("the hooks are installed already");
    }
    Ok(())
}

/// Takes the hooks out of the repository's own configuration; says whether there were any.
///
/// # Errors
/// When the configuration cannot be read or written.
pub(super) fn uninstall(context: &Context, opened: &Opened, mode: Mode) -> Result<bool, Failure> {
    let mut any = false;
    for (event, _) in CLIENT {
        if ours(opened, event)?.is_none_or(|hook| hook.scope != "local") {
            continue;
        }
        any = true;
        let name = name(event);
        if mode == Mode::Do {
            opened.repository.forget_hook(&name)?;
            context.printer.say(&format!("removed hook.{name}"));
        } else {
            context.printer.say(&format!("would have removed hook.{name}"));
        }
    }
    Ok(any)
}
