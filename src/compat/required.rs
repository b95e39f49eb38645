//! The step that a list of changes needs.

use super::change::Change;
use super::table::opaque as rules;
use crate::registry::common::Status;
use crate::version::Bump;

/// Returns the largest bump of the changes.
///
/// `status` is that of the old content: to a draft nobody holds its author, so it needs no step.
/// Taking an active entry back to draft is a change like any other, and a large one.
#[must_use]
pub fn required(changes: &[Change], status: Status) -> Bump {
    if status == Status::Draft {
        return Bump::None;
    }
    changes.iter().map(|change| change.bump).max().unwrap_or_default()
}

/// Which digests of two contents are equal, for kinds without rules of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digests {
    /// What consumers may rely on is the same.
    pub contract_equal: bool,
    /// What makes the entry act is the same.
    pub behaviour_equal: bool,
}

/// Judges two contents by their digests alone, for kinds without rules of their own.
///
/// An entry digest that differs alone covers owner, description and the like, which need no step.
#[must_use]
pub fn opaque(digests: Digests) -> Vec<Change> {
    let mut found = Vec::new();
    if !digests.contract_equal {
        let note = "the contract changed, and this kind has no rules to judge it";
        found.push(Change::new(&rules::CONTRACT_CHANGE_UNKNOWN, note).at("").unknown());
    }
    if !digests.behaviour_equal {
        let note = "the content changed, and this kind has no rules to judge it";
        found.push(Change::new(&rules::CONTENT_CHANGED, note).at(""));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drafts_need_no_step_and_digests_decide_for_opaque_kinds() {
        let cases = [
            (true, true, Bump::None),
            (true, false, Bump::Patch),
            (false, true, Bump::Major),
            (false, false, Bump::Major),
        ];
        for (contract_equal, behaviour_equal, expected) in cases {
            let changes = opaque(Digests { contract_equal, behaviour_equal });
            assert_eq!(required(&changes, Status::Active), expected);
            assert_eq!(required(&changes, Status::Deprecated), expected);
            assert_eq!(required(&changes, Status::Draft), Bump::None);
        }
    }
}
