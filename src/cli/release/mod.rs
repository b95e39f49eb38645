//! Releases: what a repository knows of them, and what is still missing for the next.

pub(in crate::cli) mod answers;
pub(in crate::cli) mod approvals;
pub(in crate::cli) mod back;
pub(in crate::cli) mod documents;
pub(in crate::cli) mod entry_tags;
pub(in crate::cli) mod facts;
pub(in crate::cli) mod live;
pub(in crate::cli) mod models;
pub(in crate::cli) mod proofs;
pub(in crate::cli) mod proposal;
pub(in crate::cli) mod published;
pub(in crate::cli) mod scene;
pub(in crate::cli) mod show;
pub(in crate::cli) mod tagging;
pub(in crate::cli) mod tags;
pub(in crate::cli) mod target;
pub(in crate::cli) mod way;
pub(in crate::cli) mod worktree;
