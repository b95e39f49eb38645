//! A record: who decided what, when, and on which grounds.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::kind::Kind;
use crate::digest::{Digest, canonical_json};
use crate::path::RepoPath;
use crate::time;

/// The name of the shape of a record.
pub const SCHEMA: &str = "keelmark.record.v1";
/// The folder of all records.
pub const FOLDER: &str = "records";
/// The most bytes that a record may have.
pub const LARGEST: u64 = 1024 * 1024;
/// The most bytes of a subject or an actor.
const LONGEST_LINE: usize = 400;
/// How many hexadecimal digits an id has.
const ID_DIGITS: usize = 16;
/// The last second of the year 9999.
const LAST_SECOND: i64 = 253_402_300_799;

/// The id of a record: the first 16 hexadecimal digits of the SHA-256 of what it says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId(String);

impl RecordId {
    /// Returns the digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for RecordId {
    type Err = RecordFault;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if text.len() == ID_DIGITS && text.bytes().all(digits) {
            Ok(Self(text.to_owned()))
        } else {
            Err(RecordFault::NoId(text.to_owned()))
        }
    }
}

impl Serialize for RecordId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for RecordId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// How a record is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignatureFormat {
    /// By `ssh-keygen -Y sign`.
    Ssh,
    /// By `gpg`, detached and armoured.
    Gpg,
}

/// A signature over [`Record::signed_bytes`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// How it is made.
    pub format: SignatureFormat,
    /// The armoured text.
    pub text: String,
}

/// What is to be recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// What it is about.
    pub kind: Kind,
    /// When, in seconds since 1970.
    pub at: i64,
    /// Who, as `Name <email>`.
    pub actor: String,
    /// Of what, such as `release/support_copilot@1.8.0`.
    pub subject: String,
    /// What was decided, and on which grounds: an object.
    pub payload: Value,
}

/// A record, as it stands in the ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    id: RecordId,
    said: Draft,
    signature: Option<Signature>,
}

/// Why something is no record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordFault {
    /// More bytes than a record may have.
    #[error("it has {0} bytes; a record has at most {LARGEST}")]
    TooLarge(u64),
    /// No JSON of the right shape.
    #[error("it is no record: {0}")]
    Shape(String),
    /// A shape of another version.
    #[error("its schema is `{0}`, expected `{SCHEMA}`")]
    Schema(String),
    /// A moment that cannot be written in a path.
    #[error("`{0}` is no moment in UTC, such as `2026-11-25T22:58:16Z`")]
    Moment(String),
    /// A text that does not fit in one line.
    #[error("its {0} is empty, longer than {LONGEST_LINE} bytes, or not one line")]
    Line(&'static str),
    /// An actor of another form.
    #[error("its actor is `{0}`, expected `Name <email>`")]
    Actor(String),
    /// A payload that is no object.
    #[error("its payload is no object")]
    Payload,
    /// Digits that are no id.
    #[error("`{0}` is no id of a record: {ID_DIGITS} hexadecimal digits")]
    NoId(String),
    /// What is said is not what the id was made from.
    #[error("what it says has the id {computed}, and it carries {written}")]
    Id {
        /// The id in the record.
        written: RecordId,
        /// The id of what the record says.
        computed: RecordId,
    },
    /// The same record, written in another way.
    #[error("its bytes are not canonical (RFC 8785, and one line end)")]
    NotCanonical,
}

/// The JSON of a record.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: RecordId,
    kind: Kind,
    at: String,
    actor: String,
    subject: String,
    payload: Value,
    signature: Option<Signature>,
}

impl Record {
    /// Makes a record, unsigned.
    ///
    /// # Errors
    /// When the draft has parts that a record cannot hold, or is too large.
    pub fn new(draft: Draft) -> Result<Self, RecordFault> {
        check(&draft)?;
        // Numbers are rounded to what JSON can hold, so that what is here is what will be read.
        let payload = serde_json::from_str(&canonical_json(&draft.payload));
        let payload = payload.map_err(|fault| RecordFault::Shape(fault.to_string()))?;
        let said = Draft { payload, ..draft };
        let record = Self { id: id_of(&said), said, signature: None };
        let length = record.to_bytes().len() as u64;
        if length > LARGEST { Err(RecordFault::TooLarge(length)) } else { Ok(record) }
    }

    /// Reads a record and insists that it is what its id says, in its canonical form.
    ///
    /// # Errors
    /// When it is not.
    pub fn parse(bytes: &[u8]) -> Result<Self, RecordFault> {
        let length = bytes.len() as u64;
        if length > LARGEST {
            return Err(RecordFault::TooLarge(length));
        }
        let mut fields: Map<String, Value> =
            serde_json::from_slice(bytes).map_err(|fault| shape(&fault))?;
        match fields.remove("schema") {
            Some(Value::String(schema)) if schema == SCHEMA => {}
            Some(Value::String(other)) => return Err(RecordFault::Schema(other)),
            _ => return Err(RecordFault::Shape("it names no schema".to_owned())),
        }
        let written: Written =
            serde_json::from_value(Value::Object(fields)).map_err(|fault| shape(&fault))?;
        let at = time::seconds(&written.at).ok_or(RecordFault::Moment(written.at))?;
        let said = Draft {
            kind: written.kind,
            at,
            actor: written.actor,
            subject: written.subject,
            payload: written.payload,
        };
        check(&said)?;
        let computed = id_of(&said);
        if computed != written.id {
            return Err(RecordFault::Id { written: written.id, computed });
        }
        let record = Self { id: computed, said, signature: written.signature };
        if record.to_bytes() == bytes { Ok(record) } else { Err(RecordFault::NotCanonical) }
    }

