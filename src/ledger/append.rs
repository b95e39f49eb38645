//! What a commit of the ledger does to the tree, and says.

use std::collections::BTreeMap;

use super::channel::{self, ChannelFault, Channels};
use super::record::Record;
use super::retention;
use crate::path::RepoPath;

/// Returns what a record does to the files of a ledger with these channels: its own is added, those
/// of the channels that it moves are rewritten, and those that it archives are removed (`None`).
///
/// # Errors
/// When the record says something of channels that cannot be read.
pub fn edits(
    record: &Record,
    live: &Channels,
) -> Result<BTreeMap<RepoPath, Option<Vec<u8>>>, ChannelFault> {
    let mut edits = BTreeMap::new();
    for channel in channel::moves_onto(record, live)? {
        edits.insert(channel.name.path(), Some(channel.to_bytes()));
    }
    if let Some(archive) = retention::archive(record) {
        edits.extend(archive.paths().into_iter().map(|path| (path, None)));
    }
    edits.insert(record.path(), Some(record.to_bytes()));
    Ok(edits)
}

/// Returns the message of the commit that adds a record.
#[must_use]
pub fn message(record: &Record) -> String {
    let (kind, subject) = (record.kind(), record.subject());
    format!("{kind}: {subject}\n\nActor: {}\nRecord: {}\n", record.actor(), record.id())
}
