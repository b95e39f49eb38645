//! Models.

use serde::{Deserialize, Serialize};

use super::prompt::{Open, Policies, PromptSchema};
use super::signature::{Direction, Signature};

/// The protocol that a model is spoken to in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Api {
    /// Chat completions, of any compatible server.
    Openai,
    /// Messages.
    Anthropic,
    /// A program that speaks JSON lines.
    Command,
    /// Recorded responses.
    Replay,
    /// A table of patterns, for demos and tests.
    Scripted,
}

/// Who answers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Provider {
    /// The protocol; absent only where the file leaves it out.
    pub api: Option<Api>,
    /// The provider's own name of the model.
    pub model: Option<String>,
    /// The address of a compatible server.
    pub base_url: Option<String>,
    /// The variable that holds the address.
    pub base_url_env: Option<String>,
    /// The program of [`Api::Command`].
    pub program: Option<String>,
    /// The arguments of the program.
    pub args: Vec<String>,
    /// The responses of [`Api::Replay`] or the table of [`Api::Scripted`], in the entry's folder.
    pub file: Option<String>,
    /// How long one call may take.
    pub timeout_ms: Option<u64>,
}

/// How far a provider's name of a model may be trusted to mean one model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drift {
    /// The name says that it moves.
    Latest,
    /// The name has no date, and its provider may move it.
    Undated,
}

impl Drift {
    /// Returns what the name is, behind `asks the provider for …,`.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Latest => "which is whatever is latest",
            Self::Undated => "a name without a date, which the provider may move",
        }
    }
}

impl Provider {
    /// Says whether the provider may put another model behind the name; `None` where it may not, or
    /// where the name is nobody else's to move.
    #[must_use]
    pub fn drift(&self) -> Option<Drift> {
        let hosted = matches!(self.api, Some(Api::Openai | Api::Anthropic));
        let name = self.model.as_deref()?;
        let parts = || name.split(['-', ':', '@', '/', '_', '.']);
        if !hosted {
            return None;
        }
        if parts().any(|part| part.eq_ignore_ascii_case("latest")) {
            return Some(Drift::Latest);
        }
        let dated = parts().any(|part| part.len() >= 3 && part.bytes().all(|b| b.is_ascii_digit()));
        // A server of one's own is not the provider's to change.
        let own_server = self.base_url.is_some();
        (!dated && !own_server && !name.contains("sha256")).then_some(Drift::Undated)
    }
}

/// One file of weights.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WeightFile {
    /// The path in the entry's folder.
    pub path: Option<String>,
    /// Where the file is, if it is not in the repository.
    pub uri: Option<String>,
    /// The declared SHA-256 of the file.
    pub sha256: Option<String>,
    /// The declared SHA-256 of the tensors alone, whatever surrounds them.
    pub tensors_sha256: Option<String>,
    /// The container.
    pub format: Option<String>,
    /// The size of the file.
    pub bytes: Option<u64>,
}

/// A tokenizer or a chat template: a name, a file, or both.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "WrittenAsset")]
pub struct Asset {
    /// The name that people know it by.
    pub name: Option<String>,
    /// The path in the entry's folder.
    pub path: Option<String>,
    /// Where the file is, if it is not in the repository.
    pub uri: Option<String>,
    /// The declared SHA-256 of the file.
    pub sha256: Option<String>,
}

/// Both forms of an asset. Untagged is fine here: the schema has spoken before.
#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenAsset {
    Name(String),
    Full {
        #[serde(default)]
        name: Option<String>,
        #[serde(default)]
        path: Option<String>,
        #[serde(default)]
        uri: Option<String>,
        #[serde(default)]
        sha256: Option<String>,
    },
}

impl From<WrittenAsset> for Asset {
    fn from(written: WrittenAsset) -> Self {
        match written {
            WrittenAsset::Name(name) => Self { name: Some(name), ..Self::default() },
            WrittenAsset::Full { name, path, uri, sha256 } => Self { name, path, uri, sha256 },
        }
    }
}

/// How a model was made from its base.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BaseRelation {
    /// Trained further.
    Finetune,
    /// An adapter on top.
    Adapter,
    /// Merged with others.
    Merge,
    /// In another number format.
    Quantized,
    /// A smaller one taught by it.
    Distilled,
}

/// What the model accepts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// The most tokens of a request with its answer.
    pub context_tokens: Option<u64>,
    /// The most tokens of an answer.
    pub max_output_tokens: Option<u64>,
    /// The provider's rate limit.
    pub requests_per_minute: Option<u64>,
    /// The provider's token limit.
    pub tokens_per_minute: Option<u64>,
}

/// What the model costs, in US dollars.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pricing {
    /// A million input tokens.
    pub input_per_mtok_usd: Option<f64>,
    /// A million output tokens.
    pub output_per_mtok_usd: Option<f64>,
    /// A million input tokens that the provider had cached.
    pub cached_input_per_mtok_usd: Option<f64>,
    /// One request.
    pub per_request_usd: Option<f64>,
}

