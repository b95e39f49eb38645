//! Git, the clone, the files, the hooks, the key and the base.

use super::{Branch, Check, Facts, Hook, HookState, Level, Place, Registry, Signing, Topic};
use crate::vcs::Standing;

/// The oldest git whose options are all known: `rev-list --no-commit-header` came with it.
const OLDEST: (u32, u32) = (2, 33);

/// Colliding paths that are named.
const NAMED: usize = 3;

pub(super) fn git(version: Option<(u32, u32)>) -> Check {
    let topic = Topic::Git;
    let (major, minor) = OLDEST;
    match version {
        None => Check::warning(topic, "the git program tells no version"),
        Some(found) if found < OLDEST => {
            let words = format!("{}.{} is older than {major}.{minor}", found.0, found.1);
            Check::error(topic, words).help("install a newer git")
        }
        Some((major, minor)) => Check::ok(topic, format!("{major}.{minor}")),
    }
}

pub(super) fn history(facts: &Facts) -> Check {
    let topic = Topic::Clone;
    match (facts.shallow, &facts.partial) {
        (true, _) => {
            let words = "the history is cut off: published versions, releases and the ledger may be missing";
            Check::warning(topic, words).help("`git fetch --unshallow --tags`")
        }
        (false, Some(filter)) => {
            let words = format!("partial ({filter}): objects that are missing need the network");
            Check::warning(topic, words)
                .help("`git fetch --refetch --no-filter` brings all of them")
        }
        (false, None) => Check::ok(topic, "whole"),
    }
}

pub(super) fn files(place: &Place) -> Check {
    let topic = Topic::Files;
    let pairs: Vec<String> = place
        .collisions
        .iter()
        .take(NAMED)
        .map(|(one, other)| format!("`{one}` and `{other}`"))
        .collect();
    let more = place.collisions.len().saturating_sub(NAMED);
    let more = if more == 0 { String::new() } else { format!(", and {more} more pairs") };
    let pairs = format!("{}{more}", pairs.join(", "));
    let folds = place.folds_case == Some(true);
    let is_folder = |(one, _): &(String, String)| one.ends_with('/');
    let kind = if place.collisions.iter().all(is_folder) { "folder" } else { "file" };
    match (place.collisions.is_empty(), folds) {
        (false, true) => Check::error(topic, format!("one {kind} here, two in git: {pairs}"))
            .help("`git mv` one of them to another name, on a file system that tells them apart"),
        (false, false) => {
            Check::warning(topic, format!("one {kind} on macOS and Windows: {pairs}"))
                .help("`git mv` one of them to another name")
        }
        (true, _) if place.folds_case.is_some_and(|folds| folds != place.ignores_case) => {
            let (is, told) = if folds { ("one file", "false") } else { ("two files", "true") };
            let words =
                format!("names that differ in case are {is} here, and core.ignoreCase is {told}");
            Check::warning(topic, words).help(format!("`git config core.ignoreCase {folds}`"))
        }
        (true, _) => Check::ok(topic, "no two paths of the registry differ in case alone"),
    }
}

pub(super) fn configuration(path: Option<&str>) -> Check {
    match path {
        Some(path) => Check::ok(Topic::Configuration, path),
        None => Check::warning(Topic::Configuration, "there is no keelmark.yaml; defaults count")
            .help("`keelmark init` writes one"),
    }
}

/// Judges the hooks: one line where all run, else one for each that does not.
pub(super) fn hooks(facts: &Facts) -> Vec<Check> {
    let topic = Topic::Hooks;
    // Many bare repositories are no server, so that nobody misses the hook there.
    let is_missed =
        |hook: &&Hook| !facts.bare || !matches!(hook.state, HookState::Absent | HookState::Foreign);
    let judge = |found: &Hook| hook(found, facts.bare);
    let mut checks: Vec<Check> = facts.hooks.iter().filter(is_missed).filter_map(judge).collect();
    let runs = |hook: &Hook| {
        matches!(hook.state, HookState::Runs | HookState::RunsTwice | HookState::Outdated)
    };
    let runs = facts.hooks.iter().any(runs);
    if let (true, Err(fault)) = (runs, &facts.program) {
        checks.push(Check::of_fault(topic, Level::Error, fault));
    }
    if checks.is_empty() && facts.bare {
        return vec![if runs {
            Check::ok(topic, "the hook `update` guards tags, ledger and published branches")
        } else {
            let words = "nobody commits in a bare repository, and pushes to it are not judged";
            Check::ok(topic, words)
                .help("`keelmark hook install --server`, where people push to it")
        }];
    }
    if checks.is_empty() {
        let events: Vec<&str> = facts.hooks.iter().map(|hook| hook.event.as_str()).collect();
        let managed = facts.hooks.iter().find_map(|hook| match &hook.state {
            HookState::Managed { manager, .. } => Some(manager.as_str()),
            _ => None,
        });
        let by = managed.map(|manager| format!(", by {manager}")).unwrap_or_default();
        checks.push(Check::ok(topic, format!("keelmark runs at {}{by}", events.join(", "))));
    }
    checks
}

