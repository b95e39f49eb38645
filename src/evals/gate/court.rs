//! The court: policy gates over a table.

use std::collections::BTreeMap;

use super::decide::{self, MOST_OFFENDERS};
use super::measure::{self, Estimate};
use super::words::{aggregate_word, count, join, tier_word};
use super::{BarSource, GateResult, Verdict};
use crate::cases::Bar;
use crate::evals::pairs::Compared;
use crate::evals::table::{Coverage, Scope, Table};
use crate::registry::policy::gates::{Gate, Gates};
use crate::registry::suite::Tier;
use crate::stats::Level;

/// What a run is judged by.
#[derive(Debug, Clone)]
pub struct Court<'a> {
    /// The gates policy, of the base; without one every case must pass.
    pub policy: Option<&'a Gates>,
    /// The id of the suite.
    pub suite: &'a str,
    /// The journey that the suite measures.
    pub journey: Option<&'a str>,
    /// The tier whose requirements count.
    pub tier: Option<Tier>,
    /// Judged metrics that advise, each with the reason.
    pub advisory: BTreeMap<String, String>,
    /// The least coverage that each judge asks for, by metric; the policy's holds as well.
    pub judge_coverage: BTreeMap<String, f64>,
    /// The run beside its baseline; `None` where there is no baseline.
    pub baseline: Option<&'a Compared>,
    /// The seed of the bootstrap.
    pub seed: u64,
}

/// A policy that cannot be applied.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CourtFault {
    /// A bar or a tail that is none.
    #[error("gate {position} on `{metric}`: `{text}` is no bar; a bar is such as `>= 0.8`")]
    Bar {
        /// The place of the gate, from 1.
        position: usize,
        /// Its metric.
        metric: String,
        /// What is written.
        text: String,
    },
    /// A number outside its range.
    #[error("`{key}` of the gates policy is {value}, expected {expected}")]
    Number {
        /// The key.
        key: String,
        /// Its value.
        value: f64,
        /// The range, in words.
        expected: &'static str,
    },
}

/// One gate with its bars read.
pub(super) struct Judged<'a> {
    pub(super) gate: &'a Gate,
    pub(super) bar: Bar,
    pub(super) tail: Option<Bar>,
}

