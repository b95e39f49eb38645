//! The git hooks, end to end: real git, the real program, the shims that `hook install` writes.
#![allow(clippy::disallowed_methods, reason = "tests make the files and start the programs")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "clippy knows tests by their attribute, and not what they call"
)]

#[path = "../support/scene.rs"]
mod scene;
#[path = "../support/mod.rs"]
mod support;

mod commits;
mod configured;
mod environment;
mod install;
mod places;
mod pushes;
mod quarantine;

use scene::{GREET_TEXT, keelmark, registry, top};
use support::TestRepo;

/// A registry with the hooks installed.
fn hooked() -> TestRepo {
    let repo = registry();
    keelmark(&repo, &["hook", "install", "--files"]).ends(0);
    repo
}

/// Changes the template of `greet` under its published number, which no hook lets pass.
fn spoil(repo: &TestRepo) {
    repo.write(GREET_TEXT, top("spoiled"));
}
