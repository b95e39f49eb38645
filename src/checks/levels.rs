//! What the configuration says about rules: levels, and single findings that are accepted.
//!
//! Levels come from the base's configuration, so that a change cannot excuse itself. Overrides may
//! come with the change: each names one finding by its fingerprint, gives a reason, and is shown at
//! the head of the report.

use std::collections::BTreeSet;

use super::catalogue;
use super::config::Settings;
use super::report::Overridden;
use super::weakened::POLICY_WEAKENED;
use crate::finding::{Family, Finding, Rule, Severity};
use crate::ident::EntryRef;
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
        // No level softens that levels or other policies ask less than they did. An override names
        // one finding of it, with a reason that a reviewer reads.
        let level = level.filter(|_| finding.rule.id != POLICY_WEAKENED.id);
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

/// What was looked at.
pub(super) struct Seen<'a> {
    /// What was found, before levels.
    pub(super) findings: &'a [Finding],
    /// Entries that there are, by name.
    pub(super) entries: &'a BTreeSet<String>,
    /// Entries and files that the change touches: all that there is to say of them was found.
    pub(super) touched: &'a BTreeSet<String>,
}

impl Seen<'_> {
    /// Says whether a finding that is not there would have been found. Of an entry that the change
    /// does not touch not everything is asked; what is about its step is over once it is merged.
    fn is_sure(&self, accepted: &Override) -> bool {
        // Findings name entries with their kind, and files with their ending.
        let of_an_entry = accepted.entry.parse::<EntryRef>().is_ok_and(|name| name.kind.is_some());
        let of_nothing = !of_an_entry && !accepted.entry.contains('.');
        self.touched.contains(&accepted.entry)
            || (of_an_entry && !self.entries.contains(&accepted.entry))
            || of_nothing
            || accepted.rule.starts_with("version-")
            || accepted.rule == POLICY_WEAKENED.id
    }
}

/// Finds overrides that name no finding.
pub(super) fn stale(seen: &Seen<'_>, own: &Settings) -> Vec<Finding> {
    let findings = seen.findings;
    let mut stale = Vec::new();
    for (accepted, place) in own.config.overrides.iter().zip(&own.override_places) {
        let known = catalogue::rules().any(|rule| rule.id == accepted.rule);
        let about = || findings.iter().filter(|finding| subject(finding) == accepted.entry);
        // What cannot be read hides what else there is to say.
        let unread = about().any(|finding| {
            finding.severity == Severity::Error
                && matches!(finding.rule.family, Family::Reading | Family::Shape)
        });
        if !known
            || unread
            || !seen.is_sure(accepted)
            || about().any(|finding| names(accepted, finding))
        {
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
