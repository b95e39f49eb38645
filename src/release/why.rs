//! Why something is as it is: one page from what history and ledger say of a version.
//!
//! The page judges nothing. It puts side by side what was measured, decided and live, in the order of
//! the records, and says nothing where nothing is known.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::payload::{self, ReleasedMember};
use super::recorded::{Kept, RecordedRun};
use crate::digest::Digest;
use crate::evals::gate::{GateResult, IntervalRecord, RunVerdict, Verdict};
use crate::evals::record::{EntryStamp, Provenance};
use crate::ident::{EntryName, Kind as EntryKind};
use crate::ledger::channel::{ChannelName, Channels, WaivedGate, moves_onto};
use crate::ledger::kind::Kind;
use crate::ledger::record::Record;
use crate::time;
use crate::version::{Bump, Version};

/// Everything that is known of what somebody asked for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Page {
    /// What was typed.
    pub reference: String,
    /// The record that was named.
    pub record: Option<RecordLine>,
    /// The entry that the page is about.
    pub what: Option<What>,
    /// What is different from the version before.
    pub change: Option<Change>,
    /// The runs that measured it, by their time.
    pub runs: Vec<Run>,
    /// The releases that contain it, in the order of their records.
    pub releases: Vec<Release>,
    /// Where and when these were live, in the order of the records.
    pub live: Vec<Stay>,
}

/// A record, without what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordLine {
    /// Its id.
    pub id: String,
    /// What it records.
    pub kind: String,
    /// When (ISO 8601, UTC).
    pub at: String,
    /// Who made it.
    pub actor: String,
    /// What it is about.
    pub subject: String,
    /// Whether it is signed; whose key that is, is for `keelmark verify`.
    pub signed: bool,
}

/// A version of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct What {
    /// The entry.
    pub entry: String,
    /// Its version.
    pub version: String,
    /// The digest of the whole entry.
    pub digest: Digest,
    /// The digest of what makes it act.
    pub behaviour: Digest,
    /// The commit that brought the version; `None` before it is committed.
    pub commit: Option<Commit>,
}

/// A commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Commit {
    /// Its name.
    pub id: String,
    /// Its day (ISO 8601, UTC).
    pub date: String,
    /// Who wrote it.
    pub author: String,
    /// The first line of its message.
    pub subject: String,
}

/// What is different from the version before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The version before; `None` for the first one.
    pub from: Option<String>,
    /// What the changelog says.
    pub changelog: Option<String>,
    /// The step that the two contents need; `None` for the first version.
    pub step: Option<Bump>,
    /// Why: the rules that ask for the largest step.
    pub reasons: Vec<Reason>,
}

/// A rule that decides a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// The rule.
    pub rule: &'static str,
    /// The step that it asks for.
    pub step: Bump,
    /// Whether the effect was assumed, because the contents do not decide it.
    pub unknown: bool,
    /// What changed.
    pub note: String,
}

/// A run that measured it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Run {
    /// The id of the run.
    pub run: String,
    /// When it began (ISO 8601, UTC).
    pub at: String,
    /// The id of its record.
    pub record: String,
    /// The suite, with its version.
    pub suite: String,
    /// The label of the model column.
    pub model: String,
    /// What the gates say together.
    pub decision: RunVerdict,
    /// Who vouches for it.
    pub provenance: Provenance,
    /// Whose key signed it, of those that are listed.
    pub principal: Option<String>,
    /// What each gate says.
    pub gates: Vec<Gate>,
}

/// What a gate says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Gate {
    /// The heading.
    pub category: Option<String>,
    /// The metric.
    pub metric: String,
    /// How the values of the cases became one.
    pub aggregate: String,
    /// Which cases it is about, in words; empty for all.
    pub scope: String,
    /// How many cases it judged.
    pub n: u32,
    /// The value that was compared.
    pub value: Option<f64>,
    /// Its interval.
    pub interval: Option<IntervalRecord>,
    /// The bar.
    pub bar: String,
    /// What it says.
    pub verdict: Verdict,
}

/// A release that contains it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Release {
    /// The tag.
    pub tag: String,
    /// The id of its record.
    pub record: String,
    /// When it was recorded (ISO 8601, UTC).
    pub at: String,
    /// Who released it.
    pub by: String,
    /// Whether it is a candidate.
    pub candidate: bool,
    /// The step from the release before.
    pub step: Bump,
    /// The digest of the composition.
    pub digest: Digest,
    /// Its members, sorted by slot.
    pub members: Vec<ReleasedMember>,
    /// The runs that prove it.
    pub evidence: Vec<String>,
    /// Who approved, by principal.
    pub approvals: Vec<Approval>,
    /// Gates that were closed and waived.
    pub waivers: Vec<WaivedGate>,
    /// The path of the decision record.
    pub adr: Option<String>,
    /// The path of the notes.
    pub notes: Option<String>,
}

