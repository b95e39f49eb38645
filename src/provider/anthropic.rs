//! Anthropic's messages.
//!
//! <https://docs.anthropic.com/en/api/messages>. System and developer messages become the field
//! `system`. A schema becomes the tool `answer`, which the model must call; its input is the answer.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use ureq::http::{HeaderValue, Uri};

use super::Provider;
use super::answer::{Answer, Finish, Timing, Usage};
use super::endpoint::Endpoint;
use super::fault::Fault;
use super::http::{Http, Reply};
use super::open::{OpenFault, Opening};
use super::request::{Message, Request};
use super::tool_call::{self, ToolCall};
use crate::registry::prompt::Tool;

pub(super) const DEFAULT_BASE: &str = "https://api.anthropic.com";

/// The version of the protocol that is spoken.
const VERSION: &str = "2023-06-01";

/// The limit of an answer where the prompt names none: the protocol asks for one.
const DEFAULT_MAX_TOKENS: u64 = 1_024;

/// The tool whose input is a structured answer.
const ANSWER_TOOL: &str = "answer";

/// A server that speaks Anthropic's messages.
pub(super) struct Anthropic {
    http: Http,
    base: String,
    messages: Uri,
    model: String,
}

impl Anthropic {
    pub(super) fn open(opening: &Opening<'_>) -> Result<Self, OpenFault> {
        let model = opening.provider.model.clone().ok_or(OpenFault::Missing { key: "model" })?;
        let endpoint = Endpoint::find(opening, DEFAULT_BASE)?;
        let mut headers = vec![("anthropic-version", HeaderValue::from_static(VERSION))];
        let key = endpoint.key.as_ref().and_then(|key| key.header(""));
        headers.extend(key.map(|value| ("x-api-key", value)));
        Ok(Self {
            http: Http::new(opening, &endpoint, headers)?,
            messages: endpoint.at("/v1/messages")?,
            base: endpoint.base,
            model,
        })
    }

    fn answer(&self, reply: &Reply, request: &Request) -> Result<Answer, Fault> {
        let message: Reported = self.http.parse(&reply.body)?;
        let mut finish = match message.stop_reason.as_deref() {
            Some("end_turn" | "stop_sequence") => Finish::Stop,
            Some("max_tokens" | "model_context_window_exceeded") => Finish::Length,
            Some("refusal") => Finish::Blocked,
            Some("tool_use") => Finish::ToolCalls,
            _ => Finish::Other,
        };
        let mut texts = Vec::new();
        let mut calls = Vec::new();
        let mut structured = None;
        for block in message.content {
            match block {
                Block::Text { text } => texts.push(text),
                Block::ToolUse { name, input }
                    if name == ANSWER_TOOL && request.schema.is_some() =>
                {
                    structured = Some(input);
                }
                Block::ToolUse { name, input } => calls.push(ToolCall { name, arguments: input }),
                Block::Other => {}
            }
        }
        let text = if let Some(input) = structured {
            if finish == Finish::ToolCalls {
                finish = Finish::Stop;
            }
            input.to_string()
        } else if !texts.is_empty() {
            texts.concat()
        } else if !calls.is_empty() {
            tool_call::text(&calls)
        } else if matches!(finish, Finish::Other | Finish::ToolCalls) {
            return Err(self.http.bad("a message without content", &reply.body));
        } else {
            String::new()
        };
        Ok(Answer {
            text,
            finish,
            model: message.model,
            fingerprint: None,
            usage: message.usage.map(Usage::from),
            latency_ms: Some(reply.latency_ms),
            timing: Timing::Live,
        })
    }
}

impl Provider for Anthropic {
    fn complete(&self, request: &Request) -> Result<Answer, Fault> {
        let body = Body::new(&self.model, request)?;
        // Text, numbers and JSON values always have a JSON form.
        let body = serde_json::to_vec(&body).unwrap_or_default();
        let reply = self.http.post(&self.messages, &body)?;
        self.answer(&reply, request).map(|answer| self.http.without_key(answer))
    }

    fn embed(&self, _: &[String]) -> Result<Vec<Vec<f32>>, Fault> {
        Err(Fault::Unsupported { api: "anthropic", what: "embeddings".to_owned() })
    }

