//! The step that a composite needs, from what its members went through since the last release.
//!
//! Callers of a composite see one signature: that of its answer prompt, unless `provides` says
//! otherwise. So the contract of that prompt counts in full, that of any other member at most as a
//! minor step. A member that acts otherwise is minor, what only proves is patch.

use std::collections::{BTreeMap, BTreeSet};

use super::composite::{Composition, Member};
use super::rules;
use crate::checks::{changes_between, step_between};
use crate::compat::change::Change;
use crate::compat::step::{self, Baseline, Content, Holder, Published, StepInput, Taken};
use crate::finding::{Family, Finding, Rule};
use crate::ident::{EntryName, Kind};
use crate::registry::changelog::Line;
use crate::registry::composite::Role;
use crate::registry::config::Config;
use crate::version::{Bump, Version};

/// How many reasons a finding shows.
const REASONS_SHOWN: usize = 3;

/// What became of one slot since the last release.
#[derive(Debug, Clone)]
pub struct Row {
    /// The slot; the name of the entry for a suite, and empty for the composite itself.
    pub slot: String,
    /// What the slot is for.
    pub role: Role,
    /// The entry that is in it now, or was.
    pub entry: String,
    /// The version before; `None` where the slot is new.
    pub from: Option<Version>,
    /// The version now; `None` where the slot is gone.
    pub to: Option<Version>,
    /// The step that the entry needed by itself.
    pub own_step: Bump,
    /// The step that the composite needs for it.
    pub step: Bump,
    /// The rule that decided the composite's step.
    pub rule: &'static Rule,
    /// Why, for people.
    pub why: String,
    /// What changed in the entry, the deciding changes first.
    pub changes: Vec<Change>,
}

/// What is to be judged.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The last release; `None` before the first.
    pub old: Option<&'a Composition>,
    /// The composite as it is to be released.
    pub new: &'a Composition,
    /// Numbers that are released, or published with other content.
    pub taken: &'a [Version],
    /// The configuration that bumps and the reading of 0.x are believed from.
    pub trusted: &'a Config,
}

/// What a composite needs, and what its number says.
#[derive(Debug, Clone)]
pub struct Step {
    /// One row for each slot that changed, sorted by slot.
    pub rows: Vec<Row>,
    /// The step that the composite needs.
    pub required: Bump,
    /// The step that its number announces.
    pub declared: Bump,
    /// The smallest free number that it may have.
    pub suggested: Version,
    /// What is wrong with its number.
    pub findings: Vec<Finding>,
}

/// Judges the number of a composite by what changed since the last release.
#[must_use]
pub fn judge(request: &Request<'_>) -> Step {
    let rows = request.old.map(|old| rows(old, request.new, request.trusted)).unwrap_or_default();
    let required = rows.iter().map(|row| row.step).max().unwrap_or_default();
    let content = if rows.is_empty() { Content::Equal } else { Content::Differs };
    let baseline = request.old.map(|old| Baseline {
        version: old.version.clone(),
        published: Published::Yes,
        content,
    });
    let taken: Vec<Taken> = request
        .taken
        .iter()
        .map(|version| Taken {
            version: version.clone(),
            holder: Holder::Published,
            content: Content::Differs,
        })
        .collect();
    let judgement = step::judge(&StepInput {
        old: baseline.as_ref(),
        new: &request.new.version,
        last_stable: request.old.map(|old| &old.version).filter(|version| !version.is_prerelease()),
        required,
        taken: &taken,
        zerover: request.trusted.versioning.zerover,
    });
    let step::Judgement { mut faults, declared, mut suggested } = judgement;
    if follows_merged(request) {
        let said = faults.len();
        faults.retain(|fault| !SHAPE.contains(&fault.rule.id));
        if faults.is_empty() && said > 0 {
            suggested = request.new.version.clone();
        }
    }
    let mut step = Step { rows, required, declared, suggested, findings: Vec::new() };
    let findings = faults.iter().map(|fault| step.finding(request, fault));
    step.findings = findings.collect();
    step.findings.extend(request.old.and_then(|old| step.dropped(old, request.new)));
    step
}

