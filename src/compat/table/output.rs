//! Rules about what callers receive: nothing may arrive that could not arrive before.

use super::{mirror, waived};
use crate::finding::{Family, Rule};
use crate::version::Bump;

const OUTPUTS: &str = "/properties/schema/properties/outputs";
const OPEN: &str = "/properties/schema/properties/open";
const TOOLS: &str = "/properties/tools";

reasons! { Output;
    REMOVED: "output-removed", Major, OUTPUTS, mirror("output-added"),
        "A required output was removed.",
        "Consumers read it. oasdiff `response-required-property-removed` is an error; cargo-semver-checks `struct_pub_field_missing`.";
    OPTIONAL_REMOVED: "output-optional-removed", Major, OUTPUTS,
        waived("the reverse is `output-added` or `output-added-to-closed`"),
        "An optional output was removed.",
        "Consumers that handle it lose it for good. oasdiff warns, and users raise the warning to an error; `rules:` may lower it to minor.";
    ADDED: "output-added", Minor, OUTPUTS, mirror("output-removed"),
        "An output was added, and consumers expect further outputs.",
        "An open content model told consumers to pass over what they do not know. oasdiff lists it as information.";
    ADDED_TO_CLOSED: "output-added-to-closed", Major, OUTPUTS,
        waived("the reverse is `output-removed` or `output-optional-removed`"),
        "An output was added, and consumers were told to expect no further ones.",
        "The new answer is invalid under the old contract. Confluent's FORWARD mode calls it incompatible.";
    RENAMED: "output-renamed", Major, OUTPUTS, mirror("output-renamed"),
        "An output has another name.",
        "Consumers address outputs by name. buf `FIELD_SAME_JSON_NAME`.";
    BECAME_OPTIONAL: "output-became-optional", Major, OUTPUTS, mirror("output-became-required"),
        "A required output became optional.",
        "Answers without it were impossible before. oasdiff `response-property-became-optional` is an error.";
    BECAME_REQUIRED: "output-became-required", Minor, OUTPUTS, mirror("output-became-optional"),
        "An optional output became required.",
        "A promise was added. oasdiff lists it as information.";
    BECAME_NULLABLE: "output-became-nullable", Major, OUTPUTS, mirror("output-became-not-nullable"),
        "An output may be null that could not be before.",
        "Consumers do not expect null. oasdiff `response-property-became-nullable` is an error.";
    BECAME_NOT_NULLABLE: "output-became-not-nullable", Minor, OUTPUTS, mirror("output-became-nullable"),
        "An output can no longer be null.",
        "A promise was added. oasdiff lists it as information.";
    TYPE_WIDENED: "output-type-widened", Major, OUTPUTS, mirror("output-type-narrowed"),
        "An output may have more types.",
        "Values arrive that could not arrive before. oasdiff `response-property-type-generalized` is an error.";
    TYPE_NARROWED: "output-type-narrowed", Minor, OUTPUTS, mirror("output-type-widened"),
        "An output has fewer types.",
        "A promise was added. oasdiff `response-property-type-specialized`.";
    TYPE_CHANGED: "output-type-changed", Major, OUTPUTS, mirror("output-type-changed"),
        "An output has other types.",
        "Values arrive that could not arrive before.";
    ENUM_VALUE_ADDED: "output-enum-value-added", Major, OUTPUTS, mirror("output-enum-value-removed"),
        "An output may have one more listed value.",
        "Consumers match on the list, unless `extensible: true` told them to expect more: then the step is minor. oasdiff `x-extensible-enum`; cargo-semver-checks `enum_variant_added`.";
    ENUM_VALUE_REMOVED: "output-enum-value-removed", Minor, OUTPUTS, mirror("output-enum-value-added"),
        "An output can no longer have a listed value.",
        "A promise was added.";
    CONSTRAINT_LOOSENED: "output-constraint-loosened", Major, OUTPUTS, mirror("output-constraint-tightened"),
        "A constraint on an output was loosened or removed.",
        "Values arrive that could not arrive before. oasdiff `response-property-max-length-increased` is an error.";
    CONSTRAINT_TIGHTENED: "output-constraint-tightened", Minor, OUTPUTS, mirror("output-constraint-loosened"),
        "A constraint on an output was added or tightened.",
        "A promise was added.";
    CONTENT_MODEL_OPENED: "output-content-model-opened", Major, OPEN, mirror("output-content-model-closed"),
        "Further outputs may appear that could not before.",
        "Consumers were told to expect none; an answer with more is invalid under the old contract.";
    CONTENT_MODEL_CLOSED: "output-content-model-closed", Minor, OPEN, mirror("output-content-model-opened"),
        "Further outputs can no longer appear.",
        "A promise was added.";
    FORMAT_CHANGED: "output-format-changed", Major, "/properties/response_format", mirror("output-format-changed"),
        "The answer has another form or another language.",
        "Consumers parse the form and show the language; a language that is declared for the first time is a promise added and asks for minor. buf `MESSAGE_SAME_JSON_FORMAT`.";
    TOOL_ADDED: "output-tool-added", Major, TOOLS, mirror("output-tool-removed"),
        "The model may call one more tool.",
        "Tool calls are output to the caller that executes them; a tool with `executed_by: runtime` is invisible and asks for minor.";
    TOOL_REMOVED: "output-tool-removed", Minor, TOOLS, mirror("output-tool-added"),
        "The model can no longer call a tool.",
        "No call arrives that could not arrive before; behaviour changes.";
    TOOL_PARAM_CHANGED: "output-tool-param-changed", Major, TOOLS, mirror("output-tool-param-changed"),
        "A tool takes other arguments.",
        "Arguments are output to the caller that executes the tool: accepting more is major, accepting less is minor.";
    TOOL_DESCRIPTION_CHANGED: "output-tool-description-changed", Minor, TOOLS,
        mirror("output-tool-description-changed"),
        "What the model reads about a tool changed.",
        "The model calls tools by their descriptions: behaviour changes, the contract does not.";
    STREAMING_CHANGED: "output-streaming-changed", Major, "/properties/streaming", mirror("output-streaming-changed"),
        "The answer arrives in pieces that came whole, or the reverse.",
        "Consumers read the one or the other. buf `RPC_SAME_SERVER_STREAMING`.";
    DESCRIPTION_CHANGED: "output-description-changed", Patch, OUTPUTS, mirror("output-description-changed"),
        "What is written about an output changed; what may arrive did not.",
        "The contract's text is part of its digest, and a published digest never changes under one number.";
}
