//! How entries are named: kind, id and reference.

pub mod composite;

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::version::Version;

/// The eight kinds of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A named product: exact versions of its members.
    Composite,
    /// Rows: golden sets, corpora.
    Dataset,
    /// A piece of text that prompts include.
    Fragment,
    /// A rubric and the model that applies it.
    Judge,
    /// A model behind a provider, or its weights.
    Model,
    /// Guardrails with their severities.
    Profile,
    /// A template with its inputs and outputs.
    Prompt,
    /// Cases bound to a prompt and its judges.
    Suite,
}

impl Kind {
    /// Every kind, by name.
    pub const ALL: [Self; 8] = [
        Self::Composite,
        Self::Dataset,
        Self::Fragment,
        Self::Judge,
        Self::Model,
        Self::Profile,
        Self::Prompt,
        Self::Suite,
    ];

    /// Returns the name used in references and as the stem of the entry file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Composite => "composite",
            Self::Dataset => "dataset",
            Self::Fragment => "fragment",
            Self::Judge => "judge",
            Self::Model => "model",
            Self::Profile => "profile",
            Self::Prompt => "prompt",
            Self::Suite => "suite",
        }
    }

    /// Returns the folder below the registry that holds the kind's entries.
    #[must_use]
    pub const fn folder(self) -> &'static str {
        match self {
            Self::Composite => "composites",
            Self::Dataset => "datasets",
            Self::Fragment => "fragments",
            Self::Judge => "judges",
            Self::Model => "models",
            Self::Profile => "profiles",
            Self::Prompt => "prompts",
            Self::Suite => "suites",
        }
    }

    /// Finds the kind by its name, singular or plural.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name || kind.folder() == name)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The most segments that an id may have.
pub const MAX_SEGMENTS: usize = 4;

/// An entry's id: one to four segments of `[a-z0-9]([a-z0-9_-]*[a-z0-9])?`, joined by `/`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(String);

/// Why a text is no id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentFault {
    /// A segment has a character or a shape that ids do not have.
    #[error(
        "`{0}` is not an id: lower-case letters, digits, `_` and `-`, starting and ending with a letter or digit"
    )]
    Segment(String),
    /// There are more segments than [`MAX_SEGMENTS`].
    #[error("`{0}` has more than {MAX_SEGMENTS} segments")]
    Depth(String),
    /// The word before the first `/` is no kind.
    #[error("`{0}` is not a kind")]
    Kind(String),
    /// The text behind `@` is no version.
    #[error("`{0}` is neither a version nor a range")]
    Version(String),
}

impl EntryId {
    /// Returns the id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the last segment.
    #[must_use]
    pub fn last(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }
}

impl FromStr for EntryId {
    type Err = IdentFault;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(bad) = text.split('/').find(|segment| !is_segment(segment)) {
            return Err(IdentFault::Segment(bad.to_owned()));
        }
        if text.split('/').count() > MAX_SEGMENTS {
            return Err(IdentFault::Depth(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Says whether `text` is one segment of an id.
fn is_segment(text: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-';
    let edge = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let bytes = text.as_bytes();
    bytes.iter().all(|b| inner(*b)) && edge(bytes.first()) && edge(bytes.last())
}

/// Kind and id of an entry, shown as `prompt/billing_refund`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryName {
    /// The kind.
    pub kind: Kind,
    /// The id.
    pub id: EntryId,
}

impl EntryName {
    /// Joins a kind and an id.
    #[must_use]
    pub const fn new(kind: Kind, id: EntryId) -> Self {
        Self { kind, id }
    }
}

impl fmt::Display for EntryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.id)
    }
}

impl Serialize for EntryName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What a reference says about the version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// No version was written.
    Any,
    /// Exactly this version.
    Exact(Version),
    /// A range such as `^1.4`.
    Range(semver::VersionReq),
}

impl Wanted {
    /// Says whether a version is one of those that are asked for.
    #[must_use]
    pub fn admits(&self, version: &Version) -> bool {
        match self {
            Self::Any => true,
            Self::Exact(exact) => exact == version,
            Self::Range(range) => version.matches(range),
        }
    }
}

