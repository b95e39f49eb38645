//! `keelmark eval list`.

use serde_json::{Value, json};

use super::super::check::ignore_closed;
use crate::cli::args::{ListRunsArgs, ListingFormat};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::store::runs::{Runs, Stored};
use crate::escape;
use crate::evals::gate::{Decision, RunVerdict};
use crate::evals::record::Status;
use crate::money::MicroUsd;
use crate::output::json as documents;

pub(super) fn run(context: &Context, arguments: &ListRunsArgs) -> Result<Exit, Failure> {
    let opened = context.open()?;
    let (stored, unreadable) = Runs::open(opened.top()?)?.all()?;
    let mut out = Vec::new();
    match arguments.format {
        ListingFormat::Human => {
            for run in &stored {
                out.extend_from_slice(line(run).as_bytes());
            }
            if stored.is_empty() {
                context.printer.say("no run is recorded here");
            }
        }
        ListingFormat::Json => {
            let runs: Vec<Value> = stored.iter().map(body).collect();
            let listing = documents::v1::listing("keelmark.eval_list.v1", json!({"runs": runs}));
            documents::write(&listing, &mut out)?;
        }
    }
    context.printer.data(&String::from_utf8_lossy(&out)).or_else(ignore_closed)?;
    for id in unreadable {
        context.printer.say(&format!("`{}` cannot be read", escape::line(&id)));
    }
    Ok(Exit::Success)
}

/// Says what the gates said, in one word.
fn verdict(run: &Stored) -> &'static str {
    let record = &run.record;
    match record.status {
        Status::Running => return "killed",
        Status::Interrupted => return "interrupted",
        Status::Capped => return "capped",
        Status::Finished => {}
    }
    if record.settings.shard.is_some() {
        return "part";
    }
    match Decision::of(&record.verdicts).verdict() {
        RunVerdict::Pass => "open",
        RunVerdict::Fail => "closed",
        RunVerdict::Inconclusive => "inconclusive",
    }
}

fn line(run: &Stored) -> String {
    let record = &run.record;
    let text = format!(
        "{:<44} {:<12} {:>6} cases  {:>10}  {}@{}",
        record.id,
        verdict(run),
        record.totals.cases,
        MicroUsd(record.totals.paid_micro_usd).to_string(),
        record.suite.entry,
        record.suite.version,
    );
    format!("{}\n", escape::line(&text))
}

fn body(run: &Stored) -> Value {
    let record = &run.record;
    json!({
        "id": record.id,
        "created": record.created,
        "status": record.status,
        "verdict": verdict(run),
        "suite": record.suite.entry,
        "version": record.suite.version,
        "model": record.model,
        "cases": record.totals.cases,
        "paid_usd": MicroUsd(record.totals.paid_micro_usd).to_usd(),
        "digest": record.digest(),
    })
}
