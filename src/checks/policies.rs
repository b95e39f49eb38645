//! Policies as others use them.

use serde::de::DeserializeOwned;

use super::loaded;
use crate::digest::Digest;
use crate::finding::{Finding, Severity};
use crate::registry::layout::Layout;
use crate::schema::{self, PolicyName, Shape};
use crate::snapshot::{ReadFault, Snapshot};

/// A policy that was read.
#[derive(Debug)]
pub struct ReadPolicy<T> {
    /// What it says.
    pub policy: T,
    /// The digest of its value, whatever its file looks like.
    pub digest: Digest,
}

/// Reads a policy; `None` where the tree has no such file.
///
/// # Errors
/// The outer error when bytes cannot be had; the inner one holds the findings of a file that cannot
/// be believed.
pub fn read_policy<T: DeserializeOwned>(
    tree: &dyn Snapshot,
    layout: &Layout,
    name: PolicyName,
) -> Result<Result<Option<ReadPolicy<T>>, Vec<Finding>>, ReadFault> {
    let folder = layout.root().join("policies");
    for extension in ["yaml", "yml"] {
        let path = folder.join(&format!("{}.{extension}", name.name()));
        let Some(file) = tree.file(&path)? else { continue };
        let (document, mut findings) = loaded::document(tree, &file, None)?;
        let Some(document) = document else { return Ok(Err(findings)) };
        let checked = schema::check(Shape::Policy(name), &document);
        let value = checked.readable(document.value());
        findings.extend(checked.findings);
        findings.retain(|finding| finding.severity == Severity::Error);
        if !findings.is_empty() {
            return Ok(Err(findings));
        }
        let digest = Digest::of_json(&value);
        return Ok(match serde_json::from_value(value) {
            Ok(policy) => Ok(Some(ReadPolicy { policy, digest })),
            Err(fault) => {
                let rule = &crate::registry::entry::ENTRY_UNREADABLE;
                Err(vec![Finding::new(rule, document.place(""), fault.to_string())])
            }
        });
    }
    Ok(Ok(None))
}
