//! Baselines: what a run must not be worse than, as a file that people review.
//!
//! A baseline holds the value of each case for each metric, and the fingerprint of the instruments
//! that gave it. It is committed by whoever believes a run; nothing here reads or writes files.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::document;
use super::record::{CaseRecord, EntryStamp, Fingerprint, Outcome, RunRecord};
use super::table::{Keep, Scope, Table, TableFault};
use crate::digest::Digest;
use crate::ident::{EntryId, IdentFault};
use crate::path::RepoPath;

/// The schema of a baseline.
pub const BASELINE_SCHEMA: &str = "keelmark.baseline.v1";

/// The most bytes of a baseline that are read.
pub const MAX_BYTES: usize = 64 << 20;

/// How many ids a list of differences names.
const MOST_NAMED: usize = 3;

/// One case of a baseline; repeats are averaged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaselineCase {
    /// The digest of its row.
    pub row: Digest,
    /// How it ended; the worst repeat decides.
    pub outcome: Outcome,
    /// Its values by metric, those that are computed from outcomes among them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub scores: BTreeMap<String, f64>,
    /// The digest of the redacted text of its first answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_sha256: Option<Digest>,
}

/// A prompt that a baseline was made with, and its model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// The prompt.
    pub prompt: EntryStamp,
    /// The model.
    pub model: EntryStamp,
}

/// A file below `registry/baselines/`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// [`BASELINE_SCHEMA`].
    pub schema: String,
    /// The suite.
    pub suite: EntryStamp,
    /// The label of the model column.
    pub model: String,
    /// The digest of the run that it was made from.
    pub run: Digest,
    /// When that run began (ISO 8601, UTC).
    pub created: String,
    /// The prompts that were asked.
    pub prompts: Vec<Asked>,
    /// The instruments.
    pub fingerprint: Fingerprint,
    /// The cases by id.
    pub cases: BTreeMap<String, BaselineCase>,
}

