//! Why something is as it is: one page from what history and ledger say of a version.
//!
//! The page judges nothing. It puts side by side what was measured, decided and live, in the order of
//! the records, and says nothing where nothing is known.

mod page;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::payload;
use super::recorded::{Kept, RecordedRun};
use crate::digest::Digest;
use crate::evals::gate::GateResult;
use crate::evals::record::{EntryStamp, Provenance};
use crate::ident::{EntryName, Kind as EntryKind};
use crate::ledger::channel::{ChannelName, Channels, moves_onto};
use crate::ledger::kind::Kind;
use crate::ledger::record::Record;
use crate::time;
use crate::version::Version;

pub use self::page::{
    Approval, Change, Commit, Gate, Move, Page, Reason, RecordLine, Release, Run, Stay, What,
};

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
            composition_digest: digest,
            members: release.members.clone(),
            evidence: release.evidence.iter().map(|cited| cited.run.clone()).collect(),
            approvals: release.approvals.iter().map(approval).collect(),
            waivers: release.waivers.clone(),
            adr: release.adr.clone(),
            notes: release.notes.clone(),
        }
    }
}
