//! Records for people.

use std::io::{self, Write};

use serde_json::Value;

use crate::escape;
use crate::ledger::record::{Record, SignatureFormat};
use crate::time;

/// Writes one line a record.
///
/// # Errors
/// When the writer fails.
pub fn list<'a>(
    records: impl IntoIterator<Item = &'a Record>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let records: Vec<&Record> = records.into_iter().collect();
    let wide = |text: &str| text.chars().count();
    let kinds = records.iter().map(|record| wide(record.kind().word())).max().unwrap_or(0);
    let subjects: Vec<String> =
        records.iter().map(|record| escape::line(record.subject())).collect();
    let width = subjects.iter().map(|subject| wide(subject)).max().unwrap_or(0);
    for (record, subject) in records.iter().zip(&subjects) {
        let signed = if record.signature().is_some() { "  signed" } else { "" };
        writeln!(
            out,
            "{}  {}  {:kinds$}  {subject:width$}  {}{signed}",
            record.id(),
            time::moment(record.at()),
            record.kind(),
            escape::line(record.actor()),
        )?;
    }
    Ok(())
}

/// Writes all that a record says; `commit` is the one that brought it.
///
/// # Errors
/// When the writer fails.
pub fn record(record: &Record, commit: Option<&str>, out: &mut dyn Write) -> io::Result<()> {
    let signed = match record.signature().map(|signature| signature.format) {
        None => "no",
        Some(SignatureFormat::Ssh) => "ssh",
        Some(SignatureFormat::Gpg) => "gpg",
    };
    writeln!(out, "record   {}", record.id())?;
    writeln!(out, "commit   {}", commit.unwrap_or("not written yet"))?;
    writeln!(out, "path     {}", record.path())?;
    writeln!(out, "kind     {}", record.kind())?;
    writeln!(out, "subject  {}", escape::line(record.subject()))?;
    writeln!(out, "at       {}", time::moment(record.at()))?;
    writeln!(out, "actor    {}", escape::line(record.actor()))?;
    writeln!(out, "signed   {signed}")?;
    writeln!(out)?;
    value(record.payload(), "", 0, out)
}

/// Writes a value as an outline: keys and what stands behind them, deeper ones further in.
fn value(value: &Value, key: &str, depth: usize, out: &mut dyn Write) -> io::Result<()> {
    let indent = "  ".repeat(depth);
    let key = escape::line(key);
    let deeper = if key.is_empty() { depth } else { depth + 1 };
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            if !key.is_empty() {
                writeln!(out, "{indent}{key}:")?;
            }
            fields.iter().try_for_each(|(name, inner)| self::value(inner, name, deeper, out))
        }
        Value::Array(items) if !items.is_empty() => {
            writeln!(out, "{indent}{key}:")?;
            items.iter().try_for_each(|item| self::value(item, "-", deeper, out))
        }
        Value::String(text) => writeln!(out, "{indent}{key}: {}", escape::line(text)),
        other => writeln!(out, "{indent}{key}: {other}"),
    }
}
