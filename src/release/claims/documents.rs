//! The decision record and the notes of a release.

use super::{Claim, What};
use crate::digest::Digest;
use crate::release::adr::Decision;

/// A decision record, as the commit has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The lines that wait for the author's words.
    pub unfilled: Vec<u32>,
    /// What it says of itself.
    pub decision: Decision,
}

/// Judges the decision record that a tag names; `own` is the digest of the composite's entry. Of a candidate it may be proposed only, and words may
/// be missing.
#[must_use]
pub fn adr(
    path: Option<&str>,
    record: Option<&Decided>,
    (own, candidate): (Digest, bool),
) -> Claim {
    let claim = present(What::Adr, path, record.is_some());
    let Some(record) = record else { return claim };
    let path = path.unwrap_or_default();
    let decision = &record.decision;
    if let Some(fault) = &decision.fault {
        let found = format!("the front matter of `{path}` cannot be read: {fault}");
        return Claim::fails(What::Adr, found, "a `status` that is `accepted`");
    }
    let status = decision.status.as_deref().unwrap_or_default();
    let is = |word: &str| status.eq_ignore_ascii_case(word);
    if !(is("accepted") || (candidate && is("proposed"))) {
        let found = match status {
            "" => format!("`{path}` has no `status`"),
            _ => format!("`{path}` is `{status}`"),
        };
        return Claim::fails(What::Adr, found, "`accepted`");
    }
    if let Some(other) = decision.is_of_another(own) {
        let found = format!("`{path}` is about a composite of the entry digest sha256:{other}");
        return Claim::fails(What::Adr, found, format!("the entry digest sha256:{own}"));
    }
    if record.unfilled.is_empty() {
        return claim;
    }
    let lines: Vec<String> = record.unfilled.iter().map(ToString::to_string).collect();
    let found = format!("`{path}` waits for words at line {}", lines.join(", "));
    if candidate {
        Claim::note(What::Adr, found)
    } else {
        Claim::fails(What::Adr, found, "the author's own words")
    }
}

/// Judges the notes that a tag names.
#[must_use]
pub fn notes(path: Option<&str>, there: bool) -> Claim {
    present(What::Notes, path, there)
}

fn present(what: What, path: Option<&str>, there: bool) -> Claim {
    match path {
        None => Claim::fails(what, "the tag names none", "the path of a file"),
        Some(path) if there => Claim::holds(what, format!("`{path}`")),
        Some(path) => {
            Claim::fails(what, format!("the commit has no `{path}`"), "what the tag names")
        }
    }
}
