//! What Keelmark writes to a repository.
//!
//! Objects are written with gix and change nothing until a reference leads to them. References move
//! in one transaction of `git update-ref`, and only from where the caller saw them. A push is atomic
//! and never forced; it takes objects by name, so that nothing here moves before the remote agreed.
//! Hooks of the repository are not run. Nothing here touches the index or the work tree, but for the functions that make
//! the demo's repository, nor git's configuration, but for hooks that are installed there.

mod demo;
mod objects;
mod push;
mod refs;
mod remote;
mod settings;

pub use demo::{clone, commit_all, init, name_somebody};
pub use objects::{NewCommit, NewTag};
pub use push::{PushFault, PushSpec, Refusal};
pub use refs::{Old, RefFault, RefUpdate};
pub use remote::RemoteFault;
