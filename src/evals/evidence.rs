//! Evidence that the changed text of a prompt is no worse: a run beside the baseline of what is
//! published, as a file that anybody can judge again.
//!
//! The file holds the header of the run and the scores of its cases, no answers. It is cited by the
//! digest of its whole content, so that neither a score nor a stamp can be exchanged. Whoever made
//! the run vouches for it; nothing here can tell a measured score from an invented one, and nothing
//! here reads or writes files.

mod fault;
mod judge;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::fault::{EvidenceFault, Shown, words};
pub use self::judge::Bench;

use super::baseline::{Baseline, BaselineCase};
use super::document;
use super::record::{CaseRecord, Outcome, RUN_SCHEMA, RunRecord};
use crate::digest::Digest;
use crate::path::RepoPath;

/// The schema of evidence.
pub const EVIDENCE_SCHEMA: &str = "keelmark.evidence.v1";

/// The most bytes of evidence that are read.
pub const MAX_BYTES: u64 = 64 << 20;

/// One case of a run; repeats are averaged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceCase {
    /// Which of the run's prompts was asked, from 0.
    pub prompt: u16,
    /// The digest of its row.
    pub row: Digest,
    /// How it ended; the worst repeat decides.
    pub outcome: Outcome,
    /// Its values by metric, those that are computed from outcomes among them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub scores: BTreeMap<String, f64>,
    /// The digest of the redacted text of its answer, where it was run once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_sha256: Option<Digest>,
}

/// A file below `registry/evidence/`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// [`EVIDENCE_SCHEMA`].
    pub schema: String,
    /// The header of the run.
    pub run: RunRecord,
    /// Its cases by id.
    pub cases: BTreeMap<String, EvidenceCase>,
}

impl Evidence {
    /// Makes evidence from a run and its cases, with the digest that it is cited by.
    ///
    /// # Errors
    /// Cases of which no baseline could be made.
    pub fn of(run: &RunRecord, cases: &[CaseRecord]) -> Result<Self, EvidenceFault> {
        let mut prompts: BTreeMap<&str, (u16, u32)> = BTreeMap::new();
        for case in cases {
            prompts.entry(&case.case).or_insert((case.prompt, 0)).1 += 1;
        }
        let baseline = Baseline::from_record(run, cases)?;
        let case = |(id, case): (String, BaselineCase)| {
            let (prompt, repeats) = prompts.get(id.as_str()).copied().unwrap_or_default();
            let kept = EvidenceCase {
                prompt,
                row: case.row,
                outcome: case.outcome,
                scores: case.scores,
                // One answer of several says nothing of the others.
                answer_sha256: case.answer_sha256.filter(|_| repeats == 1),
            };
            (id, kept)
        };
        Ok(Self {
            schema: EVIDENCE_SCHEMA.to_owned(),
            run: run.clone(),
            cases: baseline.cases.into_iter().map(case).collect(),
        })
    }

    /// Reads evidence, with the digest of its content: over the canonical form of the whole
    /// document, whatever its file looks like.
    ///
    /// # Errors
    /// A text that is no evidence.
    pub fn parse(text: &str) -> Result<(Self, Digest), EvidenceFault> {
        let value: serde_json::Value = serde_json::from_str(text)?;
        let digest = Digest::of_json(&value);
        let evidence: Self = serde_json::from_value(value)?;
        for (found, expected) in
            [(&evidence.schema, EVIDENCE_SCHEMA), (&evidence.run.schema, RUN_SCHEMA)]
        {
            if found != expected {
                return Err(EvidenceFault::Schema { found: found.clone(), expected });
            }
        }
        Ok((evidence, digest))
    }

    /// Writes evidence: sorted, and one case a line.
    ///
    /// # Errors
    /// When a value has no form in JSON.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let head = Self { cases: BTreeMap::new(), ..self.clone() };
        document::case_a_line(&head, &self.cases)
    }

    /// Returns the place of evidence below the registry's folder.
    #[must_use]
    pub fn path(registry: &RepoPath, digest: Digest) -> RepoPath {
        registry.join("evidence").join(&format!("{digest}.json"))
    }
}
