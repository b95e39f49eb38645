//! Files of a registry that are no entries: policies, and what lies where nothing reads it.

use std::collections::BTreeSet;

use super::loaded;
use super::run::Request;
use super::scope::Touched;
use super::{gates, names};
use crate::finding::{Family, Finding, Rule};
use crate::path::RepoPath;
use crate::registry::index::Index;
use crate::schema::{self, PolicyName, Shape};
use crate::snapshot::{ReadFault, Snapshot};
use crate::yaml::Document;

/// A path is in conflict.
pub(super) static PATH_UNMERGED: Rule =
    Rule::error("path-unmerged", Family::Reading, "a path of the registry is in conflict");
/// An entry file that makes no entry.
pub(super) static FILE_MISPLACED: Rule = Rule::warning(
    "file-misplaced",
    Family::Shape,
    "a YAML file of the registry belongs to no entry, so nothing governs it",
);
/// A policy that nobody reads.
pub(super) static POLICY_UNKNOWN: Rule = Rule::error(
    "policy-unknown",
    Family::Shape,
    "a file below `policies/` is no policy that Keelmark knows",
);

/// Says what is wrong with files of the registry that are no entries.
pub(super) fn findings(
    request: &Request<'_>,
    index: &Index<'_>,
    files: &Touched,
) -> Result<Vec<Finding>, ReadFault> {
    let changed: BTreeSet<&RepoPath> = request.changed.iter().collect();
    let mut findings = Vec::new();
    for (path, stem) in &files.policies {
        let touched = changed.contains(path);
        let (document, mut said) = policy(request.head, path, stem)?;
        if let Some(document) = document.filter(|_| touched && stem == PolicyName::Gates.name()) {
            said.extend(gates::check(&document, index)?);
        }
        for finding in &mut said {
            finding.inherited = !touched;
        }
        findings.extend(said);
    }
    for (path, (_, fault)) in &files.misnamed {
        let mut finding = names::misnamed(loaded::no_text(path), fault);
        finding.inherited = !changed.contains(path);
        findings.push(finding);
    }
    for path in &files.misplaced {
        let message = format!("`{path}` belongs to no entry, so nothing governs it");
        let finding = Finding::new(&FILE_MISPLACED, loaded::no_text(path), message);
        findings.push(finding.help(
            "entry files are `<kind>s/<id>/<kind>.yaml`, all in lower case, such as `prompts/refund/prompt.yaml`",
        ));
    }
    for file in &files.irregular {
        let (_, said) = loaded::document(request.head, file, None)?;
        findings.extend(said.into_iter().map(|mut finding| {
            finding.inherited = !changed.contains(&file.path);
            finding
        }));
    }
    Ok(findings)
}

fn policy(
    head: &dyn Snapshot,
    path: &RepoPath,
    stem: &str,
) -> Result<(Option<Document>, Vec<Finding>), ReadFault> {
    let Some(file) = head.file(path)? else { return Ok((None, Vec::new())) };
    let Some(policy) = PolicyName::by_name(stem) else {
        let known: Vec<&str> = PolicyName::ALL.iter().map(|policy| policy.name()).collect();
        let message = format!("`{}` is no policy", stem.escape_debug());
        let finding = Finding::new(&POLICY_UNKNOWN, loaded::no_text(path), message);
        return Ok((None, vec![finding.help(format!("policies are: {}", known.join(", ")))]));
    };
    let (document, mut findings) = loaded::document(head, &file, None)?;
    if let Some(document) = &document {
        findings.extend(schema::check(Shape::Policy(policy), document).findings);
    }
    Ok((document, findings))
}

/// Says that a path is in conflict.
pub(super) fn unmerged(path: &RepoPath) -> Finding {
    let message = format!("`{path}` is in conflict");
    Finding::new(&PATH_UNMERGED, loaded::no_text(path), message).help(
        "`keelmark bump` resolves the lines it wrote; resolve the rest by hand, then `git add` it",
    )
}
