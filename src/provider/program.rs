//! A program that speaks JSON lines.
//!
//! One line goes in, `{"case_id", "repeat", "messages", "parameters", "tools", "schema"}`, and one
//! comes out: `{"text"}` with the optional keys `finish`, `model`, `fingerprint`, `usage` and
//! `latency_ms`, or `{"error"}`. A program may repeat `case_id` and `repeat`; they must then be
//! those of the question. For vectors the lines are `{"texts": […]}` and `{"vectors": [[…], …]}`.
//! A program answers line by line until its input ends, and flushes after each line.
//!
//! Each thread that asks has a process of its own, which is kept for the next question. Whoever
//! trusts an interpreter, or a program inside the repository, trusts whatever a change makes of its
//! arguments or its text.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::Provider;
use super::answer::{Answer, Finish, Timing, Usage};
use super::command::{MAX_LINE_BYTES, Process, Silence, Start};
use super::embedding;
use super::fault::Fault;
use super::open::{OpenFault, Opening};
use super::request::{Message, Request};
use super::secret::said;
use crate::registry::prompt::{Parameters, Tool};
use crate::time::Clock;

/// How long processes may take to end when their input does.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often it is looked whether they have.
const GLANCE: Duration = Duration::from_millis(10);

/// A program of the base's `trust.commands`.
pub(super) struct Program {
    start: Start,
    model: Option<String>,
    limit: Duration,
    clock: Arc<dyn Clock>,
    idle: Mutex<Vec<Process>>,
}

impl Program {
    pub(super) fn open(opening: &Opening<'_>) -> Result<Self, OpenFault> {
        let provider = opening.provider;
        let program = provider.program.clone().ok_or(OpenFault::Missing { key: "program" })?;
        if !opening.trusted.trust.commands.contains(&program) {
            return Err(OpenFault::CommandNotTrusted { program });
        }
        let folder = opening.folder.ok_or(OpenFault::NoFolder)?.to_owned();
        let start = Start::new(program, provider.args.clone(), folder, opening.environment);
        Ok(Self {
            start,
            model: provider.model.clone(),
            limit: provider.timeout_ms.map_or(opening.timeouts.call, Duration::from_millis),
            clock: Arc::clone(opening.clock),
            idle: Mutex::new(Vec::new()),
        })
    }

    /// Asks one question, of a process that is idle or else of a new one.
    ///
    /// A process that did not answer, or not in a way that can be read, is ended: nobody knows what
    /// it would say next.
    fn ask(&self, question: &impl Serialize) -> Result<(Line, f64), Fault> {
        // Text, numbers and JSON values always have a JSON form.
        let question = serde_json::to_vec(question).unwrap_or_default();
        let process = match self.idle() {
            Some(process) => process,
            None => self.start.process()?,
        };
        let start = self.clock.elapsed();
        let answer = match process.ask(question, self.limit) {
            Ok(answer) => answer,
            Err(silence) => return Err(self.fault(silence, process)),
        };
        let latency = self.clock.elapsed().saturating_sub(start);
        let line = serde_json::from_slice(&answer)
            .map_err(|error| self.bad(&error.to_string(), &answer))?;
        self.lock().push(process);
        Ok((line, latency.as_secs_f64() * 1e3))
    }

