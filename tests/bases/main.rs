//! What a change is judged against, end to end: awkward repositories and the real program.
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

mod awkward;
mod ci;
mod conflicts;
mod local;
mod merges;
mod payloads;
mod proofs;
mod releases;
mod remotes;
mod shallow;
mod signers;
mod storages;
mod trust;
