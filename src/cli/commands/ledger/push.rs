//! `keelmark ledger push`.

use super::{counted, introduce};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::ledger::{Book, Change, refuse_late};

pub(super) fn run(context: &Context) -> Result<Exit, Failure> {
    let mut book = Book::open(&context.open()?, context)?;
    let (pushed, late) = book.settle(true, |book| {
        introduce(context, book);
        let told = (book.unpushed()?.unwrap_or(0), book.late().to_vec());
        Ok((Change::of(book.chain(&[])?), told))
    })?;
    context.printer.say(&match pushed {
        0 => "the remote has every record".to_owned(),
        more => format!("{} pushed", counted(more)),
    });
    refuse_late(&late)?;
    Ok(Exit::Success)
}
