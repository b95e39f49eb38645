//! `keelmark eval bless`.

use crate::cli::apply;
use crate::cli::args::BlessArgs;
use crate::cli::context::{Context, Wanted};
use crate::cli::evals::Desk;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::evals::baseline::Baseline;
use crate::evals::gate::{Decision, RunVerdict};
use crate::evals::record::Status;
use crate::plan::{Act, Plan};

pub(super) fn run(context: &Context, arguments: &BlessArgs) -> Result<Exit, Failure> {
    let workspace = context.open()?.workspace(&Wanted::Worktree, context)?;
    let desk = Desk::open(context, &workspace, None)?;
    let stored = desk.runs()?.find(&arguments.run)?;
    let record = &stored.record;
    let id = &record.id;
    if record.status != Status::Finished {
        return Err(Failure::usage(format!("the run `{id}` has not finished"))
            .hint(format!("`keelmark eval run --resume {id}` goes on with it")));
    }
    if record.settings.shard.is_some() || !record.settings.filters.is_empty() {
        return Err(Failure::usage(format!("the run `{id}` is a part of its suite"))
            .hint("only a run of the whole suite can be its baseline"));
    }
    if record.cases_sha256.is_none() || record.verdicts.is_empty() {
        return Err(Failure::usage(format!("the run `{id}` was never judged"))
            .hint("run the suite again; a baseline needs a whole run with its verdicts"));
    }
    if Decision::of(&record.verdicts).verdict() == RunVerdict::Fail {
        return Err(Failure::refused(format!("the gates closed on the run `{id}`"))
            .hint("a baseline is what later runs must not fall behind; bless one that passes"));
    }
    let (cases, _) = stored.sorted_cases()?;
    let baseline = Baseline::from_record(record, &cases)
        .map_err(|fault| Failure::usage(format!("`{id}`: {fault}")))?;
    let root = workspace.layout.root();
    let path = Baseline::path(root, &record.suite.entry, &record.model).map_err(|fault| {
        Failure::usage(format!(
            "the run `{id}` has no model that a baseline can be kept under: {fault}"
        ))
        .hint("give the suite `models`, so that each has a baseline of its own")
    })?;
    let text = baseline.to_json().map_err(std::io::Error::from)?;
    let top = workspace.opened.top()?;
    let act = match std::fs::read(apply::on_disk(top, &path)) {
        Ok(old) if old == text.as_bytes() => {
            context.printer.say(&format!("`{path}` is this run already"));
            return Ok(Exit::Success);
        }
        Ok(old) => Act::Replace { path: path.clone(), old, new: text.into_bytes() },
        Err(_) => Act::Create { path: path.clone(), bytes: text.into_bytes() },
    };
    let plan = Plan {
        acts: vec![act],
        notes: vec![format!("{path}: {} cases of {id}", baseline.cases.len())],
    };
    if arguments.dry_run {
        for note in &plan.notes {
            context.printer.say(&format!("would write {note}"));
        }
        return Ok(Exit::Success);
    }
    apply::apply(&plan, top)?;
    for note in &plan.notes {
        context.printer.say(&format!("wrote {note}"));
    }
    context
        .printer
        .say("it counts once it is merged: later runs are compared with the base's baseline");
    Ok(Exit::Success)
}
