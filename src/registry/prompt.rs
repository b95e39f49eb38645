//! Prompts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::signature::{Direction, Signature};

/// Which engine renders the template.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// Jinja as minijinja reads it, with strict undefined.
    #[default]
    Jinja,
    /// `{{name}}` only, for text with braces.
    Simple,
}

/// Who carries out a tool call that the model emits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExecutedBy {
    /// The caller of the prompt, to whom tool calls are output.
    #[default]
    Caller,
    /// The runtime; callers never see the call.
    Runtime,
}

/// The content model of both sides, or of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Open {
    /// One answer for inputs and outputs.
    Both(bool),
    /// An answer for each.
    Each {
        /// Whether unknown inputs are accepted.
        inputs: Option<bool>,
        /// Whether further outputs may appear.
        outputs: Option<bool>,
    },
}

/// The key `schema`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PromptSchema {
    /// A list of names, or a map of name to JSON Schema.
    pub inputs: Option<Value>,
    /// A list of names, or a map of name to JSON Schema.
    pub outputs: Option<Value>,
    /// The content model.
    pub open: Option<Open>,
}

/// One message of a chat prompt: `content` inline, or the path of a `file`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Message {
    /// `system`, `user`, `assistant`, `developer` or `tool`.
    pub role: String,
    /// The text.
    pub content: Option<String>,
    /// Where the text is.
    pub file: Option<String>,
}

/// A tool that the model may call.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// What it does, for the model.
    pub description: Option<String>,
    /// The JSON Schema of its arguments.
    pub parameters: Option<Value>,
    /// Who carries it out.
    pub executed_by: ExecutedBy,
}

/// How the model is asked to answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Parameters {
    /// Randomness.
    pub temperature: Option<f64>,
    /// Nucleus sampling.
    pub top_p: Option<f64>,
    /// Sampling from the `k` most likely tokens.
    pub top_k: Option<u64>,
    /// Penalty on tokens by how often they stood.
    pub frequency_penalty: Option<f64>,
    /// Penalty on tokens that stood.
    pub presence_penalty: Option<f64>,
    /// Texts that end the answer.
    pub stop: Vec<String>,
    /// The seed.
    pub seed: Option<i64>,
    /// The most tokens of an answer.
    pub max_output_tokens: Option<u64>,
}

/// What the prompt promises beyond its schema.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policies {
    /// Whether every answer cites its sources.
    pub requires_citations: Option<bool>,
    /// The guardrail profile.
    pub safety_profile: Option<String>,
    /// Guardrails beyond the profile.
    pub guardrails: Option<Vec<String>>,
    /// The data classes that may be sent.
    pub allowed_data_classes: Option<Vec<String>>,
    /// The journeys that may use the entry.
    pub allowed_journeys: Option<Vec<String>>,
    /// Sources that answers may not use.
    pub disallowed_sources: Option<Vec<String>>,
    /// Where data may be processed.
    pub residency: Option<String>,
    /// Whether a person reviews answers.
    pub human_review: Option<bool>,
    /// For text policies: the values from the laxest to the strictest, so that a change of the
    /// policy can be judged.
    pub order: BTreeMap<String, Vec<String>>,
}

/// What only prompts have; see [`super::common::Common`] for the rest.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Prompt {
    /// Inputs and outputs.
    pub schema: PromptSchema,
    /// The template's path in the entry's folder; `template.md` unless written.
    pub template: Option<String>,
    /// A chat in place of one template.
    pub messages: Vec<Message>,
    /// Which engine renders the template.
    pub engine: Engine,
    /// The form of the answer: a word such as `json`, or the provider's own object.
    pub response_format: Option<Value>,
    /// The language of the answer (BCP 47).
    pub language: Option<String>,
    /// Whether the answer arrives in pieces.
    pub streaming: bool,
    /// Tools that the model may call.
    pub tools: Vec<Tool>,
    /// Worked examples that are part of the prompt.
    pub examples: Vec<Value>,
    /// How the model is asked to answer.
    pub parameters: Parameters,
    /// The model: `model/cust-copilot@^1.4`.
    pub model: Option<String>,
    /// What the prompt promises beyond its schema.
    pub policies: Policies,
}

impl Prompt {
    /// Returns the inputs in normal form.
    #[must_use]
    pub fn inputs(&self) -> Signature {
        let open = match self.schema.open {
            Some(Open::Both(open)) => Some(open),
            Some(Open::Each { inputs, .. }) => inputs,
            None => None,
        };
        Signature::read(self.schema.inputs.as_ref(), "/schema/inputs", Direction::Input, open)
    }

    /// Returns the outputs in normal form.
    #[must_use]
    pub fn outputs(&self) -> Signature {
        let open = match self.schema.open {
            Some(Open::Both(open)) => Some(open),
            Some(Open::Each { outputs, .. }) => outputs,
            None => None,
        };
        Signature::read(self.schema.outputs.as_ref(), "/schema/outputs", Direction::Output, open)
    }
}
