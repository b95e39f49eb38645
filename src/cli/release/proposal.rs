//! A composite as it would be released now: its step, its evidence, and everything that is missing.

use std::collections::{BTreeMap, BTreeSet};

use super::approvals::{self, Approvals, Doubted};
use super::scene::Scene;
use super::tags::{ReleaseTag, Releases};
use crate::checks::{Loaded, Named};
use crate::cli::composite::{self, Standpoint};
use crate::cli::context::{Wanted, Workspace};
use crate::cli::failure::Failure;
use crate::evals::gate::GateResult;
use crate::finding::Finding;
use crate::ident::EntryName;
use crate::ledger::kind::Kind;
use crate::ledger::record::Record;
use crate::money::MicroUsd;
use crate::registry::entry::Body;
use crate::registry::policy::freeze::Freeze;
use crate::registry::policy::gates::Gates;
use crate::registry::policy::journeys::Journeys;
use crate::release::approval::Rules;
use crate::release::composite::{Composition, Source as _};
use crate::release::demand;
use crate::release::evidence::{self, Demand, Known, Proof, State, SuiteState};
use crate::release::facts::{Approval, EvidenceFact};
use crate::release::payload::Composed;
use crate::release::readiness;
use crate::release::rollback::{self, Direction};
use crate::release::rules;
use crate::release::source::Trees;
use crate::release::step::{self, Step};
use crate::schema::PolicyName;
use crate::snapshot::Snapshot;
use crate::time;
use crate::version::Version;

/// What is asked of a proposal.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::cli) struct Wish<'a> {
    /// Whether only a candidate is released.
    pub candidate: bool,
    /// Gates that somebody answers for, by metric.
    pub waived: &'a [String],
    /// What running each suite costs at most, where somebody has counted.
    pub costs: Option<&'a BTreeMap<EntryName, MicroUsd>>,
}

/// A release that the step is counted from.
pub(in crate::cli) struct Before {
    /// Its tag; `None` for a composite that is published and was never released.
    pub tag: Option<ReleaseTag>,
    /// What it was made of.
    pub composition: Composition,
}

/// The release to go back to.
pub(in crate::cli) struct WayBack {
    /// Its tag.
    pub tag: ReleaseTag,
    /// What breaks on the way.
    pub direction: Direction,
}

/// A run that the release cites.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Cited {
    /// The suite with its version.
    pub suite: String,
    /// The id of the run's record in the ledger.
    pub record: String,
}

/// One line about the evidence of a suite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct SuiteLine {
    /// The suite with its version.
    pub suite: String,
    /// `reused`, `to run` or `closed`.
    pub state: &'static str,
    /// The run, where there is one.
    pub run: Option<String>,
    /// Who vouches for the run: `ci: …`, or `local: …` and why; `None` for one that the ledger does
    /// not have.
    pub vouched: Option<String>,
    /// What running it costs at most.
    pub cost: Option<MicroUsd>,
}

/// A composite as it would be released now.
pub(in crate::cli) struct Proposal {
    /// What it is made of.
    pub composition: Composition,
    /// Its releases so far.
    pub releases: Releases,
    /// The release before.
    pub before: Option<Before>,
    /// The step.
    pub step: Step,
    /// Everything that is to be said, errors first.
    pub findings: Vec<Finding>,
    /// The evidence, suite by suite.
    pub suites: Vec<SuiteLine>,
    /// The runs that prove it.
    pub cited: Vec<Cited>,
    /// What documents say of them.
    pub evidence: Vec<EvidenceFact>,
    /// What their gates say.
    pub gates: Vec<GateResult>,
    /// The way back.
    pub way_back: Option<WayBack>,
    /// Who approved exactly this, and may.
    pub approvals: Vec<Approval>,
}

