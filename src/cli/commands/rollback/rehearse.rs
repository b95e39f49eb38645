//! `keelmark rollback CHANNEL --rehearse`: everything that a rollback does, but the move.

use std::collections::BTreeMap;

use serde_json::json;

use super::stand::{Aim, Stand, say_pushed};
use super::{refusals, sign};
use crate::cli::args::{ListingFormat, RollbackArgs};
use crate::cli::commands::check::ignore_closed;
use crate::cli::context::Context;
use crate::cli::evals::Desk;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::ledger::{Book, Change};
use crate::cli::release::live;
use crate::cli::release::models::Today;
use crate::cli::release::target::{Made, Named, Recorded, Target};
use crate::cli::release::way::Way;
use crate::cli::signing::Notary;
use crate::escape;
use crate::ident::Kind as EntryKind;
use crate::ledger::channel::{ChannelState, Rehearsed};
use crate::ledger::kind::Kind;
use crate::ledger::record::{Draft, Record};
use crate::output::json as documents;
use crate::release::composite::Member;
use crate::release::payload::{Rehearsal, Tried};
use crate::time;
use crate::vcs::{Namespace, Verified};

/// What was tried so far.
#[derive(Default)]
struct Steps {
    tried: Vec<Tried>,
    /// Whether something is not what was recorded.
    is_false: bool,
}

impl Steps {
    /// Notes a step, and passes on what it brought.
    fn note<T>(
        &mut self,
        what: impl Into<String>,
        step: Result<(T, String), Failure>,
    ) -> Option<T> {
        let (brought, ok, found) = match step {
            Ok((brought, found)) => (Some(brought), true, found),
            Err(failure) => {
                self.is_false |= failure.exit() == Exit::Integrity;
                (None, false, failure.message().to_owned())
            }
        };
        self.tried.push(Tried { what: what.into(), ok, found });
        brought
    }

    fn say(&mut self, what: impl Into<String>, ok: bool, found: impl Into<String>) {
        self.tried.push(Tried { what: what.into(), ok, found: found.into() });
    }
}

pub(super) fn run(
    context: &Context,
    arguments: &RollbackArgs,
    stand: &mut Stand,
) -> Result<Exit, Failure> {
    let named = match &arguments.to {
        None => stand.last_good()?,
        Some(text) => match stand.aim(Some(text))? {
            Aim::At(named) => named,
            Aim::There(why) => {
                return Err(Failure::usage(why).hint("rehearse the way to another release"));
            }
        },
    };
    let tag = named.tag.clone();
    let known = Recorded::find(&stand.book, &stand.index, &tag);
    let object = known.as_ref().and_then(|known| known.objects.first().cloned());
    let mut steps = Steps::default();
    proved(context, arguments, stand, (named, known), &mut steps);
    let ok = steps.tried.iter().all(|tried| tried.ok);
    let rehearsal = |state: &ChannelState, at: &str| {
        let rehearsed = Rehearsed { at: at.to_owned(), ok, target: Some(tag.clone()) };
        let state = ChannelState { rehearsed: Some(rehearsed), ..state.clone() };
        Rehearsal {
            channel: stand.name.clone(),
            tag: tag.clone(),
            tag_object: object.clone(),
            ok,
            pinged: arguments.ping,
            tried: steps.tried.clone(),
            channels: BTreeMap::from([(stand.name.clone(), state)]),
        }
    };
    let now = context.now();
    let mut written = None;
    if !arguments.dry_run {
        let actor = stand.opened.repository.identity()?.to_string();
        let written_on = |book: &Book| -> Result<Record, Failure> {
            let (_, state) = live::channel(book, stand.name.as_str())?;
            if (&state.tag_object, &state.since) != (&stand.state.tag_object, &stand.state.since) {
                return Err(super::moved(&stand.name, &state));
            }
            let payload = rehearsal(&state, &time::moment(now));
            let record = Record::new(Draft {
                kind: Kind::Rehearsal,
                at: now,
                actor: actor.clone(),
                subject: tag.clone(),
                payload: serde_json::to_value(payload).map_err(std::io::Error::from)?,
            })?;
            Ok(sign(context, &stand.opened.repository, record))
        };
        let mut book = Book::open_anyway(&stand.opened, context)?;
        written = Some(book.settle(arguments.push, |book| {
            let record = written_on(book)?;
            let chain = book.chain(std::slice::from_ref(&record))?;
            Ok((Change::of(chain), record.id().to_string()))
        })?);
        stand.book = book;
    }
    let pushed = stand.pushed(written.is_some() && !arguments.push)?;
    let shown = Shown { stand, tag: &tag, ok, pinged: arguments.ping, steps: &steps.tried };
    shown.write(context, arguments.format, written.as_deref(), pushed)?;
    if written.is_some() {
        say_pushed(context, stand, pushed, arguments.push);
    }
    Ok(match (ok, steps.is_false) {
        (true, _) => Exit::Success,
        (false, false) => Exit::Findings,
        (false, true) => Exit::Integrity,
    })
}

