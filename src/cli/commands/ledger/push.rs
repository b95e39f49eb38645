//! `keelmark ledger push`.

use super::{counted, introduce};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::ledger::{Book, Change, refuse_late};

pub(super) fn run(context: &Context) -> Result<Exit, Failure> {
    let mut book = Book::open(&context.open()?, context)?;
    let waiting = book.unpushed()?.unwrap_or(0);
    let settled = book.settle(true, |book| {
        introduce(context, book);
        let told = (book.unpushed()?.unwrap_or(0), book.late().to_vec());
        Ok((Change::of(book.chain(&[])?), told))
    });
    let (pushed, late) = settled.map_err(|failure| unsent(failure, waiting))?;
    context.printer.say(&match pushed {
        0 => "the remote has every record".to_owned(),
        more => format!("{} pushed", counted(more)),
    });
    refuse_late(&late)?;
    Ok(Exit::Success)
}

/// Says that nothing is lost where the remote cannot be reached.
fn unsent(failure: Failure, waiting: usize) -> Failure {
    if failure.exit() != Exit::Undecided || waiting == 0 {
        return failure;
    }
    let verb = if waiting == 1 { "waits" } else { "wait" };
    let first = failure.advice().map(|advice| format!("{advice}, ")).unwrap_or_default();
    failure.hint(format!(
        "nothing was pushed; {} {verb} here and nothing is lost; {first}and run it again",
        counted(waiting)
    ))
}
