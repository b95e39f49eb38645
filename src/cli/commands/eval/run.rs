//! `keelmark eval run`.

use std::time::Duration;

use super::{record, write};
use crate::cli::args::{RunArgs, SignArgs};
use crate::cli::context::{Context, Wanted};
use crate::cli::evals::recording::{Recording, refuse_part};
use crate::cli::evals::{
    Caching, Desk, Finished, Prepared, RunOptions, carry_out, judge_run, planned, stop_words,
};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::store::runs::Stored;
use crate::evals::record::{RunRecord, Status};
use crate::evals::report::Report;
use crate::evals::runner::Reach;
use crate::money::MicroUsd;

pub(super) fn run(context: &Context, arguments: &RunArgs) -> Result<Exit, Failure> {
    let workspace = context.open()?.workspace(&Wanted::from(&arguments.selection.tree), context)?;
    let desk = Desk::open(context, &workspace, arguments.selection.base.as_deref())?;
    let desk = if arguments.offline { desk.offline() } else { desk };
    let mut options = options(arguments)?;
    let prepared = match &arguments.resume {
        Some(text) => {
            let stored = desk.runs()?.find(text)?;
            let prepared = resumed(&desk, &stored.record)?;
            options = resume_options(&options, &stored);
            vec![prepared]
        }
        None => super::prepared(&desk, &arguments.selection)?,
    };
    if prepared.is_empty() {
        context.printer.say("0 suites are affected by the change");
        return Ok(Exit::Success);
    }
    let recording = recording(arguments);
    if let Some(recording) = recording {
        desk.refuse_unprepared(recording)?;
    }
    // Whatever is wrong with a later suite is said before the first one is paid for.
    for prepared in &prepared {
        if recording.is_some() {
            refuse_part("the run", options.shard, &options.filters)?;
            desk.refuse_unrecordable(&prepared.header.git, options.tier)?;
        }
        planned(prepared, &options)?;
        desk.law(&prepared.header)?;
    }
    let mut reports: Vec<Report> = Vec::new();
    let mut finished: Vec<Stored> = Vec::new();
    let mut exit = Exit::Success;
    for prepared in &prepared {
        for finding in &prepared.warnings {
            context.printer.detail(&crate::output::concise::finding_line(finding));
        }
        let Finished { mut stored, ended, lock } = carry_out(&desk, prepared, &options)?;
        let accept = arguments.accept_inconclusive.as_deref();
        let rulings = judge_run(&desk, Some(prepared), &mut stored, accept)?;
        drop(lock);
        exit = exit.and(rulings.exit);
        reports.push(rulings.report);
        if let Some(stop) = ended.stopped {
            context.printer.say(&stop_words(stop, &stored.record.id));
        }
        if stored.record.status == Status::Finished {
            finished.push(stored);
        }
        if ended.stopped.is_some() {
            break;
        }
    }
    write(context, &reports, &arguments.report)?;
    if let Some(recording) = recording.filter(|_| !finished.is_empty()) {
        let runs: Vec<&Stored> = finished.iter().collect();
        record::say(context, &desk, &desk.record(&runs, recording)?, recording.push);
    }
    Ok(exit)
}

/// Says how the runs are recorded, where they are.
fn recording(arguments: &RunArgs) -> Option<Recording> {
    let wished = arguments.recording;
    let sign = SignArgs { sign: wished.sign, no_sign: wished.no_sign };
    wished.record.then_some(Recording { sign, push: wished.push })
}

fn options(arguments: &RunArgs) -> Result<RunOptions, Failure> {
    let max_cost = match arguments.max_cost {
        Some(dollars) => Some(MicroUsd::from_usd(dollars).ok_or_else(|| {
            Failure::usage(format!("--max-cost {dollars} is no amount of US dollars"))
        })?),
        None => None,
    };
    let selection = &arguments.selection;
    Ok(RunOptions {
        tier: selection.when.map(Into::into),
        repeat: selection.repeat,
        shard: selection.shard,
        filters: selection.filters.clone(),
        jobs: arguments.jobs.map(usize::from),
        reach: if arguments.offline { Reach::Offline } else { Reach::Online },
        caching: if arguments.no_cache { Caching::Off } else { Caching::AsConfigured },
        max_cost,
        time_limit: arguments.time_limit.map(Duration::from_secs),
        resume: None,
    })
}

/// Prepares what a run began with.
fn resumed(desk: &Desk<'_>, record: &RunRecord) -> Result<Prepared, Failure> {
    let names = desk.suites(std::slice::from_ref(&record.suite.entry))?;
    let of_prompts = record.prompts.first().map(|stamp| stamp.model.entry.as_str());
    for name in &names {
        for model in [None, of_prompts] {
            let prepared = desk.prepare(name, model)?;
            let found = prepared.into_iter().find(|p| p.header.model == record.model);
            if let Some(found) = found {
                return Ok(found);
            }
        }
    }
    Err(Failure::usage(format!(
        "the suite of the run `{}` has no model `{}` any more",
        record.id, record.model
    ))
    .hint("start a new run; answers that are cached are not paid again"))
}

/// A run goes on as it began; only how fast and how dear it may be is asked anew.
fn resume_options(options: &RunOptions, stored: &Stored) -> RunOptions {
    let settings = &stored.record.settings;
    RunOptions {
        tier: options.tier.or(settings.tier),
        repeat: Some(settings.repeat),
        shard: settings.shard,
        filters: settings.filters.clone(),
        resume: Some(stored.clone()),
        ..options.clone()
    }
}
