//! The rules about releases.
//!
//! Some faults that a check of the registry passes stop a release; those keep their rules (such as
//! `checksum-placeholder`) and become errors here.

use crate::finding::{Family, Mirror, Rule};
use crate::version::Bump;

/// Something that the composite needs is not at hand.
pub static MEMBER_MISSING: Rule = Rule::error(
    "member-missing",
    Family::Release,
    "an entry that the composite pins or is proven with is not at hand at its version",
);
/// A pin that is none.
pub static MEMBER_FLOATING: Rule = Rule::error(
    "member-floating",
    Family::Release,
    "a member that runs names no exact version, or a member names a range",
);

/// A member is not published.
pub static MEMBER_UNPUBLISHED: Rule = Rule::error(
    "member-unpublished",
    Family::Release,
    "a version that the composite pins or is proven with is not published",
);
/// A member is not offered.
pub static MEMBER_DRAFT: Rule = Rule::error(
    "member-draft",
    Family::Release,
    "the composite or something that it needs is a draft, or removed",
);
/// A member is to be replaced.
pub static MEMBER_DEPRECATED: Rule = Rule::warning(
    "member-deprecated",
    Family::Release,
    "something that the composite needs is deprecated",
);
/// A member is past its last day.
pub static MEMBER_SUNSET: Rule = Rule::error(
    "member-sunset",
    Family::Release,
    "a member is past its sunset; one that is near it is a warning",
);
/// A pre-release in a release.
pub static MEMBER_PRERELEASE: Rule =
    Rule::error("member-prerelease", Family::Release, "a release needs a pre-release of an entry");
/// A licence that the composite does not pass on.
pub static LICENSE_CONFLICT: Rule = Rule::error(
    "license-conflict",
    Family::Release,
    "a member's licence forbids commercial use and the composite's does not",
);
/// No licence.
pub static LICENSE_UNDECLARED: Rule = Rule::warning(
    "license-undeclared",
    Family::Release,
    "a member has no licence in a composite that has one",
);
/// Data that a model may not see.
pub static DATA_CLASS_FORBIDDEN: Rule = Rule::error(
    "data-class-forbidden",
    Family::Release,
    "a prompt or dataset holds data that a model of the composite may not see",
);
/// A judge without proof.
pub static JUDGE_UNCALIBRATED: Rule = Rule::error(
    "judge-uncalibrated",
    Family::Release,
    "a judge's calibration is missing, of another judge, too weak or too old",
);
/// Nowhere to go back to.
pub static ROLLBACK_TARGET_UNRELEASED: Rule = Rule::error(
    "rollback-target-unreleased",
    Family::Release,
    "the composite names no release to go back to",
);
/// A frozen time.
pub static RELEASE_FROZEN: Rule =
    Rule::error("release-frozen", Family::Release, "the policy freezes releases at this time");
/// Nobody approved.
pub static APPROVAL_MISSING: Rule = Rule::error(
    "approval-missing",
    Family::Release,
    "a model of the risk tier `high` runs, and nobody approved this composition",
);
/// Something calls itself an approval and is none.
pub static APPROVAL_DOUBTED: Rule = Rule::warning(
    "approval-doubted",
    Family::Release,
    "a record of the ledger says that somebody approves, and does not count",
);
/// No run proves it.
pub static EVIDENCE_MISSING: Rule = Rule::error(
    "evidence-missing",
    Family::Release,
    "no finished run of a suite has exactly the digests of this composition",
);
/// Nobody vouches for a run.
pub static EVIDENCE_LOCAL: Rule = Rule::error(
    "evidence-local",
    Family::Release,
    "a run is not signed, in a registry that lists who signs",
);
/// A gate is closed.
pub static GATE_CLOSED: Rule = Rule::error(
    "gate-closed",
    Family::Release,
    "a gate of a run is not open, and nobody waived it",
);
/// No decision record.
pub static ADR_MISSING: Rule =
    Rule::error("adr-missing", Family::Release, "the release has no decision record");
/// An unfinished decision record.
pub static ADR_INCOMPLETE: Rule = Rule::error(
    "adr-incomplete",
    Family::Release,
    "places of the decision record wait for the author's own words",
);
/// No notes.
pub static NOTES_MISSING: Rule =
    Rule::error("notes-missing", Family::Release, "the release has no notes");
/// The number is too small for what changed.
pub static RELEASE_STEP_INSUFFICIENT: Rule = Rule::error(
    "release-step-insufficient",
    Family::Release,
    "the composite's number is a smaller step than its members need",
);
/// A tag that is called like a release and is none.
pub static RELEASE_UNRECORDED: Rule = Rule::warning(
    "release-unrecorded",
    Family::Release,
    "a tag is called like a release of the composite, and no record of the ledger tells of it",
);
/// A tag that nobody vouches for.
pub static RELEASE_UNSIGNED: Rule = Rule::warning(
    "release-unsigned",
    Family::Release,
    "the release tag would go out unsigned, in a registry that lists who signs",
);
/// The number is taken.
pub static RELEASE_EXISTS: Rule =
    Rule::error("release-exists", Family::Release, "the composite's number is released already");

