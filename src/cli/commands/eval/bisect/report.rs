//! What `keelmark eval bisect` found, for people and for machines.

use serde_json::{Value, json};

use super::{Candidate, Search};
use crate::cli::commands::attempt::arrangement;
use crate::cli::context::Context;
use crate::compat::change::{Certainty, Change};
use crate::compat::prompt::{self, Side};
use crate::escape;
use crate::evals::bisect::Found;
use crate::evals::record::Outcome;
use crate::evals::report::why;
use crate::evals::trial::Reply;
use crate::output::answers::{self, Column};
use crate::registry::changelog::Line;
use crate::time;

/// How many reasons are shown.
const REASONS: usize = 8;

pub(super) fn human(context: &Context, search: &Search) -> String {
    let case = &search.case;
    let (id, prompt, suite) = (escape::line(&case.id), &case.prompt, &case.suite);
    let asked = format!("case {id} of {suite} with {}", escape::line(&search.model));
    let label = |at: usize| search.candidates.get(at).map(Candidate::label).unwrap_or_default();
    let mut out = match search.found {
        Found::Broke { bad, .. } => format!("{prompt} {} broke {asked}\n", label(bad)),
        Found::NeverGood { oldest } => format!(
            "{prompt} never passed {asked}: {}, the oldest version that can be asked, fails\n",
            label(oldest)
        ),
        Found::NotBad { newest } => {
            format!("{prompt} {} passes {asked}: nothing is broken now\n", label(newest))
        }
        Found::Unclear => format!("no version of {prompt} can be judged by {asked}\n"),
    };
    match search.found {
        Found::Broke { good, bad } => out.push_str(&broke(context, search, good, bad)),
        Found::NeverGood { oldest: only } | Found::NotBad { newest: only } => {
            if let Some((heading, text)) = answered(search, only) {
                out.push('\n');
                out.push_str(&answers::one(Column { heading: &heading, text: &text }));
            }
        }
        Found::Unclear => {}
    }
    out.push('\n');
    for (at, why) in &search.skipped {
        out.push_str(&format!("skipped {}: {}\n", label(*at), escape::line(why)));
    }
    let (asked, all) = (search.replies.len(), search.candidates.len());
    let versions = if all == 1 { "version" } else { "versions" };
    out.push_str(&format!(
        "asked about {asked} of {all} {versions}, {} from the cache\n",
        search.cached()
    ));
    out
}

/// Tells of the first bad version: who brought it, what it changed, and both answers.
fn broke(context: &Context, search: &Search, good: usize, bad: usize) -> String {
    let mut out = String::new();
    let (Some(before), Some(first)) = (search.candidates.get(good), search.candidates.get(bad))
    else {
        return out;
    };
    if let Some(since) = &first.since {
        out.push_str(&format!(
            "  {} {} {}: {}\n",
            since.commit.short(),
            time::date(since.time_seconds),
            escape::line(&since.author),
            escape::line(&since.subject)
        ));
    }
    if let Some(line) = changelog(first) {
        out.push_str(&format!("  changelog: {}\n", escape::line(&line)));
    }
    let changes = changes(before, first);
    for change in changes.iter().take(REASONS) {
        out.push_str(&format!(
            "  {:<5} {}: {}\n",
            change.bump.to_string(),
            change.rule.id,
            escape::line(&change.note)
        ));
    }
    if changes.len() > REASONS {
        out.push_str(&format!("  and {} more changes\n", changes.len() - REASONS));
    }
    if bad - good > 1 {
        out.push_str(&format!(
            "  {} is the last that passes; what lies between them cannot be judged\n",
            before.label()
        ));
    }
    out.push('\n');
    if let (Some((old, was)), Some((new, is))) = (answered(search, good), answered(search, bad)) {
        let (old, new) =
            (Column { heading: &old, text: &was }, Column { heading: &new, text: &is });
        out.push_str(&answers::two(old, new, arrangement(context), context.printer.style()));
    }
    out
}

