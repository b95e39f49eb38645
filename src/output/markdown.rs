//! `markdown`: one comment on a pull request, or the summary of a CI step.
//!
//! The first line is a hidden mark by which a bot finds its comment again. Then come the verdict, what
//! was overridden, the steps that are needed, and the findings, the gravest first; a section that would
//! be empty is not there.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::summary;
use crate::checks::report::{EntryReport, Report, Status};
use crate::escape;
use crate::finding::{Finding, Severity};
use crate::version::{Bump, Version};

/// The mark by which a comment is found again.
const MARK: &str = "<!-- keelmark-check -->";

/// How many bytes are written before the rest is only counted: GitHub takes comments of 65,536
/// characters.
pub(super) const MOST_BYTES: usize = 60_000;

/// How many bytes of one text are shown.
const MOST_WORDS: usize = 600;

/// Writes a report.
///
/// # Errors
/// When the writer fails.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let word = match report.counts().errors {
        0 => "passes",
        _ => "refused",
    };
    let summary = escape::markdown(&summary::line(report));
    let mut text = format!("{MARK}\n**keelmark check {word}**: {summary}\n");
    let overridden: Vec<Vec<String>> = report
        .overridden
        .iter()
        .map(|o| {
            let [_, rule, place, said] = cells(&o.finding);
            vec![rule, place, said, cut(&o.reason)]
        })
        .collect();
    section(&mut text, "Overridden", &["rule", "place", "finding", "reason"], &overridden);
    let steps: Vec<Vec<String>> = report.entries.iter().filter_map(step).collect();
    section(&mut text, "Versions", &["entry", "base", "now", "needs", "because"], &steps);
    let columns = ["severity", "rule", "place", "finding"];
    let mut own: Vec<&Finding> = report.findings.iter().filter(|f| !f.inherited).collect();
    own.sort_by_key(|finding| (rank(finding), finding.severity));
    let rows: Vec<Vec<String>> = own.into_iter().map(|f| cells(f).into()).collect();
    section(&mut text, "Findings", &columns, &rows);
    let inherited = report.findings.iter().filter(|f| f.inherited);
    let rows: Vec<Vec<String>> = inherited.map(|f| cells(f).into()).collect();
    section(&mut text, "Inherited: at the base as well, refuses nothing", &columns, &rows);
    out.write_all(text.as_bytes())
}

/// Published bytes that do not match come first.
const fn rank(finding: &Finding) -> u8 {
    match finding.severity {
        Severity::Error if finding.rule.integrity => 0,
        _ => 1,
    }
}

fn cells(finding: &Finding) -> [String; 4] {
    let at = finding.place.file.position(finding.place.span.start);
    let help = finding.help.as_deref().map(|help| format!("; {help}")).unwrap_or_default();
    [
        finding.severity.word().to_owned(),
        finding.rule.id.to_owned(),
        format!("{}:{}", cut(&finding.path().to_text()), at.line),
        format!("{}{}", cut(&finding.message), cut(&help.replace('\n', " "))),
    ]
}

/// Says which step an entry needs; nothing where nothing changed.
fn step(entry: &EntryReport) -> Option<Vec<String>> {
    if entry.status == Status::Unchanged {
        return None;
    }
    let version = |version: Option<&Version>| version.map(ToString::to_string).unwrap_or_default();
    let needs = match (entry.required, &entry.suggested) {
        (Bump::None, _) => String::new(),
        (required, Some(suggested)) => format!("{required}: {suggested}"),
        (required, None) => required.to_string(),
    };
    let deciding: Vec<String> = entry
        .reasons
        .iter()
        .filter(|change| change.bump == entry.required)
        .map(|change| format!("{}: {}", change.rule.id, change.note))
        .collect();
    Some(vec![
        format!("{} ({})", entry.name, entry.status.word()),
        version(entry.base_version.as_ref()),
        version(entry.version.as_ref()),
        needs,
        cut(&deciding.join("; ")),
    ])
}

/// Adds a section with a table; rows for which there is no room are counted.
pub(super) fn section(text: &mut String, title: &str, columns: &[&str], rows: &[Vec<String>]) {
    if rows.is_empty() {
        return;
    }
    line(text, &format!("\n### {}\n", escape::markdown(title)));
    let mut fit = 0_usize;
    let mut room = MOST_BYTES.saturating_sub(text.len());
    for row in rows {
        let length = table_row(row).len() + 1;
        let Some(rest) = room.checked_sub(length) else { break };
        room = rest;
        fit += 1;
    }
    table(text, columns, rows.get(..fit).unwrap_or_default());
    if fit < rows.len() {
        line(text, &format!("\nand {} more, for which a comment has no room", rows.len() - fit));
    }
}

/// Adds a line that is Markdown already.
pub(super) fn line(text: &mut String, markdown: &str) {
    // Writing to a text cannot fail.
    let _ = writeln!(text, "{markdown}");
}

/// Writes a table; one without rows is not there.
pub(super) fn table(text: &mut String, columns: &[&str], rows: &[Vec<String>]) {
    if rows.is_empty() {
        return;
    }
    let gap = if text.ends_with("\n\n") { "" } else { "\n" };
    line(text, &format!("{gap}| {} |", columns.join(" | ")));
    line(text, &format!("|{}", " --- |".repeat(columns.len())));
    for row in rows {
        line(text, &table_row(row));
    }
}

fn table_row(row: &[String]) -> String {
    let cells: Vec<String> = row.iter().map(|cell| escape::markdown(cell)).collect();
    format!("| {} |", cells.join(" | "))
}

/// Cuts a text that is too long for a cell.
pub(super) fn cut(text: &str) -> String {
    match text.char_indices().nth(MOST_WORDS) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
