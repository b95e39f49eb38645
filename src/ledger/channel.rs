//! Channels: what is live where, as the last record that moved a channel says.
//!
//! A record moves the channels that its `payload.channels` names. `channels/<name>.json` repeats the
//! last move of each, so that nobody has to read records to know what is live.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::kind::Kind;
use super::record::{Record, RecordId};
use crate::digest::{Digest, canonical_json};
use crate::ident::EntryId;
use crate::path::RepoPath;
use crate::time;
use crate::version::Version;

/// The name of the shape of a channel's file.
pub const SCHEMA: &str = "keelmark.channel.v1";
/// The folder of all channels.
pub const FOLDER: &str = "channels";

/// The name of a channel: one segment of an id, such as `production`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelName(String);

impl ChannelName {
    /// Returns the name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the path of the channel's file.
    #[must_use]
    pub fn path(&self) -> RepoPath {
        RepoPath::from(FOLDER).join(&format!("{}.json", self.0))
    }

    /// Returns the channel whose file is at `path`; `None` where the path is no channel's.
    #[must_use]
    pub fn at(path: &RepoPath) -> Option<Self> {
        let below = path.below(&RepoPath::from(FOLDER))?;
        below.as_utf8()?.strip_suffix(".json")?.parse().ok()
    }
}

impl fmt::Display for ChannelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for ChannelName {
    type Err = ChannelFault;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.parse::<EntryId>().is_ok() && !text.contains('/') && text.len() <= 100 {
            Ok(Self(text.to_owned()))
        } else {
            Err(ChannelFault::Name(text.to_owned()))
        }
    }
}

impl Serialize for ChannelName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ChannelName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Why something says nothing about a channel.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChannelFault {
    /// A text that names no channel.
    #[error(
        "`{0}` is no name of a channel: lower-case letters, digits, `_` and `-`, starting and ending with a letter or digit"
    )]
    Name(String),
    /// A payload whose `channels` is no map of states.
    #[error("its `payload.channels` is not a map from channels to states")]
    Moves,
    /// No JSON of the right shape.
    #[error("it is no channel: {0}")]
    Shape(String),
    /// A state without something that every state has.
    #[error("the state of channel `{channel}` cannot be read: {cause}")]
    State {
        /// The channel.
        channel: ChannelName,
        /// What the reader said.
        cause: String,
    },
}

/// Where a channel stood before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Previous {
    /// The version of the composite.
    pub version: String,
    /// Its release tag.
    pub tag: String,
    /// Since when it stood there (ISO 8601, UTC): whoever moves a channel says what was live.
    #[serde(default)]
    pub since: Option<String>,
}

/// A gate that need not be open for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaivedGate {
    /// The gate.
    pub gate: String,
    /// Until when (ISO 8601, UTC).
    pub until: String,
    /// Why.
    pub reason: String,
    /// Who allows it.
    pub by: String,
}

/// When a rollback was last tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rehearsed {
    /// When (ISO 8601, UTC).
    pub at: String,
    /// Whether it would have worked.
    pub ok: bool,
    /// The release tag that it would have led to.
    pub target: Option<String>,
}

/// What is live on a channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChannelState {
    /// The id of the composite.
    pub composite: String,
    /// Its version.
    pub version: String,
    /// The entry digest of the composite.
    pub digest: Digest,
    /// The digest of its bundle.
    pub bundle: Option<Digest>,
    /// The release tag, its prefix included.
    pub tag: String,
    /// The name of the tag object.
    pub tag_object: String,
    /// Since when (ISO 8601, UTC).
    pub since: String,
    /// Who moved the channel.
    pub by: String,
    /// Where it stood before.
    pub previous: Option<Previous>,
    /// The release tag that a rollback leads to.
    pub rollback_to: Option<String>,
    /// Gates that were closed and waived.
    #[serde(default)]
    pub waivers: Vec<WaivedGate>,
    /// When a rollback was last tried.
    pub rehearsed: Option<Rehearsed>,
    /// When the post-mortem of a rollback is due (ISO 8601, UTC).
    pub post_mortem_due: Option<String>,
    /// What a newer Keelmark says.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

