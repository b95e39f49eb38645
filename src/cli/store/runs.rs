//! Run records on disk.

use std::fs::{self, File, Metadata};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use crate::cli::failure::Failure;
use crate::digest::{Digest, Hasher};
use crate::evals::event::{Event, Sink};
use crate::evals::record::{CaseRecord, RUN_SCHEMA, RunRecord, Status};

/// The most bytes of `run.json`.
const MAX_HEADER: u64 = 64 << 20;

/// The most bytes of one line of `cases.jsonl`.
const MAX_LINE: u64 = 64 << 20;

const HEADER: &str = "run.json";
const CASES: &str = "cases.jsonl";
const LOCK: &str = "lock";

/// The records of a work tree.
#[derive(Debug)]
pub(in crate::cli) struct Runs {
    root: PathBuf,
}

/// One record on disk.
#[derive(Debug, Clone)]
pub(in crate::cli) struct Stored {
    folder: PathBuf,
    /// Its header.
    pub record: RunRecord,
}

impl Runs {
    /// Opens the records of a work tree.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub(in crate::cli) fn open(top: &Path) -> Result<Self, Failure> {
        let root = super::folder(top, "runs")
            .map_err(|e| Failure::undecided(format!("failed to make `.keelmark/runs`: {e}")))?;
        Ok(Self { root })
    }

    /// Makes the folder of a new run and writes its header. The id that is wished for gets a number
    /// behind it where it is taken.
    ///
    /// # Errors
    /// When the file system refuses.
    pub(in crate::cli) fn create(&self, mut record: RunRecord) -> Result<Stored, Failure> {
        let wished = record.id.clone();
        for number in 1_u32.. {
            if number > 1 {
                record.id = format!("{wished}-{number}");
            }
            let folder = self.root.join(&record.id);
            match fs::create_dir(&folder) {
                Ok(()) => {
                    let stored = Stored { folder, record };
                    stored.save()?;
                    let path = stored.folder.join(CASES);
                    File::create(&path).map_err(|e| failed("make", &path, &e))?;
                    return Ok(stored);
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(failed("make", &folder, &error)),
            }
        }
        Err(Failure::undecided("there is no free name for a run"))
    }

    /// Finds a run: by its id, by a beginning of it that only one has, as `latest`, or by the path
    /// of its folder.
    ///
    /// # Errors
    /// There is none or more than one, or it cannot be read.
    pub(in crate::cli) fn find(&self, text: &str) -> Result<Stored, Failure> {
        let path = Path::new(text);
        if path.join(HEADER).is_file() {
            return read(path.to_path_buf());
        }
        let ids = self.ids()?;
        let found: Vec<&String> = match text {
            "latest" => self.latest(&ids).into_iter().collect(),
            _ if ids.iter().any(|id| id == text) => ids.iter().filter(|id| *id == text).collect(),
            _ => ids.iter().filter(|id| !text.is_empty() && id.starts_with(text)).collect(),
        };
        match found.as_slice() {
            [id] => read(self.root.join(id)),
            [] if ids.is_empty() => Err(Failure::usage(format!("there is no run `{text}`"))
                .hint("no run is recorded here yet; `keelmark eval run` makes one")),
            [] => Err(Failure::usage(format!("there is no run `{text}`"))
                .hint("`keelmark eval list` shows what there is")),
            several => {
                Err(Failure::usage(format!("`{text}` is the beginning of {} runs", several.len()))
                    .hint("write more of the id; `keelmark eval list` shows them"))
            }
        }
    }

    /// Returns every run that can be read, the oldest first, and the ids of those that cannot.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub(in crate::cli) fn all(&self) -> Result<(Vec<Stored>, Vec<String>), Failure> {
        let mut stored = Vec::new();
        let mut unreadable = Vec::new();
        for id in self.ids()? {
            match read(self.root.join(&id)) {
                Ok(run) => stored.push(run),
                Err(_) => unreadable.push(id),
            }
        }
        Ok((stored, unreadable))
    }

    /// Returns the run that was written last; ids tell only seconds apart.
    fn latest<'a>(&self, ids: &'a [String]) -> Option<&'a String> {
        let written =
            |id: &&String| fs::metadata(self.root.join(id)).and_then(|m| m.modified()).ok();
        ids.iter().max_by_key(|id| (written(id), *id))
    }

    /// Finds the run that a digest is of; the newest first, for it is asked for most.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub(in crate::cli) fn by_digest(&self, digest: Digest) -> Result<Option<Stored>, Failure> {
        let ids = self.ids()?;
        let stored = ids.iter().rev().filter_map(|id| read(self.root.join(id)).ok());
        Ok(stored.into_iter().find(|run| run.record.digest() == digest))
    }

    /// Returns the ids, sorted; they begin with the time.
    fn ids(&self) -> Result<Vec<String>, Failure> {
        let listed = fs::read_dir(&self.root).map_err(|e| failed("list", &self.root, &e))?;
        let mut ids: Vec<String> = listed
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| !name.starts_with('.'))
            .collect();
        ids.sort();
        Ok(ids)
    }

    /// Removes a run.
    ///
    /// # Errors
    /// When the file system refuses.
    pub(in crate::cli) fn remove(&self, run: &Stored) -> Result<(), Failure> {
        // By the folder that it was read from: what its header calls itself may lead anywhere.
        let folder = &run.folder;
        if folder.parent() != Some(self.root.as_path()) {
            return Err(Failure::usage(format!(
                "`{}` is no run of this work tree",
                folder.display()
            )));
        }
        fs::remove_dir_all(folder).map_err(|e| failed("remove", folder, &e))
    }
}

