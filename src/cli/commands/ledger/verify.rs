//! `keelmark ledger verify`.

use serde_json::{Value, json};

use super::{counted, ignore_closed, introduce};
use crate::cli::args::{LedgerVerifyArgs, ListingFormat};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::ledger::{Audit, Book};
use crate::escape;
use crate::ledger::verify::Fault;
use crate::output::json as documents;

pub(super) fn run(context: &Context, arguments: &LedgerVerifyArgs) -> Result<Exit, Failure> {
    let opened = context.open()?;
    let book = Book::open(&opened, context)?;
    introduce(context, &book);
    let audit = book.audit()?;
    let mut out = Vec::new();
    match arguments.format {
        ListingFormat::Human => {
            for fault in &audit.faults {
                out.extend_from_slice(line(fault).as_bytes());
            }
            if audit.faults.is_empty() && !book.is_missing() {
                let words = format!(
                    "{}, each as it was added; {} tags as they are cited\n",
                    counted(audit.records),
                    audit.tags
                );
                out.extend_from_slice(words.as_bytes());
            }
        }
        ListingFormat::Json => {
            let document = documents::v1::listing("keelmark.ledger_verify.v1", body(&book, &audit));
            documents::write(&document, &mut out)?;
        }
    }
    context.printer.data(&String::from_utf8_lossy(&out)).or_else(ignore_closed)?;
    for note in &audit.notes {
        context.printer.say(&format!("note: {}", escape::line(note)));
    }
    match audit.faults.first() {
        None => Ok(Exit::Success),
        Some(first) => Err(Failure::integrity(format!("the ledger is false: {first}")).hint(
            "compare with another clone before anybody appends; `git log` of the branch shows who wrote what",
        )),
    }
}

/// One fault in three lines.
fn line(fault: &Fault) -> String {
    let commit = fault.commit.map_or_else(|| "a tag".to_owned(), |commit| commit.to_string());
    let path = fault.path.as_ref().map(|path| format!(" {path}")).unwrap_or_default();
    format!(
        "{} {commit}{}\n  found:    {}\n  expected: {}\n",
        fault.wrong.word(),
        escape::line(&path),
        escape::line(&fault.found),
        escape::line(&fault.expected)
    )
}

fn body(book: &Book, audit: &Audit) -> Value {
    let faults = audit.faults.iter().map(|fault| {
        json!({
            "wrong": fault.wrong.word(),
            "commit": fault.commit.map(|commit| commit.to_string()),
            "path": fault.path.as_ref().map(|path| path.to_text()),
            "found": fault.found,
            "expected": fault.expected,
        })
    });
    json!({
        "branch": book.branch(),
        "tip": book.tip().map(|tip| tip.to_string()),
        "records": audit.records,
        "tags": audit.tags,
        "faults": faults.collect::<Vec<_>>(),
        "notes": audit.notes,
    })
}
