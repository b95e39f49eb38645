//! Rows of datasets in memory: the examples of the page, and what cannot be read.

use serde_json::{Value, json};

use super::*;
use crate::checks::{Named, changes_between, evaluation, read_entry};
use crate::compat::required::required;
use crate::ident::{EntryName, Kind};
use crate::registry::config::Config;
use crate::registry::index::Index;
use crate::registry::layout::Layout;
use crate::snapshot::MemorySnapshot;
use crate::version::{Bump, Zerover};

/// The rules about datasets in words.
const PAGE: &str = include_str!("../../../docs/rules/dataset.md");

fn layout() -> Layout {
    Layout::new("registry".into())
}

fn name() -> EntryName {
    EntryName::new(Kind::Dataset, "gold".parse().expect("an id"))
}

/// A dataset with one file of rows, `part` having the last word about its keys.
fn tree(part: &str, rows: &[u8]) -> MemorySnapshot {
    let mut entry = json!({
        "id": "gold",
        "version": "1.0.0",
        "owner": "data-science",
        "row_key": "id",
        "files": [{"path": "rows.csv"}],
    });
    let part: Value = serde_saphyr::from_str(part).expect("YAML");
    let entry = entry.as_object_mut().expect("a map");
    entry.extend(part.as_object().cloned().unwrap_or_default());
    entry.retain(|_, value| !value.is_null());
    MemorySnapshot::new()
        .with("registry/datasets/gold/dataset.yaml", Value::Object(entry.clone()).to_string())
        .with("registry/datasets/gold/rows.csv", rows)
}

fn load(tree: &MemorySnapshot) -> Loaded {
    let read = read_entry(&layout(), &name(), Named { name: "", tree });
    read.expect("memory").expect("an entry")
}

/// The rules that speak of a content alone.
fn alone(tree: &MemorySnapshot) -> Vec<&'static str> {
    let loaded = load(tree);
    let layout = layout();
    let mut found = compare(None, &loaded).findings.clone();
    found.extend(evaluation::check(&loaded.entry, &Index::new(&layout, tree)).expect("memory"));
    let mut ids: Vec<&str> = found.iter().map(|finding| finding.rule.id).collect();
    ids.dedup();
    ids
}

/// The rules about the step between two contents, the bump that it needs and the one that it makes.
fn step(old: &MemorySnapshot, new: &MemorySnapshot) -> (Vec<&'static str>, Bump, Bump) {
    let (old, new) = (load(old), load(new));
    let changes = changes_between(&old, &new, &Config::default());
    let needed = required(&changes, old.entry.common.status);
    let (from, to) = (old.entry.version.clone(), new.entry.version.clone());
    let made = match (from, to) {
        (Some(from), Some(to)) => to.declared_from(&from, Zerover::Cargo),
        _ => Bump::None,
    };
    (changes.iter().map(|change| change.rule.id).collect(), needed, made)
}

/// The contents in a part of a section: a block of YAML begins one, and so does a second file.
fn contents(part: &str) -> Vec<MemorySnapshot> {
    let mut found: Vec<(&str, Option<&str>)> = Vec::new();
    for block in part.split("```").skip(1).step_by(2) {
        if let Some(yaml) = block.strip_prefix("yaml\n") {
            found.push((yaml, None));
        } else if let Some(rows) = block.strip_prefix("csv\n") {
            match found.last_mut() {
                Some((_, slot @ None)) => *slot = Some(rows),
                _ => found.push(("{}", Some(rows))),
            }
        }
    }
    found.iter().map(|(yaml, rows)| tree(yaml, rows.unwrap_or_default().as_bytes())).collect()
}

#[test]
fn the_examples_on_the_page_are_what_they_are_said_to_be() {
    let mut seen = 0;
    for section in PAGE.split("\n## ").skip(1) {
        let id = section.lines().next().expect("a heading");
        let (bad, good) = section.split_once("**Good**").expect("a good example");
        let (bad, good) = (contents(bad), contents(good));
        if section.contains("Bump: ") {
            let [old, new] = bad.as_slice() else {
                assert!(bad.is_empty(), "{id}: two contents");
                continue;
            };
            let (rules, needed, made) = step(old, new);
            assert!(rules.contains(&id), "{id}: {rules:?}");
            assert!(made < needed, "{id}: {made} is not too little for {needed}");
            for better in &good {
                let (_, needed, made) = step(old, better);
                assert_eq!(made, needed, "{id}: the good example");
            }
            assert_eq!(good.len(), 1, "{id}");
        } else {
            for content in &bad {
                assert!(alone(content).contains(&id), "{id}: {:?}", alone(content));
            }
            for content in &good {
                assert_eq!(alone(content), Vec::<&str>::new(), "{id}");
            }
        }
        seen += 1;
    }
    assert!(seen >= 45, "only {seen} sections have examples");
}
