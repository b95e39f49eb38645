//! Version 1 of every document.
//!
//! These types are the contract, not the engines' own: an engine may change without a consumer
//! noticing.

pub mod diff;
pub mod eval;

use serde::Serialize;
use serde_json::Value;

use crate::checks::report::{EntryReport, Report, Source};
use crate::compat::change::{Certainty, Change};
use crate::finding::{Finding, Place, Rule};
use crate::integrity::payload::Verdict;

/// Where the pages of rules are.
const RULES: &str = "https://keelmark.dev/rules/";

/// Returns where the page of a rule is.
pub(in crate::output) fn page(rule: &Rule) -> String {
    format!("{RULES}{}#{}", rule.family.name(), rule.id)
}

/// `keelmark.check.v1`.
#[derive(Debug, Serialize)]
pub struct CheckDocument<'a> {
    schema: &'static str,
    source: SourceDto<'a>,
    summary: Summary,
    entries: Vec<EntryDto>,
    findings: Vec<FindingDto<'a>>,
    overridden: Vec<OverriddenDto<'a>>,
}

/// The two sides of a comparison.
#[derive(Debug, Serialize)]
pub struct SourceDto<'a> {
    kind: &'a str,
    revision: Option<&'a str>,
    base: Option<&'a str>,
    base_commit: Option<&'a str>,
    merge_base: Option<&'a str>,
    base_reason: &'a str,
    fetched_at: Option<i64>,
}

#[derive(Debug, Serialize)]
struct Summary {
    entries: usize,
    touched: usize,
    errors: usize,
    warnings: usize,
    notes: usize,
    inherited: usize,
}

#[derive(Debug, Serialize)]
struct EntryDto {
    entry: String,
    path: String,
    status: &'static str,
    base_version: Option<String>,
    version: Option<String>,
    declared: String,
    required: String,
    suggested: Option<String>,
    reasons: Vec<ReasonDto>,
    payloads: Payloads,
}

#[derive(Debug, Serialize)]
struct Payloads {
    bytes_verified: usize,
    pointer_verified: usize,
}

/// Why a step is needed.
#[derive(Debug, Serialize)]
struct ReasonDto {
    rule: &'static str,
    bump: String,
    unknown: bool,
    pointer: Option<String>,
    payload: Option<String>,
    note: String,
}

#[derive(Debug, Serialize)]
struct FindingDto<'a> {
    rule: &'static str,
    severity: &'static str,
    inherited: bool,
    entry: Option<String>,
    path: String,
    pointer: &'a str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    message: &'a str,
    help: Option<&'a str>,
    url: String,
    fingerprint: String,
    fixable: bool,
    related: Vec<RelatedDto<'a>>,
}

#[derive(Debug, Serialize)]
struct RelatedDto<'a> {
    path: String,
    revision: Option<&'a str>,
    line: u32,
    column: u32,
    message: &'a str,
}

#[derive(Debug, Serialize)]
struct OverriddenDto<'a> {
    reason: &'a str,
    finding: FindingDto<'a>,
}

/// Makes the document of a check.
#[must_use]
pub fn check<'a>(report: &'a Report, source: &'a Source) -> CheckDocument<'a> {
    CheckDocument {
        schema: "keelmark.check.v1",
        source: self::source(source),
        summary: summary(report),
        entries: report.entries.iter().map(entry).collect(),
        findings: report.findings.iter().map(finding).collect(),
        overridden: report
            .overridden
            .iter()
            .map(|o| OverriddenDto { reason: &o.reason, finding: finding(&o.finding) })
            .collect(),
    }
}

fn summary(report: &Report) -> Summary {
    let counts = report.counts();
    Summary {
        entries: counts.entries,
        touched: counts.touched,
        errors: counts.errors,
        warnings: counts.warnings,
        notes: counts.notes,
        inherited: counts.inherited,
    }
}

/// Describes the two sides of a comparison.
#[must_use]
pub fn source(source: &Source) -> SourceDto<'_> {
    SourceDto {
        kind: source.kind,
        revision: source.revision.as_deref(),
        base: source.base.as_deref(),
        base_commit: source.base_commit.as_deref(),
        merge_base: source.merge_base.as_deref(),
        base_reason: &source.base_reason,
        fetched_at: source.fetched_at,
    }
}

fn entry(entry: &EntryReport) -> EntryDto {
    let of = |wanted| entry.verdicts.iter().filter(|verdict| **verdict == wanted).count();
    EntryDto {
        entry: entry.name.to_string(),
        path: entry.path.to_string(),
        status: entry.status.word(),
        base_version: entry.base_version.as_ref().map(ToString::to_string),
        version: entry.version.as_ref().map(ToString::to_string),
        declared: entry.declared.to_string(),
        required: entry.required.to_string(),
        suggested: entry.suggested.as_ref().map(ToString::to_string),
        reasons: entry.reasons.iter().map(reason).collect(),
        payloads: Payloads {
            bytes_verified: of(Verdict::BytesVerified),
            pointer_verified: of(Verdict::PointerVerified),
        },
    }
}

fn reason(change: &Change) -> ReasonDto {
    ReasonDto {
        rule: change.rule.id,
        bump: change.bump.to_string(),
        unknown: change.certainty == Certainty::Unknown,
        pointer: change.pointer_new.clone().or_else(|| change.pointer_old.clone()),
        payload: change.payload.clone(),
        note: change.note.clone(),
    }
}

fn finding(finding: &Finding) -> FindingDto<'_> {
    let place = &finding.place;
    let (start, end) = ends(place);
    FindingDto {
        rule: finding.rule.id,
        severity: finding.severity.word(),
        inherited: finding.inherited,
        entry: finding.entry.as_ref().map(ToString::to_string),
        path: finding.path().to_string(),
        pointer: &place.pointer,
        line: start.0,
        column: start.1,
        end_line: end.0,
        end_column: end.1,
        message: &finding.message,
        help: finding.help.as_deref(),
        url: page(finding.rule),
        fingerprint: finding.fingerprint(),
        fixable: finding.fix.is_some(),
        related: finding
            .related
            .iter()
            .map(|related| {
                let (start, _) = ends(&related.place);
                RelatedDto {
                    path: related.place.file.path().to_string(),
                    revision: related.place.file.revision(),
                    line: start.0,
                    column: start.1,
                    message: &related.message,
                }
            })
            .collect(),
    }
}

fn ends(place: &Place) -> ((u32, u32), (u32, u32)) {
    let start = place.file.position(place.span.start);
    let end = place.file.position(place.span.end);
    ((start.line, start.column), (end.line, end.column))
}

/// A document whose body is made elsewhere, such as that of `list` or `graph`.
#[derive(Debug, Serialize)]
pub struct Listing {
    schema: &'static str,
    #[serde(flatten)]
    body: Value,
}

/// Makes a document from an object.
#[must_use]
pub const fn listing(schema: &'static str, body: Value) -> Listing {
    Listing { schema, body }
}