/// An approval that a release names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Approval {
    /// Who approved.
    pub principal: String,
    /// When (ISO 8601, UTC); `None` where the ledger has none of this composition that they signed.
    pub at: Option<String>,
    /// What was looked at.
    pub comment: Option<String>,
}

/// How long a release was live on a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stay {
    /// The channel.
    pub channel: String,
    /// The release tag.
    pub tag: String,
    /// Since when (ISO 8601, UTC).
    pub from: String,
    /// Until when; `None` while it is live.
    pub until: Option<String>,
    /// What brought it.
    pub began: Move,
    /// What took it away.
    pub ended: Option<Move>,
}

/// A record that moved a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Move {
    /// Its id.
    pub record: String,
    /// What it records, such as `release` or `rollback`.
    pub kind: String,
    /// Whether it took the channel back.
    pub rollback: bool,
    /// Who did it.
    pub by: String,
    /// Why, where somebody said so.
    pub reason: Option<String>,
}

/// What a page is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The names that the entry has had, the present one first.
    pub names: Vec<EntryName>,
    /// The version.
    pub version: Version,
    /// The digest of its behaviour.
    pub behaviour: Digest,
    /// The one release that is meant; `None` for every release that contains the version.
    pub tag: Option<String>,
}

/// A run of the ledger, with whose key signed it.
#[derive(Debug, Clone, Copy)]
pub struct Vouched<'a> {
    /// The run.
    pub kept: &'a Kept<'a>,
    /// Who vouches for it; `None` where nobody on the list does.
    pub principal: Option<&'a str>,
}

/// The ledger, the oldest record first.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// Its records.
    pub records: &'a [Record],
    /// Its runs.
    pub runs: &'a [Vouched<'a>],
    /// Its approvals, but for those that somebody else signed than they name.
    pub approvals: &'a [&'a Record],
}

impl Page {
    /// Begins a page on which nothing is known.
    #[must_use]
    pub fn new(reference: &str) -> Self {
        Self {
            reference: reference.to_owned(),
            record: None,
            what: None,
            change: None,
            runs: Vec::new(),
            releases: Vec::new(),
            live: Vec::new(),
        }
    }

    /// Names the record that was asked for.
    #[must_use]
    pub fn of_record(mut self, record: &Record) -> Self {
        self.record = Some(RecordLine {
            id: record.id().to_string(),
            kind: record.kind().to_string(),
            at: time::moment(record.at()),
            actor: record.actor().to_owned(),
            subject: record.subject().to_owned(),
            signed: record.signature().is_some(),
        });
        self
    }

    /// Adds what the ledger says of a version.
    #[must_use]
    pub fn told(mut self, about: &About, told: Told<'_>) -> Self {
        let found = containing(about, told.records);
        let tags = found.iter().map(|(_, release)| release.tag.as_str()).collect();
        let cited: BTreeSet<Digest> =
            found.iter().flat_map(|(_, release)| &release.evidence).map(|run| run.digest).collect();
        let measured = |run: &RecordedRun| {
            // A composite is never asked itself: what its releases cite was measured for it.
            if about.is_composite() { cited.contains(&run.digest) } else { about.is_in(run) }
        };
        let runs = told.runs.iter().filter(|vouched| measured(&vouched.kept.run));
        self.runs = runs.map(Run::of).collect();
        self.runs.sort_by(|a, b| (&a.at, &a.run, &a.record).cmp(&(&b.at, &b.run, &b.record)));
        self.live = live(&tags, told.records);
        let approvals = approvals(told.approvals);
        self.releases =
            found.iter().map(|(record, found)| Release::of(record, found, &approvals)).collect();
        self
    }
}

impl About {
    fn is_composite(&self) -> bool {
        self.names.iter().any(|name| name.kind == EntryKind::Composite)
    }

    /// Says whether a run measured exactly this behaviour.
    fn is_in(&self, run: &RecordedRun) -> bool {
        let prompts = run.prompts.iter().flat_map(|asked| [&asked.prompt, &asked.model]);
        let mut stamps = std::iter::once(&run.suite)
            .chain(&run.dataset)
            .chain(prompts)
            .chain(run.judges.values().map(|judge| &judge.judge))
            .chain(&run.profile);
        let means = |stamp: &EntryStamp| {
            stamp.behaviour == self.behaviour
                && self.names.iter().any(|name| name.to_string() == stamp.entry)
        };
        stamps.any(means)
    }

    /// Says whether a release is the version's own, or contains it.
    fn is_of(&self, release: &payload::Release) -> bool {
        if let Some(tag) = &self.tag {
            return release.tag == *tag;
        }
        let own = |name: &EntryName| {
            name.kind == EntryKind::Composite && name.id.as_str() == release.composed.composite
        };
        // A candidate carries a label that the composite's own file does not have.
        let same =
            |version: Version| version == self.version || version.without_labels() == self.version;
        if self.names.iter().any(own) && release.composed.version.parse().is_ok_and(same) {
            return true;
        }
        let full = |name: &EntryName| format!("{name}@{}", self.version);
        let wanted: Vec<String> = self.names.iter().map(full).collect();
        release.members.iter().any(|member| wanted.contains(&member.entry))
    }
}

