//! What a case is, beside its values: stored once for all cases that have it in common.

use std::collections::{BTreeMap, BTreeSet};

use crate::evals::record::{CaseRecord, ExpectedRecord};
use crate::registry::policy::gates::{Gate, Only};

/// What kind of answer a case expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Expects {
    Nothing,
    Reference,
    Block,
}

/// What gates select and group cases by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Traits {
    pub(super) domain: String,
    pub(super) metadata: BTreeMap<String, String>,
    pub(super) metric: String,
    pub(super) bar: Option<String>,
    pub(super) expects: Expects,
    pub(super) is_judged: bool,
    pub(super) is_answered: bool,
    pub(super) guardrails: BTreeSet<String>,
}

impl Traits {
    /// Takes them from a record, of its metadata only what is in `keys`.
    pub(super) fn of(record: &CaseRecord, keys: &BTreeSet<String>) -> Self {
        let kept = record.metadata.iter().filter(|(key, _)| keys.contains(*key));
        Self {
            domain: record.domain.clone(),
            metadata: kept.map(|(key, value)| (key.clone(), value.clone())).collect(),
            metric: record.metric.clone(),
            bar: record.bar.clone(),
            expects: match record.expected {
                ExpectedRecord::None => Expects::Nothing,
                ExpectedRecord::Text(_) | ExpectedRecord::Withheld => Expects::Reference,
                ExpectedRecord::Block => Expects::Block,
            },
            is_judged: !record.judged.is_empty(),
            is_answered: record.answer.is_some(),
            guardrails: record.guardrails.keys().cloned().collect(),
        }
    }

    /// Adds what only another repeat shows; the rest must be equal, or the field is named.
    pub(super) fn merge(&mut self, other: &Self) -> Result<(), &'static str> {
        let fields = [
            ("domain", self.domain == other.domain),
            ("metadata", self.metadata == other.metadata),
            ("metric", self.metric == other.metric),
            ("bar", self.bar == other.bar),
            ("expected", self.expects == other.expects),
        ];
        if let Some((field, _)) = fields.iter().find(|(_, is_equal)| !is_equal) {
            return Err(field);
        }
        self.is_judged |= other.is_judged;
        self.is_answered |= other.is_answered;
        self.guardrails.extend(other.guardrails.iter().cloned());
        Ok(())
    }
}

/// Traits by number.
#[derive(Debug, Clone, Default)]
pub(super) struct Catalogue {
    numbers: BTreeMap<Traits, u32>,
    all: Vec<Traits>,
}

impl Catalogue {
    /// Returns the number of some traits, a new one where they are new.
    pub(super) fn number(&mut self, traits: Traits) -> u32 {
        if let Some(number) = self.numbers.get(&traits) {
            return *number;
        }
        let number = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        self.all.push(traits.clone());
        self.numbers.insert(traits, number);
        number
    }

    pub(super) fn get(&self, number: u32) -> Option<&Traits> {
        self.all.get(number as usize)
    }

    /// Says of all traits by number whether a scope admits them.
    pub(super) fn admitted(&self, scope: &Scope) -> Vec<bool> {
        self.all.iter().map(|traits| scope.admits(traits)).collect()
    }
}

/// Which cases count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    only: Option<Only>,
    filter: BTreeMap<String, String>,
    metric: Option<String>,
    guardrail: Option<String>,
    except: Vec<Self>,
}

impl Scope {
    /// Counts every case.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// Counts the cases of a gate's `only` and `where`.
    #[must_use]
    pub fn of_gate(gate: &Gate) -> Self {
        Self { only: gate.only, filter: gate.filter.clone(), ..Self::default() }
    }

    /// Counts the cases that were put through a guardrail.
    #[must_use]
    pub fn of_guardrail(name: &str) -> Self {
        Self { guardrail: Some(name.to_owned()), ..Self::default() }
    }

    /// Counts, of these cases, those whose bar is about a metric.
    #[must_use]
    pub fn about(self, metric: &str) -> Self {
        Self { metric: Some(metric.to_owned()), ..self }
    }

    /// Leaves out the cases of other scopes.
    #[must_use]
    pub fn except(self, except: Vec<Self>) -> Self {
        Self { except, ..self }
    }

    /// Returns a key of `where` as metadata spells it; `domain` is no metadata.
    pub(super) fn key(name: &str) -> Option<&str> {
        (name != "domain").then(|| name.strip_prefix("metadata.").unwrap_or(name))
    }

    fn admits(&self, traits: &Traits) -> bool {
        let is_of_kind = match self.only {
            None => true,
            Some(Only::HasReference) => traits.expects == Expects::Reference,
            // What never had an answer may be one of them, and must be missed.
            Some(Only::HasJudge) => traits.is_judged || !traits.is_answered,
            Some(Only::HasGuardrail) => !traits.guardrails.is_empty() || !traits.is_answered,
        };
        is_of_kind
            && !self.except.iter().any(|scope| scope.admits(traits))
            && self.metric.as_ref().is_none_or(|metric| *metric == traits.metric)
            && self.guardrail.as_ref().is_none_or(|name| traits.guardrails.contains(name))
            && self.filter.iter().all(|(name, wanted)| match Self::key(name) {
                None => traits.domain == *wanted,
                Some(key) => traits.metadata.get(key) == Some(wanted),
            })
    }

    /// Says in words which cases count; nothing where all do.
    #[must_use]
    pub fn words(&self) -> String {
        let only = self.only.map(|only| match only {
            Only::HasReference => "with a reference".to_owned(),
            Only::HasJudge => "scored by a judge".to_owned(),
            Only::HasGuardrail => "with a guardrail".to_owned(),
        });
        let filter = self.filter.iter().map(|(key, value)| format!("{key} `{value}`"));
        let except = (!self.except.is_empty()).then(|| "under no gate".to_owned());
        only.into_iter().chain(filter).chain(except).collect::<Vec<_>>().join(", ")
    }
}
