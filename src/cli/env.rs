//! The environment, read once and handed on as a value.

use std::collections::BTreeMap;

/// The variables that Keelmark and its base detection may look at.
#[derive(Debug, Clone, Default)]
pub(super) struct EnvVars(BTreeMap<String, String>);

/// What the names of variables start with that are looked at: those of CI systems, of hook managers
/// and of Keelmark. Git's own are read by git and by the git library.
const PREFIXES: [&str; 6] = ["CI", "GITHUB_", "GITLAB_", "KEELMARK_", "NO_COLOR", "PRE_COMMIT_"];

impl EnvVars {
    /// Reads the process's environment.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads it")]
    pub(super) fn read() -> Self {
        // A variable that is not UTF-8 can name no commit.
        let found = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        let known = |name: &str| PREFIXES.iter().any(|prefix| name.starts_with(prefix));
        Self(found.filter(|(name, value)| known(name) && !value.is_empty()).collect())
    }

    /// Returns the value of a variable that is set and not empty.
    #[must_use]
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Returns every such variable that is set.
    #[must_use]
    pub(super) const fn all(&self) -> &BTreeMap<String, String> {
        &self.0
    }
}
