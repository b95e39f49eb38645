//! From the changelogs of entries to lines of a changelog of everything.

use std::collections::BTreeSet;

use super::facts::{ChangeKind, ChangeLine};
use crate::checks::Loaded;
use crate::ident::EntryName;
use crate::registry::changelog::Line;
use crate::registry::common::Status as Life;
use crate::version::{Bump, Version, Zerover};

impl ChangeKind {
    /// Guesses the type of a line from its first word; machines draft, people correct.
    #[must_use]
    pub fn guess(text: &str) -> Self {
        let first = text.split(|c: char| !c.is_alphabetic()).find(|word| !word.is_empty());
        match first.unwrap_or_default().to_lowercase().as_str() {
            "add" | "added" | "adds" | "new" => Self::Added,
            "deprecate" | "deprecated" | "deprecates" => Self::Deprecated,
            "drop" | "dropped" | "drops" | "remove" | "removed" | "removes" => Self::Removed,
            "fix" | "fixed" | "fixes" => Self::Fixed,
            "security" => Self::Security,
            _ => Self::Changed,
        }
    }
}

/// Lists what an entry's changelog says of the versions behind that of `before`, the newest first.
///
/// A version without a line of its own gets one that says so, for a change is never silent.
#[must_use]
pub fn since(after: &Loaded, before: Option<&Loaded>, zerover: Zerover) -> Vec<ChangeLine> {
    let here = changelog(after);
    let known: BTreeSet<Version> = before
        .map(|before| changelog(before).into_iter().map(|line| line.version).collect())
        .unwrap_or_default();
    let start = before.and_then(|before| before.entry.version.clone());
    let now = after.entry.version.as_ref();
    let fresh = |version: &Version| {
        !known.contains(version)
            && start.as_ref() != Some(version)
            && now.is_none_or(|now| version <= now)
    };
    let mut lines: Vec<Line> = here.iter().filter(|line| fresh(&line.version)).cloned().collect();
    if let Some(now) = now.filter(|now| start.as_ref() != Some(*now))
        && !here.iter().any(|line| line.version == *now)
    {
        let text = "its changelog says nothing of this version".to_owned();
        lines.push(Line { version: now.clone(), text });
    }
    lines.sort_by(|a, b| b.version.cmp(&a.version));
    let steps = lines.iter().map(|line| {
        let others = lines.iter().map(|other| &other.version).chain(start.as_ref());
        let previous = others.filter(|version| **version < line.version).max();
        previous.map_or(Bump::None, |previous| line.version.declared_from(previous, zerover))
    });
    let steps: Vec<Bump> = steps.collect();
    let life = |loaded: Option<&Loaded>| loaded.map(|loaded| loaded.entry.common.status);
    let left = life(Some(after)).filter(|now| life(before) != Some(*now));
    lines
        .iter()
        .zip(steps)
        .enumerate()
        .map(|(at, (line, step))| {
            let kind = match left.filter(|_| at == 0) {
                Some(Life::Deprecated) => ChangeKind::Deprecated,
                Some(Life::Removed) => ChangeKind::Removed,
                _ if before.is_none() => ChangeKind::Added,
                _ => ChangeKind::guess(line.words()),
            };
            ChangeLine {
                entry: after.entry.name.to_string(),
                version: line.version.to_string(),
                kind,
                // Nobody relied on what was not there.
                breaking: before.is_some() && step == Bump::Major,
                text: line.words().to_owned(),
            }
        })
        .collect()
}

/// Says that an entry is gone.
#[must_use]
pub fn gone(name: &EntryName, before: &Loaded) -> ChangeLine {
    let common = &before.entry.common;
    let text = match &common.replaced_by {
        Some(other) => format!("gone; replaced by {other}"),
        None => "gone".to_owned(),
    };
    ChangeLine {
        entry: name.to_string(),
        version: common.version.clone(),
        kind: ChangeKind::Removed,
        breaking: common.status != Life::Draft,
        text,
    }
}

