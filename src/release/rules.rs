//! The rules about releases.
//!
//! Some faults that a check of the registry passes stop a release; those keep their rules (such as
//! `checksum-placeholder`) and become errors here.

use crate::finding::{Family, Rule};

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

/// Every rule of this room.
pub const RULES: &[&Rule] = &[&MEMBER_FLOATING, &MEMBER_MISSING];
