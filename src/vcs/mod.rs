//! Git, read only: snapshots of commits, of the index and of the work tree, bases and history.
//!
//! This room is the only one that knows git. It knows nothing of prompts, entries or releases.
//! Objects and the index are read with gix; the git program is started where gix has no answer
//! (the state of the work tree, large blobs, objects that a partial clone left behind), and only
//! from `command.rs`. The environment is read by gix and by the git program, as git documents it;
//! what CI says is handed in with [`BaseRequest`].

mod ancestry;
mod attributes;
mod base;
mod ci;
mod command;
mod default_branch;
mod difference;
mod disk;
mod error;
mod history;
mod lfs;
mod open;
mod prefetch;
mod refs;
mod staged;
mod status;
mod store;
mod tree;
mod worktree;
pub mod write;

pub use base::{Base, BaseFault, BaseReason, BaseRequest, Environment, Side, Tip};
pub use default_branch::DefaultBranch;
pub use difference::{After, Changed};
pub use error::VcsError;
pub use history::{Commit, History};
pub use open::{Configuration, Repository};
pub use refs::Branch;
pub use staged::IndexSnapshot;
pub use tree::{EmptySnapshot, TreeSnapshot};
pub use worktree::WorktreeSnapshot;
