//! What a model answered.

use serde::{Deserialize, Serialize};

/// Why an answer ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// The model had said all.
    #[default]
    Stop,
    /// The limit of tokens was reached.
    Length,
    /// A content filter, or the model's own refusal.
    Blocked,
    /// The model calls tools.
    ToolCalls,
    /// Anything else.
    Other,
}

/// The tokens of one call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Usage {
    /// Tokens that were sent, cached ones among them.
    #[serde(alias = "input")]
    pub input_tokens: u64,
    /// Tokens of the answer.
    #[serde(alias = "output")]
    pub output_tokens: u64,
    /// Those of `input_tokens` that the provider had cached.
    #[serde(alias = "cached_input", default)]
    pub cached_input_tokens: u64,
}

/// Where a latency comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Timing {
    /// This call was measured.
    Live,
    /// Somebody wrote it down earlier.
    Recorded,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The text; for tool calls a JSON list of `{"name", "arguments"}`.
    pub text: String,
    /// Why it ended.
    pub finish: Finish,
    /// The model that says it answered.
    pub model: Option<String>,
    /// The provider's name for its configuration at the time.
    pub fingerprint: Option<String>,
    /// The tokens, where the provider counts them.
    pub usage: Option<Usage>,
    /// From the first byte of the request to the last of the answer, of the attempt that
    /// succeeded; absent where nothing was measured or recorded.
    pub latency_ms: Option<f64>,
    /// Where the latency comes from.
    pub timing: Timing,
}
