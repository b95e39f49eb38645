//! What the documents are written from: values that somebody else has read.

use std::collections::BTreeMap;

use super::ledger::LedgerView;
use super::place::Place;
use crate::cases::Case;
use crate::finding::Rule;
use crate::ident::{EntryName, EntryRef, Kind};
use crate::registry::common::Status;
use crate::registry::config::Config;
use crate::registry::entry::{Body, Entry};
use crate::registry::policy::drift::Drift;
use crate::registry::policy::freeze::Freeze;
use crate::registry::policy::gates::Gates;
use crate::registry::policy::journeys::{Journey, Journeys};
use crate::registry::policy::promotion::Promotion;
use crate::registry::policy::telemetry::Telemetry;
use crate::registry::{composite, dataset, judge, model, profile, prompt, suite};

/// The policies of a registry; `None` where it has no such file.
#[derive(Debug, Default)]
pub struct Policies {
    /// The bars.
    pub gates: Option<Gates>,
    /// What users do.
    pub journeys: Option<Journeys>,
    /// The way to full traffic.
    pub promotion: Option<Promotion>,
    /// What is watched.
    pub drift: Option<Drift>,
    /// What production records.
    pub telemetry: Option<Telemetry>,
    /// What stops changes.
    pub freeze: Option<Freeze>,
}

/// How well a judge agreed with people.
#[derive(Debug, Clone, PartialEq)]
pub struct Agreement {
    /// The day of the measurement (ISO 8601).
    pub day: String,
    /// Quadratic weighted kappa.
    pub kappa: f64,
    /// How many cases people labelled.
    pub labels: u64,
    /// Whether it was measured with the judge and the model as they are now.
    pub current: bool,
}

/// Scores that are committed for a suite and a model.
#[derive(Debug, Clone, PartialEq)]
pub struct BaselineFact {
    /// The suite, with its version.
    pub suite: String,
    /// The model, as the baseline labels it.
    pub model: String,
    /// When the run began (ISO 8601).
    pub created: String,
    /// The digest of the run.
    pub run: String,
    /// How many cases it has.
    pub cases: usize,
    /// The mean of each metric, and over how many cases.
    pub means: BTreeMap<String, (f64, usize)>,
}

/// A workflow of the repository's CI.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Workflow {
    /// Its path.
    pub path: String,
    /// What it holds.
    pub text: String,
}

impl Workflow {
    /// Says whether the workflow calls the program with these words.
    pub(super) fn runs(&self, words: &str) -> bool {
        let wanted = format!("keelmark {words}");
        self.text.lines().any(|line| !line.trim_start().starts_with('#') && line.contains(&wanted))
    }
}

/// Everything that the documents say.
#[derive(Debug)]
pub struct Facts<'a> {
    /// Where the documents lie, and how they are written anew.
    pub place: &'a Place,
    /// The configuration.
    pub config: &'a Config,
    /// Every rule.
    pub rules: &'a [&'static Rule],
    /// Every entry, sorted by name.
    pub entries: &'a [Entry],
    /// The cases of each suite that is in use.
    pub cases: &'a BTreeMap<EntryName, Vec<Case>>,
    /// The policies.
    pub policies: &'a Policies,
    /// The judges that were calibrated.
    pub agreements: &'a BTreeMap<EntryName, Agreement>,
    /// The baselines, sorted by suite and model.
    pub baselines: &'a [BaselineFact],
    /// The verbs of the program: what it cannot do, no document says of it.
    pub verbs: &'a [String],
    /// The workflows, sorted by path.
    pub workflows: &'a [Workflow],
    /// What the ledger says is live; empty where there is none.
    pub ledger: &'a LedgerView,
}

/// An entry with the keys of its kind.
pub(super) type Typed<'a, T> = (&'a Entry, &'a T);

impl<'a> Facts<'a> {
    /// Says whether the program has a verb.
    pub(super) fn has(&self, verb: &str) -> bool {
        self.verbs.iter().any(|known| known == verb)
    }