/// Finds the records of releases that contain a version. A record of another form says nothing.
fn containing<'a>(about: &About, records: &'a [Record]) -> Vec<(&'a Record, payload::Release)> {
    let releases = records.iter().filter(|record| *record.kind() == Kind::Release);
    let read = |record: &'a Record| {
        let release = serde_json::from_value(record.payload().clone()).ok()?;
        about.is_of(&release).then_some((record, release))
    };
    releases.filter_map(read).collect()
}

/// Reads approvals; of several by one person for one composition the last.
fn approvals(records: &[&Record]) -> BTreeMap<(Digest, String), (String, Option<String>)> {
    let mut found = BTreeMap::new();
    for record in records {
        let read = serde_json::from_value::<payload::Approval>(record.payload().clone());
        let Ok(read) = read else { continue };
        let said = (time::moment(record.at()), read.comment);
        found.insert((read.composed.digest, read.principal), said);
    }
    found
}

/// Plays the records and keeps what was live under one of these tags.
fn live(tags: &BTreeSet<&str>, records: &[Record]) -> Vec<Stay> {
    let mut channels = Channels::default();
    let mut open: BTreeMap<ChannelName, usize> = BTreeMap::new();
    let mut stays: Vec<Stay> = Vec::new();
    for record in records {
        // `keelmark ledger verify` names a record that moves nothing it could move.
        for channel in moves_onto(record, &channels).unwrap_or_default() {
            let word = |key: &str| channel.state.get(key).cloned().unwrap_or_default();
            let before = channels.get(channel.name.as_str());
            let stays_put = before.is_some_and(|before| {
                ["tag", "tag_object"]
                    .iter()
                    .all(|key| before.state.get(key).cloned().unwrap_or_default() == word(key))
            });
            if !stays_put {
                if let Some(stay) = open.remove(&channel.name).and_then(|at| stays.get_mut(at)) {
                    stay.until = Some(stay.from.clone().max(channel.at.clone()));
                    stay.ended = Some(Move::of(record));
                }
                if let Some(tag) = word("tag").as_str().filter(|tag| tags.contains(tag)) {
                    open.insert(channel.name.clone(), stays.len());
                    stays.push(Stay {
                        channel: channel.name.to_string(),
                        tag: tag.to_owned(),
                        from: channel.at.clone(),
                        until: None,
                        began: Move::of(record),
                        ended: None,
                    });
                }
            }
            channels.put(channel);
        }
    }
    stays
}

impl Move {
    fn of(record: &Record) -> Self {
        let reason = record.payload().get("reason").and_then(serde_json::Value::as_str);
        Self {
            record: record.id().to_string(),
            kind: record.kind().to_string(),
            rollback: *record.kind() == Kind::Rollback,
            by: record.actor().to_owned(),
            reason: reason.map(ToOwned::to_owned),
        }
    }
}

impl Run {
    fn of(vouched: &Vouched<'_>) -> Self {
        let Kept { record, run, gate, .. } = vouched.kept;
        Self {
            run: run.run.clone(),
            at: run.created.clone(),
            record: record.id().to_string(),
            suite: run.subject(),
            model: run.model.clone(),
            decision: gate.decision,
            provenance: if vouched.principal.is_some() {
                Provenance::Ci
            } else {
                Provenance::Local
            },
            principal: vouched.principal.map(ToOwned::to_owned),
            gates: gate.verdicts.iter().map(Gate::of).collect(),
        }
    }
}

impl Gate {
    fn of(result: &GateResult) -> Self {
        Self {
            category: result.category.clone(),
            metric: result.metric.clone(),
            aggregate: result.aggregate.clone(),
            scope: result.scope.clone(),
            n: result.n,
            value: result.estimate,
            interval: result.interval.clone(),
            bar: result.bar.clone(),
            verdict: result.verdict,
        }
    }
}

impl Release {
    fn of(
        record: &Record,
        release: &payload::Release,
        known: &BTreeMap<(Digest, String), (String, Option<String>)>,
    ) -> Self {
        let digest = release.composed.digest;
        let approval = |principal: &String| {
            let said = known.get(&(digest, principal.clone()));
            Approval {
                principal: principal.clone(),
                at: said.map(|(at, _)| at.clone()),
                comment: said.and_then(|(_, comment)| comment.clone()),
            }
        };
        Self {
            tag: release.tag.clone(),
            record: record.id().to_string(),
            at: time::moment(record.at()),
            by: record.actor().to_owned(),
            candidate: release.candidate,
            step: release.class,
            digest,
            members: release.members.clone(),
            evidence: release.evidence.iter().map(|cited| cited.run.clone()).collect(),
            approvals: release.approvals.iter().map(approval).collect(),
            waivers: release.waivers.clone(),
            adr: release.adr.clone(),
            notes: release.notes.clone(),
        }
    }
}
