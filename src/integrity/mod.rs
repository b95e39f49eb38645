//! Digests: what an entry's bytes are, and whether they are what the entry says.

pub mod facets;
pub mod folder;
pub mod lfs;
pub mod payload;

use crate::finding::Rule;

/// Every rule of this room.
pub const RULES: &[&Rule] = &[
    &payload::PAYLOAD_CONFLICT_MARKER,
    &payload::PAYLOAD_LFS_CONTENT_COMMITTED,
    &payload::PAYLOAD_LFS_POINTER_UNEXPECTED,
    &payload::PAYLOAD_MISSING,
    &payload::PAYLOAD_NOT_A_FILE,
    &payload::PAYLOAD_NOT_UTF8,
    &payload::PAYLOAD_PATH_INVALID,
    &payload::PAYLOAD_TOO_LARGE,
    &payload::PAYLOAD_UNTRACKED,
];