impl Stored {
    /// Writes the header.
    ///
    /// # Errors
    /// When the file system refuses.
    pub(in crate::cli) fn save(&self) -> Result<(), Failure> {
        let path = self.folder.join(HEADER);
        let mut bytes = serde_json::to_vec_pretty(&self.record).map_err(io::Error::from)?;
        bytes.push(b'\n');
        super::replace(&path, &bytes).map_err(|e| failed("write", &path, &e))
    }

    /// Keeps other programs from writing to the run for as long as what is returned lives.
    ///
    /// # Errors
    /// When another program writes to the run, or the file system refuses.
    pub(in crate::cli) fn lock(&self) -> Result<File, Failure> {
        let path = self.folder.join(LOCK);
        let file = File::options()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(|e| failed("open", &path, &e))?;
        file.try_lock().map_err(|_| {
            let id = &self.record.id;
            Failure::undecided(format!("another program writes to the run `{id}`"))
                .hint("wait until it has ended")
        })?;
        Ok(file)
    }

    /// Marks a run as running again: what its header said of the cases no longer holds, and cases
    /// without an answer are dropped, for they are run again.
    ///
    /// # Errors
    /// The lines are not those that were recorded, or the file system refuses.
    pub(in crate::cli) fn reopened(&self) -> Result<Self, Failure> {
        self.sorted_cases()?;
        let mut again = self.clone();
        again.record.status = Status::Running;
        again.record.cases_sha256 = None;
        again.record.verdicts.clear();
        again.save()?;
        again.drop_errors()?;
        Ok(again)
    }

    /// Opens the file of cases to write more of them. A line that a killed run left half written is
    /// cut off.
    ///
    /// # Errors
    /// When the file system refuses.
    pub(in crate::cli) fn recorder(&self) -> Result<Recorder, Failure> {
        let path = self.folder.join(CASES);
        let open = || -> io::Result<File> {
            let mut file = File::options().create(true).read(true).append(true).open(&path)?;
            let length = file.metadata()?.len();
            let whole = whole_lines(&mut file, length)?;
            if whole < length {
                file.set_len(whole)?;
            }
            Ok(file)
        };
        let file = open().map_err(|e| failed("open", &path, &e))?;
        Ok(Recorder { file })
    }