impl Court<'_> {
    /// Judges a run: the policy's gates in its order, then bars of cases, then the baseline.
    ///
    /// The table must have been made with [`crate::evals::table::Keep::of_policy`] of the same policy,
    /// for gates with `where` count nothing else.
    pub fn judge(&self, table: &Table) -> Result<Vec<GateResult>, CourtFault> {
        let confidence = self.confidence()?;
        let gates = self.applicable()?;
        let mut results: Vec<GateResult> =
            gates.iter().map(|gate| self.judge_gate(gate, table, confidence)).collect();
        results.extend(self.judge_cases(&gates, table, confidence));
        results.extend(self.judge_baseline(table, confidence)?);
        Ok(results)
    }

    /// Reads the confidence of every interval.
    pub(super) fn confidence(&self) -> Result<Level, CourtFault> {
        let value = self.policy.map_or(0.95, |policy| policy.confidence);
        let fault = |_| CourtFault::Number {
            key: "confidence".to_owned(),
            value,
            expected: "between 0 and 1",
        };
        Level::new(value).map_err(fault)
    }

    /// Reads the gates that hold for this suite and journey.
    fn applicable(&self) -> Result<Vec<Judged<'_>>, CourtFault> {
        let gates = self.policy.map(|policy| policy.gates.as_slice()).unwrap_or_default();
        let bare = |suite: &str| suite.strip_prefix("suite/").unwrap_or(suite).to_owned();
        let mut judged = Vec::new();
        for (position, gate) in gates.iter().enumerate() {
            let read = |text: &String| {
                text.parse::<Bar>().map_err(|_| CourtFault::Bar {
                    position: position + 1,
                    metric: gate.metric.clone(),
                    text: text.clone(),
                })
            };
            let bar = read(&gate.bar)?;
            let tail = gate.tail.as_ref().map(read).transpose()?;
            let is_suite =
                gate.suite.as_deref().is_none_or(|suite| bare(suite) == bare(self.suite));
            let is_journey = gate.journey.is_none() || gate.journey.as_deref() == self.journey;
            if is_suite && is_journey {
                judged.push(Judged { gate, bar, tail });
            }
        }
        Ok(judged)
    }

    fn judge_gate(&self, judged: &Judged<'_>, table: &Table, confidence: Level) -> GateResult {
        let Judged { gate, bar, tail } = judged;
        let scope = Scope::of_gate(gate);
        let cases = table.values(&gate.metric, &scope);
        let coverage = table.coverage(&gate.metric, &scope);
        let aggregate = aggregate_word(gate.aggregate);
        let mut result = GateResult {
            category: gate.category.clone(),
            tail: tail.map(|tail| tail.to_string()),
            scope: scope.words(),
            n: u32::try_from(cases.len()).unwrap_or(u32::MAX),
            ..GateResult::new(BarSource::Policy, &gate.metric, aggregate, bar.to_string())
        };
        let lack = decide::lack_of_coverage(coverage, self.least_coverage(&gate.metric), table);
        if cases.is_empty() {
            match lack {
                Some(lack) => (result.verdict, result.reason) = (Verdict::Inconclusive, lack),
                None => self.not_measured(gate, coverage, &mut result),
            }
            return self.advise_on(result, coverage);
        }
        let values: Vec<f64> = cases.iter().map(|(_, value)| *value).collect();
        let mut reasons = vec![self.compare(judged, &values, confidence, &mut result)];
        if let (Some(lack), false) =
            (lack, decide::is_final(gate.aggregate, *bar, &result, &values))
        {
            result.verdict = Verdict::Inconclusive;
            reasons = vec![lack];
        }
        if let Some(tail) = tail {
            result.offenders = decide::offenders(&cases, *tail, table);
            if !result.offenders.is_empty() {
                result.verdict = Verdict::Fail;
                let verb = if result.offenders.len() == 1 { "breaks" } else { "break" };
                let cases = count(result.offenders.len(), "case");
                reasons.push(format!("{cases} {verb} the tail `{tail}`"));
            }
        }
        if result.offenders.is_empty() && result.verdict != Verdict::Pass {
            result.offenders = decide::offenders(&cases, *bar, table);
        }
        if result.verdict == Verdict::Pass {
            result.offenders = own_bars(&gate.metric, table, scope);
            if !result.offenders.is_empty() {
                let verb = if result.offenders.len() == 1 { "misses its" } else { "miss their" };
                let cases = count(result.offenders.len(), "case");
                reasons.push(format!("{cases} {verb} own bar, and the gate decides"));
            }
        }
        result.offenders.truncate(MOST_OFFENDERS);
        result.reason = join(reasons);
        self.advise_on(result, coverage)
    }

    /// Compares the values with the bar, and says why where the numbers do not.
    fn compare(
        &self,
        judged: &Judged<'_>,
        values: &[f64],
        confidence: Level,
        result: &mut GateResult,
    ) -> String {
        let Judged { gate, bar, .. } = judged;
        match measure::aggregate(&gate.metric, gate.aggregate, values, *bar, confidence) {
            Ok(Estimate { value, interval }) => {
                let how = gate.decide.or(self.policy.map(|p| p.decide)).unwrap_or_default();
                let (verdict, reason) =
                    decide::by_bar(how, gate.aggregate, value, interval.as_ref(), *bar);
                result.verdict = verdict;
                result.estimate = Some(value);
                result.interval = interval;
                // What so many cases can prove says it better than the end of an interval.
                let facts = decide::facts(gate, *bar, values, confidence);
                if facts.is_empty() { reason } else { facts }
            }
            Err(fault) => {
                result.verdict = Verdict::Inconclusive;
                fault.to_string()
            }
        }
    }

    /// Returns the least share of answers that must have a score.
    pub(super) fn least_coverage(&self, metric: &str) -> f64 {
        let policy = self.policy.map_or(1.0, |policy| policy.min_coverage);
        self.judge_coverage.get(metric).map_or(policy, |own| own.max(policy))
    }

    fn not_measured(&self, gate: &Gate, coverage: Coverage, result: &mut GateResult) {
        let why = if coverage.run == 0 {
            "no case is in its scope"
        } else if gate.metric == "latency_ms" {
            "no answer was timed: only the time of a live answer is a measurement"
        } else {
            "no case has this score"
        };
        why.clone_into(&mut result.reason);
        if let Some(tier) = self.tier.filter(|tier| gate.required_in.contains(tier)) {
            result.verdict = Verdict::Fail;
            result.reason = format!("{why}, and `required_in` names `{}`", tier_word(tier));
        }
    }

    /// Advises, unless answers are missing: that the model was not reached is no matter of the judge.
    pub(super) fn advise_on(&self, result: GateResult, coverage: Coverage) -> GateResult {
        let lacks = decide::lacks_answers(coverage, self.least_coverage(&result.metric));
        if lacks && result.verdict == Verdict::Inconclusive { result } else { self.advise(result) }
    }

    /// Turns what was compared into advice where the metric's judge may not gate.
    pub(super) fn advise(&self, mut result: GateResult) -> GateResult {
        let Some(why) = self.advisory.get(&result.metric) else { return result };
        let would = match result.verdict {
            Verdict::Pass => "the bar would hold",
            Verdict::Fail if result.n > 0 => "the bar would not hold",
            Verdict::Inconclusive => "the bar could not be decided",
            Verdict::Fail | Verdict::NotMeasured | Verdict::Advisory => return result,
        };
        result.verdict = Verdict::Advisory;
        let reason = std::mem::take(&mut result.reason);
        result.reason = join(vec![why.clone(), would.to_owned(), reason]);
        result
    }
}

/// Lists cases of a scope whose own bar is about a metric and does not hold.
fn own_bars(metric: &str, table: &Table, scope: Scope) -> Vec<String> {
    let tallies = table.tallies(&scope.about(metric));
    let broken = tallies.iter().filter(|(_, tally)| tally.broken > 0);
    broken.map(|(index, _)| table.shown(*index)).collect()
}