fn hook(hook: &Hook, bare: bool) -> Option<Check> {
    let topic = Topic::Hooks;
    let install = if bare { "keelmark hook install --server" } else { "keelmark hook install" };
    let (found, help) = match &hook.state {
        HookState::Runs | HookState::Managed { named: true, .. } => return None,
        HookState::Absent => (
            Check::warning(topic, "nothing is checked"),
            format!("`{install}`; CI checks in any case"),
        ),
        HookState::Foreign => (
            Check::warning(topic, "a hook of somebody else runs, and keelmark does not"),
            format!("`{install}` runs both"),
        ),
        HookState::Managed { manager, named: false } => (
            Check::warning(topic, format!("{manager} runs, and is not told to run keelmark")),
            format!("`{install}` shows what belongs into its configuration"),
        ),
        HookState::Outdated => (
            Check::warning(topic, "another version of Keelmark wrote it"),
            format!("`{install}` renews it"),
        ),
        HookState::RunsTwice => (
            Check::warning(topic, "keelmark runs twice: as a file and by git's configuration"),
            format!("`keelmark hook uninstall`, then `{install}`"),
        ),
        HookState::NotExecutable { path } => (
            Check::error(topic, "it is installed and not executable, so git passes over it"),
            format!("`chmod +x {path}`"),
        ),
        HookState::TooNew => (
            Check::error(
                topic,
                "it is in git's configuration, and this git does not read it there",
            ),
            format!("`{install}{}`, or git 2.54 or later", if bare { "" } else { " --files" }),
        ),
    };
    Some(found.about(&hook.event).help(help))
}

pub(super) fn signing(registry: &Registry) -> Check {
    let topic = Topic::Signing;
    let list = registry.list.as_deref();
    match (&registry.signing, list) {
        (Signing::Off, None) => {
            Check::ok(topic, "git is not told to sign, and no list of keys asks for it")
        }
        (Signing::Off, Some(list)) => {
            let words =
                format!("`{list}` lists whose signatures count, and git is not told to sign");
            Check::warning(topic, words).help(
                "`git config tag.gpgSign true`, with `user.signingKey`; or sign with `--sign`",
            )
        }
        (Signing::Broken(fault), _) => Check::of_fault(topic, Level::Error, fault),
        (Signing::On { format, key, .. }, None) => {
            let words =
                format!("signs by {format} with {key}; no list says whose signatures count");
            Check::ok(topic, words)
        }
        (Signing::On { format, key, standing }, Some(list)) => {
            let renew = "sign with another key (`git config user.signingKey`), or have the list renewed and merged";
            match standing {
                Standing::Listed { principal } => Check::ok(
                    topic,
                    format!("signs by {format} with {key}, as {principal} of `{list}`"),
                ),
                Standing::Unlisted => {
                    Check::warning(topic, format!("{key} is not in `{list}` at the base"))
                        .help(renew)
                }
                Standing::OutOfTime { bound } => {
                    let words =
                        format!("{key} is in `{list}`, valid {bound}: it does not count now");
                    Check::error(topic, words).help(renew)
                }
                Standing::Unknown { why } => Check::warning(
                    topic,
                    format!("whether `{list}` has the key is not known: {why}"),
                )
                .help("`ssh-keygen -y -f KEY > KEY.pub` writes the public half beside it"),
            }
        }
    }
}

pub(super) fn branch(found: &Result<Branch, super::Fault>) -> Check {
    let topic = Topic::DefaultBranch;
    match found {
        Err(fault) => Check::of_fault(topic, Level::Error, fault),
        Ok(Branch::NoCommit) => Check::warning(topic, "nothing is committed yet")
            .help("the first commit begins what changes are judged against"),
        Ok(Branch::Found { name, guessed: true, .. }) => {
            let words = format!("`{name}`, for want of a branch `main` or `master`");
            Check::warning(topic, words).help("name it: `default_branch` in keelmark.yaml")
        }
        Ok(Branch::Found { name, reason, fetched, .. }) => {
            let age = fetched.as_ref().map(|age| format!(", fetched {age} ago"));
            Check::ok(topic, format!("{name} ({reason}){}", age.unwrap_or_default()))
        }
    }
}
