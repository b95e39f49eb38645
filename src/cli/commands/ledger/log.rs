//! `keelmark ledger log`.

use serde_json::{Value, json};

use super::signed::{Keys, Signed};
use super::{counted, ignore_closed, introduce, select};
use crate::cli::args::{LedgerLogArgs, ListingFormat, RecordFilter};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::ledger::Book;
use crate::ledger::record::Record;
use crate::output::{json as documents, ledger};
use crate::time;

pub(super) fn run(context: &Context, arguments: &LedgerLogArgs) -> Result<Exit, Failure> {
    let book = Book::open(&context.open()?, context)?;
    introduce(context, &book);
    let records = select(&book, &arguments.filter)?;
    let newest: Vec<&Record> = records.iter().rev().collect();
    let signed = Keys::open(context).all(&newest);
    let mut out = Vec::new();
    match arguments.format {
        ListingFormat::Human => {
            let words = signed.into_iter().map(|signed| signed.map(|signed| signed.words));
            let lines: Vec<_> = newest.into_iter().zip(words).collect();
            ledger::human::list(&lines, &mut out)?;
        }
        ListingFormat::Json => {
            let records = newest.iter().zip(&signed);
            let records: Vec<Value> =
                records.map(|(record, signed)| describe(record, signed.as_ref())).collect();
            let body = json!({"branch": book.branch(), "records": records});
            documents::write(&documents::v1::listing("keelmark.ledger_log.v1", body), &mut out)?;
        }
    }
    context.printer.data(&String::from_utf8_lossy(&out)).or_else(ignore_closed)?;
    if records.is_empty() && !book.is_missing() {
        context.printer.say(none(&arguments.filter));
    }
    if let Some(unpushed @ 1..) = book.unpushed()? {
        context.printer.say(&format!(
            "{} not at the remote yet; `keelmark ledger push` pushes",
            counted(unpushed)
        ));
    }
    Ok(Exit::Success)
}

/// Says that there is no record of those that were asked for, and where others may be.
const fn none(filter: &RecordFilter) -> &'static str {
    let narrow = filter.kind.is_some() || filter.subject.is_some() || filter.since.is_some();
    match (narrow, filter.archived) {
        (false, false) => "the ledger has no record at its tip; `--archived` lists older ones too",
        (false, true) => "the ledger has no record, nor has any archive",
        (true, false) => {
            "no record is like that; `keelmark ledger log` lists those of the tip, with `--archived` the older ones too"
        }
        (true, true) => "no record is like that; `keelmark ledger log --archived` lists all",
    }
}

fn describe(record: &Record, signed: Option<&Signed>) -> Value {
    json!({
        "id": record.id(),
        "kind": record.kind(),
        "at": time::moment(record.at()),
        "actor": record.actor(),
        "subject": record.subject(),
        "signed": record.signature().is_some(),
        "signer": signed.and_then(|signed| signed.signer.as_ref()),
        "path": record.path().to_text(),
    })
}
