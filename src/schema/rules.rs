//! The rules about the shape of documents.

use crate::finding::{Family, Rule};

/// A key that the schema does not know.
pub static UNKNOWN_KEY: Rule =
    Rule::error("schema-unknown-key", Family::Shape, "A key is not known where it stands");

/// A key that the schema asks for and the document lacks.
pub static MISSING_KEY: Rule =
    Rule::error("schema-missing-key", Family::Shape, "A required key is missing");

/// A value of another type than the schema asks for.
pub static TYPE: Rule = Rule::error("schema-type", Family::Shape, "A value has the wrong type");

/// A value of the right type that the schema refuses.
pub static VALUE: Rule =
    Rule::error("schema-value", Family::Shape, "A value is outside of what is allowed");

/// A JSON Schema of an input, an output or a tool that cannot be used.
pub static FIELD_INVALID: Rule = Rule::error(
    "schema-field-invalid",
    Family::Shape,
    "The JSON Schema of an input, an output or a tool is not valid",
);

/// Every rule of this room.
pub const RULES: &[&Rule] = &[&UNKNOWN_KEY, &MISSING_KEY, &TYPE, &VALUE, &FIELD_INVALID];