    /// Drops the lines of cases that have no answer.
    fn drop_errors(&self) -> Result<(), Failure> {
        let path = self.folder.join(CASES);
        let mut kept: Vec<u8> = Vec::new();
        let mut dropped = false;
        for case in self.cases()? {
            let case = case?;
            if case.answer.is_none() {
                dropped = true;
                continue;
            }
            serde_json::to_writer(&mut kept, &case).map_err(io::Error::from)?;
            kept.push(b'\n');
        }
        if dropped {
            super::replace(&path, &kept).map_err(|e| failed("write", &path, &e))?;
        }
        Ok(())
    }

    /// Reads the cases one by one, in the order in which they finished. The last line of a run that
    /// has not ended may be half written; it is left out.
    ///
    /// # Errors
    /// When there is no such file.
    pub(in crate::cli) fn cases(&self) -> Result<Cases, Failure> {
        let path = self.folder.join(CASES);
        let file = File::open(&path).map_err(|e| failed("open", &path, &e))?;
        Ok(Cases {
            reader: BufReader::with_capacity(1 << 16, file),
            number: 0,
            ended: self.record.status != Status::Running,
            hasher: Hasher::new(),
            path,
        })
    }

    /// Reads all cases, sorted by their place in the suite, with the digest of their lines. A run that
    /// has ended must have the digest that its header says.
    ///
    /// # Errors
    /// A line cannot be read, or the lines are not those that were recorded.
    pub(in crate::cli) fn sorted_cases(&self) -> Result<(Vec<CaseRecord>, Digest), Failure> {
        let mut reading = self.cases()?;
        let mut cases: Vec<CaseRecord> = reading.by_ref().collect::<Result<_, _>>()?;
        cases.sort_by_key(CaseRecord::place);
        let digest = reading.digest();
        self.refuse_changed(digest)?;
        Ok((cases, digest))
    }

    /// Reads the lines of all cases as they were written, in the order in which they finished.
    ///
    /// # Errors
    /// As [`Stored::sorted_cases`].
    pub(in crate::cli) fn written(&self) -> Result<Vec<Vec<u8>>, Failure> {
        let mut reading = self.cases()?;
        let lines = reading.lines(usize::MAX)?;
        self.refuse_changed(reading.digest())?;
        Ok(lines.into_iter().map(|line| line.bytes).collect())
    }

    /// Refuses a record whose cases are not those that its header was written for.
    ///
    /// # Errors
    /// When the digests differ.
    pub(in crate::cli) fn refuse_changed(&self, digest: Digest) -> Result<(), Failure> {
        match self.record.cases_sha256 {
            Some(recorded) if recorded != digest => {
                let id = &self.record.id;
                Err(Failure::integrity(format!(
                    "the cases of the run `{id}` are not those that were recorded"
                ))
                .hint(format!(
                    "the header says {}, the lines give {}",
                    recorded.short(12),
                    digest.short(12)
                )))
            }
            _ => Ok(()),
        }
    }
}

/// Returns the length of a file up to the end of its last whole line.
fn whole_lines(file: &mut File, length: u64) -> io::Result<u64> {
    let mut end = length;
    let mut block = vec![0_u8; 1 << 16];
    while end > 0 {
        let size = end.min(block.len() as u64);
        file.seek(SeekFrom::Start(end - size))?;
        let part = block.get_mut(..usize::try_from(size).unwrap_or_default()).unwrap_or_default();
        file.read_exact(part)?;
        if let Some(at) = part.iter().rposition(|byte| *byte == b'\n') {
            return Ok(end - size + at as u64 + 1);
        }
        end -= size;
    }
    Ok(0)
}

/// Writes cases as they finish: whatever kills the program, what was written stays.
#[derive(Debug)]
pub(in crate::cli) struct Recorder {
    file: File,
}

