//! What the ledger keeps of a run and of its gates: digests, counts, scores, verdicts.
//!
//! No answer, no input and no case stands here. A record outlives the pack of its run, and it says
//! of the run what can be compared with the pack as long as there is one.

mod kept;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::evals::gate::{Decision, GateResult, IntervalRecord, RunVerdict};
use crate::evals::pairs::Compared;
use crate::evals::record::{CaseRecord, EntryStamp, Fingerprint, JudgeStamp, RunRecord, Totals};
use crate::evals::report;
use crate::evals::table::Table;
use crate::registry::policy::gates::Gates;
use crate::registry::suite::Tier;
use crate::stats::{Level, StatsFault};

pub use self::kept::{Kept, Local, Vouch, kept, vouched};

/// A prompt that was asked, and its model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedPrompt {
    /// The prompt.
    pub prompt: EntryStamp,
    /// The model.
    pub model: EntryStamp,
}

/// One metric over a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordedScore {
    /// The metric.
    pub metric: String,
    /// How many cases have a value.
    pub n: u32,
    /// How many answers should have one and do not.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unscored: u64,
    /// The mean.
    pub value: f64,
    /// Its interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<IntervalRecord>,
    /// The mean of the baseline, over the cases that both have a value of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<f64>,
    /// The mean less the baseline's, over the same cases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delta: Option<f64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// How far the cases of a run reach.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extent {
    /// Cases by domain; those without one stand under an empty name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub domains: BTreeMap<String, u32>,
    /// Cases that name no bar.
    #[serde(default)]
    pub without_bar: u32,
}

impl Extent {
    /// Counts a record; a case that ran several times counts once.
    pub fn add(&mut self, case: &CaseRecord) {
        if case.repeat > 0 {
            return;
        }
        *self.domains.entry(case.domain.clone()).or_default() += 1;
        self.without_bar += u32::from(case.bar.is_none());
    }

    /// Counts records.
    #[must_use]
    pub fn of<'a>(cases: impl IntoIterator<Item = &'a CaseRecord>) -> Self {
        let mut extent = Self::default();
        cases.into_iter().for_each(|case| extent.add(case));
        extent
    }
}

/// What was made of the cases of a run.
#[derive(Debug, Clone, Copy)]
pub struct Measured<'a> {
    /// Their table.
    pub table: &'a Table,
    /// How far they reach.
    pub extent: &'a Extent,
    /// The policy that decided.
    pub policy: Option<&'a Gates>,
    /// The run beside its baseline.
    pub compared: Option<&'a Compared>,
}

/// The payload of a record of kind `run`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordedRun {
    /// The id of the run.
    pub run: String,
    /// The digest of its header.
    pub digest: Digest,
    /// The digest of its pack.
    pub pack: Digest,
    /// When it began (ISO 8601, UTC).
    pub created: String,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<String>,
    /// The version of Keelmark.
    pub tool: String,
    /// The commit that was run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The tier whose requirements counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<Tier>,
    /// How often each case was run, unless it says otherwise.
    pub repeat: u32,
    /// Whether only recorded and cached answers were used.
    pub offline: bool,
    /// The suite.
    pub suite: EntryStamp,
    /// The journey that the suite measures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub journey: Option<String>,
    /// The dataset; a suite with cases of its own has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataset: Option<EntryStamp>,
    /// The label of the model column.
    pub model: String,
    /// The prompts that were asked.
    pub prompts: Vec<RecordedPrompt>,
    /// The judges by metric.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub judges: BTreeMap<String, JudgeStamp>,
    /// The profile that says how bad hits are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<EntryStamp>,
    /// The signatures of metrics and detectors.
    pub signatures: Vec<String>,
    /// The digest of the gates policy that decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gates: Option<Digest>,
    /// The digest of the baseline that was compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Digest>,
    /// The instruments.
    pub fingerprint: Fingerprint,
    /// The seed of everything random.
    pub seed: u64,
    /// Totals.
    pub totals: Totals,
    /// How far the cases reach.
    pub extent: Extent,
    /// The metrics, sorted by name.
    pub scores: Vec<RecordedScore>,
}