/// Makes a rule that is a reason for a composite's step.
const fn reason(
    id: &'static str,
    bump: Bump,
    mirror: Mirror,
    [summary, why]: [&'static str; 2],
) -> Rule {
    Rule {
        bump: Some(bump),
        rationale: why,
        mirror: Some(mirror),
        ..Rule::note(id, Family::Release, summary)
    }
}

/// The prompt that callers get answers from is gone.
pub static ANSWER_REMOVED: Rule = reason(
    "answer-removed",
    Bump::Major,
    Mirror::Waived(
        "the reverse is `member-added`, or `member-replaced` where the slot held another kind",
    ),
    [
        "the slot whose signature callers see is empty, or holds another kind",
        "The contract that callers relied on is gone.",
    ],
);
/// A slot is new.
pub static MEMBER_ADDED: Rule = reason(
    "member-added",
    Bump::Minor,
    Mirror::Rule("member-removed"),
    ["a slot that runs is new", "The composite acts otherwise; callers send and receive the same."],
);
/// A member's inside changed.
pub static MEMBER_CHANGED: Rule = reason(
    "member-changed",
    Bump::Minor,
    Mirror::Rule("member-changed"),
    [
        "a member that runs acts otherwise, or has another contract that callers do not see",
        "The composite acts otherwise; callers send and receive the same.",
    ],
);
/// A slot is gone.
pub static MEMBER_REMOVED: Rule = reason(
    "member-removed",
    Bump::Minor,
    Mirror::Rule("member-added"),
    ["a slot that ran is gone", "The composite acts otherwise; callers send and receive the same."],
);
/// Another entry took a slot.
pub static MEMBER_REPLACED: Rule = reason(
    "member-replaced",
    Bump::Minor,
    Mirror::Rule("member-replaced"),
    [
        "another entry is in a slot that runs",
        "The composite acts otherwise; callers send and receive the same.",
    ],
);
/// Another number, the same content.
pub static MEMBER_REPINNED: Rule = reason(
    "member-repinned",
    Bump::Patch,
    Mirror::Rule("member-repinned"),
    [
        "a member has another version, or other words about it, and acts as before",
        "What was released changed, and nobody can notice.",
    ],
);
/// Other evidence.
pub static PROOF_CHANGED: Rule = reason(
    "proof-changed",
    Bump::Patch,
    Mirror::Rule("proof-changed"),
    [
        "what the composite is proven with changed",
        "What runs is the same; only what is known of it changed.",
    ],
);

/// Evidence that is asked for no more by who profits from it.
pub static PROOF_DROPPED: Rule = Rule::error(
    "proof-dropped",
    Family::Release,
    "what proved the last release proves this one no more, and what runs changes with it",
);

/// Every rule of this room, by id.
pub const RULES: &[&Rule] = &[
    &ADR_INCOMPLETE,
    &ADR_MISSING,
    &ANSWER_REMOVED,
    &APPROVAL_DOUBTED,
    &APPROVAL_MISSING,
    &DATA_CLASS_FORBIDDEN,
    &EVIDENCE_LOCAL,
    &EVIDENCE_MISSING,
    &GATE_CLOSED,
    &JUDGE_UNCALIBRATED,
    &LICENSE_CONFLICT,
    &LICENSE_UNDECLARED,
    &MEMBER_ADDED,
    &MEMBER_CHANGED,
    &MEMBER_DEPRECATED,
    &MEMBER_DRAFT,
    &MEMBER_FLOATING,
    &MEMBER_MISSING,
    &MEMBER_PRERELEASE,
    &MEMBER_REMOVED,
    &MEMBER_REPINNED,
    &MEMBER_REPLACED,
    &MEMBER_SUNSET,
    &MEMBER_UNPUBLISHED,
    &NOTES_MISSING,
    &PROOF_CHANGED,
    &PROOF_DROPPED,
    &RELEASE_EXISTS,
    &RELEASE_UNRECORDED,
    &RELEASE_UNSIGNED,
    &RELEASE_FROZEN,
    &RELEASE_STEP_INSUFFICIENT,
    &ROLLBACK_TARGET_UNRELEASED,
];

/// Rules about what the ledger does not have. What others recorded may not have been fetched.
pub const OF_LEDGER: &[&Rule] = &[
    &APPROVAL_MISSING,
    &EVIDENCE_LOCAL,
    &EVIDENCE_MISSING,
    &RELEASE_UNRECORDED,
    &ROLLBACK_TARGET_UNRELEASED,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_for_a_step_have_a_mirror_or_say_which_rule_speaks_of_the_reverse() {
        let known = |id: &str| RULES.iter().find(|rule| rule.id == id);
        for rule in RULES.iter().filter(|rule| rule.bump.is_some()) {
            match rule.mirror {
                Some(Mirror::Rule(id)) => {
                    let back = known(id).and_then(|other| other.mirror);
                    assert_eq!(back, Some(Mirror::Rule(rule.id)), "{}", rule.id);
                }
                Some(Mirror::Waived(why)) => {
                    let mut named = why.split('`').skip(1).step_by(2).peekable();
                    assert!(named.peek().is_some(), "{}", rule.id);
                    assert!(named.all(|id| known(id).is_some()), "{}: {why}", rule.id);
                }
                None => panic!("{} has neither mirror nor waiver", rule.id),
            }
        }
    }
}
