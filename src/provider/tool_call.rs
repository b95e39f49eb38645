//! Tool calls as text: one form for every protocol.

use serde::Serialize;
use serde_json::Value;

/// A tool call of the model.
#[derive(Debug, Serialize)]
pub(super) struct ToolCall {
    pub(super) name: String,
    pub(super) arguments: Value,
}

/// Writes tool calls as a JSON list.
pub(super) fn text(calls: &[ToolCall]) -> String {
    // A list of names and JSON values always has a JSON form.
    serde_json::to_string(calls).unwrap_or_default()
}