/// Goes step by step; what needs a step that failed is not tried.
fn proved(
    context: &Context,
    arguments: &RollbackArgs,
    stand: &Stand,
    (named, recorded): (Named, Option<Recorded>),
    steps: &mut Steps,
) -> Option<()> {
    let repository = &stand.opened.repository;
    let tip = stand.book.tip().map(|tip| tip.short()).unwrap_or_default();
    let identity = repository.identity().map_err(Failure::from);
    steps.note(
        "ledger",
        identity.map(|who| ((), format!("{} at {tip}, appended as {who}", stand.book.branch()))),
    );
    let refusals = refusals(stand, &named, arguments);
    if !refusals.is_empty() {
        steps.say("release", false, refusals.join("; "));
    }
    let known = recorded.is_some();
    let target =
        Target::find(repository, stand.book.remote(), named, recorded).and_then(|target| {
            let words = format!("{} is {}, as recorded", target.named.tag, target.object);
            if known { Ok((target, words)) } else { Err(unknown(&target.named)) }
        });
    let target = steps.note("tag", target)?;
    let made = target.make(context).map(|made| {
        let words = format!("{}, {}", made.composition.string(), made.bundle);
        (made, words)
    });
    let made = steps.note("bundle", made)?;
    steps.note("signature", signature(&target, &made).map(|words| ((), words)));
    let way = Way::judge(context, repository, (&stand.state, &made));
    if let Some(found) = way.breaks.first() {
        let more = way.breaks.len() - 1;
        let more = if more == 0 { String::new() } else { format!("; and {more} more") };
        steps.say("callers", false, format!("{}: {}{more}", found.who, found.text));
    } else {
        let words = match &way.unjudged {
            None => "nobody is known to break".to_owned(),
            Some(why) => format!("not judged: {why}"),
        };
        steps.say("callers", true, words);
    }
    let models = || made.composition.runtime().filter(|m| m.name.kind == EntryKind::Model);
    let today = Today::open(context);
    for model in models() {
        let sunset = today.sunset(&model.loaded, context.now());
        let words = sunset.as_ref().map(|sunset| sunset.words(&model.reference()));
        let words = words.unwrap_or_else(|| format!("`{}` has no sunset", model.reference()));
        steps.say("model", sunset.is_none_or(|sunset| !sunset.past), words);
    }
    if arguments.ping {
        ping(context, &made, &models().collect::<Vec<_>>(), steps);
    }
    Some(())
}

fn unknown(named: &Named) -> Failure {
    let tag = escape::line(&named.tag);
    Failure::undecided(format!("the ledger, as it is here, has no release `{tag}`"))
}

/// Checks the tag's signature with the keys that the release's own tree lists.
fn signature(target: &Target, made: &Made) -> Result<String, Failure> {
    let workspace = &made.standpoint.workspace;
    let notary = Notary::of(workspace, workspace.snapshot(), &workspace.settings.config)?;
    let Some(signature) = &target.written.signature else {
        return Ok("the tag is not signed".to_owned());
    };
    if !notary.lists {
        return Ok(format!("the release lists no keys in `{}`", notary.path));
    }
    let (signed, at) = (&target.written.payload, target.written.seconds);
    match notary.verify(signature, signed, Namespace::Git, at)? {
        Verified::Good { principal, .. } => Ok(format!("signed by {principal}")),
        Verified::UnknownKey { fingerprint } => Err(Failure::integrity(format!(
            "`{}` does not list the key {fingerprint}",
            notary.path
        ))),
        Verified::Expired { fingerprint } => Err(Failure::integrity(format!(
            "the key {fingerprint} was not valid when the tag was made"
        ))),
        Verified::Revoked { fingerprint } => {
            Err(Failure::integrity(format!("the key {fingerprint} was revoked")))
        }
        Verified::Bad { why } => Err(Failure::integrity(format!("the signature is false: {why}"))),
    }
}

/// Asks each model once, as far as the base trusts its host.
fn ping(context: &Context, made: &Made, models: &[&Member], steps: &mut Steps) {
    let desk = Desk::open(context, &made.standpoint.workspace, None);
    for model in models {
        let answered = match &desk {
            Ok(desk) => desk.ping(&model.loaded),
            Err(failure) => Err(Failure::undecided(failure.message())),
        };
        let reference = model.reference();
        steps.note("ping", answered.map(|words| ((), format!("`{reference}` {words}"))));
    }
}

/// A rehearsal as it is shown.
struct Shown<'a> {
    stand: &'a Stand,
    tag: &'a str,
    ok: bool,
    pinged: bool,
    steps: &'a [Tried],
}

impl Shown<'_> {
    fn write(
        &self,
        context: &Context,
        format: ListingFormat,
        record: Option<&str>,
        pushed: Option<bool>,
    ) -> Result<(), Failure> {
        let mut text = String::new();
        match format {
            ListingFormat::Human => {
                let live = escape::line(&self.stand.state.version);
                let (name, tag) = (&self.stand.name, escape::line(self.tag));
                text.push_str(&format!("{name}  {live} → {tag}  rehearsal\n"));
                for Tried { what, ok, found } in self.steps {
                    let word = if *ok { "ok" } else { "FAIL" };
                    text.push_str(&format!("  {word:<4}  {what:<9}  {}\n", escape::line(found)));
                }
                if let Some(record) = record {
                    text.push_str(&format!("  record {record}; what is live stays\n"));
                }
            }
            ListingFormat::Json => {
                let body = json!({
                    "channel": self.stand.name,
                    "tag": self.tag,
                    "ok": self.ok,
                    "pinged": self.pinged,
                    "tried": self.steps,
                    "record": record,
                    "pushed": pushed,
                });
                let mut out = Vec::new();
                let listing = documents::v1::listing("keelmark.rehearsal.v1", body);
                documents::write(&listing, &mut out)?;
                text.push_str(&String::from_utf8_lossy(&out));
            }
        }
        Ok(context.printer.data(&text).or_else(ignore_closed)?)
    }
}
