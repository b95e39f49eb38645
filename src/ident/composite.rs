//! Composite strings: `model@1.4.2 + prompt@2.3.0 + data@golden_2025_09`.
//!
//! The left side of each `@` is a slot of the composite. The right side is a version where the slot
//! says which entry is meant, or else an id, with or without a version. Versions of entries carry
//! no build metadata, so a `+` always separates members.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::{EntryRef, IdentFault, Wanted, is_segment};
use crate::version::Version;

/// What a composite string says about one slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Member {
    /// The version of whatever entry fills the slot.
    Version(Version),
    /// The entry, with or without a version.
    Entry(EntryRef),
}

/// A composite by its members, sorted by slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompositeText {
    members: BTreeMap<String, Member>,
}

/// Why a text is no composite string.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompositeFault {
    /// A member has no `@`, or nothing on one side of it.
    #[error("`{0}` is not `slot@version` or `slot@id`")]
    Member(String),
    /// The left side is no slot.
    #[error("`{0}` is not a slot: lower-case letters, digits, `_` and `-`")]
    Slot(String),
    /// A slot stands twice.
    #[error("the slot `{0}` stands twice")]
    Twice(String),
    /// The right side is neither a version nor a reference.
    #[error("`{text}` is neither a version nor an entry: {fault}")]
    Value {
        /// The text.
        text: String,
        /// What is wrong with it as a reference.
        fault: IdentFault,
    },
    /// A range cannot name what was proven together.
    #[error("`{0}` is a range; a composite has exact versions")]
    Range(String),
}

impl CompositeText {
    /// Makes a text of members; the last of two with one slot stays.
    #[must_use]
    pub fn from_members(members: impl IntoIterator<Item = (String, Member)>) -> Self {
        Self { members: members.into_iter().collect() }
    }

    /// Iterates over slots and members, sorted by slot.
    pub fn members(&self) -> impl Iterator<Item = (&str, &Member)> {
        self.members.iter().map(|(slot, member)| (slot.as_str(), member))
    }
}

impl Member {
    /// Says whether a member as a composite writes it is what this text means.
    #[must_use]
    pub fn means(&self, written: &str) -> bool {
        let Ok(written) = written.parse::<EntryRef>() else { return false };
        match self {
            Self::Version(version) => written.wanted == Wanted::Exact(version.clone()),
            Self::Entry(wanted) => {
                wanted.id == written.id
                    && (wanted.kind.is_none()
                        || written.kind.is_none()
                        || wanted.kind == written.kind)
                    && (wanted.wanted == Wanted::Any || wanted.wanted == written.wanted)
            }
        }
    }
}

impl FromStr for CompositeText {
    type Err = CompositeFault;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut members = BTreeMap::new();
        for part in text.split('+').map(str::trim) {
            let (slot, value) = part
                .split_once('@')
                .filter(|(slot, value)| !slot.is_empty() && !value.is_empty())
                .ok_or_else(|| CompositeFault::Member(part.to_owned()))?;
            if !is_segment(slot) {
                return Err(CompositeFault::Slot(slot.to_owned()));
            }
            let member = if let Ok(version) = value.parse::<Version>() {
                Member::Version(version)
            } else {
                let entry: EntryRef = value
                    .parse()
                    .map_err(|fault| CompositeFault::Value { text: value.to_owned(), fault })?;
                if matches!(entry.wanted, Wanted::Range(_)) {
                    return Err(CompositeFault::Range(value.to_owned()));
                }
                Member::Entry(entry)
            };
            if members.insert(slot.to_owned(), member).is_some() {
                return Err(CompositeFault::Twice(slot.to_owned()));
            }
        }
        Ok(Self { members })
    }
}

impl fmt::Display for CompositeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (slot, member)) in self.members.iter().enumerate() {
            if at > 0 {
                f.write_str(" + ")?;
            }
            match member {
                Member::Version(version) => write!(f, "{slot}@{version}")?,
                Member::Entry(entry) => write!(f, "{slot}@{entry}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_missions_string_is_read_and_printed_by_slot() {
        let text: CompositeText =
            "model@1.4.2 + prompt@2.3.0 + data@golden_2025_09".parse().expect("a composite");
        assert_eq!(text.to_string(), "data@golden_2025_09 + model@1.4.2 + prompt@2.3.0");
        let members: BTreeMap<&str, &Member> = text.members().collect();
        assert!(members["model"].means("cust-copilot@1.4.2"));
        assert!(!members["model"].means("cust-copilot@1.4.3"));
        assert!(members["data"].means("golden_2025_09"));
        assert!(members["data"].means("dataset/golden_2025_09@1.0.0"));
    }

    #[test]
    fn other_texts_say_what_is_wrong() {
        let fault = |text: &str| text.parse::<CompositeText>().expect_err("no composite");
        assert_eq!(fault("model"), CompositeFault::Member("model".to_owned()));
        assert_eq!(fault("model@1.0.0 + "), CompositeFault::Member(String::new()));
        assert_eq!(fault("Model@1.0.0"), CompositeFault::Slot("Model".to_owned()));
        assert_eq!(fault("a@1.0.0+a@x"), CompositeFault::Twice("a".to_owned()));
        assert_eq!(fault("a@b@^1.0"), CompositeFault::Range("b@^1.0".to_owned()));
        assert!(matches!(fault("a@!"), CompositeFault::Value { .. }));
    }

    proptest! {
        #[test]
        fn whatever_is_read_reads_back_as_itself(text in "[a-z0-9@+ ./^-]{0,40}") {
            if let Ok(read) = text.parse::<CompositeText>() {
                prop_assert_eq!(read.to_string().parse::<CompositeText>(), Ok(read));
            }
        }
    }
}
