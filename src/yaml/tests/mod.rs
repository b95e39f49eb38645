//! The room's tests: tables of single cases, and properties over generated documents.

mod edits;
mod places;
mod properties;
mod reading;

use super::{Document, Edit, Scalar};
use crate::finding::Finding;
use crate::path::RepoPath;
use crate::source::SourceFile;

fn source(text: &str) -> SourceFile {
    SourceFile::new(RepoPath::from("prompt.yaml"), text.to_owned())
}

/// Reads a text that has nothing wrong with it.
fn document(text: &str) -> Document {
    let (document, findings) = Document::parse(source(text));
    assert!(findings.is_empty(), "{text:?}: {findings:?}");
    document.unwrap_or_else(|| panic!("a document: {text:?}"))
}

/// Reads a text and returns what is said: rule, line, column, message.
fn said(text: &str) -> Vec<(&'static str, u32, u32, String)> {
    let (_, findings) = Document::parse(source(text));
    findings.iter().map(summary).collect()
}

fn summary(finding: &Finding) -> (&'static str, u32, u32, String) {
    let at = finding.place.file.position(finding.place.span.start);
    (finding.rule.id, at.line, at.column, finding.message.clone())
}

fn text(text: &str) -> Scalar {
    Scalar::Text(text.to_owned())
}

fn set(pointer: &str, value: &str) -> Edit {
    Edit::Set { pointer: pointer.to_owned(), value: text(value) }
}

fn prepend(pointer: &str, item: &str) -> Edit {
    Edit::PrependItem { pointer: pointer.to_owned(), item: text(item) }
}

fn remove(pointer: &str) -> Edit {
    Edit::RemoveItem { pointer: pointer.to_owned() }
}

/// The mission's prompt, as printed.
const MISSION: &str = r#"id: billing_refund
version: 2.3.0
owner: support-ops
schema:
  inputs: ["customer_context","policy_snippets","question"]
  outputs: ["answer","citations","confidence"]
changelog:
  - "2.3.0: tightened refund exceptions; added citation constraint"
  - "2.2.0: clarified tone; added disallowed sources list"
links:
  datasets: ["golden_v2025_09"]
  eval_run: "ci-runs/2025-09-05_#412"
checksums:
  prompt_template_sha256: "<hash>"
policies:
  requires_citations: true
  safety_profile: "standard_level2"
rollback_to: "2.2.0"
"#;
