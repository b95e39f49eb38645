//! Records that arrive late: somebody moved their channel before they came to the remote.

use super::Book;
use crate::cli::failure::Failure;
use crate::escape;
use crate::ledger::channel::{self, ChannelName, Channels};
use crate::ledger::kind::Kind;
use crate::ledger::record::{Record, RecordId};

/// A move of a channel that counts no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Late {
    record: RecordId,
    kind: Kind,
    /// What the record is about.
    subject: String,
    channel: ChannelName,
    /// Who moved the channel meanwhile, and when.
    actor: String,
    at: String,
    /// The tag that is live.
    live: String,
}

impl Late {
    /// Says what happened, in one sentence.
    fn words(&self) -> String {
        format!(
            "`{}` stays at `{}`: {} moved it at {}, after record {} ({} of `{}`) was made; that is kept and moves nothing",
            self.channel,
            escape::line(&self.live),
            escape::line(&self.actor),
            self.at,
            self.record,
            self.kind,
            escape::line(&self.subject),
        )
    }
}

/// Finds the moves that count no more where these records are put behind what is live, in this order.
pub(super) fn find(records: &[Record], mut live: Channels) -> Vec<Late> {
    let mut late = Vec::new();
    for record in records.iter().filter(|record| *record.kind() != Kind::Rehearsal) {
        let moved = channel::moves_onto(record, &live).unwrap_or_default();
        for wanted in channel::moves(record).unwrap_or_default() {
            if moved.iter().any(|moved| moved.name == wanted.name) {
                continue;
            }
            let there = live.get(wanted.name.as_str());
            let tag = there.and_then(|there| there.state.get("tag")?.as_str());
            late.push(Late {
                record: record.id().clone(),
                kind: record.kind().clone(),
                subject: record.subject().to_owned(),
                actor: there.map(|there| there.actor.clone()).unwrap_or_default(),
                at: there.map(|there| there.at.clone()).unwrap_or_default(),
                live: tag.unwrap_or("nothing").to_owned(),
                channel: wanted.name,
            });
        }
        for channel in moved {
            live.put(channel);
        }
    }
    late
}

/// Says of moves that were pushed that they came too late, and what to do about it.
///
/// # Errors
/// There are any: whoever pushed them wanted the channels to move.
pub(in crate::cli) fn refuse(late: &[Late]) -> Result<(), Failure> {
    let Some(first) = late.first() else { return Ok(()) };
    let words: Vec<String> = late.iter().map(Late::words).collect();
    Err(Failure::refused(words.join("\n")).hint(format!(
        "the records are at the remote; `keelmark rollback {} --to {} --force --reason TEXT --push` goes there all the same",
        first.channel,
        escape::line(&first.subject)
    )))
}

impl Book {
    /// Returns the moves among the records that wait here which count no more, as far as is known
    /// here.
    #[must_use]
    pub(in crate::cli) fn late(&self) -> &[Late] {
        &self.late
    }

    /// Keeps which moves came too late, and a note about each.
    pub(super) fn look_late(&mut self, live: Channels) {
        self.late = find(&self.pending, live);
        self.notes.extend(self.late.iter().map(Late::words));
    }
}
