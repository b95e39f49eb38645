//! The environment, read once and handed on as a value.

use std::collections::BTreeMap;

/// The variables that Keelmark and its base detection may look at.
#[derive(Clone, Default)]
pub(super) struct EnvVars {
    known: BTreeMap<String, String>,
    /// Everything else, keys among it: handed out by name only, and never shown.
    others: BTreeMap<String, String>,
}

/// What the names of variables start with that are looked at unasked: those of CI systems, of hook managers
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
        let (known, others) = found
            .filter(|(_, value)| !value.is_empty())
            .partition(|(name, _): &(String, String)| known(name));
        Self { known, others }
    }

    /// Returns the value of a variable that is set and not empty.
    #[must_use]
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.known.get(name).map(String::as_str)
    }

    /// Returns every such variable that is set.
    #[must_use]
    pub(super) const fn all(&self) -> &BTreeMap<String, String> {
        &self.known
    }

    /// Returns those of the variables with these names that are set; a name may be written as the
    /// base's configuration writes it and be anything.
    #[must_use]
    pub(super) fn named<'a>(
        &self,
        names: impl IntoIterator<Item = &'a str>,
    ) -> BTreeMap<String, String> {
        let find = |name: &str| self.known.get(name).or_else(|| self.others.get(name)).cloned();
        names.into_iter().filter_map(|name| Some((name.to_owned(), find(name)?))).collect()
    }
}

impl std::fmt::Debug for EnvVars {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EnvVars").field("known", &self.known).finish_non_exhaustive()
    }
}
