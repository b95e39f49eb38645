//! `keelmark eval record`.

use serde_json::{Value, json};

use super::super::check::ignore_closed;
use crate::cli::args::{ListingFormat, RecordRunArgs};
use crate::cli::context::{Context, Wanted};
use crate::cli::evals::Desk;
use crate::cli::evals::recording::{Recorded, Recording};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::escape;
use crate::output::json as documents;
use crate::vcs::SignWish;

pub(super) fn run(context: &Context, arguments: &RecordRunArgs) -> Result<Exit, Failure> {
    let workspace = context.open()?.workspace(&Wanted::Worktree, context)?;
    let desk = Desk::open(context, &workspace, None)?.offline();
    let stored = desk.runs()?.find(&arguments.run)?;
    let sign = wish(arguments.sign, arguments.no_sign);
    let recorded = if arguments.dry_run {
        desk.would_record(&[&stored], sign)?
    } else {
        desk.record(&[&stored], Recording { sign, push: arguments.push })?
    };
    match arguments.format {
        ListingFormat::Human => say(context, &recorded, arguments.dry_run, arguments.push),
        ListingFormat::Json => {
            let mut out = Vec::new();
            for recorded in &recorded {
                let body = body(recorded, arguments);
                documents::write(
                    &documents::v1::listing("keelmark.eval_record.v1", body),
                    &mut out,
                )?;
            }
            context.printer.data(&String::from_utf8_lossy(&out)).or_else(ignore_closed)?;
        }
    }
    Ok(Exit::Success)
}

/// Reads both flags: without either, git's configuration says whether records are signed.
pub(super) const fn wish(sign: bool, no_sign: bool) -> SignWish {
    match (sign, no_sign) {
        (true, _) => SignWish::Always,
        (false, true) => SignWish::Never,
        (false, false) => SignWish::Configured,
    }
}

/// Says what was recorded, and what is not pushed yet.
pub(super) fn say(context: &Context, recorded: &[Recorded], dry_run: bool, pushed: bool) {
    for found in recorded {
        let (run, gate) = &found.records;
        let how = match (found.was_there, dry_run) {
            (true, _) => "is recorded already",
            (false, true) => "would be recorded",
            (false, false) => "is recorded",
        };
        let signed = if found.signed && !found.was_there { ", signed" } else { "" };
        context.printer.say(&format!(
            "{} {how}: records {run} and {gate}{signed}, pack {}",
            escape::line(&found.run),
            found.pack.short(12),
        ));
    }
    if let (Some(first), false, false) = (recorded.first(), dry_run, pushed) {
        context.printer.say(&format!(
            "nothing was pushed: `keelmark eval record {} --push` does",
            escape::line(&first.run)
        ));
    }
}

fn body(recorded: &Recorded, arguments: &RecordRunArgs) -> Value {
    let (run, gate) = &recorded.records;
    json!({
        "run": recorded.run,
        "digest": recorded.digest,
        "pack": recorded.pack,
        "run_record": run.as_str(),
        "gate_record": gate.as_str(),
        "new": !recorded.was_there,
        "signed": recorded.signed,
        "written": !arguments.dry_run,
        "pushed": arguments.push && !arguments.dry_run,
    })
}
