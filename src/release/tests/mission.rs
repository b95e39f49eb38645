//! The mission's product as a small registry, and the versions that it had before.

use std::collections::BTreeMap;

use crate::checks::{Loaded, Named};
use crate::finding::Finding;
use crate::ident::{EntryId, EntryName, Kind};
use crate::path::RepoPath;
use crate::registry::layout::Layout;
use crate::release::composite::{Composition, Source};
use crate::release::source::Trees;
use crate::snapshot::{MemorySnapshot, ReadFault};
use crate::version::Version;

/// Files of the newest tree, and older trees behind it.
#[derive(Clone)]
pub(in crate::release) struct Registry {
    files: BTreeMap<String, String>,
    older: Vec<Self>,
}

pub(in crate::release) const COMPOSITE: &str = "registry/composites/support_copilot/composite.yaml";
pub(in crate::release) const PROMPT: &str = "registry/prompts/billing_refund/prompt.yaml";
pub(in crate::release) const TEMPLATE: &str = "registry/prompts/billing_refund/template.md";
pub(in crate::release) const ROUTER: &str = "registry/prompts/intent_route/prompt.yaml";
pub(in crate::release) const MODEL: &str = "registry/models/cust-copilot/model.yaml";
pub(in crate::release) const DATA: &str = "registry/datasets/golden_2025_09/dataset.yaml";
pub(in crate::release) const ROWS: &str = "registry/datasets/golden_2025_09/cases.csv";
pub(in crate::release) const SUITE: &str = "registry/suites/support_golden/suite.yaml";
pub(in crate::release) const JUDGE: &str = "registry/judges/grounded/judge.yaml";
pub(in crate::release) const PROFILE: &str = "registry/profiles/standard_level2/profile.yaml";

/// `model@1.4.2 + prompt@2.3.0 + data@golden_2025_09`, with a router, and what proves it.
pub(in crate::release) fn mission() -> Registry {
    let files = [
        (
            COMPOSITE,
            "id: support_copilot\nversion: 1.8.0\nowner: platform-ai\n\
             members:\n  model: cust-copilot@1.4.2 # the snapshot of July\n  prompt: billing_refund@2.3.0\n  \
             router: prompt/intent_route@1.2.0\n  data: golden_2025_09\n\
             roles: {data: evidence}\nsuites: [support_golden@1.1.0]\n\
             channels: [canary, production]\nrollback_to: 1.7.3\n\
             changelog:\n  - \"1.8.0: citations\"\n  - \"1.7.3: refunds\"\n",
        ),
        (
            PROMPT,
            "id: billing_refund\nversion: 2.3.0\nowner: support-ops\n\
             schema:\n  inputs: [customer_context, policy_snippets, question]\n  outputs: [answer, citations, confidence]\n\
             changelog: [\"2.3.0: citations\"]\nlinks: {datasets: [golden_v2025_09]}\n\
             policies: {requires_citations: true, safety_profile: standard_level2}\n\
             model: model/cust-copilot@^1.4\n",
        ),
        (
            TEMPLATE,
            "Answer {{ question }} from {{ policy_snippets }} for {{ customer_context }}.\n",
        ),
        (
            ROUTER,
            "id: intent_route\nversion: 1.2.0\nowner: support-ops\n\
             schema: {inputs: [question], outputs: [desk]}\nmodel: model/cust-copilot@1.4.2\n\
             changelog: [\"1.2.0: desks\"]\n",
        ),
        ("registry/prompts/intent_route/template.md", "Which desk takes {{ question }}?\n"),
        (
            "registry/prompts/invoice_extract/prompt.yaml",
            "id: invoice_extract\nversion: 1.0.0\nowner: finance-ops\n\
             schema: {inputs: [question], outputs: [invoice]}\nchangelog: [\"1.0.0: first\"]\n",
        ),
        ("registry/prompts/invoice_extract/template.md", "Read {{ question }}.\n"),
        (
            MODEL,
            "id: cust-copilot\nversion: 1.4.2\nowner: ml-platform\n\
             provider: {api: openai, model: gpt-4o-mini-2024-07-18}\nrisk_tier: high\n\
             policies: {allowed_data_classes: [internal], safety_profile: standard_level2}\n\
             sunset: 2027-02-01\nchangelog: [\"1.4.2: pinned snapshot\"]\n",
        ),
        (
            "registry/models/judge-large/model.yaml",
            "id: judge-large\nversion: 1.0.0\nowner: data-science\n\
             provider: {api: openai, model: gpt-4.1-2025-04-14}\nrisk_tier: low\n\
             changelog: [\"1.0.0: pinned\"]\n",
        ),
        (
            DATA,
            "id: golden_2025_09\nversion: 1.0.0\naliases: [golden_v2025_09]\nowner: data-science\n\
             row_key: case_id\nfiles: [{path: cases.csv, split: test}]\n\
             provenance: {license: CC-BY-4.0, pii: none, synthetic: true}\n\
             changelog: [\"1.0.0: first cut\"]\n",
        ),
        (ROWS, "case_id,domain,input,expected\nc1,Support,Where is my refund?,In five days\n"),
        (
            SUITE,
            "id: support_golden\nversion: 1.1.0\nowner: data-science\njourney: copilot\n\
             cases: dataset/golden_2025_09\ntarget: prompt/billing_refund\n\
             route: {Extract: prompt/invoice_extract, Route: prompt/intent_route}\n\
             bind: {question: input}\njudges: {grounded_judge: judge/grounded@1.0.0}\n\
             models: [model/cust-copilot@1.4.2]\nwhen: [pr, release]\n\
             changelog: [\"1.1.0: first\"]\n",
        ),
        (
            JUDGE,
            "id: grounded\nversion: 1.0.0\nowner: data-science\nscale: {min: 1, max: 5}\n\
             model: model/judge-large@1.0.0\nrubric: rubric.md\n\
             calibration: {labels: labels.csv, min_weighted_kappa: 0.6, min_labels: 50, valid_days: 31}\n\
             changelog: [\"1.0.0: first rubric\"]\n",
        ),
        ("registry/judges/grounded/rubric.md", "Is it grounded?\n"),
        ("registry/judges/grounded/labels.csv", "case_id,score\nc1,5\n"),
        (
            PROFILE,
            "id: standard_level2\nversion: 1.0.0\nowner: security\n\
             guardrails: {no_pii: {severity: sev1}}\nchangelog: [\"1.0.0: first\"]\n",
        ),
    ];
    let files = files.into_iter().map(|(path, text)| (path.to_owned(), text.to_owned()));
    Registry { files: files.collect(), older: Vec::new() }
}

