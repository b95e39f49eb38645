//! Entries as a run used them.

use serde::Serialize;

use crate::digest::Digest;
use crate::evals::record::{EntryStamp, JudgeStamp, PromptStamp};

#[derive(Debug, Serialize)]
pub(super) struct EntryDto<'a> {
    entry: &'a str,
    version: &'a str,
    contract_sha256: Digest,
    behaviour_sha256: Digest,
}

#[derive(Debug, Serialize)]
pub(super) struct PromptDto<'a> {
    prompt: EntryDto<'a>,
    model: EntryDto<'a>,
}

#[derive(Debug, Serialize)]
pub(super) struct JudgeDto<'a> {
    metric: &'a str,
    judge: EntryDto<'a>,
    model: EntryDto<'a>,
    advisory: Option<&'a str>,
}

impl<'a> From<&'a EntryStamp> for EntryDto<'a> {
    fn from(stamp: &'a EntryStamp) -> Self {
        Self {
            entry: &stamp.entry,
            version: &stamp.version,
            contract_sha256: stamp.contract,
            behaviour_sha256: stamp.behaviour,
        }
    }
}

impl<'a> From<&'a PromptStamp> for PromptDto<'a> {
    fn from(stamp: &'a PromptStamp) -> Self {
        Self { prompt: (&stamp.prompt).into(), model: (&stamp.model).into() }
    }
}

impl<'a> From<(&'a String, &'a JudgeStamp)> for JudgeDto<'a> {
    fn from((metric, stamp): (&'a String, &'a JudgeStamp)) -> Self {
        Self {
            metric,
            judge: (&stamp.judge).into(),
            model: (&stamp.model).into(),
            advisory: stamp.advisory.as_deref(),
        }
    }
}
