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

pub(super) fn run(context: &Context, arguments: &RecordRunArgs) -> Result<Exit, Failure> {
    let workspace = context.open()?.workspace(&Wanted::Worktree, context)?;
    let desk = Desk::open(context, &workspace, None)?.offline();
    let stored = desk.runs()?.find(&arguments.run)?;
    let sign = arguments.signing;
    let recorded = if arguments.dry_run {
        desk.would_record(&[&stored], sign)?
    } else {
        desk.record(&[&stored], Recording { sign, push: arguments.push })?
    };
    match arguments.format {
        ListingFormat::Human if arguments.dry_run => {
            for found in &recorded {
                context.printer.say(&line(found, "would be recorded"));
            }
        }
        ListingFormat::Human => say(context, &desk, &recorded, arguments.push),
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

/// Says what was recorded, and what is not pushed yet.
pub(super) fn say(context: &Context, desk: &Desk<'_>, recorded: &[Recorded], pushed: bool) {
    for found in recorded {
        context.printer.say(&line(found, "is recorded"));
    }
    let ledger = &desk.workspace.settings.config.ledger;
    if pushed && !recorded.is_empty() {
        context.printer.say(&format!("pushed to `{}`", escape::line(&ledger.remote)));
    }
    let has_remote = !desk.workspace.opened.repository.remotes().is_empty();
    if let (Some(first), true, false) = (recorded.first(), has_remote, pushed) {
        context.printer.say(&format!(
            "nothing was pushed: `keelmark eval record {} --push` does",
            escape::line(&first.run)
        ));
    }
}

fn line(found: &Recorded, how: &str) -> String {
    let how = if found.was_there { "is recorded already" } else { how };
    let signed = if found.signed && !found.was_there { ", signed" } else { "" };
    let ((run, gate), id) = (&found.records, escape::line(&found.run));
    format!("{id} {how}: records {run} and {gate}{signed}, pack {}", found.pack.short(12))
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
