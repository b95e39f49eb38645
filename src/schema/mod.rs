//! The JSON Schemas of everything people write, and what a document has to say against them.
//!
//! The schemas lie in `schemas/`, where editors find them too; they are built into the program.
//! What they refuse becomes findings at the line and column, and is left out before the typed
//! reading, so that one bad field does not hide the others.

mod check;
mod fault;
mod field;
mod reader;
mod rules;
mod shape;
mod words;

pub use check::{Checked, check};
pub use field::{ValueChecker, check_field_schema};
pub use rules::{FIELD_INVALID, MISSING_KEY, RULES, TYPE, UNKNOWN_KEY, VALUE};
pub use shape::{PolicyName, Shape, compile, source};
pub use words::{meant, meant_among, nearest};
