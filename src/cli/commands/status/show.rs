//! What people and machines see of channels.

use serde_json::{Value, json};

use super::{Ledger, PostMortem, Standing, Tag};
use crate::cli::assess::span;
use crate::cli::release::back::WayBack;
use crate::escape;
use crate::ledger::channel::{Rehearsed, WaivedGate};
use crate::registry::policy::freeze::Window;
use crate::time;

/// Draws a channel.
pub(super) fn human(standing: &Standing, now: i64) -> String {
    let state = &standing.state;
    let string = standing.string.as_deref().unwrap_or_default();
    let head =
        format!("{}  {} {}  {string}", standing.channel.name, state.composite, state.version);
    let mut out = format!("{}\n", escape::line(head.trim_end()));
    let mut line = |name: &str, text: &str| {
        out.push_str(&format!("  {name:<11}  {}\n", escape::line(text)));
    };
    line("since", &format!("{}{} by {}", state.since, ago(&state.since, now), state.by));
    let tag = match standing.tag {
        Tag::Here => state.tag.clone(),
        Tag::Absent => format!("{}: it is not here", state.tag),
        Tag::Moved => format!("{}: IT IS NOT THE ONE THAT WAS RELEASED", state.tag),
    };
    line("tag", &tag);
    for WaivedGate { gate, until, reason, by } in &state.waivers {
        let words = match left(until, now) {
            Some(left) if left > 0 => format!("waived for {} more, until {until}", span(left)),
            Some(_) => format!("waived until {until}, WHICH IS OVER"),
            None => format!("waived until {until}"),
        };
        line("PROVISIONAL", &format!("`{gate}` is {words}, by {by}: {reason}"));
    }
    for Window { until, reason, .. } in &standing.frozen {
        let why = reason.as_deref().unwrap_or("no reason is given");
        line("FROZEN", &format!("no release until {until}: {why}"));
    }
    match &standing.way {
        None if state.went_back() => {
            let words = "none: it went back to the last one that is known; `--to` names another";
            line("way back", words);
        }
        None => line("way back", "none: nothing was released before"),
        Some(way) => {
            line("way back", &format!("{}: {}", way.tag, way.why));
            let last = match &state.rehearsed {
                Some(last) => rehearsed(way, last, now),
                None => format!("never: `keelmark rollback {} --rehearse`", standing.channel.name),
            };
            line("rehearsed", &last);
        }
    }
    for PostMortem { due, overdue, path, written } in
        standing.post_mortem.iter().chain(&standing.owed)
    {
        let path = path.as_deref().unwrap_or("the post-mortem");
        let words = match (written, left(due, now)) {
            (true, _) => format!("{path} is written"),
            (false, Some(left)) if !overdue => {
                format!("due in {}, {due}: {path}", span(left.max(0)))
            }
            (false, Some(left)) => {
                format!("OVERDUE for {}, since {due}: {path}", span(left.saturating_neg()))
            }
            (false, None) => format!("due {due}: {path}"),
        };
        line("post-mortem", &words);
    }
    out
}

/// Says when a moment was.
fn ago(at: &str, now: i64) -> String {
    let then = time::seconds(at);
    then.map(|then| format!(" ({} ago)", span(now.saturating_sub(then).max(0)))).unwrap_or_default()
}

/// Counts the seconds down to a moment; past it they are negative.
fn left(until: &str, now: i64) -> Option<i64> {
    Some(time::seconds(until)?.saturating_sub(now))
}

fn rehearsed(way: &WayBack, last: &Rehearsed, now: i64) -> String {
    let word = if last.ok { "ok" } else { "FAILED" };
    let other = last.target.as_ref().filter(|target| **target != way.tag);
    let other = other.map(|target| format!(", to {target}")).unwrap_or_default();
    format!("{}{}, {word}{other}", last.at, ago(&last.at, now))
}

/// Says what is to be said of the ledger itself.
pub(super) fn words(ledger: &Ledger<'_>, empty: bool) -> Vec<String> {
    let book = ledger.book;
    let mut words = Vec::new();
    let branch = escape::line(book.branch());
    match book.tip() {
        None if ledger.lost => words
            .push(format!("no ledger here, although releases are tagged: {}", book.fetch_words())),
        None if book.remote().is_some() => words
            .push(format!("no ledger is known here; {}, where there is one", book.fetch_words())),
        None => words.push("no ledger yet".to_owned()),
        Some(tip) => {
            words.push(format!("ledger {branch} at {}{}", tip.short(), ledger.age));
            if empty {
                words.push("no channel yet: nothing was released to one".to_owned());
            }
        }
    }
    if let Some(count @ 1..) = ledger.unpushed {
        words.push(format!(
            "{count} not at the remote yet; `keelmark ledger push` brings them there"
        ));
    }
    words
}

/// Describes the ledger for machines.
pub(super) fn ledger(ledger: &Ledger<'_>) -> Value {
    json!({
        "branch": ledger.book.branch(),
        "tip": ledger.book.tip().map(|tip| tip.to_string()),
        "remote": ledger.book.remote(),
        "fetched_at": ledger.fetched_at.map(time::moment),
        "unpushed": ledger.unpushed,
    })
}

/// Describes a channel for machines. What counts down is left to the reader, so that equal states
/// are equal bytes.
pub(super) fn describe(standing: &Standing, now: i64) -> Value {
    let state = &standing.state;
    let waivers = state.waivers.iter().map(|waiver| {
        json!({
            "gate": waiver.gate,
            "until": waiver.until,
            "expired": time::seconds(&waiver.until).is_some_and(|until| until <= now),
            "reason": waiver.reason,
            "by": waiver.by,
        })
    });
    let frozen = standing.frozen.iter().map(|window| {
        json!({
            "from": window.from,
            "until": window.until,
            "reason": window.reason,
            "journey": window.journey,
        })
    });
    let way = standing.way.as_ref().map(
        |way| json!({"tag": way.tag, "here": way.here, "runnable": way.runnable, "why": way.why}),
    );
    let page = |found: &PostMortem| {
        json!({
            "due": found.due,
            "overdue": found.overdue && !found.written,
            "path": found.path,
            "written": found.written,
        })
    };
    json!({
        "channel": standing.channel.name,
        "composite": state.composite,
        "version": state.version,
        "string": standing.string,
        "digest": state.digest,
        "bundle": state.bundle,
        "tag": state.tag,
        "tag_state": match standing.tag {
            Tag::Here => "here",
            Tag::Absent => "absent",
            Tag::Moved => "moved",
        },
        "since": state.since,
        "by": state.by,
        "record": standing.channel.record,
        "waivers": waivers.collect::<Vec<_>>(),
        "frozen": frozen.collect::<Vec<_>>(),
        "way_back": way,
        "rehearsed": state.rehearsed,
        "post_mortem": standing.post_mortem.as_ref().map(page),
        "post_mortems_owed": standing.owed.iter().map(page).collect::<Vec<_>>(),
    })
}