impl Registry {
    /// Replaces or adds a file.
    pub(in crate::release) fn with(mut self, path: &str, text: &str) -> Self {
        self.files.insert(path.to_owned(), text.to_owned());
        self
    }

    /// Returns the text of a file.
    pub(in crate::release) fn file(&self, path: &str) -> &str {
        self.files.get(path).expect("a file")
    }

    /// Removes a file.
    pub(in crate::release) fn without(mut self, path: &str) -> Self {
        assert!(self.files.remove(path).is_some(), "there is no {path}");
        self
    }

    /// Replaces a text in a file, which must hold it once.
    pub(in crate::release) fn edit(mut self, path: &str, from: &str, to: &str) -> Self {
        let text = self.files.get_mut(path).expect("a file");
        assert_eq!(text.matches(from).count(), 1, "{from:?} in {path}");
        *text = text.replace(from, to);
        self
    }

    /// Puts another tree behind this one.
    pub(in crate::release) fn after(mut self, older: &Self) -> Self {
        self.older.push(older.clone());
        self
    }

    /// Reads the composite `support_copilot` with all that it pins.
    pub(in crate::release) fn composition(&self) -> (Composition, Vec<Finding>) {
        let loaded = self.entry(&name("composite/support_copilot"), None).expect("memory");
        let (found, findings) =
            Composition::resolve(self, loaded.expect("a composite")).expect("memory");
        (found.expect("a composition"), findings)
    }

    /// The composition of a registry in which everything is found.
    pub(in crate::release) fn whole(&self) -> Composition {
        let (found, findings) = self.composition();
        assert!(findings.is_empty(), "{findings:#?}");
        found
    }

    /// The newest tree.
    pub(in crate::release) fn snapshot(&self) -> MemorySnapshot {
        let empty = MemorySnapshot::new();
        self.files.iter().fold(empty, |tree, (path, text)| tree.with(path, text.as_str()))
    }

    fn ask<T>(&self, question: impl Fn(&Trees<'_>) -> T) -> T {
        let layout = Layout::new(RepoPath::from("registry"));
        let tree = self.snapshot();
        question(&Trees::new(&layout, Named { name: "", tree: &tree }, None))
    }
}

impl Source for Registry {
    fn entry(
        &self,
        name: &EntryName,
        version: Option<&Version>,
    ) -> Result<Option<Loaded>, ReadFault> {
        if let Some(found) = self.ask(|trees| trees.entry(name, version))? {
            return Ok(Some(found));
        }
        if version.is_none() {
            return Ok(None);
        }
        for older in &self.older {
            if let Some(found) = older.entry(name, version)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn resolve(&self, kind: Kind, id: &EntryId) -> Result<Option<EntryName>, ReadFault> {
        self.ask(|trees| trees.resolve(kind, id))
    }
}

/// A name from its text.
pub(in crate::release) fn name(text: &str) -> EntryName {
    let (kind, id) = text.split_once('/').expect("kind/id");
    EntryName::new(Kind::by_name(kind).expect("a kind"), id.parse().expect("an id"))
}

/// The rules of findings, in order.
pub(in crate::release) fn ids(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.rule.id).collect()
}
