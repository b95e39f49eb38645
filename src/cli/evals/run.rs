//! Carries a prepared suite out and leaves a record.

use std::collections::BTreeSet;
use std::time::Duration;

use super::progress::Progress;
use super::{Desk, Prepared};
use crate::cli::failure::Failure;
use crate::cli::interrupt;
use crate::cli::store::answers::DiskCache;
use crate::cli::store::runs::Stored;
use crate::digest::Digest;
use crate::evals::budget::Budget;
use crate::evals::cache::{Cache, NoCache};
use crate::evals::event::{Sink, Sinks, Stop};
use crate::evals::plan::{self, Estimate, Filter, Selection};
use crate::evals::record::{Origin, RunRecord, Status};
use crate::evals::runner::{self, Ended, Reach, Run};
use crate::evals::score;
use crate::evals::session::{Session, Unit};
use crate::money::MicroUsd;
use crate::provider::RetryPolicy;
use crate::registry::suite::Tier;
use crate::time;

/// How a run is wanted.
#[derive(Debug, Clone)]
pub(in crate::cli) struct RunOptions {
    /// The tier whose requirements count.
    pub tier: Option<Tier>,
    /// How often each case is run; `None` as the suite says.
    pub repeat: Option<u32>,
    /// Which part of the suite.
    pub shard: Option<(u32, u32)>,
    /// Conditions on cases, as typed.
    pub filters: Vec<String>,
    /// The most calls at once; `None` as the base's configuration says.
    pub jobs: Option<usize>,
    /// Who may be asked.
    pub reach: Reach,
    /// Whether answers are cached.
    pub caching: Caching,
    /// The most that the run may cost; `None` as the base's configuration says.
    pub max_cost: Option<MicroUsd>,
    /// How long the run may take.
    pub time_limit: Option<Duration>,
    /// The run to go on with.
    pub resume: Option<Stored>,
}

/// Whether answers are taken from and put into the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Caching {
    /// They are, where the base's configuration says so.
    AsConfigured,
    /// They are not.
    Off,
}

/// A run that has ended, one way or the other.
#[derive(Debug)]
pub(in crate::cli) struct Finished {
    /// Its record; verdicts are not in it yet.
    pub stored: Stored,
    /// How it ended.
    pub ended: Ended,
    /// Keeps others from writing to the run while it is judged.
    pub lock: std::fs::File,
}

impl RunOptions {
    /// Returns the conditions on cases.
    ///
    /// # Errors
    /// A text that is no condition.
    pub(in crate::cli) fn selection(&self, session: &Session) -> Result<Selection, Failure> {
        let filters: Result<Vec<Filter>, _> =
            self.filters.iter().map(|text| Filter::parse(text)).collect();
        let suite = u32::try_from(session.suite.repeat).unwrap_or(u32::MAX);
        Ok(Selection {
            filters: filters.map_err(|fault| Failure::usage(fault.to_string()))?,
            shard: self.shard,
            repeat: self.repeat.unwrap_or(suite).max(1),
        })
    }
}

/// Returns the units of a run and the most that it can cost.
///
/// # Errors
/// No case is selected, cases cannot be run as they are written, or a model has no prices.
pub(in crate::cli) fn planned(
    prepared: &Prepared,
    options: &RunOptions,
) -> Result<(Vec<Unit>, Estimate), Failure> {
    let session = &prepared.session;
    let selection = options.selection(session)?;
    let units = plan::units(session, &selection);
    // A part of a small suite may be empty; the whole may not.
    let whole = Selection { shard: None, ..selection };
    if units.is_empty() && plan::units(session, &whole).is_empty() {
        let total = session.cases.len();
        let failure = Failure::usage(format!("no case of `{}` is selected", prepared.name));
        let wanted = options.filters.join(" and ");
        return Err(failure.hint(format!("none of its {total} cases is {wanted}")));
    }
    let estimate = plan::preflight(session, &units).map_err(|faults| {
        let shown: Vec<String> = faults
            .iter()
            .take(5)
            .map(|fault| {
                // A schema's fault quotes the value that it refuses.
                let message = score::redacted(&fault.message, &session.secrets).0;
                format!("`{}`: {message}", fault.case)
            })
            .collect();
        let more = faults.len().saturating_sub(shown.len());
        let more = if more > 0 { format!("\nand {more} more cases") } else { String::new() };
        Failure::usage(format!(
            "{} of the cases of `{}` cannot be run:\n{}{more}",
            faults.len(),
            prepared.name,
            shown.join("\n")
        ))
        .hint("nothing was sent to a model")
    })?;
    Ok((units, estimate))
}

