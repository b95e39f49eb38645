//! Reading and editing YAML.
//!
//! One reading of a text gives its value, the place of every value, and the ground for edits that
//! keep every other byte. Whatever the bytes are, reading gives findings and never fails.

mod dash;
mod decode;
mod document;
mod edit;
mod locate;
mod parse;
mod quote;
mod report;
mod rules;
mod splice;
mod text;
mod tree;
mod value;

#[cfg(test)]
mod tests;

pub use decode::{MAX_BYTES, decode};
pub use document::Document;
pub use edit::{Edit, EditFault, NewValue, Scalar, apply};
pub use locate::{Located, escape_pointer, unescape_pointer};
pub use quote::inline;
pub use rules::{
    CONFLICT_MARKER, DUPLICATE_KEY, KEY_NOT_A_STRING, MERGE_NOT_A_MAP, MULTIPLE_DOCUMENTS,
    NOT_UTF8, RECURSIVE_ALIAS, RULES, SYNTAX, TOO_LARGE,
};
