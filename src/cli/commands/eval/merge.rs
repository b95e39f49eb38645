//! `keelmark eval merge`.

use std::collections::BTreeSet;

use super::write;
use crate::cli::args::MergeArgs;
use crate::cli::context::{Context, Wanted};
use crate::cli::evals::{Desk, Prepared, judge_run, run_id, same_judges};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::store::runs::Stored;
use crate::evals::event::{Event, Sink as _};
use crate::evals::record::{CaseRecord, RunRecord, Status};
use crate::time;

pub(super) fn run(context: &Context, arguments: &MergeArgs) -> Result<Exit, Failure> {
    let workspace = context.open()?.workspace(&Wanted::Worktree, context)?;
    let desk = Desk::open(context, &workspace, None)?.offline();
    let runs = desk.runs()?;
    let mut parts = Vec::new();
    for text in &arguments.runs {
        parts.push(runs.find(text)?);
    }
    let record = joined(&parts, desk.clock.unix_seconds())?;
    let mut cases: Vec<CaseRecord> = Vec::new();
    for part in &parts {
        cases.extend(part.sorted_cases()?.0);
    }
    cases.sort_by_key(CaseRecord::place);
    let mut pairs = cases.iter().zip(cases.iter().skip(1));
    if let Some((one, _)) = pairs.find(|(a, b)| a.place() == b.place()) {
        return Err(Failure::usage(format!("the case `{}` is in two of the runs", one.case))
            .hint("merge the parts of one run, each once"));
    }
    let mut stored = runs.create(record)?;
    let mut recorder = stored.recorder()?;
    for case in cases {
        let line = serde_json::to_string(&case).map_err(std::io::Error::from)?;
        recorder.take(&Event::Case { record: Box::new(case), line }).map_err(Failure::undecided)?;
    }
    drop(recorder);
    stored.record.status = Status::Finished;
    let prepared = here(&desk, &stored.record);
    let accept = arguments.accept_inconclusive.as_deref();
    let rulings = judge_run(&desk, prepared.as_ref(), &mut stored, accept)?;
    write(context, &[rulings.report], &arguments.report)?;
    Ok(rulings.exit)
}

/// Finds the suite in the tree at hand, for the lines of its cases; a merge works without it.
fn here(desk: &Desk<'_>, record: &RunRecord) -> Option<Prepared> {
    let names = desk.suites(std::slice::from_ref(&record.suite.entry)).ok()?;
    let prepared = desk.prepare(names.first()?, None).ok()?;
    prepared.into_iter().find(|prepared| prepared.header.suite == record.suite)
}

/// Joins the headers of the parts of one run.
fn joined(parts: &[Stored], now: i64) -> Result<RunRecord, Failure> {
    let Some(first) = parts.first() else {
        return Err(Failure::usage("name the parts of a run"));
    };
    let of = first.record.settings.shard.map(|(_, of)| of);
    let mut seen = BTreeSet::new();
    for part in parts {
        let record = &part.record;
        if record.status != Status::Finished {
            return Err(Failure::undecided(format!("the run `{}` has not finished", record.id))
                .hint(format!("`keelmark eval run --resume {}` goes on with it", record.id)));
        }
        if let Some(what) = difference(&first.record, record) {
            return Err(Failure::usage(format!(
                "`{}` and `{}` are no parts of one run: {what} differ",
                first.record.id, record.id
            )));
        }
        match record.settings.shard {
            Some((which, n)) if Some(n) == of => {
                seen.insert(which);
            }
            _ => {
                return Err(Failure::usage(format!(
                    "`{}` is no part of the same number of parts",
                    record.id
                ))
                .hint("merge runs that were made with `--shard I/N`, all with the same N"));
            }
        }
    }
    let of = of.unwrap_or_default();
    let missing: Vec<String> = (1..=of)
        .filter(|which| !seen.contains(which))
        .map(|which| format!("{which}/{of}"))
        .collect();
    if !missing.is_empty() {
        return Err(Failure::undecided(format!("parts are missing: {}", missing.join(", ")))
            .hint("a verdict over some of the cases would be one over nothing"));
    }
    let mut record = first.record.clone();
    record.settings.shard = None;
    record.status = Status::Running;
    record.created = time::moment(now);
    record.finished = Some(record.created.clone());
    record.totals.calls = parts.iter().map(|part| part.record.totals.calls).sum();
    record.totals.cached = parts.iter().map(|part| part.record.totals.cached).sum();
    record.totals.paid_micro_usd = parts.iter().map(|part| part.record.totals.paid_micro_usd).sum();
    record.cases_sha256 = None;
    record.id = run_id(&record);
    Ok(record)
}

/// Names what two parts of one run may not differ in.
fn difference(one: &RunRecord, other: &RunRecord) -> Option<&'static str> {
    let same = [
        ("suites", one.suite == other.suite),
        ("datasets", one.dataset == other.dataset),
        ("prompts or models", one.prompts == other.prompts),
        ("judges", same_judges(one, other)),
        ("tiers", one.settings.tier == other.settings.tier),
        ("instruments", one.fingerprint == other.fingerprint),
        ("versions of Keelmark", one.tool == other.tool),
        ("repeats", one.settings.repeat == other.settings.repeat),
        ("filters", one.settings.filters == other.settings.filters),
    ];
    same.into_iter().find(|(_, same)| !same).map(|(what, _)| what)
}