/// Runs a prepared suite.
///
/// # Errors
/// Whatever keeps it from being run; what happens while it runs is in the record.
pub(in crate::cli) fn carry_out(
    desk: &Desk<'_>,
    prepared: &Prepared,
    options: &RunOptions,
) -> Result<Finished, Failure> {
    let (units, estimate) = planned(prepared, options)?;
    let cap = cost_cap(desk, prepared, options);
    if options.reach == Reach::Online {
        refuse_unpriced(&estimate)?;
    }
    let runs = desk.runs()?;
    let stored = match &options.resume {
        Some(earlier) => {
            refuse_other(&earlier.record, prepared)?;
            earlier.clone()
        }
        None => runs.create(header(desk, prepared, options))?,
    };
    // The lock comes before the reading: nobody else writes to the run from here on.
    let lock = stored.lock()?;
    let done = done(&stored)?;
    let units: Vec<Unit> = units.into_iter().filter(|unit| !done.contains(unit)).collect();
    let mut stored = match options.resume {
        Some(_) if stored.record.status == Status::Finished && units.is_empty() => {
            let id = &stored.record.id;
            return Err(Failure::usage(format!(
                "the run `{id}` has finished; nothing is left to run"
            ))
            .hint(format!("`keelmark eval show {id}` shows it")));
        }
        Some(_) => stored.reopened()?,
        None => stored,
    };
    let spent = MicroUsd(stored.record.totals.paid_micro_usd.max(live_cost(&stored)?));
    let budget = Budget::resumed(cap, spent);
    let mut recorder = stored.recorder()?;
    let kept;
    let cache: &dyn Cache = if options.caching == Caching::AsConfigured && desk.trusted().eval.cache
    {
        kept = DiskCache::open(desk.workspace.opened.top()?).map_err(Failure::from)?;
        &kept
    } else {
        &NoCache
    };
    let jobs = options.jobs.unwrap_or(desk.trusted().eval.concurrency as usize).max(1);
    let mut progress = Progress::new(desk.context, &prepared.name.to_string());
    let ended = {
        let mut sinks = Sinks(vec![&mut recorder as &mut dyn Sink, &mut progress]);
        runner::run(
            &Run {
                session: &prepared.session,
                units: &units,
                done: done.len(),
                cache,
                clock: &*desk.clock,
                interrupted: interrupt::watch(),
                jobs,
                reach: options.reach,
                budget: &budget,
                retry: RetryPolicy::default(),
                time_limit: options.time_limit,
            },
            &mut sinks,
        )
    };
    drop(recorder);
    let record = &mut stored.record;
    record.status = match ended.stopped {
        // Whatever asked the run to end came too late.
        _ if ended.finished == units.len() => Status::Finished,
        Some(Stop::CostCap { .. } | Stop::TimeLimit { .. }) => Status::Capped,
        Some(Stop::Interrupted) => Status::Interrupted,
        // The last line may be half written, as a kill leaves it.
        None | Some(Stop::Sink | Stop::NoThread) => Status::Running,
    };
    record.settings.offline &= options.reach == Reach::Offline;
    record.finished = Some(time::moment(desk.clock.unix_seconds()));
    record.totals.calls += ended.calls;
    record.totals.cached += ended.cached;
    record.totals.paid_micro_usd = budget.spent().0;
    stored.save()?;
    if let Some(fault) = &ended.sink_fault {
        return Err(Failure::undecided(fault.clone()).hint(format!(
            "what was finished is saved; `keelmark eval run --resume {}`",
            stored.record.id
        )));
    }
    Ok(Finished { stored, ended, lock })
}

/// Adds up what the live answers of a record and their judges cost, for a run that was killed before
/// it could say so.
fn live_cost(stored: &Stored) -> Result<u64, Failure> {
    let mut cost: u64 = 0;
    for case in stored.cases()? {
        let case = case?;
        let answer = case.answer.filter(|answer| answer.origin == Origin::Live);
        let judges = case.judged.values().filter_map(|judged| judged.cost_micro_usd);
        let answer = answer.and_then(|answer| answer.cost_micro_usd);
        cost = judges.chain(answer).fold(cost, u64::saturating_add);
    }
    Ok(cost)
}

