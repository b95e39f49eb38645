//! The page as data: what stands on it, in the order in which it stands there.

use serde::Serialize;

use crate::digest::Digest;
use crate::evals::gate::{IntervalRecord, RunVerdict, Verdict};
use crate::evals::record::Provenance;
use crate::ledger::channel::WaivedGate;
use crate::ledger::record::Record;
use crate::release::payload::ReleasedMember;
use crate::time;
use crate::version::Bump;

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
    /// The entry digest.
    pub digest: Digest,
    /// The behaviour digest.
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
    /// The composition digest.
    pub composition_digest: Digest,
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
}