    fn identity(&self) -> Value {
        json!({"api": "anthropic", "endpoint": self.base, "model": self.model})
    }

    fn is_live(&self) -> bool {
        true
    }
}

/// The body of a request.
#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    max_tokens: u64,
    messages: Vec<&'a Message>,
    #[serde(skip_serializing_if = "String::is_empty")]
    system: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_k: Option<u64>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    stop_sequences: &'a [String],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Offered<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_choice: Option<Value>,
}

impl<'a> Body<'a> {
    /// Refuses what the protocol has no field for: leaving it out would change the question.
    fn new(model: &'a str, request: &'a Request) -> Result<Self, Fault> {
        let parameters = &request.parameters;
        let absent = [
            ("parameter `seed`", parameters.seed.is_some()),
            ("parameter `frequency_penalty`", parameters.frequency_penalty.is_some()),
            ("parameter `presence_penalty`", parameters.presence_penalty.is_some()),
        ];
        let absent = absent.into_iter().find(|(_, written)| *written).map(|(what, _)| what);
        let (system, messages): (Vec<_>, Vec<_>) = request
            .messages
            .iter()
            .partition(|message| matches!(message.role.as_str(), "system" | "developer"));
        let strange = messages.iter().find(|m| !matches!(m.role.as_str(), "user" | "assistant"));
        let strange = strange.map(|message| format!("messages of the role `{}`", message.role));
        if let Some(what) = absent.map(str::to_owned).or(strange) {
            return Err(Fault::Unsupported { api: "anthropic", what });
        }
        let system: Vec<_> = system.into_iter().map(|message| message.content.as_str()).collect();
        let mut tools: Vec<_> = request.tools.iter().map(Offered::from).collect();
        let tool_choice = request.schema.as_ref().map(|schema| {
            let only = tools.is_empty();
            let (name, description) = (ANSWER_TOOL, Some("Gives the answer."));
            tools.push(Offered { name, description, input_schema: Cow::Borrowed(schema) });
            if only { json!({"type": "tool", "name": ANSWER_TOOL}) } else { json!({"type": "any"}) }
        });
        Ok(Self {
            model,
            max_tokens: parameters.max_output_tokens.unwrap_or(DEFAULT_MAX_TOKENS),
            messages,
            system: system.join("\n\n"),
            temperature: parameters.temperature,
            top_p: parameters.top_p,
            top_k: parameters.top_k,
            stop_sequences: &parameters.stop,
            tools,
            tool_choice,
        })
    }
}

#[derive(Serialize)]
struct Offered<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    input_schema: Cow<'a, Value>,
}

impl<'a> From<&'a Tool> for Offered<'a> {
    /// The protocol asks for a schema even where there are no arguments.
    fn from(tool: &'a Tool) -> Self {
        let schema = tool.parameters.as_ref().map(Cow::Borrowed);
        Self {
            name: &tool.name,
            description: tool.description.as_deref(),
            input_schema: schema.unwrap_or_else(|| Cow::Owned(json!({"type": "object"}))),
        }
    }
}

#[derive(Deserialize)]
struct Reported {
    content: Vec<Block>,
    stop_reason: Option<String>,
    model: Option<String>,
    usage: Option<Tokens>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Block {
    Text {
        text: String,
    },
    ToolUse {
        name: String,
        input: Value,
    },
    #[serde(other)]
    Other,
}

/// Anthropic counts cached tokens apart from `input_tokens`.
#[derive(Deserialize)]
struct Tokens {
    #[serde(default, rename = "input_tokens")]
    input: u64,
    #[serde(default, rename = "output_tokens")]
    output: u64,
    #[serde(rename = "cache_read_input_tokens")]
    cached: Option<u64>,
    #[serde(rename = "cache_creation_input_tokens")]
    created: Option<u64>,
}

impl From<Tokens> for Usage {
    fn from(tokens: Tokens) -> Self {
        let cached = tokens.cached.unwrap_or_default();
        let created = tokens.created.unwrap_or_default();
        Self {
            input_tokens: tokens.input.saturating_add(cached).saturating_add(created),
            output_tokens: tokens.output,
            cached_input_tokens: cached,
        }
    }
}
