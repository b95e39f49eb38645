//! Rules about models: what they accept, what they can do, and what makes them act.

use super::{mirror, waived};
use crate::finding::{Family, Rule};
use crate::version::Bump;

const WEIGHTS: &str = "/properties/weights";
const CONTEXT: &str = "/properties/limits/properties/context_tokens";
const MAX_OUTPUT: &str = "/properties/limits/properties/max_output_tokens";
const LIMITS: &str = "/properties/limits";
const CAPABILITIES: &str = "/properties/capabilities";
const RUNTIME: &str = "/properties/runtime";
const RISK: &str = "/properties/risk_tier";
const SIGNATURE: &str = "/properties/signature";
const SERVED: &str = "/properties/provider/properties/model";

reasons! { Model;
    WEIGHTS_CHANGED: "model-weights-changed", Minor, WEIGHTS, mirror("model-weights-changed"),
        "The weights of a model changed.",
        "Training changes behaviour and keeps the contract. Without the tensor digests of both sides, other bytes count as other weights.";
    WEIGHTS_RESERIALIZED: "model-weights-reserialized", Patch, WEIGHTS, mirror("model-weights-reserialized"),
        "The same tensors stand in other files.",
        "Croissant counts data that is the same in another serialization as PATCH.";
    WEIGHTS_FORMAT_CHANGED: "model-weights-format-changed", Major, WEIGHTS, mirror("model-weights-format-changed"),
        "A model is no longer offered in a format of weights.",
        "Whoever loads that format finds nothing. A format that is added beside the others is a promise added, and minor.";
    QUANTIZATION_CHANGED: "model-quantization-changed", Minor, "/properties/quantization", mirror("model-quantization-changed"),
        "The number format of the weights changed.",
        "Answers change, the contract does not; Hugging Face lists `quantized` as a relation to the base model. Where it runs on less hardware than before, the step is major.";
    BASE_CHANGED: "model-base-changed", Major, "/properties/base_model", mirror("model-base-changed"),
        "A model was made from another base model, or in another way.",
        "Another lineage has other tokens, habits and terms. cargo-semver-checks treats a field of another type so.";
    BASE_REVISION_CHANGED: "model-base-revision-changed", Minor, "/properties/base_revision", mirror("model-base-revision-changed"),
        "A model was made from another revision of its base model.",
        "The lineage is the same; answers may change, the contract does not.";
    SERVED_CHANGED: "model-served-changed", Major, SERVED, mirror("model-served-changed"),
        "The provider serves another model under this entry.",
        "The provider's name is all that is known of a hosted model, and another name is another lineage, as with `model-base-changed`.";
    SNAPSHOT_CHANGED: "model-snapshot-changed", Minor, SERVED, mirror("model-snapshot-changed"),
        "The provider serves another snapshot of the same model.",
        "Answers change, the contract does not. Names that differ in their date or number alone are snapshots of one model.";
    ANSWERS_CHANGED: "model-answers-changed", Minor, "/properties/provider/properties/file", mirror("model-answers-changed"),
        "The recorded or scripted answers of a model changed.",
        "They are all the behaviour that such a model has.";
    PROGRAM_CHANGED: "model-program-changed", Minor, "/properties/provider/properties/program", mirror("model-program-changed"),
        "Another program answers, or it is started with other arguments.",
        "Behaviour may change, the contract does not; what the program does is not judged.";
    API_CHANGED: "model-api-changed", Major, "/properties/provider/properties/api", mirror("model-api-changed"),
        "A model is spoken to in another protocol.",
        "Whoever calls the provider directly is no longer understood. The first provider of a model is a promise added, and minor.";
    ARCHITECTURE_CHANGED: "model-architecture-changed", Major, "/properties/architecture", mirror("model-architecture-changed"),
        "The architecture of a model changed.",
        "Loaders and servers are made for one architecture. Declaring it for the first time is minor.";
    CONTEXT_DECREASED: "model-context-length-decreased", Major, CONTEXT, mirror("model-context-length-increased"),
        "A model accepts fewer tokens.",
        "Requests that were accepted are refused. oasdiff `request-property-max-length-decreased` is an error.";
    CONTEXT_INCREASED: "model-context-length-increased", Minor, CONTEXT, mirror("model-context-length-decreased"),
        "A model accepts more tokens, or says for the first time how many.",
        "Whatever was accepted still is.";
    MAX_OUTPUT_DECREASED: "model-max-output-decreased", Major, MAX_OUTPUT, mirror("model-max-output-increased"),
        "A model writes fewer tokens.",
        "Requests with a `max_tokens` that was accepted are refused.";
    MAX_OUTPUT_INCREASED: "model-max-output-increased", Minor, MAX_OUTPUT, mirror("model-max-output-decreased"),
        "A model writes more tokens, or says for the first time how many.",
        "Whatever was accepted still is.";
    RATE_LIMIT_LOWERED: "model-rate-limit-lowered", Minor, LIMITS, mirror("model-rate-limit-raised"),
        "The provider takes fewer requests or tokens a minute.",
        "A quota of the account, which callers have to be ready for whatever it is; each request is served as before.";
    RATE_LIMIT_RAISED: "model-rate-limit-raised", Patch, LIMITS, mirror("model-rate-limit-lowered"),
        "The provider takes more requests or tokens a minute, or says for the first time how many.",
        "A quota of the account; each request is served as before.";
    TOKENIZER_CHANGED: "model-tokenizer-changed", Major, "/properties/tokenizer", mirror("model-tokenizer-changed"),
        "The tokenizer of a model changed.",
        "Token ids, `logit_bias` and token budgets of callers mean something else. Declaring it for the first time is minor.";
    CHAT_TEMPLATE_CHANGED: "model-chat-template-changed", Minor, "/properties/chat_template", mirror("model-chat-template-changed"),
        "The template that joins messages changed.",
        "Every prompt reaches the model in other words: behaviour, not contract.";
    EMBEDDING_SPACE_CHANGED: "model-embedding-space-changed", Major, "/properties/embedding", mirror("model-embedding-space-changed"),
        "Vectors of an embedding model lie in another space.",
        "Vectors that are stored cannot be compared with new ones. With an embedding model, other weights are another space.";
    CAPABILITY_REMOVED: "model-capability-removed", Major, CAPABILITIES, mirror("model-capability-added"),
        "A model lost a capability, a language or a modality.",
        "Whoever uses it is no longer served. cargo-semver-checks `feature_missing` is major.";
    CAPABILITY_ADDED: "model-capability-added", Minor, CAPABILITIES, mirror("model-capability-removed"),
        "A model gained a capability, a language or a modality.",
        "A promise added.";
    SIGNATURE_ADDED: "model-signature-added", Minor, SIGNATURE, mirror("model-signature-removed"),
        "A model says what goes in and what comes out for the first time.",
        "A promise added; from then on the rules for inputs and outputs hold.";
    SIGNATURE_REMOVED: "model-signature-removed", Major, SIGNATURE, mirror("model-signature-added"),
        "A model no longer says what goes in and what comes out.",
        "A promise withdrawn.";
    RUNTIME_RAISED: "model-runtime-requirement-raised", Minor, RUNTIME, mirror("model-runtime-requirement-lowered"),
        "Hosting a model needs more memory, other software, or runs on less hardware.",
        "Callers are served as before; who hosts it has work to do. cargo-semver-checks says of raised minimum versions of Rust that they are not major.";
    RUNTIME_LOWERED: "model-runtime-requirement-lowered", Minor, RUNTIME, mirror("model-runtime-requirement-raised"),
        "Hosting a model needs less, or says for the first time what it needs.",
        "A promise added.";
    ENDPOINT_MOVED: "model-endpoint-moved", Patch, "/properties/endpoint", mirror("model-endpoint-moved"),
        "A model is served at another address.",
        "The same model answers, so neither contract nor behaviour changes.";
    DATA_RESIDENCY_CHANGED: "model-data-residency-changed", Major, "/properties/policies/properties/residency",
        waived("declaring a residency is `policy-tightened`; between two of them the rule is its own mirror"),
        "Data is processed in another place, or no longer in the promised one.",
        "Whoever sends data was told where it stays. Places that `policies.order` ranks are judged as policies.";
    RISK_TIER_LOWERED: "model-risk-tier-lowered", Major, RISK, mirror("model-risk-tier-raised"),
        "A model counts as less harmful than before.",
        "Approvals and reviews that its users rely on are no longer asked for: a promise withdrawn.";
    RISK_TIER_RAISED: "model-risk-tier-raised", Minor, RISK, mirror("model-risk-tier-lowered"),
        "A model counts as more harmful than before, or is placed for the first time.",
        "More is asked of its releases: a promise added.";
    COST_CHANGED: "model-cost-changed", Patch, "/properties/pricing", mirror("model-cost-changed"),
        "The price of a model changed.",
        "Evidence for those who pay; neither contract nor behaviour changes.";
}
