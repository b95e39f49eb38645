//! Hooks in the repository's own configuration.

use crate::vcs::error::VcsError;
use crate::vcs::open::Repository;

impl Repository {
    /// Names a hook for an event in the repository's own configuration, which all its work trees
    /// share. An older one of the name is replaced.
    ///
    /// # Errors
    /// When the configuration is locked or cannot be written.
    pub fn configure_hook(&self, name: &str, event: &str, command: &str) -> Result<(), VcsError> {
        let set = |key: &str, value: &str| {
            let key = format!("hook.{name}.{key}");
            self.store.git.run(&["config", "--local", "--replace-all", &key, value])
        };
        // NOTE: git stops at an event whose hook has no command, so the command comes first.
        set("command", command)?;
        set("event", event)?;
        Ok(())
    }

    /// Takes a hook out of the repository's own configuration.
    ///
    /// # Errors
    /// When it is not there, or the configuration cannot be written.
    pub fn forget_hook(&self, name: &str) -> Result<(), VcsError> {
        let section = format!("hook.{name}");
        self.store.git.run(&["config", "--local", "--remove-section", &section])?;
        Ok(())
    }
}
