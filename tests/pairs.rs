//! Pairs of prompts, models and composites, one folder for each rule about their changes.
//!
//! Each folder of `tests/pairs` holds two versions and what must be said about the step between
//! them, forwards and backwards. Every side is also compared with itself, which must be silent.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use keelmark::compat::model;
use keelmark::compat::prompt::{Side, changes};
use keelmark::compat::required::required;
use keelmark::compat::table::RULES;
use keelmark::compat::{common_changes, composite};
use keelmark::digest::Digest;
use keelmark::finding::Mirror;
use keelmark::registry::common::{Common, Status};
use keelmark::registry::composite::Composite;
use keelmark::registry::model::Model;
use keelmark::registry::prompt::Prompt;
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

struct Version {
    common: Common,
    prompt: Prompt,
    composite: Option<Composite>,
    model: Option<Model>,
    texts: BTreeMap<String, String>,
}

impl Version {
    fn read(folder: &Path) -> Self {
        let mut texts = BTreeMap::new();
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            texts.insert(name, fs::read_to_string(&path).expect("UTF-8"));
        }
        let context = folder.display();
        let composite = texts.remove("composite.yaml");
        let model = texts.remove("model.yaml");
        let yaml = composite.clone().or(model.clone()).or_else(|| texts.remove("prompt.yaml"));
        let yaml = yaml.expect("a prompt, a model or a composite");
        Self {
            composite: composite.map(|yaml| {
                serde_saphyr::from_str(&yaml).unwrap_or_else(|e| panic!("{context}: {e}"))
            }),
            model: model.map(|yaml| {
                serde_saphyr::from_str(&yaml).unwrap_or_else(|e| panic!("{context}: {e}"))
            }),
            common: serde_saphyr::from_str(&yaml).unwrap_or_else(|e| panic!("{context}: {e}")),
            prompt: serde_saphyr::from_str(&yaml).unwrap_or_else(|e| panic!("{context}: {e}")),
            texts,
        }
    }

    fn side(&self) -> Side<'_> {
        Side { common: &self.common, prompt: &self.prompt, texts: &self.texts }
    }

    fn model_side<'a>(&'a self, files: &'a BTreeMap<String, Digest>) -> model::Side<'a> {
        let model = self.model.as_ref().expect("a model");
        model::Side { common: &self.common, model, files }
    }

    /// The digests of a model's files, by the pointers that name them.
    fn files(&self) -> BTreeMap<String, Digest> {
        let Some(model) = &self.model else { return BTreeMap::new() };
        let weights = model.weights.iter().enumerate();
        let mut named: Vec<(String, Option<String>)> =
            weights.map(|(at, file)| (format!("/weights/{at}/path"), file.path.clone())).collect();
        let asset = |asset: &Option<keelmark::registry::model::Asset>| asset.clone()?.path;
        named.push(("/tokenizer/path".to_owned(), asset(&model.tokenizer)));
        named.push(("/chat_template/path".to_owned(), asset(&model.chat_template)));
        let answers = model.provider.clone().and_then(|provider| provider.file);
        named.push(("/provider/file".to_owned(), answers));
        let digest = |(pointer, path): (String, Option<String>)| {
            Some((pointer, Digest::of(self.texts.get(&path?)?.as_bytes())))
        };
        named.into_iter().filter_map(digest).collect()
    }
}

/// Returns the distinct rules of the step, and the bump that it needs.
fn judged(old: &Version, new: &Version) -> (Vec<String>, Bump) {
    let found = match (&old.composite, &new.composite) {
        (Some(before), Some(after)) => {
            let mut found = common_changes(&old.common, &new.common);
            found.extend(composite::changes(before, after));
            found
        }
        _ if old.model.is_some() => {
            model::changes(&old.model_side(&old.files()), &new.model_side(&new.files()))
        }
        _ => changes(&old.side(), &new.side()),
    };
    let rules: BTreeSet<String> = found.iter().map(|change| change.rule.id.to_owned()).collect();
    let bump = required(&found, old.common.status);
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
        let (old, new) = (Version::read(&folder.join("old")), Version::read(&folder.join("new")));
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
fn a_draft_needs_no_step() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pairs/input-required-added");
    let (mut old, new) = (Version::read(&folder.join("old")), Version::read(&folder.join("new")));
    old.common.status = Status::Draft;
    assert_eq!(judged(&old, &new).1, Bump::None);
}
