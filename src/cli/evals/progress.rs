//! Progress on a terminal: a bar with what passed, what failed and what it cost so far.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::context::Context;
use crate::evals::event::{Event, Sink};
use crate::evals::record::Outcome;
use crate::money::MicroUsd;

/// A bar; hidden where stderr is no terminal or nobody wants one.
pub(in crate::cli) struct Progress {
    bar: ProgressBar,
    failed: u64,
    errors: u64,
    cost: u64,
}

impl Progress {
    /// Makes a bar for a suite.
    pub(in crate::cli) fn new(context: &Context, name: &str) -> Self {
        let target = if context.global.no_progress || !context.printer.talks_to_a_terminal() {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr_with_hz(10)
        };
        let bar = ProgressBar::with_draw_target(Some(0), target);
        if let Ok(style) = ProgressStyle::with_template("{prefix} {bar:30} {pos}/{len} {msg}") {
            bar.set_style(style);
        }
        bar.set_prefix(name.to_owned());
        Self { bar, failed: 0, errors: 0, cost: 0 }
    }

    fn show(&self) {
        let cost = MicroUsd(self.cost);
        self.bar.set_message(format!("{} failed, {} errors, {cost}", self.failed, self.errors));
    }
}

impl Sink for Progress {
    fn take(&mut self, event: &Event) -> Result<(), String> {
        match event {
            Event::Started { wanted, done } => {
                self.bar.set_length(*wanted as u64);
                self.bar.set_position(*done as u64);
            }
            Event::Case { record, .. } => {
                self.failed += u64::from(record.outcome == Outcome::Fail);
                self.errors += u64::from(record.outcome == Outcome::Error);
                let answer = record.answer.as_ref().and_then(|answer| answer.cost_micro_usd);
                self.cost = self.cost.saturating_add(answer.unwrap_or_default());
                self.bar.inc(1);
                self.show();
            }
            Event::SlowedDown { calls } => {
                self.bar.println(format!(
                    "the provider is overloaded; {calls} calls at once from now on"
                ));
            }
            Event::Answered(_) | Event::Stopped(_) => {}
        }
        Ok(())
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
