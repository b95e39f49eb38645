//! Weights, tokenizers and chat templates: by their digests, never by their bytes.

use std::collections::{BTreeMap, BTreeSet};

use super::{Side, rules};
use crate::compat::change::Change;
use crate::compat::table::opaque::CONTENT_CHANGED;
use crate::digest::Digest;
use crate::finding::Rule;
use crate::registry::model::{Asset, WeightFile};
use crate::version::Bump;

/// What is known of the weights in one format.
#[derive(Debug, Default, PartialEq, Eq)]
struct Weights {
    /// The digests of the files, sorted; `None` where one of them is not known.
    files: Option<Vec<String>>,
    /// The digests of the tensors, sorted; `None` where one of them is not declared.
    tensors: Option<Vec<String>>,
    /// Where the files are, sorted.
    places: Vec<String>,
}

/// Compares the weights, format by format.
pub(super) fn changes(old: &Side<'_>, new: &Side<'_>) -> Vec<Change> {
    let (mut before, mut after) = (by_format(old), by_format(new));
    settle(&mut before, &mut after);
    let formats: BTreeSet<String> = before.keys().chain(after.keys()).cloned().collect();
    let mut found = Vec::new();
    for format in formats {
        let change = match (before.get(&format), after.get(&format)) {
            (Some(old), Some(new)) => same_format(old, new),
            (Some(_), None) => {
                let note = format!("there are no weights in `{format}` any longer");
                Some(Change::new(&rules::WEIGHTS_FORMAT_CHANGED, note).values(&format, ""))
            }
            (None, Some(_)) => {
                let note = format!("there are weights in `{format}` too");
                let change = Change::new(&rules::WEIGHTS_FORMAT_CHANGED, note).values("", &format);
                Some(change.bump(Bump::Minor))
            }
            (None, None) => None,
        };
        found.extend(change.map(|change| change.at("/weights")));
    }
    if found.is_empty() && old.model.weights != new.model.weights {
        let said = |weights: &[WeightFile]| weights.iter().map(statement).collect::<Vec<_>>();
        if said(&old.model.weights) != said(&new.model.weights) {
            let note = "what is written about the weights changed, and their digests did not";
            found.push(Change::new(&CONTENT_CHANGED, note).at("/weights"));
        }
    }
    found
}

/// What is written about a file and is no digest of it.
fn statement(weight: &WeightFile) -> impl PartialEq + use<> {
    // Taken apart by name, so that a key which is added later cannot be forgotten here.
    let WeightFile { path, uri, sha256: _, tensors_sha256, format, bytes } = weight.clone();
    (path, uri, tensors_sha256, format, bytes)
}

fn by_format(side: &Side<'_>) -> BTreeMap<String, Weights> {
    let mut formats: BTreeMap<String, Weights> = BTreeMap::new();
    for (at, weight) in side.model.weights.iter().enumerate() {
        let place = weight.path.as_ref().or(weight.uri.as_ref()).cloned().unwrap_or_default();
        let one = formats.entry(format_of(weight, &place)).or_insert_with(|| Weights {
            files: Some(Vec::new()),
            tensors: Some(Vec::new()),
            places: Vec::new(),
        });
        let digest = side.digest(&format!("/weights/{at}"), weight.sha256.as_deref());
        push(&mut one.files, digest);
        // A placeholder such as `<hash>` says nothing.
        let stated = || weight.tensors_sha256.as_deref()?.parse::<Digest>().ok();
        let tensors = side.tensors.get(&format!("/weights/{at}/tensors_sha256"));
        let tensors = tensors.copied().or_else(stated);
        push(&mut one.tensors, tensors.map(|digest| digest.to_string()));
        one.places.push(place);
    }
    for one in formats.values_mut() {
        one.files.iter_mut().chain(one.tensors.iter_mut()).for_each(|list| list.sort());
        one.places.sort();
    }
    formats
}

/// Adds a digest; one that is not known makes the whole unknown.
fn push(list: &mut Option<Vec<String>>, digest: Option<String>) {
    match (list.as_mut(), digest) {
        (Some(list), Some(digest)) => list.push(digest),
        _ => *list = None,
    }
}

/// Names the format of a file: the declared one, or the ending of its name; empty for neither.
fn format_of(weight: &WeightFile, place: &str) -> String {
    let name = place.rsplit('/').next().unwrap_or(place);
    let ending = || name.rsplit_once('.').map(|(_, ending)| ending);
    weight.format.as_deref().or_else(ending).unwrap_or_default().to_ascii_lowercase()
}

/// A format that one side names and the other leaves open is the same one: naming it for the first
/// time changes no file.
fn settle(before: &mut BTreeMap<String, Weights>, after: &mut BTreeMap<String, Weights>) {
    let rename = |open: &mut BTreeMap<String, Weights>, named: &BTreeMap<String, Weights>| {
        if let ([format], true) = (named.keys().collect::<Vec<_>>().as_slice(), open.len() == 1)
            && let Some(weights) = open.remove("")
        {
            open.insert((*format).clone(), weights);
        }
    };
    rename(before, after);
    rename(after, before);
}

