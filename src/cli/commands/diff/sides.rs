//! Which two sides are meant by what was typed.

use crate::cli::args::DiffArgs;
use crate::cli::failure::Failure;
use crate::ident::{EntryRef, Wanted};
use crate::version::Version;

/// What is compared.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Sides {
    /// The entry as it was typed, without a version; `None` for every one.
    pub(super) entry: Option<String>,
    /// The old side.
    pub(super) old: Old,
    /// The new side.
    pub(super) new: New,
}

/// The old side.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Old {
    /// What a check would compare with.
    #[default]
    Base,
    /// A revision.
    Revision(String),
    /// Where the new side left a revision.
    MergeBase(String),
    /// A version of the entry.
    Version(Version),
}

/// The new side.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum New {
    /// The work tree.
    #[default]
    Worktree,
    /// A revision.
    Revision(String),
    /// A version of the entry.
    Version(Version),
}

impl Sides {
    /// Reads `[ENTRY[@VERSION[..VERSION]]] [OLD [NEW] | OLD..NEW | OLD...NEW]`.
    ///
    /// # Errors
    /// A side is named twice.
    pub(super) fn read(arguments: &DiffArgs) -> Result<Self, Failure> {
        let DiffArgs { entry, old, new, .. } = arguments;
        let Some(first) = entry else { return Ok(Self::default()) };
        let twice = |what: &str| {
            Failure::usage(format!("{what} names a side that is named already"))
                .hint("`keelmark diff ENTRY OLD NEW`, or `keelmark diff ENTRY OLD..NEW`")
        };
        if let Some(versions) = Self::versions(first) {
            if let Some(old) = old {
                return Err(twice(&format!("`{old}` beside `{first}`")));
            }
            return Ok(versions);
        }
        if let Some((old_side, new_side)) = range(first) {
            if let Some(old) = old {
                return Err(twice(&format!("`{old}` beside `{first}`")));
            }
            return Ok(Self { entry: None, old: old_side, new: new_side });
        }
        let entry = Some(first.clone());
        match (old, new) {
            (None, _) => Ok(Self { entry, ..Self::default() }),
            (Some(old), new) => match (range(old), new) {
                (Some(_), Some(new)) => Err(twice(&format!("`{new}` beside `{old}`"))),
                (Some((old, new)), None) => Ok(Self { entry, old, new }),
                (None, new) => Ok(Self {
                    entry,
                    old: Old::Revision(old.clone()),
                    new: new.clone().map_or(New::Worktree, New::Revision),
                }),
            },
        }
    }

    /// Reads an entry with a version, or with two of them.
    fn versions(text: &str) -> Option<Self> {
        let (left, right) = match text.split_once("..") {
            Some((left, right)) => (left, Some(right.parse::<Version>().ok()?)),
            None => (text, None),
        };
        let EntryRef { kind, id, wanted: Wanted::Exact(old) } = left.parse().ok()? else {
            return None;
        };
        let bare = EntryRef { kind, id, wanted: Wanted::Any };
        Some(Self {
            entry: Some(bare.to_string()),
            old: Old::Version(old),
            new: right.map_or(New::Worktree, New::Version),
        })
    }
}

/// Reads two revisions as git does: a side that is left out is `HEAD`.
fn range(text: &str) -> Option<(Old, New)> {
    let named = |text: &str| if text.is_empty() { "HEAD".to_owned() } else { text.to_owned() };
    if let Some((old, new)) = text.split_once("...") {
        return Some((Old::MergeBase(named(old)), New::Revision(named(new))));
    }
    let (old, new) = text.split_once("..")?;
    // A path such as `../other` is no range.
    if old.is_empty() && new.starts_with('/') {
        return None;
    }
    Some((Old::Revision(named(old)), New::Revision(named(new))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::DiffFormat;

    fn read(words: &[&str]) -> Result<Sides, Failure> {
        let mut words = words.iter().map(|word| (*word).to_owned());
        let (entry, old, new) = (words.next(), words.next(), words.next());
        Sides::read(&DiffArgs { entry, old, new, format: DiffFormat::Human, output: None })
    }

    #[test]
    fn sides_are_read_as_they_are_typed() {
        let version = |text: &str| text.parse::<Version>().expect("a version");
        let revision = |text: &str| Old::Revision(text.to_owned());
        let to = |text: &str| New::Revision(text.to_owned());
        let cases: [(&[&str], Option<&str>, Old, New); 12] = [
            (&[], None, Old::Base, New::Worktree),
            (&["refund"], Some("refund"), Old::Base, New::Worktree),
            (&["refund", "v1"], Some("refund"), revision("v1"), New::Worktree),
            (&["refund", "v1", "v2"], Some("refund"), revision("v1"), to("v2")),
            (&["refund", "v1..v2"], Some("refund"), revision("v1"), to("v2")),
            (&["v1..v2"], None, revision("v1"), to("v2")),
            (&["v1.."], None, revision("v1"), to("HEAD")),
            (&["..v2"], None, revision("HEAD"), to("v2")),
            (&["v1...v2"], None, Old::MergeBase("v1".to_owned()), to("v2")),
            (&["HEAD@{1}..HEAD"], None, revision("HEAD@{1}"), to("HEAD")),
            (
                &["prompt/refund@2.2.0"],
                Some("prompt/refund"),
                Old::Version(version("2.2.0")),
                New::Worktree,
            ),
            (
                &["refund@2.2.0..2.3.0"],
                Some("refund"),
                Old::Version(version("2.2.0")),
                New::Version(version("2.3.0")),
            ),
        ];
        for (words, entry, old, new) in cases {
            let sides = Sides { entry: entry.map(ToOwned::to_owned), old, new };
            assert_eq!(read(words).expect("sides"), sides, "{words:?}");
        }
        // Tags of entries are revisions.
        let tags = read(&["prompt/refund@2.2.0..prompt/refund@2.3.0"]).expect("sides");
        assert_eq!(tags.old, revision("prompt/refund@2.2.0"));
    }

    #[test]
    fn a_side_is_not_named_twice() {
        for words in [&["refund@2.2.0", "v1"][..], &["v1..v2", "v3"], &["refund", "v1..v2", "v3"]] {
            assert!(read(words).is_err(), "{words:?}");
        }
    }
}
