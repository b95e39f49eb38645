//! Records as a table for spreadsheets.

use std::io::{self, Write};

use crate::escape;
use crate::ledger::channel;
use crate::ledger::record::Record;
use crate::output::json;
use crate::time;

/// The columns.
const HEAD: [&str; 8] = ["at", "id", "kind", "subject", "actor", "signed", "channels", "payload"];

/// Writes records as CSV (RFC 4180), with a head.
///
/// A cell that a spreadsheet would take for a formula begins with an apostrophe.
///
/// # Errors
/// When the writer fails.
pub fn write(records: &[Record], out: &mut dyn Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(HEAD)?;
    for record in records {
        let moved = channel::moves(record).unwrap_or_default();
        let channels: Vec<&str> = moved.iter().map(|channel| channel.name.as_str()).collect();
        let mut payload = Vec::new();
        json::line(record.payload(), &mut payload)?;
        let payload = String::from_utf8_lossy(&payload);
        table.write_record([
            time::moment(record.at()).as_str(),
            record.id().as_str(),
            record.kind().word(),
            &cell(record.subject()),
            &cell(record.actor()),
            if record.signature().is_some() { "yes" } else { "no" },
            &channels.join(" "),
            payload.trim_end(),
        ])?;
    }
    table.flush()
}

fn cell(text: &str) -> String {
    let safe = escape::line(text);
    if safe.starts_with(['=', '+', '-', '@']) { format!("'{safe}") } else { safe }
}
