//! Licences: what is judged is whether a member may be used at all in what the composite says it is.
//!
//! Two things are judged, and nothing else: a member whose licence forbids commercial use while the
//! composite's licence does not, and a member that runs without any licence in a composite that has
//! one. Keelmark ranks no licences and gives no advice about their other terms.

use super::about;
use crate::finding::{Finding, Severity};
use crate::license::forbids_commerce;
use crate::registry::composite::Role;
use crate::registry::entry::Body;
use crate::release::composite::{Composition, Member};
use crate::release::rules;

pub(super) fn check(composition: &Composition) -> Vec<Finding> {
    let own = composition.loaded.entry.common.license.as_deref();
    let sold = !own.is_some_and(forbids_commerce);
    let mut findings = Vec::new();
    for member in composition.everything() {
        let licenses = of(member);
        let reference = member.reference();
        if let Some(license) = licenses.iter().find(|license| sold && forbids_commerce(license)) {
            let message = format!(
                "`{reference}` has the licence `{license}`, which forbids commercial use; the composite's {} does not",
                own.map_or_else(|| "silence about its own".to_owned(), |own| format!("`{own}`"))
            );
            let mut finding = about(composition, member, &rules::LICENSE_CONFLICT, message).help(
                "take another member, or declare a `license` for the composite that forbids it too",
            );
            if member.role == Role::Evidence {
                finding.severity = Severity::Warning;
            }
            findings.push(finding);
        } else if let (Some(own), true, Role::Runtime) = (own, licenses.is_empty(), member.role) {
            let message =
                format!("`{reference}` has no licence, in a composite that is given as `{own}`");
            findings.push(
                about(composition, member, &rules::LICENSE_UNDECLARED, message)
                    .help("declare its `license` in a new version"),
            );
        }
    }
    findings
}

/// The licences that a member names: its own, and that of the source of its rows.
fn of(member: &Member) -> Vec<&str> {
    let entry = &member.loaded.entry;
    let source = match &entry.body {
        Body::Dataset(dataset) => dataset.provenance.license.as_deref(),
        _ => None,
    };
    entry.common.license.as_deref().into_iter().chain(source).collect()
}
