//! From a proposal to the facts that documents show.

use std::collections::BTreeSet;

use super::proposal::Proposal;
use super::scene::Scene;
use super::tags;
use crate::checks::Loaded;
use crate::compat::change::Change;
use crate::finding::Severity;
use crate::ident::EntryName;
use crate::path::RepoPath;
use crate::registry::changelog::Line;
use crate::registry::entry::Body;
use crate::registry::model::RiskTier;
use crate::release::facts::{
    Approval, Breaking, ChangedAnswers, DigestFact, Previous, Reason, ReleaseFacts, RollbackFact,
    StepRow, WaiverFact,
};
use crate::release::lines;
use crate::version::{Bump, Version};

/// What is known beside a proposal.
pub(in crate::cli) struct Beside<'a> {
    /// The version of the tag: the composite's, or that of a candidate.
    pub version: &'a Version,
    /// Whether the decision stands; that of a candidate is proposed only.
    pub accepted: bool,
    /// Where the decision record lies.
    pub adr: &'a RepoPath,
    /// Where the notes lie.
    pub notes: &'a RepoPath,
    /// What the release is about, where somebody said it.
    pub summary: Option<&'a str>,
    /// The day of the documents (ISO 8601, UTC).
    pub date: &'a str,
    /// Who approved.
    pub approvals: &'a [Approval],
    /// Gates that somebody answers for.
    pub waivers: &'a [WaiverFact],
    /// What the release does to answers.
    pub answers: &'a [ChangedAnswers],
    /// When the way back was last tried.
    pub rehearsed: Option<String>,
}

/// Collects what decision record, notes and tag show.
pub(in crate::cli) fn facts(
    scene: &Scene<'_>,
    proposal: &Proposal,
    beside: &Beside<'_>,
) -> ReleaseFacts {
    let composition = &proposal.composition;
    let id = composition.name.id.as_str();
    let prefix = scene.trusted.tag_prefix.as_str();
    let common = &composition.loaded.entry.common;
    let written = common.changelog.iter().filter_map(|line| Line::read(line));
    let own = written.into_iter().find(|line| line.version == composition.version);
    let summary = beside.summary.map(ToOwned::to_owned).or_else(|| own.map(|line| line.text));
    let warnings = proposal.findings.iter().filter(|f| f.severity == Severity::Warning);
    let before = proposal.before.as_ref();
    let previous = before
        .and_then(|before| before.tag.as_ref())
        .map(|tag| Previous { version: tag.version.to_string(), tag: tag.name.clone() });
    let body = composition.body();
    let channels = body.map(|body| body.channels.clone()).unwrap_or_default();
    let digests = std::iter::once(DigestFact {
        entry: composition.name.to_string(),
        version: composition.version.to_string(),
        digest: composition.entry_digest().to_string(),
    });
    let members = composition.members.iter().map(|member| DigestFact {
        entry: member.name.to_string(),
        version: member.version.to_string(),
        digest: member.digest().to_string(),
    });
    ReleaseFacts {
        composite: id.to_owned(),
        version: beside.version.to_string(),
        date: beside.date.to_owned(),
        string: composition.string(),
        summary: summary.unwrap_or_default(),
        tag: tags::name_of(prefix, id, beside.version),
        composite_digest: composition.entry_digest().to_string(),
        accepted: beside.accepted,
        previous,
        step: proposal.step.required,
        rows: rows(proposal),
        breaking: breaking(proposal),
        changelog: changelog(scene, proposal),
        changed_answers: beside.answers.to_vec(),
        evidence: proposal.evidence.clone(),
        digests: digests.chain(members).collect(),
        approvers: beside.approvals.to_vec(),
        waivers: beside.waivers.to_vec(),
        rollback: way_back(proposal, &channels, beside),
        channels: channels_of(&channels, beside.version),
        risk_tier: risk(proposal),
        warnings: warnings.map(|finding| finding.message.clone()).collect(),
        roles: scene.trusted.roles.clone(),
        adr: beside.adr.to_text().into_owned(),
        notes: beside.notes.to_text().into_owned(),
        supersedes: Vec::new(),
    }
}

/// Returns the channels that a release goes to: a candidate to the first alone.
pub(in crate::cli) fn channels_of(channels: &[String], version: &Version) -> Vec<String> {
    let most = if version.is_prerelease() { 1 } else { channels.len() };
    channels.iter().take(most).cloned().collect()
}

