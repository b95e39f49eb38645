//! `markdown`: one comment on a pull request, or the summary of a CI step.
//!
//! The first line is a hidden mark by which a bot finds its comment again. Then comes the verdict,
//! then what changed, then numbers; a section that would be empty is not there.

use std::io::{self, Write};

use super::changes::{self, Names};
use super::failing::failing;
use super::{Standing, in_order, standing, words};
use crate::escape;
use crate::evals::compare::{Changes, Comparison};
use crate::evals::gate::GateResult;
use crate::evals::report::{Report, why};
use crate::money::MicroUsd;
use crate::output::markdown::{MOST_BYTES, line, table};

/// The mark by which a comment is found again.
const MARK: &str = "<!-- keelmark-eval -->";

/// How many cases that did not pass are listed.
const MOST_CASES: usize = 20;

/// Writes reports.
///
/// # Errors
/// When the writer fails.
pub fn write(reports: &[Report], out: &mut dyn Write) -> io::Result<()> {
    let reports = in_order(reports);
    writeln!(out, "{MARK}")?;
    if reports.is_empty() {
        return writeln!(out, "**No run to report**");
    }
    let mut text = String::new();
    for report in &reports {
        let word = Standing::of(report).word();
        let title = escape::markdown(&words::title(&report.run));
        let why = escape::markdown(&standing::why(report));
        line(&mut text, &format!("- **gate {word}**: {title} — {why}"));
    }
    if let [_] = reports.as_slice() {
        text = text.trim_start_matches("- ").to_owned();
    }
    let mut left_out = 0_u32;
    for report in &reports {
        let section = section(report);
        if text.len() + section.len() > MOST_BYTES {
            left_out += 1;
        } else {
            text.push_str(&section);
        }
    }
    if left_out > 0 {
        let runs = words::count(left_out, "run");
        line(&mut text, &format!("\n{runs} left out here: a comment holds no more"));
    }
    out.write_all(text.as_bytes())
}

/// Writes a comparison alone.
pub(super) fn write_comparison(
    comparison: &Comparison,
    names: Names<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut text = String::new();
    compared(&mut text, comparison, names);
    out.write_all(text.trim_start().as_bytes())
}

/// Writes one run.
fn section(report: &Report) -> String {
    let run = &report.run;
    let mut text = String::new();
    line(&mut text, &format!("\n## {}", escape::markdown(&words::title(run))));
    let mut particulars = words::particulars(report);
    particulars.push(format!("run {}", run.id));
    line(&mut text, &format!("\n{}", escape::markdown(&particulars.join(", "))));
    if let (Some(comparison), Some(before)) = (&report.comparison, &report.compared_with) {
        compared(&mut text, comparison, Names { before, after: None });
    }
    cases(&mut text, report);
    scores(&mut text, report);
    gates(&mut text, "Gates", &run.verdicts);
    gates(&mut text, "After a merge the change's own bars say", &report.after_merge);
    cost(&mut text, report);
    notes(&mut text, report);
    text
}

/// Writes what changed, answers before numbers.
fn compared(text: &mut String, comparison: &Comparison, names: Names<'_>) {
    match comparison {
        Comparison::Incomparable { parts } => {
            line(text, &format!("\n**{}**:\n", escape::markdown(&names.incomparable())));
            for part in parts {
                item(text, part);
            }
        }
        Comparison::Changed(changes) => {
            heading(text, &names.heading());
            item(text, &changes::headline(changes));
            for list in changes::lists(changes) {
                item(text, &list);
            }
            examples(text, changes);
            let rows: Vec<Vec<String>> =
                changes::metrics(changes).into_iter().map(Vec::from).collect();
            if !rows.is_empty() {
                table(text, &changes::METRIC_COLUMNS, &rows);
            }
            if let Some(names) = changes::unchanged(changes) {
                item(text, &names);
            }
        }
    }
}

/// Writes answers before and after, folded away.
fn examples(text: &mut String, changes: &Changes) {
    if changes.examples.is_empty() {
        return;
    }
    line(text, "\n<details><summary>Answers before and after</summary>");
    for example in &changes.examples {
        line(text, &format!("\n{}\n", escape::markdown(&changes::example(example))));
        let signed = |sign: &str, answer: &str| -> Vec<String> {
            answer.lines().map(|line| format!("{sign} {line}")).collect()
        };
        let both = [signed("-", &example.before), signed("+", &example.after)].concat();
        text.push_str(&escape::fenced("diff", &both.join("\n")));
    }
    line(text, "\n</details>");
}

fn cases(text: &mut String, report: &Report) {
    let failing = failing(report);
    if failing.is_empty() {
        return;
    }
    let all = words::count(report.counts.cases, "case");
    heading(text, &format!("{} of {all} did not pass", failing.len()));
    let rows: Vec<Vec<String>> = failing
        .iter()
        .take(MOST_CASES)
        .map(|failing| {
            let case = failing.case;
            let reason = format!("{}{}", failing.share(), words::cut(&why(case)));
            vec![case.outcome.word().to_owned(), case.case.clone(), case.domain.clone(), reason]
        })
        .collect();
    table(text, &["outcome", "case", "domain", "why"], &rows);
    if failing.len() > MOST_CASES {
        line(text, &format!("\nand {} more", failing.len() - MOST_CASES));
    }
}

fn scores(text: &mut String, report: &Report) {
    let metrics = words::further_scores(report);
    if metrics.is_empty() {
        return;
    }
    heading(text, "Other scores");
    let row = |metric: &&crate::evals::report::MetricSummary| {
        let remark = words::metric_remark(metric);
        vec![metric.name.clone(), metric.n.to_string(), words::mean(metric), remark]
    };
    let rows: Vec<Vec<String>> = metrics.iter().map(row).collect();
    table(text, &["metric", "n", "mean", "remark"], &rows);
}

fn gates(text: &mut String, title: &str, gates: &[GateResult]) {
    if gates.is_empty() {
        return;
    }
    heading(text, title);
    let row = |gate: &GateResult| {
        vec![
            words::verdict(gate.verdict).to_owned(),
            words::gate(gate),
            words::bar(gate),
            gate.n.to_string(),
            words::measured(gate),
            words::cut(&words::gate_reason(gate)),
        ]
    };
    let rows: Vec<Vec<String>> = gates.iter().map(row).collect();
    table(text, &["verdict", "gate", "bar", "n", "value", "why"], &rows);
}

fn cost(text: &mut String, report: &Report) {
    let totals = &report.run.totals;
    if totals.calls == 0 && totals.paid_micro_usd == 0 {
        return;
    }
    heading(text, "Cost");
    let tokens = totals.tokens;
    let said = format!(
        "{} for {} calls; {} tokens in, {} tokens out, {} answers from the cache",
        MicroUsd(totals.paid_micro_usd),
        totals.calls,
        tokens.input,
        tokens.output,
        totals.cached
    );
    item(text, &said);
}

fn notes(text: &mut String, report: &Report) {
    let stability = words::stability(report).map(|said| format!("stability: {said}"));
    let power = report.power.map(|power| format!("power: {}", power.sentence()));
    let notes: Vec<String> =
        stability.into_iter().chain(power).chain(report.notes.iter().cloned()).collect();
    if !notes.is_empty() {
        heading(text, "Notes");
        for note in &notes {
            item(text, note);
        }
    }
}

fn heading(text: &mut String, words: &str) {
    line(text, &format!("\n### {}\n", escape::markdown(words)));
}

fn item(text: &mut String, words: &str) {
    line(text, &format!("- {}", escape::markdown(words)));
}

#[cfg(test)]
mod tests;
