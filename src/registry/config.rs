//! `keelmark.yaml` as written, with every default.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::dataset::Pii;
use crate::version::{Bump, Zerover};

/// What makes a version published.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Published {
    /// A published branch carries it. The default.
    #[default]
    Merged,
    /// A tag names it.
    Tagged,
}

/// Which tags Keelmark makes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tags {
    /// One for each release of a composite. The default.
    #[default]
    Releases,
    /// Also one for each version of an entry.
    Entries,
    /// None.
    None,
}

/// The key `versioning`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Versioning {
    /// What makes a version published.
    pub published: Published,
    /// The branches whose versions are published; `*` stands for any text without `/`.
    pub branches: Vec<String>,
    /// Which tags Keelmark makes.
    pub tags: Tags,
    /// How versions below 1.0.0 are read.
    pub zerover: Zerover,
    /// Whether entry tags follow the form of GTO.
    pub gto_compat: bool,
    /// How many days lie between a deprecation and its sunset at least.
    pub grace_days: u32,
}

impl Default for Versioning {
    fn default() -> Self {
        Self {
            published: Published::Merged,
            branches: vec!["main".to_owned(), "release/*".to_owned()],
            tags: Tags::Releases,
            zerover: Zerover::Cargo,
            gto_compat: false,
            grace_days: 30,
        }
    }
}

/// How much a rule's findings weigh.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// They refuse the change.
    Deny,
    /// They are shown.
    Warn,
    /// They are not shown.
    Allow,
}

/// What the configuration says about one rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RuleSetting {
    /// How much its findings weigh.
    pub level: Option<Level>,
    /// The step that the change asks for.
    pub bump: Option<Bump>,
}

/// One finding that is accepted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Override {
    /// The rule's id.
    pub rule: String,
    /// The entry that the finding belongs to.
    pub entry: String,
    /// The JSON pointer that the finding points at.
    pub pointer: Option<String>,
    /// The fingerprint that the report prints.
    pub fingerprint: String,
    /// Why it is accepted.
    pub reason: String,
}

/// The key `paths`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Paths {
    /// The folder of decision records.
    pub adr: String,
    /// The folder of release notes.
    pub releases: String,
    /// The changelog of the repository.
    pub changelog: String,
    /// The keys of those who sign, as `ssh-keygen` reads them, beside `keelmark.yaml`; whoever writes
    /// it has such a list. See [`Paths::signers`].
    pub signers: Option<String>,
}

impl Paths {
    /// Where the keys of those who sign are, or would be: `allowed_signers` unless it is written.
    #[must_use]
    pub fn signers(&self) -> &str {
        self.signers.as_deref().unwrap_or("allowed_signers")
    }
}

impl Default for Paths {
    fn default() -> Self {
        Self {
            adr: "docs/adr".to_owned(),
            releases: "docs/releases".to_owned(),
            changelog: "CHANGELOG.md".to_owned(),
            signers: None,
        }
    }
}

/// The key `roles` (RACI).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Roles {
    /// Who does the work.
    pub responsible: Vec<String>,
    /// Who answers for it.
    pub accountable: Vec<String>,
    /// Who is asked before.
    pub consulted: Vec<String>,
    /// Who is told after.
    pub informed: Vec<String>,
}

/// What a host may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HostPurpose {
    /// The model under measurement.
    Provider,
    /// The model of a judge.
    Judge,
    /// A guardrail service.
    Guardrail,
    /// Alerts.
    Webhook,
}

/// One host that may be reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Host {
    /// The variable that holds the key sent to this host.
    pub key_env: Option<String>,
    /// What the host may be used for; nothing unless written.
    pub purposes: Vec<HostPurpose>,
    /// The most sensitive data that may be sent.
    pub pii: Pii,
}

impl Default for Host {
    fn default() -> Self {
        Self { key_env: None, purposes: Vec::new(), pii: Pii::None }
    }
}

/// The key `trust`. Only the base's version of it counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Trust {
    /// The hosts that may be reached.
    pub hosts: BTreeMap<String, Host>,
    /// The programs that `command` providers may start.
    pub commands: Vec<String>,
    /// The variables that an entry may name.
    pub env: Vec<String>,
}

impl Default for Trust {
    fn default() -> Self {
        Self {
            hosts: BTreeMap::new(),
            commands: Vec::new(),
            env: vec!["OPENAI_BASE_URL".to_owned()],
        }
    }
}

/// The key `eval`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct EvalLimits {
    /// The most US dollars that one run may cost.
    pub max_cost_usd: f64,
    /// How many calls run at once.
    pub concurrency: u32,
    /// Whether responses are cached.
    pub cache: bool,
    /// How many days run records are kept.
    pub retention_days: u32,
    /// How many days recorded answers are kept.
    pub raw_retention_days: u32,
}

impl Default for EvalLimits {
    fn default() -> Self {
        Self {
            max_cost_usd: 2.0,
            concurrency: 16,
            cache: true,
            retention_days: 400,
            raw_retention_days: 90,
        }
    }
}

/// The key `ledger`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ledger {
    /// The branch that holds it.
    pub branch: String,
    /// The remote that it is pushed to.
    pub remote: String,
    /// How many months records stay at the tip before they may be archived.
    pub retention_months: u32,
}

impl Default for Ledger {
    fn default() -> Self {
        Self {
            branch: "keelmark/ledger".to_owned(),
            remote: "origin".to_owned(),
            retention_months: 18,
        }
    }
}

/// The configuration as written; nothing here is resolved or trusted yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// The version of the file's format.
    pub version: u32,
    /// The folder whose entries Keelmark governs.
    pub registry: String,
    /// The branch that changes are merged into; found from the remote where it is absent.
    pub default_branch: Option<String>,
    /// What stands before every tag.
    pub tag_prefix: String,
    /// Folders outside an entry that payload paths may reach.
    pub shared: Vec<String>,
    /// How versions are counted and published.
    pub versioning: Versioning,
    /// What rules weigh and ask for, by id.
    pub rules: BTreeMap<String, RuleSetting>,
    /// Single findings that are accepted.
    pub overrides: Vec<Override>,
    /// Where generated documents lie.
    pub paths: Paths,
    /// Who does what.
    pub roles: Roles,
    /// Principals of the allowed signers who may approve releases.
    pub approvers: Vec<String>,
    /// What entries may reach.
    pub trust: Trust,
    /// Limits of eval runs.
    pub eval: EvalLimits,
    /// Where decisions are recorded.
    pub ledger: Ledger,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            version: 1,
            registry: "registry".to_owned(),
            default_branch: None,
            tag_prefix: String::new(),
            shared: Vec::new(),
            versioning: Versioning::default(),
            rules: BTreeMap::new(),
            overrides: Vec::new(),
            paths: Paths::default(),
            roles: Roles::default(),
            approvers: Vec::new(),
            trust: Trust::default(),
            eval: EvalLimits::default(),
            ledger: Ledger::default(),
        }
    }
}
