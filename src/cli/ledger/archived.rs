//! Records that were moved into an archive.

use std::collections::BTreeSet;

use super::Book;
use crate::cli::failure::Failure;
use crate::ledger::find::Index;
use crate::ledger::kind::Kind;
use crate::ledger::record::{self, Record, RecordId};
use crate::ledger::retention;
use crate::path::RepoPath;
use crate::snapshot::Snapshot as _;
use crate::time;

impl Book {
    /// Reads the archived records, the oldest first. They are in the history of the branch still.
    ///
    /// # Errors
    /// When the ledger or its history cannot be read.
    pub(in crate::cli) fn archived(&self) -> Result<Vec<Record>, Failure> {
        let index = self.index()?;
        let mut archived = Vec::new();
        for archive in index.of_kind(&Kind::Retention) {
            let Some(content) = retention::archive(archive) else { continue };
            let Some(commit) = self.commit_of(archive)? else { continue };
            let Some(before) = self.repository.step(commit)?.parents.first().copied() else {
                continue;
            };
            let tree = self.repository.commit_snapshot(before)?;
            for path in content.paths() {
                let Some(file) = tree.file(&path)? else { continue };
                let bytes = tree.read(&file, record::LARGEST)?;
                archived
                    .push(Record::parse(&bytes).map_err(|fault| super::falsified(&path, &fault))?);
            }
        }
        archived.sort_by(|a, b| a.at().cmp(&b.at()).then_with(|| a.id().cmp(b.id())));
        Ok(archived)
    }

    /// Lists the records of earlier days than `before` (ISO 8601) that nothing needs at the tip:
    /// freezes that stand, and moves of channels that count, stay.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub(in crate::cli) fn archivable(&self, before: &str) -> Result<Vec<RepoPath>, Failure> {
        let index: Index = self.index()?;
        let mut kept: BTreeSet<RecordId> =
            index.open_freezes().into_iter().map(|record| record.id().clone()).collect();
        kept.extend(self.channels()?.iter().map(|channel| channel.record.clone()));
        // Without the record that lifts it, a freeze of a clock that is fast would stand again.
        let lifts = |unfreeze: &&Record| {
            let stays = |freeze: &Record| time::date(freeze.at()).as_str() >= before;
            let mut freezes = index.of_kind(&Kind::Freeze);
            freezes.any(|freeze| freeze.subject() == unfreeze.subject() && stays(freeze))
        };
        let lifting = index.of_kind(&Kind::Unfreeze).filter(lifts);
        kept.extend(lifting.map(|record| record.id().clone()));
        // An archive has to be found to read what it holds.
        kept.extend(index.of_kind(&Kind::Retention).map(|record| record.id().clone()));
        let old = |path: &RepoPath| {
            let day = retention::day_of(path);
            let id = record::id_in(path);
            day.is_some_and(|day| day.as_str() < before) && id.is_some_and(|id| !kept.contains(&id))
        };
        Ok(self.files()?.into_iter().map(|file| file.path).filter(old).collect())
    }

    /// Returns the reference that leads to the tip and nothing else.
    ///
    /// # Errors
    /// When records wait to be put behind those of the remote.
    pub(in crate::cli) fn whole_reference(&self) -> Result<&str, Failure> {
        if self.local == self.tip && self.pending.is_empty() {
            Ok(&self.place.local)
        } else {
            Err(Failure::undecided("the ledger moved meanwhile").hint("run the command again"))
        }
    }

    /// Says whether the ledger has a remote.
    #[must_use]
    pub(in crate::cli) const fn has_remote(&self) -> bool {
        self.place.remote.is_some()
    }
}
