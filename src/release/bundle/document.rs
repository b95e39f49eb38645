//! `keelmark-bundle.json`: what is in a bundle, and what of it has no file of its own.
//!
//! These types are the contract with applications (`keelmark.bundle.v1`), not the registry's own:
//! a key of the registry may change without an application noticing.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::digest::Digest;
use crate::integrity::facets::Facets;
use crate::registry::model::{Distance, Model, WeightFile};
use crate::registry::profile::{AppliesTo, Guardrail, HitAction, HitSeverity, Service, ServiceApi};
use crate::registry::prompt::{Engine, ExecutedBy, Parameters, Policies, Tool};
use crate::registry::signature::Signature;

/// The name of the shape.
pub(super) const SCHEMA: &str = "keelmark.bundle.v1";

#[derive(Serialize)]
pub(super) struct Document {
    pub(super) schema: &'static str,
    pub(super) composite: Composite,
    pub(super) contract: Option<Contract>,
    pub(super) stamps: Vec<Stamp>,
    pub(super) members: Vec<Member>,
    pub(super) profiles: Vec<Profile>,
    pub(super) evidence: Vec<Evidence>,
    pub(super) files: Vec<File>,
}

#[derive(Serialize)]
pub(super) struct Composite {
    pub(super) entry: String,
    pub(super) text: String,
    pub(super) full: String,
    pub(super) digest: Digest,
    pub(super) composition: Digest,
}

/// What callers of the composite send and receive.
#[derive(Clone, Serialize)]
pub(super) struct Contract {
    /// The slot of the prompt that answers; `None` where the composite has a signature of its own.
    pub(super) slot: Option<String>,
    pub(super) inputs: Inputs,
    pub(super) outputs: Outputs,
}

#[derive(Clone, Serialize)]
pub(super) struct Inputs {
    /// The file of the JSON Schema.
    pub(super) schema: String,
    aliases: BTreeMap<String, String>,
    defaults: BTreeMap<String, Value>,
    optional: Vec<String>,
}

#[derive(Clone, Serialize)]
pub(super) struct Outputs {
    /// The file of the JSON Schema.
    pub(super) schema: String,
}

/// What telemetry carries with every event.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Stamp {
    /// The composite's id.
    pub composite: String,
    /// Its version.
    pub version: String,
    /// The digest of its entry, as tags and channels name it.
    pub digest: Digest,
    /// The journey; `None` where the composite names none.
    pub journey: Option<String>,
    /// The prompt's id.
    pub prompt: String,
}

#[derive(Serialize)]
pub(super) struct Member {
    pub(super) slot: String,
    pub(super) entry: String,
    pub(super) digests: Digests,
    pub(super) data_class: Option<String>,
    pub(super) retention_days: Option<u64>,
    pub(super) license: Option<String>,
    pub(super) sunset: Option<String>,
    pub(super) prompt: Option<PromptPart>,
    pub(super) fragment: Option<FragmentPart>,
    pub(super) model: Option<ModelPart>,
    pub(super) profile: Option<ProfilePart>,
    pub(super) payloads: Vec<PayloadPart>,
}

#[derive(Serialize)]
pub(super) struct Digests {
    contract: Digest,
    behaviour: Digest,
    entry: Digest,
}

impl From<&Facets> for Digests {
    fn from(facets: &Facets) -> Self {
        Self { contract: facets.contract, behaviour: facets.behaviour, entry: facets.entry }
    }
}

#[derive(Serialize)]
pub(super) struct PromptPart {
    pub(super) engine: Engine,
    pub(super) messages: Vec<MessagePart>,
    pub(super) inputs: Inputs,
    pub(super) outputs: Outputs,
    pub(super) parameters: ParameterPart,
    pub(super) response_format: Option<Value>,
    pub(super) language: Option<String>,
    pub(super) streaming: bool,
    pub(super) tools: Vec<ToolPart>,
    pub(super) examples: Vec<Value>,
    pub(super) model: Option<String>,
    pub(super) policies: PolicyPart,
}

#[derive(Serialize)]
pub(super) struct MessagePart {
    pub(super) role: String,
    pub(super) template: String,
}

