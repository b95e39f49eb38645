//! Records of the ledger: for people, as tables, and as attestations.

pub mod csv;
pub mod human;
pub mod in_toto;

#[cfg(test)]
mod tests;

use std::io::{self, Write};

use super::json;
use crate::ledger::record::Record;

/// Writes each record in one line of JSON.
///
/// # Errors
/// When the writer fails.
pub fn json_lines(records: &[Record], out: &mut dyn Write) -> io::Result<()> {
    records.iter().try_for_each(|record| json::line(&record.to_json(), out))
}
