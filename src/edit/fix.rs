//! Safe fixes of findings.

use std::collections::BTreeMap;

use crate::finding::{Finding, Replacement, Safety};
use crate::path::RepoPath;
use crate::plan::{Act, Plan};

/// Plans every safe fix of some findings. Fixes that overlap an earlier one are left for the next
/// run.
#[must_use]
pub fn plan(findings: &[Finding]) -> Plan {
    let mut files: BTreeMap<&RepoPath, (&str, Vec<&Replacement>)> = BTreeMap::new();
    let mut notes = Vec::new();
    for finding in findings.iter().filter(|finding| !finding.inherited) {
        let Some(fix) = finding.fix.as_ref().filter(|fix| fix.safety == Safety::Safe) else {
            continue;
        };
        let file = &finding.place.file;
        let (_, taken) = files.entry(file.path()).or_insert((file.text(), Vec::new()));
        let overlaps = |new: &Replacement| {
            taken.iter().any(|old| new.span.start < old.span.end && old.span.start < new.span.end)
        };
        if fix.replacements.iter().any(overlaps) {
            continue;
        }
        taken.extend(&fix.replacements);
        notes.push(format!("{}: {} ({})", file.path(), fix.title, finding.rule.id));
    }
    let acts = files
        .into_iter()
        .map(|(path, (text, replacements))| Act::Replace {
            path: path.clone(),
            old: text.as_bytes().to_vec(),
            new: replaced(text, replacements).into_bytes(),
        })
        .collect();
    Plan { acts, notes }
}

fn replaced(text: &str, mut replacements: Vec<&Replacement>) -> String {
    replacements.sort_by_key(|replacement| replacement.span);
    let mut result = String::with_capacity(text.len());
    let mut end = 0;
    for replacement in replacements {
        let range = replacement.span.range();
        result.push_str(text.get(end..range.start).unwrap_or_default());
        result.push_str(&replacement.text);
        end = range.end;
    }
    result.push_str(text.get(end..).unwrap_or_default());
    result
}
