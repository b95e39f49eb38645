//! `keelmark ledger export`.

use std::fs::File;
use std::io::Write as _;

use super::{ignore_closed, introduce, select};
use crate::cli::args::{LedgerExportArgs, LedgerFormat};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::ledger::Book;
use crate::output::ledger::{csv, in_toto, json_lines};

pub(super) fn run(context: &Context, arguments: &LedgerExportArgs) -> Result<Exit, Failure> {
    let book = Book::open(&context.open()?, context)?;
    introduce(context, &book);
    let mut out = Vec::new();
    let records = select(&book, &arguments.filter)?;
    match arguments.format {
        LedgerFormat::Jsonl => json_lines(&records, &mut out)?,
        LedgerFormat::Csv => csv::write(&records, &mut out)?,
        LedgerFormat::InToto => in_toto::write(&records, &book.records()?, &mut out)?,
    }
    match &arguments.output {
        None => context.printer.data(&String::from_utf8_lossy(&out)).or_else(ignore_closed)?,
        Some(path) => {
            let mut file = File::create(path)
                .map_err(|e| Failure::usage(format!("cannot write `{}`: {e}", path.display())))?;
            file.write_all(&out)?;
        }
    }
    Ok(Exit::Success)
}
