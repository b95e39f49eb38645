//! Providers: what is sent, what is understood, what goes wrong, and who gets a key.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "clippy knows tests by their attribute, and not what they call"
)]

mod anthropic;
mod command;
mod failures;
mod openai;
mod replay;
mod retries;
mod scripted;
#[path = "../support/server.rs"]
mod server;
mod support;
mod tls;
mod trust;
