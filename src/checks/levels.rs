//! What the configuration says about rules: levels, and single findings that are accepted.
//!
//! Levels come from the base's configuration, so that a change cannot excuse itself. Overrides may
//! come with the change: each names one finding by its fingerprint, gives a reason, and is shown at
//! the head of the report.

use super::report::Overridden;
use crate::finding::{Finding, Severity};
use crate::registry::config::{Config, Level};

/// What no change may accept for itself: that a published version is what it was, and that its past
/// can be found. Only the base's levels have a say here.
const NEVER_OVERRIDDEN: [&str; 4] = [
    "changelog-history-rewritten",
    "config-registry-moved",
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
        // That published bytes do not match is no opinion.
        if !finding.rule.integrity {
            match level {
                Some(Level::Deny) => finding.severity = Severity::Error,
                Some(Level::Warn) => finding.severity = Severity::Warning,
                Some(Level::Allow) => continue,
                None => {}
            }
            let fingerprint = finding.fingerprint();
            // A finding without an entry is named by its file.
            let subject = finding
                .entry
                .as_ref()
                .map_or_else(|| finding.path().to_string(), ToString::to_string);
            let accepted = own.overrides.iter().find(|accepted| {
                accepted.rule == finding.rule.id
                    && accepted.entry == subject
                    && accepted.fingerprint == fingerprint
                    && accepted.pointer.as_ref().is_none_or(|p| *p == finding.place.pointer)
            });
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
