//! The rules about reading YAML.

use crate::finding::{Family, Rule};

/// A file that is not UTF-8.
pub static NOT_UTF8: Rule =
    Rule::error("yaml-not-utf8", Family::Reading, "The file is not UTF-8 text");

/// Text that is not YAML.
pub static SYNTAX: Rule = Rule::error("yaml-syntax", Family::Reading, "The text is not valid YAML");

/// Marks of a merge that nobody has resolved.
pub static CONFLICT_MARKER: Rule = Rule::error(
    "yaml-conflict-marker",
    Family::Reading,
    "The file holds conflict markers of an unresolved merge",
);

/// The same key twice in one mapping.
pub static DUPLICATE_KEY: Rule =
    Rule::error("yaml-duplicate-key", Family::Reading, "A mapping holds the same key twice");

/// More than one document in a file.
pub static MULTIPLE_DOCUMENTS: Rule = Rule::error(
    "yaml-multiple-documents",
    Family::Reading,
    "The file holds more than one YAML document",
);

/// A key that is something else than text.
pub static KEY_NOT_A_STRING: Rule =
    Rule::error("yaml-key-not-a-string", Family::Reading, "A key is not a string");

/// A merge key whose value holds no mapping.
pub static MERGE_NOT_A_MAP: Rule = Rule::error(
    "yaml-merge-not-a-map",
    Family::Reading,
    "A merge key `<<` is given something else than mappings",
);

/// More structure than Keelmark reads.
pub static TOO_LARGE: Rule = Rule::error(
    "yaml-too-large",
    Family::Reading,
    "The document holds more values, deeper nesting or more aliases than are read",
);

/// An alias inside the very value that it names.
pub static RECURSIVE_ALIAS: Rule =
    Rule::error("yaml-recursive-alias", Family::Reading, "An alias contains itself");

/// Every rule of this room.
pub const RULES: &[&Rule] = &[
    &NOT_UTF8,
    &SYNTAX,
    &CONFLICT_MARKER,
    &DUPLICATE_KEY,
    &MULTIPLE_DOCUMENTS,
    &KEY_NOT_A_STRING,
    &MERGE_NOT_A_MAP,
    &TOO_LARGE,
    &RECURSIVE_ALIAS,
];
