//! `keelmark eval replay`.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use serde_json::{Value, json};

use super::super::check::ignore_closed;
use crate::cli::args::{ListingFormat, ReplayArgs};
use crate::cli::context::{Context, Wanted};
use crate::cli::evals::Desk;
use crate::cli::evals::proof::{self, Proven, prove};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::ledger::Book;
use crate::cli::shelf::Shelf;
use crate::escape;
use crate::evals::prompt;
use crate::evals::record::{CaseRecord, EntryStamp, RunRecord, Status};
use crate::evals::replay::{Different, Replayed, Rescoring, means, scores_here};
use crate::evals::table::Keep;
use crate::ident::Kind;
use crate::output::json as documents;
use crate::registry::reference::references;
use crate::release::arithmetic::{Arithmetic, Unequal};
use crate::release::recorded::kept;
use crate::snapshot::{ObjectName, Snapshot};

/// How many lines are scored together; memory is bounded by it.
const BATCH: usize = 1_024;

/// How many differing scores are shown.
const SHOWN: usize = 20;

pub(super) fn run(context: &Context, arguments: &ReplayArgs) -> Result<Exit, Failure> {
    let workspace = context.open()?.workspace(&Wanted::Worktree, context)?;
    let desk = Desk::open(context, &workspace, None)?.offline();
    let stored = match desk.runs()?.find(&arguments.run) {
        Ok(stored) => stored,
        Err(failure) => return replay_kept(&desk, arguments, failure),
    };
    let record = &stored.record;
    if record.status == Status::Running {
        return Err(Failure::undecided(format!("the run `{}` has not finished", record.id))
            .hint(format!("`keelmark eval run --resume {}` goes on with it", record.id)));
    }
    let changed = changed(&desk, record);
    for what in &changed {
        context.printer.say(&format!("changed since the run: {what}"));
    }
    let mut rescoring = Rescoring::new(record, Keep::default());
    let mut reading = stored.cases()?;
    loop {
        let lines = reading.lines(BATCH)?;
        if lines.is_empty() {
            break;
        }
        let cases: Vec<CaseRecord> =
            lines.par_iter().map(|line| reading.case(line)).collect::<Result<_, Failure>>()?;
        rescoring.add(&cases).map_err(|fault| Failure::integrity(fault.to_string()))?;
    }
    let (table, replayed) = rescoring.finish();
    stored.refuse_changed(reading.digest())?;
    show(context, arguments, record, (&replayed, &means(&table)), &changed)?;
    Ok(if replayed.different.is_empty() { Exit::Success } else { Exit::Integrity })
}

fn show(
    context: &Context,
    arguments: &ReplayArgs,
    record: &RunRecord,
    (replayed, means): (&Replayed, &[(String, u32, f64)]),
    changed: &[String],
) -> Result<(), Failure> {
    let mut out = Vec::new();
    match arguments.format {
        ListingFormat::Human => out.extend_from_slice(human(record, replayed, means).as_bytes()),
        ListingFormat::Json => {
            let body = body(record, replayed, means, changed);
            documents::write(&documents::v1::listing("keelmark.eval_replay.v1", body), &mut out)?;
        }
    }
    Ok(context.printer.data(&String::from_utf8_lossy(&out)).or_else(ignore_closed)?)
}

/// Replays a run of the ledger from its pack; `failure` says why there is none in this work tree.
fn replay_kept(desk: &Desk<'_>, arguments: &ReplayArgs, failure: Failure) -> Result<Exit, Failure> {
    let opened = &desk.workspace.opened;
    let index = Book::open(opened, desk.context)?.index()?;
    let kept = kept(index.all());
    let found = match proof::named(&kept, &arguments.run).as_slice() {
        [found] => *found,
        [] => return Err(failure),
        several => {
            return Err(Failure::usage(format!(
                "`{}` is the beginning of {} runs of the ledger",
                arguments.run,
                several.len()
            ))
            .hint("write more of it; `keelmark ledger log --kind run` shows them"));
        }
    };
    let id = escape::line(&found.run.run);
    let shelf = Shelf::open(&opened.repository, &desk.workspace.settings.config.ledger)?;
    let commit = found.run.commit.as_deref().and_then(ObjectName::parse);
    let then = commit.and_then(|commit| opened.repository.commit_snapshot(commit).ok());
    let own = &desk.workspace.layout;
    let mut trees = vec![(desk.trusted_tree(), own), (desk.tree(), own)];
    trees.extend(then.as_ref().map(|tree| (tree as &dyn Snapshot, own)));
    match prove(found, &shelf, &trees)? {
        Proven::Expired => Err(Failure::undecided(format!(
            "the pack of the run `{id}` is not kept any more: raw expired, scores attested"
        ))
        .hint(format!(
            "the scores stand in the ledger: `keelmark ledger show {}`",
            found.record.id()
        ))),
        Proven::Broken(fault) => {
            Err(Failure::integrity(format!("the pack of the run `{id}` is false: {fault}")))
        }
        Proven::Undecided(fault) => {
            Err(Failure::undecided(format!("the run `{id}` cannot be computed again: {fault}")))
        }
        Proven::Computed { run, arithmetic, disagrees } => {
            kept_result(desk, arguments, (&run, &arithmetic), disagrees)
        }
    }
}

