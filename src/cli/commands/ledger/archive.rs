//! `keelmark ledger archive`.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::counted;
use crate::cli::args::LedgerArchiveArgs;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::ledger::{Book, Change};
use crate::digest::Digest;
use crate::ledger::kind::Kind;
use crate::ledger::record::{Draft, Record};
use crate::ledger::retention::{self, Archive};
use crate::time;
use crate::vcs::{Namespace, SignWish};

pub(super) fn run(context: &Context, arguments: &LedgerArchiveArgs) -> Result<Exit, Failure> {
    let opened = context.open()?;
    let mut book = Book::open(&opened, context)?;
    super::introduce(context, &book);
    if book.is_missing() {
        return Ok(Exit::Success);
    }
    let before = before(&book, arguments, context.now())?;
    // Two clones that archive at once would both remove what only one of them has in its file.
    let push = book.has_remote();
    if push && !arguments.dry_run {
        book.append(&[], true)?;
    }
    let paths = book.archivable(&before)?;
    let count = paths.len();
    if paths.is_empty() || arguments.dry_run {
        let words = if arguments.dry_run { "would leave" } else { "leave" };
        context.printer.say(&format!("{} of days before {before} {words} the tip", counted(count)));
        return Ok(Exit::Success);
    }
    if !push {
        book.append(&[], false)?;
    }
    // Everything that can fail is asked for before anything is written.
    let actor = opened.repository.identity()?.to_string();
    let wish = if arguments.sign { SignWish::Always } else { SignWish::Configured };
    let signer = opened.repository.signer(wish)?;
    let mut bundle = Vec::new();
    opened.repository.archive(book.whole_reference()?, &mut bundle)?;
    if let Some(signer) = &signer {
        let signature = opened.repository.sign(signer, &bundle, Namespace::Keelmark)?;
        write_new(&beside(&arguments.out), signature.as_bytes())?;
    }
    write_new(&arguments.out, &bundle)?;
    let archive = Archive::new(&before, Digest::of(&bundle), signer.is_some(), &paths);
    let record = Record::new(Draft {
        kind: Kind::Retention,
        at: context.now(),
        actor,
        subject: format!("records before {before}"),
        payload: archive.to_json(),
    })?;
    book.settle(push, |book| Ok((Change::of(book.chain(std::slice::from_ref(&record))?), ())))?;
    let (id, place) = (record.id(), arguments.out.display());
    context.printer.say(&format!("{} in `{place}`, listed by record {id}", counted(count)));
    Ok(Exit::Success)
}

/// Returns the first day whose records stay.
fn before(book: &Book, arguments: &LedgerArchiveArgs, now: i64) -> Result<String, Failure> {
    let months = book.retention_months();
    let last = retention::months_before(&time::date(now), months);
    match &arguments.before {
        None => Ok(last),
        Some(day) if time::days(day).is_none() => {
            Err(Failure::usage(format!("`{day}` is no date"))
                .hint("write it as in `--before 2025-05-25`"))
        }
        Some(day) if *day > last => Err(Failure::usage(format!(
            "records of {last} and later ones are kept: `ledger.retention_months` is {months}"
        ))
        .hint(format!("name an earlier day, or leave out `--before` for {last}"))),
        Some(day) => Ok(day.clone()),
    }
}

/// Where the signature of a file is.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".sig");
    PathBuf::from(name)
}

/// Writes a file that is not there yet: an archive is never overwritten.
fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut file = File::create_new(path).map_err(|e| {
        Failure::usage(format!("cannot write `{}`: {e}", path.display()))
            .hint("name a file that does not exist yet")
    })?;
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(())
}
