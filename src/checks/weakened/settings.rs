//! `keelmark.yaml`: what it lets others do, and what it asks of them.

use std::collections::BTreeSet;

use super::scale::Scale;
use crate::checks::catalogue;
use crate::finding::{Rule, Severity};
use crate::registry::config::{
    Config, EvalLimits, Host, Ledger, Level, Published, RuleSetting, Tags, Trust, Versioning,
};
use crate::vcs::branch_matches;
use crate::version::Zerover;

/// Branches that are the default one without being named.
const USUAL: [&str; 2] = ["main", "master"];

/// Weighs two configurations; `base` is the branch that judges the change, as people write it.
pub(super) fn weigh(scale: &mut Scale, old: &Config, new: &Config, base: &str) {
    // Taken apart by name, so that a key which is added later cannot be forgotten here. That the
    // registry moves has a rule of its own, overrides come with a reason that heads the report, and
    // on `shared` nothing acts yet.
    let Config {
        version: _,
        registry: _,
        default_branch,
        tag_prefix,
        shared: _,
        versioning,
        rules: _,
        overrides: _,
        paths,
        roles,
        approvers,
        trust,
        eval,
        ledger,
    } = new;
    // The default branch is the one that is believed.
    let other = match (&old.default_branch, default_branch) {
        (Some(old), Some(new)) => old != new,
        // Whoever writes down what is so anyway changes nothing.
        (None, Some(new)) => {
            let own = base.split_once('/').map_or(base, |(_, name)| name);
            !USUAL.contains(&new.as_str()) && own != new && base != new
        }
        (old, None) => old.as_ref().is_some_and(|name| !USUAL.contains(&name.as_str())),
    };
    scale.when(other, "default_branch", &old.default_branch, default_branch);
    // Tags of another prefix are nobody's: what they published is published no longer.
    scale.same("tag_prefix", &old.tag_prefix, tag_prefix);
    scale.below("versioning", |scale| versions(scale, &old.versioning, versioning));
    scale.below("rules", |scale| rules(scale, old, new));
    scale.below("paths", |scale| scale.same("signers", &old.paths.signers(), &paths.signers()));
    scale.below("roles", |scale| {
        scale.loses("responsible", &old.roles.responsible, &roles.responsible);
        scale.loses("accountable", &old.roles.accountable, &roles.accountable);
        scale.loses("consulted", &old.roles.consulted, &roles.consulted);
        scale.loses("informed", &old.roles.informed, &roles.informed);
    });
    scale.gains("approvers", &old.approvers, approvers);
    scale.below("trust", |scale| trusts(scale, &old.trust, trust));
    scale.below("eval", |scale| limits(scale, &old.eval, eval));
    scale.below("ledger", |scale| {
        let Ledger { branch, remote, retention_months } = ledger;
        scale.same("branch", &old.ledger.branch, branch);
        scale.same("remote", &old.ledger.remote, remote);
        scale.least("retention_months", &old.ledger.retention_months, retention_months);
    });
}

fn versions(scale: &mut Scale, old: &Versioning, new: &Versioning) {
    // The form of an entry's tags changes nothing about what they publish.
    let Versioning { published, branches, tags, zerover, gto_compat: _, grace_days } = new;
    let fewer = (old.published, *published) == (Published::Merged, Published::Tagged);
    scale.when(fewer, "published", &old.published, published);
    // A pattern may stand for another one: `release/*` is any of `release/1.x`.
    let lost = old.branches.iter().filter(|branch| !branch_matches(branches, branch)).cloned();
    scale.differs("branches", ("loses", lost.collect()), &old.branches, branches);
    let made = |tags: Tags| match tags {
        Tags::None => 0,
        Tags::Releases => 1,
        Tags::Entries => 2,
    };
    scale.when(made(*tags) < made(old.tags), "tags", &old.tags, tags);
    let smaller = (old.zerover, *zerover) == (Zerover::Off, Zerover::Cargo);
    scale.when(smaller, "zerover", &old.zerover, zerover);
    scale.least("grace_days", &old.grace_days, grace_days);
}

fn rules(scale: &mut Scale, old: &Config, new: &Config) {
    let names: BTreeSet<&String> = old.rules.keys().chain(new.rules.keys()).collect();
    for rule in catalogue::rules().filter(|rule| names.iter().any(|name| *name == rule.id)) {
        let setting = |config: &Config| config.rules.get(rule.id).copied().unwrap_or_default();
        let (RuleSetting { level: stood, bump: asked }, RuleSetting { level, bump }) =
            (setting(old), setting(new));
        let default = match rule.severity {
            Severity::Error => Level::Deny,
            Severity::Warning => Level::Warn,
            Severity::Note => Level::Allow,
        };
        scale.below(rule.id, |scale| {
            let weaker = weighs_less(rule, stood, level);
            // No level reaches what says that published bytes do not match.
            let shown = |level: Option<Level>| level.or(Some(default));
            let (was, is) = match (shown(stood), shown(level)) {
                (was, is) if was == is => (stood, level),
                shown => shown,
            };
            scale.when(weaker && !rule.integrity, "level", &was, &is);
            let (was, is) = (asked.or(rule.bump), bump.or(rule.bump));
            scale.when(is < was, "bump", &was, &is);
        });
    }
}

/// Says whether some finding of a rule weighs less at a new level. Without a level findings weigh
/// what they weigh: some less than the rule, and those of a rule of warnings may be errors as well.
fn weighs_less(rule: &Rule, old: Option<Level>, new: Option<Level>) -> bool {
    let most = if rule.severity == Severity::Warning { Severity::Error } else { rule.severity };
    [most, rule.severity, rule.least].into_iter().any(|own| weight(new, own) < weight(old, own))
}

const fn weight(level: Option<Level>, own: Severity) -> u8 {
    match (level, own) {
        (Some(Level::Allow), _) => 0,
        (None, Severity::Note) => 1,
        (Some(Level::Warn), _) | (None, Severity::Warning) => 2,
        (Some(Level::Deny), _) | (None, Severity::Error) => 3,
    }
}

fn trusts(scale: &mut Scale, old: &Trust, new: &Trust) {
    let Trust { hosts, commands, env } = new;
    let names = |trust: &Trust| trust.hosts.keys().cloned().collect::<Vec<_>>();
    scale.gains("hosts", &names(old), &names(new));
    scale.below("hosts", |scale| {
        for (name, host) in hosts {
            let Some(before) = old.hosts.get(name) else { continue };
            let Host { key_env, purposes, pii } = host;
            scale.below(name, |scale| {
                let sent = key_env.is_some() && before.key_env != *key_env;
                scale.when(sent, "key_env", &before.key_env, key_env);
                scale.gains("purposes", &before.purposes, purposes);
                scale.most("pii", &before.pii, pii);
            });
        }
    });
    scale.gains("commands", &old.commands, commands);
    scale.gains("env", &old.env, env);
}

fn limits(scale: &mut Scale, old: &EvalLimits, new: &EvalLimits) {
    // How fast a run is judges nothing.
    let EvalLimits { max_cost_usd, concurrency: _, cache: _, retention_days, raw_retention_days } =
        new;
    scale.most("max_cost_usd", &old.max_cost_usd, max_cost_usd);
    scale.least("retention_days", &old.retention_days, retention_days);
    // Answers may speak of people.
    scale.most("raw_retention_days", &old.raw_retention_days, raw_retention_days);
}
