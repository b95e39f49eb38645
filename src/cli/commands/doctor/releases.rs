//! The base, tags, the ledger and the ways back.

use std::collections::BTreeSet;

use super::{fault, setup};
use crate::cli::context::{Context, Opened, Past, Workspace};
use crate::cli::failure::Failure;
use crate::cli::ledger::Book;
use crate::cli::release::back::Back;
use crate::cli::release::models::Today;
use crate::cli::signing::Notary;
use crate::cli::verify::{Court, Depth};
use crate::doctor::{Channel, Fault, Ledger, Orphan, Orphans, Registry, Signing, Tag};
use crate::release::claims::{Claim, Subject, SubjectKind, Verdict, What};
use crate::vcs::Base;

/// Gathers what the configuration leads to; what cannot be read is a fault of its own check.
pub(super) fn registry(context: &Context, opened: &Opened, workspace: &Workspace) -> Registry {
    let now = context.now();
    let base = workspace.try_base(None, context);
    let notary = base.as_ref().map_or(Ok(None), |base| notary(workspace, base));
    let signing = match &notary {
        Ok(notary) => setup::signing(workspace, notary.as_ref(), now),
        Err(failure) => Signing::Broken(fault(failure)),
    };
    let list = notary.ok().flatten().map(|notary| notary.path.to_text().into_owned());
    let mut registry = Registry {
        signing,
        list,
        branch: match base {
            Ok(base) => Ok(setup::branch(workspace, &base, now)),
            Err(found) => Err(Fault { what: found.to_string(), help: found.hint() }),
        },
        tags: Ok(Vec::new()),
        orphans: Orphans::default(),
        ledger: Ok(Ledger::default()),
        channels: Ok(Vec::new()),
    };
    let court = match Court::open(context, Depth::Tags) {
        Ok(court) => court,
        Err(failure) => {
            registry.ledger = Err(fault(&failure));
            return registry;
        }
    };
    let (found, open) = court.orphans();
    registry.orphans = Orphans { found, open: open.as_ref().map(fault) };
    let subjects = court.tags();
    let released = subjects.as_ref().is_ok_and(|all| all.iter().any(is_release));
    registry.ledger = ledger(&court, released).map_err(|failure| fault(&failure));
    registry.channels = channels(context, opened, court.book()).map_err(|failure| fault(&failure));
    registry.tags = match subjects {
        Ok(subjects) => Ok(tags(&subjects, &registry.orphans.found, court.index().is_some())),
        Err(failure) => Err(fault(&failure)),
    };
    registry
}

/// Reads the base's list of keys; `None` where it has none.
///
/// # Errors
/// When it cannot be read, or the configuration names one that is not there.
fn notary(workspace: &Workspace, base: &Base) -> Result<Option<Notary>, Failure> {
    let tip = base.tip.as_ref().map(|tip| tip.commit);
    let past = Past::open(&workspace.opened.repository, tip)?;
    let config = workspace.config_at(past.snapshot())?;
    let notary = Notary::of(workspace, past.snapshot(), &config)?;
    Ok(notary.lists.then_some(notary))
}

fn is_release(subject: &Subject) -> bool {
    subject.kind == SubjectKind::Release && subject.object.is_some()
}

/// Takes what is false and what is open of each tag; `told` says whether the ledger can be asked.
fn tags(subjects: &[Subject], orphans: &[Orphan], told: bool) -> Vec<Tag> {
    let orphaned: BTreeSet<&str> = orphans.iter().map(Orphan::tag).collect();
    let tag = |subject: &Subject| {
        // The ledger has lines of its own, and so have tags that it does not know.
        let is_own = |claim: &&Claim| match claim.what {
            What::Ledger => false,
            What::Record if orphaned.contains(&*subject.name) => false,
            What::Record | What::Anchor => told || claim.verdict == Verdict::Fails,
            _ => true,
        };
        let of = |verdict: Verdict| {
            let claims = subject.claims.iter().filter(is_own);
            claims.filter(|claim| claim.verdict == verdict).map(said).collect()
        };
        Tag { name: subject.name.clone(), fails: of(Verdict::Fails), unknown: of(Verdict::Unknown) }
    };
    subjects.iter().map(tag).collect()
}

fn said(claim: &Claim) -> Fault {
    let what = match claim.what {
        // The line of the ledger says so already.
        What::Ledger => claim.words(),
        _ => format!("{}: {}", claim.name(), claim.words()),
    };
    Fault { what, help: claim.hint.clone() }
}

fn ledger(court: &Court<'_>, released: bool) -> Result<Ledger, Failure> {
    let book = court.book();
    let claims = court.whole_ledger().claims;
    let of = |verdict: Verdict| {
        claims.iter().filter(|claim| claim.verdict == verdict).map(said).collect()
    };
    Ok(Ledger {
        branch: book.branch().to_owned(),
        tip: book.tip().map(|tip| tip.short()),
        remote: book.remote().map(ToOwned::to_owned),
        heard: book.remote().is_none() || book.anchor().is_some() || book.is_copy(),
        parted: !book.is_joined()?,
        unpushed: book.unpushed()?.unwrap_or(0),
        records: court.index().map_or(0, |index| index.all().len()),
        fails: of(Verdict::Fails),
        unknown: of(Verdict::Unknown),
        released,
        fetch: book.fetch_words(),
    })
}

fn channels(context: &Context, opened: &Opened, book: &Book) -> Result<Vec<Channel>, Failure> {
    let today = Today::open(context);
    let (repository, now) = (&opened.repository, context.now());
    let back = Back { context, repository, book, today: &today, now };
    let mut found = Vec::new();
    for channel in book.channels()?.iter() {
        let state = channel.state()?;
        let way = state.way_back().map(|tag| back.judge(&state, tag)).transpose()?;
        let none = if state.went_back() {
            "it went back to the last release that is known, and there is none before"
        } else {
            "nothing was released before, so there is no way back"
        };
        found.push(match way {
            Some(way) => Channel {
                name: channel.name.to_string(),
                target: Some(way.tag),
                runnable: way.runnable,
                why: way.why,
            },
            None => Channel {
                name: channel.name.to_string(),
                target: None,
                runnable: None,
                why: none.to_owned(),
            },
        });
    }
    Ok(found)
}