/// What makes no baseline.
#[derive(Debug, thiserror::Error)]
pub enum BaselineFault {
    /// A record that the table refuses.
    #[error(transparent)]
    Table(#[from] TableFault),
    /// Two cases of one id.
    #[error("there are two cases `{0}`")]
    Twice(String),
    /// A run without cases.
    #[error("the run has no cases, and a baseline of nothing is none")]
    Empty,
    /// More bytes than are read.
    #[error("the baseline has {size} bytes; at most {MAX_BYTES} are read")]
    Size {
        /// Its bytes.
        size: usize,
    },
    /// A text that is no baseline.
    #[error("this is no baseline: {0}")]
    Json(#[from] serde_json::Error),
    /// A baseline of another schema.
    #[error("the schema is `{found}`, expected `{BASELINE_SCHEMA}`")]
    Schema {
        /// What is written.
        found: String,
    },
}

impl Baseline {
    /// Makes a baseline from a run and its cases.
    pub fn from_record<C: std::borrow::Borrow<CaseRecord>>(
        run: &RunRecord,
        cases: impl IntoIterator<Item = C>,
    ) -> Result<Self, BaselineFault> {
        let mut table = Table::new(Keep::all_names());
        for case in cases {
            table.add(case.borrow())?;
        }
        Self::from_table(run, &table)
    }

    /// Makes a baseline from a run and a table that kept all names.
    pub fn from_table(run: &RunRecord, table: &Table) -> Result<Self, BaselineFault> {
        let mut cases = BTreeMap::new();
        let metrics = table.metrics();
        let tallies: BTreeMap<_, _> = table.tallies(&Scope::all()).into_iter().collect();
        for kept in table.kept() {
            let value =
                |metric: &&str| Some(((*metric).to_owned(), table.value(metric, kept.index)?));
            let case = BaselineCase {
                row: kept.row,
                outcome: tallies.get(&kept.index).copied().unwrap_or_default().outcome(),
                scores: metrics.iter().filter_map(value).collect(),
                answer_sha256: kept.answer,
            };
            if cases.insert(kept.id.to_owned(), case).is_some() {
                return Err(BaselineFault::Twice(kept.id.to_owned()));
            }
        }
        if cases.is_empty() {
            return Err(BaselineFault::Empty);
        }
        let asked = |stamp: &super::record::PromptStamp| Asked {
            prompt: stamp.prompt.clone(),
            model: stamp.model.clone(),
        };
        Ok(Self {
            schema: BASELINE_SCHEMA.to_owned(),
            suite: run.suite.clone(),
            model: run.model.clone(),
            run: run.digest(),
            created: run.created.clone(),
            prompts: run.prompts.iter().map(asked).collect(),
            fingerprint: run.fingerprint.clone(),
            cases,
        })
    }

    /// Reads a baseline.
    pub fn parse(text: &str) -> Result<Self, BaselineFault> {
        if text.len() > MAX_BYTES {
            return Err(BaselineFault::Size { size: text.len() });
        }
        let baseline: Self = serde_json::from_str(text)?;
        if baseline.schema != BASELINE_SCHEMA {
            return Err(BaselineFault::Schema { found: baseline.schema });
        }
        if baseline.cases.is_empty() {
            return Err(BaselineFault::Empty);
        }
        Ok(baseline)
    }

    /// Writes a baseline: sorted, and one case a line, so that a difference reads well.
    ///
    /// # Errors
    /// When a value has no form in JSON.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let head = Self { cases: BTreeMap::new(), ..self.clone() };
        document::case_a_line(&head, &self.cases)
    }

    /// Returns the place of a baseline below the registry's folder.
    ///
    /// A `/` in the model's id becomes a `.`, which no id contains: the baseline of `y/z` for suite
    /// `x` must not take the place of that of `z` for suite `x/y`.
    pub fn path(registry: &RepoPath, suite: &str, model: &str) -> Result<RepoPath, IdentFault> {
        let suite: EntryId = suite.strip_prefix("suite/").unwrap_or(suite).parse()?;
        let model: EntryId = model.strip_prefix("model/").unwrap_or(model).parse()?;
        let folder = suite.as_str().split('/').fold(registry.join("baselines"), |f, s| f.join(s));
        Ok(folder.join(&format!("{}.json", model.as_str().replace('/', "."))))
    }

    /// Names what makes a run incomparable: instruments that differ, cases that the baseline lacks,
    /// rows that are not the same. A run of fewer cases is comparable.
    #[must_use]
    pub fn differences(&self, fingerprint: &Fingerprint, table: &Table) -> Vec<String> {
        let mut differences = instruments(&self.fingerprint, fingerprint);
        let (mut lacking, mut changed) = (Vec::new(), Vec::new());
        for kept in table.kept() {
            match self.cases.get(kept.id) {
                None => lacking.push(kept.id),
                Some(case) if case.row != kept.row => changed.push(kept.id),
                Some(_) => {}
            }
        }
        if !lacking.is_empty() {
            differences.push(format!("it lacks {}", named(&lacking, "case")));
        }
        if !changed.is_empty() {
            let verb = if changed.len() == 1 { "differs" } else { "differ" };
            differences.push(format!("{} {verb}", named(&changed, "row")));
        }
        if table.kept().next().is_none() {
            differences.push("the run has no cases to pair".to_owned());
        }
        differences
    }
}

/// Names the instruments of two runs that are not the same.
pub(super) fn instruments(before: &Fingerprint, after: &Fingerprint) -> Vec<String> {
    let keys: BTreeSet<&String> = before.parts.keys().chain(after.parts.keys()).collect();
    let differ = keys.into_iter().filter(|key| before.parts.get(*key) != after.parts.get(*key));
    differ.map(|part| format!("`{part}` differs")).collect()
}

/// Writes `2 cases (`a`, `b`)`, the first ids only.
fn named(ids: &[&str], word: &str) -> String {
    let first: Vec<String> = ids.iter().take(MOST_NAMED).map(|id| format!("`{id}`")).collect();
    let more = if ids.len() > MOST_NAMED { ", …" } else { "" };
    let plural = if ids.len() == 1 { "" } else { "s" };
    format!("{} {word}{plural} ({}{more})", ids.len(), first.join(", "))
}