/// Iterates over what a composite is proven with.
fn proofs(composition: &Composition) -> impl Iterator<Item = &EntryName> {
    let members = composition.members.iter().filter(|member| member.role == Role::Evidence);
    let suites = composition.evidence.iter().filter(|member| member.name.kind == Kind::Suite);
    members.chain(suites).map(|member| &member.name)
}

/// Rules about which numbers a step leaves out, and none about whether it is large enough.
const SHAPE: [&str; 3] = ["version-lower-not-reset", "version-skipped", "version-bump-excessive"];

/// Says whether the number follows one that was merged since the last release and never released, as
/// the composite's changelog tells: what is published is taken, released or not.
fn follows_merged(request: &Request<'_>) -> bool {
    let (Some(old), new) = (request.old, request.new) else { return false };
    let lines = new.loaded.entry.common.changelog.iter().filter_map(|line| Line::read(line));
    let versions = lines.map(|line| line.version);
    let between = versions.filter(|v| !v.is_prerelease() && *v > old.version && *v < new.version);
    let zerover = request.trusted.versioning.zerover;
    between.max().is_some_and(|last| {
        [Bump::Patch, Bump::Minor, Bump::Major]
            .iter()
            .any(|bump| last.next(*bump, zerover).core() == new.version.core())
    })
}

impl Step {
    /// Says what proved the last release and does not prove this one, where other things run too: the
    /// change would choose what it is measured by.
    fn dropped(&self, old: &Composition, new: &Composition) -> Option<Finding> {
        let same = [rules::PROOF_CHANGED.id, rules::MEMBER_REPINNED.id];
        let mut members = self.rows.iter().filter(|row| !row.slot.is_empty());
        let other =
            members.find(|row| row.role == Role::Runtime && !same.contains(&row.rule.id))?;
        // What proved it and runs now is no proof that was left out. A suite runs nowhere.
        let inside = new.members.iter().map(|member| &member.name);
        let inside = inside.filter(|name| name.kind != Kind::Suite);
        let kept: BTreeSet<&EntryName> = inside.chain(proofs(new)).collect();
        let lost: BTreeSet<&EntryName> = proofs(old).filter(|name| !kept.contains(name)).collect();
        let names: Vec<String> = lost.iter().map(|name| format!("`{name}`")).collect();
        if names.is_empty() {
            return None;
        }
        let verb = if names.len() == 1 { "proves" } else { "prove" };
        let message = format!(
            "{} {verb} it no more, and what runs changes with it: {}",
            names.join(", "),
            other.why
        );
        let place = new.loaded.entry.document.place("/suites");
        Some(Finding::new(&rules::PROOF_DROPPED, place, message).entry(&new.name).help(
            "keep what proved the last release beside the new proof; a release in which nothing else changes may drop it",
        ))
    }

    /// Returns the rows that ask for the largest step.
    pub fn deciding(&self) -> impl Iterator<Item = &Row> {
        let required = self.required;
        self.rows.iter().filter(move |row| row.step == required && required > Bump::None)
    }

    fn finding(&self, request: &Request<'_>, fault: &step::StepFault) -> Finding {
        let new = request.new;
        let rule: &'static Rule = match fault.rule.id {
            "version-bump-insufficient"
            | "version-unchanged"
            | "version-prerelease-core-insufficient" => &rules::RELEASE_STEP_INSUFFICIENT,
            "version-already-published" => &rules::RELEASE_EXISTS,
            _ => fault.rule,
        };
        let message = if rule.id == rules::RELEASE_EXISTS.id {
            format!("{} {} is released already", new.name, new.version)
        } else {
            format!("{}: {}", new.name, fault.message)
        };
        let place = new.loaded.entry.document.place("/version");
        let mut finding = Finding::new(rule, place, message).entry(&new.name).help(format!(
            "run `keelmark release prepare {}` (writes {})",
            new.name.id, self.suggested
        ));
        let before = request.old.map(|old| old.version.to_string()).unwrap_or_default();
        finding = finding.values(before, new.version.to_string());
        if rule.id == rules::RELEASE_STEP_INSUFFICIENT.id {
            for row in self.deciding().take(REASONS_SHOWN) {
                let member = new.members.iter().find(|member| member.slot == row.slot);
                let place = member.map_or_else(
                    || new.loaded.entry.document.place("/members"),
                    |member| new.place(member),
                );
                finding =
                    finding.related(place, format!("{}: {} ({})", row.step, row.why, row.rule.id));
            }
        }
        finding
    }
}

