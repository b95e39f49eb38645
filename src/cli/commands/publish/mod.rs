//! `keelmark publish`.

mod plan;
mod refusals;

use std::sync::Arc;

use rayon::prelude::*;

use super::check::ignore_closed;
use crate::checks::{Loaded, Reading, entries};
use crate::cli::args::PublishArgs;
use crate::cli::assess::Ground;
use crate::cli::context::{Context, Wanted as Tree, Workspace, refuse_misconfigured};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::release::entry_tags::{self, EntryTags};
use crate::cli::release::published::{self, Published};
use crate::cli::signing::Notary;
use crate::cli::{select, steps};
use crate::escape;
use crate::ident::EntryName;
use crate::registry::common::Status;
use crate::registry::config::{Config, Tags};
use crate::snapshot::ObjectName;
use crate::vcs::write::{Old, PushFault, PushSpec, RefFault, RefUpdate, Refusal};
use crate::vcs::{Identity, Repository, Signer};
use plan::Plan;

/// How often somebody else may be faster.
const TRIES: u32 = 5;
/// How many digits of a digest are shown.
const DIGITS: usize = 12;

pub(in crate::cli) fn run(context: &Context, arguments: &PublishArgs) -> Result<Exit, Failure> {
    let mut desk = Desk::open(context)?;
    if arguments.push && !arguments.dry_run {
        let published = desk.published()?;
        remote_of(&published)?;
        published.refresh(&desk.workspace.opened.repository)?;
        desk = Desk::open(context)?;
    }
    // One waits for git, the other one reads.
    let (published, taken) =
        rayon::join(|| desk.published(), || Taken::of(&desk.workspace, &arguments.entries));
    let (published, taken) = (published?, taken?);
    let remote = if arguments.push { Some(remote_of(&published)?) } else { None };
    let mut lost = Failure::undecided("others are always faster");
    for _ in 0..TRIES {
        let tags = EntryTags::read(&desk.workspace, desk.config())?;
        let plan = Plan::make(&desk.workspace, &tags, &taken.entries, remote, arguments.dry_run)?;
        let (refused, hand) = rayon::join(
            || refusals::refuse(&desk.workspace, &desk.ground, &plan.create, &taken),
            || Hand::of(&desk, arguments, &plan),
        );
        refused?;
        let unsigned = desk.unsigned(arguments, &plan)?;
        if arguments.dry_run {
            show(context, &plan)?;
            warn(context, unsigned.as_deref());
            say(context, &published, &taken, &plan, "would be made");
            return Ok(Exit::Success);
        }
        let by = (hand?, context.now());
        match carry_out(&desk.workspace.opened.repository, published.commit, by, remote, &plan)? {
            Race::Won => {
                show(context, &plan)?;
                warn(context, unsigned.as_deref());
                say(context, &published, &taken, &plan, "made");
                if let Some(remote) = remote {
                    pushed(context, remote, &plan);
                }
                return Ok(Exit::Success);
            }
            Race::Lost(failure) => lost = failure,
        }
    }
    Err(lost)
}

fn remote_of(published: &Published) -> Result<&str, Failure> {
    published.remote.as_deref().ok_or_else(|| {
        Failure::usage("there is no remote to push tags to")
            .hint("`git remote add origin URL` makes one; without `--push` the tags stay here")
    })
}

/// What is published, and what it is judged by.
struct Desk {
    workspace: Workspace,
    ground: Ground,
}

/// Who tags, and with which key; nobody where there is nothing to tag.
struct Hand(Option<(Identity, Notary, Option<Signer>)>);

/// Whether somebody else was faster, and how that shows.
enum Race {
    Won,
    Lost(Failure),
}

impl Hand {
    fn of(desk: &Desk, arguments: &PublishArgs, plan: &Plan) -> Result<Self, Failure> {
        if plan.create.is_empty() || arguments.dry_run {
            return Ok(Self(None));
        }
        let notary = Notary::of(&desk.workspace, desk.workspace.snapshot(), desk.config())?;
        let who = desk.workspace.opened.repository.identity()?;
        let signer = notary.signer(arguments.signing)?;
        Ok(Self(Some((who, notary, signer))))
    }
}

