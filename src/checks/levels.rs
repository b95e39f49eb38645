//! What the configuration says about rules: levels, and single findings that are accepted.
//!
//! Levels come from the base's configuration, so that a change cannot excuse itself. Overrides may
//! come with the change: each names one finding by its fingerprint, gives a reason, and is shown at
//! the head of the report.

use super::catalogue;
use super::config::Settings;
use super::report::Overridden;
use crate::finding::{Family, Finding, Rule, Severity};
use crate::registry::config::{Config, Level, Override};

/// An override that accepts nothing.
pub(super) static OVERRIDE_STALE: Rule = Rule::warning(
    "override-stale",
    Family::Shape,
    "an override accepts a finding that there is not, or no more",
);

/// What no change may accept for itself: that a published version is what it was, that its past can be
/// found, and that somebody has to sign. Only the base's levels have a say here.
const NEVER_OVERRIDDEN: [&str; 6] = [
    "changelog-history-rewritten",
    "config-registry-moved",
    "signers-empty",
    "signers-missing",
    "version-slot-taken-on-base",
    "version-unchanged",
];

/// What no level softens: that the levels themselves, or other policies, ask less than they did. An
/// override names one finding of it, with a reason that a reviewer reads.
const BEYOND_LEVELS: &str = "policy-weakened-in-same-change";

/// Applies levels and overrides.
pub(super) fn apply(
    findings: Vec<Finding>,
    levels: &Config,
    own: &Config,
) -> (Vec<Finding>, Vec<Overridden>) {
    let mut kept = Vec::with_capacity(findings.len());
    let mut overridden = Vec::new();
    for mut finding in findings {
        let level = levels.rules.get(finding.rule.id).and_then(|rule| rule.level);
        let level = level.filter(|_| finding.rule.id != BEYOND_LEVELS);
        // That published bytes do not match is no opinion.
        if !finding.rule.integrity {
            match level {
                Some(Level::Deny) => finding.severity = Severity::Error,
                Some(Level::Warn) => finding.severity = Severity::Warning,
                Some(Level::Allow) => continue,
                None => {}
            }
            let accepted = own.overrides.iter().find(|accepted| names(accepted, &finding));
            let accepted = accepted.filter(|_| !NEVER_OVERRIDDEN.contains(&finding.rule.id));
            if let Some(accepted) = accepted {
                overridden.push(Overridden { finding, reason: accepted.reason.clone() });
                continue;
            }
        }
        kept.push(finding);
    }
    (kept, overridden)
}

/// Finds overrides that name no finding; `findings` are those of everything, before levels.
pub(super) fn stale(findings: &[Finding], own: &Settings) -> Vec<Finding> {
    let mut stale = Vec::new();
    for (accepted, place) in own.config.overrides.iter().zip(&own.override_places) {
        let known = catalogue::rules().any(|rule| rule.id == accepted.rule);
        let about = || findings.iter().filter(|finding| subject(finding) == accepted.entry);
        // What cannot be read hides what else there is to say.
        let unread = about().any(|finding| {
            finding.severity == Severity::Error
                && matches!(finding.rule.family, Family::Reading | Family::Shape)
        });
        if !known || unread || about().any(|finding| names(accepted, finding)) {
            continue;
        }
        let other = about().find(|finding| finding.rule.id == accepted.rule);
        let help = match other.map(Finding::fingerprint) {
            Some(now) => format!(
                "what the rule finds there now has the fingerprint `{now}`; accept that only if the reason holds for it"
            ),
            None => "take it out: it has served, or it never did".to_owned(),
        };
        let message = format!(
            "no finding of `{}` in `{}` has the fingerprint `{}`",
            accepted.rule.escape_debug(),
            accepted.entry.escape_debug(),
            accepted.fingerprint.escape_debug()
        );
        let finding = Finding::new(&OVERRIDE_STALE, place.clone(), message);
        stale.push(finding.help(help).values(String::new(), accepted.fingerprint.clone()));
    }
    stale
}

/// Says whether an override names a finding.
fn names(accepted: &Override, finding: &Finding) -> bool {
    accepted.rule == finding.rule.id
        && accepted.entry == subject(finding)
        && accepted.pointer.as_ref().is_none_or(|pointer| *pointer == finding.place.pointer)
        && accepted.fingerprint == finding.fingerprint()
}

/// A finding without an entry is named by its file.
fn subject(finding: &Finding) -> String {
    finding.entry.as_ref().map_or_else(|| finding.path().to_string(), ToString::to_string)
}
