//! Cases: how each ended, why, and where its row is.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::digest::Digest;
use crate::evals::record::{
    AnswerRecord, CaseRecord, GuardrailRecord, JudgeRecord, Origin, Outcome, Tokens,
};
use crate::evals::report::{Report, why};
use crate::registry::profile::HitSeverity;

#[derive(Debug, Serialize)]
pub(super) struct CaseDto<'a> {
    index: u32,
    case: &'a str,
    repeat: u32,
    domain: &'a str,
    row_sha256: Digest,
    path: Option<String>,
    line: Option<u32>,
    column: Option<u32>,
    prompt: u16,
    metric: &'a str,
    bar: Option<&'a str>,
    outcome: &'static str,
    why: Option<String>,
    scores: &'a BTreeMap<String, f64>,
    unscored: &'a BTreeMap<String, String>,
    guardrails: BTreeMap<&'a str, GuardrailDto<'a>>,
    judged: BTreeMap<&'a str, JudgedDto<'a>>,
    refused: bool,
    fault: Option<&'a str>,
    answer: Option<AnswerDto<'a>>,
}

#[derive(Debug, Serialize)]
struct GuardrailDto<'a> {
    hit: bool,
    severity: Option<&'static str>,
    reason: &'a str,
}

#[derive(Debug, Serialize)]
struct JudgedDto<'a> {
    votes: &'a [f64],
    reason: &'a str,
}

#[derive(Debug, Serialize)]
struct AnswerDto<'a> {
    text: &'a str,
    redactions: &'a BTreeMap<String, u32>,
    origin: &'static str,
    finish: &'a str,
    model: Option<&'a str>,
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    cost_micro_usd: Option<u64>,
    attempts: u32,
}

impl<'a> CaseDto<'a> {
    pub(super) fn of(report: &'a Report, case: &'a CaseRecord) -> Self {
        let place = report.place(case);
        let position = place.map(|place| place.file.position(place.span.start));
        let guardrails = case.guardrails.iter();
        let judged = case.judged.iter();
        Self {
            index: case.index,
            case: &case.case,
            repeat: case.repeat,
            domain: &case.domain,
            row_sha256: case.row,
            path: place.map(|place| place.file.path().to_string()),
            line: position.map(|position| position.line),
            column: position.map(|position| position.column),
            prompt: case.prompt,
            metric: &case.metric,
            bar: case.bar.as_deref(),
            outcome: case.outcome.word(),
            why: (case.outcome != Outcome::Pass).then(|| why(case)),
            scores: &case.scores,
            unscored: &case.unscored,
            guardrails: guardrails.map(|(name, found)| (name.as_str(), found.into())).collect(),
            judged: judged.map(|(metric, said)| (metric.as_str(), said.into())).collect(),
            refused: case.refused,
            fault: case.fault.as_ref().map(|fault| fault.class.as_str()),
            answer: case.answer.as_ref().map(AnswerDto::from),
        }
    }
}

impl<'a> From<&'a GuardrailRecord> for GuardrailDto<'a> {
    fn from(found: &'a GuardrailRecord) -> Self {
        let severity = found.severity.map(|severity| match severity {
            HitSeverity::Sev1 => "sev1",
            HitSeverity::Sev2 => "sev2",
            HitSeverity::Sev3 => "sev3",
        });
        Self { hit: found.hit, severity, reason: &found.reason }
    }
}

impl<'a> From<&'a JudgeRecord> for JudgedDto<'a> {
    fn from(said: &'a JudgeRecord) -> Self {
        Self { votes: &said.votes, reason: &said.reason }
    }
}

impl<'a> From<&'a AnswerRecord> for AnswerDto<'a> {
    fn from(answer: &'a AnswerRecord) -> Self {
        let tokens = |of: fn(Tokens) -> u64| answer.tokens.map(of);
        Self {
            text: &answer.text,
            redactions: &answer.redactions,
            origin: match answer.origin {
                Origin::Live => "live",
                Origin::Cached => "cached",
                Origin::Recorded => "recorded",
            },
            finish: &answer.finish,
            model: answer.model.as_deref(),
            input_tokens: tokens(|tokens| tokens.input),
            output_tokens: tokens(|tokens| tokens.output),
            cost_micro_usd: answer.cost_micro_usd,
            attempts: answer.attempts,
        }
    }
}
