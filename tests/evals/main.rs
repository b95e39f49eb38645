//! Stories of eval runs: the program, real repositories, scripted, recorded and misbehaving models.
#![allow(clippy::disallowed_methods, reason = "tests make the files and start the programs")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "clippy knows tests by their attribute, and not what they call"
)]

#[path = "../support/server.rs"]
mod server;
#[path = "../support/mod.rs"]
mod support;

mod desk;

mod gates;
mod gsm8k;
mod judges;
mod mission;
mod recording;
mod runs;
mod servers;
