//! Runs cases: renders, asks, scores, judges, and tells what happened.
//!
//! One thread a call in flight, up to `jobs`; they take units in order and hand finished cases to
//! the thread that called, which feeds the sink. A provider that is overloaded narrows the way in
//! for everybody ([`Limiter`]). Order of completion is the only thing that differs between two runs
//! with equal answers.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{OnceLock, mpsc};
use std::time::Duration;

use super::budget::Budget;
use super::cache::{Cache, Key};
use super::event::{Event, Sink, Stop};
use super::judge::{self, JudgeSide, PARSE_RETRIES, Question, Verdict};
use super::record::{AnswerRecord, CaseRecord, FaultRecord, JudgeRecord, Origin, Outcome, Tokens};
use super::score::{self, Given, Scored, Scorer};
use super::session::{Egress, ModelSide, Session, Unit};
use crate::cases::{self, Case};
use crate::digest::Digest;
use crate::money::MicroUsd;
use crate::provider::{Answer, FaultClass, Limiter, Request, RetryPolicy, complete_with_retries};
use crate::template::Variables;
use crate::time::Clock;

/// What counts sources that were redacted among the redactions of an answer.
const REDACTED_SOURCES: &str = "SOURCES";

/// How long a call waits until others have given back money that was set aside for them.
const WAIT_FOR_MONEY: Duration = Duration::from_millis(20);

/// The stack of a worker: rendering and JSON Schema recurse to a bounded depth.
const STACK_BYTES: usize = 1 << 20;

/// How a run is made.
pub struct Run<'a> {
    /// What is run.
    pub session: &'a Session,
    /// The units that are still to be run, in order.
    pub units: &'a [Unit],
    /// How many units an earlier part of the run has done.
    pub done: usize,
    /// Where answers are kept.
    pub cache: &'a dyn Cache,
    /// The clock.
    pub clock: &'a dyn Clock,
    /// Set by whoever wants the run to end.
    pub interrupted: &'a AtomicBool,
    /// The most calls at once.
    pub jobs: usize,
    /// Whether only the cache and recordings are asked.
    pub reach: Reach,
    /// What the run may cost.
    pub budget: &'a Budget,
    /// How calls are tried again.
    pub retry: RetryPolicy,
    /// How long the run may take.
    pub time_limit: Option<Duration>,
}

/// Who may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Everybody that is trusted.
    Online,
    /// Nobody: answers come from the cache, from recordings and from scripts.
    Offline,
}

/// What a run did, besides its cases.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ended {
    /// Why it ended early.
    pub stopped: Option<Stop>,
    /// What a sink said when it refused.
    pub sink_fault: Option<String>,
    /// Calls that were made, attempts included.
    pub calls: u64,
    /// Answers that the cache had.
    pub cached: u64,
    /// Units that were finished.
    pub finished: usize,
}

/// Runs the units and feeds the sink.
pub fn run(run: &Run<'_>, sink: &mut dyn Sink) -> Ended {
    let shared = Shared {
        run,
        next: AtomicUsize::new(0),
        stopped: OnceLock::new(),
        limiter: Limiter::new(u32::try_from(run.jobs).unwrap_or(u32::MAX)),
        began: run.clock.elapsed(),
        calls: AtomicUsize::new(0),
        cached: AtomicUsize::new(0),
    };
    let mut sink_fault = None;
    let mut finished = 0;
    let mut feed = |event: &Event| {
        if sink_fault.is_none()
            && let Err(fault) = sink.take(event)
        {
            sink_fault = Some(fault);
            shared.stop(Stop::Sink);
        } else if matches!(event, Event::Case { .. }) {
            finished += 1;
        }
    };
    feed(&Event::Started { wanted: run.units.len() + run.done, done: run.done });
    let workers = run.jobs.max(1).min(run.units.len());
    std::thread::scope(|scope| {
        let (sender, receiver) = mpsc::sync_channel::<Event>(256);
        for _ in 0..workers {
            let sender = sender.clone();
            let shared = &shared;
            let work = move || shared.work(&sender);
            let spawned =
                std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work);
            if spawned.is_err() {
                shared.stop(Stop::NoThread);
            }
        }
        drop(sender);
        for event in receiver {
            feed(&event);
        }
    });
    let stopped = shared.stopped.get().copied();
    if let Some(stop) = stopped {
        feed(&Event::Stopped(stop));
    }
    Ended {
        stopped,
        sink_fault,
        calls: shared.calls.load(Ordering::Acquire) as u64,
        cached: shared.cached.load(Ordering::Acquire) as u64,
        finished,
    }
}

