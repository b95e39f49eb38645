//! What is known of a set-up.

use crate::vcs::Standing;

/// Why something could not be found out or used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong.
    pub what: String,
    /// How to mend it.
    pub help: Option<String>,
}

/// Everything that is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The first two numbers of git's version; `None` where it tells none.
    pub git: Option<(u32, u32)>,
    /// Whether history was cut off.
    pub shallow: bool,
    /// The filter of a partial clone.
    pub partial: Option<String>,
    /// Where the work tree lies.
    pub place: Place,
    /// The path of `keelmark.yaml`, `None` where there is none; or why it cannot be used.
    pub configuration: Result<Option<String>, Fault>,
    /// Whether there is no work tree, so that nobody commits here.
    pub bare: bool,
    /// Whether the program that hooks start is there.
    pub program: Result<(), Fault>,
    /// The hooks, in the order in which git would run them.
    pub hooks: Vec<Hook>,
    /// What the configuration leads to; `None` where it cannot be used.
    pub registry: Option<Registry>,
}

/// Where a work tree lies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// Whether names that differ in case alone are one file there; `None` without a work tree.
    pub folds_case: Option<bool>,
    /// What git was told of that, `core.ignoreCase`.
    pub ignores_case: bool,
    /// Paths of the registry that are one where case does not count, in pairs; those of folders end
    /// with `/`.
    pub collisions: Vec<(String, String)>,
}

/// A hook of a working copy, or of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// The event, such as `pre-commit`.
    pub event: String,
    /// Who runs.
    pub state: HookState,
}

/// Who runs at an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HookState {
    /// Keelmark.
    Runs,
    /// Keelmark, twice.
    RunsTwice,
    /// Keelmark, as another version of it wrote the hook.
    Outdated,
    /// Nobody.
    Absent,
    /// A hook of somebody else, and not Keelmark.
    Foreign,
    /// A hook manager: its name, and whether its configuration names Keelmark.
    Managed {
        /// The manager.
        manager: String,
        /// Whether its configuration names Keelmark.
        named: bool,
    },
    /// The file cannot be executed, so git passes over it.
    NotExecutable {
        /// The file.
        path: String,
    },
    /// It is configured, and this git reads no hooks from its configuration.
    TooNew,
}

/// What the configuration leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registry {
    /// Who signs.
    pub signing: Signing,
    /// The list of keys at the base, where there is one.
    pub list: Option<String>,
    /// What changes are judged against.
    pub branch: Result<Branch, Fault>,
    /// Tags of releases and entries, by name; or why they cannot be read.
    pub tags: Result<Vec<Tag>, Fault>,
    /// Tags of what is nowhere.
    pub orphans: Orphans,
    /// The ledger.
    pub ledger: Result<Ledger, Fault>,
    /// The channels, by name; or why they cannot be read.
    pub channels: Result<Vec<Channel>, Fault>,
}

/// Who signs tags and records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signing {
    /// Git is not told to sign.
    Off,
    /// It is, and that cannot be done.
    Broken(Fault),
    /// It is.
    On {
        /// `ssh` or `gpg`.
        format: String,
        /// The key as the program is told it.
        key: String,
        /// What the list of keys says of it.
        standing: Standing,
    },
}

/// The default branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Branch {
    /// Nothing was committed.
    NoCommit,
    /// It was found.
    Found {
        /// Its name, as people write it.
        name: String,
        /// What says that it is the default one.
        reason: String,
        /// How long ago it was fetched, in words; `None` where it is local or was never fetched.
        fetched: Option<String>,
        /// Whether it was taken for want of anything else.
        guessed: bool,
    },
}

/// A tag of a release or of an entry's version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// Its name, without `refs/tags/`.
    pub name: String,
    /// What is false of it, in the order in which claims build on each other.
    pub fails: Vec<Fault>,
    /// What cannot be decided of it.
    pub unknown: Vec<Fault>,
}

/// Tags of what is nowhere, as far as they could be looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Orphans {
    /// Those that were found, by name.
    pub found: Vec<Orphan>,
    /// Why there may be others.
    pub open: Option<Fault>,
}

/// A tag of what is nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Orphan {
    /// The tag of an entry's version that no published branch has had where the tag leads.
    Entry {
        /// The tag, without `refs/tags/`.
        tag: String,
        /// The commit that it leads to; `None` where it leads to none.
        commit: Option<String>,
        /// Whether a published branch holds that commit.
        held: bool,
        /// The commit of the published history that has the version.
        elsewhere: Option<String>,
    },
    /// A release tag that the ledger does not tell of.
    Release {
        /// The tag, without `refs/tags/`.
        tag: String,
    },
}

impl Orphan {
    /// Returns the tag, without `refs/tags/`.
    #[must_use]
    pub fn tag(&self) -> &str {
        match self {
            Self::Entry { tag, .. } | Self::Release { tag } => tag,
        }
    }
}

/// The ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    /// The branch.
    pub branch: String,
    /// Its tip; `None` where there is no ledger here.
    pub tip: Option<String>,
    /// The remote that it is pushed to.
    pub remote: Option<String>,
    /// Whether the remote's ledger was ever fetched, or this is a copy of it.
    pub heard: bool,
    /// Whether what is here and what was fetched went different ways.
    pub parted: bool,
    /// Records that the remote does not have.
    pub unpushed: usize,
    /// How many records there are.
    pub records: usize,
    /// What is false of it.
    pub fails: Vec<Fault>,
    /// What cannot be decided of it.
    pub unknown: Vec<Fault>,
    /// Whether a release is tagged here.
    pub released: bool,
    /// The words that bring it.
    pub fetch: String,
}

/// A channel, and the release that it can go back to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// Its name.
    pub name: String,
    /// The tag of the release to go back to; `None` where there is none.
    pub target: Option<String>,
    /// Whether it can run; `None` where nobody knows.
    pub runnable: Option<bool>,
    /// Why, in words.
    pub why: String,
}

impl Ledger {
    /// Says whether what it tells of releases can be believed.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.fails.is_empty() && self.unknown.is_empty() && (self.tip.is_some() || !self.released)
    }
}
