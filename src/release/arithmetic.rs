//! Arithmetic: what of a recorded run follows from its records alone, computed again.
//!
//! Scores of answers that redaction left alone, the table of all scores and the gates over it are
//! computed again and must be what was recorded, to the last bit. What only time, money, a person
//! or a judge can say is attested: counted, and not proven.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use crate::digest::{Digest, canonical_json};
use crate::evals::baseline::Baseline;
use crate::evals::gate::{BarSource, CourtFault, GateResult};
use crate::evals::pairs::Compared;
use crate::evals::record::{CaseRecord, RunRecord, Status};
use crate::evals::replay::{Different, Replayed, Rescoring, scores_here};
use crate::evals::ruling;
use crate::evals::table::{Table, TableFault};
use crate::registry::policy::gates::Gates;
use crate::release::pack::{Pack, PackFault};
use crate::release::recorded::{Extent, Measured, RecordedGate, RecordedRun};
use crate::stats::StatsFault;

/// How many cases are scored together; memory is bounded by it.
const BATCH: usize = 1_024;

/// What a run was judged by, as somebody found it again, with the digests of the files.
#[derive(Debug, Clone, Copy, Default)]
pub struct Law<'a> {
    /// The gates policy; `None` where there is none.
    pub gates: Option<(&'a Gates, Digest)>,
    /// The baseline; `None` where it is not at hand. Gates against it are attested then.
    pub baseline: Option<(&'a Baseline, Digest)>,
}

/// What came of computing a run again.
#[derive(Debug, Clone)]
pub struct Arithmetic {
    /// Scores that were computed again and are equal.
    pub scores: u64,
    /// Scores that stand as they were recorded.
    pub attested: u64,
    /// Gates that were computed again and say the same.
    pub gates: u32,
    /// Gates that compare with a baseline that is not at hand, and stand as they were recorded.
    pub gates_attested: u32,
    /// The first thing that is not as it was recorded; nothing behind it is counted.
    pub first: Option<Unequal>,
    /// The table of the recorded scores.
    pub table: Table,
    /// How far the cases reach.
    pub extent: Extent,
    /// The run beside its baseline, where that is at hand.
    pub compared: Option<Compared>,
}

impl Arithmetic {
    /// Says whether everything that can be computed again is as it was recorded.
    #[must_use]
    pub const fn holds(&self) -> bool {
        self.first.is_none()
    }

    /// Names the first key of the ledger's records of a run that its pack does not bear out.
    ///
    /// # Errors
    /// When a mean cannot be computed.
    pub fn disagrees(
        &self,
        run: &RunRecord,
        law: &Law<'_>,
        (kept, gate): (&RecordedRun, &RecordedGate),
    ) -> Result<Option<String>, StatsFault> {
        let measured = Measured {
            table: &self.table,
            extent: &self.extent,
            policy: law.gates.map(|(gates, _)| gates),
            compared: self.compared.as_ref(),
        };
        let mut computed = RecordedRun::of(run, kept.pack, &measured)?;
        let mut kept = kept.clone();
        if run.baseline.is_some() && self.compared.is_none() {
            (computed, kept) = (computed.without_baseline(), kept.without_baseline());
        }
        let own = RecordedGate::of(run, gate.pack);
        Ok(first_key(&kept, &computed).or_else(|| first_key(gate, &own)))
    }
}

/// Something that is not as it was recorded.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Unequal {
    /// A score, a guardrail or an outcome.
    #[error(
        "case `{}`, repeat {}: `{}` was recorded as {} and is {}",
        .0.case, .0.repeat, .0.metric, shown(.0.recorded), shown(.0.computed)
    )]
    Score(Different),
    /// A run that was stopped, or of some cases only: such runs are not recorded.
    #[error("its header says that the run is not whole")]
    NotWhole,
    /// The number of cases.
    #[error("the header counts {recorded} cases, and there are {computed}")]
    Cases {
        /// What the header says.
        recorded: u32,
        /// What there is.
        computed: u32,
    },
    /// A policy that is not the one that decided.
    #[error("it was judged by the gates policy {}, and here is {}", digits(.recorded.as_ref()), digits(.given.as_ref()))]
    Policy {
        /// The digest in the record.
        recorded: Option<Digest>,
        /// The digest of what is at hand.
        given: Option<Digest>,
    },
    /// A gate.
    #[error("gate {number} (`{metric}`) was recorded as {recorded} and is {computed}")]
    Gate {
        /// Its place, from 1.
        number: usize,
        /// Its metric.
        metric: String,
        /// What the record says of it, as JSON.
        recorded: String,
        /// What it says, as JSON.
        computed: String,
    },
}

