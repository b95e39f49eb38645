//! The record of a run: what anybody needs to believe a score, to replay it, or to doubt it.
//!
//! A record is a folder with two files. `run.json` is a [`RunRecord`]; `cases.jsonl` holds one
//! [`CaseRecord`] a line, in the order in which cases finished. Texts in it are redacted; scores
//! were taken on the raw answer. Sorted by `(index, repeat)` the lines of two runs can be compared.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::gate::GateResult;
use crate::digest::Digest;
use crate::provider::Usage;
use crate::registry::profile::HitSeverity;
use crate::registry::suite::Tier;

/// The schema of `run.json`.
pub const RUN_SCHEMA: &str = "keelmark.run.v1";

/// How a case ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Its bar and its guardrails hold.
    Pass,
    /// Its bar or one of its guardrails does not hold.
    Fail,
    /// The score that its bar is about could not be had, though there is an answer.
    Unscored,
    /// There is no answer.
    Error,
}

impl Outcome {
    /// Returns the word used in every format.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Unscored => "unscored",
            Self::Error => "error",
        }
    }
}

/// Where an answer came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A model was asked; its latency is a measurement.
    Live,
    /// The response cache had it.
    Cached,
    /// A recording or a script had it.
    Recorded,
}

/// Tokens as the provider counted them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// Tokens of the request.
    pub input: u64,
    /// Tokens of the answer.
    pub output: u64,
}

impl From<Usage> for Tokens {
    fn from(usage: Usage) -> Self {
        Self { input: usage.input_tokens, output: usage.output_tokens }
    }
}

/// What the model said, redacted, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AnswerRecord {
    /// The text, with placeholders where personal data or secrets stood.
    pub text: String,
    /// How many of each kind were redacted; empty where the text is as it was.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub redactions: BTreeMap<String, u32>,
    /// Where it came from.
    pub origin: Origin,
    /// Why the model stopped: `stop`, `length`, `blocked`, `tool_calls`, `other`.
    pub finish: String,
    /// The model that the provider says has answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The provider's own fingerprint of its system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// Tokens, where the provider counted them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Tokens>,
    /// What the answer costs at the manifest's prices, in millionths of a US dollar, whoever paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_micro_usd: Option<u64>,
    /// How often the model was asked.
    pub attempts: u32,
    /// The key of the response cache.
    pub key: Digest,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultRecord {
    /// `configuration`, `refused`, `transient`, `not_recorded`, `stopped`.
    pub class: String,
    /// What happened, redacted.
    pub message: String,
}

/// What a case expected.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExpectedRecord {
    /// Nothing.
    #[default]
    None,
    /// A reference.
    Text(String),
    /// A reference that holds personal data or a secret; the digest of the row stands for it.
    Withheld,
    /// A refusal.
    Block,
}

/// What one guardrail found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuardrailRecord {
    /// Whether it was hit.
    pub hit: bool,
    /// How bad a hit is, where a profile says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<HitSeverity>,
    /// What was hit, without the identifier itself.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// What one judge said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JudgeRecord {
    /// The votes that were scores.
    pub votes: Vec<f64>,
    /// The reason of the vote that counts, redacted; why there is no score, where there is none.
    pub reason: String,
    /// What the votes cost, in millionths of a US dollar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_micro_usd: Option<u64>,
}

/// One line of `cases.jsonl`: one case, run once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseRecord {
    /// The place of the case in its suite, from 0.
    pub index: u32,
    /// Its id.
    pub case: String,
    /// Which repeat, from 0.
    pub repeat: u32,
    /// Its domain.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub domain: String,
    /// Its metadata.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// The digest of its row.
    pub row: Digest,
    /// Which of the run's prompts was asked, from 0.
    pub prompt: u16,
    /// What was sent as `input`, redacted.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub input: String,
    /// What was expected.
    #[serde(default)]
    pub expected: ExpectedRecord,
    /// The metric of its bar.
    pub metric: String,
    /// Its bar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bar: Option<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// What the model said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<AnswerRecord>,
    /// Why there is no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<FaultRecord>,
    /// The scores by metric.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub scores: BTreeMap<String, f64>,
    /// Why a metric has no score.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unscored: BTreeMap<String, String>,
    /// What the guardrails found.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub guardrails: BTreeMap<String, GuardrailRecord>,
    /// Whether the answer is a refusal.
    #[serde(default, skip_serializing_if = "is_false")]
    pub refused: bool,
    /// The sources that citations were resolved against.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
    /// What the judges said.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub judged: BTreeMap<String, JudgeRecord>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

impl CaseRecord {
    /// Orders records by case and repeat.
    #[must_use]
    pub const fn place(&self) -> (u32, u32) {
        (self.index, self.repeat)
    }

    /// Says whether redaction left the answer alone, so that its scores can be computed again.
    #[must_use]
    pub fn is_untouched(&self) -> bool {
        self.answer.as_ref().is_some_and(|answer| answer.redactions.is_empty())
    }
}