/// What the workers share.
struct Shared<'a> {
    run: &'a Run<'a>,
    next: AtomicUsize,
    stopped: OnceLock<Stop>,
    limiter: Limiter,
    began: Duration,
    calls: AtomicUsize,
    cached: AtomicUsize,
}

/// An answer, and how it came.
struct Asked {
    answer: Answer,
    origin: Origin,
    attempts: u32,
    key: Digest,
    cost: Option<MicroUsd>,
}

/// Why there is no answer: a fault to be recorded, or the end of the run, after which the case
/// counts as not run.
enum NoAnswer {
    Fault(FaultRecord),
    Stopped,
}

impl Shared<'_> {
    fn stop(&self, why: Stop) {
        let _ = self.stopped.set(why);
    }

    /// Says whether the run is over for units that have not begun.
    fn is_over(&self) -> bool {
        if self.run.interrupted.load(Ordering::Acquire) {
            self.stop(Stop::Interrupted);
        }
        if let Some(limit) = self.run.time_limit
            && self.run.clock.elapsed().saturating_sub(self.began) >= limit
        {
            self.stop(Stop::TimeLimit { limit });
        }
        self.stopped.get().is_some()
    }

    fn work(&self, sender: &mpsc::SyncSender<Event>) {
        while !self.is_over() {
            let at = self.next.fetch_add(1, Ordering::AcqRel);
            let Some(unit) = self.run.units.get(at) else { return };
            let Some(record) = self.unit(*unit, sender) else { continue };
            let line = serde_json::to_string(&record).unwrap_or_default();
            if sender.send(Event::Case { record: Box::new(record), line }).is_err() {
                return;
            }
        }
    }

    /// Runs one unit; `None` where the run ended before it had its answer.
    fn unit(&self, unit: Unit, sender: &mpsc::SyncSender<Event>) -> Option<CaseRecord> {
        let session = self.run.session;
        let (case, prompt, target) = session.subject(unit)?;
        let mut record = blank(session, case, unit, prompt);
        let model = session.models.get(target.model)?;
        let (request, inputs) = match session.request(unit) {
            Ok(made) => made,
            Err(message) => {
                let message = self.redacted(&message).0;
                record.fault = Some(FaultRecord { class: "configuration".to_owned(), message });
                return Some(record);
            }
        };
        let asked = match self.ask(model, &request, sender) {
            Ok(asked) => asked,
            Err(NoAnswer::Stopped) => return None,
            Err(NoAnswer::Fault(fault)) => {
                record.fault = Some(fault);
                return Some(record);
            }
        };
        let given = Given {
            case,
            inputs: &inputs,
            text: &asked.answer.text,
            finish: asked.answer.finish,
            live_latency_ms: asked.answer.latency_ms.filter(|_| asked.origin == Origin::Live),
            cost_usd: asked.cost.map(MicroUsd::to_usd),
        };
        let mut scored = target.scorer.score(&given);
        if session.judged_metric(&case.check.metric).is_some() {
            for judge in session.judges.values() {
                let judged = self.judge(judge, &given, unit, &mut scored, sender)?;
                record.judged.insert(judge.metric.clone(), judged);
            }
        }
        record.outcome = Scorer::outcome(case, &record.metric, &scored);
        let mut answer = self.recorded(&asked);
        let (sources, touched) = self.redacted_sources(&scored.sources);
        if touched > 0 {
            answer.redactions.insert(REDACTED_SOURCES.to_owned(), touched);
        }
        record.answer = Some(answer);
        record.scores = scored.scores;
        record.unscored = scored.unscored;
        record.guardrails = scored.guardrails;
        record.refused = scored.refused;
        record.sources = sources;
        // Nobody listening any more is for the case itself to find out.
        let _ = sender.send(Event::Answered(Box::new(asked.answer)));
        Some(record)
    }

    /// Finds an answer: in the cache, or by asking.
    fn ask(
        &self,
        model: &ModelSide,
        request: &Request,
        sender: &mpsc::SyncSender<Event>,
    ) -> Result<Asked, NoAnswer> {
        let key = Key::new(&model.identity, request);
        let live = model.provider.is_live();
        if live && let Some(answer) = self.run.cache.get(&key, &request.case_id) {
            self.cached.fetch_add(1, Ordering::AcqRel);
            let cost = model.cost(answer.usage.as_ref());
            return Ok(Asked {
                answer,
                origin: Origin::Cached,
                attempts: 0,
                key: key.digest,
                cost,
            });
        }
        if live && self.run.reach == Reach::Offline {
            let near = self.run.cache.nearest(&key, &request.case_id);
            let near = near.map(|near| format!("; {near}")).unwrap_or_default();
            let short = key.digest.short(12);
            return Err(NoAnswer::Fault(FaultRecord {
                class: "not_recorded".to_owned(),
                message: format!(
                    "no answer is cached for `{}` under the key {short}{near}",
                    request.case_id
                ),
            }));
        }
        if !live {
            let answer = model.provider.complete(request).map_err(|fault| {
                NoAnswer::Fault(FaultRecord {
                    class: class_word(fault.class()).to_owned(),
                    message: self.redacted(&fault.to_string()).0,
                })
            })?;
            let cost = model.cost(answer.usage.as_ref());
            return Ok(Asked {
                answer,
                origin: Origin::Recorded,
                attempts: 1,
                key: key.digest,
                cost,
            });
        }
        let most = model.bound(request).unwrap_or(MicroUsd(0));
        while !self.run.budget.set_aside(most) {
            // A call that is running gives back what it did not cost.
            if self.run.budget.is_waiting() && !self.is_over() {
                self.run.clock.sleep(WAIT_FOR_MONEY);
                continue;
            }
            self.stop(Stop::CostCap { cap_micro_usd: self.run.budget.cap().unwrap_or_default() });
            return Err(NoAnswer::Stopped);
        }
        let permit = self.limiter.acquire();
        if self.is_over() {
            self.run.budget.settle(most, MicroUsd(0));
            return Err(NoAnswer::Stopped);
        }
        let stop = || self.is_over();
        let attempted = complete_with_retries(
            &*model.provider,
            request,
            &self.run.retry,
            self.run.clock,
            &stop,
        );
        let before = self.limiter.limit();
        permit.learn(&attempted);
        let after = self.limiter.limit();
        self.calls.fetch_add(attempted.attempts as usize, Ordering::AcqRel);
        if after < before {
            let _ = sender.send(Event::SlowedDown { calls: after });
        }
        match attempted.result {
            Ok(answer) => {
                let cost = model.cost(answer.usage.as_ref());
                // A provider that counts no tokens may have cost as much as it could.
                self.run.budget.settle(most, cost.unwrap_or(most));
                self.run.cache.put(&key, &request.case_id, &answer);
                let attempts = attempted.attempts;
                Ok(Asked { answer, origin: Origin::Live, attempts, key: key.digest, cost })
            }
            Err(fault) => {
                let billed = if fault.may_be_billed() { most } else { MicroUsd(0) };
                self.run.budget.settle(most, billed);
                if self.stopped.get().is_some() {
                    return Err(NoAnswer::Stopped);
                }
                let message = self.redacted(&fault.to_string()).0;
                let class = class_word(fault.class()).to_owned();
                Err(NoAnswer::Fault(FaultRecord { class, message }))
            }
        }
    }

    /// Asks one judge and puts its score beside the others; `None` where the run ended.
    fn judge(
        &self,
        judge: &JudgeSide,
        given: &Given<'_>,
        unit: Unit,
        scored: &mut Scored,
        sender: &mpsc::SyncSender<Event>,
    ) -> Option<JudgeRecord> {
        let session = self.run.session;
        let mut record =
            JudgeRecord { votes: Vec::new(), reason: String::new(), cost_micro_usd: None };
        if judge::addresses_judge(given.text) {
            "the answer speaks to its judge".clone_into(&mut record.reason);
            scored.unscored.insert(judge.metric.clone(), record.reason.clone());
            return Some(record);
        }
        let model = session.models.get(judge.model)?;
        let (inputs, answer) = self.egress(model, given);
        let question = Question {
            case_id: &given.case.id,
            repeat: unit.repeat,
            inputs: &inputs,
            answer: &answer,
        };
        let mut missing = String::new();
        for vote in 0..judge.votes.max(1) {
            for try_number in 0..=PARSE_RETRIES {
                let request = judge.request(&question, vote, try_number);
                let asked = match self.ask(model, &request, sender) {
                    Ok(asked) => asked,
                    Err(NoAnswer::Stopped) => return None,
                    Err(NoAnswer::Fault(fault)) => {
                        missing = fault.message;
                        break;
                    }
                };
                if let Some(cost) = asked.cost {
                    let before = record.cost_micro_usd.unwrap_or(0);
                    record.cost_micro_usd = Some(before.saturating_add(cost.0));
                }
                match judge.read(&asked.answer.text) {
                    Verdict::Score { score, reason } => {
                        record.votes.push(score);
                        record.reason = self.redacted(&reason).0;
                        break;
                    }
                    Verdict::Abstained { reason } => {
                        missing = format!("the judge abstained: {reason}");
                        break;
                    }
                    Verdict::Unreadable { why } => {
                        missing = format!("the judge's answer is no verdict: {why}");
                    }
                }
            }
        }
        if let Some(score) = judge::median(&record.votes) {
            scored.scores.insert(judge.metric.clone(), score);
        } else {
            record.reason = self.redacted(&missing).0;
            scored.unscored.insert(judge.metric.clone(), record.reason.clone());
        }
        Some(record)
    }

    /// Returns what a judge may see of inputs and answer.
    fn egress(&self, model: &ModelSide, given: &Given<'_>) -> (Variables, String) {
        match model.redact {
            Egress::AsItIs => (given.inputs.clone(), given.text.to_owned()),
            Egress::Redacted => {
                let inputs = given.inputs.iter();
                let inputs = inputs.map(|(name, value)| {
                    (name.clone(), score::redacted_value(value, &self.run.session.secrets))
                });
                (inputs.collect(), self.redacted(given.text).0)
            }
        }
    }

    fn redacted(&self, text: &str) -> (String, BTreeMap<String, u32>) {
        score::redacted(text, &self.run.session.secrets)
    }

    /// Redacts sources, and counts those that are not as they were.
    fn redacted_sources(&self, sources: &[String]) -> (Vec<String>, u32) {
        let mut touched = 0;
        let redacted = sources.iter().map(|source| {
            let (text, counts) = self.redacted(source);
            touched += u32::from(!counts.is_empty());
            text
        });
        (redacted.collect(), touched)
    }

    fn recorded(&self, asked: &Asked) -> AnswerRecord {
        let (text, redactions) = self.redacted(&asked.answer.text);
        AnswerRecord {
            text,
            redactions,
            origin: asked.origin,
            finish: score::finish_word(asked.answer.finish).to_owned(),
            model: asked.answer.model.as_ref().map(|name| self.redacted(name).0),
            fingerprint: asked.answer.fingerprint.as_ref().map(|name| self.redacted(name).0),
            tokens: asked.answer.usage.map(Tokens::from),
            cost_micro_usd: asked.cost.map(|cost| cost.0),
            attempts: asked.attempts,
            key: asked.key,
        }
    }
}

