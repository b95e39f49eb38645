//! `keelmark release prepare`.

use std::collections::{BTreeMap, BTreeSet};

use super::super::check::ignore_closed;
use crate::checks::{Loaded, Named, read_entry};
use crate::cli::args::{LevelArg, PrepareArgs};
use crate::cli::context::Context;
use crate::cli::evals::{Caching, Desk, RunOptions, planned};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::release::documents::Documents;
use crate::cli::release::facts::{Beside, facts};
use crate::cli::release::proposal::{Proposal, Wish, at_tag, at_tip, document};
use crate::cli::release::scene::Scene;
use crate::cli::release::tags::{ReleaseTag, Releases};
use crate::cli::release::worktree::Worktree;
use crate::cli::release::{answers, show};
use crate::cli::shelf::Shelf;
use crate::cli::{apply, select};
use crate::evals::runner::Reach;
use crate::finding::{Finding, Severity};
use crate::ident::{EntryName, EntryRef, Kind};
use crate::money::MicroUsd;
use crate::path::RepoPath;
use crate::plan::{Act, Plan};
use crate::registry::entry::Body;
use crate::registry::reference::references;
use crate::registry::suite::Tier;
use crate::release::composite::Source as _;
use crate::release::page::{PageFault, Pages};
use crate::release::readiness::Knowledge as _;
use crate::release::source::Trees;
use crate::release::{adr, carry, keepachangelog, notes, pins, rules, step};
use crate::schema;
use crate::snapshot::Overlay;
use crate::time;
use crate::version::{Bump, Version};
use crate::yaml;

/// What is to stand at some paths.
type Files = BTreeMap<RepoPath, Vec<u8>>;

pub(super) fn run(context: &Context, arguments: &PrepareArgs) -> Result<Exit, Failure> {
    let worktree = Worktree::open(context, arguments.base.as_deref())?;
    let workspace = &worktree.workspace;
    let name = select::composite(workspace, &arguments.composite)?;
    let past = worktree.ground.view();
    let proofs = worktree.proofs()?;
    let tree = workspace.snapshot();
    let scene = worktree.scene(context, (tree, &past, &proofs));
    let loaded = select::load(&workspace.layout, tree, &name)?;
    let draft = Draft { scene: &scene, worktree: &worktree, arguments, name: &name };
    let moved = draft.pins(&loaded)?;
    let Some(version) = draft.version(&loaded, &moved)? else {
        context.printer.say(&format!(
            "{name} {} is released, and nothing that it pins has changed",
            loaded.entry.common.version
        ));
        for name in draft.unmerged(&loaded)? {
            context.printer.say(&format!(
                "`{name}` has changed here, and a release takes what is merged: \
                 `keelmark bump {name}`, merge it, and come back"
            ));
        }
        return Ok(Exit::Success);
    };
    let mut files = Files::new();
    if let Some((path, text)) = draft.edited(&loaded, &moved, Some(&version))? {
        files.insert(path, text.into_bytes());
    }
    let overlay = Overlay::new(tree, files.clone());
    let scene = Scene { tree: &overlay, ..scene };
    let loaded = select::load(&workspace.layout, &overlay, &name)?;
    let costs = costs(context, &worktree, &loaded)?;
    let wish = Wish { costs: Some(&costs), ..Wish::default() };
    let proposal = Proposal::judge(&scene, workspace, loaded, wish)?;
    refuse_small(&proposal)?;
    let kept = draft.documents(&proposal, &mut files)?;
    let overlay = Overlay::new(&worktree.written, files.clone());
    let documents = Documents::find(&worktree.places, &overlay, (name.id.as_str(), &version))?;
    let mut findings = proposal.findings.clone();
    findings.extend(documents.findings(&proposal));
    findings.sort_by(Finding::order);
    let passed = draft.passed_over(&version)?;
    let plan = draft.plan(files)?;
    if arguments.dry_run {
        super::super::show_plan(context, &plan)?;
    } else {
        apply::apply(&plan, workspace.opened.top()?)?;
    }
    let text = show::heading(context, &proposal)? + &show::findings(context, &findings, 1)?;
    context.printer.data(&text).or_else(ignore_closed)?;
    if !arguments.dry_run {
        plan.notes.iter().for_each(|note| context.printer.say(note));
    }
    for note in kept.iter().chain(&passed) {
        context.printer.say(note);
    }
    next(context, &name, &findings, plan.is_empty());
    Ok(Exit::Success)
}

