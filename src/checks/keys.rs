//! What the keys of an entry say by themselves, without other entries and without its past.

use super::{changelog, license, trust};
use crate::finding::Finding;
use crate::registry::config::Config;
use crate::registry::entry::Entry;

/// Checks the keys of an entry.
pub(super) fn check(entry: &Entry, trusted: &Config) -> Vec<Finding> {
    let mut findings = changelog::check(entry);
    findings.extend(license::check(entry));
    findings.extend(trust::check(entry, trusted));
    findings
}
