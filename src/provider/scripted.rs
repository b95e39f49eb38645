//! A table of patterns, for demos and tests.
//!
//! ```yaml
//! answers:
//!   - {when: {case_id: FAQ-001}, text: See KB-42 steps}
//!   - {when: {contains: Reset password}, text: Ask support, latency_ms: 340, usage: {input: 120, output: 20}}
//!   - {when: {matches: "(?i)refund .* \\d+ days"}, json: {answer: "30 days", citations: ["doc://kb/101"]}}
//!   - {when: {prompt_contains: Be brief}, texts: ["Yes.", "No."], finish: stop}
//! default: {text: I do not know}
//! ```
//!
//! The first answer counts whose `when` holds with all its keys: `case_id` is the case; `contains`
//! and `matches` (a regular expression) are about the last message of the user; `prompt_contains`
//! is about all messages, and so tells an edited prompt from the published one. The answer is a
//! `text`, a `json` value in compact form, or one of `texts`, taken in turn by the repeat.

use regex::Regex;
use serde_json::{Map, Value, json};

use super::Provider;
use super::answer::{Answer, Finish, Timing, Usage};
use super::fault::Fault;
use super::request::Request;
use super::table::FileFault;
use crate::digest::Digest;
use crate::finding::Severity;
use crate::source::SourceFile;
use crate::yaml::{Document, escape_pointer};

const TOP_KEYS: [&str; 2] = ["answers", "default"];
const WHEN_KEYS: [&str; 4] = ["case_id", "contains", "matches", "prompt_contains"];
const ANSWER_KEYS: [&str; 7] = ["text", "json", "texts", "finish", "latency_ms", "usage", "model"];
const USAGE_KEYS: [&str; 3] = ["input", "output", "cached_input"];

/// Answers by a table.
pub(super) struct Scripted {
    model: Option<String>,
    file_sha256: Digest,
    rows: Vec<Row>,
}

/// An answer and what must hold for it.
struct Row {
    when: When,
    texts: Vec<String>,
    finish: Finish,
    latency_ms: Option<f64>,
    usage: Option<Usage>,
    model: Option<String>,
}

/// What must hold; the default asks for nothing.
#[derive(Default)]
struct When {
    case_id: Option<String>,
    contains: Option<String>,
    matches: Option<Regex>,
    prompt_contains: Option<String>,
}

impl When {
    fn holds(&self, request: &Request) -> bool {
        let mut backwards = request.messages.iter().rev();
        let asked = backwards.find(|message| message.role == "user");
        let asked = asked.map_or("", |message| message.content.as_str());
        let anywhere =
            |text: &String| request.messages.iter().any(|message| message.content.contains(text));
        self.case_id.as_ref().is_none_or(|id| *id == request.case_id)
            && self.contains.as_ref().is_none_or(|text| asked.contains(text))
            && self.matches.as_ref().is_none_or(|pattern| pattern.is_match(asked))
            && self.prompt_contains.as_ref().is_none_or(anywhere)
    }
}

impl Scripted {
    /// Reads a table; the first fault ends the reading.
    pub(super) fn read(file: &SourceFile, model: Option<String>) -> Result<Self, FileFault> {
        let (document, findings) = Document::parse(file.clone());
        let wrong = findings.into_iter().find(|finding| finding.severity == Severity::Error);
        if let Some(finding) = wrong {
            let offset = finding.place.span.start;
            return Err(FileFault::at(file, offset, finding.message));
        }
        let document = document.ok_or_else(|| FileFault::at(file, 0, "no YAML"))?;
        let reader = Reader { document: &document };
        let top = reader.map("", document.value(), &TOP_KEYS)?;
        let mut rows = Vec::new();
        if let Some(answers) = top.get("answers") {
            let list = answers.as_array().ok_or_else(|| reader.not("/answers", "a list"))?;
            for (at, answer) in list.iter().enumerate() {
                rows.push(reader.row(&format!("/answers/{at}"), answer, Place::Answers)?);
            }
        }
        if let Some(default) = top.get("default") {
            rows.push(reader.row("/default", default, Place::Default)?);
        }
        if rows.is_empty() {
            return Err(FileFault::at(file, 0, "no answers"));
        }
        Ok(Self { model, file_sha256: Digest::of(file.text().as_bytes()), rows })
    }
}

impl Provider for Scripted {
    fn complete(&self, request: &Request) -> Result<Answer, Fault> {
        let row = self.rows.iter().find(|row| row.when.holds(request));
        let index = usize::try_from(request.repeat).unwrap_or_default();
        let text = row.and_then(|row| row.texts.get(index % row.texts.len().max(1)));
        let (Some(row), Some(text)) = (row, text) else {
            return Err(Fault::NotRecorded {
                case_id: request.case_id.clone(),
                repeat: request.repeat,
                nearest: "no `when` of the table holds, and it has no `default`".to_owned(),
            });
        };
        Ok(Answer {
            text: text.clone(),
            finish: row.finish,
            model: row.model.clone().or_else(|| self.model.clone()),
            fingerprint: None,
            usage: row.usage,
            latency_ms: row.latency_ms,
            timing: Timing::Recorded,
        })
    }

    fn embed(&self, _: &[String]) -> Result<Vec<Vec<f32>>, Fault> {
        Err(Fault::Unsupported { api: "scripted", what: "embeddings".to_owned() })
    }

    fn identity(&self) -> Value {
        json!({"api": "scripted", "file_sha256": self.file_sha256, "model": self.model})
    }

    fn is_live(&self) -> bool {
        false
    }
}

/// Where an answer stands: only those of the list have a `when`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Answers,
    Default,
}

/// Reads values and knows where they stand.
struct Reader<'a> {
    document: &'a Document,
}

