//! `keelmark status`: what is live, read from the channels of the ledger and the tags that they
//! name. No record is read, however many there are.

mod show;

use std::collections::BTreeSet;

use serde_json::json;

use super::check::ignore_closed;
use crate::checks::{Named as NamedTree, read_entry, read_policy};
use crate::cli::args::{ListingFormat, StatusArgs};
use crate::cli::composite;
use crate::cli::context::{Context, Opened, Wanted, Workspace};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::ledger::Book;
use crate::cli::release::models::Today;
use crate::cli::release::proposal::document;
use crate::cli::release::target::Named;
use crate::cli::release::{documents, live};
use crate::ident::{EntryName, EntryRef, Kind, Wanted as Pinned};
use crate::ledger::channel::{Channel, ChannelState};
use crate::output::json as documents_of;
use crate::registry::entry::Body;
use crate::registry::policy::freeze::{Freeze, Window};
use crate::release::message::Message;
use crate::release::readiness::freeze;
use crate::release::{adr, composite as composed};
use crate::schema::PolicyName;
use crate::time;

/// Whether a tag can be gone by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tag {
    /// It is here.
    Here,
    /// It was not fetched.
    Absent,
    /// It is another object than the one that the ledger recorded.
    Moved,
}

/// The way back from a channel.
struct WayBack {
    tag: String,
    here: bool,
    /// Whether the target can run; `None` where nobody knows.
    runnable: Option<bool>,
    why: String,
}

/// The post-mortem of a rollback.
struct PostMortem {
    due: String,
    overdue: bool,
    /// Where it is to be.
    path: Option<String>,
    /// Whether the last commit has it, with nothing left to fill in.
    written: bool,
}

/// A channel as it is shown.
struct Standing {
    channel: Channel,
    state: ChannelState,
    string: Option<String>,
    tag: Tag,
    way: Option<WayBack>,
    /// The times in which no release follows now, by the policy of the last commit.
    frozen: Vec<Window>,
    post_mortem: Option<PostMortem>,
}

/// The ledger as it is shown.
struct Ledger<'a> {
    book: &'a Book,
    unpushed: Option<usize>,
    fetched_at: Option<i64>,
    /// How old that makes it, in words.
    age: String,
}

pub(in crate::cli) fn run(context: &Context, arguments: &StatusArgs) -> Result<Exit, Failure> {
    let opened = context.open()?;
    let book = Book::open_anyway(&opened, context)?;
    live::introduce(context, &book);
    let today = Today::open(context);
    let desk = Desk { context, opened: &opened, book: &book, today: &today, now: context.now() };
    let mut all = Vec::new();
    for channel in book.channels()?.iter() {
        all.push(desk.standing(channel)?);
    }
    // Whatever else is said of it, what is live is not what was released.
    let moved = all.iter().any(|standing| standing.tag == Tag::Moved);
    let ledger = Ledger {
        unpushed: book.unpushed()?,
        fetched_at: opened.repository.last_fetch().filter(|_| book.remote().is_some()),
        age: live::age(&opened, &book, desk.now),
        book: &book,
    };
    match arguments.format {
        ListingFormat::Human => {
            let text: String = all.iter().map(|one| show::human(one, desk.now)).collect();
            context.printer.data(&text).or_else(ignore_closed)?;
        }
        ListingFormat::Json => {
            let body = json!({
                "ledger": show::ledger(&ledger),
                "channels": all.iter().map(|one| show::describe(one, desk.now)).collect::<Vec<_>>(),
            });
            let mut out = Vec::new();
            documents_of::write(&documents_of::v1::listing("keelmark.status.v1", body), &mut out)?;
            context.printer.data(&String::from_utf8_lossy(&out)).or_else(ignore_closed)?;
        }
    }
    for line in show::words(&ledger, all.is_empty()) {
        context.printer.say(&line);
    }
    Ok(if moved { Exit::Integrity } else { Exit::Success })
}

/// Where channels are looked at.
struct Desk<'a> {
    context: &'a Context,
    opened: &'a Opened,
    book: &'a Book,
    today: &'a Today,
    now: i64,
}

