//! The rules about releases.
//!
//! Some faults that a check of the registry passes stop a release; those keep their rules (such as
//! `checksum-placeholder`) and become errors here.

use crate::finding::{Family, Rule};
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

/// The number is too small for what changed.
pub static RELEASE_STEP_INSUFFICIENT: Rule = Rule::error(
    "release-step-insufficient",
    Family::Release,
    "the composite's number is a smaller step than its members need",
);
/// The number is taken.
pub static RELEASE_EXISTS: Rule =
    Rule::error("release-exists", Family::Release, "the composite's number is released already");

/// Makes a rule that is a reason for a composite's step.
const fn reason(id: &'static str, bump: Bump, summary: &'static str, why: &'static str) -> Rule {
    Rule { bump: Some(bump), rationale: why, ..Rule::note(id, Family::Release, summary) }
}

/// The prompt that callers get answers from is gone.
pub static ANSWER_REMOVED: Rule = reason(
    "answer-removed",
    Bump::Major,
    "the slot whose signature callers see is empty, or holds another kind",
    "The contract that callers relied on is gone.",
);
/// A slot is new.
pub static MEMBER_ADDED: Rule = reason(
    "member-added",
    Bump::Minor,
    "a slot that runs is new",
    "The composite acts otherwise; callers send and receive the same.",
);
/// A member's inside changed.
pub static MEMBER_CHANGED: Rule = reason(
    "member-changed",
    Bump::Minor,
    "a member that runs acts otherwise, or has another contract that callers do not see",
    "The composite acts otherwise; callers send and receive the same.",
);
/// A slot is gone.
pub static MEMBER_REMOVED: Rule = reason(
    "member-removed",
    Bump::Minor,
    "a slot that ran is gone",
    "The composite acts otherwise; callers send and receive the same.",
);
/// Another entry took a slot.
pub static MEMBER_REPLACED: Rule = reason(
    "member-replaced",
    Bump::Minor,
    "another entry is in a slot that runs",
    "The composite acts otherwise; callers send and receive the same.",
);
/// Another number, the same content.
pub static MEMBER_REPINNED: Rule = reason(
    "member-repinned",
    Bump::Patch,
    "a member has another version, or other words about it, and acts as before",
    "What was released changed, and nobody can notice.",
);
/// Other evidence.
pub static PROOF_CHANGED: Rule = reason(
    "proof-changed",
    Bump::Patch,
    "what the composite is proven with changed",
    "What runs is the same; only what is known of it changed.",
);

/// Every rule of this room.
pub const RULES: &[&Rule] = &[
    &ANSWER_REMOVED,
    &MEMBER_ADDED,
    &MEMBER_CHANGED,
    &MEMBER_FLOATING,
    &MEMBER_MISSING,
    &MEMBER_REMOVED,
    &MEMBER_REPINNED,
    &MEMBER_REPLACED,
    &PROOF_CHANGED,
    &RELEASE_EXISTS,
    &RELEASE_STEP_INSUFFICIENT,
];