/// A reference as people write it: `prompt/billing_refund@2.3.0`, `billing_refund`,
/// `model/cust-copilot@^1.4`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryRef {
    /// The kind, where it was written.
    pub kind: Option<Kind>,
    /// The id or an alias.
    pub id: EntryId,
    /// The version, where it was written.
    pub wanted: Wanted,
}

impl fmt::Display for EntryRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(kind) = self.kind {
            write!(f, "{kind}/")?;
        }
        write!(f, "{}", self.id)?;
        match &self.wanted {
            Wanted::Any => Ok(()),
            Wanted::Exact(version) => write!(f, "@{version}"),
            Wanted::Range(range) => write!(f, "@{range}"),
        }
    }
}

impl FromStr for EntryRef {
    type Err = IdentFault;

    /// Reads `[kind/]id[@version]`. A first segment that names a kind is the kind; an entry whose
    /// own first segment is a kind's name is written with its kind in front.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, version) = match text.rsplit_once('@') {
            Some((name, version)) => (name, Some(version)),
            None => (text, None),
        };
        let (kind, id) = match name.split_once('/') {
            Some((first, rest)) => match Kind::ALL.into_iter().find(|k| k.name() == first) {
                Some(kind) => (Some(kind), rest),
                None => (None, name),
            },
            None => (None, name),
        };
        let wanted = match version {
            None => Wanted::Any,
            Some(text) => match text.parse::<Version>() {
                Ok(version) => Wanted::Exact(version),
                Err(_) => semver::VersionReq::parse(text)
                    .map(Wanted::Range)
                    .map_err(|_| IdentFault::Version(text.to_owned()))?,
            },
        };
        Ok(Self { kind, id: id.parse()?, wanted })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ids_have_one_to_four_plain_segments() {
        for good in ["a", "billing_refund", "support/refund", "a/b/c/d", "gpt-4o-mini", "0x1"] {
            assert_eq!(good.parse::<EntryId>().map(|id| id.to_string()), Ok(good.to_owned()));
        }
        for bad in ["", "A", "_a", "a_", "a//b", "/a", "a/", "a b", "é", "a.b", "a/b/c/d/e", "../a"]
        {
            assert!(bad.parse::<EntryId>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn references_split_at_the_last_at_sign() {
        let read = |text: &str| text.parse::<EntryRef>();
        let full = read("prompt/support/refund@2.3.0").expect("a reference");
        assert_eq!(full.kind, Some(Kind::Prompt));
        assert_eq!(full.id.as_str(), "support/refund");
        assert_eq!(full.wanted, Wanted::Exact(Version::release(2, 3, 0)));
        assert_eq!(read("support/refund").expect("a reference").kind, None);
        assert!(matches!(
            read("model/cust-copilot@^1.4").expect("a reference").wanted,
            Wanted::Range(_)
        ));
        assert_eq!(read("a@latest"), Err(IdentFault::Version("latest".to_owned())));
    }

    #[test]
    fn a_reference_admits_what_it_asks_for() {
        let cases = [
            ("a", "0.0.1-rc.1", true),
            ("a@1.4.2", "1.4.2", true),
            ("a@1.4.2", "1.4.3", false),
            ("a@^1.4", "1.9.0", true),
            ("a@^1.4", "2.0.0", false),
            ("a@~1.4", "1.4.9", true),
            ("a@~1.4", "1.5.0", false),
            ("a@>=1.2, <2", "1.9.9", true),
            ("a@>=1.2,<2", "2.0.0", false),
            ("a@^2.1", "2.2.0-rc.1", false),
            ("a@*", "9.0.0", true),
        ];
        for (text, version, expected) in cases {
            let read = text.parse::<EntryRef>().expect("a reference");
            let version: Version = version.parse().expect("a version");
            assert_eq!(read.wanted.admits(&version), expected, "{text} {version}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_read_reads_back_as_itself(
            id in "(model/)?[a-z]{1,3}(/[a-z0-9]{1,3})?",
            wanted in "(@[\\^~=<>]{0,2}[0-9.*x]{1,6}(, ?<[0-9.]{1,4})?(-rc[.]1)?)?",
        ) {
            if let Ok(read) = format!("{id}{wanted}").parse::<EntryRef>() {
                prop_assert_eq!(read.to_string().parse::<EntryRef>(), Ok(read));
            }
        }
    }
}