/// Shows what came of a run of the ledger, and says what of it is false.
fn kept_result(
    desk: &Desk<'_>,
    arguments: &ReplayArgs,
    (run, arithmetic): (&RunRecord, &Arithmetic),
    disagrees: Option<String>,
) -> Result<Exit, Failure> {
    let different = match &arithmetic.first {
        Some(Unequal::Score(different)) => vec![different.clone()],
        _ => Vec::new(),
    };
    let (equal, attested) = (arithmetic.scores, arithmetic.attested);
    let replayed = Replayed { equal, attested, different };
    let means = means(&arithmetic.table);
    show(desk.context, arguments, run, (&replayed, &means), &changed(desk, run))?;
    let printer = &desk.context.printer;
    match (&arithmetic.first, disagrees) {
        // Other bars than those that decided are at hand: nobody can say that the gates are false.
        (Some(unequal @ Unequal::Policy { .. }), _) => {
            printer.say(&format!("its gates cannot be computed again: {unequal}"));
            Ok(Exit::Undecided)
        }
        (Some(Unequal::Score(_)), _) => Ok(Exit::Integrity),
        (Some(unequal), _) => {
            printer.say(&escape::line(&unequal.to_string()));
            Ok(Exit::Integrity)
        }
        (None, Some(key)) => {
            printer.say(&format!("the ledger says something else than the pack: `{key}`"));
            Ok(Exit::Integrity)
        }
        (None, None) => {
            let Arithmetic { gates, gates_attested, .. } = arithmetic;
            printer.say(&format!(
                "{gates} gates computed again and equal, {gates_attested} attested; the ledger says the same"
            ));
            Ok(Exit::Success)
        }
    }
}

/// Names what of a run is other in the tree at hand; a replay needs none of it. The cases are not
/// read: what of them counted is in the record.
fn changed(desk: &Desk<'_>, record: &RunRecord) -> Vec<String> {
    let mut changed = Vec::new();
    if record.tool != env!("CARGO_PKG_VERSION") {
        changed.push(format!(
            "Keelmark {} made it, this is {}",
            record.tool,
            env!("CARGO_PKG_VERSION")
        ));
    }
    let here = used_here(desk, record);
    if here.is_empty() {
        changed.push(format!("{} cannot be read here any more", record.suite.entry));
        return changed;
    }
    for stamp in stamps(record) {
        match here.get(&stamp.entry) {
            Some(other)
                if other.behaviour == stamp.behaviour && other.contract == stamp.contract => {}
            Some(other) => {
                changed
                    .push(format!("{} was {}, is {}", stamp.entry, stamp.version, other.version));
            }
            None => changed.push(format!("{} is not used any more", stamp.entry)),
        }
    }
    for signature in record.signatures.iter().filter(|signature| !scores_here(signature)) {
        changed.push(format!(
            "`{signature}` is not what scores here; install Keelmark {}",
            record.tool
        ));
    }
    changed.sort();
    changed.dedup();
    changed
}

/// Returns the stamps of everything that a run used.
fn stamps(record: &RunRecord) -> impl Iterator<Item = &EntryStamp> {
    let prompts = record.prompts.iter().flat_map(|p| [&p.prompt, &p.model]);
    let judges = record.judges.values().flat_map(|j| [&j.judge, &j.model]);
    [&record.suite]
        .into_iter()
        .chain(&record.dataset)
        .chain(&record.profile)
        .chain(prompts)
        .chain(judges)
}

/// Follows the references of the suite to those entries that the run used, at the versions that
/// are pinned here.
fn used_here(desk: &Desk<'_>, record: &RunRecord) -> BTreeMap<String, EntryStamp> {
    let wanted: BTreeSet<&str> = stamps(record).map(|stamp| stamp.entry.as_str()).collect();
    let mut here = BTreeMap::new();
    let mut ahead = vec![(Kind::Suite, record.suite.entry.clone())];
    while let Some((kind, text)) = ahead.pop() {
        let Ok(found) = desk.entry(kind, &text) else { continue };
        let name = found.entry.name.to_string();
        if !wanted.contains(name.as_str()) || here.contains_key(&name) {
            continue;
        }
        here.insert(name, prompt::stamp(&found.entry, found.facets()));
        let written = references(found.entry.name.kind, found.entry.value());
        ahead.extend(written.into_iter().filter_map(|found| Some((found.kind?, found.text))));
    }
    here
}

fn human(record: &RunRecord, replayed: &Replayed, means: &[(String, u32, f64)]) -> String {
    let mut out = format!("{}\n", escape::line(&record.id));
    let different = replayed.different.len();
    out.push_str(&format!(
        "  {} scores computed again and equal, {different} different, {} attested\n",
        replayed.equal, replayed.attested
    ));
    for (metric, n, mean) in means {
        out.push_str(&format!("  {:<20} {mean} over {n} cases\n", escape::line(metric)));
    }
    for found in replayed.different.iter().take(SHOWN) {
        out.push_str(&format!("  {}\n", escape::line(&words(found))));
    }
    if different > SHOWN {
        out.push_str(&format!("  and {} more\n", different - SHOWN));
    }
    out
}

fn words(found: &Different) -> String {
    let number = |score: Option<f64>| score.map_or("nothing".to_owned(), |score| score.to_string());
    format!(
        "{} #{}: {} was recorded as {} and is {}",
        found.case,
        found.repeat,
        found.metric,
        number(found.recorded),
        number(found.computed)
    )
}

fn body(
    record: &RunRecord,
    replayed: &Replayed,
    means: &[(String, u32, f64)],
    changed: &[String],
) -> Value {
    let means: serde_json::Map<String, Value> = means
        .iter()
        .map(|(metric, n, mean)| (metric.clone(), json!({"n": n, "mean": mean})))
        .collect();
    let different: Vec<Value> = replayed
        .different
        .iter()
        .map(|found| {
            json!({
                "case": found.case, "repeat": found.repeat, "metric": found.metric,
                "recorded": found.recorded, "computed": found.computed,
            })
        })
        .collect();
    json!({
        "id": record.id,
        "digest": record.digest(),
        "changed": changed,
        "equal": replayed.equal,
        "attested": replayed.attested,
        "different": different,
        "means": means,
    })
}
