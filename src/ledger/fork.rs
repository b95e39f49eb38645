//! Two ledgers that began as one.

use std::collections::{BTreeMap, BTreeSet};

use super::record::RecordId;
use super::verify::{Fault, Wrong};
use crate::digest::Digest;
use crate::path::RepoPath;
use crate::snapshot::ObjectName;

/// A record behind the place where two ledgers part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The commit that brought it.
    pub commit: ObjectName,
    /// The path of its file.
    pub path: RepoPath,
    /// Its id.
    pub id: RecordId,
    /// The digest of its bytes.
    pub bytes: Digest,
}

/// Returns what of the local ledger contradicts the one at the remote; both are told from the place
/// where they part, the oldest record first.
///
/// Records that only one side knows are no contradiction: they were added and not exchanged yet. But
/// a record that was sent has sent everything before it, so one that the remote lacks, while it
/// has a later one, was dropped there. And a record that both have is the same on both.
#[must_use]
pub fn contradictions(local: &[Told], remote: &[Told]) -> Vec<Fault> {
    let theirs: BTreeMap<&RecordId, &Told> = remote.iter().map(|told| (&told.id, told)).collect();
    let mut faults = Vec::new();
    for told in local {
        if let Some(other) = theirs.get(&told.id).filter(|other| other.bytes != told.bytes) {
            faults.push(fault(
                other,
                format!("record {} is not the one of the local ledger", told.id),
                format!("the bytes that it has in commit {}", told.commit.short()),
            ));
        }
    }
    let sent = local.iter().rposition(|told| theirs.contains_key(&told.id)).unwrap_or(0);
    for told in local.iter().take(sent).filter(|told| !theirs.contains_key(&told.id)) {
        faults.push(fault(
            told,
            format!("record {} is in the local ledger and not at the remote", told.id),
            "it at the remote, which has records that were added after it".to_owned(),
        ));
    }
    faults
}

/// Returns the local records that the remote does not have, the oldest first.
#[must_use]
pub fn unsent<'a>(local: &'a [Told], remote: &[Told]) -> Vec<&'a Told> {
    let theirs: BTreeSet<&RecordId> = remote.iter().map(|told| &told.id).collect();
    local.iter().filter(|told| !theirs.contains(&told.id)).collect()
}

fn fault(told: &Told, found: String, expected: String) -> Fault {
    Fault {
        wrong: Wrong::Fork,
        commit: Some(told.commit),
        path: Some(told.path.clone()),
        found,
        expected,
    }
}