/// Why nothing could be computed.
#[derive(Debug, thiserror::Error)]
pub enum ArithmeticFault {
    /// A pack that cannot be read.
    #[error(transparent)]
    Pack(#[from] PackFault),
    /// Records that no table can hold.
    #[error(transparent)]
    Table(#[from] TableFault),
    /// A policy that cannot be applied.
    #[error(transparent)]
    Policy(#[from] CourtFault),
    /// A metric or detector of another version.
    #[error("`{signature}` is not what scores here; Keelmark {tool} made the run")]
    Signature {
        /// What scored.
        signature: String,
        /// The version of Keelmark that has it.
        tool: String,
    },
}

/// Computes a pack again.
///
/// # Errors
/// The pack cannot be read, holds records that no table can hold or that another version of a metric
/// scored, or the policy cannot be applied.
pub fn compute(pack: &Pack<'_>, law: &Law<'_>) -> Result<Arithmetic, ArithmeticFault> {
    let run = &pack.run;
    if let Some(signature) = run.signatures.iter().find(|signature| !scores_here(signature)) {
        let (signature, tool) = (signature.clone(), run.tool.clone());
        return Err(ArithmeticFault::Signature { signature, tool });
    }
    let policy = law.gates.map(|(gates, _)| gates);
    let mut rescoring = Rescoring::new(run, ruling::keep(policy));
    let mut extent = Extent::default();
    let mut cases = pack.cases();
    loop {
        let batch: Vec<CaseRecord> = cases.by_ref().take(BATCH).collect::<Result<_, _>>()?;
        if batch.is_empty() {
            break;
        }
        rescoring.add(&batch)?;
        for case in &batch {
            extent.add(case);
        }
    }
    let (table, replayed) = rescoring.finish();
    let Replayed { equal, attested, different } = replayed;
    let baseline = law.baseline.filter(|(_, digest)| Some(*digest) == run.baseline);
    let compared = baseline.map(|(baseline, _)| Compared::of(baseline, &run.fingerprint, &table));
    let mut found = Arithmetic {
        scores: equal,
        attested,
        gates: 0,
        gates_attested: 0,
        first: None,
        table,
        extent,
        compared,
    };
    found.first = match different.into_iter().next() {
        Some(different) => Some(Unequal::Score(different)),
        None => gates(run, law, &mut found)?,
    };
    Ok(found)
}

/// Judges the run again and returns the first gate that says something else.
fn gates(
    run: &RunRecord,
    law: &Law<'_>,
    found: &mut Arithmetic,
) -> Result<Option<Unequal>, CourtFault> {
    let settings = &run.settings;
    let is_whole = settings.shard.is_none() && settings.filters.is_empty();
    if run.status != Status::Finished || !is_whole {
        return Ok(Some(Unequal::NotWhole));
    }
    let computed = u32::try_from(found.table.cases()).unwrap_or(u32::MAX);
    if run.totals.cases != computed {
        return Ok(Some(Unequal::Cases { recorded: run.totals.cases, computed }));
    }
    let given = law.gates.map(|(_, digest)| digest);
    if run.gates != given {
        return Ok(Some(Unequal::Policy { recorded: run.gates, given }));
    }
    let policy = law.gates.map(|(gates, _)| gates);
    let compared = found.compared.as_ref();
    let is_lost = run.baseline.is_some() && compared.is_none();
    let results = ruling::verdicts(run, policy, compared, &found.table)?;
    for number in 0..results.len().max(run.verdicts.len()) {
        let (recorded, computed) = (run.verdicts.get(number), results.get(number));
        let is_attested = |gate: &GateResult| is_lost && gate.source == BarSource::Baseline;
        if let (Some(one), Some(other)) = (recorded, computed)
            && one.metric == other.metric
            && is_attested(one)
            && is_attested(other)
        {
            found.gates_attested += 1;
        } else if text(recorded) == text(computed) {
            found.gates += 1;
        } else {
            let metric = recorded.or(computed).map(|gate| gate.metric.clone()).unwrap_or_default();
            return Ok(Some(Unequal::Gate {
                number: number + 1,
                metric,
                recorded: text(recorded),
                computed: text(computed),
            }));
        }
    }
    Ok(None)
}

/// Returns the first key that two values have not in common.
fn first_key<T: Serialize>(one: &T, other: &T) -> Option<String> {
    let keys = |value: &T| match serde_json::to_value(value) {
        Ok(Value::Object(map)) => map,
        _ => serde_json::Map::new(),
    };
    let (one, other) = (keys(one), keys(other));
    let all: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    // In the canonical form, in which the ledger keeps them: it has one zero.
    let text = |value: Option<&Value>| value.map(canonical_json);
    all.into_iter().find(|key| text(one.get(*key)) != text(other.get(*key))).cloned()
}

/// Writes a result in its canonical form: two are equal when all of their numbers are, to the bit.
fn text(result: Option<&GateResult>) -> String {
    result.map_or_else(
        || "nothing".to_owned(),
        |result| canonical_json(&serde_json::to_value(result).unwrap_or_default()),
    )
}

fn shown(score: Option<f64>) -> String {
    score.map_or_else(|| "nothing".to_owned(), |score| score.to_string())
}

fn digits(digest: Option<&Digest>) -> String {
    digest.map_or_else(|| "none".to_owned(), |digest| digest.short(12))
}