/// Returns the header of a new run.
fn header(desk: &Desk<'_>, prepared: &Prepared, options: &RunOptions) -> RunRecord {
    let now = desk.clock.unix_seconds();
    let mut record = prepared.header.clone();
    record.created = time::moment(now);
    record.settings.tier = options.tier;
    let suite = u32::try_from(prepared.session.suite.repeat).unwrap_or(u32::MAX);
    record.settings.repeat = options.repeat.unwrap_or(suite).max(1);
    record.settings.shard = options.shard;
    record.settings.filters.clone_from(&options.filters);
    record.settings.offline = options.reach == Reach::Offline;
    record.id = run_id(&record);
    record
}

/// Names a run: when, what, with which model, and some digits of what it is made of.
pub(in crate::cli) fn run_id(record: &RunRecord) -> String {
    let when: String = record.created.chars().filter(|c| !matches!(c, '-' | ':')).collect();
    let plain = |text: &str| text.rsplit('/').next().unwrap_or_default().to_owned();
    let suite = plain(&record.suite.entry);
    let made_of = Digest::of_json(&serde_json::json!({
        "suite": record.suite, "prompts": record.prompts, "judges": record.judges,
        "model": record.model, "settings": record.settings,
    }));
    let shard = match record.settings.shard {
        Some((which, of)) => format!("-{which}of{of}"),
        None => String::new(),
    };
    format!("{when}-{suite}{shard}-{}", made_of.short(6))
}

/// Returns the least of the caps: of the suite, and of the command line or the base.
fn cost_cap(desk: &Desk<'_>, prepared: &Prepared, options: &RunOptions) -> Option<MicroUsd> {
    let base = options.max_cost.or_else(|| MicroUsd::from_usd(desk.trusted().eval.max_cost_usd));
    let suite = prepared.session.suite.max_cost_usd.and_then(MicroUsd::from_usd);
    base.into_iter().chain(suite).min()
}

/// A run has a cap, and a model without prices could pass it unseen.
fn refuse_unpriced(estimate: &Estimate) -> Result<(), Failure> {
    let Some(model) = estimate.unpriced.first() else { return Ok(()) };
    Err(Failure::usage(format!("`{model}` has no prices, so the cost of the run cannot be capped")).hint(
        "add `pricing: {input_per_mtok_usd: …, output_per_mtok_usd: …}` to its manifest; a local model costs 0",
    ))
}

/// Says whether two runs have the same judges; how old a calibration is today is no part of a judge.
pub(in crate::cli) fn same_judges(one: &RunRecord, other: &RunRecord) -> bool {
    let stamps = |record: &RunRecord| -> Vec<_> {
        let judges = record.judges.iter();
        judges
            .map(|(metric, stamp)| (metric.clone(), stamp.judge.clone(), stamp.model.clone()))
            .collect()
    };
    stamps(one) == stamps(other)
}

/// A run goes on only with what it began with.
fn refuse_other(record: &RunRecord, prepared: &Prepared) -> Result<(), Failure> {
    let now = &prepared.header;
    let mut differs: Vec<&str> = Vec::new();
    let mut compare = |what: &'static str, same: bool| {
        if !same {
            differs.push(what);
        }
    };
    compare("suite", record.suite == now.suite);
    compare("dataset", record.dataset == now.dataset);
    compare("prompts or models", record.prompts == now.prompts);
    compare("judges", same_judges(record, now));
    compare("metrics, bindings or fixtures", record.fingerprint == now.fingerprint);
    if differs.is_empty() {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "the run `{}` began with other content: {}",
        record.id,
        differs.join(", ")
    ))
    .hint("start a new run; answers that are cached are not paid again"))
}

/// Returns the units that a record has an answer for.
fn done(stored: &Stored) -> Result<BTreeSet<Unit>, Failure> {
    let (cases, _) = stored.sorted_cases()?;
    let answered = cases.iter().filter(|case| case.answer.is_some());
    Ok(answered.map(|case| Unit { case: case.index, repeat: case.repeat }).collect())
}

/// Says in words why a run ended early.
pub(in crate::cli) fn stop_words(stop: Stop, id: &str) -> String {
    let resume = format!("`keelmark eval run --resume {id}` goes on");
    match stop {
        Stop::Interrupted => format!("interrupted; what was finished is saved, {resume}"),
        Stop::CostCap { cap_micro_usd } => format!(
            "the next call could pass the cap of {}; {resume} with a larger --max-cost",
            MicroUsd(cap_micro_usd)
        ),
        Stop::TimeLimit { limit } => {
            format!("the time limit of {} s is over; {resume}", limit.as_secs())
        }
        Stop::Sink => "the record could not be written".to_owned(),
        Stop::NoThread => format!("the machine gives no more threads; {resume} with a smaller -j"),
    }
}
