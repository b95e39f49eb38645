//! From a suite's name to sessions: everything that it names is found, read, checked and opened.

use std::collections::BTreeMap;

use super::Desk;
use super::stamps::{fingerprint, model_label, signatures};
use crate::cases::{CaseFile, Fixtures, Format, prompt_of};
use crate::checks::{Loaded, Material, read_suite};
use crate::cli::context::Tree;
use crate::cli::failure::Failure;
use crate::cli::select;
use crate::evals::judge::JudgeSide;
use crate::evals::prompt::{self, PromptFault, PromptText};
use crate::evals::record::{
    EntryStamp, Fingerprint, GitStamp, JudgeStamp, PromptStamp, Provenance, RUN_SCHEMA, RunRecord,
    Settings, Status, Totals,
};
use crate::evals::score::Scorer;
use crate::evals::session::{ModelSide, Session, Target};
use crate::finding::{Finding, Severity};
use crate::ident::{EntryName, Kind};
use crate::path::RepoPath;
use crate::redact::Secret;
use crate::registry::config::HostPurpose;
use crate::registry::dataset::Pii;
use crate::registry::entry::Body;
use crate::registry::index::Index;
use crate::registry::profile::HitSeverity;
use crate::registry::suite::Suite;

/// The seed of everything random in a report. It is fixed, so that equal runs read equally.
const SEED: u64 = 20_250_905;

/// A suite with one model, ready to be run.
#[derive(Debug)]
pub(in crate::cli) struct Prepared {
    /// The suite.
    pub name: EntryName,
    /// What is run.
    pub session: Session,
    /// The header of its record, without name and times.
    pub header: RunRecord,
    /// The files of its cases, for places.
    pub files: Vec<CaseFile>,
    /// The journey's and the file's warnings.
    pub warnings: Vec<Finding>,
}

/// A suite with what it names, before its models are opened.
pub(super) struct Parts {
    pub(super) loaded: Loaded,
    pub(super) suite: Suite,
    pub(super) dataset: Option<Loaded>,
    pub(super) files: Vec<CaseFile>,
    pub(super) fixtures: Fixtures,
    pub(super) warnings: Vec<Finding>,
}