/// Says what comes next.
fn next(context: &Context, name: &EntryName, findings: &[Finding], written: bool) {
    let missing = findings.iter().filter(|f| f.severity == Severity::Error).count();
    let id = &name.id;
    let first = if written { "everything is written" } else { "commit this as one change" };
    let rest = match missing {
        0 => format!("when it is merged: `keelmark release tag {id}`"),
        1 => "1 thing is still missing, see above".to_owned(),
        n => format!("{n} things are still missing, see above"),
    };
    context.printer.say(&format!("{first}; {rest}"));
}

/// A number that is too small is refused before anything is written.
fn refuse_small(proposal: &Proposal) -> Result<(), Failure> {
    let small = proposal.step.findings.iter().find(|finding| {
        [rules::RELEASE_STEP_INSUFFICIENT.id, rules::RELEASE_EXISTS.id].contains(&finding.rule.id)
    });
    let Some(finding) = small else { return Ok(()) };
    let why: Vec<String> = proposal
        .step
        .deciding()
        .map(|row| format!("  {}: {} ({})", row.step, row.why, row.rule.id))
        .collect();
    Err(Failure::refused(format!("{}\n{}", finding.message, why.join("\n")))
        .hint(format!("leave `--to` and `--level` out; {} will do", proposal.step.suggested)))
}

/// A release that is being written.
struct Draft<'a> {
    scene: &'a Scene<'a>,
    worktree: &'a Worktree,
    arguments: &'a PrepareArgs,
    name: &'a EntryName,
}

