//! From an answer to scores: everything that needs no model.
//!
//! Scores are taken on the raw answer; what is recorded of it is redacted afterwards. A metric that
//! cannot be computed is `unscored` with a reason, never a 0.

use std::collections::BTreeMap;

use serde_json::Value;

use super::guard::{self, Subject};
use super::record::{ExpectedRecord, GuardrailRecord, Outcome};
use crate::cases::{Case, Expected};
use crate::metrics::{Reference, TextMetric};
use crate::provider::Finish;
use crate::redact::{self, Secret};
use crate::registry::profile::HitSeverity;
use crate::schema::{ValueChecker, check_field_schema};
use crate::template::Variables;

/// How the answers of one prompt are scored.
#[derive(Debug)]
pub struct Scorer {
    /// The JSON pointer of the text that text metrics read; `None` reads the whole answer.
    answer: Option<String>,
    /// The outputs of the prompt.
    outputs: Result<ValueChecker, String>,
    /// How bad a hit of each guardrail is.
    severities: BTreeMap<String, HitSeverity>,
}

/// An answer, and what it answers.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// The case.
    pub case: &'a Case,
    /// What the prompt was given.
    pub inputs: &'a Variables,
    /// The raw answer.
    pub text: &'a str,
    /// Why the model stopped.
    pub finish: Finish,
    /// How long it took, where that was measured.
    pub live_latency_ms: Option<f64>,
    /// What it costs, where prices and tokens are known.
    pub cost_usd: Option<f64>,
}

/// What is known of an answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scored {
    /// The scores by metric.
    pub scores: BTreeMap<String, f64>,
    /// Why a metric has no score.
    pub unscored: BTreeMap<String, String>,
    /// What the guardrails found.
    pub guardrails: BTreeMap<String, GuardrailRecord>,
    /// Whether the answer is a refusal.
    pub refused: bool,
    /// The sources that citations were resolved against.
    pub sources: Vec<String>,
}

impl Scorer {
    /// Prepares to score the answers of a prompt with these outputs.
    #[must_use]
    pub fn new(
        answer: Option<&str>,
        outputs: &Value,
        severities: BTreeMap<String, HitSeverity>,
    ) -> Self {
        let answer = answer.filter(|pointer| !pointer.is_empty()).map(ToOwned::to_owned);
        let usable = check_field_schema(outputs).map_err(|(_, message)| message);
        Self { answer, outputs: usable.map(|()| ValueChecker::new(outputs)), severities }
    }

    /// Returns how bad the hits of each detector are.
    #[must_use]
    pub const fn severities(&self) -> &BTreeMap<String, HitSeverity> {
        &self.severities
    }

    /// Scores an answer.
    #[must_use]
    pub fn score(&self, given: &Given<'_>) -> Scored {
        let json = structured(given.text);
        let subject = Subject::new(given, json.as_ref());
        let mut scored = Scored { refused: subject.is_refusal(), ..Scored::default() };
        self.guardrails(given.case, &subject, &mut scored);
        if let Some(latency) = given.live_latency_ms {
            scored.scores.insert("latency_ms".to_owned(), latency);
        }
        if let Some(cost) = given.cost_usd {
            scored.scores.insert("cost_usd".to_owned(), cost);
        }
        self.metric(given, json.as_ref(), &subject, &mut scored);
        scored
    }

    fn metric(
        &self,
        given: &Given<'_>,
        json: Option<&Value>,
        subject: &Subject<'_>,
        scored: &mut Scored,
    ) {
        let case = given.case;
        let name = case.check.metric.as_str();
        let score = if let Some(metric) = TextMetric::from_name(name) {
            // A case that expects a refusal has no reference text.
            let Expected::Text(reference) = &case.expected else { return };
            let text = self.text(given.text, json);
            let prepared = Reference::prepare(metric, reference);
            prepared.and_then(|reference| reference.score(&text)).map_err(|fault| fault.to_string())
        } else {
            match name {
                "schema_valid" => self.schema_valid(json),
                "guardrail_pass" => {
                    Ok(truth(scored.guardrails.values().all(|guardrail| !guardrail.hit)))
                }
                "citations" => match subject.citations() {
                    Some(share) => Ok(share),
                    None => Ok(0.0),
                },
                "sme" => Err("nobody has scored the answer yet".to_owned()),
                // Judges are asked by the runner; latency and cost are there already.
                _ => return,
            }
        };
        match score {
            Ok(score) => {
                scored.scores.insert(name.to_owned(), score);
            }
            Err(why) => {
                scored.unscored.insert(name.to_owned(), why);
            }
        }
    }

    /// Returns the text that text metrics read.
    fn text(&self, whole: &str, json: Option<&Value>) -> String {
        let Some(pointer) = &self.answer else { return whole.to_owned() };
        match json.and_then(|value| value.pointer(pointer)) {
            Some(Value::String(text)) => text.clone(),
            Some(value) => value.to_string(),
            // An answer that is no structure, or one without the part, answers nothing: its text
            // is empty, and every comparison with a reference says so.
            None => String::new(),
        }
    }

