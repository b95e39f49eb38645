//! Facts about git, each shown by a real repository.
#![allow(clippy::disallowed_methods, reason = "tests make the files and start the programs")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "clippy knows tests by their attribute, and not what they call"
)]

#[path = "../support/mod.rs"]
mod support;

mod awkward;
mod base;
mod changes;
mod environment;
mod history;
mod lfs;
mod line;
mod objects;
mod remotes;
mod signatures;
mod staged;
mod table;
mod trailers;
mod transactions;
mod worktree;

use keelmark::path::RepoPath;
use keelmark::snapshot::{File, Snapshot};

/// Reads a file of a snapshot whole.
fn read(snapshot: &impl Snapshot, path: &str) -> Vec<u8> {
    snapshot.read(&file(snapshot, path), u64::MAX).expect("bytes")
}

/// Streams a file of a snapshot.
fn streamed(snapshot: &impl Snapshot, path: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    snapshot.stream(&file(snapshot, path), &mut bytes).expect("bytes");
    bytes
}

/// Finds a file that must be there.
fn file(snapshot: &impl Snapshot, path: &str) -> File {
    let found = snapshot.file(&RepoPath::from(path)).expect("a readable snapshot");
    found.unwrap_or_else(|| panic!("no file at {path}"))
}

/// Lists every path of a snapshot.
fn paths(snapshot: &impl Snapshot) -> Vec<String> {
    let files = snapshot.list(&RepoPath::default()).expect("a readable snapshot");
    files.iter().map(|file| file.path.to_text().into_owned()).collect()
}