/// An entry as a run used it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EntryStamp {
    /// The entry, such as `prompt/billing_refund`.
    pub entry: String,
    /// Its version as written.
    pub version: String,
    /// The digest of its contract.
    pub contract: Digest,
    /// The digest of its behaviour.
    pub behaviour: Digest,
}

/// A judge as a run used it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JudgeStamp {
    /// The judge.
    pub judge: EntryStamp,
    /// Its model.
    pub model: EntryStamp,
    /// The least share of answers that must get a score.
    pub min_coverage: f64,
    /// Why its scores advise and do not gate; absent where a valid calibration lets them gate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advisory: Option<String>,
    /// Whether the base's own judge gates: the change took its calibration away, so that what it
    /// scores is inconclusive, and not mere advice.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unseated: bool,
}

/// A prompt as a run used it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PromptStamp {
    /// The prompt.
    pub prompt: EntryStamp,
    /// Its model.
    pub model: EntryStamp,
    /// The JSON Schema of its outputs, so that `schema_valid` can be computed again.
    pub outputs: Value,
}

/// Which commit a run was made of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GitStamp {
    /// `HEAD`, or the revision that was asked for.
    pub commit: Option<String>,
    /// Whether the tree that was run differs from that commit.
    pub dirty: bool,
}

/// Who vouches for a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provenance {
    /// Whoever ran it; the run advises.
    Local,
    /// CI, by its signature.
    Ci,
}

/// How far a run came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It has begun; a run that stays so was killed.
    Running,
    /// Every case was run.
    Finished,
    /// Somebody stopped it.
    Interrupted,
    /// A cap on cost or time stopped it.
    Capped,
}

/// What a run was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// The tier whose requirements count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<Tier>,
    /// How often each case was run, unless it says otherwise.
    pub repeat: u32,
    /// The part of the suite: `(which, of how many)`, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<(u32, u32)>,
    /// The filters, as typed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<String>,
    /// Whether only recorded and cached answers were used.
    pub offline: bool,
}

/// The parts of a run that must be equal before two runs are compared: the instruments, not what
/// they measure. A prompt or a model is what is compared; its digests stand in the stamps.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// Each part with the digest of what it is made of: `suite`, `judges`, `metrics`, `guardrails`,
    /// `profile`. Rows are compared case by case.
    pub parts: BTreeMap<String, Digest>,
}

/// Totals of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Cases, each counted once however often it ran.
    pub cases: u32,
    /// Answers, one for each case and repeat.
    pub answers: u32,
    /// Calls to models and judges that were paid for, attempts included.
    pub calls: u64,
    /// Answers that the cache had.
    pub cached: u64,
    /// Tokens of requests and answers.
    pub tokens: Tokens,
    /// What was paid in this run, in millionths of a US dollar.
    pub paid_micro_usd: u64,
}

/// `run.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// [`RUN_SCHEMA`].
    pub schema: String,
    /// The name of the run's folder.
    pub id: String,
    /// When it began (ISO 8601, UTC).
    pub created: String,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<String>,
    /// How far it came.
    pub status: Status,
    /// Who vouches for it.
    pub provenance: Provenance,
    /// The version of Keelmark.
    pub tool: String,
    /// The commit.
    pub git: GitStamp,
    /// What was asked for.
    pub settings: Settings,
    /// The suite.
    pub suite: EntryStamp,
    /// The journey that the suite measures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub journey: Option<String>,
    /// The dataset; a suite with cases of its own has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataset: Option<EntryStamp>,
    /// The label of the model column: the id that baselines are kept under.
    pub model: String,
    /// The prompts that were asked.
    pub prompts: Vec<PromptStamp>,
    /// The judges by metric.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub judges: BTreeMap<String, JudgeStamp>,
    /// The judged metric that `judge` means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_judge: Option<String>,
    /// The profile that says how bad hits are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<EntryStamp>,
    /// The JSON pointer of the text that text metrics read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
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
    /// The seed of everything random in the report.
    pub seed: u64,
    /// Totals.
    #[serde(default)]
    pub totals: Totals,
    /// The SHA-256 of `cases.jsonl`, as `sha256sum` computes it; only when the run has ended. It
    /// is of the lines in the order in which cases finished: a digest that is free of the order
    /// needs a digest a line in memory, or is a sum, which falls to generalised birthday attacks
    /// (Wagner 2002).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cases_sha256: Option<Digest>,
    /// What the gates decided.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verdicts: Vec<GateResult>,
    /// Why an inconclusive gate was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_inconclusive: Option<String>,
}

impl RunRecord {
    /// Returns the digest that changelogs and the ledger cite: over the canonical form of
    /// everything but `id`, whose value is only a name.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut value = serde_json::to_value(self).unwrap_or_default();
        if let Some(map) = value.as_object_mut() {
            map.remove("id");
        }
        Digest::of_json(&value)
    }
}
