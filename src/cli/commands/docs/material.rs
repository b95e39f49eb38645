//! What the handbook is written from, read from the work tree.

use std::collections::BTreeMap;
use std::path::Path;

use clap::CommandFactory as _;
use serde::de::DeserializeOwned;

use super::ledger;
use crate::cases::Case;
use crate::checks::{Named, catalogue, read_entries, read_entry, read_policy, read_suite};
use crate::cli::apply;
use crate::cli::args::Cli;
use crate::cli::context::{Context, Workspace};
use crate::cli::failure::Failure;
use crate::evals::baseline::{self, Baseline};
use crate::evals::calibration;
use crate::finding::{Finding, Rule, Severity};
use crate::handbook::{Agreement, BaselineFact, Facts, LedgerView, Place, Policies, Workflow};
use crate::ident::{EntryName, EntryRef, Kind};
use crate::path::RepoPath;
use crate::registry::common::Status;
use crate::registry::config::Config;
use crate::registry::entry::{Body, Entry};
use crate::registry::index::Index;
use crate::registry::judge::Judge;
use crate::release::rules;
use crate::schema::PolicyName;
use crate::yaml;

/// Everything that was read.
pub(super) struct Material {
    rules: Vec<&'static Rule>,
    entries: Vec<Entry>,
    cases: BTreeMap<EntryName, Vec<Case>>,
    policies: Policies,
    agreements: BTreeMap<EntryName, Agreement>,
    baselines: Vec<BaselineFact>,
    verbs: Vec<String>,
    workflows: Vec<Workflow>,
    ledger: LedgerView,
}

impl Material {
    /// Reads a work tree.
    ///
    /// # Errors
    /// What cannot be read as it is written is in no document: somebody will sign it.
    pub(super) fn read(workspace: &Workspace, context: &Context) -> Result<Self, Failure> {
        let (entries, errors) = read_entries(&workspace.layout, workspace.snapshot())?;
        refuse(&errors)?;
        Ok(Self {
            rules: catalogue::rules().chain(rules::RULES.iter().copied()).collect(),
            cases: cases(workspace, &entries)?,
            policies: policies(workspace)?,
            agreements: agreements(workspace, &entries)?,
            baselines: baselines(workspace)?,
            verbs: verbs(),
            workflows: workflows(workspace.opened.top()?)?,
            ledger: ledger::view(workspace, context)?,
            entries,
        })
    }

    /// Returns the facts as the handbook takes them.
    pub(super) fn facts<'a>(&'a self, place: &'a Place, config: &'a Config) -> Facts<'a> {
        Facts {
            place,
            config,
            rules: &self.rules,
            entries: &self.entries,
            cases: &self.cases,
            policies: &self.policies,
            agreements: &self.agreements,
            baselines: &self.baselines,
            verbs: &self.verbs,
            workflows: &self.workflows,
            ledger: &self.ledger,
        }
    }
}

/// Refuses to go on with what is wrong.
fn refuse(findings: &[Finding]) -> Result<(), Failure> {
    let mut errors = findings.iter().filter(|finding| finding.severity == Severity::Error);
    let Some(first) = errors.next() else { return Ok(()) };
    let at = first.place.file.position(first.place.span.start);
    let more = errors.count();
    let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
    Err(Failure::refused(format!(
        "{}:{}:{}: {}{more}",
        first.path(),
        at.line,
        at.column,
        first.message
    ))
    .hint("mend it first; nothing was written. `keelmark check --all` shows all that is wrong"))
}

fn policies(workspace: &Workspace) -> Result<Policies, Failure> {
    Ok(Policies {
        gates: policy(workspace, PolicyName::Gates)?,
        journeys: policy(workspace, PolicyName::Journeys)?,
        promotion: policy(workspace, PolicyName::Promotion)?,
        drift: policy(workspace, PolicyName::Drift)?,
        telemetry: policy(workspace, PolicyName::Telemetry)?,
        freeze: policy(workspace, PolicyName::Freeze)?,
    })
}

fn policy<T: DeserializeOwned>(
    workspace: &Workspace,
    name: PolicyName,
) -> Result<Option<T>, Failure> {
    match read_policy(workspace.snapshot(), &workspace.layout, name)? {
        Ok(read) => Ok(read.map(|read| read.policy)),
        Err(findings) => refuse(&findings).map(|()| None),
    }
}

/// Reads the cases of each suite that is in use.
fn cases(
    workspace: &Workspace,
    entries: &[Entry],
) -> Result<BTreeMap<EntryName, Vec<Case>>, Failure> {
    let index = Index::new(&workspace.layout, workspace.snapshot());
    let mut cases = BTreeMap::new();
    for entry in entries {
        let Body::Suite(suite) = &entry.body else { continue };
        if matches!(entry.common.status, Status::Draft | Status::Removed) {
            continue;
        }
        let (material, mut findings) = read_suite(entry, suite, &index)?;
        // Whether the cases can be put to the prompts is the business of `check` and `eval`; here
        // they are only shown.
        findings.retain(|finding| {
            let id = finding.rule.id;
            !id.starts_with("suite-") || id.starts_with("suite-cases-")
        });
        refuse(&findings)?;
        if !material.complete {
            return Err(Failure::undecided(format!(
                "not all cases of `{}` are at hand",
                entry.name
            ))
            .hint("`keelmark check` names the file; `git lfs pull` fetches what LFS keeps"));
        }
        let read = material.files.into_iter().flat_map(|file| file.cases).collect();
        cases.insert(entry.name.clone(), read);
    }
    Ok(cases)
}