fn changelog(loaded: &Loaded) -> Vec<Line> {
    loaded.entry.common.changelog.iter().filter_map(|line| Line::read(line)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::{Named, read_entry};
    use crate::ident::Kind;
    use crate::path::RepoPath;
    use crate::registry::layout::Layout;
    use crate::snapshot::MemorySnapshot;

    /// An entry with a version, a changelog and more.
    fn loaded(version: &str, changelog: &[&str], more: &str) -> Loaded {
        let name = EntryName::new(Kind::Fragment, "tone".parse().expect("an id"));
        let lines: Vec<String> = changelog.iter().map(|line| format!("{line:?}")).collect();
        let text = format!(
            "id: tone\nversion: {version}\nowner: a\nchangelog: [{}]\n{more}",
            lines.join(", ")
        );
        let tree = MemorySnapshot::new()
            .with("registry/fragments/tone/fragment.yaml", text)
            .with("registry/fragments/tone/fragment.md", "x\n");
        let layout = Layout::new(RepoPath::from("registry"));
        let from = Named { name: "", tree: &tree };
        read_entry(&layout, &name, from).expect("read").expect("an entry")
    }

    fn said(after: &Loaded, before: Option<&Loaded>) -> Vec<String> {
        let lines = since(after, before, Zerover::Cargo);
        let line = |line: &ChangeLine| {
            let breaking = if line.breaking { "!" } else { "" };
            format!("{}{breaking} {}: {}", line.version, line.kind.heading(), line.text)
        };
        lines.iter().map(line).collect()
    }

    #[test]
    fn lines_are_those_behind_the_version_before() {
        let all = ["3.0.0: other keys", "2.1.0: fixes a word", "2.0.0: old [evidence run:ab]"];
        let (old, new) = (loaded("2.0.0", &all[2..], ""), loaded("3.0.0", &all, ""));
        assert_eq!(
            said(&new, Some(&old)),
            ["3.0.0! Changed: other keys", "2.1.0 Fixed: fixes a word"]
        );
        assert_eq!(said(&old, Some(&new)), [""; 0], "a way back tells nothing new");
        assert_eq!(said(&old, Some(&old)), [""; 0]);
        assert_eq!(
            said(&new, None),
            ["3.0.0 Added: other keys", "2.1.0 Added: fixes a word", "2.0.0 Added: old"]
        );
        let middle = loaded("2.1.0", &all, "");
        assert_eq!(said(&middle, Some(&old)), ["2.1.0 Fixed: fixes a word"], "not what is to come");
        let silent = loaded("2.0.1", &all[2..], "");
        assert_eq!(
            said(&silent, Some(&old)),
            ["2.0.1 Changed: its changelog says nothing of this version"]
        );
    }

    #[test]
    fn an_entry_that_leaves_says_so() {
        let old = loaded("1.0.0", &["1.0.0: x"], "");
        let lines = ["1.1.0: see fragment/other", "1.0.0: x"];
        for (status, kind) in [("deprecated", "Deprecated"), ("removed", "Removed")] {
            let more = format!("status: {status}\nreplaced_by: fragment/other\n");
            let new = loaded("1.1.0", &lines, &more);
            assert_eq!(said(&new, Some(&old)), [format!("1.1.0 {kind}: see fragment/other")]);
            assert_eq!(gone(&new.entry.name, &new).text, "gone; replaced by fragment/other");
        }
        assert!(gone(&old.entry.name, &old).breaking);
        let draft = loaded("1.0.0", &["1.0.0: x"], "status: draft\n");
        assert!(!gone(&draft.entry.name, &draft).breaking);
    }

    #[test]
    fn the_first_word_tells_the_type() {
        let cases = [
            ("Added: x", ChangeKind::Added),
            ("adds x", ChangeKind::Added),
            ("address x", ChangeKind::Changed),
            ("fixed: x", ChangeKind::Fixed),
            ("(security) x", ChangeKind::Security),
            ("dropped x", ChangeKind::Removed),
            ("deprecated", ChangeKind::Deprecated),
            ("", ChangeKind::Changed),
        ];
        for (text, kind) in cases {
            assert_eq!(ChangeKind::guess(text), kind, "{text}");
        }
    }
}
