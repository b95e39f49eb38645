//! `human`: what a person reads in a terminal. Behaviour comes first, the gate last.

#[cfg(test)]
mod tests;

use std::io::{self, Write};

use super::changes::{self, Names};
use super::failing::failing;
use super::{Standing, in_order, standing, words};
use crate::escape;
use crate::evals::compare::{Changes, Comparison};
use crate::evals::gate::{GateResult, Verdict};
use crate::evals::record::Outcome;
use crate::evals::report::{Report, why};
use crate::output::grid::{Cell, Grid, Hue, paint, paragraph};
use crate::output::human::Style;
use crate::output::marks;

/// How many cases that did not pass are listed.
const MOST_CASES: usize = 20;

/// Writes reports, one below the other, and a line over all where there are several.
///
/// # Errors
/// When the writer fails.
pub fn write(reports: &[Report], style: Style, out: &mut dyn Write) -> io::Result<()> {
    let reports = in_order(reports);
    for (place, report) in reports.iter().enumerate() {
        if place > 0 {
            writeln!(out)?;
        }
        write_report(report, style, out)?;
    }
    match reports.as_slice() {
        [] => writeln!(out, "no run to report"),
        [_] => Ok(()),
        several => writeln!(out, "\n{}", standing::overall(several)),
    }
}

fn write_report(report: &Report, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let run = &report.run;
    let title = format!("{}, run {}", words::title(run), run.id);
    writeln!(out, "{}", paint(style, Hue::Bold, &escape::line(&title)))?;
    paragraph(&words::particulars(report).join(", "), 2, out)?;
    if let (Some(comparison), Some(before)) = (&report.comparison, &report.compared_with) {
        writeln!(out)?;
        write_comparison(comparison, Names { before, after: None }, style, out)?;
    }
    write_failing(report, style, out)?;
    write_gates("Gates", &run.verdicts, style, out)?;
    write_metrics(report, style, out)?;
    write_gates("After a merge the change's own bars say", &report.after_merge, style, out)?;
    let stability = words::stability(report).map(|text| format!("stability: {text}"));
    let power = report.power.map(|power| format!("power: {}", power.sentence()));
    let notes = report.notes.iter().map(|note| format!("note: {note}"));
    let rest: Vec<String> = stability.into_iter().chain(power).chain(notes).collect();
    if !rest.is_empty() {
        writeln!(out)?;
    }
    for text in &rest {
        paragraph(text, 0, out)?;
    }
    let standing = Standing::of(report);
    let hue = match standing {
        Standing::Closed => Hue::Red,
        Standing::Inconclusive => Hue::Yellow,
        Standing::Open => Hue::Green,
    };
    let word = paint(style, hue, standing.word());
    writeln!(out, "\ngate: {word} — {}", escape::line(&standing::why(report)))
}

/// Writes what changed, answers before numbers.
pub(super) fn write_comparison(
    comparison: &Comparison,
    names: Names<'_>,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    match comparison {
        Comparison::Incomparable { parts } => {
            writeln!(out, "{}:", escape::line(&names.incomparable()))?;
            parts.iter().try_for_each(|part| paragraph(part, 2, out))
        }
        Comparison::Changed(changes) => {
            writeln!(out, "{}", heading(style, &names.heading()))?;
            paragraph(&changes::headline(changes), 2, out)?;
            for list in changes::lists(changes) {
                paragraph(&list, 2, out)?;
            }
            for example in &changes.examples {
                writeln!(out, "  {}", escape::line(&changes::example(example)))?;
                write!(out, "{}", marks::differences(&example.before, &example.after, 4, style))?;
            }
            write_changed_metrics(changes, style, out)
        }
    }
}

fn write_changed_metrics(changes: &Changes, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let rows = changes::metrics(changes);
    let mut grid = Grid::new(style, &changes::METRIC_COLUMNS);
    for row in rows {
        grid.row(row.map(Cell::plain).into());
    }
    grid.write(out)?;
    changes::unchanged(changes).map_or(Ok(()), |names| paragraph(&names, 2, out))
}

fn write_failing(report: &Report, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let failing = failing(report);
    if failing.is_empty() {
        return Ok(());
    }
    let all = report.counts.cases;
    writeln!(out)?;
    let text = format!("{} of {} did not pass", failing.len(), words::count(all, "case"));
    writeln!(out, "{}", heading(style, &text))?;
    let mut grid = Grid::new(style, &[]);
    for failing in failing.iter().take(MOST_CASES) {
        let case = failing.case;
        let hue = if case.outcome == Outcome::Unscored { Hue::Yellow } else { Hue::Red };
        let reason = format!("{}{}", failing.share(), words::cut(&why(case)));
        grid.row(vec![
            Cell::hued(case.outcome.word(), hue),
            Cell::plain(case.case.clone()),
            Cell::plain(case.domain.clone()),
            Cell::plain(reason),
        ]);
    }
    grid.write(out)?;
    match failing.len().saturating_sub(MOST_CASES) {
        0 => Ok(()),
        more => writeln!(out, "  and {more} more"),
    }
}

fn write_metrics(report: &Report, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let metrics = words::further_scores(report);
    if metrics.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", heading(style, "Other scores"))?;
    let mut grid = Grid::new(style, &["metric", "n", "mean"]);
    for metric in metrics {
        grid.row(vec![
            Cell::plain(metric.name.clone()),
            Cell::plain(metric.n.to_string()),
            Cell::plain(words::mean(metric)),
        ]);
        grid.remark(words::metric_remark(metric));
    }
    grid.write(out)
}

fn write_gates(
    title: &str,
    gates: &[GateResult],
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    if gates.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", heading(style, title))?;
    let mut grid = Grid::new(style, &["verdict", "gate", "bar", "n", "value"]);
    for gate in gates {
        let hue = match gate.verdict {
            Verdict::Pass => Hue::Green,
            Verdict::Fail => Hue::Red,
            Verdict::Inconclusive | Verdict::NotMeasured | Verdict::Advisory => Hue::Yellow,
        };
        grid.row(vec![
            Cell::hued(words::verdict(gate.verdict), hue),
            Cell::plain(words::gate(gate)),
            Cell::plain(words::bar(gate)),
            Cell::plain(gate.n.to_string()),
            Cell::plain(words::measured(gate)),
        ]);
        grid.remark(words::gate_reason(gate));
    }
    grid.write(out)
}

fn heading(style: Style, text: &str) -> String {
    paint(style, Hue::Bold, &escape::line(text))
}
