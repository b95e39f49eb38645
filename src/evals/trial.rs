//! One case, asked once: the answer with everything that is known of it.
//!
//! The way is that of a run, so that cache, retries, scores and judges are the same; but nothing is
//! recorded, and the raw answer is handed back.

use super::event::{Event, Sink, Stop};
use super::record::CaseRecord;
use super::runner::{self, Run};
use super::score;
use crate::provider::Answer;

/// What became of a case.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// What a run would record: scores, guardrails, the redacted answer, or why there is none.
    pub record: CaseRecord,
    /// The answer as the model gave it.
    pub answer: Option<Answer>,
    /// What the schema of the prompt's outputs refuses in the answer, redacted.
    pub schema_fault: Option<String>,
}

/// Asks the first unit of a run and waits for its reply.
///
/// # Errors
/// Why the run ended before the case did.
pub fn ask(run: &Run<'_>) -> Result<Reply, Stop> {
    let mut heard = Heard::default();
    let ended = runner::run(run, &mut heard);
    // Without a case and without a reason to stop no thread took the unit.
    let Some(record) = heard.record else { return Err(ended.stopped.unwrap_or(Stop::NoThread)) };
    let session = run.session;
    let target = run.units.first().and_then(|unit| session.subject(*unit));
    let fault = heard
        .answer
        .as_ref()
        .zip(target)
        .and_then(|(answer, (_, _, target))| target.scorer.schema_fault(&answer.text));
    Ok(Reply {
        record,
        answer: heard.answer,
        schema_fault: fault.map(|fault| score::redacted(&fault, &session.secrets).0),
    })
}

/// Keeps what is told of one unit.
#[derive(Default)]
struct Heard {
    record: Option<CaseRecord>,
    answer: Option<Answer>,
}

impl Sink for Heard {
    fn take(&mut self, event: &Event) -> Result<(), String> {
        match event {
            Event::Answered(answer) => self.answer = Some((**answer).clone()),
            Event::Case { record, .. } => self.record = Some((**record).clone()),
            Event::Started { .. } | Event::SlowedDown { .. } | Event::Stopped(_) => {}
        }
        Ok(())
    }
}