impl Desk<'_> {
    /// Prepares a suite: one session for `model`, or for each of its own models.
    ///
    /// # Errors
    /// Whatever keeps the suite from being run as it is written; nothing has been sent then.
    pub(in crate::cli) fn prepare(
        &self,
        name: &EntryName,
        model: Option<&str>,
    ) -> Result<Vec<Prepared>, Failure> {
        let own = self.parts(name)?;
        let models: Vec<Option<String>> = match model {
            Some(model) => vec![Some(model.to_owned())],
            None if own.suite.models.is_empty() => vec![None],
            None => own.suite.models.iter().cloned().map(Some).collect(),
        };
        let mut prepared = Vec::new();
        let mut parts = Some(own);
        for model in &models {
            // The last session takes the cases; the others read them again, which is cheaper than
            // keeping two copies of a large suite.
            let own = match parts.take() {
                Some(own) => own,
                None => self.parts(name)?,
            };
            prepared.push(self.session(name, own, model.as_deref())?);
        }
        Ok(prepared)
    }

    /// Reads a suite, its cases and its fixtures.
    pub(super) fn parts(&self, name: &EntryName) -> Result<Parts, Failure> {
        let loaded = select::load(&self.workspace.layout, self.tree(), name)?;
        let Body::Suite(suite) = &loaded.entry.body else {
            return Err(Failure::usage(format!("`{name}` is no suite")));
        };
        let suite = (**suite).clone();
        let index = Index::new(&self.workspace.layout, self.tree());
        let (material, findings) = read_suite(&loaded.entry, &suite, &index)?;
        let is_file = Format::of(&RepoPath::from(suite.cases.as_str())).is_some();
        let dataset = if is_file { None } else { Some(self.entry(Kind::Dataset, &suite.cases)?) };
        let (errors, warnings): (Vec<Finding>, Vec<Finding>) =
            findings.into_iter().partition(|finding| finding.severity == Severity::Error);
        if !errors.is_empty() {
            self.refuse(&errors);
            let count = errors.len();
            let word = if count == 1 { "error" } else { "errors" };
            return Err(Failure::usage(format!(
                "`{name}` cannot be run: {count} {word} in its cases"
            ))
            .hint("mend what is shown above; nothing was sent to a model"));
        }
        if !material.complete {
            return Err(Failure::undecided(format!("not all cases of `{name}` are at hand"))
                .hint("`keelmark check` names the file; `git lfs pull` fetches what LFS keeps"));
        }
        let Material { files, fixtures, .. } = material;
        Ok(Parts { loaded, suite, dataset, files, fixtures, warnings })
    }

    /// Opens what the parts name.
    fn session(
        &self,
        name: &EntryName,
        parts: Parts,
        model: Option<&str>,
    ) -> Result<Prepared, Failure> {
        let Parts { loaded, suite, dataset, mut files, fixtures, warnings } = parts;
        let cases: Vec<_> =
            files.iter_mut().flat_map(|file| std::mem::take(&mut file.cases)).collect();
        if cases.is_empty() {
            return Err(Failure::usage(format!("`{name}` has no cases"))
                .hint("a suite without cases would pass whatever happens"));
        }
        let mut opened = Opened::new(self);
        let mut targets = Vec::new();
        let mut prompts = Vec::new();
        let mut by_reference: BTreeMap<String, u16> = BTreeMap::new();
        let mut target_of = Vec::with_capacity(cases.len());
        let mut profile = None;
        for case in &cases {
            let Some(reference) = prompt_of(case, &suite) else {
                return Err(Failure::usage(format!("no prompt answers the case `{}`", case.id))
                    .hint(format!(
                        "give the suite a `target`, or route the domain `{}`",
                        case.domain
                    )));
            };
            let number = if let Some(number) = by_reference.get(reference) {
                *number
            } else {
                let found = self.entry(Kind::Prompt, reference)?;
                let (target, stamp) =
                    self.target(&mut opened, &suite, &found, model, &mut profile)?;
                targets.push(target);
                prompts.push(stamp);
                let number = u16::try_from(by_reference.len()).unwrap_or(u16::MAX);
                by_reference.insert(reference.to_owned(), number);
                number
            };
            target_of.push(number);
        }
        refuse_personal_data(dataset.as_ref(), &opened)?;
        let judges = self.judges(&mut opened, &suite)?;
        let default_judge = suite.default_judge.clone();
        let label = model_label(&prompts);
        let signatures = signatures(&cases, &judges);
        let header = RunRecord {
            schema: RUN_SCHEMA.to_owned(),
            id: String::new(),
            created: String::new(),
            finished: None,
            status: Status::Running,
            provenance: Provenance::Local,
            tool: env!("CARGO_PKG_VERSION").to_owned(),
            git: self.git_stamp()?,
            settings: Settings {
                tier: None,
                repeat: 1,
                shard: None,
                filters: Vec::new(),
                offline: false,
            },
            suite: prompt::stamp(&loaded.entry, loaded.facets()),
            journey: suite.journey.clone(),
            dataset: dataset.as_ref().map(|found| prompt::stamp(&found.entry, found.facets())),
            model: label,
            prompts,
            judges: judges
                .iter()
                .map(|(metric, judge)| (metric.clone(), judge.stamp.clone()))
                .collect(),
            default_judge: default_judge.clone(),
            profile,
            answer: suite.answer.clone(),
            fingerprint: Fingerprint::default(),
            signatures,
            gates: None,
            baseline: None,
            seed: SEED,
            totals: Totals::default(),
            cases_sha256: None,
            verdicts: Vec::new(),
            accepted_inconclusive: None,
        };
        let mut header = header;
        header.fingerprint = fingerprint(&header, &suite, &loaded, &targets);
        let session = Session {
            suite,
            cases,
            fixtures,
            targets,
            target_of,
            models: opened.models,
            judges,
            default_judge,
            secrets: self.secrets(),
        };
        Ok(Prepared { name: name.clone(), session, header, files, warnings })
    }

    /// Opens a prompt with its model.
    pub(super) fn target(
        &self,
        opened: &mut Opened<'_, '_>,
        suite: &Suite,
        found: &Loaded,
        model: Option<&str>,
        profile: &mut Option<EntryStamp>,
    ) -> Result<(Target, PromptStamp), Failure> {
        let name = &found.entry.name;
        let text = prompt_text(found)?;
        let reference = model.map(ToOwned::to_owned).or_else(|| text.prompt.model.clone());
        let reference = reference.ok_or_else(|| {
            Failure::usage(format!("nothing says which model answers `{name}`"))
                .hint("give the suite `models: [model/…]`, or the prompt `model: model/…`")
        })?;
        let number = opened.model(&reference, HostPurpose::Provider)?;
        let stamp = opened.models.get(number).map(|model| model.stamp.clone());
        let outputs = text.output_schema();
        let severities = self.severities(suite, &text, profile)?;
        let prompt = PromptStamp {
            prompt: text.stamp.clone(),
            model: stamp.ok_or_else(|| Failure::undecided("the model is gone"))?,
            outputs: outputs.clone(),
        };
        let scorer = Scorer::new(suite.answer.as_deref(), &outputs, severities);
        Ok((Target { text, model: number, scorer }, prompt))
    }

    /// Returns how bad hits are: as the suite's profile says, or the prompt's.
    pub(super) fn severities(
        &self,
        suite: &Suite,
        text: &PromptText,
        profile: &mut Option<EntryStamp>,
    ) -> Result<BTreeMap<String, HitSeverity>, Failure> {
        let written = suite.profile.as_ref().or(text.prompt.policies.safety_profile.as_ref());
        let Some(reference) = written else { return Ok(BTreeMap::new()) };
        // A prompt may name a profile that is kept elsewhere; `check` warns of it, and hits then
        // have no severity, so that each of them fails its case.
        let at_hand = suite.profile.is_some() || self.leads_somewhere(Kind::Profile, reference)?;
        if !at_hand {
            return Ok(BTreeMap::new());
        }
        let found = self.entry(Kind::Profile, reference)?;
        let Body::Profile(body) = &found.entry.body else {
            return Err(Failure::usage(format!("`{}` is no profile", found.entry.name)));
        };
        let severities = body.guardrails.iter();
        let severities = severities.filter_map(|(name, g)| Some((name.clone(), g.severity?)));
        profile.get_or_insert_with(|| prompt::stamp(&found.entry, found.facets()));
        Ok(severities.collect())
    }

    /// Opens the judges of a suite.
    pub(super) fn judges(
        &self,
        opened: &mut Opened<'_, '_>,
        suite: &Suite,
    ) -> Result<BTreeMap<String, JudgeSide>, Failure> {
        let mut judges = BTreeMap::new();
        for (metric, reference) in &suite.judges {
            let found = self.entry(Kind::Judge, reference)?;
            let name = &found.entry.name;
            let Body::Judge(body) = &found.entry.body else {
                return Err(Failure::usage(format!("`{name}` is no judge")));
            };
            let rubric = found
                .payloads
                .iter()
                .find(|payload| payload.declared.pointer == "/rubric")
                .and_then(|payload| payload.text.as_ref())
                .ok_or_else(|| select::unreadable(name))?;
            let number = opened.model(&body.model, HostPurpose::Judge)?;
            let model = opened.models.get(number).map(|model| model.stamp.clone());
            let judge = prompt::stamp(&found.entry, found.facets());
            let model = model.ok_or_else(|| Failure::undecided("the model is gone"))?;
            let (advisory, unseated) = self.office(&found, &judge, &model)?;
            judges.insert(
                metric.clone(),
                JudgeSide {
                    metric: metric.clone(),
                    stamp: JudgeStamp {
                        judge,
                        model,
                        min_coverage: body.min_coverage,
                        advisory,
                        unseated,
                    },
                    rubric: rubric.text().to_owned(),
                    scale: body.scale,
                    parameters: body.parameters.clone(),
                    votes: u32::try_from(body.votes).unwrap_or(u32::MAX).clamp(1, 9),
                    model: number,
                },
            );
        }
        Ok(judges)
    }

    /// Returns the keys of the environment, so that no record ever holds one.
    pub(super) fn secrets(&self) -> Vec<Secret> {
        let hosts = self.trusted().trust.hosts.values();
        let names = hosts.filter_map(|host| host.key_env.as_deref());
        let values = self.context.environment.named(names).into_values();
        // What is sent is the value without blanks at its ends.
        values.filter_map(|value| Secret::new(value.trim())).collect()
    }

    fn git_stamp(&self) -> Result<GitStamp, Failure> {
        let repository = &self.workspace.opened.repository;
        if let Tree::Revision { commit, .. } = &self.workspace.tree {
            return Ok(GitStamp { commit: Some(commit.to_string()), dirty: false });
        }
        let Ok(head) = repository.resolve("HEAD") else {
            return Ok(GitStamp { commit: None, dirty: true });
        };
        let tree = repository.commit_snapshot(head)?;
        let changed = repository.changed(
            Some(&tree),
            self.workspace.tree.after(),
            &self.workspace.prefixes(),
        )?;
        Ok(GitStamp { commit: Some(head.to_string()), dirty: !changed.is_empty() })
    }
}

