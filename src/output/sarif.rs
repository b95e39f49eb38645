//! `sarif`: SARIF 2.1.0, a result for each finding at its place.
//!
//! The format is that of OASIS, <https://docs.oasis-open.org/sarif/sarif/v2.1.0/>. Columns count
//! Unicode scalar values, which `columnKind` says. What stood at the base is there with the
//! `baselineState` `unchanged`, since whoever keeps results compares two logs; what an override
//! accepts is a note with a suppression that says why.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::json as document;
use crate::checks::report::Report;
use crate::escape;
use crate::finding::{Finding, Fix, Place, Rule, Severity};
use crate::source::{SourceFile, Span};

/// The schema that a log names.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Writes a report.
///
/// # Errors
/// When the writer fails.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let overridden = report.overridden.iter().map(|o| (&o.finding, Some(o.reason.as_str())));
    let all: Vec<(&Finding, Option<&str>)> =
        overridden.chain(report.findings.iter().map(|finding| (finding, None))).collect();
    let rules: BTreeMap<&str, &Rule> =
        all.iter().map(|(finding, _)| (finding.rule.id, finding.rule)).collect();
    let indices: BTreeMap<&str, usize> = rules.keys().copied().zip(0..).collect();
    let results: Vec<Value> = all
        .iter()
        .map(|(finding, reason)| result(finding, indices.get(finding.rule.id), *reason))
        .collect();
    let run = json!({
        "tool": { "driver": {
            "name": "keelmark",
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "informationUri": "https://keelmark.dev",
            "rules": rules.values().map(|rule| describe(rule)).collect::<Vec<Value>>(),
        } },
        "automationDetails": { "id": "keelmark-check/" },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": bases(),
        "invocations": [{ "executionSuccessful": true }],
        "results": results,
    });
    log(&[run], out)
}

/// Writes a log of some runs.
///
/// # Errors
/// When the writer fails.
pub(super) fn log(runs: &[Value], out: &mut dyn Write) -> io::Result<()> {
    document::write(&json!({ "$schema": SCHEMA, "version": "2.1.0", "runs": runs }), out)
}

/// Says what the paths of a log are relative to.
pub(super) fn bases() -> Value {
    json!({ "%SRCROOT%": { "description": { "text": "The root of the repository." } } })
}

fn describe(rule: &Rule) -> Value {
    let page = document::v1::page(rule);
    json!({
        "id": rule.id,
        "name": pascal(rule.id),
        "shortDescription": { "text": message(rule.summary) },
        "fullDescription": { "text": message(rule.summary) },
        "defaultConfiguration": { "level": rule.severity.word() },
        "helpUri": page,
        "help": { "text": format!("`keelmark explain {}` prints its page: {page}", rule.id) },
        "properties": { "tags": [rule.family.name()] },
    })
}

/// Writes `case-failed` as `CaseFailed`.
pub(super) fn pascal(id: &str) -> String {
    id.split('-').fold(String::new(), |name, word| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        name + &first.into_iter().chain(letters).collect::<String>()
    })
}

fn result(finding: &Finding, index: Option<&usize>, overridden: Option<&str>) -> Value {
    // GitHub knows no suppressions: what was accepted must not come back as an error.
    let severity = if overridden.is_some() { Severity::Note } else { finding.severity };
    let mut lines = vec![message(&finding.message)];
    let mut related = Vec::new();
    for other in &finding.related {
        match other.place.file.revision() {
            None => {
                let said = json!({ "text": message(&other.message) });
                let place = with(location(&other.place), "message", said);
                // The schema wants each related place once.
                if !related.contains(&place) {
                    related.push(place);
                }
            }
            // A log has no word for a line of another revision of a file.
            Some(revision) => {
                let at = other.place.file.position(other.place.span.start);
                let path = other.place.file.path().to_text();
                let said = format!("{} ({path}:{} at {revision})", other.message, at.line);
                lines.push(message(&said));
            }
        }
    }
    lines.extend(finding.help.iter().flat_map(|help| help.lines()).map(message));
    let mut result = json!({
        "ruleId": finding.rule.id,
        "ruleIndex": index,
        "level": severity.word(),
        "message": { "text": lines.join("\n") },
        "locations": [location(&finding.place)],
        "partialFingerprints": { "keelmark/v1": finding.fingerprint() },
        "baselineState": if finding.inherited { "unchanged" } else { "new" },
        "properties": {
            "entry": finding.entry.as_ref().map(ToString::to_string),
            "pointer": finding.place.pointer,
        },
    });
    if !related.is_empty() {
        result = with(result, "relatedLocations", related.into());
    }
    if let Some(fix) = &finding.fix {
        result = with(result, "fixes", json!([fixed(fix, &finding.place.file)]));
    }
    if let Some(reason) = overridden {
        let reason = escape::line(reason);
        let accepted = json!({ "kind": "external", "status": "accepted", "justification": reason });
        result = with(result, "suppressions", json!([accepted]));
    }
    result
}

/// Adds a key to an object.
fn with(mut object: Value, key: &str, value: Value) -> Value {
    if let Some(keys) = object.as_object_mut() {
        keys.insert(key.to_owned(), value);
    }
    object
}

fn fixed(fix: &Fix, file: &SourceFile) -> Value {
    let replacements: Vec<Value> = fix
        .replacements
        .iter()
        .map(|replacement| {
            json!({
                "deletedRegion": region(file, replacement.span),
                "insertedContent": { "text": replacement.text },
            })
        })
        .collect();
    json!({
        "description": { "text": message(&fix.title) },
        "artifactChanges": [{ "artifactLocation": artifact(file), "replacements": replacements }],
    })
}

/// Makes a text a plain message: brackets would be links, and braces places for arguments
/// (sections 3.11.5 and 3.11.6).
pub(super) fn message(text: &str) -> String {
    let mut message = String::with_capacity(text.len());
    for c in escape::line(text).chars() {
        match c {
            '[' | ']' | '\\' => message.extend(['\\', c]),
            '{' | '}' => message.extend([c, c]),
            c => message.push(c),
        }
    }
    message
}

/// Makes a location of a place.
pub(super) fn location(place: &Place) -> Value {
    let file = &place.file;
    // A place that is a whole file stands at its first line: GitHub shows none without a line.
    let region = if place.span.is_empty() {
        json!({ "startLine": file.position(place.span.start).line })
    } else {
        region(file, place.span)
    };
    json!({ "physicalLocation": { "artifactLocation": artifact(file), "region": region } })
}

fn region(file: &SourceFile, span: Span) -> Value {
    let (start, end) = (file.position(span.start), file.position(span.end));
    json!({
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    })
}

fn artifact(file: &SourceFile) -> Value {
    json!({ "uri": uri(file.path().as_bytes()), "uriBaseId": "%SRCROOT%" })
}

/// Writes a path as a relative reference (RFC 3986): what is not unreserved is percent-encoded.
pub(super) fn uri(path: &[u8]) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(byte) {
            uri.push(char::from(*byte));
        } else {
            // Writing to a text cannot fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

#[cfg(test)]
pub(super) mod tests;