impl Sink for Recorder {
    fn take(&mut self, event: &Event) -> Result<(), String> {
        let Event::Case { line, .. } = event else { return Ok(()) };
        let mut bytes = Vec::with_capacity(line.len() + 1);
        bytes.extend_from_slice(line.as_bytes());
        bytes.push(b'\n');
        // One call a line: a line is there whole or not at all but for a crash of the machine.
        self.file.write_all(&bytes).map_err(|error| format!("failed to write the record: {error}"))
    }
}

/// Reads cases one by one.
#[derive(Debug)]
pub(in crate::cli) struct Cases {
    reader: BufReader<File>,
    number: u64,
    ended: bool,
    hasher: Hasher,
    path: PathBuf,
}

/// One line of a record; its bytes cost more to read as a case than to find.
#[derive(Debug)]
pub(in crate::cli) struct Line {
    number: u64,
    bytes: Vec<u8>,
}

impl Cases {
    /// Returns the digest of the lines that were read.
    pub(in crate::cli) fn digest(self) -> Digest {
        self.hasher.finish()
    }

    /// Reads some lines, at most so many; none at the end.
    ///
    /// # Errors
    /// When the file system refuses.
    pub(in crate::cli) fn lines(&mut self, most: usize) -> Result<Vec<Line>, Failure> {
        std::iter::from_fn(|| self.line().transpose()).take(most).collect()
    }

    /// Reads a line as a case.
    ///
    /// # Errors
    /// A line that is none.
    pub(in crate::cli) fn case(&self, line: &Line) -> Result<CaseRecord, Failure> {
        serde_json::from_slice(&line.bytes).map_err(|fault| {
            let (path, number) = (self.path.display(), line.number);
            Failure::integrity(format!("{path}:{number}: this is no line of a run record: {fault}"))
        })
    }

    /// Reads and digests one line: its text without the line's end, and a line feed. That is the
    /// digest of the file as it was written, and stays so where git turns its lines' ends.
    fn line(&mut self) -> Result<Option<Line>, Failure> {
        let mut bytes = Vec::new();
        self.number += 1;
        let mut limited = (&mut self.reader).take(MAX_LINE);
        limited.read_until(b'\n', &mut bytes).map_err(|e| failed("read", &self.path, &e))?;
        if bytes.is_empty() || (bytes.last() != Some(&b'\n') && !self.ended) {
            return Ok(None);
        }
        // Hashing cannot fail.
        let _ = self.hasher.write_all(bytes.trim_ascii_end());
        let _ = self.hasher.write_all(b"\n");
        Ok(Some(Line { number: self.number, bytes }))
    }
}

impl Iterator for Cases {
    type Item = Result<CaseRecord, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = self.line().transpose()?;
        Some(line.and_then(|line| self.case(&line)))
    }
}

fn read(folder: PathBuf) -> Result<Stored, Failure> {
    let path = folder.join(HEADER);
    let size = fs::metadata(&path).map_err(|e| failed("read", &path, &e))?.len();
    if size > MAX_HEADER {
        return Err(Failure::integrity(format!("`{}` is too large to be a run", path.display())));
    }
    let bytes = fs::read(&path).map_err(|e| failed("read", &path, &e))?;
    let record: RunRecord = serde_json::from_slice(&bytes).map_err(|fault| {
        Failure::integrity(format!("`{}` is no run record: {fault}", path.display()))
            .hint("it was written by another version of Keelmark, or damaged")
    })?;
    if record.schema != RUN_SCHEMA {
        let found = &record.schema;
        return Err(Failure::undecided(format!(
            "the run is of the form `{found}`; {RUN_SCHEMA} is read here"
        )));
    }
    Ok(Stored { folder, record })
}

/// Returns when a file was written, in seconds since 1970.
pub(super) fn modified(metadata: &Metadata) -> i64 {
    let since =
        metadata.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    since.and_then(|since| i64::try_from(since.as_secs()).ok()).unwrap_or(i64::MAX)
}

fn failed(what: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::undecided(format!("failed to {what} `{}`: {error}", path.display()))
}
