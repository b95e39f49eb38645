//! One file a verb.

pub(super) mod adr;
pub(super) mod approve;
pub(super) mod attempt;
pub(super) mod bump;
pub(super) mod check;
pub(super) mod completions;
mod demo;
pub(super) mod diff;
pub(super) mod docs;
pub(super) mod doctor;
pub(super) mod eval;
pub(super) mod explain;
pub(super) mod export;
pub(super) mod graph;
pub(super) mod hook;
pub(super) mod impact;
pub(super) mod init;
pub(super) mod ledger;
pub(super) mod list;
pub(super) mod log;
pub(super) mod man;
pub(super) mod mv;
pub(super) mod new;
pub(super) mod notes;
pub(super) mod publish;
pub(super) mod release;
pub(super) mod render;
pub(super) mod rollback;
pub(super) mod rules;
pub(super) mod seal;
pub(super) mod show;
pub(super) mod status;
pub(super) mod verify;
pub(super) mod why;

use similar::TextDiff;

use super::context::Context;
use super::failure::Failure;
use crate::checks::Loaded;
use crate::escape;
use crate::plan::{Act, Plan};

/// Refuses to write digests of an entry some of whose payloads are missing, untracked or refused.
fn refuse_unread(loaded: &Loaded) -> Result<(), Failure> {
    let declared = crate::registry::payload::declared(&loaded.entry);
    let read = |path: &str| loaded.payloads.iter().any(|payload| payload.declared.path == path);
    match declared.iter().find(|declared| !read(&declared.path)) {
        None => Ok(()),
        Some(declared) => Err(Failure::refused(format!(
            "`{}` of `{}` is missing, not tracked by git, or no regular file",
            escape::line(&declared.path),
            loaded.entry.name
        ))
        .hint("`git add` it; `keelmark check` says more")),
    }
}

/// Shows what a plan would do, as a patch.
fn show_plan(context: &Context, plan: &Plan) -> Result<(), Failure> {
    let mut out = String::new();
    for act in &plan.acts {
        match act {
            Act::Create { path, bytes } => {
                out.push_str(&patch("/dev/null", &format!("b/{path}"), b"", bytes));
            }
            Act::Replace { path, old, new } => {
                out.push_str(&patch(&format!("a/{path}"), &format!("b/{path}"), old, new));
            }
            Act::Move { from, to } => {
                out.push_str(&format!("rename from {from}\nrename to {to}\n"));
            }
            Act::Remove { path, old } => {
                out.push_str(&patch(&format!("a/{path}"), "/dev/null", old, b""));
            }
        }
    }
    context.printer.data(&out).or_else(check::ignore_closed)?;
    for note in &plan.notes {
        context.printer.say(&format!("would: {note}"));
    }
    Ok(())
}

fn patch(from: &str, to: &str, old: &[u8], new: &[u8]) -> String {
    let (old, new) = (String::from_utf8_lossy(old), String::from_utf8_lossy(new));
    let (old, new) = (escape::source_lines(&old), escape::source_lines(&new));
    let diff = TextDiff::from_lines(old.as_str(), new.as_str());
    diff.unified_diff().context_radius(1).header(&escape::line(from), &escape::line(to)).to_string()
}