impl Draft<'_> {
    /// Finds the pins that move.
    fn pins(&self, loaded: &Loaded) -> Result<Vec<pins::Pin>, Failure> {
        let hold: BTreeSet<String> = self.arguments.hold.iter().cloned().collect();
        let trees = self.trees();
        let found = pins::pins(loaded, &trees, self.scene, &hold)?;
        if let Some(slot) = found.unknown.first() {
            return Err(Failure::usage(format!("`{}` has no slot `{slot}`", self.name))
                .hint(slots(slot, &found.slots)));
        }
        Ok(found.moved)
    }

    /// Returns what the composite pins and what has changed since the base: it is not published yet.
    fn unmerged(&self, loaded: &Loaded) -> Result<BTreeSet<EntryName>, Failure> {
        let trees = self.trees();
        let mut found = BTreeSet::new();
        for written in references(Kind::Composite, loaded.entry.value()) {
            let Ok(read) = written.text.parse::<EntryRef>() else { continue };
            let Some(kind) = read.kind.or(written.kind) else { continue };
            let Some(name) = trees.resolve(kind, &read.id)? else { continue };
            let tree = Named { name: "", tree: self.scene.tree };
            let here = read_entry(self.scene.layout, &name, tree)?;
            let before = read_entry(self.scene.trusted_layout, &name, self.scene.past.before)?;
            let Some(here) = here else { continue };
            if before.is_none_or(|before| !before.facets().same_content(here.facets())) {
                found.insert(name);
            }
        }
        Ok(found)
    }

    fn trees(&self) -> Trees<'_> {
        let tree = Named { name: "", tree: self.scene.tree };
        Trees::new(self.scene.layout, tree, Some(self.scene.past))
    }

    fn releases(&self) -> Result<Releases, Failure> {
        let repository = &self.worktree.workspace.opened.repository;
        let prefix = &self.scene.trusted.tag_prefix;
        Releases::of(repository, prefix, self.name.id.as_str(), self.scene.index)
    }

    /// Says where the way back does not lead to the release before, because that was taken back.
    fn passed_over(&self, version: &Version) -> Result<Option<String>, Failure> {
        let releases = self.releases()?;
        let (back, before) = (releases.good_before(version)?, releases.before(version)?);
        Ok(back.zip(before).filter(|(back, before)| back != before).map(|(back, before)| {
            format!(
                "`rollback_to` is {}: {} was rolled back from; `keelmark ledger log --kind rollback` says when",
                back.version, before.version
            )
        }))
    }

    /// Chooses the number; `None` where there is nothing to release.
    fn version(&self, loaded: &Loaded, moved: &[pins::Pin]) -> Result<Option<Version>, Failure> {
        let releases = self.releases()?;
        let own = loaded.entry.version.clone().ok_or_else(|| {
            Failure::refused(format!("`{}` has no version", self.name))
                .hint("write one into the file, such as `version: 0.1.0`")
        })?;
        releases.refuse_absent(&own)?;
        let tagged = releases.recorded.iter().find(|tag| tag.version == own);
        let is_released = tagged.is_some();
        let is_published = self.scene.is_published(self.name, &own)?;
        let is_changed = !moved.is_empty() || self.differs(loaded, tagged)?;
        if let Some(text) = &self.arguments.to {
            return select::version(text).map(Some);
        }
        if !is_changed && self.arguments.level.is_none() {
            return Ok((!is_released).then_some(own));
        }
        let judged = self.judged(loaded, moved)?;
        let zerover = self.scene.trusted.versioning.zerover;
        let step = &judged.step;
        let mut version = step.suggested.clone();
        if let (Some(level), Some(before)) = (self.arguments.level, &judged.before) {
            let level = match level {
                LevelArg::Patch => Bump::Patch,
                LevelArg::Minor => Bump::Minor,
                LevelArg::Major => Bump::Major,
            };
            if level < step.required {
                return Err(Failure::refused(format!(
                    "`{}` needs a {} step; {level} is smaller",
                    self.name, step.required
                ))
                .hint("leave `--level` out; `keelmark release status` shows why"));
            }
            version = before.composition.version.next(level, zerover).max(version);
        }
        // A number that this change has chosen already, and that is large enough, stays.
        let is_taken = is_released || (is_published && is_changed);
        if !is_taken && own >= version {
            return Ok(Some(own));
        }
        if is_taken && !is_released {
            version = self.following(&judged)?.into_iter().fold(version, Version::max);
        }
        while self.scene.is_published(self.name, &version)? {
            version = version.next(Bump::Patch, zerover);
        }
        Ok(Some(version))
    }

    /// Returns the number that follows what was merged and never released, as the check of the base
    /// will ask for it.
    fn following(&self, judged: &Proposal) -> Result<Option<Version>, Failure> {
        let Some(tip) = at_tip(self.scene, self.name)? else { return Ok(None) };
        let needed = step::judge(&step::Request {
            old: Some(&tip),
            new: &judged.composition,
            taken: &[],
            trusted: self.scene.trusted,
        });
        let zerover = self.scene.trusted.versioning.zerover;
        Ok(Some(tip.version.next(needed.required.max(Bump::Patch), zerover)))
    }

    /// Says whether the composite's file itself differs from the release of its number, or, where that
    /// is not released, from the base's.
    fn differs(&self, loaded: &Loaded, tagged: Option<&ReleaseTag>) -> Result<bool, Failure> {
        if let Some(tag) = tagged {
            let released = at_tag(self.scene.context, &tag.name, self.name)?;
            return Ok(!released.loaded.facets().same_content(loaded.facets()));
        }
        let tip = Named { name: "", tree: self.scene.past.tip.tree };
        let base = read_entry(self.scene.trusted_layout, self.name, tip)?;
        Ok(base.is_none_or(|base| !base.facets().same_content(loaded.facets())))
    }

    /// Judges the composite with the pins that move, under the number that it has.
    fn judged(&self, loaded: &Loaded, moved: &[pins::Pin]) -> Result<Proposal, Failure> {
        let mut files = Files::new();
        if let Some((path, text)) = self.edited(loaded, moved, None)? {
            files.insert(path, text.into_bytes());
        }
        let overlay = Overlay::new(self.scene.tree, files);
        let scene = Scene { tree: &overlay, ..*self.scene };
        let workspace = &self.worktree.workspace;
        let loaded = select::load(&workspace.layout, &overlay, self.name)?;
        Proposal::judge(&scene, workspace, loaded, Wish::default())
    }

    /// Edits the composite's file: pins, and with a version all the rest; `None` where nothing is to
    /// be changed.
    fn edited(
        &self,
        loaded: &Loaded,
        moved: &[pins::Pin],
        version: Option<&Version>,
    ) -> Result<Option<(RepoPath, String)>, Failure> {
        let own = loaded.entry.version.as_ref();
        let version = version.or(own);
        let Some(version) = version else { return Ok(None) };
        let releases = self.releases()?;
        let back = releases.good_before(version)?;
        let tip = Named { name: "", tree: self.scene.past.tip.tree };
        let base = read_entry(self.scene.trusted_layout, self.name, tip)?;
        let published = base.map(|base| base.entry.common.changelog.clone()).unwrap_or_default();
        let edits = pins::edits(&pins::Wish {
            composite: loaded,
            pins: moved,
            version,
            published: &published,
            message: self.arguments.message.as_deref(),
            rollback_to: back.map(|tag| &tag.version),
        });
        if edits.is_empty() {
            return Ok(None);
        }
        let path = loaded.entry.path().clone();
        let text = yaml::apply(&loaded.entry.document, &edits)
            .map_err(|fault| Failure::refused(format!("`{path}`: {fault}")))?;
        Ok(Some((path, text)))
    }

    /// Adds decision record, notes and changelog to what is to be written, and returns what is to be
    /// said of those that are kept.
    fn documents(&self, proposal: &Proposal, files: &mut Files) -> Result<Vec<String>, Failure> {
        let (places, written) = (&self.worktree.places, &self.worktree.written);
        let version = &proposal.composition.version;
        let id = self.name.id.as_str();
        let found = Documents::find(places, written, (id, version))?;
        let today = time::date(self.scene.now);
        let adr_path = match &found.adr_text {
            Some(_) => found.adr_path.clone(),
            None => places.adr_of(id, &version.to_string(), &today),
        };
        let repository = &self.worktree.workspace.opened.repository;
        let packs = Shelf::open(repository, &self.scene.trusted.ledger)?;
        let answers = answers::changed(self.scene, proposal, self.scene.proofs, &packs)?;
        let facts = facts(
            self.scene,
            proposal,
            &Beside {
                version,
                accepted: !self.arguments.rc,
                adr: &adr_path,
                notes: &found.notes_path,
                summary: self.arguments.message.as_deref(),
                date: &today,
                approvals: &proposal.approvals,
                waivers: &[],
                answers: &answers,
                rehearsed: None,
            },
        );
        let tree = self.worktree.workspace.snapshot();
        let pages =
            Pages::read(tree, &self.worktree.workspace.layout)?.map_err(|fault| faulty(&fault))?;
        let mut kept = Vec::new();
        let mut put = |path: &RepoPath, old: Option<&String>, new: String| {
            let text = match old {
                None => Some(new),
                Some(old) => carry::carry(old, &new),
            };
            match text {
                Some(text) => drop(files.insert(path.clone(), text.into_bytes())),
                None => kept.push(format!(
                    "{path} is kept as it is: your words have no marked place in the new text; \
                     remove the file to have it written anew"
                )),
            }
        };
        put(
            &adr_path,
            found.adr_text.as_ref(),
            adr::render(&facts, &pages).map_err(|fault| faulty(&fault))?,
        );
        put(
            &found.notes_path,
            found.notes_text.as_ref(),
            notes::render(&facts, &pages).map_err(|fault| faulty(&fault))?,
        );
        let section = keepachangelog::section(&facts, &pages).map_err(|fault| faulty(&fault))?;
        let changelog = document(written, &places.changelog)?.unwrap_or_default();
        let text = keepachangelog::insert(&changelog, &section);
        files.insert(places.changelog.clone(), text.into_bytes());
        Ok(kept)
    }

    /// Makes a plan of what is to stand at the paths.
    fn plan(&self, files: Files) -> Result<Plan, Failure> {
        let top = self.worktree.workspace.opened.top()?;
        let mut plan = Plan::default();
        for (path, new) in files {
            let on_disk = apply::on_disk(top, &path);
            match std::fs::read(&on_disk) {
                Ok(old) if old == new => {}
                Ok(old) => {
                    plan.notes.push(format!("wrote {path}"));
                    plan.acts.push(Act::Replace { path, old, new });
                }
                Err(_) => {
                    plan.notes.push(format!("wrote {path} (new)"));
                    plan.acts.push(Act::Create { path, bytes: new });
                }
            }
        }
        Ok(plan)
    }
}

