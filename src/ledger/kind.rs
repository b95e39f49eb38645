//! What a record is about.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The longest word for a kind.
const LONGEST: usize = 40;

/// What a record is about. Words that are not known here are kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A finished run of a suite.
    Run,
    /// What the gates said of a run.
    Gate,
    /// A release of a composite.
    Release,
    /// Somebody who may approve did.
    Approval,
    /// A gate that may stay closed for a while.
    Waiver,
    /// A channel taken back to an earlier release.
    Rollback,
    /// A rollback that was tried and not done.
    Rehearsal,
    /// A refusal that was set aside, with a reason.
    Override,
    /// A release on its way to more traffic.
    Promote,
    /// An experiment that was registered.
    Experiment,
    /// What an experiment showed.
    Readout,
    /// Nothing is to be released from here on.
    Freeze,
    /// Releases are allowed again.
    Unfreeze,
    /// What an error budget has left.
    Budget,
    /// A measure left its band.
    Alert,
    /// An incident.
    Incident,
    /// An exercise without one.
    Tabletop,
    /// Old records that were moved into an archive.
    Retention,
    /// A word of a newer Keelmark.
    Other(Word),
}

/// A word for a kind that is not known here.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Word(String);

/// A text that is no word for a kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a kind is a word of lower-case letters, digits, `_` and `-` that starts with a letter")]
pub struct KindFault;

impl Kind {
    /// Every kind that is known here, in the order in which they are described.
    pub const KNOWN: [Self; 18] = [
        Self::Run,
        Self::Gate,
        Self::Release,
        Self::Approval,
        Self::Waiver,
        Self::Rollback,
        Self::Rehearsal,
        Self::Override,
        Self::Promote,
        Self::Experiment,
        Self::Readout,
        Self::Freeze,
        Self::Unfreeze,
        Self::Budget,
        Self::Alert,
        Self::Incident,
        Self::Tabletop,
        Self::Retention,
    ];

    /// Returns the word in records.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Run => "run",
            Self::Gate => "gate",
            Self::Release => "release",
            Self::Approval => "approval",
            Self::Waiver => "waiver",
            Self::Rollback => "rollback",
            Self::Rehearsal => "rehearsal",
            Self::Override => "override",
            Self::Promote => "promote",
            Self::Experiment => "experiment",
            Self::Readout => "readout",
            Self::Freeze => "freeze",
            Self::Unfreeze => "unfreeze",
            Self::Budget => "budget",
            Self::Alert => "alert",
            Self::Incident => "incident",
            Self::Tabletop => "tabletop",
            Self::Retention => "retention",
            Self::Other(word) => &word.0,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for Kind {
    type Err = KindFault;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(known) = Self::KNOWN.into_iter().find(|kind| kind.word() == text) {
            return Ok(known);
        }
        let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-';
        let starts = text.bytes().next().is_some_and(|first| first.is_ascii_lowercase());
        if starts && text.len() <= LONGEST && text.bytes().all(inner) {
            Ok(Self::Other(Word(text.to_owned())))
        } else {
            Err(KindFault)
        }
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
