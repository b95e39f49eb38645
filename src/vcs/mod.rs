//! Git: snapshots of commits, of the index and of the work tree, bases, history, tags and remotes.
//!
//! This room is the only one that knows git. It knows nothing of prompts, entries or releases.
//! What writes to a repository is in [`mod@write`]; everything else only reads.
//! Objects and the index are read with gix; the git program is started where gix has no answer
//! (the state of the work tree, large blobs, references in a reftable, objects that a partial clone
//! left behind or a push put in quarantine), and only from `command.rs`. The environment is read by
//! gix and by the git program, as git documents it; what CI says is handed in with [`BaseRequest`].

mod ancestry;
mod archive;
mod attributes;
mod authors;
mod base;
mod ci;
mod command;
mod default_branch;
mod difference;
mod disk;
mod error;
mod folder;
mod history;
mod hooks;
mod identity;
mod large;
mod lfs;
mod line;
mod open;
mod prefetch;
mod refs;
mod reftable;
mod revision;
mod signature;
mod staged;
mod status;
mod store;
mod tag;
mod tree;
mod uncommitted;
mod worktree;
pub mod write;

pub use base::{Base, BaseFault, BaseReason, BaseRequest, Environment, Side, Tip};
pub use default_branch::{DefaultBranch, Presence};
pub use difference::{After, Changed};
pub use error::VcsError;
pub use history::{Commit, History};
pub use hooks::ConfiguredHook;
pub use identity::Identity;
pub use line::{Arrivals, End, Line, Step, Touched};
pub use open::{Configuration, Repository};
pub use refs::{Branch, branch_matches};
pub use signature::{Format, Namespace, SignFault, SignWish, Signer, Signers, Standing, Verified};
pub use staged::IndexSnapshot;
pub use tag::{TagObject, TargetKind, split_signature};
pub use tree::{EmptySnapshot, TreeSnapshot};
pub use worktree::WorktreeSnapshot;
