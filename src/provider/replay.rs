//! Recorded answers: JSON lines, each `{"case_id": …, "response": …}`.
//!
//! Optional keys are `repeat` (0 unless written), `latency_ms`, `usage`, `model` and `finish`. A
//! response that is no text but JSON is the answer's text in compact form.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Unbounded};

use serde::Deserialize;
use serde_json::{Value, json};

use super::Provider;
use super::answer::{Answer, Finish, Timing, Usage};
use super::fault::Fault;
use super::request::Request;
use super::table::FileFault;
use crate::digest::Digest;
use crate::source::SourceFile;

/// The longest line that is read.
const MAX_LINE_BYTES: usize = 10_000_000;

/// Up to so many cases, the nearest is looked for among all of them.
const FEW_CASES: usize = 1_000;

/// Answers that were recorded earlier.
pub(super) struct Replay {
    model: Option<String>,
    file_sha256: Digest,
    cases: BTreeMap<String, BTreeMap<u32, Recorded>>,
}

struct Recorded {
    text: String,
    finish: Finish,
    model: Option<String>,
    usage: Option<Usage>,
    latency_ms: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    case_id: String,
    response: Value,
    #[serde(default)]
    repeat: u32,
    latency_ms: Option<f64>,
    usage: Option<Usage>,
    model: Option<String>,
    #[serde(default)]
    finish: Finish,
}

impl Replay {
    /// Reads all lines; blank ones do not count.
    pub(super) fn read(file: &SourceFile, model: Option<String>) -> Result<Self, FileFault> {
        let mut cases: BTreeMap<String, BTreeMap<u32, Recorded>> = BTreeMap::new();
        let mut start = 0;
        for whole in file.text().split_inclusive('\n') {
            let line = if start == 0 { whole.trim_start_matches('\u{feff}') } else { whole };
            let offset = start + (whole.len() - line.len());
            start += whole.len();
            let line = line.trim_end_matches(['\r', '\n']);
            if line.trim().is_empty() {
                continue;
            }
            let fault = |column: usize, message: String| {
                let offset = u32::try_from(offset + column).unwrap_or(u32::MAX);
                FileFault::at(file, offset, message)
            };
            if line.len() > MAX_LINE_BYTES {
                return Err(fault(0, format!("a line of more than {MAX_LINE_BYTES} bytes")));
            }
            let line: Line = serde_json::from_str(line)
                .map_err(|error| fault(error.column().saturating_sub(1), without_place(&error)))?;
            if line.latency_ms.is_some_and(|latency| latency < 0.0) {
                return Err(fault(0, "`latency_ms` is negative".to_owned()));
            }
            let text = match line.response {
                Value::String(text) => text,
                json @ (Value::Object(_) | Value::Array(_)) => json.to_string(),
                _ => return Err(fault(0, "`response` is neither text nor JSON".to_owned())),
            };
            let recorded = Recorded {
                text,
                finish: line.finish,
                model: line.model,
                usage: line.usage,
                latency_ms: line.latency_ms,
            };
            let (case_id, repeat) = (line.case_id, line.repeat);
            let known = cases.get(&case_id).is_some_and(|repeats| repeats.contains_key(&repeat));
            if known {
                let message = format!("the case `{case_id}` has two answers for repeat {repeat}");
                return Err(fault(0, message));
            }
            cases.entry(case_id).or_default().insert(repeat, recorded);
        }
        if cases.is_empty() {
            return Err(FileFault::at(file, 0, "no answers"));
        }
        Ok(Self { model, file_sha256: Digest::of(file.text().as_bytes()), cases })
    }

    /// Says what is recorded that comes nearest to a case without an answer.
    fn nearest(&self, case_id: &str) -> String {
        if let Some(repeats) = self.cases.get(case_id) {
            let repeats: Vec<_> = repeats.keys().map(u32::to_string).collect();
            return format!("there are answers for repeat {}", repeats.join(", "));
        }
        let likeness = |id: &&String| strsim::jaro_winkler(id, case_id);
        let nearest = if self.cases.len() <= FEW_CASES {
            self.cases.keys().max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
        } else {
            let before = self.cases.range::<str, _>((Unbounded, Excluded(case_id))).next_back();
            let behind = self.cases.range::<str, _>((Excluded(case_id), Unbounded)).next();
            let both = before.into_iter().chain(behind).map(|(id, _)| id);
            both.max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
        };
        nearest.map_or_else(String::new, |id| format!("the nearest is `{id}`"))
    }
}

/// Returns what is wrong without serde's own place, which counts from the line's start.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split_once(" at line ").map_or(text.clone(), |(message, _)| message.to_owned())
}

impl Provider for Replay {
    fn complete(&self, request: &Request) -> Result<Answer, Fault> {
        let repeats = self.cases.get(&request.case_id);
        let recorded = repeats.and_then(|repeats| repeats.get(&request.repeat));
        let recorded = recorded.ok_or_else(|| Fault::NotRecorded {
            case_id: request.case_id.clone(),
            repeat: request.repeat,
            nearest: self.nearest(&request.case_id),
        })?;
        Ok(Answer {
            text: recorded.text.clone(),
            finish: recorded.finish,
            model: recorded.model.clone().or_else(|| self.model.clone()),
            fingerprint: None,
            usage: recorded.usage,
            latency_ms: recorded.latency_ms,
            timing: Timing::Recorded,
        })
    }

    fn embed(&self, _: &[String]) -> Result<Vec<Vec<f32>>, Fault> {
        Err(Fault::Unsupported { api: "replay", what: "embeddings".to_owned() })
    }

    fn identity(&self) -> Value {
        json!({"api": "replay", "file_sha256": self.file_sha256, "model": self.model})
    }

    fn is_live(&self) -> bool {
        false
    }
}
