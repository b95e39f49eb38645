//! `keelmark.yaml`: read, checked against its schema, and believed only as far as it is valid.

use serde::Deserialize as _;
use serde_json::Value;

use super::{catalogue, loaded};
use crate::finding::{Family, Finding, Place, Rule, Severity};
use crate::path::RepoPath;
use crate::registry::config::{Config, Override};
use crate::registry::entry::ENTRY_UNREADABLE;
use crate::registry::reason;
use crate::schema::{self, Shape};
use crate::snapshot::{ReadFault, Snapshot};

/// A configuration names a rule that does not exist.
pub(super) static CONFIG_RULE_UNKNOWN: Rule = Rule::error(
    "config-rule-unknown",
    Family::Shape,
    "the configuration names a rule that does not exist",
);
/// The registry would lie outside.
pub(super) static CONFIG_REGISTRY_INVALID: Rule = Rule::error(
    "config-registry-invalid",
    Family::Shape,
    "`registry` is no folder inside the repository",
);

/// The registry is somewhere else than at the base.
pub(super) static CONFIG_REGISTRY_MOVED: Rule = Rule::error(
    "config-registry-moved",
    Family::Shape,
    "`registry` names another folder than at the base, so no version can be compared",
);

/// The default branch is none.
pub(super) static CONFIG_BRANCH_MISSING: Rule = Rule::error(
    "config-branch-missing",
    Family::Shape,
    "`default_branch` names a branch that does not exist, so that the next change has no base",
)
.down_to(Severity::Warning);

/// Nobody says which branch is the default one.
pub(super) static CONFIG_BRANCH_UNNAMED: Rule = Rule::note(
    "config-branch-unnamed",
    Family::Shape,
    "no branch is known to be the default one, so the one that is checked out is its own base",
);

/// A configuration and what is wrong with it.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The configuration, without what was refused.
    pub config: Config,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
    /// Where it names the registry's folder; `None` where there is no file.
    pub registry_place: Option<Place>,
    /// Where it names the default branch; `None` where it does not.
    pub branch_place: Option<Place>,
    /// Where it names the list of keys; `None` where it does not.
    pub signers_place: Option<Place>,
    /// Where each of its overrides stands.
    pub override_places: Vec<Place>,
}

/// Reads the configuration at `path`; the defaults where there is none.
///
/// # Errors
/// When the tree cannot be read.
pub fn read(tree: &dyn Snapshot, path: &RepoPath) -> Result<Settings, ReadFault> {
    let Some(file) = tree.file(path)? else { return Ok(Settings::default()) };
    let (document, mut findings) = loaded::document(tree, &file, None)?;
    let Some(document) = document else {
        return Ok(Settings { findings, ..Settings::default() });
    };
    let checked = schema::check(Shape::Config, &document);
    let value = checked.readable(document.value());
    findings
        .extend(checked.findings.into_iter().map(|finding| shown_how(finding, document.value())));
    let mut config = Config::deserialize(&value).unwrap_or_else(|fault| {
        let place = document.place("");
        findings.push(Finding::new(&ENTRY_UNREADABLE, place, fault.to_string()));
        Config::default()
    });
    let folder = path.parent().unwrap_or_default();
    if let Err(fault) = folder.resolve(&config.registry) {
        let message = format!("`{}` is {fault}", config.registry.escape_debug());
        let place = document.place("/registry");
        findings.push(
            Finding::new(&CONFIG_REGISTRY_INVALID, place, message)
                .help("name a folder below keelmark.yaml, such as `registry`"),
        );
    }
    let known: Vec<&str> = catalogue::rules().map(|rule| rule.id).collect();
    let in_rules = config.rules.keys().map(|id| (id.as_str(), format!("/rules/{id}")));
    let in_overrides = config
        .overrides
        .iter()
        .enumerate()
        .map(|(at, o)| (o.rule.as_str(), format!("/overrides/{at}/rule")));
    for (id, pointer) in in_rules.chain(in_overrides) {
        if !known.contains(&id) {
            let message = format!("no rule of a check is called `{}`", id.escape_debug());
            let place = document.key_place(&pointer);
            let finding = Finding::new(&CONFIG_RULE_UNKNOWN, place, message);
            findings.push(finding.help(catalogue::suggest(id)));
        }
    }
    let registry_place = Some(document.place("/registry"));
    // What a part is missing of accepts nothing: the schema says what.
    let whole = |one: &Override| {
        let parts = [&one.rule, &one.entry, &one.fingerprint, &one.reason];
        parts.iter().all(|part| !part.trim().is_empty())
    };
    let mut override_places = Vec::new();
    let mut kept = Vec::new();
    for (at, one) in std::mem::take(&mut config.overrides).into_iter().enumerate() {
        let place = document.place(&format!("/overrides/{at}/reason"));
        if !one.reason.trim().is_empty() && reason::read(&one.reason).is_none() {
            findings.push(shown_how(says_nothing(place, &one.reason), document.value()));
        } else if whole(&one) {
            override_places.push(document.place(&format!("/overrides/{at}")));
            kept.push(one);
        }
    }
    config.overrides = kept;
    let branch_place = config.default_branch.is_some().then(|| document.place("/default_branch"));
    let named = config.paths.signers.is_some();
    let signers_place = named.then(|| document.place("/paths/signers"));
    Ok(Settings { config, findings, registry_place, branch_place, signers_place, override_places })
}

