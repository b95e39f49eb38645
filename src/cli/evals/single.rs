//! One case, asked of one prompt: what `try` and `eval bisect` take out of a suite, or do without.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Desk;
use super::prepare::{Opened, prompt_text, refuse_personal_data};
use crate::cases::metric::JUDGE;
use crate::cases::{Case, Check, Fixtures, prompt_of};
use crate::checks::{Loaded, entries};
use crate::cli::failure::Failure;
use crate::cli::store::answers::DiskCache;
use crate::cli::{interrupt, select};
use crate::evals::budget::Budget;
use crate::evals::cache::{Cache, NoCache};
use crate::evals::event::Stop;
use crate::evals::runner::{Reach, Run};
use crate::evals::score::Scorer;
use crate::evals::session::{Session, Target, Unit};
use crate::evals::trial::{self, Reply};
use crate::ident::{EntryName, EntryRef, Kind};
use crate::money::MicroUsd;
use crate::provider::RetryPolicy;
use crate::registry::entry::Body;
use crate::registry::index::Index;
use crate::registry::prompt::Prompt;
use crate::registry::suite::Suite;
use crate::schema::meant;
use crate::template::Variables;
use crate::time::Clock;

/// The unit of a session with one case.
pub(in crate::cli) const UNIT: Unit = Unit { case: 0, repeat: 0 };

/// The guardrails that need no case to look at an answer.
const ANYWHERE: [&str; 2] = ["no_pii", "no_toxicity"];

/// A case, and where it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct FoundCase {
    /// The suite that has it.
    pub suite: EntryName,
    /// Its id.
    pub id: String,
    /// The prompt that answers it.
    pub prompt: EntryName,
}

/// What a prompt is asked, and how its answer is judged.
#[derive(Debug)]
pub(in crate::cli) struct Matter {
    /// The suite; an empty one where inputs were typed.
    pub suite: Suite,
    case: Case,
    fixtures: Fixtures,
    dataset: Option<Loaded>,
}

