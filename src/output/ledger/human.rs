//! Records for people.

use std::io::{self, Write};

use serde_json::Value;

use crate::escape;
use crate::ledger::record::{Record, SignatureFormat};
use crate::time;

/// Writes one line a record, each with what is to be said of its signature.
///
/// # Errors
/// When the writer fails.
pub fn list(records: &[(&Record, Option<String>)], out: &mut dyn Write) -> io::Result<()> {
    let wide = |text: &str| text.chars().count();
    let kinds = records.iter().map(|(record, _)| wide(record.kind().word())).max().unwrap_or(0);
    let subjects: Vec<String> =
        records.iter().map(|(record, _)| escape::line(record.subject())).collect();
    let width = subjects.iter().map(|subject| wide(subject)).max().unwrap_or(0);
    for ((record, signed), subject) in records.iter().zip(&subjects) {
        let signed = signed.as_ref().map(|words| format!("  {}", escape::line(words)));
        let signed = signed.unwrap_or_default();
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

/// Writes all that a record says; `commit` is the one that brought it, and `signed` what is to be said
/// of its signature.
///
/// # Errors
/// When the writer fails.
pub fn record(
    record: &Record,
    commit: Option<&str>,
    signed: Option<&str>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let format = match record.signature().map(|signature| signature.format) {
        None => "no",
        Some(SignatureFormat::Ssh) => "ssh",
        Some(SignatureFormat::Gpg) => "gpg",
    };
    let signed = signed.map(|words| format!(": {}", escape::line(words))).unwrap_or_default();
    writeln!(out, "record   {}", record.id())?;
    writeln!(out, "commit   {}", commit.unwrap_or("not written yet"))?;
    writeln!(out, "path     {}", record.path())?;
    writeln!(out, "kind     {}", record.kind())?;
    writeln!(out, "subject  {}", escape::line(record.subject()))?;
    writeln!(out, "at       {}", time::moment(record.at()))?;
    writeln!(out, "actor    {}", escape::line(record.actor()))?;
    writeln!(out, "signed   {format}{signed}")?;
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
