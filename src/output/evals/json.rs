//! `json`: the document `keelmark.eval.v1`.

use std::io::{self, Write};

use super::in_order;
use crate::evals::report::Report;
use crate::output::json;
use crate::output::json::v1::eval;

/// Writes reports as one document.
///
/// # Errors
/// When the writer fails.
pub fn write(reports: &[Report], out: &mut dyn Write) -> io::Result<()> {
    json::write(&eval::document(&in_order(reports)), out)
}
