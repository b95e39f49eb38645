//! Scoring a record again: what of it is arithmetic, and what has to be believed.
//!
//! Scores of answers that redaction left alone are computed again and must be equal to the last
//! bit. Judges' verdicts, latencies, costs, and scores of redacted texts are attested: they stand as
//! they were recorded.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde_json::json;

use super::record::{CaseRecord, ExpectedRecord, Outcome, RunRecord};
use super::score::{Given, Scored, Scorer};
use super::table::{Keep, Scope, Table, TableFault};
use super::{guard, judge};
use crate::cases::{Case, CasePlace, Check, Expected};
use crate::metrics::TextMetric;
use crate::provider::Finish;
use crate::template::Variables;

/// Scores that only time, money or a judge can give.
const ATTESTED: [&str; 3] = ["latency_ms", "cost_usd", "sme"];

/// The signature of `schema_valid`.
pub const SCHEMA_VALID: &str = "schema_valid/1|draft:2020-12|answer:json-object-or-fence";

/// Says whether a signature of a record is that of a metric, detector or judge here.
#[must_use]
pub fn scores_here(signature: &str) -> bool {
    let name = signature.split(['/', '=']).next().unwrap_or_default();
    TextMetric::from_name(name).is_some_and(|metric| metric.signature() == signature)
        || guard::signature(name).is_some_and(|here| here == signature)
        || [SCHEMA_VALID, judge::PROTOCOL].contains(&signature)
}

/// A score that is not what was recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Different {
    /// The case.
    pub case: String,
    /// Which repeat.
    pub repeat: u32,
    /// The metric, or the guardrail.
    pub metric: String,
    /// What was recorded.
    pub recorded: Option<f64>,
    /// What was computed.
    pub computed: Option<f64>,
}

/// What came of scoring records again.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Replayed {
    /// Scores that were computed again and are equal.
    pub equal: u64,
    /// Scores that stand as they were recorded.
    pub attested: u64,
    /// Scores that differ.
    pub different: Vec<Different>,
}

impl Replayed {
    /// Adds what came of other records.
    pub fn join(&mut self, other: Self) {
        self.equal += other.equal;
        self.attested += other.attested;
        self.different.extend(other.different);
    }
}

/// Scores records of one run again.
#[derive(Debug)]
pub struct Replay<'a> {
    run: &'a RunRecord,
    scorers: Vec<Scorer>,
}

impl<'a> Replay<'a> {
    /// Prepares to score the records of a run with what the run itself says of its prompts.
    #[must_use]
    pub fn new(run: &'a RunRecord) -> Self {
        let scorer = |outputs| Scorer::new(run.answer.as_deref(), outputs, BTreeMap::new());
        Self { run, scorers: run.prompts.iter().map(|prompt| scorer(&prompt.outputs)).collect() }
    }

    /// Scores one record again.
    #[must_use]
    pub fn case(&self, record: &CaseRecord) -> Replayed {
        let recorded = record.scores.len() + record.guardrails.len();
        let attested = Replayed { attested: recorded as u64, ..Replayed::default() };
        let Some(answer) = record.answer.as_ref().filter(|_| record.is_untouched()) else {
            return attested;
        };
        let (Some(target), Some(case)) =
            (self.scorers.get(usize::from(record.prompt)), case_of(record))
        else {
            return attested;
        };
        let inputs: Variables = [("sources".to_owned(), json!(record.sources))].into();
        let mut scored = target.score(&Given {
            case: &case,
            inputs: &inputs,
            text: &answer.text,
            finish: finish(&answer.finish),
            live_latency_ms: None,
            cost_usd: None,
        });
        // What cannot be computed again is taken as it was recorded, and the rest follows from it.
        for (metric, recorded) in
            record.scores.iter().filter(|(metric, _)| self.is_attested(metric))
        {
            scored.scores.insert(metric.clone(), *recorded);
        }
        for (metric, why) in record.unscored.iter().filter(|(metric, _)| self.is_attested(metric)) {
            scored.unscored.insert(metric.clone(), why.clone());
        }
        let outcome = Scorer::outcome(&case, &record.metric, &scored);
        let mut replayed = self.compare(record, &scored);
        if outcome != record.outcome || scored.refused != record.refused {
            let pass = |outcome| Some(f64::from(u8::from(outcome == Outcome::Pass)));
            replayed.different.push(Different {
                case: record.case.clone(),
                repeat: record.repeat,
                metric: "outcome".to_owned(),
                recorded: pass(record.outcome),
                computed: pass(outcome),
            });
        }
        replayed
    }

    /// Says whether only time, money, a person or a judge can give a score.
    fn is_attested(&self, metric: &str) -> bool {
        ATTESTED.contains(&metric) || self.run.judges.contains_key(metric)
    }

