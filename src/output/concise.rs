//! `concise`: one line a finding, `path:line:column: severity[rule] message`.

use std::io::{self, Write};

use super::summary;
use crate::checks::report::Report;
use crate::escape;
use crate::finding::Finding;

/// Writes a report.
///
/// # Errors
/// When the writer fails.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    write_overridden(report, out)?;
    for finding in &report.findings {
        writeln!(out, "{}", finding_line(finding))?;
    }
    writeln!(out, "{}", summary::line(report))
}

/// Writes what the configuration overrides, and why: it heads every report for people.
///
/// # Errors
/// When the writer fails.
pub fn write_overridden(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    for silenced in &report.overridden {
        writeln!(
            out,
            "override: {}: {}",
            finding_line(&silenced.finding),
            escape::line(&silenced.reason)
        )?;
    }
    Ok(())
}

/// Returns one finding as one line.
#[must_use]
pub fn finding_line(finding: &Finding) -> String {
    let at = finding.place.file.position(finding.place.span.start);
    let inherited = if finding.inherited { " (inherited)" } else { "" };
    format!(
        "{}:{}:{}: {}[{}]{inherited} {}",
        escape::line(&finding.path().to_text()),
        at.line,
        at.column,
        finding.severity.word(),
        finding.rule.id,
        escape::line(&finding.message)
    )
}
