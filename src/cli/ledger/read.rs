//! What is in the ledger.

use rayon::prelude::*;

use super::{Book, falsified};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::ledger::channel::{self, Channel, Channels};
use crate::ledger::find::Index;
use crate::ledger::fork::Told;
use crate::ledger::record::{self, Record, RecordId};
use crate::ledger::retention;
use crate::path::RepoPath;
use crate::snapshot::{File, ObjectName, Snapshot as _};

impl Book {
    /// Reads every record, by time, the oldest first. Archived ones are not among them.
    ///
    /// # Errors
    /// When the ledger cannot be read, or a record is not what its id says.
    pub(in crate::cli) fn records(&self) -> Result<Vec<Record>, Failure> {
        self.read(&self.files()?)
    }

    /// Reads every record and makes it easy to find some of them. Where something was frozen, the
    /// order of appending goes with them; where history is cut off, their times have to do.
    ///
    /// # Errors
    /// As [`Book::records`].
    pub(in crate::cli) fn index(&self) -> Result<Index, Failure> {
        let index = Index::new(self.records()?);
        if !index.has_freezes() {
            return Ok(index);
        }
        match self.appended() {
            Ok(order) => Ok(index.appended(order)),
            Err(failure) if failure.exit() == Exit::Undecided => Ok(index),
            Err(failure) => Err(failure),
        }
    }

    /// Reads every record that is what its id says, and tells of the others what is wrong with them:
    /// on call, nobody is kept by records about something else.
    ///
    /// # Errors
    /// When the ledger cannot be read at all.
    pub(in crate::cli) fn sound(&self) -> Result<(Index, Vec<String>), Failure> {
        let (mut records, mut faults) = (self.pending.clone(), Vec::new());
        for read in self.read_each(&self.files()?)? {
            match read {
                Ok(record) => records.push(record),
                Err(failure) => faults.push(failure.message().to_owned()),
            }
        }
        Ok((Index::new(by_time(records)), faults))
    }

    /// Reads the records that were made in a second (since 1970), as far as they are what their ids
    /// say.
    ///
    /// # Errors
    /// When the ledger cannot be read at all.
    pub(in crate::cli) fn made_at(&self, second: i64) -> Result<Vec<Record>, Failure> {
        let mut records = self.pending.clone();
        if let Some(tip) = self.tip {
            let (folder, start) = record::place_of(second);
            let mut files = self.repository.commit_snapshot(tip)?.list(&folder)?;
            files.retain(|file| file.path.file_name().starts_with(start.as_bytes()));
            records.extend(self.read_each(&files)?.into_iter().filter_map(Result::ok));
        }
        records.retain(|record| record.at() == second);
        Ok(records)
    }

    /// Reads the records of a day (ISO 8601) and later ones, the oldest first.
    ///
    /// # Errors
    /// As [`Book::records`].
    pub(in crate::cli) fn records_since(&self, day: &str) -> Result<Vec<Record>, Failure> {
        let mut files = self.files()?;
        files.retain(|file| {
            retention::day_of(&file.path).is_none_or(|written| written.as_str() >= day)
        });
        let mut records = self.read(&files)?;
        records.retain(|record| crate::time::date(record.at()).as_str() >= day);
        Ok(records)
    }

    /// Lists the ids of all records, archived ones among them, in the order in which they were
    /// appended; those that are not below the tip yet come last.
    ///
    /// # Errors
    /// When the ledger cannot be read, or its history is cut off.
    pub(in crate::cli) fn appended(&self) -> Result<Vec<RecordId>, Failure> {
        let told = match self.tip {
            Some(tip) => self.told(&self.line(tip)?)?,
            None => Vec::new(),
        };
        let pending = self.pending.iter().map(|record| record.id().clone());
        Ok(told.into_iter().map(|told| told.id).chain(pending).collect())
    }

    /// Reads what is live where. No record is read for it.
    ///
    /// # Errors
    /// When the ledger cannot be read, or a channel's file is none.
    pub(in crate::cli) fn channels(&self) -> Result<Channels, Failure> {
        let mut channels = match self.tip {
            Some(tip) => self.channels_at(tip)?,
            None => Channels::default(),
        };
        for record in &self.pending {
            channels.apply(record)?;
        }
        Ok(channels)
    }

    /// Reads what is live where at a commit of the ledger.
    pub(super) fn channels_at(&self, commit: ObjectName) -> Result<Channels, Failure> {
        let mut channels = Channels::default();
        let tree = self.repository.commit_snapshot(commit)?;
        for file in tree.list(&RepoPath::from(channel::FOLDER))? {
            let bytes = tree.read(&file, record::LARGEST)?;
            let channel = Channel::parse(&bytes).map_err(|fault| falsified(&file.path, &fault))?;
            if channel.name.path() != file.path {
                let words = format!("it is the file of channel `{}`", channel.name);
                return Err(falsified(&file.path, &words));
            }
            channels.put(channel);
        }
        Ok(channels)
    }

    /// Says whether a record is in the ledger.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub(in crate::cli) fn holds(&self, record: &Record) -> Result<bool, Failure> {
        if self.pending.iter().any(|pending| pending.id() == record.id()) {
            return Ok(true);
        }
        let Some(tip) = self.tip else { return Ok(false) };
        Ok(self.repository.commit_snapshot(tip)?.file(&record.path())?.is_some())
    }

    /// Lists the files of all records below the tip, by path and so by time.
    pub(super) fn files(&self) -> Result<Vec<File>, Failure> {
        let Some(tip) = self.tip else { return Ok(Vec::new()) };
        Ok(self.repository.commit_snapshot(tip)?.list(&RepoPath::from(record::FOLDER))?)
    }

    /// Reads the records of these files, and those that are not below the tip yet.
    fn read(&self, files: &[File]) -> Result<Vec<Record>, Failure> {
        let mut records = self.pending.clone();
        for read in self.read_each(files)? {
            records.push(read?);
        }
        Ok(by_time(records))
    }

    /// Reads files below the tip, over all cores.
    fn read_each(&self, files: &[File]) -> Result<Vec<Result<Record, Failure>>, Failure> {
        let Some(tip) = self.tip else { return Ok(Vec::new()) };
        let tree = self.repository.commit_snapshot(tip)?;
        tree.expect_reads(files);
        let read = |file: &File| {
            let bytes = tree.read(file, record::LARGEST)?;
            Record::parse(&bytes).map_err(|fault| falsified(&file.path, &fault))
        };
        Ok(files.par_iter().map(read).collect())
    }

    /// Reads the record that a branch tells of.
    pub(super) fn record(&self, told: &Told) -> Result<Record, Failure> {
        let tree = self.repository.commit_snapshot(told.commit)?;
        let Some(file) = tree.file(&told.path)? else {
            return Err(falsified(&told.path, &"it is no file"));
        };
        Record::parse(&tree.read(&file, record::LARGEST)?)
            .map_err(|fault| falsified(&file.path, &fault))
    }
}

/// Sorts records by time, and those of one second by id.
fn by_time(mut records: Vec<Record>) -> Vec<Record> {
    records.sort_by(|a, b| a.at().cmp(&b.at()).then_with(|| a.id().cmp(b.id())));
    records
}