/// Says that a reason says nothing.
fn says_nothing(place: Place, written: &str) -> Finding {
    let found = written.escape_debug();
    let message = format!("`{}`: expected {}, found `{found}`", place.pointer, reason::EXPECTED);
    Finding::new(&schema::VALUE, place, message)
}

/// Says how a map or a list looks, where something else stands in its place.
const EXAMPLES: [(&str, &str); 7] = [
    ("/rules", "rules: {prompt-template-text: {bump: patch}}"),
    (
        "/overrides",
        "overrides: [{rule: input-removed, entry: prompt/refund, fingerprint: \"0f3c11aa9d20\", reason: nobody sends it}]",
    ),
    ("/trust/hosts", "hosts: {api.openai.com: {key_env: OPENAI_API_KEY, purposes: [provider]}}"),
    ("/ledger", "ledger: {branch: keelmark/ledger}"),
    ("/paths", "paths: {adr: docs/adr}"),
    ("/versioning", "versioning: {published: merged}"),
    ("/roles", "roles: {accountable: [platform-ai]}"),
];

/// Adds the next step to what the schema finds, where people are known to go wrong.
fn shown_how(finding: Finding, value: &Value) -> Finding {
    if finding.help.is_some() || ![schema::TYPE.id, schema::VALUE.id].contains(&finding.rule.id) {
        return finding;
    }
    let pointer = finding.place.pointer.clone();
    let written = value.pointer(&pointer).and_then(Value::as_str).map(str::to_ascii_lowercase);
    let word = written.as_deref().unwrap_or_default();
    let level = match word {
        "deny" | "error" | "fail" | "forbid" => "deny",
        "warn" | "warning" => "warn",
        "allow" | "off" | "none" | "ignore" | "note" | "info" => "allow",
        _ => "",
    };
    let parts: Vec<&str> = pointer.split('/').skip(1).collect();
    let help = match (parts.as_slice(), level) {
        (["rules", _, "level"], "") => {
            "`deny` makes findings errors, `warn` warnings, and `allow` hides them".to_owned()
        }
        (["rules", _, "level"], level) => format!("did you mean `{level}`?"),
        (["rules", _], "") if ["major", "minor", "patch"].contains(&word) => {
            format!("write `{{bump: {word}}}`")
        }
        (["rules", _], "") => "write `{level: warn}`, `{bump: minor}` or both".to_owned(),
        (["rules", _], level) => format!("write `{{level: {level}}}`"),
        (["trust", "hosts", _], _) => {
            "write `{key_env: OPENAI_API_KEY, purposes: [provider]}`".to_owned()
        }
        (["overrides", _, "fingerprint"], _) => {
            "copy it from `keelmark check --format json`, in quotes".to_owned()
        }
        (["overrides", _, "reason"], _) => {
            "say why, such as `no caller sends it: see SUP-1412`".to_owned()
        }
        _ => match EXAMPLES.iter().find(|(at, _)| *at == pointer) {
            Some((_, example)) => format!("such as `{example}`"),
            None => return finding,
        },
    };
    finding.help(help)
}

/// Says that the branch that is checked out is compared with itself: `own` is its name, `others` are
/// the branches that it may have come from.
#[must_use]
pub fn branch_unnamed(path: &RepoPath, own: Option<&str>, others: &[&str]) -> Option<Finding> {
    let shown = |name: &str| format!("`{}`", name.escape_debug());
    let first = shown(others.first()?);
    let more = match others.len() {
        1 => String::new(),
        count => format!(" or {} more", count - 1),
    };
    let own = own.map_or_else(|| "what is checked out".to_owned(), shown);
    let message = format!(
        "no branch is known to be the default one: {own} is compared with itself, not with {first}{more}"
    );
    let help = "name the branch that changes are merged into: `default_branch` in keelmark.yaml, or `--base BRANCH` for once";
    Some(Finding::new(&CONFIG_BRANCH_UNNAMED, loaded::no_text(path), message).help(help))
}

/// Says that the default branch is not there; `certain` where every branch of the remote is known.
#[must_use]
pub fn branch_missing(settings: &Settings, certain: bool) -> Option<Finding> {
    let name = settings.config.default_branch.as_ref()?.escape_debug().to_string();
    let place = settings.branch_place.clone()?;
    let message = if certain {
        format!("there is no branch `{name}`: once this is merged, no change has a base")
    } else {
        format!("there is no branch `{name}` here, and not every branch was fetched")
    };
    let help = "name the branch that changes are merged into, or leave `default_branch` out: the remote's HEAD, `main` or `master` is found without it. A branch that is new has to be pushed first";
    let mut finding =
        Finding::new(&CONFIG_BRANCH_MISSING, place, message).help(help).values("", name);
    if !certain {
        finding.severity = Severity::Warning;
    }
    Some(finding)
}

/// Says that the registry is somewhere else than at the base: every entry would look new there.
pub(super) fn check_root(own: &Settings, trusted: &Config) -> Option<Finding> {
    if own.config.registry == trusted.registry {
        return None;
    }
    let nowhere = || loaded::no_text(&RepoPath::from("keelmark.yaml"));
    let place = own.registry_place.clone().unwrap_or_else(nowhere);
    let message = format!(
        "the registry is `{}` here and `{}` at the base, so no version can be compared",
        own.config.registry.escape_debug(),
        trusted.registry.escape_debug()
    );
    Some(
        Finding::new(&CONFIG_REGISTRY_MOVED, place, message)
            .help("let the base allow it first: merge `rules: {config-registry-moved: {level: warn}}`, then move the registry in a change that does nothing else")
            .values(trusted.registry.clone(), own.config.registry.clone()),
    )
}