/// Returns the next pre-release of a release, such as `1.8.0-rc.2` where `1.8.0-rc.1` is taken.
#[must_use]
pub fn candidate(release: &Version, taken: &[Version]) -> Version {
    let core = release.without_labels();
    let number = |version: &Version| -> Option<u64> {
        let text = version.to_string();
        text.strip_prefix(&format!("{core}-rc."))?.parse().ok()
    };
    let last = taken.iter().filter_map(number).max().unwrap_or(0);
    format!("{core}-rc.{}", last.saturating_add(1)).parse().unwrap_or(core)
}

/// Lists what changed between two releases of a composite.
fn rows(old: &Composition, new: &Composition, trusted: &Config) -> Vec<Row> {
    let answers = (old.answer_slot(), new.answer_slot());
    let (before, after) = (by_slot(old), by_slot(new));
    let slots: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
    let mut rows: Vec<Row> = slots
        .into_iter()
        .filter_map(|slot| {
            let (was, is) = (before.get(slot).copied(), after.get(slot).copied());
            row(was, is, answers == (Some(slot), Some(slot)), trusted)
        })
        .collect();
    rows.extend(suites(old, new, trusted));
    let own = own_row(old, new, !rows.is_empty(), trusted);
    rows.splice(0..0, own);
    rows
}

fn by_slot(composition: &Composition) -> BTreeMap<&str, &Member> {
    composition.members.iter().map(|member| (member.slot.as_str(), member)).collect()
}

fn row(old: Option<&Member>, new: Option<&Member>, answer: bool, trusted: &Config) -> Option<Row> {
    let shown = new.or(old)?;
    let runs = [old, new].into_iter().flatten().any(|member| member.role == Role::Runtime);
    let (own_step, changes) = match (old, new) {
        (Some(old), Some(new)) if old.name.kind == new.name.kind => {
            step_between(&old.loaded, &new.loaded, trusted)
        }
        _ => (Bump::None, Vec::new()),
    };
    let (step, rule, why) = match (old, new) {
        (Some(old), Some(new)) if is_same(old, new) => return None,
        _ if !runs => proof(old, new),
        (Some(old), Some(new)) if old.role != new.role => {
            let (rule, does): (&'static Rule, &str) = match new.role {
                Role::Runtime => (&rules::MEMBER_ADDED, "runs"),
                Role::Evidence => (&rules::MEMBER_REMOVED, "only proves"),
            };
            (Bump::Minor, rule, format!("{} {does} now", new.reference()))
        }
        (Some(old), Some(new)) => both(old, new, answer, &changes),
        (None, Some(new)) => {
            (Bump::Minor, &rules::MEMBER_ADDED, format!("{} is new", new.reference()))
        }
        (Some(old), None) if answer => {
            let why = format!("{} gave the answers, and nothing takes its slot", old.reference());
            (Bump::Major, &rules::ANSWER_REMOVED, why)
        }
        (Some(old), None) => {
            (Bump::Minor, &rules::MEMBER_REMOVED, format!("{} is gone", old.reference()))
        }
        (None, None) => return None,
    };
    Some(Row {
        slot: shown.slot.clone(),
        role: shown.role,
        entry: shown.name.to_string(),
        from: old.map(|member| member.version.clone()),
        to: new.map(|member| member.version.clone()),
        own_step,
        step,
        rule,
        why,
        changes,
    })
}