    /// Adds a signature over [`Record::signed_bytes`].
    #[must_use]
    pub fn with_signature(mut self, signature: Signature) -> Self {
        self.signature = Some(signature);
        self
    }

    /// Returns the id.
    #[must_use]
    pub const fn id(&self) -> &RecordId {
        &self.id
    }

    /// Returns what the record is about.
    #[must_use]
    pub const fn kind(&self) -> &Kind {
        &self.said.kind
    }

    /// Returns when it was made, in seconds since 1970.
    #[must_use]
    pub const fn at(&self) -> i64 {
        self.said.at
    }

    /// Returns who made it, as `Name <email>`.
    #[must_use]
    pub fn actor(&self) -> &str {
        &self.said.actor
    }

    /// Returns the name and the address of who made it.
    #[must_use]
    pub fn actor_parts(&self) -> (&str, &str) {
        actor_parts(&self.said.actor).unwrap_or_default()
    }

    /// Returns what was decided about.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.said.subject
    }

    /// Returns what was decided, and on which grounds.
    #[must_use]
    pub const fn payload(&self) -> &Value {
        &self.said.payload
    }

    /// Returns the signature.
    #[must_use]
    pub const fn signature(&self) -> Option<&Signature> {
        self.signature.as_ref()
    }

    /// Returns the bytes that a signature is taken over: everything but the signature.
    #[must_use]
    pub fn signed_bytes(&self) -> Vec<u8> {
        canonical_json(&Value::Object(self.signed())).into_bytes()
    }

    /// Returns the record as JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut written = self.signed();
        written.insert("signature".to_owned(), json!(self.signature));
        Value::Object(written)
    }

    /// Returns the bytes of the record's file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = canonical_json(&self.to_json()).into_bytes();
        bytes.push(b'\n');
        bytes
    }

    /// Returns the path of the record's file: the day's folder, the time of day and the id.
    #[must_use]
    pub fn path(&self) -> RepoPath {
        let (folder, start) = place_of(self.said.at);
        folder.join(&format!("{start}{}.json", self.id))
    }

    fn signed(&self) -> Map<String, Value> {
        let mut signed = unnamed(&self.said);
        signed.insert("id".to_owned(), json!(self.id));
        signed
    }
}

/// Returns the folder of the records that were made in a second (since 1970), and how the names of
/// their files start.
#[must_use]
pub fn place_of(second: i64) -> (RepoPath, String) {
    let moment = time::moment(second);
    let (day, clock) = moment.split_once('T').unwrap_or_default();
    let clock: String = clock.chars().filter(char::is_ascii_digit).collect();
    (RepoPath::from(FOLDER).join(&day.replace('-', "/")), format!("{clock}-"))
}

/// Returns the id in the name of a record's file; `None` where the path is no record's.
#[must_use]
pub fn id_in(path: &RepoPath) -> Option<RecordId> {
    if !path.is_below(&RepoPath::from(FOLDER)) {
        return None;
    }
    let name = std::str::from_utf8(path.file_name()).ok()?;
    let (_, id) = name.strip_suffix(".json")?.split_once('-')?;
    id.parse().ok()
}

/// Splits `Name <email>`.
fn actor_parts(actor: &str) -> Option<(&str, &str)> {
    let (name, rest) = actor.split_once(" <")?;
    let email = rest.strip_suffix('>')?;
    let clean = |text: &str| !text.contains(['<', '>']);
    (!name.is_empty() && clean(name) && clean(email)).then_some((name, email))
}

fn check(draft: &Draft) -> Result<(), RecordFault> {
    if !(0..=LAST_SECOND).contains(&draft.at) {
        return Err(RecordFault::Moment(time::moment(draft.at)));
    }
    for (name, text) in [("actor", &draft.actor), ("subject", &draft.subject)] {
        let blank = text.trim().is_empty();
        if blank || text.len() > LONGEST_LINE || text.chars().any(char::is_control) {
            return Err(RecordFault::Line(name));
        }
    }
    if actor_parts(&draft.actor).is_none() {
        return Err(RecordFault::Actor(draft.actor.clone()));
    }
    if draft.payload.is_object() { Ok(()) } else { Err(RecordFault::Payload) }
}

/// What a record says, without its name.
fn unnamed(draft: &Draft) -> Map<String, Value> {
    let mut said = Map::new();
    said.insert("schema".to_owned(), json!(SCHEMA));
    said.insert("kind".to_owned(), json!(draft.kind));
    said.insert("at".to_owned(), json!(time::moment(draft.at)));
    said.insert("actor".to_owned(), json!(draft.actor));
    said.insert("subject".to_owned(), json!(draft.subject));
    said.insert("payload".to_owned(), draft.payload.clone());
    said
}

fn id_of(draft: &Draft) -> RecordId {
    RecordId(Digest::of_json(&Value::Object(unnamed(draft))).short(ID_DIGITS))
}

fn shape(fault: &serde_json::Error) -> RecordFault {
    RecordFault::Shape(fault.to_string())
}
