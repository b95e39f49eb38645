//! Everything that a run needs, resolved: cases, prompts, models, judges, and how answers are scored.

use std::collections::BTreeMap;

use serde_json::Value;

use super::judge::JudgeSide;
use super::prompt::PromptText;
use super::record::EntryStamp;
use super::score::Scorer;
use crate::cases::{Case, Fixtures};
use crate::money::MicroUsd;
use crate::provider::{self, Message, Provider, Request, Usage};
use crate::redact::Secret;
use crate::registry::model::Pricing;
use crate::registry::suite::Suite;

/// The most tokens that an answer may have where nobody limits them: without a limit there would be
/// no bound of the cost.
const MOST_OUTPUT_TOKENS: u64 = 4096;

/// A model that is ready to be asked.
pub struct ModelSide {
    /// What the record says of it.
    pub stamp: EntryStamp,
    /// Who answers.
    pub provider: Box<dyn Provider>,
    /// Who that is, for the key of the cache: the provider's own identity, and the content of files
    /// that a program is started with.
    pub identity: Value,
    /// What it costs; absent is unknown, never free.
    pub pricing: Option<Pricing>,
    /// The most tokens of an answer.
    pub max_output_tokens: Option<u64>,
    /// Whether the manifest says that the model holds its answer to a schema (capability `json`).
    pub structured: bool,
    /// Whether what is sent to it is redacted first: its host may see no personal data.
    pub redact: Egress,
}

/// What may leave for a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Egress {
    /// Everything.
    AsItIs,
    /// Text without personal data.
    Redacted,
}

impl ModelSide {
    /// Returns what an answer costs; `None` where prices or tokens are not known.
    #[must_use]
    pub fn cost(&self, usage: Option<&Usage>) -> Option<MicroUsd> {
        provider::cost(self.pricing.as_ref(), usage?)
    }

    /// Returns the most that a request can cost: a token has at least one byte, and an answer at
    /// most as many tokens as its limit. `None` where prices are not known.
    #[must_use]
    pub fn bound(&self, request: &Request) -> Option<MicroUsd> {
        provider::cost(self.pricing.as_ref(), &self.most_usage(request))
    }

    /// Returns the most tokens that a request can take.
    #[must_use]
    pub fn most_usage(&self, request: &Request) -> Usage {
        // Roles and separators cost a few tokens a message.
        let text: usize = request.messages.iter().map(|message| message.content.len() + 16).sum();
        let tools = serde_json::to_string(&request.tools).map_or(0, |text| text.len());
        let schema = request.schema.as_ref().map_or(0, |schema| schema.to_string().len());
        let output = request.parameters.max_output_tokens.or(self.max_output_tokens);
        Usage {
            input_tokens: (text + tools + schema) as u64,
            output_tokens: output.unwrap_or(MOST_OUTPUT_TOKENS),
            cached_input_tokens: 0,
        }
    }
}

impl std::fmt::Debug for ModelSide {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ModelSide").field("stamp", &self.stamp).finish_non_exhaustive()
    }
}

/// A prompt with the model that it is asked of.
#[derive(Debug)]
pub struct Target {
    /// The prompt.
    pub text: PromptText,
    /// Which of the session's models answers.
    pub model: usize,
    /// How its answers are scored.
    pub scorer: Scorer,
}

/// A suite with one model (or the models of its prompts), ready to be run.
#[derive(Debug)]
pub struct Session {
    /// The suite's keys.
    pub suite: Suite,
    /// The cases, in the order of their file.
    pub cases: Vec<Case>,
    /// The other inputs.
    pub fixtures: Fixtures,
    /// The prompts.
    pub targets: Vec<Target>,
    /// Which prompt each case is for.
    pub target_of: Vec<u16>,
    /// The models.
    pub models: Vec<ModelSide>,
    /// The judges by metric.
    pub judges: BTreeMap<String, JudgeSide>,
    /// The judged metric that `judge` means.
    pub default_judge: Option<String>,
    /// Texts that must never be recorded or sent to a judge: keys of the environment.
    pub secrets: Vec<Secret>,
}

/// A case, and which repeat of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unit {
    /// The place of the case in the suite.
    pub case: u32,
    /// Which repeat, from 0.
    pub repeat: u32,
}

impl Session {
    /// Returns the case of a unit with the prompt that it is for.
    #[must_use]
    pub fn subject(&self, unit: Unit) -> Option<(&Case, u16, &Target)> {
        let at = unit.case as usize;
        let target = *self.target_of.get(at)?;
        Some((self.cases.get(at)?, target, self.targets.get(usize::from(target))?))
    }

    /// Returns the judged metric that a metric's name means; `None` for metrics without a judge.
    #[must_use]
    pub fn judged_metric<'a>(&'a self, metric: &'a str) -> Option<&'a str> {
        if metric == crate::cases::metric::JUDGE {
            return self.default_judge.as_deref();
        }
        self.judges.contains_key(metric).then_some(metric)
    }

    /// Makes the request of a unit.
    ///
    /// # Errors
    /// What is wrong with the case's inputs or the prompt's template, in words.
    pub fn request(&self, unit: Unit) -> Result<(Request, crate::template::Variables), String> {
        let (case, _, target) =
            self.subject(unit).ok_or_else(|| "the case is not in the suite".to_owned())?;
        let variables =
            crate::cases::bind::variables(case, &self.suite, &self.fixtures, &target.text.inputs)
                .map_err(|faults| {
                let words: Vec<String> = faults.iter().map(ToString::to_string).collect();
                words.join("; ")
            })?;
        let rendered = target.text.render(&variables).map_err(|fault| fault.to_string())?;
        let messages = rendered
            .into_iter()
            .map(|message| Message { role: message.role, content: message.content })
            .collect();
        let prompt = &target.text.prompt;
        let model = self.models.get(target.model);
        let structured = model.is_some_and(|model| model.structured);
        let mut parameters = prompt.parameters.clone();
        let limit = parameters.max_output_tokens.or(model.and_then(|m| m.max_output_tokens));
        parameters.max_output_tokens = Some(limit.unwrap_or(MOST_OUTPUT_TOKENS));
        let request = Request {
            case_id: case.id.clone(),
            repeat: unit.repeat,
            messages,
            parameters,
            tools: prompt.tools.clone(),
            schema: answer_schema(target).filter(|_| structured),
        };
        Ok((request, variables))
    }
}

/// Returns the schema that a structured answer is held to; a prompt whose answer is plain text has
/// none.
fn answer_schema(target: &Target) -> Option<Value> {
    let prompt = &target.text.prompt;
    let asks_for_json = match &prompt.response_format {
        Some(Value::String(word)) => word == "json" || word == "json_schema",
        Some(Value::Object(_)) => true,
        _ => false,
    };
    asks_for_json.then(|| target.text.output_schema())
}
