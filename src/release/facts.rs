//! What is told of a release: the one value that decision record, notes, changelog and tag text are
//! written from.
//!
//! Texts are as the repository has them; whoever writes a document escapes them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::evals::gate::Verdict;
use crate::evals::record::Provenance;
use crate::registry::composite::Role;
use crate::registry::config::Roles;
use crate::version::Bump;

/// Everything that the documents of a release show.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReleaseFacts {
    /// The id of the composite, such as `support_copilot`.
    pub composite: String,
    /// Its version.
    pub version: String,
    /// The day (ISO 8601, UTC).
    pub date: String,
    /// The composite string, such as `data@golden_2025_09 + model@1.4.2 + prompt@2.3.0`.
    pub string: String,
    /// What the composite's changelog says of this version; empty where it says nothing.
    pub summary: String,
    /// The name of the release tag, with the prefix of the registry's tags.
    pub tag: String,
    /// The composite's entry digest, as the tag has it.
    pub composite_digest: String,
    /// Whether the decision stands; that of a candidate is proposed only.
    pub accepted: bool,
    /// The release before this one.
    pub previous: Option<Previous>,
    /// The step from the release before.
    pub step: Bump,
    /// Members, suites and what they use, in the order of the table.
    pub rows: Vec<StepRow>,
    /// What breaks callers.
    pub breaking: Vec<Breaking>,
    /// What changelogs say of the versions since the release before.
    pub changelog: Vec<ChangeLine>,
    /// What the release does to answers, one for each run that was compared.
    pub changed_answers: Vec<ChangedAnswers>,
    /// The runs that prove it.
    pub evidence: Vec<EvidenceFact>,
    /// The digests that the release binds to, the composite's own among them.
    pub digests: Vec<DigestFact>,
    /// Who approved.
    pub approvers: Vec<Approval>,
    /// Gates that somebody answers for, for some time.
    pub waivers: Vec<WaiverFact>,
    /// Where to go back to.
    pub rollback: Option<RollbackFact>,
    /// The channels that it goes to, in order.
    pub channels: Vec<String>,
    /// The highest risk tier among its models.
    pub risk_tier: Option<String>,
    /// What readiness warned of, one sentence each.
    pub warnings: Vec<String>,
    /// Who does what.
    pub roles: Roles,
    /// The path of the decision record in the repository.
    pub adr: String,
    /// The path of the notes in the repository.
    pub notes: String,
    /// The file names of decision records that this one replaces.
    pub supersedes: Vec<String>,
}

/// A release before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Previous {
    /// Its version.
    pub version: String,
    /// Its tag.
    pub tag: String,
}

/// What a slot held and holds, and what that asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRow {
    /// The slot; for suites and what they use the name of the entry.
    pub slot: String,
    /// What it is there for.
    pub role: Role,
    /// The entry.
    pub entry: String,
    /// The version before; `None` for a member that was not there.
    pub from: Option<String>,
    /// The version now; `None` for a member that is gone.
    pub to: Option<String>,
    /// The step that the entry itself made.
    pub member_step: Bump,
    /// The step that this asks of the composite.
    pub step: Bump,
    /// The rules that decided.
    pub reasons: Vec<Reason>,
}

/// A rule that decided, with what it has to say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The id of the rule.
    pub rule: String,
    /// Why, in one sentence.
    pub why: String,
}

/// A change that callers have to follow.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breaking {
    /// The entry.
    pub entry: String,
    /// What changed, in one sentence.
    pub text: String,
    /// What callers do about it; `None` leaves a place for the author's words.
    pub migration: Option<String>,
}

/// The six types of Keep a Changelog, in its order.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// New.
    Added,
    /// Other than before.
    #[default]
    Changed,
    /// Will go.
    Deprecated,
    /// Gone.
    Removed,
    /// Mended.
    Fixed,
    /// About vulnerabilities.
    Security,
}