#[derive(Serialize)]
pub(super) struct ParameterPart {
    temperature: Option<f64>,
    top_p: Option<f64>,
    top_k: Option<u64>,
    frequency_penalty: Option<f64>,
    presence_penalty: Option<f64>,
    stop: Vec<String>,
    seed: Option<i64>,
    max_output_tokens: Option<u64>,
}

#[derive(Serialize)]
pub(super) struct ToolPart {
    name: String,
    description: Option<String>,
    parameters: Option<Value>,
    executed_by: ExecutedBy,
}

#[derive(Serialize)]
pub(super) struct PolicyPart {
    requires_citations: Option<bool>,
    /// The profile in `profiles` that the policy names.
    profile: Option<String>,
    guardrails: Option<Vec<String>>,
    allowed_data_classes: Option<Vec<String>>,
    allowed_journeys: Option<Vec<String>>,
    disallowed_sources: Option<Vec<String>>,
    residency: Option<String>,
    human_review: Option<bool>,
}

#[derive(Serialize)]
pub(super) struct FragmentPart {
    pub(super) template: String,
    pub(super) inputs: Inputs,
    pub(super) language: Option<String>,
}

/// A model without what only Keelmark's own runs need, and without prices.
#[derive(Serialize)]
pub(super) struct ModelPart {
    api: Option<crate::registry::model::Api>,
    model: Option<String>,
    base_url: Option<String>,
    base_url_env: Option<String>,
    timeout_ms: Option<u64>,
    limits: LimitPart,
    capabilities: Vec<String>,
    modalities: Vec<String>,
    languages: Vec<String>,
    embedding: Option<EmbeddingPart>,
    weights: Vec<WeightPart>,
    policies: PolicyPart,
}

#[derive(Serialize)]
struct LimitPart {
    context_tokens: Option<u64>,
    max_output_tokens: Option<u64>,
    requests_per_minute: Option<u64>,
    tokens_per_minute: Option<u64>,
}

#[derive(Serialize)]
struct EmbeddingPart {
    dimensions: Option<u64>,
    distance: Option<Distance>,
    normalized: Option<bool>,
}

#[derive(Serialize)]
struct WeightPart {
    path: Option<String>,
    uri: Option<String>,
    sha256: Option<String>,
    tensors_sha256: Option<String>,
    format: Option<String>,
    bytes: Option<u64>,
}

#[derive(Serialize)]
pub(super) struct ProfilePart {
    guardrails: BTreeMap<String, GuardrailPart>,
    services: BTreeMap<String, ServicePart>,
}

#[derive(Serialize)]
struct GuardrailPart {
    severity: Option<HitSeverity>,
    detector: Option<String>,
    threshold: Option<f64>,
    applies_to: AppliesTo,
    action: HitAction,
    description: Option<String>,
}

#[derive(Serialize)]
struct ServicePart {
    api: Option<ServiceApi>,
    base_url: Option<String>,
    base_url_env: Option<String>,
    timeout_ms: Option<u64>,
}

/// A profile that members name.
#[derive(Serialize)]
pub(super) struct Profile {
    pub(super) entry: String,
    pub(super) digests: Digests,
    #[serde(flatten)]
    pub(super) part: ProfilePart,
}

/// Bytes that are not in the bundle: rows, weights.
#[derive(Serialize)]
pub(super) struct PayloadPart {
    pub(super) path: String,
    pub(super) sha256: Digest,
    pub(super) bytes: u64,
}

#[derive(Serialize)]
pub(super) struct Evidence {
    pub(super) slot: String,
    pub(super) entry: String,
    pub(super) digests: Digests,
}

#[derive(Serialize)]
pub(super) struct File {
    pub(super) path: String,
    pub(super) sha256: Digest,
    pub(super) bytes: u64,
}

