//! Asking models: one trait, and the five ways that a model's manifest can name.
//!
//! Trust is checked when a provider is opened: whatever an entry says, a host that the base's
//! configuration does not name gets neither a request nor a key, and no program but those of the
//! base is started. Nothing here reads the environment or the clock, writes to disk or prints; the
//! room knows nothing of prompts, cases or scores.

mod answer;
mod anthropic;
mod command;
mod cost;
mod embedding;
mod endpoint;
mod fault;
mod http;
mod limiter;
mod open;
mod openai;
mod program;
mod proxy;
mod replay;
mod request;
mod retry;
mod retry_after;
mod scripted;
mod secret;
mod table;
mod tool_call;

pub use answer::{Answer, Finish, Timing, Usage};
pub use cost::cost;
pub use fault::{Fault, FaultClass};
pub use limiter::{Limiter, Permit};
pub use open::{OpenFault, Opening, Timeouts, most_sensitive, open};
pub use request::{Message, Request};
pub use retry::{Attempted, RetryPolicy, complete_with_retries, embed_with_retries};
pub use table::FileFault;

/// Something that answers.
pub trait Provider: Send + Sync {
    /// Asks once and waits for the answer.
    fn complete(&self, request: &Request) -> Result<Answer, Fault>;

    /// Returns the vector of each text, in their order; all have one length.
    fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, Fault>;

    /// Returns who answers, without credentials: two providers with equal identities may share
    /// recorded answers.
    fn identity(&self) -> serde_json::Value;

    /// Says whether a call costs money or time, and its latency is a measurement.
    fn is_live(&self) -> bool;
}