impl Proposal {
    /// Judges a composite as the scene's tree has it.
    ///
    /// # Errors
    /// When bytes cannot be had, or the composite cannot be read as one.
    pub(in crate::cli) fn judge(
        scene: &Scene<'_>,
        workspace: &Workspace,
        loaded: Loaded,
        wish: Wish<'_>,
    ) -> Result<Self, Failure> {
        let name = loaded.entry.name.clone();
        let trees =
            Trees::new(scene.layout, Named { name: "", tree: scene.tree }, Some(scene.past));
        let (composition, mut findings) = Composition::resolve(&trees, loaded)?;
        let Some(composition) = composition else {
            return Err(Failure::refused(format!("`{name}` is no composite that can be released"))
                .hint("`keelmark check` says what is wrong with it"));
        };
        let releases = Releases::of(
            &workspace.opened.repository,
            &scene.trusted.tag_prefix,
            name.id.as_str(),
            scene.index,
        )?;
        findings.extend(unrecorded(&composition, &releases));
        let before = before(scene, &releases, &composition)?;
        let mut taken = releases.taken();
        taken.retain(|version| !version.is_prerelease());
        let step = step::judge(&step::Request {
            old: before.as_ref().map(|before| &before.composition),
            new: &composition,
            taken: &taken,
            trusted: scene.trusted,
        });
        findings.extend(step.findings.iter().cloned());
        let target = target(scene, &releases, &composition)?;
        let journeys = journeys(&composition);
        findings.extend(frozen(scene, &composition));
        let freeze = scene.policy::<Freeze>(PolicyName::Freeze)?;
        let said = approved(scene, workspace, &releases, &composition)?;
        findings.extend(doubts(&composition, &said.doubted));
        let approved = said.valid;
        let approvals: Vec<String> =
            approved.iter().map(|approval| approval.principal.clone()).collect();
        findings.extend(readiness::check(&readiness::Request {
            composition: &composition,
            source: &trees,
            known: scene,
            first: !releases.recorded.iter().any(|tag| tag.version < composition.version),
            target: target.as_ref().map(|(_, target)| target),
            approvals: &approvals,
            freeze: freeze.as_ref().map(|read| &read.policy),
            journeys: &journeys,
            candidate: wish.candidate,
            now: scene.now,
        })?);
        let way_back = target.map(|(tag, target)| {
            let direction = rollback::direction(&composition, &target, scene.now);
            WayBack { tag, direction }
        });
        let mut proposal = Self {
            composition,
            releases,
            before,
            step,
            findings,
            suites: Vec::new(),
            cited: Vec::new(),
            evidence: Vec::new(),
            gates: Vec::new(),
            way_back,
            approvals: approved,
        };
        proposal.prove(scene, wish)?;
        if let Some(fetch) = scene.fetch {
            demand::suggest_fetching(&mut proposal.findings, fetch);
        }
        proposal.findings.sort_by(Finding::order);
        Ok(proposal)
    }

    /// Looks for the evidence.
    fn prove(&mut self, scene: &Scene<'_>, wish: Wish<'_>) -> Result<(), Failure> {
        let gates = scene.policy::<Gates>(PolicyName::Gates)?;
        let candidates = scene.proofs.candidates();
        let demand = Demand {
            composition: &self.composition,
            gates: gates.as_ref().map(|read| (&read.policy, read.digest)),
        };
        let none = BTreeMap::new();
        let states = evidence::states(&demand, &candidates, wish.costs.unwrap_or(&none));
        let lists = scene.notary.lists;
        self.findings.extend(demand::evidence(&self.composition, &states, lists, wish.waived));
        let mut proofs = Vec::new();
        for state in &states {
            let suite = state.suite.reference();
            let mut shown = line(&suite, state);
            if let State::Reused { run, .. } | State::Closed { run, .. } = &state.state {
                let kept = run.record.and_then(|record| scene.proofs.by_record(record));
                let list = scene.notary.path.to_text();
                shown.vouched = match kept {
                    Some(kept) if lists => scene.proofs.vouched(kept),
                    Some(_) => Some(format!("local: there is no list `{list}`")),
                    None => None,
                };
            }
            self.suites.push(shown);
            let (State::Reused { run, .. } | State::Closed { run, .. }) = &state.state else {
                continue;
            };
            self.gates.extend(run.claim.verdicts.iter().cloned());
            let kept = run.record.and_then(|record| scene.proofs.by_record(record));
            if let Some(kept) = kept {
                self.cited.push(Cited { suite, record: kept.record.id().to_string() });
                let provenance = scene.proofs.provenance(kept);
                proofs.push(Proof { run: &kept.run, gate: &kept.gate, provenance });
            }
        }
        let journeys = scene.policy::<Journeys>(PolicyName::Journeys)?;
        let calibrations = scene.calibrations(&self.composition)?;
        let known = Known {
            journeys: journeys.as_ref().map(|read| &read.policy),
            calibrations: &calibrations,
        };
        self.evidence = evidence::facts(&self.composition, &proofs, &known);
        Ok(())
    }