impl Desk {
    /// Opens the tree of `HEAD`.
    fn open(context: &Context) -> Result<Self, Failure> {
        let workspace =
            context.open_to_check()?.workspace(&Tree::Revision("HEAD".to_owned()), context)?;
        refuse_misconfigured(&workspace)?;
        let ground = Ground::open(&workspace, None, context)?;
        if ground.trusted.versioning.tags != Tags::Entries {
            return Err(Failure::usage("entries get no tags here").hint(
                "`versioning: {tags: entries}` in keelmark.yaml, merged, switches them on; releases have tags of their own",
            ));
        }
        Ok(Self { workspace, ground })
    }

    /// Finds the published branch that has the tree.
    fn published(&self) -> Result<Published, Failure> {
        published::head(&self.workspace, self.config(), &self.workspace.prefixes())
    }

    /// Says that tags go out unsigned where the registry lists whose signatures count, and why.
    fn unsigned(&self, arguments: &PublishArgs, plan: &Plan) -> Result<Option<String>, Failure> {
        if plan.create.is_empty() {
            return Ok(None);
        }
        let notary = Notary::of(&self.workspace, self.workspace.snapshot(), self.config())?;
        let list = notary.path.to_text();
        Ok(notary.unsigned(arguments.signing).map(|(why, help)| {
            let tags = count(plan.create.len(), "tag");
            format!("{tags} unsigned, and `{list}` lists whose signatures count: {why}; {help}")
        }))
    }

    /// Returns the configuration that is believed.
    const fn config(&self) -> &Config {
        &self.ground.trusted
    }
}

/// Writes tags, pushes them, and then has references lead to them, all of them or none.
fn carry_out(
    repository: &Repository,
    commit: ObjectName,
    (hand, now): (Hand, i64),
    remote: Option<&str>,
    plan: &Plan,
) -> Result<Race, Failure> {
    let mut updates = match &hand.0 {
        Some((who, notary, signer)) => {
            entry_tags::write(notary, &plan.create, commit, (who, now), signer.as_ref())?
        }
        None => Vec::new(),
    };
    steps::reach("publish:objects-written");
    if let Some(remote) = remote {
        let made = updates.iter().filter_map(|update| Some((update.name.clone(), update.new?)));
        let sent = plan.send.iter().map(|(wanted, object)| (wanted.reference(), *object));
        let specs: Vec<PushSpec> = made
            .chain(sent)
            .map(|(name, object)| PushSpec { object, name, old: Old::Missing })
            .collect();
        match repository.push(remote, &specs) {
            Ok(()) => {}
            Err(fault @ PushFault::Rejected { kind: Refusal::Exists | Refusal::Moved, .. }) => {
                return Ok(Race::Lost(fault.into()));
            }
            Err(fault) => return Err(fault.into()),
        }
        steps::reach("publish:after-push");
    }
    updates.extend(plan.adopt.iter().map(|(wanted, object)| RefUpdate {
        name: wanted.reference(),
        new: Some(*object),
        old: Old::Missing,
    }));
    steps::reach("publish:before-refs");
    if !updates.is_empty() {
        match repository.update_refs(&updates, "keelmark: publish") {
            Ok(()) => {}
            Err(fault @ (RefFault::Moved { .. } | RefFault::Locked { .. })) => {
                return Ok(Race::Lost(fault.into()));
            }
            Err(fault) => return Err(fault.into()),
        }
    }
    steps::reach("publish:after-refs");
    Ok(Race::Won)
}

/// The entries that are asked for.
struct Taken {
    read: Reading,
    entries: Vec<Arc<Loaded>>,
    drafts: usize,
    removed: usize,
}