impl Desk<'_> {
    /// Finds the suites that measure a prompt.
    ///
    /// # Errors
    /// A suite that cannot be read.
    pub(in crate::cli) fn measuring(
        &self,
        prompt: &EntryName,
    ) -> Result<Vec<(EntryName, Suite)>, Failure> {
        let mut found = Vec::new();
        for (name, suite) in self.all_suites()? {
            let mut measures = false;
            for reference in suite.target.iter().chain(suite.route.values()) {
                measures |= self.prompt_named(reference)?.as_ref() == Some(prompt);
            }
            if measures {
                found.push((name, suite));
            }
        }
        Ok(found)
    }

    /// Finds the case with an id: in the suite that is named, among those that measure a prompt,
    /// or among all.
    ///
    /// # Errors
    /// No suite has it, or several do.
    pub(in crate::cli) fn find_case(
        &self,
        id: &str,
        suite: Option<&str>,
        prompt: Option<&EntryName>,
    ) -> Result<FoundCase, Failure> {
        let suites: Vec<EntryName> = match (suite, prompt) {
            (Some(text), _) => vec![self.suite(text)?],
            (None, Some(prompt)) => {
                self.measuring(prompt)?.into_iter().map(|(name, _)| name).collect()
            }
            (None, None) => self.all_suites()?.into_iter().map(|(name, _)| name).collect(),
        };
        let mut cases = Vec::new();
        for name in &suites {
            cases.extend(self.cases_of(name, prompt)?);
        }
        let (mut found, others): (Vec<_>, Vec<_>) =
            cases.into_iter().partition(|found| found.id == id);
        match (found.pop(), found.first()) {
            (Some(only), None) => Ok(only),
            (Some(last), Some(_)) => {
                found.push(last);
                let names: Vec<String> =
                    found.iter().map(|found| format!("`{}`", found.suite)).collect();
                Err(Failure::usage(format!("{} have a case `{id}`", names.join(" and ")))
                    .hint("name one of them with `--suite`"))
            }
            (None, _) => {
                let of = prompt.map(|prompt| format!(" for `{prompt}`")).unwrap_or_default();
                let failure = Failure::usage(match suites.as_slice() {
                    [] => format!("no suite has a case{of}"),
                    [one] => format!("`{one}` has no case `{id}`{of}"),
                    many => format!("none of {} suites has a case `{id}`{of}", many.len()),
                });
                let known = others.iter().map(|found| found.id.as_str());
                Err(failure.hint(
                    meant(id, known)
                        .unwrap_or_else(|| "`keelmark list suite` shows the suites".to_owned()),
                ))
            }
        }
    }

    /// Finds the first case of the first suite that measures a prompt.
    ///
    /// # Errors
    /// A suite that cannot be read.
    pub(in crate::cli) fn first_case(
        &self,
        prompt: &EntryName,
    ) -> Result<Option<FoundCase>, Failure> {
        for (name, _) in self.measuring(prompt)? {
            if let Some(first) = self.cases_of(&name, Some(prompt))?.into_iter().next() {
                return Ok(Some(first));
            }
        }
        Ok(None)
    }

    /// Reads what a case asks.
    ///
    /// # Errors
    /// As for a run of its suite.
    pub(in crate::cli) fn matter_of_case(&self, found: &FoundCase) -> Result<Matter, Failure> {
        let parts = self.parts(&found.suite)?;
        let case = parts
            .files
            .into_iter()
            .flat_map(|file| file.cases)
            .find(|case| case.id == found.id)
            .ok_or_else(|| Failure::usage(format!("there is no case `{}`", found.id)))?;
        let (suite, fixtures, dataset) = (parts.suite, parts.fixtures, parts.dataset);
        Ok(Matter { suite, case, fixtures, dataset })
    }

    /// Asks with inputs as they were typed. An answer is held to the prompt's outputs and to the
    /// guardrails that need no case.
    ///
    /// # Errors
    /// A profile that cannot be read.
    pub(in crate::cli) fn matter_of_inputs(
        &self,
        prompt: &Prompt,
        inputs: &Variables,
    ) -> Result<Matter, Failure> {
        // What is not declared is sent to an open prompt only where it is bound.
        let bound = inputs.keys().filter(|_| prompt.inputs().open);
        let bind = bound.map(|name| (name.clone(), name.clone())).collect();
        Ok(Matter {
            suite: Suite { bind, ..Suite::default() },
            case: Case {
                id: "try".to_owned(),
                variables: inputs.clone(),
                check: Check { metric: "schema_valid".to_owned(), bar: None },
                guardrails: self.guardrails_anywhere(prompt)?,
                ..Case::default()
            },
            fixtures: Fixtures::default(),
            dataset: None,
        })
    }

    fn guardrails_anywhere(&self, prompt: &Prompt) -> Result<Vec<String>, Failure> {
        let policies = &prompt.policies;
        let mut named: Vec<String> = policies.guardrails.clone().unwrap_or_default();
        if let Some(reference) = &policies.safety_profile
            && self.leads_somewhere(Kind::Profile, reference)?
            && let Body::Profile(profile) = self.entry(Kind::Profile, reference)?.entry.body
        {
            named.extend(profile.guardrails.into_keys());
        }
        named.retain(|name| ANYWHERE.contains(&name.as_str()));
        if policies.requires_citations == Some(true) {
            named.push("citations_required".to_owned());
        }
        named.sort();
        named.dedup();
        Ok(named)
    }

    /// Opens a session of one case for a prompt: with the model that is named, the suite's first, or
    /// the prompt's own. Judges are opened only where the case needs them.
    ///
    /// # Errors
    /// As for a run of its suite.
    pub(in crate::cli) fn session_of(
        &self,
        matter: Matter,
        prompt: &Loaded,
        model: Option<&str>,
    ) -> Result<Session, Failure> {
        let Matter { suite, case, fixtures, dataset } = matter;
        let model = model.or(suite.models.first().map(String::as_str));
        let mut opened = Opened::new(self);
        let (target, _) = self.target(&mut opened, &suite, prompt, model, &mut None)?;
        let metric = case.check.metric.as_str();
        let judges = if metric == JUDGE || suite.judges.contains_key(metric) {
            self.judges(&mut opened, &suite)?
        } else {
            BTreeMap::new()
        };
        refuse_personal_data(dataset.as_ref(), &opened)?;
        let only = judges.keys().next().filter(|_| judges.len() == 1);
        Ok(Session {
            default_judge: suite.default_judge.clone().or_else(|| only.cloned()),
            suite,
            cases: vec![case],
            fixtures,
            targets: vec![target],
            target_of: vec![0],
            models: opened.models,
            judges,
            secrets: self.secrets(),
        })
    }

    /// Puts another version of the prompt into a session; model, case and judges stay.
    ///
    /// # Errors
    /// A text or a profile of that version cannot be read.
    pub(in crate::cli) fn retarget(
        &self,
        session: &mut Session,
        prompt: &Loaded,
    ) -> Result<(), Failure> {
        let text = prompt_text(prompt)?;
        let severities = self.severities(&session.suite, &text, &mut None)?;
        let answer = session.suite.answer.as_deref();
        let scorer = Scorer::new(answer, &text.output_schema(), severities);
        let model = session.targets.first().map_or(0, |target| target.model);
        session.targets = vec![Target { text, model, scorer }];
        Ok(())
    }

    /// Opens the way to models: the cache as the base configures it, and a budget.
    ///
    /// # Errors
    /// In a bare repository, or when the cache's folder cannot be made.
    pub(in crate::cli) fn channel(
        &self,
        reach: Reach,
        cap: Option<MicroUsd>,
    ) -> Result<Channel, Failure> {
        let cache: Box<dyn Cache> = if self.trusted().eval.cache {
            Box::new(DiskCache::open(self.workspace.opened.top()?)?)
        } else {
            Box::new(NoCache)
        };
        Ok(Channel { clock: Arc::clone(&self.clock), cache, budget: Budget::new(cap), reach })
    }

    /// Returns the most that may be spent on a suite: what the base allows, or the suite.
    pub(in crate::cli) fn cap(&self, suite: &Suite) -> Option<MicroUsd> {
        let limits = [Some(self.trusted().eval.max_cost_usd), suite.max_cost_usd];
        limits.into_iter().flatten().filter_map(MicroUsd::from_usd).min()
    }

    fn all_suites(&self) -> Result<Vec<(EntryName, Suite)>, Failure> {
        let layout = &self.workspace.layout;
        let mut suites = Vec::new();
        for listed in entries(layout, self.tree())? {
            if listed.name.kind == Kind::Suite
                && let Body::Suite(suite) =
                    select::load(layout, self.tree(), &listed.name)?.entry.body
            {
                suites.push((listed.name, *suite));
            }
        }
        Ok(suites)
    }

    /// Lists the cases of a suite that a prompt answers; all of them where none is given.
    fn cases_of(
        &self,
        suite: &EntryName,
        prompt: Option<&EntryName>,
    ) -> Result<Vec<FoundCase>, Failure> {
        let parts = self.parts(suite)?;
        let mut known: BTreeMap<String, Option<EntryName>> = BTreeMap::new();
        let mut cases = Vec::new();
        for case in parts.files.iter().flat_map(|file| &file.cases) {
            let Some(reference) = prompt_of(case, &parts.suite) else { continue };
            if !known.contains_key(reference) {
                known.insert(reference.to_owned(), self.prompt_named(reference)?);
            }
            let Some(Some(answers)) = known.get(reference) else { continue };
            if prompt.is_none_or(|prompt| prompt == answers) {
                let (suite, id) = (suite.clone(), case.id.clone());
                cases.push(FoundCase { suite, id, prompt: answers.clone() });
            }
        }
        Ok(cases)
    }

    fn prompt_named(&self, reference: &str) -> Result<Option<EntryName>, Failure> {
        let Ok(reference) = reference.parse::<EntryRef>() else { return Ok(None) };
        let index = Index::new(&self.workspace.layout, self.tree());
        Ok(index.resolve(reference.kind.unwrap_or(Kind::Prompt), &reference.id)?)
    }
}

