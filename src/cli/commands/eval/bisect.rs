//! `keelmark eval bisect`.

mod report;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _};

use super::super::check::ignore_closed;
use crate::checks::Loaded;
use crate::cli::args::{BisectArgs, ListingFormat};
use crate::cli::assess::Walk;
use crate::cli::context::{Context, Wanted};
use crate::cli::evals::Desk;
use crate::cli::evals::single::{Channel, FoundCase, UNIT, stopped};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::printer::Printer;
use crate::cli::{past, select};
use crate::escape;
use crate::evals::bisect::{self, Found, Verdict};
use crate::evals::event::Stop;
use crate::evals::plan::{self, Estimate};
use crate::evals::record::{Origin, Outcome};
use crate::evals::report::why;
use crate::evals::runner::Reach;
use crate::evals::session::Session;
use crate::evals::trial::Reply;
use crate::money::MicroUsd;
use crate::output::json as documents;
use crate::snapshot::Revision;

/// One version of the prompt.
struct Candidate {
    loaded: Loaded,
    /// The commit that brought it; `None` for what only the work tree has.
    since: Option<Revision>,
}

/// What was searched, and what was found.
struct Search {
    case: FoundCase,
    model: String,
    /// The versions, the oldest first.
    candidates: Vec<Candidate>,
    /// Why versions cannot be judged, by their place.
    skipped: BTreeMap<usize, String>,
    /// What was answered, by the place of the version.
    replies: BTreeMap<usize, Reply>,
    found: Found,
}

/// Why the search ended without a result.
enum Broken {
    Interrupted,
    Failed(Failure),
}

