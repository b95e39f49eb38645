//! What a run tells while it runs. Sinks show it, record it, add it up; none of them is known here.

use std::time::Duration;

use super::record::CaseRecord;
use crate::provider::Answer;

/// One thing that happened.
#[derive(Debug)]
pub enum Event {
    /// The run begins.
    Started {
        /// How many answers are wanted, those of an earlier part of the run included.
        wanted: usize,
        /// How many an earlier part of the run has already.
        done: usize,
    },
    /// A model under measurement has answered, and the answer is scored; the case follows. It is as
    /// the model gave it, and must never be recorded.
    Answered(Box<Answer>),
    /// A case is finished.
    Case {
        /// What is recorded of it.
        record: Box<CaseRecord>,
        /// The same as a line of `cases.jsonl`, without line end.
        line: String,
    },
    /// The provider asks for fewer calls at once.
    SlowedDown {
        /// How many calls may run at once from now on.
        calls: u32,
    },
    /// No further case is begun.
    Stopped(Stop),
}

/// Why no further case is begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Somebody asked for it.
    Interrupted,
    /// The next call could cost more than is left.
    CostCap {
        /// The cap, in millionths of a US dollar.
        cap_micro_usd: u64,
    },
    /// The run has taken its time.
    TimeLimit {
        /// The limit.
        limit: Duration,
    },
    /// A sink refused; its own error says why.
    Sink,
    /// The machine gives no further thread; fewer jobs may help.
    NoThread,
}

/// Takes events, in the order in which they happened.
pub trait Sink {
    /// Takes one event.
    ///
    /// # Errors
    /// What makes it pointless to go on, such as a full disk.
    fn take(&mut self, event: &Event) -> Result<(), String>;
}

/// Several sinks as one; the first that refuses stops the run.
pub struct Sinks<'a>(pub Vec<&'a mut dyn Sink>);

impl Sink for Sinks<'_> {
    fn take(&mut self, event: &Event) -> Result<(), String> {
        self.0.iter_mut().try_for_each(|sink| sink.take(event))
    }
}
