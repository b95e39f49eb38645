//! What Keelmark writes to a repository.
//!
//! Objects are written with gix and change nothing until a reference leads to them. References move
//! in one transaction of `git update-ref`, and only from where the caller saw them. Nothing here
//! touches the index or the work tree, but for the two functions that make the demo's repository.

mod demo;
mod objects;
mod refs;

pub use demo::{commit_all, init};
pub use objects::{NewCommit, NewTag};
pub use refs::{Old, RefFault, RefUpdate};
