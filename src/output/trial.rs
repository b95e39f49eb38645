//! What is known of answers that were just given: times, costs, scores, guardrails.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::escape;
use crate::evals::record::{CaseRecord, GuardrailRecord, Origin, Outcome};
use crate::evals::report::why;
use crate::evals::trial::Reply;
use crate::money::MicroUsd;

/// How wide a cell of the table may become; longer words stand below it.
const CELL: usize = 24;

/// Scores that have rows of their own.
const MEASURED: [&str; 2] = ["latency_ms", "cost_usd"];

/// Whether answers are held to a case of a suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// They are, and pass or fail.
    ToACase,
    /// They only have properties.
    ToNothing,
}

/// Tabulates replies, one a column, under short headings; what needs more words stands below.
#[must_use]
pub fn table(columns: &[(&str, &Reply)], held: Held) -> String {
    let mut table = Table { columns, rows: Vec::new(), notes: Vec::new() };
    table.row("came", |reply| (origin(reply), None));
    table.row("latency", |reply| (latency(reply), None));
    table.row("cost", |reply| (cost(reply), None));
    table.row("tokens", |reply| (tokens(reply), None));
    table.row("schema valid", |reply| match (&reply.answer, &reply.schema_fault) {
        (None, _) => (String::new(), None),
        (Some(_), None) => ("yes".to_owned(), None),
        (Some(_), Some(fault)) => ("no".to_owned(), Some(fault.clone())),
    });
    let records = || columns.iter().map(|(_, reply)| &reply.record);
    let guardrails: BTreeSet<&String> =
        records().flat_map(|record| record.guardrails.keys()).collect();
    for name in guardrails {
        table.row(name, |reply| {
            reply.record.guardrails.get(name).map(guardrail).unwrap_or_default()
        });
    }
    let metrics: BTreeSet<&String> = records()
        .flat_map(|record| record.scores.keys().chain(record.unscored.keys()))
        .filter(|name| !MEASURED.contains(&name.as_str()))
        .filter(|name| held == Held::ToACase || *name != "schema_valid")
        .collect();
    for name in metrics {
        let bar = records().find(|record| record.metric == **name);
        let bar = bar.and_then(|record| record.bar.as_deref()).unwrap_or_default();
        table.row(format!("{name} {bar}").trim_end(), |reply| score(&reply.record, name));
    }
    if held == Held::ToACase {
        table.row("case", |reply| {
            let record = &reply.record;
            let said =
                (record.outcome != Outcome::Pass && record.answer.is_some()).then(|| why(record));
            (record.outcome.word().to_owned(), said)
        });
    }
    table.drawn()
}

/// Rows in the making; cells are not yet escaped.
struct Table<'a> {
    columns: &'a [(&'a str, &'a Reply)],
    rows: Vec<(String, Vec<String>)>,
    notes: Vec<String>,
}

impl Table<'_> {
    /// Adds a row unless all of its cells are empty; a cell may come with words for below.
    fn row(&mut self, name: &str, cell: impl Fn(&Reply) -> (String, Option<String>)) {
        let mut cells = Vec::new();
        for (heading, reply) in self.columns {
            let (text, said) = cell(reply);
            cells.push(escape::line(&text));
            if let Some(said) = said.filter(|said| !said.is_empty()) {
                self.notes.push(format!("{heading}, {name}: {said}"));
            }
        }
        if cells.iter().any(|cell| !cell.is_empty()) {
            self.rows.push((escape::line(name), cells));
        }
    }

    fn drawn(&self) -> String {
        let names = self.rows.iter().map(|(name, _)| name.chars().count());
        let names = names.max().unwrap_or(0);
        let cells = self.rows.iter().flat_map(|(_, cells)| cells).map(|cell| cell.chars().count());
        let headings = self.columns.iter().map(|(heading, _)| heading.chars().count());
        let width = cells.chain(headings).max().unwrap_or(0).min(CELL);
        let mut out = String::new();
        let mut put = |name: &str, cells: &[String]| {
            let cells: Vec<String> = cells.iter().map(|cell| format!("{cell:<width$}")).collect();
            out.push_str(format!("{name:<names$}  {}", cells.join("  ")).trim_end());
            out.push('\n');
        };
        if self.columns.len() > 1 {
            let headings: Vec<String> =
                self.columns.iter().map(|(heading, _)| escape::line(heading)).collect();
            put("", &headings);
        }
        for (name, cells) in &self.rows {
            put(name, cells);
        }
        for note in &self.notes {
            out.push_str(&escape::line(note));
            out.push('\n');
        }
        out
    }
}