/// Names the slots of a composite, and the one that was probably meant.
fn slots(typed: &str, known: &BTreeSet<String>) -> String {
    let names: Vec<String> = known.iter().map(|slot| format!("`{slot}`")).collect();
    let all = format!("its slots are {}", names.join(", "));
    schema::meant_among(typed, known.iter().map(String::as_str), all)
}

fn faulty(fault: &PageFault) -> Failure {
    Failure::refused(fault.to_string())
        .hint("mend the template, or remove it to have Keelmark's own; nothing was written")
}

/// Counts what running each suite costs at most. A suite that cannot be planned is left out: whoever
/// runs it is told why.
fn costs(
    context: &Context,
    worktree: &Worktree,
    loaded: &Loaded,
) -> Result<BTreeMap<EntryName, MicroUsd>, Failure> {
    let Body::Composite(composite) = &loaded.entry.body else { return Ok(BTreeMap::new()) };
    let desk = Desk::open(context, &worktree.workspace, None)?.offline();
    let options = RunOptions {
        tier: Some(Tier::Release),
        repeat: None,
        shard: None,
        filters: Vec::new(),
        jobs: None,
        reach: Reach::Offline,
        caching: Caching::Off,
        max_cost: None,
        time_limit: None,
        resume: None,
    };
    let mut costs = BTreeMap::new();
    for written in &composite.suites {
        let Ok(reference) = written.parse::<EntryRef>() else { continue };
        let name = EntryName::new(Kind::Suite, reference.id);
        let Ok(prepared) = desk.prepare(&name, None) else { continue };
        let each = prepared.iter().map(|prepared| {
            planned(prepared, &options).ok().and_then(|(_, estimate)| estimate.most_cost)
        });
        if let Some(cost) = each.sum::<Option<MicroUsd>>() {
            costs.insert(name, cost);
        }
    }
    Ok(costs)
}
