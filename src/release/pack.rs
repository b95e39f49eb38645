//! Packs: a recorded run with its cases as one file, so that anybody can score it again later.
//!
//! A pack is lines of JSON: the header of the run in its canonical form, then the lines of its cases
//! as they were recorded, in the order of the suite. It is named by the SHA-256 of these bytes, and
//! kept compressed. The name is free of the compression, so that no version of a library can move it.

#[cfg(test)]
mod tests;

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};

use flate2::bufread::GzDecoder;
use flate2::{Compression, GzBuilder};

use crate::digest::{Digest, Hasher, canonical_json};
use crate::evals::record::{CaseRecord, RUN_SCHEMA, RunRecord};
use crate::path::RepoPath;

/// The folder of packs on their branch.
pub const FOLDER: &str = "packs";

/// The most bytes of a pack that is not compressed.
pub const MAX_BYTES: u64 = 1 << 30;

/// The most bytes of a pack that is compressed.
pub const MAX_COMPRESSED: u64 = 256 << 20;

/// The most bytes of one line.
const MAX_LINE: u64 = 64 << 20;

/// What the header of a gzip file says of the system that wrote it: nothing.
const UNKNOWN_SYSTEM: u8 = 255;

/// What is no pack, or not the one that was asked for.
#[derive(Debug, thiserror::Error)]
pub enum PackFault {
    /// More bytes than are written or read.
    #[error("{what} has more than {limit} bytes")]
    Large {
        /// What of it.
        what: &'static str,
        /// The most bytes.
        limit: u64,
    },
    /// A run without cases.
    #[error("the run has no cases")]
    Empty,
    /// One repeat of one case, twice, or cases out of order.
    #[error("line {number}: the case `{case}` does not follow the one before it")]
    Order {
        /// The line, from 1.
        number: u64,
        /// The case.
        case: String,
    },
    /// A line that is no record.
    #[error("line {number} is no record: {why}")]
    Line {
        /// The line, from 1.
        number: u64,
        /// Why not.
        why: String,
    },
    /// A run of another form.
    #[error("its run is of the form `{found}`, expected `{RUN_SCHEMA}`")]
    Schema {
        /// What is written.
        found: String,
    },
    /// Bytes that are not compressed as packs are.
    #[error("it is no gzip file: {why}")]
    Gzip {
        /// Why not.
        why: String,
    },
    /// Bytes behind the end of the compressed ones.
    #[error("{size} bytes stand behind its end")]
    Trailing {
        /// How many.
        size: usize,
    },
    /// Other content than the name says.
    #[error("its content has the digest {}, expected {}", .found.short(12), .expected.short(12))]
    Digest {
        /// The digest that the content has.
        found: Digest,
        /// The digest that it is known by.
        expected: Digest,
    },
}

/// Returns the place of a pack on its branch.
#[must_use]
pub fn path(digest: Digest) -> RepoPath {
    RepoPath::from(FOLDER).join(&format!("{digest}.jsonl.gz"))
}

/// Returns the digest in the name of a pack's file; `None` where the path is no pack's.
#[must_use]
pub fn digest_in(at: &RepoPath) -> Option<Digest> {
    let name = std::str::from_utf8(at.file_name()).ok()?;
    let digest = name.split_once('.')?.0.parse().ok()?;
    (path(digest) == *at).then_some(digest)
}

/// A pack that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// The digest of its bytes.
    pub digest: Digest,
    bytes: Vec<u8>,
}

impl Packed {
    /// Packs a run with the lines of its cases, in whatever order they come.
    ///
    /// # Errors
    /// No lines, a line that is no case or stands twice, more bytes than are read again.
    pub fn of(run: &RunRecord, lines: Vec<Vec<u8>>) -> Result<Self, PackFault> {
        let mut cases = Vec::with_capacity(lines.len());
        for (number, line) in (1_u64..).zip(lines) {
            let case = case(number, &line)?;
            cases.push((case.place(), case.case, line));
        }
        cases.sort_unstable_by_key(|(place, _, _)| *place);
        if cases.is_empty() {
            return Err(PackFault::Empty);
        }
        let pairs = (2_u64..).zip(cases.iter().zip(cases.iter().skip(1)));
        for (number, ((one, _, _), (other, case, _))) in pairs {
            if one == other {
                return Err(PackFault::Order { number, case: case.clone() });
            }
        }
        let header = serde_json::to_value(run)
            .map_err(|fault| PackFault::Line { number: 1, why: fault.to_string() })?;
        let mut bytes = canonical_json(&header).into_bytes();
        bytes.push(b'\n');
        for (_, _, line) in cases {
            bytes.extend_from_slice(line.trim_ascii_end());
            bytes.push(b'\n');
        }
        if bytes.len() as u64 > MAX_BYTES {
            return Err(PackFault::Large { what: "the pack", limit: MAX_BYTES });
        }
        Ok(Self { digest: Digest::of(&bytes), bytes })
    }