/// What hosting the model needs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Runtime {
    /// Gigabytes of video memory.
    pub vram_gb: Option<f64>,
    /// Gigabytes of memory.
    pub ram_gb: Option<f64>,
    /// The inference server with its version.
    pub server: Option<String>,
    /// The driver with its version.
    pub driver: Option<String>,
}

/// How vectors are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Distance {
    /// By angle.
    Cosine,
    /// By inner product.
    Dot,
    /// By length of the difference.
    Euclidean,
}

/// The vector space of an embedding model.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Embedding {
    /// The length of a vector.
    pub dimensions: Option<u64>,
    /// How vectors are compared.
    pub distance: Option<Distance>,
    /// Whether vectors have length one.
    pub normalized: Option<bool>,
}

/// How much harm a wrong answer can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RiskTier {
    /// Little.
    Low,
    /// Some.
    Medium,
    /// Much.
    High,
}

/// Where a model comes from, as its team says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Origin {
    /// Where the model was taken from, or who made it.
    pub source: Option<String>,
    /// The day on which the training ended (ISO 8601).
    pub trained: Option<String>,
    /// The licence of the source, as an SPDX expression.
    pub license: Option<String>,
    /// The datasets that it was trained on.
    pub derived_from: Vec<String>,
    /// Where signatures and attestations of the weights are.
    pub attestations: Vec<String>,
}

/// What only models have; see [`super::common::Common`] for the rest.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Model {
    /// Who answers.
    pub provider: Option<Provider>,
    /// The files of a model that its team hosts.
    pub weights: Vec<WeightFile>,
    /// The architecture.
    pub architecture: Option<String>,
    /// The tokenizer.
    pub tokenizer: Option<Asset>,
    /// The template that joins messages.
    pub chat_template: Option<Asset>,
    /// The number format of the weights.
    pub quantization: Option<String>,
    /// The model that this one was made from.
    pub base_model: Option<String>,
    /// The revision of that model.
    pub base_revision: Option<String>,
    /// How it was made from that model.
    pub base_relation: Option<BaseRelation>,
    /// What callers send and receive, where the model has a signature of its own.
    pub signature: Option<PromptSchema>,
    /// What the model accepts.
    pub limits: Limits,
    /// What the model costs; absent is unknown, never free.
    pub pricing: Option<Pricing>,
    /// What the model can do.
    pub capabilities: Vec<String>,
    /// The languages that it is used for (BCP 47).
    pub languages: Vec<String>,
    /// What goes in and comes out.
    pub modalities: Vec<String>,
    /// What hosting the model needs.
    pub runtime: Runtime,
    /// The hardware on which it is known to run.
    pub hardware: Vec<String>,
    /// The vector space of an embedding model.
    pub embedding: Option<Embedding>,
    /// Where the model is served, for people.
    pub endpoint: Option<String>,
    /// How much harm a wrong answer can do.
    pub risk_tier: Option<RiskTier>,
    /// What the model promises.
    pub policies: Policies,
    /// Where the model comes from.
    pub provenance: Origin,
}

impl Model {
    /// Returns one side of the signature in normal form; `None` where the model has none.
    #[must_use]
    pub fn signature(&self, direction: Direction) -> Option<Signature> {
        let schema = self.signature.as_ref()?;
        let (value, pointer) = match direction {
            Direction::Input => (schema.inputs.as_ref(), "/signature/inputs"),
            Direction::Output => (schema.outputs.as_ref(), "/signature/outputs"),
        };
        let open = match (schema.open, direction) {
            (Some(Open::Both(open)), _) => Some(open),
            (Some(Open::Each { inputs, .. }), Direction::Input) => inputs,
            (Some(Open::Each { outputs, .. }), Direction::Output) => outputs,
            (None, _) => None,
        };
        Some(Signature::read(value, pointer, direction, open))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_without_a_date_may_move() {
        let cases = [
            ("gpt-4o-mini-2024-07-18", None),
            ("claude-3-5-sonnet-20241022", None),
            ("gpt-4-0613", None),
            ("gemini-1.5-pro-002", None),
            ("claude-3-5-sonnet-latest", Some(Drift::Latest)),
            ("llama3:latest", Some(Drift::Latest)),
            ("gpt-4o", Some(Drift::Undated)),
            ("gpt-4.1-mini", Some(Drift::Undated)),
        ];
        let provider = |api, name: &str| Provider {
            api: Some(api),
            model: Some(name.to_owned()),
            ..Provider::default()
        };
        for (name, expected) in cases {
            assert_eq!(provider(Api::Openai, name).drift(), expected, "{name}");
            assert_eq!(provider(Api::Replay, name).drift(), None, "{name}");
        }
        let own = Provider {
            base_url: Some("http://gpu-1".to_owned()),
            ..provider(Api::Openai, "llama")
        };
        assert_eq!(own.drift(), None);
    }
}