    /// Returns a process that waits for a question.
    fn idle(&self) -> Option<Process> {
        loop {
            let mut process = self.lock().pop()?;
            if !process.has_ended() {
                return Some(process);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Process>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fault(&self, silence: Silence, process: Process) -> Fault {
        let from = self.start.program.clone();
        match silence {
            Silence::TimedOut => Fault::TimedOut {
                from,
                limit_ms: u64::try_from(self.limit.as_millis()).unwrap_or(u64::MAX),
            },
            Silence::TooLarge => Fault::TooLarge { from, limit_bytes: MAX_LINE_BYTES },
            Silence::Surplus => self.bad("more than one line for one question", &[]),
            Silence::Ended => Fault::ProgramEnded { program: from, stderr: process.end() },
        }
    }

    fn bad(&self, reason: &str, line: &[u8]) -> Fault {
        Fault::BadAnswer {
            from: self.start.program.clone(),
            reason: said(reason, None),
            excerpt: said(&String::from_utf8_lossy(line), None),
        }
    }

    fn refusal(&self, error: &str) -> Fault {
        Fault::ProgramSaid { program: self.start.program.clone(), said: said(error, None) }
    }
}

/// Processes are asked to end by the end of their input; those that do not are killed.
impl Drop for Program {
    fn drop(&mut self) {
        let mut processes = std::mem::take(&mut *self.lock());
        processes.iter_mut().for_each(Process::close_input);
        let mut waited = Duration::ZERO;
        while waited < PATIENCE && !processes.iter_mut().all(Process::has_ended) {
            self.clock.sleep(GLANCE);
            waited += GLANCE;
        }
    }
}

impl Provider for Program {
    fn complete(&self, request: &Request) -> Result<Answer, Fault> {
        let (line, latency_ms) = self.ask(&Question::new(request))?;
        let Line { text, error, case_id, repeat, .. } = line;
        if let Some(error) = error {
            return Err(self.refusal(&error));
        }
        let text = text.ok_or_else(|| self.bad("neither `text` nor `error`", &[]))?;
        let other_case = case_id.is_some_and(|id| id != request.case_id);
        if other_case || repeat.is_some_and(|repeat| repeat != request.repeat) {
            return Err(self.bad("an answer to another question", &[]));
        }
        let latency_ms = line.latency_ms.unwrap_or(latency_ms);
        if latency_ms < 0.0 {
            return Err(self.bad("`latency_ms` is negative", &[]));
        }
        Ok(Answer {
            text,
            finish: line.finish,
            model: line.model.or_else(|| self.model.clone()),
            fingerprint: line.fingerprint,
            usage: line.usage,
            latency_ms: Some(latency_ms),
            timing: Timing::Live,
        })
    }

    fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, Fault> {
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        let (line, _) = self.ask(&json!({"texts": texts}))?;
        if let Some(error) = line.error {
            return Err(self.refusal(&error));
        }
        let vectors = line.vectors.ok_or_else(|| self.bad("neither `vectors` nor `error`", &[]))?;
        embedding::checked(vectors, texts, &self.start.program)
    }

    fn identity(&self) -> Value {
        json!({
            "api": "command",
            "program": self.start.program,
            "args": self.start.args,
            "model": self.model,
        })
    }

    fn is_live(&self) -> bool {
        true
    }
}

/// What goes in. Parameters that the prompt leaves open are left out.
#[derive(Serialize)]
struct Question<'a> {
    case_id: &'a str,
    repeat: u32,
    messages: &'a [Message],
    parameters: Map<String, Value>,
    tools: &'a [Tool],
    schema: Option<&'a Value>,
}

impl<'a> Question<'a> {
    fn new(request: &'a Request) -> Self {
        Self {
            case_id: &request.case_id,
            repeat: request.repeat,
            messages: &request.messages,
            parameters: written(&request.parameters),
            tools: &request.tools,
            schema: request.schema.as_ref(),
        }
    }
}

fn written(parameters: &Parameters) -> Map<String, Value> {
    let Ok(Value::Object(mut map)) = serde_json::to_value(parameters) else { return Map::new() };
    map.retain(|_, value| !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty()));
    map
}

/// What comes out.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    text: Option<String>,
    error: Option<String>,
    vectors: Option<Vec<Vec<f32>>>,
    #[serde(default)]
    finish: Finish,
    model: Option<String>,
    fingerprint: Option<String>,
    usage: Option<Usage>,
    latency_ms: Option<f64>,
    case_id: Option<String>,
    repeat: Option<u32>,
}
