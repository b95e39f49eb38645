//! Digests: what an entry's bytes are, and whether they are what the entry says; and the texts that
//! its engine reads, with fragments in the places of includes.

mod defaults;
pub mod facets;
pub mod folder;
pub mod include;
pub mod lfs;
pub mod payload;
pub mod tensors;
pub mod text;

use crate::finding::Rule;

/// Every rule of this room.
pub const RULES: &[&Rule] = &[
    &include::INCLUDE_CYCLE,
    &include::INCLUDE_MALFORMED,
    &include::INCLUDE_MISSING,
    &include::INCLUDE_TOO_LARGE,
    &include::INCLUDE_UNDECLARED,
    &include::INCLUDE_UNREADABLE,
    &include::INCLUDE_VERSION_MISMATCH,
    &payload::PAYLOAD_CONFLICT_MARKER,
    &payload::PAYLOAD_LFS_CONTENT_COMMITTED,
    &payload::PAYLOAD_LFS_POINTER_UNEXPECTED,
    &payload::PAYLOAD_MISSING,
    &payload::PAYLOAD_NOT_A_FILE,
    &payload::PAYLOAD_NOT_SAFETENSORS,
    &payload::PAYLOAD_NOT_UTF8,
    &payload::PAYLOAD_PATH_INVALID,
    &payload::PAYLOAD_TOO_LARGE,
    &payload::PAYLOAD_UNTRACKED,
];
