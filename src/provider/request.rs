//! What a model is asked.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::registry::prompt::{Parameters, Tool};

/// One message of a chat, rendered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// `system`, `developer`, `user`, `assistant` or `tool`.
    pub role: String,
    /// The text.
    pub content: String,
}

/// One call.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Request {
    /// The case that the call is for; recorded and scripted answers are found by it.
    pub case_id: String,
    /// Which repeat of the case this is, from 0.
    pub repeat: u32,
    /// The chat.
    pub messages: Vec<Message>,
    /// How the model is asked to answer.
    pub parameters: Parameters,
    /// Tools that the model may call.
    pub tools: Vec<Tool>,
    /// The JSON Schema that the provider shall hold the answer to; absent for plain text, and for
    /// models that cannot.
    pub schema: Option<Value>,
}
