//! What people and machines see of a log.

use serde_json::{Value, json};

use super::Row;
use crate::cli::commands::why::{gate, number, verdict};
use crate::escape;
use crate::ident::EntryName;
use crate::release::why::{Gate, Reason};
use crate::time;
use crate::version::Bump;

/// Writes a version: its line, and below it what decided the step, tags, releases and scores; closer,
/// each gate with its interval and its bar.
pub(super) fn human(row: &Row, name: Option<&EntryName>, is_closer: bool) -> String {
    let since = row.since.as_ref().map_or_else(
        || "uncommitted            ".to_owned(),
        |at| format!("{}  {}", time::date(at.time_seconds), at.commit.short()),
    );
    let (version, text) = (row.version.to_string(), escape::line(&row.text));
    let name = name.map(|name| format!("{name} ")).unwrap_or_default();
    let head = format!("{name}{version:<12} {:<6} {since}  {text}", row.step);
    let mut out = format!("{}\n", head.trim_end());
    let mut line = |title: &str, text: &str| {
        out.push_str(&format!("    {title:<9} {}\n", escape::line(text)));
    };
    if let Some(step) = row.change.step.filter(|step| *step > Bump::None) {
        let mut reasons = row.change.reasons.iter();
        if let Some(first) = reasons.next() {
            let more = reasons.count();
            let more = if more == 0 { String::new() } else { format!(" (and {more} more)") };
            line(&step.to_string(), &format!("{}: {}{more}", first.rule, first.note));
        }
    }
    if !row.tags.is_empty() {
        line("tags", &row.tags.join(", "));
    }
    let releases: Vec<&str> = row.told.releases.iter().map(|one| one.tag.as_str()).collect();
    if !releases.is_empty() {
        line("released", &releases.join(", "));
    }
    for run in &row.told.runs {
        let scores: Vec<String> = run.gates.iter().filter_map(score).collect();
        let scores = if is_closer { String::new() } else { format!(": {}", scores.join("; ")) };
        let words = format!("{} on {}{scores}", run.suite, run.model);
        out.push_str(&format!("    measured  {}\n", escape::line(&words)));
        if is_closer {
            out.push_str(&format!("              run {} of {}\n", run.run, run.at));
            run.gates.iter().for_each(|one| out.push_str(&format!("          {}", gate(one))));
        }
    }
    out
}

/// Writes the value of a gate, and its verdict where it is not that it passes.
fn score(gate: &Gate) -> Option<String> {
    let value = number(gate.value?);
    let verdict = match verdict(gate.verdict) {
        "pass" => String::new(),
        word => format!(" {word}"),
    };
    let scope = if gate.scope.is_empty() { String::new() } else { format!(" ({})", gate.scope) };
    Some(format!("{} {}{scope} {value}{verdict}", gate.metric, gate.aggregate))
}

/// Describes a version for machines.
pub(super) fn describe(row: &Row) -> Value {
    let since = row.since.as_ref();
    let reason = |reason: &Reason| {
        json!({
            "rule": reason.rule,
            "bump": reason.step.to_string(),
            "unknown": reason.unknown,
            "note": reason.note,
        })
    };
    json!({
        "entry": row.name,
        "version": row.version.to_string(),
        "bump": row.step,
        "required": row.change.step.map(|step| step.to_string()),
        "reasons": row.change.reasons.iter().map(reason).collect::<Vec<_>>(),
        "commit": since.map(|at| at.commit.to_string()),
        "date": since.map(|at| time::date(at.time_seconds)),
        "author": since.map(|at| &at.author),
        "subject": since.map(|at| &at.subject),
        "changelog": row.text,
        "tags": row.tags,
        "releases": row.told.releases.iter().map(|one| &one.tag).collect::<Vec<_>>(),
        "runs": row.told.runs,
    })
}