/// Lists what changed, and the members that did not.
fn rows(proposal: &Proposal) -> Vec<StepRow> {
    let changed = &proposal.step.rows;
    let mut rows: Vec<StepRow> = changed.iter().map(row).collect();
    let before = proposal.before.as_ref().map(|before| &before.composition);
    for member in &proposal.composition.members {
        if changed.iter().any(|row| row.slot == member.slot) {
            continue;
        }
        let old = before.and_then(|old| old.members.iter().find(|old| old.slot == member.slot));
        rows.push(StepRow {
            slot: member.slot.clone(),
            role: member.role,
            entry: member.name.to_string(),
            from: old.map(|old| old.version.to_string()),
            to: Some(member.version.to_string()),
            ..StepRow::default()
        });
    }
    rows.sort_by(|a, b| a.slot.cmp(&b.slot));
    rows
}

fn row(row: &crate::release::step::Row) -> StepRow {
    // What the changes say themselves is not said twice.
    let is_said = row.changes.iter().any(|change| change.rule.id == row.rule.id);
    let own = (!is_said).then(|| Reason { rule: row.rule.id.to_owned(), why: row.why.clone() });
    let deciding = row.changes.iter().filter(|change| change.bump > Bump::None);
    let changes =
        deciding.map(|change| Reason { rule: change.rule.id.to_owned(), why: change.note.clone() });
    StepRow {
        slot: row.slot.clone(),
        role: row.role,
        entry: row.entry.clone(),
        from: row.from.as_ref().map(ToString::to_string),
        to: row.to.as_ref().map(ToString::to_string),
        member_step: row.own_step,
        step: row.step,
        reasons: own.into_iter().chain(changes).collect(),
    }
}

/// Lists what breaks callers of the composite: the major changes of rows that made it major.
fn breaking(proposal: &Proposal) -> Vec<Breaking> {
    let major = proposal.step.rows.iter().filter(|row| row.step == Bump::Major);
    let mut found = Vec::new();
    for row in major {
        let changes: Vec<&Change> =
            row.changes.iter().filter(|change| change.bump == Bump::Major).collect();
        if changes.is_empty() {
            let (entry, text) = (row.entry.clone(), row.why.clone());
            found.push(Breaking { entry, text, migration: None });
        }
        found.extend(changes.into_iter().map(|change| Breaking {
            entry: row.entry.clone(),
            text: change.note.clone(),
            migration: None,
        }));
    }
    found
}

/// Lists what the changelogs of members say of the versions since the release before.
fn changelog(scene: &Scene<'_>, proposal: &Proposal) -> Vec<crate::release::facts::ChangeLine> {
    let Some(before) = &proposal.before else { return Vec::new() };
    let zerover = scene.trusted.versioning.zerover;
    let mut seen: BTreeSet<EntryName> = BTreeSet::new();
    let mut found = Vec::new();
    for member in &proposal.composition.members {
        if !seen.insert(member.name.clone()) {
            continue;
        }
        let old: Option<&Loaded> = before
            .composition
            .members
            .iter()
            .find(|old| old.name == member.name)
            .map(|old| &old.loaded);
        let is_same = old.is_some_and(|old| old.entry.version.as_ref() == Some(&member.version));
        if !is_same {
            found.extend(lines::since(&member.loaded, old, zerover));
        }
    }
    found.sort_by_key(|line| !line.breaking);
    found
}

fn way_back(proposal: &Proposal, channels: &[String], beside: &Beside<'_>) -> Option<RollbackFact> {
    let way = proposal.way_back.as_ref()?;
    let channel = channels.last().map_or("production", String::as_str);
    let breaks = way.direction.breaks.iter().map(|found| Reason {
        rule: found.rule.to_owned(),
        why: format!("{}: {}", found.who, found.text),
    });
    Some(RollbackFact {
        to: way.tag.name.clone(),
        compatible: way.direction.compatible(),
        breaks: breaks.collect(),
        command: format!(
            "keelmark rollback {channel} --to {}@{}",
            way.tag.composite, way.tag.version
        ),
        rehearsed: beside.rehearsed.clone(),
    })
}

fn risk(proposal: &Proposal) -> Option<String> {
    let tiers =
        proposal.composition.runtime().filter_map(|member| match &member.loaded.entry.body {
            Body::Model(model) => model.risk_tier,
            _ => None,
        });
    let word = |tier: RiskTier| match tier {
        RiskTier::Low => "low",
        RiskTier::Medium => "medium",
        RiskTier::High => "high",
    };
    tiers.max().map(|tier| word(tier).to_owned())
}
