//! Digests in their places.

use crate::integrity::payload::Payload;
use crate::registry::entry::Entry;
use crate::yaml::{Edit, NewValue, Scalar};

/// Top-level keys behind which `checksums` is put, the best first.
const BEFORE_CHECKSUMS: [&str; 5] = ["links", "changelog", "schema", "owner", "version"];

/// Returns the edits that make every declared digest that of the bytes, and declare missing ones.
#[must_use]
pub fn edits(entry: &Entry, payloads: &[Payload]) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut absent: Vec<(String, Scalar)> = Vec::new();
    for payload in payloads {
        let declared = &payload.declared;
        let value = Scalar::Text(payload.digest.to_string());
        let (parent, key) = declared.digest_pointer.rsplit_once('/').unwrap_or_default();
        let key = crate::yaml::unescape_pointer(key);
        match &declared.digest {
            Some(digest) if digest.text == payload.digest.to_string() => {}
            Some(digest) => edits.push(Edit::Set { pointer: digest.pointer.clone(), value }),
            None if parent == "/checksums" => absent.push((key, value)),
            None => edits.push(Edit::InsertKeyAfter {
                sibling: declared.pointer.clone(),
                key,
                value: NewValue::Scalar(value),
            }),
        }
        if let Some(read) = &payload.tensors
            && read.declared.text != read.digest.to_string()
        {
            let (pointer, value) = (read.declared.pointer.clone(), read.digest.to_string());
            edits.push(Edit::Set { pointer, value: Scalar::Text(value) });
        }
    }
    if absent.is_empty() {
        return edits;
    }
    let last = entry
        .value()
        .get("checksums")
        .and_then(|checksums| checksums.as_object()?.keys().next_back());
    if let Some(last) = last {
        let sibling = format!("/checksums/{}", crate::yaml::escape_pointer(last));
        edits.extend(absent.into_iter().map(|(key, value)| Edit::InsertKeyAfter {
            sibling: sibling.clone(),
            key,
            value: NewValue::Scalar(value),
        }));
    } else if let Some(sibling) = sibling(entry, &BEFORE_CHECKSUMS) {
        edits.push(Edit::InsertKeyAfter {
            sibling,
            key: "checksums".to_owned(),
            value: NewValue::Map(absent),
        });
    }
    edits
}

/// Returns the pointer of the first of some top-level keys that the entry has.
pub(super) fn sibling(entry: &Entry, keys: &[&str]) -> Option<String> {
    let value = entry.document.value();
    keys.iter().find(|key| value.get(**key).is_some()).map(|key| format!("/{key}"))
}
