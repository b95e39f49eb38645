//! The decision record and the notes of a release.

use super::{Claim, What};

/// A decision record, as the commit has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The lines that wait for the author's words.
    pub unfilled: Vec<u32>,
    /// Its status; `None` where it says none.
    pub status: Option<String>,
}

/// Judges the decision record that a tag names. Of a candidate it may be proposed only, and words may
/// be missing.
#[must_use]
pub fn adr(path: Option<&str>, record: Option<&Decided>, candidate: bool) -> Claim {
    let claim = present(What::Adr, path, record.is_some());
    let Some(record) = record else { return claim };
    let path = path.unwrap_or_default();
    if let Some(status) = &record.status {
        let is = |word: &str| status.eq_ignore_ascii_case(word);
        let stands = is("accepted") || (candidate && is("proposed"));
        if !stands {
            return Claim::fails(What::Adr, format!("`{path}` is `{status}`"), "`accepted`");
        }
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