impl ChannelState {
    /// Returns what the next move of the channel says of this one.
    #[must_use]
    pub fn to_previous(&self) -> Previous {
        let (version, tag) = (self.version.clone(), self.tag.clone());
        Previous { version, tag, since: Some(self.since.clone()) }
    }

    /// Says whether the channel went back to get here. Forward again to a newer release of the same
    /// composite is no way back, though it is recorded as one.
    #[must_use]
    pub fn went_back(&self) -> bool {
        self.post_mortem_due.is_some() && !self.is_forward()
    }

    /// Says whether a newer release of the same composite took the place of an older one.
    #[must_use]
    pub fn is_forward(&self) -> bool {
        let Some(from) = &self.previous else { return false };
        let name = |tag: &str| tag.rsplit_once('@').map(|(name, _)| name.to_owned());
        let versions = (from.version.parse::<Version>(), self.version.parse::<Version>());
        name(&from.tag) == name(&self.tag)
            && matches!(versions, (Ok(before), Ok(after)) if before < after)
    }

    /// Returns the release tag that a rollback without a target leads to: what the release says, or
    /// else where the channel came from, unless it went back already.
    #[must_use]
    pub fn way_back(&self) -> Option<&str> {
        let before = self.previous.as_ref().filter(|_| !self.went_back());
        self.rollback_to.as_deref().or(before.map(|before| before.tag.as_str()))
    }

    /// Returns the state as it stands in a payload.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!(self)
    }
}

/// The last move of a channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// The name of the shape.
    schema: String,
    /// The channel.
    #[serde(rename = "channel")]
    pub name: ChannelName,
    /// The record that moved it.
    pub record: RecordId,
    /// When that record was made (ISO 8601, UTC).
    pub at: String,
    /// Who made it.
    pub actor: String,
    /// What the record is about.
    pub kind: Kind,
    /// What is live there, as the record has it.
    pub state: Value,
    /// The rollbacks of this channel that ask for a post-mortem, the oldest first. They stay when
    /// the channel moves on: whether one is written, only the tree says.
    #[serde(default)]
    pub post_mortems: Vec<Owed>,
}

/// A post-mortem that a rollback asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Owed {
    /// The rollback.
    pub record: RecordId,
    /// Since when its target is live (ISO 8601, UTC).
    pub since: String,
    /// When the post-mortem is due (ISO 8601, UTC).
    pub due: String,
}

impl Owed {
    /// Returns the day of the rollback (ISO 8601).
    #[must_use]
    pub fn day(&self) -> &str {
        self.since.get(..10).unwrap_or_default()
    }
}

impl Channel {
    /// Says the how many-th rollback of its day a record is, counted from 1.
    #[must_use]
    pub fn number_of(&self, record: &RecordId) -> usize {
        let before = self.post_mortems.iter().take_while(|owed| owed.record != *record);
        let Some(own) = self.post_mortems.iter().find(|owed| owed.record == *record) else {
            return 1;
        };
        before.filter(|owed| owed.day() == own.day()).count() + 1
    }

    /// Takes over what earlier rollbacks owe, and adds what this one does.
    fn owe(&mut self, live: Option<&Self>) {
        self.post_mortems = live.map(|live| live.post_mortems.clone()).unwrap_or_default();
        let word = |key: &str| self.state.get(key).and_then(Value::as_str).map(ToOwned::to_owned);
        let (Some(since), Some(due)) = (word("since"), word("post_mortem_due")) else { return };
        if self.kind == Kind::Rollback {
            if is_same_move(self, live) {
                self.post_mortems.pop();
            }
            self.post_mortems.push(Owed { record: self.record.clone(), since, due });
        }
    }

    /// Reads a channel's file.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(bytes: &[u8]) -> Result<Self, ChannelFault> {
        let channel: Self = serde_json::from_slice(bytes)
            .map_err(|fault| ChannelFault::Shape(fault.to_string()))?;
        if channel.schema == SCHEMA {
            Ok(channel)
        } else {
            let words = format!("its schema is `{}`, expected `{SCHEMA}`", channel.schema);
            Err(ChannelFault::Shape(words))
        }
    }

    /// Returns what is live on the channel.
    ///
    /// # Errors
    /// When the record left out something that every state has.
    pub fn state(&self) -> Result<ChannelState, ChannelFault> {
        ChannelState::deserialize(&self.state).map_err(|fault| ChannelFault::State {
            channel: self.name.clone(),
            cause: fault.to_string(),
        })
    }

    /// Returns the bytes of the channel's file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = canonical_json(&json!(self)).into_bytes();
        bytes.push(b'\n');
        bytes
    }
}