/// The way to models for sessions of one case.
pub(in crate::cli) struct Channel {
    clock: Arc<dyn Clock>,
    cache: Box<dyn Cache>,
    budget: Budget,
    reach: Reach,
}

impl Channel {
    /// Asks the case of a session.
    ///
    /// # Errors
    /// Why the asking ended first.
    pub(in crate::cli) fn ask(&self, session: &Session) -> Result<Reply, Stop> {
        trial::ask(&Run {
            session,
            units: &[UNIT],
            done: 0,
            cache: &*self.cache,
            clock: &*self.clock,
            interrupted: interrupt::watch(),
            jobs: 1,
            reach: self.reach,
            budget: &self.budget,
            retry: RetryPolicy::default(),
            time_limit: None,
        })
    }
}

/// Says why a case was not asked to its end; an interrupt is the caller's to tell.
pub(in crate::cli) fn stopped(stop: Stop) -> Failure {
    match stop {
        Stop::CostCap { cap_micro_usd } => Failure::undecided(format!(
            "the next call could pass the cap of {}",
            MicroUsd(cap_micro_usd)
        ))
        .hint(
            "have a larger `eval: {max_cost_usd: …}` merged, or raise `max_cost_usd` of the suite",
        ),
        Stop::Interrupted | Stop::TimeLimit { .. } | Stop::Sink | Stop::NoThread => {
            Failure::undecided("the model could not be asked")
        }
    }
}
