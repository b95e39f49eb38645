//! Chat completions and embeddings, of OpenAI and every compatible server.
//!
//! <https://platform.openai.com/docs/api-reference/chat>. The limit of tokens is sent as
//! `max_completion_tokens` to `api.openai.com`, whose newer models refuse `max_tokens`, and as
//! `max_tokens` to everybody else, because every compatible server knows it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use ureq::http::Uri;

use super::Provider;
use super::answer::{Answer, Finish, Timing, Usage};
use super::embedding;
use super::endpoint::Endpoint;
use super::fault::Fault;
use super::http::{Http, Reply};
use super::open::{OpenFault, Opening};
use super::request::{Message, Request};
use super::tool_call::{self, ToolCall};
use crate::registry::prompt::Tool;

pub(super) const DEFAULT_BASE: &str = "https://api.openai.com/v1";

/// A server that speaks chat completions.
pub(super) struct OpenAi {
    http: Http,
    base: String,
    chat: Uri,
    embeddings: Uri,
    model: String,
    limit: LimitName,
}

/// What the limit of tokens is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LimitName {
    MaxTokens,
    MaxCompletionTokens,
}

impl OpenAi {
    pub(super) fn open(opening: &Opening<'_>) -> Result<Self, OpenFault> {
        let model = opening.provider.model.clone().ok_or(OpenFault::Missing { key: "model" })?;
        let endpoint = Endpoint::find(opening, DEFAULT_BASE)?;
        let key = endpoint.key.as_ref().and_then(|key| key.header("Bearer "));
        let headers = key.into_iter().map(|value| ("authorization", value)).collect();
        Ok(Self {
            http: Http::new(opening, &endpoint, headers)?,
            chat: endpoint.at("/chat/completions")?,
            embeddings: endpoint.at("/embeddings")?,
            limit: match endpoint.host.as_str() {
                "api.openai.com" => LimitName::MaxCompletionTokens,
                _ => LimitName::MaxTokens,
            },
            base: endpoint.base,
            model,
        })
    }

    fn answer(&self, reply: &Reply) -> Result<Answer, Fault> {
        let completion: Completion = self.http.parse(&reply.body)?;
        let bad = |reason| self.http.bad(reason, &reply.body);
        let choice = completion.choices.into_iter().next().ok_or_else(|| bad("no choices"))?;
        let message = choice.message;
        let mut finish = match choice.finish_reason.as_deref() {
            Some("stop") => Finish::Stop,
            Some("length") => Finish::Length,
            Some("content_filter") => Finish::Blocked,
            Some("tool_calls" | "function_call") => Finish::ToolCalls,
            _ => Finish::Other,
        };
        let text = if let Some(refusal) = message.refusal {
            finish = Finish::Blocked;
            refusal
        } else if let Some(content) = message.content.and_then(Content::text) {
            content
        } else if !message.tool_calls.is_empty() {
            let calls: Vec<_> = message.tool_calls.into_iter().map(ToolCall::from).collect();
            tool_call::text(&calls)
        } else if matches!(finish, Finish::Blocked | Finish::Length) {
            String::new()
        } else {
            return Err(bad("a message without content"));
        };
        Ok(Answer {
            text,
            finish,
            model: completion.model,
            fingerprint: completion.system_fingerprint,
            usage: completion.usage.map(Usage::from),
            latency_ms: Some(reply.latency_ms),
            timing: Timing::Live,
        })
    }
}

impl Provider for OpenAi {
    fn complete(&self, request: &Request) -> Result<Answer, Fault> {
        let body = Body::new(&self.model, request, self.limit);
        // Text, numbers and JSON values always have a JSON form.
        let body = serde_json::to_vec(&body).unwrap_or_default();
        let reply = self.http.post(&self.chat, &body)?;
        self.answer(&reply).map(|answer| self.http.without_key(answer))
    }

    fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, Fault> {
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        let body = json!({"model": self.model, "input": texts, "encoding_format": "float"});
        let reply = self.http.post(&self.embeddings, body.to_string().as_bytes())?;
        let mut list: Embeddings = self.http.parse(&reply.body)?;
        list.data.sort_by_key(|item| item.index);
        if list.data.iter().enumerate().any(|(at, item)| item.index != at) {
            return Err(self.http.bad("vectors that are not numbered from 0", &[]));
        }
        let vectors = list.data.into_iter().map(|item| item.embedding).collect();
        embedding::checked(vectors, texts, self.http.host())
    }