impl RecordedRun {
    /// Makes the payload of a run whose pack is named.
    ///
    /// # Errors
    /// When a mean cannot be computed, or the policy's confidence is none.
    pub fn of(run: &RunRecord, pack: Digest, measured: &Measured<'_>) -> Result<Self, StatsFault> {
        let prompts = run.prompts.iter().map(|stamp| RecordedPrompt {
            prompt: stamp.prompt.clone(),
            model: stamp.model.clone(),
        });
        Ok(Self {
            run: run.id.clone(),
            digest: run.digest(),
            pack,
            created: run.created.clone(),
            finished: run.finished.clone(),
            tool: run.tool.clone(),
            commit: run.git.commit.clone(),
            tier: run.settings.tier,
            repeat: run.settings.repeat,
            offline: run.settings.offline,
            suite: run.suite.clone(),
            journey: run.journey.clone(),
            dataset: run.dataset.clone(),
            model: run.model.clone(),
            prompts: prompts.collect(),
            judges: run.judges.clone(),
            profile: run.profile.clone(),
            signatures: run.signatures.clone(),
            gates: run.gates,
            baseline: run.baseline,
            fingerprint: run.fingerprint.clone(),
            seed: run.seed,
            totals: run.totals,
            extent: measured.extent.clone(),
            scores: scores(run, measured)?,
        })
    }

    /// Returns the subject of the records of the run: its suite.
    #[must_use]
    pub fn subject(&self) -> String {
        format!("{}@{}", self.suite.entry, self.suite.version)
    }

    /// Forgets what only a baseline can say, for a comparison where it is not at hand.
    #[must_use]
    pub fn without_baseline(mut self) -> Self {
        for score in &mut self.scores {
            (score.baseline, score.delta) = (None, None);
        }
        self
    }
}

fn scores(run: &RunRecord, measured: &Measured<'_>) -> Result<Vec<RecordedScore>, StatsFault> {
    let confidence = Level::new(measured.policy.map_or(0.95, |policy| policy.confidence))?;
    let summaries = report::metrics(run, measured.table, measured.policy, confidence)?;
    let mut scores = Vec::with_capacity(summaries.len());
    for summary in summaries {
        let paired = match measured.compared {
            Some(Compared::Paired(pairs)) => pairs.series(&summary.name),
            Some(Compared::Incomparable(_)) | None => None,
        };
        let means = paired.and_then(|series| Some((mean(&series.before)?, mean(&series.after)?)));
        scores.push(RecordedScore {
            metric: summary.name,
            n: summary.n,
            unscored: summary.unscored,
            value: summary.mean.value,
            interval: summary.mean.interval,
            baseline: means.map(|(before, _)| before),
            delta: means.map(|(before, after)| after - before),
        });
    }
    Ok(scores)
}

fn mean(values: &[f64]) -> Option<f64> {
    let n = u32::try_from(values.len()).ok().filter(|n| *n > 0)?;
    Some(values.iter().sum::<f64>() / f64::from(n))
}

/// The payload of a record of kind `gate`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordedGate {
    /// The id of the run.
    pub run: String,
    /// The digest of its header.
    pub digest: Digest,
    /// The digest of its pack.
    pub pack: Digest,
    /// The suite.
    pub suite: String,
    /// The label of the model column.
    pub model: String,
    /// The tier whose requirements counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<Tier>,
    /// The digest of the gates policy that decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gates: Option<Digest>,
    /// The digest of the baseline that was compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Digest>,
    /// What the gates say together.
    pub decision: RunVerdict,
    /// What each says, without the cases that break it.
    pub verdicts: Vec<GateResult>,
    /// Why an inconclusive gate was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_inconclusive: Option<String>,
}

impl RecordedGate {
    /// Makes the payload of a run that was judged.
    #[must_use]
    pub fn of(run: &RunRecord, pack: Digest) -> Self {
        let verdicts = run.verdicts.iter().cloned();
        Self {
            run: run.id.clone(),
            digest: run.digest(),
            pack,
            suite: run.suite.entry.clone(),
            model: run.model.clone(),
            tier: run.settings.tier,
            gates: run.gates,
            baseline: run.baseline,
            decision: Decision::of(&run.verdicts).verdict(),
            verdicts: verdicts.map(|gate| GateResult { offenders: Vec::new(), ..gate }).collect(),
            accepted_inconclusive: run.accepted_inconclusive.clone(),
        }
    }
}
