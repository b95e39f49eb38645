//! `gitlab`: a report of code quality as GitLab's merge requests show it.
//!
//! A list of objects with `description`, `check_name`, `fingerprint`, `severity` and `location`,
//! <https://docs.gitlab.com/ci/testing/code_quality/>. GitLab compares the list of a branch with
//! that of its target by fingerprint, and takes two findings with one fingerprint for one; so what
//! stood at the base is listed as well, and no fingerprint stands twice.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::json as document;
use crate::checks::report::Report;
use crate::digest::Digest;
use crate::escape;
use crate::finding::{Finding, Severity};

/// Writes a report.
///
/// # Errors
/// When the writer fails.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    let mut issues: Vec<Value> = Vec::new();
    for silenced in &report.overridden {
        let said = format!("overridden ({}): {}", silenced.reason, silenced.finding.message);
        issues.push(issue(&silenced.finding, "info", &said, &mut seen));
    }
    for finding in &report.findings {
        let help = finding.help.as_deref().map(|help| format!("; {help}")).unwrap_or_default();
        let said = format!("{}{help}", finding.message);
        issues.push(issue(finding, severity(finding), &said, &mut seen));
    }
    document::write(&issues, out)
}

const fn severity(finding: &Finding) -> &'static str {
    match finding.severity {
        Severity::Error if finding.rule.integrity => "blocker",
        Severity::Error => "major",
        Severity::Warning => "minor",
        Severity::Note => "info",
    }
}

fn issue(
    finding: &Finding,
    severity: &'static str,
    said: &str,
    seen: &mut BTreeMap<String, u32>,
) -> Value {
    let place = &finding.place;
    let (start, end) = (place.file.position(place.span.start), place.file.position(place.span.end));
    json!({
        "description": escape::line(said),
        "check_name": finding.rule.id,
        "fingerprint": fingerprint(finding, seen),
        "severity": severity,
        "location": {
            "path": place.file.path().to_text(),
            "lines": { "begin": start.line, "end": end.line },
        },
    })
}

/// Returns the fingerprint of a finding; where it stood already, one that counts.
fn fingerprint(finding: &Finding, seen: &mut BTreeMap<String, u32>) -> String {
    let own = finding.fingerprint();
    let before = seen.entry(own.clone()).or_default();
    *before = before.saturating_add(1);
    Digest::of(format!("{own}\0{before}").as_bytes()).short(32)
}

#[cfg(test)]
mod tests;