impl Inputs {
    /// Describes inputs whose JSON Schema is in `schema`.
    pub(super) fn new(signature: &Signature, schema: String) -> Self {
        let fields = &signature.fields;
        let aliases = fields.iter().flat_map(|(name, field)| {
            field.aliases.iter().map(move |alias| (alias.clone(), name.clone()))
        });
        let defaults =
            fields.iter().filter_map(|(name, field)| Some((name.clone(), field.default.clone()?)));
        let optional = fields.iter().filter(|(_, f)| !f.required && f.default.is_none());
        Self {
            schema,
            aliases: aliases.collect(),
            defaults: defaults.collect(),
            optional: optional.map(|(name, _)| name.clone()).collect(),
        }
    }
}

impl From<&Parameters> for ParameterPart {
    fn from(parameters: &Parameters) -> Self {
        Self {
            temperature: parameters.temperature,
            top_p: parameters.top_p,
            top_k: parameters.top_k,
            frequency_penalty: parameters.frequency_penalty,
            presence_penalty: parameters.presence_penalty,
            stop: parameters.stop.clone(),
            seed: parameters.seed,
            max_output_tokens: parameters.max_output_tokens,
        }
    }
}

impl From<&Tool> for ToolPart {
    fn from(tool: &Tool) -> Self {
        Self {
            name: tool.name.clone(),
            description: tool.description.clone(),
            parameters: tool.parameters.clone(),
            executed_by: tool.executed_by,
        }
    }
}

impl PolicyPart {
    /// Copies policies; `profile` is the entry that `safety_profile` leads to.
    pub(super) fn new(policies: &Policies, profile: Option<String>) -> Self {
        Self {
            requires_citations: policies.requires_citations,
            profile,
            guardrails: policies.guardrails.clone(),
            allowed_data_classes: policies.allowed_data_classes.clone(),
            allowed_journeys: policies.allowed_journeys.clone(),
            disallowed_sources: policies.disallowed_sources.clone(),
            residency: policies.residency.clone(),
            human_review: policies.human_review,
        }
    }
}

impl ModelPart {
    /// Copies what a caller of the model needs to know.
    pub(super) fn new(model: &Model, policies: PolicyPart) -> Self {
        let provider = model.provider.clone().unwrap_or_default();
        let limits = &model.limits;
        Self {
            api: provider.api,
            model: provider.model,
            base_url: provider.base_url,
            base_url_env: provider.base_url_env,
            timeout_ms: provider.timeout_ms,
            limits: LimitPart {
                context_tokens: limits.context_tokens,
                max_output_tokens: limits.max_output_tokens,
                requests_per_minute: limits.requests_per_minute,
                tokens_per_minute: limits.tokens_per_minute,
            },
            capabilities: model.capabilities.clone(),
            modalities: model.modalities.clone(),
            languages: model.languages.clone(),
            embedding: model.embedding.as_ref().map(|embedding| EmbeddingPart {
                dimensions: embedding.dimensions,
                distance: embedding.distance,
                normalized: embedding.normalized,
            }),
            weights: model.weights.iter().map(WeightPart::from).collect(),
            policies,
        }
    }
}

impl From<&WeightFile> for WeightPart {
    fn from(file: &WeightFile) -> Self {
        Self {
            path: file.path.clone(),
            uri: file.uri.clone(),
            sha256: file.sha256.clone(),
            tensors_sha256: file.tensors_sha256.clone(),
            format: file.format.clone(),
            bytes: file.bytes,
        }
    }
}

impl From<&crate::registry::profile::Profile> for ProfilePart {
    fn from(profile: &crate::registry::profile::Profile) -> Self {
        let guardrail = |guardrail: &Guardrail| GuardrailPart {
            severity: guardrail.severity,
            detector: guardrail.detector.clone(),
            threshold: guardrail.threshold,
            applies_to: guardrail.applies_to,
            action: guardrail.action,
            description: guardrail.description.clone(),
        };
        let service = |service: &Service| ServicePart {
            api: service.api,
            base_url: service.base_url.clone(),
            base_url_env: service.base_url_env.clone(),
            timeout_ms: service.timeout_ms,
        };
        let guardrails = profile.guardrails.iter().map(|(n, g)| (n.clone(), guardrail(g)));
        let services = profile.services.iter().map(|(n, s)| (n.clone(), service(s)));
        Self { guardrails: guardrails.collect(), services: services.collect() }
    }
}
