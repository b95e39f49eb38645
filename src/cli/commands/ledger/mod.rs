//! `keelmark ledger`, one file a verb.

mod archive;
mod export;
mod log;
mod push;
mod show;
mod signed;
mod verify;

use std::collections::{BTreeMap, BTreeSet};

use super::check::ignore_closed;
use crate::cli::args::{LedgerCommand, RecordFilter};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::ledger::Book;
use crate::cli::release::live;
use crate::escape;
use crate::ledger::kind::Kind;
use crate::ledger::record::{Record, RecordId};
use crate::schema::meant_among;
use crate::time;

pub(in crate::cli) fn run(context: &Context, command: &LedgerCommand) -> Result<Exit, Failure> {
    match command {
        LedgerCommand::Log(arguments) => log::run(context, arguments),
        LedgerCommand::Show(arguments) => show::run(context, arguments),
        LedgerCommand::Verify(arguments) => verify::run(context, arguments),
        LedgerCommand::Push(_) => push::run(context),
        LedgerCommand::Export(arguments) => export::run(context, arguments),
        LedgerCommand::Archive(arguments) => archive::run(context, arguments),
    }
}

/// Says what there is to know about a ledger before anything of it is shown.
fn introduce(context: &Context, book: &Book) {
    if book.is_missing() && book.remote().is_none() {
        context.printer.say("no ledger yet");
    }
    live::missing(context, book);
    live::introduce(context, book);
}

/// Counts records in words.
fn counted(count: usize) -> String {
    if count == 1 { "1 record".to_owned() } else { format!("{count} records") }
}

/// Reads the records that are asked for, in the order in which they arrived: that is the order in
/// which they count, whatever clocks said. Where history is cut off, only their times are known.
fn select(book: &Book, filter: &RecordFilter) -> Result<Vec<Record>, Failure> {
    let kind = match &filter.kind {
        None => None,
        Some(word) => Some(word.parse::<Kind>().map_err(|fault| {
            let known: Vec<&str> = Kind::KNOWN.iter().map(Kind::word).collect();
            Failure::usage(format!("`{word}` is no kind of record: {fault}"))
                .hint(format!("kinds are: {}", known.join(", ")))
        })?),
    };
    let mut records = match &filter.since {
        None => book.records()?,
        Some(day) if time::days(day).is_some() => book.records_since(day)?,
        Some(other) => {
            return Err(Failure::usage(format!("`{other}` is no date"))
                .hint("write it as in `--since 2026-11-25`"));
        }
    };
    if filter.archived {
        let mut all = book.archived()?;
        let day = filter.since.as_deref().unwrap_or_default();
        all.retain(|record| time::date(record.at()).as_str() >= day);
        all.append(&mut records);
        records = all;
    }
    if let (Some(kind @ Kind::Other(_)), Some(word)) = (&kind, &filter.kind) {
        refuse_unknown(book, kind, word)?;
    }
    records.retain(|record| {
        kind.as_ref().is_none_or(|kind| record.kind() == kind)
            && filter.subject.as_ref().is_none_or(|subject| record.subject() == subject)
    });
    records.sort_by(|a, b| a.at().cmp(&b.at()).then_with(|| a.id().cmp(b.id())));
    if let (true, Ok(arrived)) = (records.len() > 1, book.appended()) {
        let places: BTreeMap<RecordId, usize> = arrived.into_iter().zip(0..).collect();
        records.sort_by_key(|record| places.get(record.id()).copied().unwrap_or(usize::MAX));
    }
    Ok(records)
}

/// Refuses a kind that neither this program nor any record knows. A kind of a newer program is known
/// by its records, whatever else was asked of them.
fn refuse_unknown(book: &Book, kind: &Kind, word: &str) -> Result<(), Failure> {
    let mut records = book.records()?;
    if !records.iter().any(|record| record.kind() == kind) {
        records.append(&mut book.archived()?);
    }
    if records.iter().any(|record| record.kind() == kind) {
        return Ok(());
    }
    let told = records.iter().map(|record| record.kind().word());
    let known: BTreeSet<&str> = Kind::KNOWN.iter().map(Kind::word).chain(told).collect();
    let list: Vec<&str> = known.iter().copied().collect();
    let list = format!("kinds are: {}", escape::line(&list.join(", ")));
    Err(Failure::usage(format!("there is no kind of record `{word}`"))
        .hint(meant_among(word, known, list)))
}
