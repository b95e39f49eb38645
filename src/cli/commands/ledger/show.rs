//! `keelmark ledger show`.

use super::signed::Keys;
use super::{ignore_closed, introduce};
use crate::cli::args::{LedgerShowArgs, ListingFormat};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::ledger::Book;
use crate::escape;
use crate::ledger::find::{Index, Named};
use crate::output::{json as documents, ledger};

pub(super) fn run(context: &Context, arguments: &LedgerShowArgs) -> Result<Exit, Failure> {
    let book = Book::open(&context.open()?, context)?;
    introduce(context, &book);
    let mut index = book.index()?;
    let digits = arguments.id.to_ascii_lowercase();
    if index.named(&digits) == Named::None {
        // An archived record is in the history of the branch still.
        index = Index::new(book.archived()?);
    }
    let record = match index.named(&digits) {
        Named::One(record) => record,
        Named::None => {
            let fetch = book.remote().map(|_| format!("; of a newer one, {}", book.fetch_words()));
            return Err(Failure::usage(format!("no record is called `{}`", arguments.id)).hint(
                format!("`keelmark ledger log --archived` lists them{}", fetch.unwrap_or_default()),
            ));
        }
        Named::Several(records) => {
            let most = records.iter().take(10).map(|record| {
                format!("{}  {}  {}", record.id(), record.kind(), escape::line(record.subject()))
            });
            return Err(Failure::usage(format!("several records begin with `{}`", arguments.id))
                .hint(format!("name one of them:\n{}", most.collect::<Vec<_>>().join("\n"))));
        }
    };
    let mut out = Vec::new();
    match arguments.format {
        ListingFormat::Human => {
            let commit = book.commit_of(record)?.map(|commit| commit.to_string());
            let signed = Keys::open(context).one(record).map(|signed| signed.words);
            ledger::human::record(record, commit.as_deref(), signed.as_deref(), &mut out)?;
        }
        ListingFormat::Json => documents::write(&record.to_json(), &mut out)?,
    }
    context.printer.data(&String::from_utf8_lossy(&out)).or_else(ignore_closed)?;
    Ok(Exit::Success)
}