impl Taken {
    fn of(workspace: &Workspace, asked: &[String]) -> Result<Self, Failure> {
        let mut names: Vec<EntryName> = match asked {
            [] => {
                let listed = entries(&workspace.layout, workspace.snapshot())?;
                listed.into_iter().map(|listed| listed.name).collect()
            }
            asked => asked.iter().map(|text| name(workspace, text)).collect::<Result<_, _>>()?,
        };
        names.sort();
        names.dedup();
        let read = Reading::of(&workspace.layout, workspace.snapshot(), &names)?;
        names.par_iter().filter_map(|name| read.entry(name)).try_for_each(|loaded| {
            if offered(loaded) {
                super::refuse_unread(loaded)?;
                loaded.facets();
            }
            Ok::<(), Failure>(())
        })?;
        let mut taken = Self { read, entries: Vec::new(), drafts: 0, removed: 0 };
        for name in &names {
            let loaded = taken.read.entry(name).ok_or_else(|| select::unreadable(name))?;
            let word = match loaded.entry.common.status {
                Status::Active | Status::Deprecated => {
                    taken.entries.push(Arc::clone(loaded));
                    continue;
                }
                Status::Draft => {
                    taken.drafts += 1;
                    "a draft"
                }
                Status::Removed => {
                    taken.removed += 1;
                    "removed"
                }
            };
            if !asked.is_empty() {
                return Err(Failure::usage(format!(
                    "`{name}` is {word}, which nobody may rely on"
                ))
                .hint("publish a version with `status: active`"));
            }
        }
        Ok(taken)
    }
}

const fn offered(loaded: &Loaded) -> bool {
    matches!(loaded.entry.common.status, Status::Active | Status::Deprecated)
}

/// Finds an entry that was named; a version that was typed must be that of `HEAD`.
fn name(workspace: &Workspace, text: &str) -> Result<EntryName, Failure> {
    let selected = select::entry(workspace, text)?;
    if let Some(version) = selected.version {
        select::load(&workspace.layout, workspace.snapshot(), &selected.name)
            .and_then(|loaded| select::is_at(&loaded, &version))?;
    }
    Ok(selected.name)
}

fn warn(context: &Context, unsigned: Option<&str>) {
    if let Some(words) = unsigned {
        context.printer.say(&format!("warning: {}", escape::line(words)));
    }
}

/// Shows the tags that are new here, one a line.
fn show(context: &Context, plan: &Plan) -> Result<(), Failure> {
    let mut out = String::new();
    for wanted in &plan.create {
        let (digest, words) = (wanted.tag.digest.short(DIGITS), escape::line(&wanted.tag.words));
        let line = format!("{}  sha256:{digest}…  {words}", escape::line(&wanted.name));
        out.push_str(line.trim_end());
        out.push('\n');
    }
    Ok(context.printer.data(&out).or_else(ignore_closed)?)
}

/// Says what was done, and what there was not to do.
fn say(context: &Context, published: &Published, taken: &Taken, plan: &Plan, done: &str) {
    let printer = &context.printer;
    if !plan.create.is_empty() {
        printer.say(&format!(
            "{} {done} on {} ({})",
            count(plan.create.len(), "tag"),
            published.commit.short(),
            published.shown()
        ));
    }
    if !plan.adopt.is_empty() {
        let from = published.remote.as_deref().map(escape::line).unwrap_or_default();
        let verb = if done == "made" { "taken" } else { "would be taken" };
        printer.say(&format!("{} {verb} from `{from}`", count(plan.adopt.len(), "tag")));
    }
    let there = plan.there + plan.send.len();
    if there > 0 {
        let all = if plan.create.is_empty() { ": nothing to do" } else { "" };
        let all = if plan.send.is_empty() && plan.adopt.is_empty() { all } else { "" };
        printer.say(&format!("{} up to date{all}", count(there, "tag")));
    }
    for (number, word) in [(taken.drafts, "draft"), (taken.removed, "removed entry")] {
        if number > 0 {
            printer.say(&format!("{} left out", count(number, word)));
        }
    }
}

fn pushed(context: &Context, remote: &str, plan: &Plan) {
    let number = plan.create.len() + plan.send.len();
    let remote = escape::line(remote);
    context.printer.say(&match number {
        0 => format!("`{remote}` has every tag"),
        _ => format!("{} pushed to `{remote}`", count(number, "tag")),
    });
}

fn count(number: usize, word: &str) -> String {
    match (number, word.strip_suffix('y')) {
        (1, _) => format!("1 {word}"),
        (_, Some(stem)) => format!("{number} {stem}ies"),
        _ => format!("{number} {word}s"),
    }
}