    /// Returns the bytes that the digest is of.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Compresses the pack; equal packs give equal bytes.
    ///
    /// # Errors
    /// More bytes than are read again.
    pub fn compressed(&self) -> Result<Vec<u8>, PackFault> {
        let gzip = |fault: io::Error| PackFault::Gzip { why: fault.to_string() };
        let mut writer = GzBuilder::new()
            .mtime(0)
            .operating_system(UNKNOWN_SYSTEM)
            .write(Vec::new(), Compression::default());
        writer.write_all(&self.bytes).map_err(gzip)?;
        let bytes = writer.finish().map_err(gzip)?;
        if bytes.len() as u64 > MAX_COMPRESSED {
            return Err(PackFault::Large { what: "the compressed pack", limit: MAX_COMPRESSED });
        }
        Ok(bytes)
    }
}

/// A pack that was opened: its bytes are those that its digest is of.
#[derive(Debug)]
pub struct Pack<'a> {
    /// The header of the run.
    pub run: RunRecord,
    compressed: &'a [u8],
}

impl<'a> Pack<'a> {
    /// Opens a pack. All of it is digested before any of it is believed.
    ///
    /// # Errors
    /// It is too large, is no pack, has something behind its end, or other content than expected.
    pub fn open(compressed: &'a [u8], expected: Digest) -> Result<Self, PackFault> {
        Self::within(compressed, expected, MAX_BYTES)
    }

    fn within(compressed: &'a [u8], expected: Digest, limit: u64) -> Result<Self, PackFault> {
        if compressed.len() as u64 > MAX_COMPRESSED {
            return Err(PackFault::Large { what: "the compressed pack", limit: MAX_COMPRESSED });
        }
        let mut decoder = GzDecoder::new(compressed);
        let mut hasher = Hasher::new();
        let size = io::copy(&mut decoder.by_ref().take(limit.saturating_add(1)), &mut hasher)
            .map_err(|fault| PackFault::Gzip { why: fault.to_string() })?;
        if size > limit {
            return Err(PackFault::Large { what: "the pack", limit });
        }
        let rest = decoder.into_inner();
        if !rest.is_empty() {
            return Err(PackFault::Trailing { size: rest.len() });
        }
        let found = hasher.finish();
        if found != expected {
            return Err(PackFault::Digest { found, expected });
        }
        let mut lines = Lines::new(compressed);
        let header = lines.next_line()?.ok_or(PackFault::Empty)?;
        let run: RunRecord = serde_json::from_slice(&header)
            .map_err(|fault| PackFault::Line { number: 1, why: fault.to_string() })?;
        if run.schema != RUN_SCHEMA {
            return Err(PackFault::Schema { found: run.schema });
        }
        Ok(Self { run, compressed })
    }

    /// Reads the cases one by one, in the order of the suite.
    #[must_use]
    pub fn cases(&self) -> Cases<'a> {
        Cases { lines: Lines::new(self.compressed), last: None, ended: false }
    }
}

/// The lines of a pack.
#[derive(Debug)]
struct Lines<'a> {
    reader: BufReader<GzDecoder<&'a [u8]>>,
    number: u64,
}

impl<'a> Lines<'a> {
    fn new(compressed: &'a [u8]) -> Self {
        Self { reader: BufReader::new(GzDecoder::new(compressed)), number: 0 }
    }

    fn next_line(&mut self) -> Result<Option<Vec<u8>>, PackFault> {
        let mut line = Vec::new();
        self.number += 1;
        let mut limited = (&mut self.reader).take(MAX_LINE + 1);
        limited
            .read_until(b'\n', &mut line)
            .map_err(|fault| PackFault::Gzip { why: fault.to_string() })?;
        if line.len() as u64 > MAX_LINE {
            return Err(PackFault::Large { what: "a line of the pack", limit: MAX_LINE });
        }
        if line.is_empty() {
            return Ok(None);
        }
        if line.pop() != Some(b'\n') {
            let why = "it has no end".to_owned();
            return Err(PackFault::Line { number: self.number, why });
        }
        Ok(Some(line))
    }
}

/// Reads the cases of a pack one by one; after a fault there are no more.
#[derive(Debug)]
pub struct Cases<'a> {
    lines: Lines<'a>,
    last: Option<(u32, u32)>,
    ended: bool,
}

impl Cases<'_> {
    fn read(&mut self) -> Result<Option<CaseRecord>, PackFault> {
        if self.lines.number == 0 {
            self.lines.next_line()?;
        }
        let Some(line) = self.lines.next_line()? else { return Ok(None) };
        let number = self.lines.number;
        let case = case(number, &line)?;
        if self.last.is_some_and(|last| last >= case.place()) {
            return Err(PackFault::Order { number, case: case.case });
        }
        self.last = Some(case.place());
        Ok(Some(case))
    }
}

impl Iterator for Cases<'_> {
    type Item = Result<CaseRecord, PackFault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let item = self.read().transpose();
        self.ended = !matches!(item, Some(Ok(_)));
        item
    }
}

fn case(number: u64, line: &[u8]) -> Result<CaseRecord, PackFault> {
    serde_json::from_slice(line).map_err(|fault| PackFault::Line { number, why: fault.to_string() })
}