    /// Says whether every suite has a run of exactly this, so that every gate is known.
    pub(in crate::cli) fn is_measured(&self) -> bool {
        self.suites.iter().all(|suite| suite.run.is_some())
    }

    /// Says whether exactly this is released already.
    pub(in crate::cli) fn is_released(&self) -> bool {
        self.releases.recorded.iter().any(|tag| tag.version == self.composition.version)
    }
}

/// Finds what the step is counted from: the release before, or what the base has. Something else
/// under the number of a release, or of the base, is counted from that: it needs a number of its own.
fn before(
    scene: &Scene<'_>,
    releases: &Releases,
    composition: &Composition,
) -> Result<Option<Before>, Failure> {
    let name = &composition.name;
    let own = &composition.version;
    // Under the number of a release, other content is judged against that release.
    if let Some(tag) = releases.recorded.iter().find(|tag| tag.version == *own) {
        let same = at_tag(scene.context, &tag.name, name)?;
        if same.digest() != composition.digest() {
            return Ok(Some(Before { tag: Some(tag.clone()), composition: same }));
        }
    }
    if let Some(tag) = releases.before(own)? {
        let composition = at_tag(scene.context, &tag.name, name)?;
        return Ok(Some(Before { tag: Some(tag.clone()), composition }));
    }
    let found = at_tip(scene, name)?;
    let found =
        found.filter(|found| found.version != *own || found.digest() != composition.digest());
    Ok(found.map(|composition| Before { tag: None, composition }))
}

/// Resolves a composite as the base's tip has it; `None` where it has none that can be released.
///
/// # Errors
/// When bytes cannot be had.
pub(in crate::cli) fn at_tip(
    scene: &Scene<'_>,
    name: &EntryName,
) -> Result<Option<Composition>, Failure> {
    let tip = Named { name: "", tree: scene.past.tip.tree };
    let trees = Trees::new(scene.trusted_layout, tip, Some(scene.past));
    let Some(loaded) = trees.entry(name, None)? else { return Ok(None) };
    Ok(Composition::resolve(&trees, loaded)?.0)
}

/// Judges the approvals that the ledger has. Who wrote the change is asked only where there are any.
fn approved(
    scene: &Scene<'_>,
    workspace: &Workspace,
    releases: &Releases,
    composition: &Composition,
) -> Result<Approvals, Failure> {
    let subject = Composed::of(composition).subject();
    let mut records = scene.index.about(&subject);
    let head = workspace.opened.repository.head()?;
    let (true, Some(head)) = (records.any(|record| *record.kind() == Kind::Approval), head) else {
        return Ok(Approvals::default());
    };
    let authors = approvals::authors(workspace, releases, composition, head)?;
    let rules = Rules { approvers: &scene.trusted.approvers, authors: &authors.emails };
    approvals::of(scene.index, scene.notary, composition, &rules)
}

/// Says which freezes of the ledger stand against the composite, a journey of its, or everything.
pub(in crate::cli) fn frozen(scene: &Scene<'_>, composition: &Composition) -> Vec<Finding> {
    let own = composition.name.to_string();
    let journeys = journeys(composition);
    let concerns = |subject: &str| {
        let journey = subject.strip_prefix("journey/");
        subject == own || subject == "registry" || journey.is_some_and(|j| journeys.contains(j))
    };
    let place = || composition.loaded.entry.document.place("/version");
    let standing = scene.index.open_freezes().into_iter().filter(|r| concerns(r.subject()));
    let finding = |record: &Record| {
        let (subject, actor) = (record.subject(), record.actor());
        let message =
            format!("`{subject}` is frozen since {} by {actor}", time::moment(record.at()));
        Finding::new(&rules::RELEASE_FROZEN, place(), message)
            .help(format!("`keelmark ledger show {}` says why", record.id()))
            .entry(&composition.name)
    };
    standing.map(finding).collect()
}

