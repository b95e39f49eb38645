//! Diamonds: one entry that is asked for in versions that do not agree.

use std::collections::{BTreeMap, BTreeSet};

use crate::ident::{EntryName, Wanted};
use crate::registry::common::Edge;
use crate::registry::reference::Role;
use crate::version::Version;

/// One reference to an entry that exists.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// The entry that it leads to.
    pub name: &'a EntryName,
    /// The version that it asks for.
    pub wanted: &'a Wanted,
    /// What for.
    pub role: &'a Role,
}

impl Ask<'_> {
    /// Says whether the entry is needed in that version beside the one who asks. What is only
    /// pointed at, or was there when it was made, may be of any version.
    #[must_use]
    pub const fn counts(&self) -> bool {
        !matches!(
            self.role,
            Role::Link
                | Role::DerivedFrom
                | Role::BaseModel
                | Role::ReplacedBy
                | Role::DependsOn(Edge::Build)
        )
    }
}

/// Returns the entries that would stand in several versions, with all that are asked for.
///
/// `present` are the versions that are there together. `pinned` are those of them that somebody
/// chose, with which a range that does not admit any of them disagrees.
#[must_use]
pub fn diamonds<'a>(
    present: impl IntoIterator<Item = (&'a EntryName, &'a Version)>,
    pinned: &[(&EntryName, &Version)],
    asks: &[Ask<'a>],
) -> BTreeMap<&'a EntryName, BTreeSet<Version>> {
    let mut versions: BTreeMap<&EntryName, BTreeSet<Version>> = BTreeMap::new();
    for (name, version) in present {
        versions.entry(name).or_default().insert(version.clone());
    }
    for ask in asks.iter().filter(|ask| ask.counts()) {
        if let Wanted::Exact(version) = ask.wanted {
            versions.entry(ask.name).or_default().insert(version.clone());
        }
    }
    let unmet: BTreeSet<&EntryName> = asks
        .iter()
        .filter(|ask| {
            let mut chosen =
                pinned.iter().filter(|(name, _)| *name == ask.name).map(|(_, v)| *v).peekable();
            ask.counts() && chosen.peek().is_some() && !chosen.any(|v| ask.wanted.admits(v))
        })
        .map(|ask| ask.name)
        .collect();
    versions.retain(|name, versions| versions.len() > 1 || unmet.contains(name));
    versions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ident::EntryRef;

    #[test]
    fn entries_that_are_asked_for_in_one_version_are_no_diamond() {
        let read = |text: &str| text.parse::<EntryRef>().expect("a reference");
        let name = |text: &str| {
            let read = read(text);
            EntryName::new(read.kind.expect("a kind"), read.id)
        };
        let runtime = Role::DependsOn(Edge::Runtime);
        let cases: [(&[&str], &[&str], &str); 6] = [
            (&["model/m@1.0.0"], &["model/m@1.0.0"], ""),
            (&["model/m@1.0.0"], &["model/m@1.1.0"], "model/m 1.0.0, 1.1.0"),
            (&["model/m@1.0.0"], &["model/m@^1"], ""),
            (&["model/m@1.0.0"], &["model/m@^2"], "model/m 1.0.0"),
            (&["model/m@1.0.0"], &["model/m"], ""),
            (&[], &["fragment/f@1.0.0", "fragment/f@2.0.0"], "fragment/f 1.0.0, 2.0.0"),
        ];
        for (members, asked, expected) in cases {
            let pins: Vec<(EntryName, Version)> = members
                .iter()
                .map(|text| match read(text).wanted {
                    Wanted::Exact(version) => (name(text), version),
                    other => panic!("{text}: {other:?}"),
                })
                .collect();
            let pins: Vec<(&EntryName, &Version)> = pins.iter().map(|(n, v)| (n, v)).collect();
            let asked: Vec<(EntryName, Wanted)> =
                asked.iter().map(|text| (name(text), read(text).wanted)).collect();
            let of = |role| -> Vec<Ask<'_>> {
                asked.iter().map(|(name, wanted)| Ask { name, wanted, role }).collect()
            };
            let show = |found: BTreeMap<&EntryName, BTreeSet<Version>>| {
                let one = |(name, versions): (&EntryName, BTreeSet<Version>)| {
                    let versions: Vec<String> = versions.iter().map(ToString::to_string).collect();
                    format!("{name} {}", versions.join(", "))
                };
                found.into_iter().map(one).collect::<Vec<_>>().join("; ")
            };
            let found = diamonds(pins.iter().copied(), &pins, &of(&runtime));
            assert_eq!(show(found), expected, "{asked:?}");
            // What it was made from is in none of the answers.
            let found = diamonds(pins.iter().copied(), &pins, &of(&Role::BaseModel));
            assert_eq!(show(found), "", "{asked:?}");
        }
    }
}
