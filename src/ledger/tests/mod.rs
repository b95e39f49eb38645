//! Tests of the ledger, and ledgers for them.

mod chains;
mod channels;
mod find;
mod forks;
mod records;
mod retention;
mod schemas;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::append;
use super::channel::Channels;
use super::kind::Kind;
use super::record::{Draft, Record};
use super::verify::{Change, Link};
use crate::path::RepoPath;
use crate::snapshot::ObjectName;

/// 2026-11-25T22:58:16Z.
const NOON: i64 = 1_795_647_496;

fn draft(kind: Kind, at: i64, payload: Value) -> Draft {
    Draft {
        kind,
        at,
        actor: "Mara Quint <mara@example.com>".to_owned(),
        subject: "release/support_copilot@1.8.0".to_owned(),
        payload,
    }
}

fn record(kind: Kind, at: i64, payload: Value) -> Record {
    Record::new(draft(kind, at, payload)).expect("a record")
}

/// A record that moves a channel to a version.
fn moving(at: i64, channel: &str, version: &str) -> Record {
    record(Kind::Release, at, json!({"channels": {channel: state(version)}}))
}

/// A state of a channel with everything in it.
fn state(version: &str) -> Value {
    let tag = format!("release/support_copilot@{version}");
    json!({
        "composite": "support_copilot",
        "version": version,
        "digest": "a".repeat(64),
        "bundle": "b".repeat(64),
        "tag": tag,
        "tag_object": "c".repeat(40),
        "since": "2026-11-25T22:58:16Z",
        "by": "Mara Quint <mara@example.com>",
        "previous": {"version": "1.7.3", "tag": "release/support_copilot@1.7.3", "since": null},
        "rollback_to": "release/support_copilot@1.7.3",
        "waivers": [{"gate": "helpful", "until": "2026-11-27T00:00:00Z", "reason": "labels come on Friday", "by": "ines@example.com"}],
        "rehearsed": {"at": "2026-11-20T08:00:00Z", "ok": true, "target": null},
        "post_mortem_due": null,
    })
}

/// A name for the commit at a place.
fn commit(at: usize) -> ObjectName {
    let mut bytes = [0; 20];
    bytes[..8].copy_from_slice(&(at as u64 + 1).to_be_bytes());
    ObjectName::new(&bytes)
}

/// The commits that these records would make.
fn chained(records: &[Record]) -> Vec<Link> {
    let mut files: BTreeMap<RepoPath, Vec<u8>> = BTreeMap::new();
    let mut links = Vec::new();
    let mut live = Channels::default();
    for (at, record) in records.iter().enumerate() {
        let mut changes = Vec::new();
        let edits = append::edits(record, &live).expect("edits");
        live.apply(record).expect("moves");
        for (path, bytes) in edits {
            let change = match (&bytes, files.contains_key(&path)) {
                (Some(bytes), true) => Change::Rewritten(bytes.clone()),
                (Some(bytes), false) => Change::Added(bytes.clone()),
                (None, true) => Change::Removed,
                (None, false) => continue,
            };
            match bytes {
                Some(bytes) => files.insert(path.clone(), bytes),
                None => files.remove(&path),
            };
            changes.push((path, change));
        }
        let parents = at.checked_sub(1).map(commit).into_iter().collect();
        links.push(Link { commit: commit(at), parents, changes });
    }
    links
}