/// Returns what is shown where an answer should be and there is none.
#[must_use]
pub fn missing(reply: &Reply) -> String {
    format!("(no answer: {})", why(&reply.record))
}

fn origin(reply: &Reply) -> String {
    let Some(answer) = &reply.record.answer else { return String::new() };
    match answer.origin {
        Origin::Live => "live",
        Origin::Cached => "from the cache",
        Origin::Recorded => "recorded",
    }
    .to_owned()
}

/// The latency of a cached or recorded answer was measured some other day.
fn latency(reply: &Reply) -> String {
    let live = reply.record.answer.as_ref().is_some_and(|answer| answer.origin == Origin::Live);
    match reply.answer.as_ref().and_then(|answer| answer.latency_ms) {
        Some(latency) if live => format!("{latency:.0} ms"),
        Some(latency) => format!("({latency:.0} ms then)"),
        None => String::new(),
    }
}

fn cost(reply: &Reply) -> String {
    match &reply.record.answer {
        None => String::new(),
        Some(answer) => answer
            .cost_micro_usd
            .map_or_else(|| "unknown".to_owned(), |cost| MicroUsd(cost).to_string()),
    }
}

fn tokens(reply: &Reply) -> String {
    let tokens = reply.record.answer.as_ref().and_then(|answer| answer.tokens);
    tokens.map(|tokens| format!("{} in, {} out", tokens.input, tokens.output)).unwrap_or_default()
}

fn guardrail(found: &GuardrailRecord) -> (String, Option<String>) {
    if !found.hit {
        return ("clear".to_owned(), None);
    }
    let severity = found.severity.map(|severity| json!(severity));
    let severity = severity.as_ref().and_then(Value::as_str);
    let word = severity.map_or_else(|| "hit".to_owned(), |severity| format!("hit ({severity})"));
    (word, Some(found.reason.clone()))
}

fn score(record: &CaseRecord, name: &str) -> (String, Option<String>) {
    match (record.scores.get(name), record.unscored.get(name)) {
        (Some(score), _) => {
            (score.to_string(), record.judged.get(name).map(|judged| judged.reason.clone()))
        }
        (None, Some(reason)) => ("no score".to_owned(), Some(reason.clone())),
        (None, None) => (String::new(), None),
    }
}

/// Describes a reply for machines. The answer is the redacted one, as in a record.
#[must_use]
pub fn body(version: &str, model: &str, reply: &Reply, held: Held) -> Value {
    let record = &reply.record;
    let answer = record.answer.as_ref();
    let guardrails: Vec<Value> = record
        .guardrails
        .iter()
        .map(|(name, found)| {
            json!({
                "name": name, "hit": found.hit, "severity": found.severity, "reason": found.reason,
            })
        })
        .collect();
    let scores: Vec<Value> = record
        .scores
        .iter()
        .filter(|(metric, _)| !MEASURED.contains(&metric.as_str()))
        .map(|(metric, score)| {
            let reason = record.judged.get(metric).map(|judged| &judged.reason);
            json!({"metric": metric, "score": score, "reason": reason})
        })
        .chain(
            record
                .unscored
                .iter()
                .map(|(metric, reason)| json!({"metric": metric, "score": null, "reason": reason})),
        )
        .collect();
    let case = (held == Held::ToACase).then(|| {
        let failed = record.outcome != Outcome::Pass;
        json!({
            "metric": record.metric,
            "bar": record.bar,
            "outcome": record.outcome,
            "why": failed.then(|| why(record)),
        })
    });
    json!({
        "version": version,
        "model": model,
        "answer": answer.map(|answer| &answer.text),
        "redactions": answer.map(|answer| &answer.redactions),
        "origin": answer.map(|answer| answer.origin),
        "finish": answer.map(|answer| &answer.finish),
        "latency_ms": reply.answer.as_ref().and_then(|answer| answer.latency_ms),
        "cost_usd": answer.and_then(|a| a.cost_micro_usd).map(|cost| MicroUsd(cost).to_usd()),
        "tokens": answer.and_then(|answer| answer.tokens),
        "schema_valid": reply.answer.as_ref().map(|_| reply.schema_fault.is_none()),
        "schema_fault": reply.schema_fault,
        "guardrails": guardrails,
        "scores": scores,
        "verdict": case,
        "fault": record.fault,
    })
}
