//! `keelmark status`: what is live, read from the channels of the ledger and the tags that they
//! name. Of the records only that of the release to go back to is read, however many there are.

mod show;

use std::collections::BTreeSet;

use serde_json::json;

use super::check::ignore_closed;
use crate::checks::{Named as NamedTree, read_entry, read_policy};
use crate::cli::args::{ListingFormat, StatusArgs};
use crate::cli::composite;
use crate::cli::context::{Context, Opened, Workspace};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::ledger::Book;
use crate::cli::release::back::{Back, WayBack};
use crate::cli::release::models::Today;
use crate::cli::release::proposal::document;
use crate::cli::release::target::Named;
use crate::cli::release::{documents, live};
use crate::ident::{EntryName, EntryRef, Kind};
use crate::ledger::channel::{Channel, ChannelState, Owed};
use crate::output::json as documents_of;
use crate::registry::entry::Body;
use crate::registry::policy::freeze::{Freeze, Window};
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
    /// Those of earlier rollbacks, as far as they are not written.
    owed: Vec<PostMortem>,
}

/// The ledger as it is shown.
struct Ledger<'a> {
    book: &'a Book,
    unpushed: Option<usize>,
    fetched_at: Option<i64>,
    /// How old that makes it, in words.
    age: String,
    /// There is none here although releases were tagged: it was not fetched.
    lost: bool,
}

pub(in crate::cli) fn run(context: &Context, arguments: &StatusArgs) -> Result<Exit, Failure> {
    let opened = context.open()?;
    let book = Book::open_anyway(&opened, context)?;
    live::introduce(context, &book);
    if let Some(doubt) = book.doubt()? {
        context.printer.say(&format!("warning: {}", crate::escape::line(&doubt)));
    }
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
        fetched_at: book.heard_at(),
        age: live::age(&book, desk.now),
        lost: book.tip().is_none() && has_releases(&opened)?,
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
    Ok(match (moved, ledger.lost) {
        (true, _) => Exit::Integrity,
        (false, true) => Exit::Undecided,
        (false, false) => Exit::Success,
    })
}

/// Says whether a release was tagged here, under any prefix.
fn has_releases(opened: &Opened) -> Result<bool, Failure> {
    let tags = opened.repository.references_below("refs/tags/")?;
    Ok(tags.iter().any(|(name, _)| name.contains("/release/") && name.contains('@')))
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
    const fn back(&self) -> Back<'_> {
        Back {
            context: self.context,
            repository: &self.opened.repository,
            book: self.book,
            today: self.today,
            now: self.now,
        }
    }

    fn standing(&self, channel: &Channel) -> Result<Standing, Failure> {
        let state = channel.state()?;
        let object = self.opened.repository.reference(&format!("refs/tags/{}", state.tag))?;
        let tag = match object {
            None => Tag::Absent,
            Some(object) if object.to_string() == state.tag_object => Tag::Here,
            Some(_) => Tag::Moved,
        };
        // What is live came by the last rollback, or by something that owes nothing.
        let (last, earlier) = match channel.post_mortems.split_last() {
            Some((last, earlier)) if state.post_mortem_due.is_some() => (Some(last), earlier),
            _ => (None, channel.post_mortems.as_slice()),
        };
        let back = self.back();
        Ok(Standing {
            string: if tag == Tag::Here { self.string(&state) } else { None },
            tag,
            way: state.way_back().map(|tag| back.judge(&state, tag)).transpose()?,
            frozen: self.frozen(&state),
            post_mortem: last.map(|owed| self.post_mortem(channel, owed)),
            owed: earlier
                .iter()
                .map(|owed| self.post_mortem(channel, owed))
                .filter(|found| !found.written)
                .collect(),
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

    fn post_mortem(&self, channel: &Channel, owed: &Owed) -> PostMortem {
        let due = owed.due.as_str();
        let overdue = time::seconds(due).is_some_and(|due| due < self.now);
        let workspace = self.today.workspace();
        let (day, number) = (owed.day(), channel.number_of(&owed.record));
        let places = workspace.and_then(|workspace| documents::places(workspace).ok());
        let path = places.map(|places| places.post_mortem_of(&channel.name, day, number));
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