/// One line of an entry's changelog.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeLine {
    /// The entry.
    pub entry: String,
    /// The version that the line is about.
    pub version: String,
    /// The type.
    pub kind: ChangeKind,
    /// Whether callers have to follow.
    pub breaking: bool,
    /// What changed.
    pub text: String,
}

/// What the answers of a run are beside those of the run before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedAnswers {
    /// The suite.
    pub suite: String,
    /// Cases with the same row in both.
    pub cases: u32,
    /// Of these, cases whose answer is another text.
    pub changed: u32,
    /// Cases that failed and now pass.
    pub newly_passing: Vec<String>,
    /// Cases that passed and now fail.
    pub newly_failing: Vec<String>,
    /// Answers to show, redacted.
    pub examples: Vec<AnswerExample>,
}

/// One answer before and after.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerExample {
    /// The case.
    pub case: String,
    /// The answer before.
    pub before: String,
    /// The answer after.
    pub after: String,
}

/// One run that proves the release.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EvidenceFact {
    /// The suite.
    pub suite: String,
    /// Its version.
    pub version: String,
    /// The model column of the run.
    pub model: String,
    /// The id of the run.
    pub run: String,
    /// The digest of its pack.
    pub digest: String,
    /// Who vouches for it.
    pub provenance: Provenance,
    /// The journey that the suite measures.
    pub journey: Option<String>,
    /// How many cases it has.
    pub cases: u32,
    /// Cases by domain.
    pub by_domain: BTreeMap<String, u32>,
    /// The share of cases that were made up, from 0 to 1; `None` where nobody says.
    pub synthetic_share: Option<f64>,
    /// What the run did not test, one phrase each.
    pub untested: Vec<String>,
    /// Its judges.
    pub judges: Vec<JudgeFact>,
    /// What its gates say.
    pub scores: Vec<ScoreFact>,
}

/// A judge and how far it can be believed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct JudgeFact {
    /// The judge with its version.
    pub judge: String,
    /// The day of its calibration (ISO 8601); `None` where there is none.
    pub calibrated: Option<String>,
    /// Weighted kappa against people.
    pub kappa: Option<f64>,
}

/// One gate of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoreFact {
    /// The metric.
    pub metric: String,
    /// The heading that the policy gives it.
    pub category: Option<String>,
    /// How the cases' values became one.
    pub aggregate: String,
    /// Which cases it is about, in words; empty for all.
    pub scope: String,
    /// How many cases it judged.
    pub n: u32,
    /// The value that was compared.
    pub value: Option<f64>,
    /// The lower end of its interval.
    pub low: Option<f64>,
    /// The upper end of its interval.
    pub high: Option<f64>,
    /// The confidence of the interval, such as 0.95.
    pub confidence: Option<f64>,
    /// The bar, such as `>= 4.2`.
    pub bar: String,
    /// What the gate says.
    pub verdict: Verdict,
    /// The value of the baseline.
    pub baseline: Option<f64>,
    /// The value less the baseline's.
    pub delta: Option<f64>,
}

/// The digest of an entry.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestFact {
    /// The entry.
    pub entry: String,
    /// Its version.
    pub version: String,
    /// Its entry digest.
    pub digest: String,
}

/// Somebody who approved.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The principal, as `allowed_signers` has it.
    pub principal: String,
    /// When (ISO 8601, UTC).
    pub at: String,
}

/// A gate that somebody answers for, for some time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaiverFact {
    /// The gate.
    pub gate: String,
    /// Why.
    pub reason: String,
    /// Until when (ISO 8601, UTC).
    pub until: String,
    /// Who.
    pub by: String,
}

/// Where to go back to, and how.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollbackFact {
    /// The tag of the release to go back to.
    pub to: String,
    /// Whether callers of this release can be served by that one.
    pub compatible: bool,
    /// Who breaks where it is not.
    pub breaks: Vec<Reason>,
    /// The one command.
    pub command: String,
    /// When the way back was last tried (ISO 8601, UTC); `None` where it never was.
    pub rehearsed: Option<String>,
}