/// Returns the record of a unit before anything is known of its answer.
fn blank(session: &Session, case: &Case, unit: Unit, prompt: u16) -> CaseRecord {
    let metadata = case.metadata.iter();
    let metadata =
        metadata.map(|(key, value)| (key.clone(), score::redacted(value, &session.secrets).0));
    CaseRecord {
        index: unit.case,
        case: case.id.clone(),
        repeat: unit.repeat,
        domain: case.domain.clone(),
        metadata: metadata.collect(),
        row: cases::row_digest(case),
        prompt,
        input: score::redacted(&case.input, &session.secrets).0,
        expected: score::expected(&case.expected, &session.secrets),
        metric: session.judged_metric(&case.check.metric).unwrap_or(&case.check.metric).to_owned(),
        bar: case.check.bar.map(|bar| bar.to_string()),
        outcome: Outcome::Error,
        answer: None,
        fault: None,
        scores: BTreeMap::new(),
        unscored: BTreeMap::new(),
        guardrails: BTreeMap::new(),
        refused: false,
        sources: Vec::new(),
        judged: BTreeMap::new(),
    }
}

const fn class_word(class: FaultClass) -> &'static str {
    match class {
        FaultClass::Configuration => "configuration",
        FaultClass::Refused => "refused",
        FaultClass::Transient => "transient",
        FaultClass::NotRecorded => "not_recorded",
    }
}
