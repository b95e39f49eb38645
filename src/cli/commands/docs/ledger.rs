//! What the handbook says of the ledger.

use serde_json::Value;

use crate::cli::context::{Context, Workspace};
use crate::cli::failure::Failure;
use crate::cli::ledger::Book;
use crate::cli::release::live;
use crate::handbook::{ChannelView, LedgerView, RehearsalView, ReleaseView, WaiverView};
use crate::ledger::channel::{Channel, ChannelState};
use crate::ledger::kind::Kind;
use crate::ledger::record::Record;
use crate::time;

/// How many releases are shown.
const MOST: usize = 10;

/// Reads what is live where, and what was released last; empty where there is no ledger.
///
/// # Errors
/// When the ledger cannot be read, or is not what it claims.
pub(super) fn view(workspace: &Workspace, context: &Context) -> Result<LedgerView, Failure> {
    let book = Book::open(&workspace.opened, context)?;
    let mut view = LedgerView::default();
    live::missing(context, &book);
    if book.is_missing() {
        return Ok(view);
    }
    for moved in book.channels()?.iter() {
        let state = moved.state().map_err(|fault| {
            Failure::integrity(fault.to_string()).hint("`keelmark ledger verify` says more")
        })?;
        view.rehearsals.extend(rehearsal(moved, &state));
        view.channels.push(channel(moved, state));
    }
    let records = book.records()?;
    let releases = records.iter().rev().filter(|record| *record.kind() == Kind::Release);
    view.releases = releases.take(MOST).map(release).collect();
    Ok(view)
}

fn channel(moved: &Channel, state: ChannelState) -> ChannelView {
    let waivers = state.waivers.into_iter().map(|waived| WaiverView {
        gate: waived.gate,
        until: waived.until,
        reason: waived.reason,
        by: waived.by,
    });
    ChannelView {
        name: moved.name.to_string(),
        composite: state.composite,
        version: state.version,
        tag: state.tag,
        since: state.since,
        by: state.by,
        rollback_to: state.rollback_to,
        waivers: waivers.collect(),
        post_mortem_due: state.post_mortem_due,
    }
}

fn rehearsal(moved: &Channel, state: &ChannelState) -> Option<RehearsalView> {
    let tried = state.rehearsed.as_ref()?;
    Some(RehearsalView {
        channel: moved.name.to_string(),
        at: tried.at.clone(),
        target: tried.target.clone(),
        ok: tried.ok,
    })
}

/// Takes from a record what is shown of it; a newer Keelmark may have written it.
fn release(record: &Record) -> ReleaseView {
    let text = |key: &str| record.payload().get(key).and_then(Value::as_str).map(ToOwned::to_owned);
    ReleaseView {
        composite: text("composite").unwrap_or_default(),
        version: text("version").unwrap_or_default(),
        tag: text("tag").unwrap_or_else(|| record.subject().to_owned()),
        at: time::moment(record.at()),
        by: record.actor().to_owned(),
        step: text("class").unwrap_or_default(),
        adr: text("adr"),
    }
}