/// Returns a heading for a version's answer, and the redacted answer.
fn answered(search: &Search, at: usize) -> Option<(String, String)> {
    let label = search.candidates.get(at)?.label();
    let reply = search.replies.get(&at)?;
    let said = match reply.record.outcome {
        Outcome::Pass => "pass".to_owned(),
        outcome => format!("{}: {}", outcome.word(), why(&reply.record)),
    };
    let answer = reply.record.answer.as_ref()?;
    Some((format!("{label} {said}"), answer.text.clone()))
}

/// Returns the entry's own words about its version.
fn changelog(candidate: &Candidate) -> Option<String> {
    let entry = &candidate.loaded.entry;
    let mut lines = entry.common.changelog.iter().filter_map(|line| Line::read(line));
    lines.find(|line| Some(&line.version) == entry.version.as_ref()).map(|line| line.text)
}

/// Lists what differs between two versions, as `diff` would.
fn changes(old: &Candidate, new: &Candidate) -> Vec<Change> {
    let (before, after) = (&old.loaded, &new.loaded);
    let (Some(was), Some(is)) = (before.entry.as_prompt(), after.entry.as_prompt()) else {
        return Vec::new();
    };
    let (old_texts, new_texts) = (before.texts(), after.texts());
    prompt::changes(
        &Side { common: &before.entry.common, prompt: was, texts: &old_texts },
        &Side { common: &after.entry.common, prompt: is, texts: &new_texts },
    )
}

pub(super) fn body(search: &Search) -> Value {
    let (word, good, bad) = match search.found {
        Found::Broke { good, bad } => ("broke", Some(good), Some(bad)),
        Found::NeverGood { oldest } => ("never_passed", None, Some(oldest)),
        Found::NotBad { newest } => ("passes_now", Some(newest), None),
        Found::Unclear => ("unclear", None, None),
    };
    let candidate = |at: Option<usize>| search.candidates.get(at?);
    let reasons: Vec<Value> = match (candidate(good), candidate(bad)) {
        (Some(good), Some(bad)) => changes(good, bad).iter().map(reason).collect(),
        _ => Vec::new(),
    };
    let versions: Vec<Value> =
        (0..search.candidates.len()).rev().filter_map(|at| version(search, at)).collect();
    json!({
        "entry": search.case.prompt,
        "suite": search.case.suite,
        "case": search.case.id,
        "model": search.model,
        "result": word,
        "last_good": candidate(good).map(|good| &good.loaded.entry.common.version),
        "first_bad": candidate(bad).map(|bad| &bad.loaded.entry.common.version),
        "reasons": reasons,
        "versions": versions,
        "asked": search.replies.len(),
        "cached": search.cached(),
    })
}

fn reason(change: &Change) -> Value {
    json!({
        "rule": change.rule.id,
        "bump": change.bump.to_string(),
        "unknown": change.certainty == Certainty::Unknown,
        "pointer": change.pointer_new.as_ref().or(change.pointer_old.as_ref()),
        "payload": change.payload,
        "note": change.note,
    })
}

fn version(search: &Search, at: usize) -> Option<Value> {
    let candidate = search.candidates.get(at)?;
    let since = candidate.since.as_ref();
    let reply = search.replies.get(&at);
    let answer = reply.and_then(|reply: &Reply| reply.record.answer.as_ref());
    let outcome = reply.map(|reply| reply.record.outcome);
    let failed = reply.filter(|reply| reply.record.outcome != Outcome::Pass);
    Some(json!({
        "version": candidate.loaded.entry.common.version,
        "published": since.is_some(),
        "commit": since.map(|since| since.commit.to_string()),
        "date": since.map(|since| time::date(since.time_seconds)),
        "author": since.map(|since| &since.author),
        "subject": since.map(|since| &since.subject),
        "changelog": changelog(candidate).unwrap_or_default(),
        "outcome": outcome,
        "why": failed.map(|reply| why(&reply.record)).or_else(|| search.skipped.get(&at).cloned()),
        "answer": answer.map(|answer| &answer.text),
        "origin": answer.map(|answer| answer.origin),
    }))
}
