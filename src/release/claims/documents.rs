//! The decision record and the notes of a release.

use super::{Claim, What};

/// Judges the decision record that a tag names. Whoever tags a candidate may leave words out.
#[must_use]
pub fn adr(path: Option<&str>, unfilled: Option<&[u32]>, candidate: bool) -> Claim {
    let claim = present(What::Adr, path, unfilled.is_some());
    let waiting = unfilled.unwrap_or_default();
    if waiting.is_empty() {
        return claim;
    }
    let lines: Vec<String> = waiting.iter().map(ToString::to_string).collect();
    let found = format!("`{}` waits for words at line {}", path.unwrap_or(""), lines.join(", "));
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
