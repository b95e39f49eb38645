//! Changes that break nobody and still take something away, which their users want to be told.

use super::loaded::Loaded;
use crate::compat::change::Change;
use crate::finding::{Finding, Severity};

/// The rules, and what their users notice.
const LOSSES: [(&str, &str); 3] = [
    ("input-removed-tolerated", "callers that still send it change nothing any more"),
    ("output-tool-removed", "callers that wait for its calls wait in vain"),
    ("prompt-max-output-decreased", "answers that need more tokens are cut off"),
];

/// Warns of each such change, at its place.
pub(super) fn check(new: &Loaded, changes: &[Change]) -> Vec<Finding> {
    let told = changes.iter().filter_map(|change| {
        let (_, noticed) = LOSSES.iter().find(|(id, _)| *id == change.rule.id)?;
        let pointer = change.pointer_new.as_deref().or(change.pointer_old.as_deref())?;
        let place = new.entry.document.place(pointer);
        let mut finding = Finding::new(change.rule, place, change.note.clone())
            .help(format!("{noticed}; say so in the changelog"))
            .values(change.old.clone(), change.new.clone());
        finding.severity = Severity::Warning;
        Some(finding)
    });
    told.collect()
}