    fn identity(&self) -> Value {
        json!({"api": "openai", "endpoint": self.base, "model": self.model})
    }

    fn is_live(&self) -> bool {
        true
    }
}

/// The body of a request.
#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    messages: &'a [Message],
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_k: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    frequency_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    presence_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<i64>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    stop: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Offered<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<Value>,
}

impl<'a> Body<'a> {
    fn new(model: &'a str, request: &'a Request, limit: LimitName) -> Self {
        let parameters = &request.parameters;
        let tokens = |name| parameters.max_output_tokens.filter(|_| limit == name);
        let format = request.schema.as_ref().map(|schema| {
            let named = json!({"name": "answer", "schema": schema});
            json!({"type": "json_schema", "json_schema": named})
        });
        Self {
            model,
            messages: &request.messages,
            temperature: parameters.temperature,
            top_p: parameters.top_p,
            top_k: parameters.top_k,
            frequency_penalty: parameters.frequency_penalty,
            presence_penalty: parameters.presence_penalty,
            seed: parameters.seed,
            stop: &parameters.stop,
            max_tokens: tokens(LimitName::MaxTokens),
            max_completion_tokens: tokens(LimitName::MaxCompletionTokens),
            tools: request.tools.iter().map(Offered::from).collect(),
            response_format: format,
        }
    }
}

#[derive(Serialize)]
struct Offered<'a> {
    r#type: &'static str,
    function: Signature<'a>,
}

#[derive(Serialize)]
struct Signature<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameters: Option<&'a Value>,
}

impl<'a> From<&'a Tool> for Offered<'a> {
    fn from(tool: &'a Tool) -> Self {
        let function = Signature {
            name: &tool.name,
            description: tool.description.as_deref(),
            parameters: tool.parameters.as_ref(),
        };
        Self { r#type: "function", function }
    }
}

#[derive(Deserialize)]
struct Completion {
    choices: Vec<Choice>,
    model: Option<String>,
    system_fingerprint: Option<String>,
    usage: Option<Tokens>,
}

#[derive(Deserialize)]
struct Choice {
    message: Reported,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Reported {
    content: Option<Content>,
    refusal: Option<String>,
    #[serde(default, deserialize_with = "or_empty")]
    tool_calls: Vec<Called>,
}

/// Some servers write `null` for an empty list.
fn or_empty<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<Called>, D::Error> {
    Option::deserialize(from).map(Option::unwrap_or_default)
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Deserialize)]
struct Part {
    text: Option<String>,
}

impl Content {
    /// Returns the text; `None` where there are only parts of other kinds.
    fn text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            Self::Parts(parts) => {
                let texts: Vec<_> = parts.into_iter().filter_map(|part| part.text).collect();
                (!texts.is_empty()).then(|| texts.concat())
            }
        }
    }
}

#[derive(Deserialize)]
struct Called {
    function: Function,
}

#[derive(Deserialize)]
struct Function {
    name: String,
    arguments: String,
}

impl From<Called> for ToolCall {
    /// Arguments are JSON in a text; what is none stays a text.
    fn from(Called { function: Function { name, arguments } }: Called) -> Self {
        let parsed = serde_json::from_str(&arguments);
        Self { name, arguments: parsed.unwrap_or(Value::String(arguments)) }
    }
}

#[derive(Deserialize)]
struct Tokens {
    #[serde(default, rename = "prompt_tokens")]
    prompt: u64,
    #[serde(default, rename = "completion_tokens")]
    completion: u64,
    #[serde(rename = "prompt_tokens_details")]
    details: Option<Details>,
}

#[derive(Deserialize)]
struct Details {
    cached_tokens: Option<u64>,
}

impl From<Tokens> for Usage {
    fn from(tokens: Tokens) -> Self {
        Self {
            input_tokens: tokens.prompt,
            output_tokens: tokens.completion,
            cached_input_tokens: tokens
                .details
                .and_then(|details| details.cached_tokens)
                .unwrap_or_default(),
        }
    }
}

#[derive(Deserialize)]
struct Embeddings {
    data: Vec<Embedding>,
}

#[derive(Deserialize)]
struct Embedding {
    index: usize,
    embedding: Vec<f32>,
}
