//! Rules about what callers send: whatever was accepted must stay accepted.

use super::{mirror, waived};
use crate::finding::{Family, Rule};
use crate::version::Bump;

const INPUTS: &str = "/properties/schema/properties/inputs";
const OPEN: &str = "/properties/schema/properties/open";

reasons! { Input;
    REQUIRED_ADDED: "input-required-added", Major, INPUTS, mirror("input-removed"),
        "A required input without a default was added.",
        "Callers of the old version do not send it. oasdiff `new-required-request-property` is an error; Confluent calls it incompatible.";
    REQUIRED_WITH_DEFAULT_ADDED: "input-required-with-default-added", Minor, INPUTS,
        waived("the reverse is `input-removed`, whatever the default was"),
        "A required input with a default was added.",
        "Keelmark's renderer applies the default, so callers of the old version are served. Confluent calls it compatible.";
    OPTIONAL_ADDED: "input-optional-added", Minor, INPUTS,
        waived("the reverse is `input-removed` or `input-removed-tolerated`, by the content model"),
        "An optional input was added, or an ignored one is used again.",
        "Callers of the old version need not send it. oasdiff `new-optional-request-property`; Confluent calls it compatible.";
    REMOVED: "input-removed", Major, INPUTS, mirror("input-required-added"),
        "An input was removed, and unknown inputs are refused.",
        "A caller that still sends it is refused. Confluent `PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL`; buf `FIELD_NO_DELETE`.";
    REMOVED_TOLERATED: "input-removed-tolerated", Minor, INPUTS,
        waived("the reverse is `input-optional-added`, `input-required-added` or `input-required-with-default-added`"),
        "An input is no longer used, and callers may still send it.",
        "A caller that still sends it is served. Confluent `PROPERTY_REMOVED_FROM_OPEN_CONTENT_MODEL`; buf's `_UNLESS_NAME_RESERVED`.";
    RENAMED: "input-renamed", Major, INPUTS, mirror("input-renamed"),
        "An input has another name, and the old name is refused.",
        "Callers address inputs by name. buf `FIELD_SAME_NAME`; cargo-semver-checks `function_missing`.";
    RENAMED_WITH_ALIAS: "input-renamed-with-alias", Minor, INPUTS,
        waived("the reverse drops the alias, which is `input-renamed`"),
        "An input has another name, and the old name stays as an alias.",
        "Callers that use the old name are served; the name is on its way out, which `SemVer` item 7 makes a minor step.";
    ALIAS_ADDED: "input-alias-added", Minor, INPUTS, mirror("input-alias-removed"),
        "An input can be sent under one more name.",
        "More is accepted than before.";
    ALIAS_REMOVED: "input-alias-removed", Major, INPUTS, mirror("input-alias-added"),
        "A name under which an input could be sent is refused.",
        "Callers that use the old name are refused, as after a rename.";
    BECAME_REQUIRED: "input-became-required", Major, INPUTS, mirror("input-became-optional"),
        "An optional input became required, without a default.",
        "Callers that leave it out are refused. oasdiff `request-property-became-required` is an error; Confluent `REQUIRED_ATTRIBUTE_ADDED`.";
    BECAME_OPTIONAL: "input-became-optional", Minor, INPUTS, mirror("input-became-required"),
        "A required input became optional.",
        "More is accepted than before. oasdiff `request-property-became-optional`; Confluent `REQUIRED_ATTRIBUTE_REMOVED`.";
    BECAME_REQUIRED_WITH_DEFAULT: "input-became-required-with-default", Minor, INPUTS,
        waived("the reverse is `input-became-optional`, whatever the default was"),
        "An optional input became required, and a default stands in for it.",
        "The default serves callers that leave it out. Confluent `REQUIRED_ATTRIBUTE_WITH_DEFAULT_ADDED` is compatible.";
    TYPE_WIDENED: "input-type-widened", Minor, INPUTS, mirror("input-type-narrowed"),
        "An input accepts more types.",
        "Whatever was accepted still is. oasdiff `request-property-type-generalized`; Confluent `TYPE_EXTENDED`.";
    TYPE_NARROWED: "input-type-narrowed", Major, INPUTS, mirror("input-type-widened"),
        "An input accepts fewer types.",
        "Values that were accepted are refused. Confluent `TYPE_NARROWED`.";
    TYPE_CHANGED: "input-type-changed", Major, INPUTS, mirror("input-type-changed"),
        "An input accepts other types.",
        "Values that were accepted are refused. oasdiff `request-property-type-changed` is an error.";
    CONSTRAINT_LOOSENED: "input-constraint-loosened", Minor, INPUTS, mirror("input-constraint-tightened"),
        "A constraint on an input was loosened or removed.",
        "Whatever was accepted still is. Confluent `MAX_LENGTH_INCREASED` is compatible.";
    CONSTRAINT_TIGHTENED: "input-constraint-tightened", Major, INPUTS, mirror("input-constraint-loosened"),
        "A constraint on an input was added or tightened.",
        "Values that were accepted are refused. oasdiff `request-property-max-length-decreased` is an error.";
    ENUM_VALUE_ADDED: "input-enum-value-added", Minor, INPUTS, mirror("input-enum-value-removed"),
        "An input accepts one more listed value.",
        "Whatever was accepted still is. oasdiff lists it as information.";
    ENUM_VALUE_REMOVED: "input-enum-value-removed", Major, INPUTS, mirror("input-enum-value-added"),
        "An input accepts one listed value fewer.",
        "A value that was accepted is refused. oasdiff `request-property-enum-value-removed` is an error.";
    DEFAULT_CHANGED: "input-default-changed", Minor, INPUTS, mirror("input-default-changed"),
        "Another value stands in for an absent input.",
        "Callers that leave it out see other behaviour under the same contract. Confluent `DEFAULT_CHANGED` is compatible.";
    CONTENT_MODEL_CLOSED: "input-content-model-closed", Major, OPEN, mirror("input-content-model-opened"),
        "Unknown inputs are refused that were accepted before.",
        "Callers that send more than is listed are refused. Confluent `ADDITIONAL_PROPERTIES_REMOVED`.";
    CONTENT_MODEL_OPENED: "input-content-model-opened", Minor, OPEN, mirror("input-content-model-closed"),
        "Unknown inputs are accepted that were refused before.",
        "Whatever was accepted still is. Confluent `ADDITIONAL_PROPERTIES_ADDED`.";
    REORDERED: "input-reordered", None, INPUTS, mirror("input-reordered"),
        "The list of inputs has another order.",
        "The list is a set: inputs are sent by name.";
    DESCRIPTION_CHANGED: "input-description-changed", Patch, INPUTS, mirror("input-description-changed"),
        "What is written about an input changed; what it accepts did not.",
        "The contract's text is part of its digest, and a published digest never changes under one number.";
}