/// Names the tags that are called like releases of the composite and are none.
fn unrecorded(composition: &Composition, releases: &Releases) -> Vec<Finding> {
    let place = || composition.loaded.entry.document.place("/version");
    let finding = |tag: &ReleaseTag| {
        let commit = tag.commit.short();
        let message =
            format!("the tag `{}` on {commit} is no release: no record tells of it", tag.name);
        Finding::new(&rules::RELEASE_UNRECORDED, place(), message)
            .help(format!("`git show {}` says who made it", tag.name))
            .entry(&composition.name)
    };
    releases.unrecorded.iter().map(finding).collect()
}

/// Says which approvals do not count, and why.
fn doubts(composition: &Composition, doubted: &[Doubted]) -> Vec<Finding> {
    let place = || composition.loaded.entry.document.place("/version");
    let finding = |doubted: &Doubted| {
        Finding::new(&rules::APPROVAL_DOUBTED, place(), doubted.words())
            .help(format!("`keelmark ledger show {}` shows the record", doubted.record))
            .entry(&composition.name)
    };
    doubted.iter().map(finding).collect()
}

/// Finds the release that `rollback_to` names.
fn target(
    scene: &Scene<'_>,
    releases: &Releases,
    composition: &Composition,
) -> Result<Option<(ReleaseTag, Composition)>, Failure> {
    let written = composition.loaded.entry.common.rollback_to.as_deref();
    let wanted = written.and_then(|text| text.parse::<Version>().ok());
    let mut recorded = releases.recorded.iter();
    let tag = recorded.find(|tag| Some(&tag.version) == wanted.as_ref());
    let Some(tag) = tag else { return Ok(None) };
    Ok(Some((tag.clone(), at_tag(scene.context, &tag.name, &composition.name)?)))
}

/// Resolves a composite as a tag has it.
///
/// # Errors
/// The tag leads nowhere, or to a tree without the composite or without one of its members.
pub(in crate::cli) fn at_tag(
    context: &crate::cli::context::Context,
    tag: &str,
    name: &EntryName,
) -> Result<Composition, Failure> {
    let standpoint = Standpoint::open(context, &Wanted::Revision(format!("refs/tags/{tag}")))?;
    let past = standpoint.past();
    let trees = standpoint.trees(&past);
    let loaded = trees.entry(name, None)?.ok_or_else(|| {
        Failure::integrity(format!("the commit of `{tag}` has no `{name}`"))
            .hint("the tag was not made by Keelmark, or names another registry")
    })?;
    composite::resolve(&trees, loaded)
}

/// Returns the journeys that a composite serves: its own, and those that its suites measure.
fn journeys(composition: &Composition) -> BTreeSet<String> {
    let own = composition.body().into_iter().flat_map(|body| body.journeys.iter().cloned());
    let measured =
        composition.evidence.iter().filter_map(|member| match &member.loaded.entry.body {
            Body::Suite(suite) => suite.journey.clone(),
            _ => None,
        });
    own.chain(measured).collect()
}

fn line(suite: &str, state: &SuiteState<'_>) -> SuiteLine {
    let (state, run, cost) = match &state.state {
        State::Reused { run, .. } => ("reused", Some(run.run.to_owned()), None),
        State::Closed { run, .. } => ("closed", Some(run.run.to_owned()), None),
        State::ToRun { cost, .. } => ("to run", None, *cost),
    };
    SuiteLine { suite: suite.to_owned(), state, run, vouched: None, cost }
}

/// Returns the lines of a document in a tree; `None` where there is none.
///
/// # Errors
/// When the tree cannot be read.
pub(in crate::cli) fn document(
    tree: &dyn Snapshot,
    path: &crate::path::RepoPath,
) -> Result<Option<String>, Failure> {
    const MOST: u64 = 1 << 20;
    let Some(file) = tree.file(path)? else { return Ok(None) };
    Ok(Some(String::from_utf8_lossy(&tree.read(&file, MOST)?).into_owned()))
}