/// Says whether nothing that a release binds to changed.
fn is_same(old: &Member, new: &Member) -> bool {
    old.role == new.role
        && old.name == new.name
        && old.version == new.version
        && old.digest() == new.digest()
}

/// Judges a member that ran before and runs now.
fn both(
    old: &Member,
    new: &Member,
    answer: bool,
    changes: &[Change],
) -> (Bump, &'static Rule, String) {
    let pins = format!("{} → {}", old.reference(), new.reference());
    let words = |change: &Change| format!("{}: {}", new.name, change.note);
    // Callers see neither the name nor the life of a member.
    let seen = changes.iter().rev().filter(|change| change.rule.family != Family::Metadata);
    let largest = seen.max_by_key(|change| change.bump).filter(|change| change.bump > Bump::None);
    let large = largest.filter(|change| change.bump >= Bump::Minor);
    if answer && old.name.kind != new.name.kind {
        let why = format!("{pins}: a {} answers now", new.name.kind);
        return (Bump::Major, &rules::ANSWER_REMOVED, why);
    }
    if let Some(change) = large.filter(|_| answer) {
        return (change.bump, change.rule, words(change));
    }
    if old.name != new.name {
        return (Bump::Minor, &rules::MEMBER_REPLACED, pins);
    }
    if large.is_some() || old.loaded.facets().behaviour != new.loaded.facets().behaviour {
        let why = large.map_or_else(|| format!("{} acts otherwise", new.name), words);
        return (Bump::Minor, &rules::MEMBER_CHANGED, why);
    }
    match largest {
        Some(change) => (change.bump, change.rule, words(change)),
        None if old.version == new.version => {
            let why = format!("{} says other words about itself", new.reference());
            (Bump::Patch, &rules::MEMBER_REPINNED, why)
        }
        None => (Bump::Patch, &rules::MEMBER_REPINNED, pins),
    }
}

/// Judges a member that only proves.
fn proof(old: Option<&Member>, new: Option<&Member>) -> (Bump, &'static Rule, String) {
    let why = match (old, new) {
        (Some(old), Some(new)) => format!("{} → {}", old.reference(), new.reference()),
        (None, Some(new)) => format!("{} proves it now", new.reference()),
        (Some(old), None) => format!("{} no longer proves it", old.reference()),
        (None, None) => String::new(),
    };
    (Bump::Patch, &rules::PROOF_CHANGED, why)
}

/// Compares the suites; what they use is bound by the runs that are cited.
fn suites(old: &Composition, new: &Composition, trusted: &Config) -> Vec<Row> {
    fn of(composition: &Composition) -> BTreeMap<&EntryName, &Member> {
        let all = composition.evidence.iter().filter(|member| member.name.kind == Kind::Suite);
        all.map(|suite| (&suite.name, suite)).collect()
    }
    let (before, after) = (of(old), of(new));
    let names: BTreeSet<&EntryName> = before.keys().chain(after.keys()).copied().collect();
    names
        .into_iter()
        .filter_map(|name| row(before.get(name).copied(), after.get(name).copied(), false, trusted))
        .collect()
}

/// Judges what the composite says of itself. That its pins changed is told by the other rows.
fn own_row(old: &Composition, new: &Composition, told: bool, trusted: &Config) -> Option<Row> {
    let mut changes = changes_between(&old.loaded, &new.loaded, trusted);
    changes.retain(|change| change.bump > Bump::None);
    if told {
        changes.retain(|change| change.rule.id != "content-changed");
    }
    let largest = changes.iter().rev().max_by_key(|change| change.bump)?;
    let (step, rule, why) = (largest.bump, largest.rule, largest.note.clone());
    Some(Row {
        slot: String::new(),
        role: Role::Runtime,
        entry: new.name.to_string(),
        from: Some(old.version.clone()),
        to: Some(new.version.clone()),
        own_step: step,
        step,
        rule,
        why,
        changes,
    })
}