fn same_format(old: &Weights, new: &Weights) -> Option<Change> {
    let known = |list: &Option<Vec<String>>| list.clone().unwrap_or_default().join(", ");
    let short = |list: &Option<Vec<String>>| {
        let list = list.as_deref().unwrap_or_default();
        list.iter()
            .map(|digest| digest.chars().take(12).collect())
            .collect::<Vec<String>>()
            .join(", ")
    };
    if old.files.is_some() && old.files == new.files {
        return None;
    }
    let tensors = match (&old.tensors, &new.tensors) {
        (Some(old), Some(new)) => Some(old == new),
        _ => None,
    };
    let bytes_known = old.files.is_some() && new.files.is_some();
    let change = match tensors {
        Some(true) if bytes_known => {
            let note = "other bytes with the same tensors, as `tensors_sha256` says";
            Change::new(&rules::WEIGHTS_RESERIALIZED, note)
                .values(short(&old.files), short(&new.files))
        }
        Some(true) if old.places == new.places => return None,
        Some(true) => Change::new(&rules::WEIGHTS_RESERIALIZED, "the same tensors lie elsewhere")
            .values(old.places.join(", "), new.places.join(", ")),
        Some(false) => Change::new(&rules::WEIGHTS_CHANGED, "the tensors are others")
            .values(known(&old.tensors), known(&new.tensors)),
        None if bytes_known => {
            let note = "the bytes are others; whether the tensors are is not judged, because `tensors_sha256` is not declared on both sides";
            Change::new(&rules::WEIGHTS_CHANGED, note)
                .values(short(&old.files), short(&new.files))
                .help("declare `tensors_sha256` in both versions (the same tensors ⇒ patch)")
        }
        // Else a digest could be dropped, and another one declared, as two patches.
        None if old.files.is_some() && old.places == new.places => {
            let note = "the digests of the weights are gone, so nobody can tell their bytes";
            Change::new(&rules::WEIGHTS_CHANGED, note)
                .values(short(&old.files), "")
                .help("declare `sha256` for each file: 64 hexadecimal digits")
                .unknown()
        }
        // Without a digest, the place is all that is known.
        None if old.places == new.places => return None,
        None => {
            let note = "the files are others by name; their content is not judged, because a digest is missing";
            Change::new(&rules::WEIGHTS_CHANGED, note)
                .values(old.places.join(", "), new.places.join(", "))
                .help("declare `sha256` for each file")
                .unknown()
        }
    };
    Some(change)
}

/// One side of an asset.
type Held<'a> = (&'a Side<'a>, Option<&'a Asset>);

/// Compares a tokenizer or a chat template: by digests where both sides have one, else by name.
pub(super) fn asset(
    key: &str,
    rule: &'static Rule,
    ((old_side, old), (new_side, new)): (Held<'_>, Held<'_>),
) -> Option<Change> {
    let pointer = format!("/{key}");
    let (before, after) = match (old, new) {
        (Some(old), Some(new)) => (old, new),
        (None, None) => return None,
        (None, Some(new)) => {
            let change = Change::new(rule, format!("`{key}` is declared")).at_new(&pointer);
            return Some(change.values("", name(new)).bump(Bump::Minor));
        }
        (Some(old), None) => {
            let change = Change::new(rule, format!("`{key}` is no longer declared"));
            return Some(change.at_old(&pointer).values(name(old), ""));
        }
    };
    let digests = (
        old_side.digest(&pointer, before.sha256.as_deref()),
        new_side.digest(&pointer, after.sha256.as_deref()),
    );
    let (was, is) = (name(before), name(after));
    let change = match digests {
        (Some(old), Some(new)) if old != new => {
            let short = |digest: &str| digest.chars().take(12).collect::<String>();
            Change::new(rule, format!("`{key}` has other bytes")).values(short(&old), short(&new))
        }
        (Some(_), Some(_)) if before == after || was == is => return None,
        (Some(_), Some(_)) => {
            let note = format!("`{key}` is called `{is}` now; its bytes are the same");
            Change::new(&CONTENT_CHANGED, note).values(was, is)
        }
        _ if was != is => {
            let note = format!(
                "`{key}`: `{was}` → `{is}`; whether the bytes are the same is not judged, because a digest is missing"
            );
            Change::new(rule, note).values(was, is)
        }
        (None, None) => return None,
        // Else a digest could be dropped, and another one declared, as two patches.
        (Some(_), None) => {
            let note = format!("the digest of `{key}` is gone, so nobody can tell its bytes");
            Change::new(rule, note).values(was, is).unknown()
        }
        (None, Some(_)) => {
            let note = format!("the digest of `{key}` is declared");
            Change::new(&CONTENT_CHANGED, note).values(was, is)
        }
    };
    Some(change.at(&pointer))
}

/// What people know an asset by.
fn name(asset: &Asset) -> String {
    let Asset { name, path, uri, sha256: _ } = asset;
    name.as_ref().or(path.as_ref()).or(uri.as_ref()).cloned().unwrap_or_default()
}
