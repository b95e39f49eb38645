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
    let mut lines: Vec<ChangeLine> = lines
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
                breaking: step == Bump::Major,
                text: line.words().to_owned(),
            }
        })
        .collect();
    // Nobody relied on what was not there.
    if before.is_none() {
        lines.iter_mut().for_each(|line| line.breaking = false);
    }
    lines
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