    fn schema_valid(&self, json: Option<&Value>) -> Result<f64, String> {
        let outputs = self.outputs.as_ref().map_err(Clone::clone)?;
        Ok(truth(json.is_some_and(|value| outputs.check(value).is_ok())))
    }

    /// Says in words what the outputs' schema refuses in an answer.
    #[must_use]
    pub fn schema_fault(&self, text: &str) -> Option<String> {
        let Some(value) = structured(text) else {
            return Some("the answer is no JSON object".to_owned());
        };
        match &self.outputs {
            Ok(outputs) => outputs.check(&value).err(),
            Err(fault) => Some(fault.clone()),
        }
    }

    fn guardrails(&self, case: &Case, subject: &Subject<'_>, scored: &mut Scored) {
        for name in &case.guardrails {
            let Some(found) = guard::look(name, case, subject) else {
                scored.unscored.insert(name.clone(), "nothing here detects it".to_owned());
                continue;
            };
            let severity = self.severities.get(name).copied();
            let (hit, reason) = match found {
                guard::Found::Nothing => (false, String::new()),
                guard::Found::Hit { reason } => (true, reason),
            };
            scored.guardrails.insert(name.clone(), GuardrailRecord { hit, severity, reason });
        }
        if case.guardrails.iter().any(|name| name == "citations_required")
            || case.check.metric == "citations"
        {
            scored.sources = subject.sources();
        }
    }

    /// Decides how a case ended: its bar holds, none of its guardrails was hit, and where a refusal
    /// was expected there is one.
    /// `metric` is the metric of the case's bar, by a judge's own name where it is judged.
    #[must_use]
    pub fn outcome(case: &Case, metric: &str, scored: &Scored) -> Outcome {
        let hit = scored.guardrails.values().any(|guardrail| guardrail.hit);
        if hit || (case.expected == Expected::Block && !scored.refused) {
            return Outcome::Fail;
        }
        if case.guardrails.iter().any(|name| scored.unscored.contains_key(name)) {
            return Outcome::Unscored;
        }
        bar_outcome(case, metric, scored)
    }
}

/// Compares a case's score with its bar; a case that expects a refusal and has a text metric has
/// nothing else to compare.
fn bar_outcome(case: &Case, metric: &str, scored: &Scored) -> Outcome {
    let Some(score) = scored.scores.get(metric) else {
        let blocked = case.expected == Expected::Block && !scored.unscored.contains_key(metric);
        return if blocked { Outcome::Pass } else { Outcome::Unscored };
    };
    let holds = match case.check.bar {
        Some(bar) => bar.holds(*score),
        None => *score >= 1.0,
    };
    if holds { Outcome::Pass } else { Outcome::Fail }
}

/// Reads a structured answer: a JSON object, alone or in one fenced block, as models like to write.
#[must_use]
pub fn structured(text: &str) -> Option<Value> {
    let trimmed = text.trim();
    let inner = trimmed
        .strip_prefix("```json")
        .or_else(|| trimmed.strip_prefix("```"))
        .and_then(|rest| rest.strip_suffix("```"))
        .map_or(trimmed, str::trim);
    if !inner.starts_with('{') {
        return None;
    }
    serde_json::from_str(inner).ok()
}

/// Redacts a text, and counts what was redacted.
#[must_use]
pub fn redacted(text: &str, secrets: &[Secret]) -> (String, BTreeMap<String, u32>) {
    let redacted = redact::redact(text, secrets);
    let counts = redacted.counts.iter();
    let counts = counts
        .map(|(kind, count)| (kind.placeholder().trim_matches(['[', ']']).to_owned(), *count));
    (redacted.text, counts.collect())
}

/// Redacts every text inside a value.
#[must_use]
pub fn redacted_value(value: &Value, secrets: &[Secret]) -> Value {
    match value {
        Value::String(text) => Value::String(redacted(text, secrets).0),
        Value::Array(items) => items.iter().map(|item| redacted_value(item, secrets)).collect(),
        Value::Object(map) => {
            map.iter().map(|(key, item)| (key.clone(), redacted_value(item, secrets))).collect()
        }
        other => other.clone(),
    }
}

/// Records what a case expected.
#[must_use]
pub fn expected(expected: &Expected, secrets: &[Secret]) -> ExpectedRecord {
    match expected {
        Expected::None => ExpectedRecord::None,
        Expected::Text(text) if redacted(text, secrets).1.is_empty() => {
            ExpectedRecord::Text(text.clone())
        }
        Expected::Text(_) => ExpectedRecord::Withheld,
        Expected::Block => ExpectedRecord::Block,
    }
}

/// Returns the word for why a model stopped.
#[must_use]
pub const fn finish_word(finish: Finish) -> &'static str {
    match finish {
        Finish::Stop => "stop",
        Finish::Length => "length",
        Finish::Blocked => "blocked",
        Finish::ToolCalls => "tool_calls",
        Finish::Other => "other",
    }
}

/// Turns a yes or no into 1 or 0.
fn truth(holds: bool) -> f64 {
    f64::from(u8::from(holds))
}
