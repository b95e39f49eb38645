//! Pairs of entries, one folder for each rule about their changes.
//!
//! Each folder of `tests/pairs` holds two versions and what must be said about the step between
//! them, forwards and backwards. Every side is also compared with itself, which must be silent.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use keelmark::checks::{Loaded, Named, read_entry, step_between};
use keelmark::compat::table::RULES;
use keelmark::digest::Digest;
use keelmark::finding::Mirror;
use keelmark::ident::{EntryName, Kind};
use keelmark::path::RepoPath;
use keelmark::registry::common::Status;
use keelmark::registry::config::Config;
use keelmark::registry::layout::Layout;
use keelmark::snapshot::MemorySnapshot;
use keelmark::version::Bump;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    rules: Vec<String>,
    required: Bump,
    reversed: Vec<String>,
    reversed_required: Bump,
}

/// Where a pair's entry lies in its tree; every pair has one entry.
const ID: &str = "it";

/// Reads one side of a pair through its schema, as a check does.
fn read(folder: &Path) -> Loaded {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        files.insert(name, fs::read(&path).expect("a file"));
    }
    let kind = Kind::ALL.into_iter().find(|kind| files.contains_key(&format!("{kind}.yaml")));
    let kind = kind.unwrap_or_else(|| panic!("{}: no entry", folder.display()));
    let mut tree = MemorySnapshot::new();
    for (name, bytes) in files {
        tree = tree.with(&format!("registry/{}/{ID}/{name}", kind.folder()), bytes);
    }
    let layout = Layout::new(RepoPath::from("registry"));
    let name = EntryName::new(kind, ID.parse().expect("an id"));
    let from = Named { name: "", tree: &tree };
    let loaded = read_entry(&layout, &name, from).expect("readable").expect("an entry");
    // What the schema refuses would be left out, and a pair would prove less than it shows.
    let written = Digest::of_json(loaded.entry.document.value());
    let kept = Digest::of_json(loaded.entry.value()) == written;
    assert!(kept, "{}: the schema refuses a part of it", folder.display());
    loaded
}

/// Returns the distinct rules of the step, and the bump that it needs.
fn judged(old: &Loaded, new: &Loaded) -> (Vec<String>, Bump) {
    let (bump, found) = step_between(old, new, &Config::default());
    let rules: BTreeSet<String> = found.iter().map(|change| change.rule.id.to_owned()).collect();
    (rules.into_iter().collect(), bump)
}

fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pairs");
    let mut folders: Vec<PathBuf> =
        fs::read_dir(root).expect("the pairs").map(|e| e.expect("an entry").path()).collect();
    folders.sort();
    folders
}

fn expectation(folder: &Path) -> Expect {
    let text = fs::read_to_string(folder.join("expect.yaml")).expect("an expectation");
    serde_saphyr::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", folder.display()))
}

#[test]
fn every_pair_is_judged_as_expected_in_both_directions() {
    let mut wrong = Vec::new();
    for folder in folders() {
        let expect = expectation(&folder);
        let (old, new) = (read(&folder.join("old")), read(&folder.join("new")));
        let name = folder.file_name().expect("a name").to_string_lossy().into_owned();
        let rows = [
            ("forwards", judged(&old, &new), (expect.rules, expect.required)),
            ("backwards", judged(&new, &old), (expect.reversed, expect.reversed_required)),
            ("old with itself", judged(&old, &old), (Vec::new(), Bump::None)),
            ("new with itself", judged(&new, &new), (Vec::new(), Bump::None)),
        ];
        for (what, found, expected) in rows {
            if found != expected {
                wrong.push(format!("{name}, {what}: {found:?}, expected {expected:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_folder_is_named_after_a_rule_that_it_triggers() {
    for folder in folders() {
        let name = folder.file_name().expect("a name").to_string_lossy().into_owned();
        let rules = expectation(&folder).rules;
        let named = rules.iter().any(|rule| name == *rule || name.starts_with(&format!("{rule}-")));
        assert!(named, "{name} triggers {rules:?}");
    }
}

/// What two contents alone never show: these rules ask for a witness beside them.
const WITH_A_WITNESS: [&str; 1] = ["prompt-template-text-nonregressing"];

#[test]
fn every_bump_rule_has_a_pair_of_its_own() {
    let names: BTreeSet<String> = folders()
        .iter()
        .map(|folder| folder.file_name().expect("a name").to_string_lossy().into_owned())
        .collect();
    let lacking: Vec<&str> = RULES
        .iter()
        .filter(|rule| rule.bump.is_some())
        .map(|rule| rule.id)
        .filter(|id| !names.contains(*id) && !WITH_A_WITNESS.contains(id))
        .collect();
    assert!(lacking.is_empty(), "no pair for {lacking:?}");
}

#[test]
fn a_change_of_one_rule_is_reversed_by_its_mirror() {
    for folder in folders() {
        let expect = expectation(&folder);
        let ([rule], [back]) = (expect.rules.as_slice(), expect.reversed.as_slice()) else {
            continue;
        };
        let rule = RULES.iter().find(|known| known.id == rule).expect("a known rule");
        let Some(Mirror::Rule(mirror)) = rule.mirror else { continue };
        // Where the mirror is waived on the other side, the pair shows one of several reversals.
        let other = RULES.iter().find(|known| known.id == back).expect("a known rule");
        if matches!(other.mirror, Some(Mirror::Rule(_))) {
            assert_eq!(mirror, back, "{}", folder.display());
        }
    }
}

#[test]
fn what_a_waiver_names_is_what_the_reversed_change_triggers() {
    let mut wrong = Vec::new();
    for folder in folders() {
        let expect = expectation(&folder);
        let [rule] = expect.rules.as_slice() else { continue };
        let rule = RULES.iter().find(|known| known.id == rule).expect("a known rule");
        let Some(Mirror::Waived(why)) = rule.mirror else { continue };
        for back in expect.reversed {
            if back != rule.id && !why.contains(&format!("`{back}`")) {
                wrong.push(format!("{}: {back}, waived because {why}", folder.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_draft_needs_no_step() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pairs/input-required-added");
    let (mut old, new) = (read(&folder.join("old")), read(&folder.join("new")));
    old.entry.common.status = Status::Draft;
    assert_eq!(judged(&old, &new).1, Bump::None);
}
