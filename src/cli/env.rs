//! The environment, read once and handed on as a value.

use std::collections::BTreeMap;

/// Who sets a variable, or whom it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// It is Keelmark's own.
    Keelmark,
    /// It is for evals: models, their servers and their programs.
    Evals,
    /// A CI system sets it.
    Ci,
    /// pre-commit or prek sets it.
    HookManager,
}

impl Reader {
    /// Every group, in the order of the documentation.
    pub const ALL: [Self; 4] = [Self::Keelmark, Self::Evals, Self::Ci, Self::HookManager];

    /// Returns the name of the group's table.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Keelmark => "own variables",
            Self::Evals => "variables of evals",
            Self::Ci => "variables of CI systems",
            Self::HookManager => "variables of hook managers",
        }
    }
}

/// Variables that are read, and what for.
#[derive(Debug)]
pub struct Variable {
    /// Their names.
    pub names: &'static [&'static str],
    /// Who sets them.
    pub reader: Reader,
    /// What they mean, for the documentation.
    pub meaning: &'static str,
}

const fn variable(
    reader: Reader,
    names: &'static [&'static str],
    meaning: &'static str,
) -> Variable {
    Variable { names, reader, meaning }
}

/// Every variable that is read by its name, but for git's own. `docs/reference/environment.md` shows
/// them; variables that the base's configuration names come to them.
pub const VARIABLES: &[Variable] = &[
    variable(
        Reader::Keelmark,
        &["KEELMARK_BASE"],
        "the base, where `--base` is not given; see [git](git.md#the-base)",
    ),
    variable(
        Reader::Keelmark,
        &["KEELMARK_BIN"],
        "the program that the hooks call, where `keelmark` is not on PATH",
    ),
    variable(
        Reader::Keelmark,
        &["KEELMARK_HOOK_RUNNING"],
        "set by the hooks while an older hook runs, so that two hooks that call each other end. Do not set it",
    ),
    variable(Reader::Keelmark, &["NO_COLOR"], "no colours, unless `--color always`"),
    variable(
        Reader::Keelmark,
        &["COLUMNS"],
        "how wide the terminal is for `try` and `eval bisect`: from 100 on two answers stand side by side. Shells set it without exporting it",
    ),
    variable(
        Reader::Evals,
        &["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"],
        "the proxy, as for curl; names in small letters count too",
    ),
    variable(
        Reader::Evals,
        &["SSL_CERT_FILE"],
        "a PEM file of root certificates to trust in place of the built-in ones",
    ),
    variable(
        Reader::Ci,
        &["CI", "GITHUB_ACTIONS", "GITLAB_CI"],
        "under CI a remote that was never fetched is a fault; under the last two stale digests are errors, as they are for a revision, and under `GITHUB_ACTIONS` `check` and reports of `eval` add annotations to the log, beside a report for people or one in a file",
    ),
    variable(
        Reader::Ci,
        &["GITHUB_EVENT_NAME", "GITHUB_EVENT_PATH", "GITHUB_BASE_REF", "GITHUB_REF", "GITHUB_SHA"],
        "the base of a pull request, a merge queue entry or a push",
    ),
    variable(
        Reader::Ci,
        &[
            "CI_MERGE_REQUEST_DIFF_BASE_SHA",
            "CI_MERGE_REQUEST_TARGET_BRANCH_SHA",
            "CI_MERGE_REQUEST_TARGET_BRANCH_NAME",
        ],
        "the base of a GitLab merge request",
    ),
    variable(
        Reader::Ci,
        &["CI_COMMIT_BRANCH", "CI_DEFAULT_BRANCH", "CI_COMMIT_BEFORE_SHA"],
        "the base of a push to the default branch in GitLab",
    ),
    variable(
        Reader::HookManager,
        &["PRE_COMMIT_FROM_REF", "PRE_COMMIT_TO_REF"],
        "what the remote has and the commit that is pushed, where the hook manager has read git's lines already",
    ),
];

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