/// Reads how well judges agreed with people, where somebody measured it.
fn agreements(
    workspace: &Workspace,
    entries: &[Entry],
) -> Result<BTreeMap<EntryName, Agreement>, Failure> {
    let mut agreements = BTreeMap::new();
    let tree = workspace.snapshot();
    for entry in entries {
        let Body::Judge(judge) = &entry.body else { continue };
        let path = entry.folder().join(calibration::FILE);
        let Some(file) = tree.file(&path)? else { continue };
        let measured =
            calibration::Measured::parse(&tree.read(&file, yaml::MAX_BYTES)?).map_err(|why| {
                Failure::refused(format!("`{path}` {why}"))
                    .hint("remove it or measure again; nothing was written")
            })?;
        let behaviour = |name: &EntryName| -> Result<Option<_>, Failure> {
            let found = read_entry(&workspace.layout, name, Named { name: "", tree })?;
            Ok(found.map(|found| found.facets().behaviour))
        };
        let model = match model_of(workspace, judge)? {
            Some(name) => behaviour(&name)?,
            None => None,
        };
        let current =
            behaviour(&entry.name)? == Some(measured.judge) && model == Some(measured.model);
        let agreement = Agreement {
            day: measured.day,
            kappa: measured.weighted_kappa,
            labels: measured.labels,
            current,
        };
        agreements.insert(entry.name.clone(), agreement);
    }
    Ok(agreements)
}

fn model_of(workspace: &Workspace, judge: &Judge) -> Result<Option<EntryName>, Failure> {
    let Ok(reference) = judge.model.parse::<EntryRef>() else { return Ok(None) };
    let index = Index::new(&workspace.layout, workspace.snapshot());
    Ok(index.resolve(Kind::Model, &reference.id)?)
}

fn baselines(workspace: &Workspace) -> Result<Vec<BaselineFact>, Failure> {
    let tree = workspace.snapshot();
    let mut facts = Vec::new();
    for file in tree.list(&workspace.layout.root().join("baselines"))? {
        if !file.path.as_bytes().ends_with(b".json") {
            continue;
        }
        let limit = u64::try_from(baseline::MAX_BYTES).unwrap_or(u64::MAX);
        let bytes = tree.read(&file, limit)?;
        let read = Baseline::parse(&String::from_utf8_lossy(&bytes)).map_err(|fault| {
            Failure::refused(format!("`{}`: {fault}", file.path))
                .hint("make it anew with `keelmark eval bless`; nothing was written")
        })?;
        facts.push(summary(&read));
    }
    facts.sort_by(|a, b| (&a.suite, &a.model).cmp(&(&b.suite, &b.model)));
    Ok(facts)
}

fn summary(baseline: &Baseline) -> BaselineFact {
    let mut sums: BTreeMap<&str, (f64, usize)> = BTreeMap::new();
    for case in baseline.cases.values() {
        for (metric, value) in &case.scores {
            let sum = sums.entry(metric).or_default();
            *sum = (sum.0 + value, sum.1 + 1);
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "there are not 2^53 cases")]
    let mean = |(metric, (sum, count)): (&str, (f64, usize))| {
        (metric.to_owned(), (sum / count as f64, count))
    };
    BaselineFact {
        suite: format!("{}@{}", baseline.suite.entry, baseline.suite.version),
        model: baseline.model.clone(),
        created: baseline.created.clone(),
        run: baseline.run.to_string(),
        cases: baseline.cases.len(),
        means: sums.into_iter().map(mean).collect(),
    }
}

/// Names what the program can do.
fn verbs() -> Vec<String> {
    Cli::command().get_subcommands().map(|verb| verb.get_name().to_owned()).collect()
}

/// Reads the workflows that CI runs.
fn workflows(top: &Path) -> Result<Vec<Workflow>, Failure> {
    let folder = RepoPath::from(".github/workflows");
    let mut paths = vec![RepoPath::from(".gitlab-ci.yml")];
    if let Ok(entries) = std::fs::read_dir(apply::on_disk(top, &folder)) {
        for entry in entries {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if matches!(name.rsplit_once('.'), Some((_, "yml" | "yaml"))) {
                paths.push(folder.join(&name));
            }
        }
    }
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        // What is no text runs nothing.
        if let Ok(text) = std::fs::read_to_string(apply::on_disk(top, &path)) {
            found.push(Workflow { path: path.to_text().into_owned(), text });
        }
    }
    Ok(found)
}