    fn compare(&self, record: &CaseRecord, scored: &Scored) -> Replayed {
        let mut replayed = Replayed::default();
        let mut different = |metric: &str, recorded, computed| {
            replayed.different.push(Different {
                case: record.case.clone(),
                repeat: record.repeat,
                metric: metric.to_owned(),
                recorded,
                computed,
            });
        };
        let (mut equal, mut attested) = (0, 0);
        for (metric, recorded) in &record.scores {
            if self.is_attested(metric) {
                attested += 1;
                continue;
            }
            let computed = scored.scores.get(metric).copied();
            if computed.is_some_and(|computed| computed.to_bits() == recorded.to_bits()) {
                equal += 1;
            } else {
                different(metric, Some(*recorded), computed);
            }
        }
        for (metric, computed) in &scored.scores {
            if !record.scores.contains_key(metric) {
                different(metric, None, Some(*computed));
            }
        }
        let hit = |hit: bool| f64::from(u8::from(hit));
        for (name, recorded) in &record.guardrails {
            match scored.guardrails.get(name) {
                Some(computed) if computed.hit == recorded.hit => equal += 1,
                computed => {
                    different(name, Some(hit(recorded.hit)), computed.map(|found| hit(found.hit)));
                }
            }
        }
        replayed.equal = equal;
        replayed.attested = attested;
        replayed
    }
}

/// Scores the records of one run again, some at a time, and keeps their table beside it.
#[derive(Debug)]
pub struct Rescoring<'a> {
    replay: Replay<'a>,
    table: Table,
    replayed: Replayed,
}

impl<'a> Rescoring<'a> {
    /// Starts with no case; the table keeps what is said.
    #[must_use]
    pub fn new(run: &'a RunRecord, keep: Keep) -> Self {
        Self { replay: Replay::new(run), table: Table::new(keep), replayed: Replayed::default() }
    }

    /// Scores some records, over all cores; what comes of them is added in their order.
    ///
    /// # Errors
    /// A record that the table refuses.
    pub fn add(&mut self, cases: &[CaseRecord]) -> Result<(), TableFault> {
        let results: Vec<Replayed> = cases.par_iter().map(|case| self.replay.case(case)).collect();
        for (case, result) in cases.iter().zip(results) {
            self.table.add(case)?;
            self.replayed.join(result);
        }
        Ok(())
    }

    /// Returns the table of the recorded scores, and what came of scoring them again.
    #[must_use]
    pub fn finish(self) -> (Table, Replayed) {
        (self.table, self.replayed)
    }
}

/// Returns each metric of a table with the number of cases that have a value, and their mean.
#[must_use]
pub fn means(table: &Table) -> Vec<(String, u32, f64)> {
    let mut means = Vec::new();
    for metric in table.metrics() {
        let (mut n, mut sum) = (0_u32, 0.0);
        for (_, value) in table.each_value(metric, &Scope::all()) {
            n += 1;
            sum += value;
        }
        if n > 0 {
            means.push((metric.to_owned(), n, sum / f64::from(n)));
        }
    }
    means
}

/// Makes the case of a record; `None` where what it expected was withheld.
fn case_of(record: &CaseRecord) -> Option<Case> {
    let expected = match &record.expected {
        ExpectedRecord::None => Expected::None,
        ExpectedRecord::Text(text) => Expected::Text(text.clone()),
        ExpectedRecord::Block => Expected::Block,
        ExpectedRecord::Withheld => return None,
    };
    let bar = record.bar.as_ref().and_then(|bar| bar.parse().ok());
    Some(Case {
        id: record.case.clone(),
        domain: record.domain.clone(),
        input: record.input.clone(),
        variables: Variables::new(),
        expected,
        check: Check { metric: record.metric.clone(), bar },
        guardrails: record.guardrails.keys().cloned().collect(),
        notes: String::new(),
        metadata: record.metadata.clone(),
        repeat: None,
        place: CasePlace::default(),
    })
}

fn finish(word: &str) -> Finish {
    match word {
        "stop" => Finish::Stop,
        "length" => Finish::Length,
        "blocked" => Finish::Blocked,
        "tool_calls" => Finish::ToolCalls,
        _ => Finish::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_scores_here_is_known_and_other_versions_are_not() {
        let texts = TextMetric::ALL.map(|metric| metric.signature().to_owned());
        let guardrails = ["no_toxicity", "no_pii", "citations_required", "jailbreak_block"];
        let guardrails = guardrails.map(|name| guard::signature(name).expect("a detector"));
        let others = [SCHEMA_VALID, judge::PROTOCOL].map(ToOwned::to_owned);
        for signature in texts.iter().chain(&guardrails).chain(&others) {
            assert!(scores_here(signature), "{signature}");
        }
        for signature in ["", "exact", "exact/0|case:mixed", "no_pii=pii/0", "meteor/1", "=", "/"] {
            assert!(!scores_here(signature), "{signature}");
        }
    }
}
