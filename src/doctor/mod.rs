//! The health of a set-up: facts go in, one line a check comes out. Nothing is asked for here.
//!
//! A warning is what its reader may want so; an error is what will fail when it is needed, such as a
//! hook that git does not run or a release that nobody can go back to.

mod facts;
mod releases;
mod setup;

#[cfg(test)]
mod tests;

pub use facts::{
    Branch, Channel, Facts, Fault, Hook, HookState, Ledger, Orphan, Orphans, Place, Registry,
    Signing, Tag,
};

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing is wrong.
    Ok,
    /// Something is missing that its reader may do without.
    Warning,
    /// Something will fail.
    Error,
}

impl Level {
    /// Returns the word in reports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// What a check is about, in the order of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// The git program.
    Git,
    /// How much of the history is here.
    Clone,
    /// Whether the file system can hold the paths.
    Files,
    /// `keelmark.yaml`.
    Configuration,
    /// Who runs the check at a commit and a push.
    Hooks,
    /// The key that tags and records would be signed with.
    Signing,
    /// What changes are judged against.
    DefaultBranch,
    /// Tags of releases and of entries' versions, against what they lead to.
    Tags,
    /// Tags of what is nowhere in history or in the ledger.
    OrphanTags,
    /// The record of decisions.
    Ledger,
    /// The release that each channel can go back to.
    Rollback,
}

impl Topic {
    /// Returns the word in reports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Git => "git",
            Self::Clone => "clone",
            Self::Files => "files",
            Self::Configuration => "configuration",
            Self::Hooks => "hooks",
            Self::Signing => "signing",
            Self::DefaultBranch => "default-branch",
            Self::Tags => "tags",
            Self::OrphanTags => "orphan-tags",
            Self::Ledger => "ledger",
            Self::Rollback => "rollback",
        }
    }
}

/// One check, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What it is about.
    pub topic: Topic,
    /// Of which of several: a hook, a tag, a channel; empty where there is one only.
    pub about: String,
    /// How it ended.
    pub level: Level,
    /// What was found.
    pub found: String,
    /// How to mend it.
    pub help: Option<String>,
}

impl Check {
    fn new(topic: Topic, level: Level, found: impl Into<String>) -> Self {
        Self { topic, about: String::new(), level, found: found.into(), help: None }
    }

    fn ok(topic: Topic, found: impl Into<String>) -> Self {
        Self::new(topic, Level::Ok, found)
    }

    fn warning(topic: Topic, found: impl Into<String>) -> Self {
        Self::new(topic, Level::Warning, found)
    }

    fn error(topic: Topic, found: impl Into<String>) -> Self {
        Self::new(topic, Level::Error, found)
    }

    fn of_fault(topic: Topic, level: Level, fault: &Fault) -> Self {
        Self { help: fault.help.clone(), ..Self::new(topic, level, fault.what.clone()) }
    }

    fn about(self, about: impl Into<String>) -> Self {
        Self { about: about.into(), ..self }
    }

    fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}

/// Judges a set-up; checks come in the order of topics, and those of one topic as their facts do.
#[must_use]
pub fn judge(facts: &Facts) -> Vec<Check> {
    let mut checks = vec![setup::git(facts.git), setup::history(facts)];
    checks.push(setup::files(&facts.place));
    match &facts.configuration {
        Ok(path) => checks.push(setup::configuration(path.as_deref())),
        Err(fault) => checks.push(Check::of_fault(Topic::Configuration, Level::Error, fault)),
    }
    checks.extend(setup::hooks(facts));
    if let Some(registry) = &facts.registry {
        checks.push(setup::signing(registry));
        checks.push(setup::branch(&registry.branch));
        checks.extend(releases::tags(registry));
        checks.extend(releases::orphans(registry));
        checks.extend(releases::ledger(registry));
        checks.extend(releases::channels(&registry.channels));
    }
    checks
}

/// Returns the worst ending.
#[must_use]
pub fn worst(checks: &[Check]) -> Level {
    checks.iter().map(|check| check.level).max().unwrap_or(Level::Ok)
}
