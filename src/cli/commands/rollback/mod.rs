//! `keelmark rollback`: one commit on the ledger's branch.

mod rehearse;
mod show;
mod stand;
mod stub;

use std::collections::BTreeMap;

use show::{Outcome, Shown};
use stand::{Aim, Stand, say_pushed};

use crate::checks::read_policy;
use crate::cli::args::RollbackArgs;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::ledger::Change;
use crate::cli::release::live;
use crate::cli::release::target::{Made, Named, Target};
use crate::cli::release::way::Way;
use crate::cli::{reason, signing, steps};
use crate::ledger::channel::ChannelState;
use crate::ledger::kind::Kind;
use crate::ledger::record::{Draft, Record};
use crate::registry::{self, policy::promotion::Promotion};
use crate::release::payload::Rollback;
use crate::schema::PolicyName;
use crate::time;
use crate::vcs::{Repository, SignWish};

pub(in crate::cli) fn run(context: &Context, arguments: &RollbackArgs) -> Result<Exit, Failure> {
    let mut stand = Stand::open(context, arguments)?;
    if arguments.rehearse {
        return rehearse::run(context, arguments, &mut stand);
    }
    let named = match stand.aim(arguments.to.as_deref())? {
        Aim::There(why) => return there(context, arguments, &mut stand, &why),
        Aim::At(named) => named,
    };
    let typed = arguments.reason.as_deref();
    // Nobody is kept from a plain way back by a word; what says nothing is not recorded.
    let reason = if arguments.force {
        Some(reason::given("`--force`", typed)?)
    } else {
        typed.and_then(registry::reason::read)
    };
    if let Some(text) = typed.filter(|_| reason.is_none()) {
        context.printer.say(&format!(
            "the reason `{}` says nothing and is not recorded: expected {}",
            text.escape_debug(),
            registry::reason::EXPECTED
        ));
    }
    let refusals = refusals(&stand, &named, arguments);
    let recorded = stand.recorded(&named, arguments.force)?;
    let target = Target::find(&stand.opened.repository, stand.book.remote(), named, recorded)?;
    let made = target.make(context)?;
    let way = Way::judge(context, &stand.opened.repository, (&stand.state, &made));
    let mut shown = Shown::new(&stand, &target, &made, &way);
    shown.forced = arguments.force;
    shown.reason = reason.map(ToOwned::to_owned);
    let is_plain = refusals.is_empty() && way.breaks.is_empty();
    if !is_plain && !arguments.force {
        shown.refusals = refusals;
        shown.outcome = Outcome::Refused;
        return shown.write(context, arguments.format).map(|()| Exit::Findings);
    }
    if arguments.dry_run {
        shown.outcome = Outcome::Planned;
        return shown.write(context, arguments.format).map(|()| Exit::Success);
    }
    let rollback = payload(context, &stand, (&target, &made, &way), (arguments.force, reason))?;
    let record = record(context, &stand, &rollback)?;
    steps::reach("rollback:before-record");
    let (name, live) = (stand.name.clone(), stand.state.clone());
    let outcome = stand.book.settle(arguments.push, |book| {
        let (_, state) = live::channel(book, name.as_str())?;
        // Somebody else did the same, or an earlier try of this came through.
        if state.tag_object == rollback.tag_object {
            return Ok((Change::of(book.chain(&[])?), Outcome::There));
        }
        if (&state.tag_object, &state.since) != (&live.tag_object, &live.since) {
            return Err(moved(&name, &state));
        }
        let chain = book.chain(std::slice::from_ref(&record))?;
        Ok((Change::of(chain), Outcome::Done))
    })?;
    steps::reach("rollback:after-record");
    shown.outcome = outcome;
    if outcome == Outcome::Done {
        shown.record = Some(record.id().to_string());
        shown.due = rollback.channels.values().find_map(|state| state.post_mortem_due.clone());
        if shown.due.is_some() {
            shown.post_mortem = stub::write(context, &stand, &rollback, &record);
        }
    }
    let stays = outcome == Outcome::Done && !arguments.push;
    shown.pushed = stand.pushed(stays)?;
    shown.write(context, arguments.format)?;
    say_pushed(context, &stand, shown.pushed, arguments.push);
    Ok(Exit::Success)
}

/// What is asked for is live. What an earlier try of the same left undone is done now.
fn there(
    context: &Context,
    arguments: &RollbackArgs,
    stand: &mut Stand,
    why: &str,
) -> Result<Exit, Failure> {
    stand.refuse_moved()?;
    let mut shown = Shown::there(stand);
    if !arguments.dry_run {
        if arguments.push {
            stand.book.settle(true, |book| Ok((Change::of(book.chain(&[])?), ())))?;
        }
        if let Some((rollback, record)) = stand.last_rollback() {
            shown.post_mortem = stub::write(context, stand, &rollback, &record);
        }
    }
    shown.pushed = stand.pushed(false)?;
    context.printer.say(why);
    shown.write(context, arguments.format)?;
    let asked = arguments.push && !arguments.dry_run;
    say_pushed(context, stand, shown.pushed, asked);
    Ok(Exit::Success)
}