/// Returns the channels that a record moves, by name, each as its file will be.
///
/// # Errors
/// When the record's `payload.channels` is there and is not a map from channels to states.
pub fn moves(record: &Record) -> Result<Vec<Channel>, ChannelFault> {
    let Some(written) = record.payload().get("channels") else { return Ok(Vec::new()) };
    let written = written.as_object().ok_or(ChannelFault::Moves)?;
    let mut moved = Vec::new();
    for (name, state) in written {
        if !state.is_object() {
            return Err(ChannelFault::Moves);
        }
        moved.push(Channel {
            schema: SCHEMA.to_owned(),
            name: name.parse()?,
            record: record.id().clone(),
            at: time::moment(record.at()),
            actor: record.actor().to_owned(),
            kind: record.kind().clone(),
            state: state.clone(),
            post_mortems: Vec::new(),
        });
    }
    moved.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(moved)
}

/// Returns the channels that a record moves when it is added where these are live.
///
/// A record moves a channel from what was live when the record was made. Where another release is
/// live by the time it arrives, it is kept and moves nothing: a release that was tagged before
/// somebody went back would undo the rollback. A state that does not say what was live moves its
/// channel in any case. A rehearsal says something about what is live, and moves nothing either
/// where that is no longer so.
///
/// # Errors
/// As [`moves`].
pub fn moves_onto(record: &Record, live: &Channels) -> Result<Vec<Channel>, ChannelFault> {
    let mut moved = moves(record)?;
    let is_rehearsal = *record.kind() == Kind::Rehearsal;
    moved.retain(|channel| {
        let there = live.0.get(&channel.name);
        is_same_move(channel, there) || (!is_rehearsal && is_next_move(channel, there))
    });
    for channel in &mut moved {
        let there = live.0.get(&channel.name);
        channel.owe(there);
    }
    Ok(moved)
}

/// Says whether a state is of the move that is live, with something new about it.
fn is_same_move(channel: &Channel, live: Option<&Channel>) -> bool {
    let key = |state: &Value| {
        ["tag", "tag_object", "since"].map(|key| state.get(key).cloned().unwrap_or_default())
    };
    live.is_some_and(|live| key(&live.state) == key(&channel.state))
}

/// Says whether a state follows what is live.
fn is_next_move(channel: &Channel, live: Option<&Channel>) -> bool {
    let Some(previous) = channel.state.get("previous") else { return true };
    match (previous.get("since"), live) {
        _ if previous.is_null() => live.is_none(),
        (None | Some(Value::Null), _) => true,
        (Some(_), None) => false,
        (Some(since), Some(live)) => {
            live.state.get("since") == Some(since) && live.state.get("tag") == previous.get("tag")
        }
    }
}

/// Every channel, by name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Channels(BTreeMap<ChannelName, Channel>);

impl Channels {
    /// Plays records from the first to the last.
    ///
    /// # Errors
    /// As [`moves`].
    pub fn fold<'a>(records: impl IntoIterator<Item = &'a Record>) -> Result<Self, ChannelFault> {
        let mut channels = Self::default();
        for record in records {
            channels.apply(record)?;
        }
        Ok(channels)
    }

    /// Plays one more record.
    ///
    /// # Errors
    /// As [`moves`]; then nothing has moved.
    pub fn apply(&mut self, record: &Record) -> Result<(), ChannelFault> {
        for channel in moves_onto(record, self)? {
            self.put(channel);
        }
        Ok(())
    }

    /// Takes what a channel's file says.
    pub fn put(&mut self, channel: Channel) {
        self.0.insert(channel.name.clone(), channel);
    }

    /// Returns a channel by its name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Channel> {
        self.0.get(&ChannelName(name.to_owned()))
    }

    /// Iterates over the channels, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Channel> {
        self.0.values()
    }

    /// Says whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
