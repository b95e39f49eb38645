//! The post-mortem that a rollback begins.

use super::stand::Stand;
use crate::cli::apply;
use crate::cli::context::{Context, Wanted, Workspace};
use crate::cli::failure::Failure;
use crate::cli::release::documents;
use crate::cli::release::target::Recorded;
use crate::escape;
use crate::ledger::record::Record;
use crate::plan::{Act, Plan};
use crate::release::page::Pages;
use crate::release::payload::{Release, Rollback};
use crate::release::postmortem::{self, Incident, Moment, Side};
use crate::time;

/// Writes the stub into the work tree, where there is one; what stands there is kept. Returns its
/// path. The channel is back whatever becomes of the stub, so that faults are only said.
pub(super) fn write(
    context: &Context,
    stand: &Stand,
    rollback: &Rollback,
    record: &Record,
) -> Option<String> {
    match stub(context, stand, rollback, record) {
        Ok(path) => path,
        Err(failure) => {
            context.printer.say(&format!("no post-mortem was begun: {}", failure.message()));
            None
        }
    }
}

fn stub(
    context: &Context,
    stand: &Stand,
    rollback: &Rollback,
    record: &Record,
) -> Result<Option<String>, Failure> {
    let Some(top) = &stand.opened.top else { return Ok(None) };
    // The release's own tree says where documents lie; the work tree may be in the middle of
    // anything.
    let tag = Wanted::Revision(format!("refs/tags/{}", rollback.tag));
    let workspace = context.open()?.workspace(&tag, context)?;
    let places = documents::places(&workspace)?;
    let channels = stand.book.channels()?;
    let channel = channels.get(stand.name.as_str());
    let number = channel.map_or(1, |channel| channel.number_of(record.id()));
    let path = places.post_mortem_of(&stand.name, &time::date(record.at()), number);
    let shown = path.to_text().into_owned();
    if apply::on_disk(top, &path).exists() {
        context.printer.say(&format!("kept {}", escape::line(&shown)));
        return Ok(Some(shown));
    }
    let text =
        postmortem::render(&incident(stand, rollback, record), &pages(context, &workspace)?)?;
    let plan =
        Plan { acts: vec![Act::Create { path, bytes: text.into_bytes() }], notes: Vec::new() };
    apply::apply(&plan, top)?;
    Ok(Some(shown))
}

/// Reads the templates of the release's tree. One that cannot be used leaves Keelmark's own.
fn pages(context: &Context, workspace: &Workspace) -> Result<Pages, Failure> {
    Ok(Pages::read(workspace.snapshot(), &workspace.layout)?.unwrap_or_else(|fault| {
        context.printer.say(&format!("note: {}", escape::line(&fault.to_string())));
        Pages::default()
    }))
}

fn incident(stand: &Stand, rollback: &Rollback, record: &Record) -> Incident {
    let state = rollback.channels.get(&stand.name);
    let recorded = |tag: &str| Recorded::find(&stand.book, &stand.index, tag);
    let (from, to) = (recorded(&rollback.from.tag), recorded(&rollback.tag));
    let release = |recorded: &Option<Recorded>| -> Option<Release> {
        recorded.as_ref().and_then(|recorded| recorded.release.clone())
    };
    let (taken, back) = (release(&from), release(&to));
    let at = time::moment(record.at());
    let mut timeline = Vec::new();
    for (recorded, version) in [
        (to.as_ref(), state.map(|state| state.version.as_str()).unwrap_or_default()),
        (from.as_ref(), rollback.from.version.as_str()),
    ] {
        timeline.extend(recorded.map(|recorded| Moment {
            at: time::moment(recorded.record.at()),
            who: recorded.record.actor().to_owned(),
            what: format!("released {version}"),
        }));
    }
    timeline.push(Moment {
        at: at.clone(),
        who: record.actor().to_owned(),
        what: format!("took {} back from {}", stand.name, rollback.from.version),
    });
    timeline.sort();
    let side = |release: Option<&Release>, tag: &str, version: &str| Side {
        composite: release.map(|r| r.composed.composite.clone()).unwrap_or_default(),
        version: version.to_owned(),
        tag: tag.to_owned(),
        string: release.map(|release| release.composed.string.clone()),
        adr: release.and_then(|release| release.adr.clone()),
    };
    let live = state.map(|state| state.version.as_str()).unwrap_or_default();
    Incident {
        channel: stand.name.to_string(),
        at,
        by: record.actor().to_owned(),
        due: state.and_then(|state| state.post_mortem_due.clone()).unwrap_or_default(),
        record: record.id().to_string(),
        from: side(taken.as_ref(), &rollback.from.tag, &rollback.from.version),
        to: side(back.as_ref(), &rollback.tag, live),
        judged: rollback.judged,
        breaks: rollback.breaks.clone(),
        forced: rollback.forced,
        reason: rollback.reason.clone(),
        timeline,
        waivers: taken.as_ref().map(|release| release.waivers.clone()).unwrap_or_default(),
        evidence: taken.map(|release| release.evidence).unwrap_or_default(),
    }
}
