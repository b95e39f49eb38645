//! Bytes of a file, pushed in piece by piece and handed on as records.

use std::io::{self, Write};

use super::MAX_YAML_BYTES;
use super::records::{Record, Records};
use super::spec::Format;

/// Takes what a file holds.
pub(super) trait Take {
    /// Takes a row of CSV, its header included, or a line of JSON.
    fn record(&mut self, record: &Record<'_>);

    /// Takes a file of YAML at its end: as many bytes of it as are kept.
    fn yaml(&mut self, whole: &[u8]);

    /// Says whether nothing more is wanted.
    fn is_done(&self) -> bool {
        false
    }
}

/// Cuts a stream into records for whoever takes them.
#[derive(Debug)]
pub struct Feed<T> {
    format: Format,
    records: Records,
    whole: Vec<u8>,
    pub(super) taker: T,
}

impl<T> Feed<T> {
    /// Starts at the beginning of a file.
    pub(super) fn start(format: Format, taker: T) -> Self {
        Self { format, records: Records::new(format == Format::Csv), whole: Vec::new(), taker }
    }

    /// Hands on what is left at the end of the file, and returns who took it.
    pub(super) fn end(mut self) -> T
    where
        T: Take,
    {
        if self.format == Format::Yaml {
            self.taker.yaml(&self.whole);
        } else {
            self.records.finish(|record| self.taker.record(&record));
        }
        self.taker
    }
}

impl<T: Take> Write for Feed<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.taker.is_done() {
            // Whoever streams is told to stop.
            return Err(io::Error::from(io::ErrorKind::BrokenPipe));
        }
        if self.format == Format::Yaml {
            let room = MAX_YAML_BYTES.saturating_sub(self.whole.len()).min(bytes.len());
            self.whole.extend_from_slice(bytes.get(..room).unwrap_or_default());
        } else {
            self.records.push(bytes, |record| self.taker.record(&record));
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