impl Desk<'_> {
    fn standing(&self, channel: &Channel) -> Result<Standing, Failure> {
        let state = channel.state()?;
        let object = self.opened.repository.reference(&format!("refs/tags/{}", state.tag))?;
        let tag = match object {
            None => Tag::Absent,
            Some(object) if object.to_string() == state.tag_object => Tag::Here,
            Some(_) => Tag::Moved,
        };
        let way = state.rollback_to.as_ref().or_else(|| {
            let before = state.previous.as_ref().filter(|_| state.post_mortem_due.is_none());
            before.map(|before| &before.tag)
        });
        Ok(Standing {
            string: if tag == Tag::Here { self.string(&state) } else { None },
            tag,
            way: way.map(|tag| self.way(tag)).transpose()?,
            frozen: self.frozen(&state),
            post_mortem: state
                .post_mortem_due
                .as_deref()
                .map(|due| self.post_mortem(channel, &state, due)),
            channel: channel.clone(),
            state,
        })
    }

    /// Returns the composite string of what is live.
    fn string(&self, state: &ChannelState) -> Option<String> {
        let named = Named::by_tag(self.book.tag_prefix(), &state.tag)?;
        let found =
            composite::tagged(self.context, &named.tag, &named.composite, &named.version).ok()?;
        match &found.loaded.entry.body {
            Body::Composite(body) => Some(composed::written_string(body)),
            _ => None,
        }
    }

    /// Returns the windows of the policy in which nothing is released that serves what the composite
    /// serves. A policy that cannot be read says nothing here; a release is refused by it.
    fn frozen(&self, state: &ChannelState) -> Vec<Window> {
        let Some(workspace) = self.today.workspace() else { return Vec::new() };
        let (tree, layout) = (workspace.snapshot(), &workspace.layout);
        let read = read_policy::<Freeze>(tree, layout, PolicyName::Freeze);
        let Some(policy) = read.ok().and_then(Result::ok).flatten() else { return Vec::new() };
        let journeys = Self::journeys(workspace, &state.composite).unwrap_or_default();
        freeze::standing(&policy.policy, &journeys, self.now).cloned().collect()
    }

    /// Returns the journeys that a composite and its suites serve, as the last commit has them.
    fn journeys(workspace: &Workspace, composite: &str) -> Option<BTreeSet<String>> {
        let tree = NamedTree { name: "", tree: workspace.snapshot() };
        let read = |kind, id| {
            let name = EntryName::new(kind, id);
            read_entry(&workspace.layout, &name, tree).ok().flatten().map(|found| found.entry.body)
        };
        let Body::Composite(body) = read(Kind::Composite, composite.parse().ok()?)? else {
            return None;
        };
        let suites = body.suites.iter().filter_map(|suite| suite.parse::<EntryRef>().ok());
        let measured = suites.filter_map(|suite| match read(Kind::Suite, suite.id)? {
            Body::Suite(suite) => suite.journey,
            _ => None,
        });
        Some(measured.chain(body.journeys.clone()).collect())
    }

    /// Says whether the target of a rollback can run, as far as its tag and the manifests of its
    /// models say. `keelmark rollback CHANNEL --rehearse` proves it.
    fn way(&self, tag: &str) -> Result<WayBack, Failure> {
        let said =
            |here, runnable, why: String| WayBack { tag: tag.to_owned(), here, runnable, why };
        let repository = &self.opened.repository;
        let full = format!("refs/tags/{tag}");
        let Some(object) = repository.reference(&full)? else {
            return Ok(said(false, Some(false), "its tag is not here".to_owned()));
        };
        let written = repository.read_tag(object).ok().flatten();
        let message = written.and_then(|written| Message::parse(&written.message).ok());
        let Some(message) = message else {
            return Ok(said(true, Some(false), "it is no release tag".to_owned()));
        };
        let Ok(workspace) = self.context.open()?.workspace(&Wanted::Revision(full), self.context)
        else {
            return Ok(said(true, None, "its tree is not here".to_owned()));
        };
        let tree = NamedTree { name: "", tree: workspace.snapshot() };
        for component in &message.components {
            let Ok(reference) = component.entry.parse::<EntryRef>() else { continue };
            if reference.kind != Some(Kind::Model) {
                continue;
            }
            let name = EntryName::new(Kind::Model, reference.id.clone());
            let found = read_entry(&workspace.layout, &name, tree).ok().flatten();
            let found = found.filter(|found| {
                found.entry.version.clone().map(Pinned::Exact) == Some(reference.wanted.clone())
            });
            let Some(model) = found else {
                let why = format!("`{}` is in history only", component.entry);
                return Ok(said(true, None, why));
            };
            if let Some(sunset) = self.today.sunset(&model, self.now).filter(|sunset| sunset.past) {
                return Ok(said(true, Some(false), sunset.words(&component.entry)));
            }
        }
        Ok(said(true, Some(true), "runnable".to_owned()))
    }

    fn post_mortem(&self, channel: &Channel, state: &ChannelState, due: &str) -> PostMortem {
        let overdue = time::seconds(due).is_some_and(|due| due < self.now);
        let workspace = self.today.workspace();
        let day = state.since.get(..10).unwrap_or_default();
        let places = workspace.and_then(|workspace| documents::places(workspace).ok());
        let path = places.map(|places| places.post_mortem_of(&channel.name, day));
        let text = workspace
            .zip(path.as_ref())
            .and_then(|(workspace, path)| document(workspace.snapshot(), path).ok().flatten());
        PostMortem {
            due: due.to_owned(),
            overdue,
            path: path.map(|path| path.to_text().into_owned()),
            written: text.is_some_and(|text| adr::unfilled(&text).is_empty()),
        }
    }
}