/// Models that were opened for one session, each once.
pub(super) struct Opened<'d, 'a> {
    desk: &'d Desk<'a>,
    pub(super) models: Vec<ModelSide>,
    by_reference: BTreeMap<(String, HostPurpose), usize>,
}

impl<'d, 'a> Opened<'d, 'a> {
    pub(super) const fn new(desk: &'d Desk<'a>) -> Self {
        Self { desk, models: Vec::new(), by_reference: BTreeMap::new() }
    }

    fn model(&mut self, reference: &str, purpose: HostPurpose) -> Result<usize, Failure> {
        let key = (reference.to_owned(), purpose);
        if let Some(number) = self.by_reference.get(&key) {
            return Ok(*number);
        }
        let loaded = self.desk.entry(Kind::Model, reference)?;
        self.models.push(self.desk.model(&loaded, purpose)?);
        let number = self.models.len() - 1;
        self.by_reference.insert(key, number);
        Ok(number)
    }
}

/// Refuses to send rows that identify people to a host that may not have them.
pub(super) fn refuse_personal_data(
    dataset: Option<&Loaded>,
    opened: &Opened<'_, '_>,
) -> Result<(), Failure> {
    let Some(found) = dataset else { return Ok(()) };
    let Body::Dataset(body) = &found.entry.body else { return Ok(()) };
    let present = body.provenance.pii == Some(Pii::Present);
    let refused = opened.models.iter().find(|model| {
        present
            && model.provider.is_live()
            && model.redact == crate::evals::session::Egress::Redacted
    });
    match refused {
        None => Ok(()),
        Some(model) => {
            let (dataset, model) = (&found.entry.name, &model.stamp.entry);
            Err(Failure::usage(format!(
                "`{dataset}` says `pii: present`, and the host of `{model}` may not have personal data"
            ))
            .hint("have `pii: present` merged for that host below `trust.hosts`, or de-identify the rows"))
        }
    }
}

/// Collects the texts of a prompt.
pub(in crate::cli) fn prompt_text(found: &Loaded) -> Result<PromptText, Failure> {
    let name = &found.entry.name;
    let Some(prompt) = found.entry.as_prompt() else {
        return Err(Failure::usage(format!("`{name}` is no prompt")));
    };
    PromptText::new(&found.entry, prompt, &found.read, found.facets())
        .map_err(|fault| prompt_failure(&fault))
}

/// Says why a prompt cannot be rendered.
pub(in crate::cli) fn prompt_failure(fault: &PromptFault) -> Failure {
    let failure = Failure::refused(fault.to_string());
    match fault {
        PromptFault::Unreadable { .. } | PromptFault::Include { .. } => {
            failure.hint("`keelmark check` says what is wrong with it")
        }
        PromptFault::Template { .. } => failure,
    }
}