    /// Finds the entry of a kind that a reference leads to, by id or alias.
    pub(super) fn find(&self, kind: Kind, written: &str) -> Option<&'a Entry> {
        let reference: EntryRef = written.parse().ok()?;
        let kind = reference.kind.unwrap_or(kind);
        let of_kind = || self.entries.iter().filter(|entry| entry.name.kind == kind);
        of_kind().find(|entry| entry.name.id == reference.id).or_else(|| {
            let id = reference.id.as_str();
            of_kind().find(|entry| entry.common.aliases.iter().any(|alias| alias == id))
        })
    }

    /// Says whether a reference leads to an entry.
    pub(super) fn leads_to(&self, kind: Kind, written: &str, name: &EntryName) -> bool {
        self.find(kind, written).is_some_and(|entry| entry.name == *name)
    }

    /// Iterates over the entries of a kind.
    pub(super) fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &'a Entry> {
        self.entries.iter().filter(move |entry| entry.name.kind == kind)
    }

    /// Iterates over the prompts.
    pub(super) fn prompts(&self) -> impl Iterator<Item = Typed<'a, prompt::Prompt>> {
        self.entries.iter().filter_map(|entry| Some((entry, entry.as_prompt()?)))
    }

    /// Iterates over the suites.
    pub(super) fn suites(&self) -> impl Iterator<Item = Typed<'a, suite::Suite>> {
        self.entries.iter().filter_map(|entry| match &entry.body {
            Body::Suite(body) => Some((entry, &**body)),
            _ => None,
        })
    }

    /// Iterates over the suites that are in use: drafts and what was removed measure nothing.
    pub(super) fn live_suites(&self) -> impl Iterator<Item = Typed<'a, suite::Suite>> {
        self.suites().filter(|(entry, _)| in_use(entry))
    }

    /// Iterates over the datasets.
    pub(super) fn datasets(&self) -> impl Iterator<Item = Typed<'a, dataset::Dataset>> {
        self.entries.iter().filter_map(|entry| match &entry.body {
            Body::Dataset(body) => Some((entry, &**body)),
            _ => None,
        })
    }

    /// Iterates over the models.
    pub(super) fn models(&self) -> impl Iterator<Item = Typed<'a, model::Model>> {
        self.entries.iter().filter_map(|entry| match &entry.body {
            Body::Model(body) => Some((entry, &**body)),
            _ => None,
        })
    }

    /// Iterates over the judges.
    pub(super) fn judges(&self) -> impl Iterator<Item = Typed<'a, judge::Judge>> {
        self.entries.iter().filter_map(|entry| match &entry.body {
            Body::Judge(body) => Some((entry, &**body)),
            _ => None,
        })
    }

    /// Iterates over the guardrail profiles.
    pub(super) fn profiles(&self) -> impl Iterator<Item = Typed<'a, profile::Profile>> {
        self.entries.iter().filter_map(|entry| match &entry.body {
            Body::Profile(body) => Some((entry, &**body)),
            _ => None,
        })
    }

    /// Iterates over the composites.
    pub(super) fn composites(&self) -> impl Iterator<Item = Typed<'a, composite::Composite>> {
        self.entries.iter().filter_map(|entry| match &entry.body {
            Body::Composite(body) => Some((entry, &**body)),
            _ => None,
        })
    }

    /// Iterates over the journeys by name.
    pub(super) fn journeys(&self) -> impl Iterator<Item = (&'a str, &'a Journey)> {
        let journeys = self.policies.journeys.iter().flat_map(|file| &file.journeys);
        journeys.map(|(name, journey)| (name.as_str(), journey))
    }

    /// Iterates over every case of every suite.
    pub(super) fn every_case(&self) -> impl Iterator<Item = &'a Case> {
        self.cases.values().flatten()
    }
}

/// Says whether an entry is in use.
pub(super) fn in_use(entry: &Entry) -> bool {
    matches!(entry.common.status, Status::Active | Status::Deprecated)
}