/// Says what is no plain way back.
fn refusals(stand: &Stand, named: &Named, arguments: &RollbackArgs) -> Vec<String> {
    let mut refusals = Vec::new();
    if named.composite.id.as_str() != stand.state.composite {
        refusals.push(format!("`{}` is another composite", named.composite));
    } else if stand.state.version.parse().is_ok_and(|live| named.version > live) {
        refusals.push(format!(
            "{} is newer than {}, which is live",
            named.version, stand.state.version
        ));
    }
    if arguments.to.is_some() && named.version.is_prerelease() {
        refusals.push(format!("{} is a candidate", named.version));
    }
    refusals
}

/// Makes what is recorded.
fn payload(
    context: &Context,
    stand: &Stand,
    (target, made, way): (&Target, &Made, &Way),
    (forced, reason): (bool, Option<&str>),
) -> Result<Rollback, Failure> {
    let now = context.now();
    let tag = target.named.tag.clone();
    let release = target.recorded.as_ref().and_then(|recorded| recorded.release.as_ref());
    let from = stand.state.to_previous();
    let mut state = ChannelState {
        composite: target.named.composite.id.to_string(),
        version: target.named.version.to_string(),
        digest: made.composition.entry_digest(),
        bundle: Some(made.bundle),
        tag: tag.clone(),
        tag_object: target.object.to_string(),
        since: time::moment(now),
        by: stand.opened.repository.identity()?.to_string(),
        previous: Some(from.clone()),
        rollback_to: target.message.rollback_to.clone(),
        waivers: release.map(|release| release.waivers.clone()).unwrap_or_default(),
        rehearsed: None,
        post_mortem_due: Some(time::moment(now.saturating_add(due_after(made)))),
        more: serde_json::Map::new(),
    };
    if state.is_forward() {
        // Nothing was taken back; what an earlier rollback owes stays due.
        state.post_mortem_due = None;
    } else {
        // Nobody goes back to what they just left.
        state.rollback_to = state.rollback_to.filter(|back| *back != from.tag);
    }
    Ok(Rollback {
        channel: stand.name.clone(),
        from,
        tag,
        tag_object: target.object.to_string(),
        judged: way.unjudged.is_none(),
        breaks: way.broken(),
        forced,
        reason: reason.map(ToOwned::to_owned),
        channels: BTreeMap::from([(stand.name.clone(), state)]),
    })
}

/// Returns within how many seconds the post-mortem is due, as the release's policy says. A policy
/// that cannot be read keeps nobody from going back.
fn due_after(made: &Made) -> i64 {
    let workspace = &made.standpoint.workspace;
    let read =
        read_policy::<Promotion>(workspace.snapshot(), &workspace.layout, PolicyName::Promotion);
    let policy = read.ok().and_then(Result::ok).flatten().map(|read| read.policy);
    let hours = policy.unwrap_or_default().rollback.post_mortem_hours;
    #[expect(clippy::cast_possible_truncation, reason = "what is too large becomes the largest")]
    let seconds = (hours * 3_600.0).round() as i64;
    seconds
}

/// Makes the record. It is signed where git's configuration asks for that; a key that cannot be
/// used keeps nobody from going back.
fn record(context: &Context, stand: &Stand, rollback: &Rollback) -> Result<Record, Failure> {
    let actor = stand.opened.repository.identity()?.to_string();
    let payload = serde_json::to_value(rollback).map_err(std::io::Error::from)?;
    let mut at = context.now();
    loop {
        let record = Record::new(Draft {
            kind: Kind::Rollback,
            at,
            actor: actor.clone(),
            subject: rollback.tag.clone(),
            payload: payload.clone(),
        })?;
        // Back and forth within a second is twice the same words, and still two moves.
        if !stand.book.holds(&record)? {
            return Ok(sign(context, &stand.opened.repository, record));
        }
        at += 1;
    }
}

/// Signs a record where that can be done. Keys that others list say nothing of it.
fn sign(context: &Context, repository: &Repository, record: Record) -> Record {
    let signed =
        repository.signer(SignWish::Configured).map_err(Failure::from).and_then(|signer| {
            match signer {
                Some(signer) => signing::sign(repository, record.clone(), &signer),
                None => Ok(record.clone()),
            }
        });
    signed.unwrap_or_else(|failure| {
        context.printer.say(&format!("not signed: {}", failure.message()));
        record
    })
}

fn moved(name: &crate::ledger::channel::ChannelName, now: &ChannelState) -> Failure {
    let live = crate::escape::line(&now.tag);
    Failure::undecided(format!("`{name}` was moved meanwhile: `{live}` is live"))
        .hint("nothing was recorded; run the command again to judge it from there")
}