impl From<Failure> for Broken {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

pub(super) fn run(context: &Context, arguments: &BisectArgs) -> Result<Exit, Failure> {
    let workspace = context.open()?.workspace(&Wanted::Worktree, context)?;
    let desk = Desk::open(context, &workspace, None)?;
    let search = match search(&desk, arguments) {
        Ok(search) => search,
        Err(Broken::Interrupted) => return Ok(Exit::Interrupted),
        Err(Broken::Failed(failure)) => return Err(failure),
    };
    let mut out = Vec::new();
    match arguments.format {
        ListingFormat::Human => out.extend_from_slice(report::human(context, &search).as_bytes()),
        ListingFormat::Json => {
            let body = report::body(&search);
            documents::write(&documents::v1::listing("keelmark.eval_bisect.v1", body), &mut out)?;
        }
    }
    context.printer.data(&String::from_utf8_lossy(&out)).or_else(ignore_closed)?;
    Ok(if search.found == Found::Unclear { Exit::Undecided } else { Exit::Success })
}

fn search(desk: &Desk<'_>, arguments: &BisectArgs) -> Result<Search, Broken> {
    let case = desk.find_case(&arguments.case, arguments.suite.as_deref(), None)?;
    let candidates = candidates(desk, &case)?;
    let matter = desk.matter_of_case(&case)?;
    let cap = desk.cap(&matter.suite);
    let newest = candidates.last().ok_or_else(|| select::unreadable(&case.prompt))?;
    // Every version is asked of one model: that of the suite, or of the newest version.
    let mut session = desk.session_of(matter, &newest.loaded, arguments.model.as_deref())?;
    let model = session.targets.first().and_then(|target| session.models.get(target.model));
    let model = model.map(|model| model.stamp.entry.clone()).unwrap_or_default();
    let mut skipped = BTreeMap::new();
    let mut estimates = BTreeMap::new();
    for (at, candidate) in candidates.iter().enumerate() {
        match estimate(desk, &mut session, &candidate.loaded) {
            Ok(estimate) => drop(estimates.insert(at, estimate)),
            Err(why) => drop(skipped.insert(at, why)),
        }
    }
    let reach = if arguments.offline { Reach::Offline } else { Reach::Online };
    let most = Most::of(&estimates);
    if reach == Reach::Online && most.calls > 0 {
        refuse_unpriced(&estimates)?;
        if !arguments.yes {
            agree(desk.context, &most, &model)?;
        }
    }
    let cap = most.cost.into_iter().chain(cap).min();
    let channel = desk.channel(reach, cap)?;
    let mut replies = BTreeMap::new();
    let askable: Vec<usize> = estimates.into_keys().collect();
    let found = bisect::search(askable.len(), |number| {
        let at = askable.get(number).copied().unwrap_or_default();
        let Some(candidate) = candidates.get(at) else { return Ok(Verdict::Unclear) };
        desk.context.printer.detail(&format!("asking {}", candidate.label()));
        let reply = ask(desk, &channel, &mut session, candidate)?;
        let verdict = match reply.record.outcome {
            Outcome::Pass => Verdict::Good,
            Outcome::Fail => Verdict::Bad,
            Outcome::Unscored | Outcome::Error => Verdict::Unclear,
        };
        if verdict == Verdict::Unclear {
            skipped.insert(at, why(&reply.record));
        }
        replies.insert(at, reply);
        Ok::<_, Broken>(verdict)
    })?;
    // The search numbers what can be asked; here versions are numbered.
    let at = |number: usize| askable.get(number).copied().unwrap_or_default();
    let found = match found {
        Found::Broke { good, bad } => Found::Broke { good: at(good), bad: at(bad) },
        Found::NeverGood { oldest } => Found::NeverGood { oldest: at(oldest) },
        Found::NotBad { newest } => Found::NotBad { newest: at(newest) },
        Found::Unclear => Found::Unclear,
    };
    Ok(Search { case, model, candidates, skipped, replies, found })
}

/// Collects the published versions of the case's prompt, and what the work tree makes of it.
fn candidates(desk: &Desk<'_>, case: &FoundCase) -> Result<Vec<Candidate>, Failure> {
    let layout = &desk.workspace.layout;
    let here = select::load(layout, desk.tree(), &case.prompt)?;
    let repository = desk.workspace.opened.repository.clone();
    if repository.is_shallow() {
        desk.context
            .printer
            .say("history is cut off here; `git fetch --unshallow` brings the rest");
    }
    let from = desk.ground.base.tip.as_ref().map(|tip| tip.commit);
    let past = past::versions(layout, &Walk { repository, from }, &past::names(&here))?;
    let mut candidates: Vec<Candidate> = past
        .into_iter()
        .map(|past| Candidate { loaded: past.loaded, since: Some(past.since) })
        .collect();
    let is_new = candidates.last().is_none_or(|newest| {
        let (old, new) = (newest.loaded.facets(), here.facets());
        old.behaviour != new.behaviour || old.contract != new.contract
    });
    if is_new {
        candidates.push(Candidate { loaded: here, since: None });
    }
    Ok(candidates)
}

/// Says what asking a version takes at the most, or why it cannot be asked.
fn estimate(desk: &Desk<'_>, session: &mut Session, loaded: &Loaded) -> Result<Estimate, String> {
    if loaded.entry.as_prompt().is_none() {
        return Err("it is no prompt".to_owned());
    }
    desk.retarget(session, loaded).map_err(|failure| failure.message().to_owned())?;
    plan::preflight(session, &[UNIT]).map_err(|faults| {
        faults.into_iter().map(|fault| fault.message).collect::<Vec<_>>().join("; ")
    })
}

/// What the whole search takes at the most, with nothing in the cache.
struct Most {
    /// Versions.
    versions: usize,
    /// Calls of models and judges that cost something.
    calls: u64,
    cost: Option<MicroUsd>,
}

impl Most {
    /// Adds up the dearest versions, as many as a search can ask about.
    fn of(estimates: &BTreeMap<usize, Estimate>) -> Self {
        let versions = bisect::most_asked(estimates.len());
        let calls = |estimate: &Estimate| estimate.calls + estimate.judge_calls;
        let mut all: Vec<&Estimate> = estimates.values().collect();
        all.sort_by_key(|estimate| Reverse((estimate.most_cost, calls(estimate))));
        all.truncate(versions);
        Self {
            versions,
            calls: all.iter().map(|estimate| calls(estimate)).sum(),
            cost: all.iter().map(|estimate| estimate.most_cost).sum(),
        }
    }
}

/// The search is told beforehand what it may cost, and a model without prices could cost anything.
fn refuse_unpriced(estimates: &BTreeMap<usize, Estimate>) -> Result<(), Failure> {
    match estimates.values().find_map(|estimate| estimate.unpriced.first()) {
        None => Ok(()),
        Some(model) => Err(Failure::usage(format!(
            "`{model}` has no prices, so nobody knows what the search costs"
        ))
        .hint("add `pricing: {input_per_mtok_usd: …, output_per_mtok_usd: …}` to its manifest; a local model costs 0")),
    }
}

/// Asks on the terminal whether to spend.
fn agree(context: &Context, most: &Most, model: &str) -> Result<(), Failure> {
    let cost = most.cost.unwrap_or_default();
    let sentence = format!(
        "the search asks about at most {} versions: {} calls, with {} at most {cost}",
        most.versions,
        most.calls,
        escape::line(model)
    );
    if !io::stdin().is_terminal() {
        return Err(Failure::usage(sentence)
            .hint("spend it with `--yes`, or take what is cached with `--offline`"));
    }
    context.printer.say(&sentence);
    Printer::insist("go on? [y/N]");
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    match answer.trim() {
        "y" | "Y" | "yes" => Ok(()),
        _ => Err(Failure::usage("nothing was asked")),
    }
}

/// Asks a version; without an answer the search cannot go on.
fn ask(
    desk: &Desk<'_>,
    channel: &Channel,
    session: &mut Session,
    candidate: &Candidate,
) -> Result<Reply, Broken> {
    desk.retarget(session, &candidate.loaded)?;
    let reply = channel.ask(session).map_err(|stop| match stop {
        Stop::Interrupted => Broken::Interrupted,
        stop => Broken::Failed(stopped(stop)),
    })?;
    if reply.record.outcome == Outcome::Error {
        let message =
            format!("version {} has no answer: {}", candidate.label(), why(&reply.record));
        return Err(Failure::undecided(message)
            .hint("answers so far are cached where they cost something; run it again")
            .into());
    }
    Ok(reply)
}

impl Candidate {
    /// Names the version for people; what only the work tree has may have a published number.
    fn label(&self) -> String {
        let version = escape::line(&self.loaded.entry.common.version);
        match self.since {
            Some(_) => version,
            None => format!("{version} (the work tree)"),
        }
    }
}

impl Search {
    /// Counts the answers that came from the cache.
    fn cached(&self) -> usize {
        let origins = self.replies.values().filter_map(|reply| reply.record.answer.as_ref());
        origins.filter(|answer| answer.origin == Origin::Cached).count()
    }
}