impl Reader<'_> {
    fn row(&self, pointer: &str, value: &Value, place: Place) -> Result<Row, FileFault> {
        let mut keys = ANSWER_KEYS.to_vec();
        if place == Place::Answers {
            keys.push("when");
        }
        let map = self.map(pointer, value, &keys)?;
        let when = match (place, map.get("when")) {
            (Place::Default, _) => When::default(),
            (Place::Answers, Some(when)) => self.when(&format!("{pointer}/when"), when)?,
            (Place::Answers, None) => {
                let message = "an answer without `when`; one that always fits is the `default`";
                return Err(self.fault(pointer, message));
            }
        };
        let finish = match self.text(pointer, map, "finish")? {
            None => Finish::Stop,
            Some(word) => serde_json::from_value(Value::String(word)).map_err(|_| {
                let message = "expected `stop`, `length`, `blocked`, `tool_calls` or `other`";
                self.fault(&format!("{pointer}/finish"), message)
            })?,
        };
        let latency_ms = match map.get("latency_ms") {
            None => None,
            Some(value) => {
                let number = value.as_f64().filter(|number| *number >= 0.0);
                let number = number
                    .ok_or_else(|| self.not(&format!("{pointer}/latency_ms"), "milliseconds"))?;
                Some(number)
            }
        };
        let usage = map.get("usage").map(|value| self.usage(&format!("{pointer}/usage"), value));
        Ok(Row {
            when,
            texts: self.texts(pointer, map)?,
            finish,
            latency_ms,
            usage: usage.transpose()?,
            model: self.text(pointer, map, "model")?,
        })
    }

    fn when(&self, pointer: &str, value: &Value) -> Result<When, FileFault> {
        let map = self.map(pointer, value, &WHEN_KEYS)?;
        if map.is_empty() {
            let message = "an empty `when`; an answer that always fits is the `default`";
            return Err(self.fault(pointer, message));
        }
        let pattern = self.text(pointer, map, "matches")?.map(|pattern| {
            Regex::new(&pattern).map_err(|error| {
                let text = error.to_string();
                let last = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
                let message = format!("not a regular expression: {last}");
                self.fault(&format!("{pointer}/matches"), &message)
            })
        });
        Ok(When {
            case_id: self.text(pointer, map, "case_id")?,
            contains: self.text(pointer, map, "contains")?,
            matches: pattern.transpose()?,
            prompt_contains: self.text(pointer, map, "prompt_contains")?,
        })
    }

    fn texts(&self, pointer: &str, map: &Map<String, Value>) -> Result<Vec<String>, FileFault> {
        match (map.get("text"), map.get("json"), map.get("texts")) {
            (Some(_), None, None) => Ok(self.text(pointer, map, "text")?.into_iter().collect()),
            (None, Some(value), None) => Ok(vec![value.to_string()]),
            (None, None, Some(value)) => {
                let pointer = format!("{pointer}/texts");
                let list = value.as_array().filter(|list| !list.is_empty());
                let list = list.ok_or_else(|| self.not(&pointer, "a list of texts"))?;
                let text = |(at, item): (usize, &Value)| {
                    let text = item.as_str().map(str::to_owned);
                    text.ok_or_else(|| self.not(&format!("{pointer}/{at}"), "a text"))
                };
                list.iter().enumerate().map(text).collect()
            }
            _ => Err(self.fault(pointer, "an answer has one of `text`, `json` and `texts`")),
        }
    }

    fn usage(&self, pointer: &str, value: &Value) -> Result<Usage, FileFault> {
        let map = self.map(pointer, value, &USAGE_KEYS)?;
        let tokens = |key| match map.get(key) {
            None => Ok(0),
            Some(value) => {
                let number = value.as_u64();
                number.ok_or_else(|| self.not(&format!("{pointer}/{key}"), "a number of tokens"))
            }
        };
        Ok(Usage {
            input_tokens: tokens("input")?,
            output_tokens: tokens("output")?,
            cached_input_tokens: tokens("cached_input")?,
        })
    }

    /// Reads a text; a number counts by how it is written, so that `case_id: 7` is what it seems.
    fn text(
        &self,
        pointer: &str,
        map: &Map<String, Value>,
        key: &str,
    ) -> Result<Option<String>, FileFault> {
        let pointer = format!("{pointer}/{key}");
        match map.get(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(Value::Number(_)) => Ok(self.document.raw(&pointer).map(str::to_owned)),
            Some(_) => Err(self.not(&pointer, "a text")),
        }
    }

    /// Reads a map whose keys are known.
    fn map<'v>(
        &self,
        pointer: &str,
        value: &'v Value,
        known: &[&str],
    ) -> Result<&'v Map<String, Value>, FileFault> {
        let map = value.as_object().ok_or_else(|| self.not(pointer, "a map"))?;
        let Some(strange) = map.keys().find(|key| !known.contains(&key.as_str())) else {
            return Ok(map);
        };
        let close = known
            .iter()
            .map(|known| (strsim::jaro_winkler(known, strange), *known))
            .filter(|(likeness, _)| *likeness > 0.7)
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let help = match close {
            Some((_, close)) => format!("did you mean `{close}`?"),
            None => format!("known are `{}`", known.join("`, `")),
        };
        let place = self.document.key_place(&format!("{pointer}/{}", escape_pointer(strange)));
        let message = format!("unknown key `{strange}`; {help}");
        Err(FileFault::at(&place.file, place.span.start, message))
    }

    fn not(&self, pointer: &str, expected: &str) -> FileFault {
        self.fault(pointer, &format!("expected {expected}"))
    }

    fn fault(&self, pointer: &str, message: &str) -> FileFault {
        let place = self.document.place(pointer);
        FileFault::at(&place.file, place.span.start, message)
    }
}
