//! What a suite is made of: its cases, its fixtures, its prompts, judges and guardrails, read from
//! one tree.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use super::loaded;
use super::lookup;
use crate::cases::bar::Range;
use crate::cases::{self, CaseFile, Fixtures, Format, Measured, rules};
use crate::finding::{Finding, Severity};
use crate::ident::Kind;
use crate::integrity::lfs;
use crate::path::RepoPath;
use crate::registry::dataset::Dataset;
use crate::registry::entry::{Body, Entry};
use crate::registry::index::Index;
use crate::registry::suite::Suite;
use crate::snapshot::{File, Mode, ReadFault, Snapshot};
use crate::source::SourceFile;

/// How much of a file is looked at to tell cases from other rows.
const HEAD_BYTES: usize = 64 << 10;

/// What a suite is made of. What leads nowhere is left out: the rules about references speak of it.
#[derive(Debug, Default)]
pub struct Material {
    /// The files of cases.
    pub files: Vec<CaseFile>,
    /// The fixtures.
    pub fixtures: Fixtures,
    /// The prompts by the references that the suite has for them.
    pub prompts: BTreeMap<String, Measured>,
    /// The scales of the judges by metric.
    pub scales: BTreeMap<String, Range>,
    /// Guardrails of the profile and of the prompts.
    pub guardrails: BTreeSet<String>,
    /// Whether every file of cases was read.
    pub complete: bool,
}

impl Material {
    /// Reads what a suite names, and says what is wrong with its cases and fixtures.
    ///
    /// # Errors
    /// When bytes cannot be had.
    pub fn read(
        entry: &Entry,
        suite: &Suite,
        index: &Index<'_>,
    ) -> Result<(Self, Vec<Finding>), ReadFault> {
        let mut material = Self::default();
        let mut findings = material.cases(entry, suite, index)?;
        let tree = index.snapshot();
        if let Some(path) = &suite.fixtures
            && let Some(file) = payload(entry, path, tree)?.first()
        {
            match text(tree, file)? {
                Ok(source) => {
                    let (fixtures, said) = Fixtures::read(&source);
                    material.fixtures = fixtures;
                    findings.extend(said);
                }
                Err(finding) => findings.push(*finding),
            }
        }
        material.others(suite, index)?;
        Ok((material, findings))
    }

    fn cases(
        &mut self,
        entry: &Entry,
        suite: &Suite,
        index: &Index<'_>,
    ) -> Result<Vec<Finding>, ReadFault> {
        let tree = index.snapshot();
        let place = || entry.document.place("/cases");
        let written = suite.cases.as_str();
        if written.starts_with("dataset/") {
            let Some(found) = lookup::referred(index, Kind::Dataset, written)? else {
                return Ok(Vec::new());
            };
            let Body::Dataset(dataset) = &found.body else { return Ok(Vec::new()) };
            let files = dataset_files(&found, dataset, tree)?;
            let said = self.read_files(&files, tree)?;
            return Ok(match said.iter().find(|finding| finding.severity == Severity::Error) {
                Some(first) => {
                    let count = said.iter().filter(|f| f.severity == Severity::Error).count();
                    let errors = if count == 1 { "error" } else { "errors" };
                    let message = format!("the cases of `{}` have {count} {errors}", found.name);
                    let help = format!("check `{}` to see them all", found.folder());
                    let finding = Finding::new(&rules::SUITE_CASES_FAULTY, place(), message);
                    vec![finding.help(help).related(first.place.clone(), first.message.clone())]
                }
                None if files.is_empty() => {
                    self.complete = false;
                    let message = format!("`{}` has no file of cases", found.name);
                    let help = "cases are files in CSV, YAML or JSON lines";
                    vec![Finding::new(&rules::SUITE_CASES_FAULTY, place(), message).help(help)]
                }
                None => said,
            });
        }
        let Some(format) = Format::of(&RepoPath::from(written)) else {
            // Without a text the schema has spoken already.
            if written.is_empty() {
                return Ok(Vec::new());
            }
            let message = format!("`{}` is no file of cases", written.escape_debug());
            let finding = Finding::new(&rules::SUITE_CASES_INVALID, place(), message)
                .help("write `dataset/<id>`, or the path of a file in CSV, YAML or JSON lines")
                .values(String::new(), written);
            return Ok(vec![finding]);
        };
        let files: Vec<(File, Format)> =
            payload(entry, written, tree)?.into_iter().map(|file| (file, format)).collect();
        self.read_files(&files, tree)
    }

    fn read_files(
        &mut self,
        files: &[(File, Format)],
        tree: &dyn Snapshot,
    ) -> Result<Vec<Finding>, ReadFault> {
        let mut findings = Vec::new();
        self.complete = !files.is_empty();
        for (file, format) in files {
            match text(tree, file)? {
                Ok(source) => {
                    let (read, said) = CaseFile::read(&source, *format);
                    self.files.push(read);
                    findings.extend(said);
                }
                Err(finding) => {
                    self.complete = false;
                    findings.push(*finding);
                }
            }
        }
        Ok(findings)
    }

    fn others(&mut self, suite: &Suite, index: &Index<'_>) -> Result<(), ReadFault> {
        let mut profiles: BTreeSet<String> = suite.profile.iter().cloned().collect();
        for written in suite.route.values().chain(&suite.target) {
            if self.prompts.contains_key(written) {
                continue;
            }
            let Some(found) = lookup::referred(index, Kind::Prompt, written)? else { continue };
            let Body::Prompt(prompt) = &found.body else { continue };
            self.guardrails.extend(prompt.policies.guardrails.iter().flatten().cloned());
            if suite.profile.is_none() {
                profiles.extend(prompt.policies.safety_profile.clone());
            }
            let measured = Measured { inputs: prompt.inputs(), outputs: prompt.outputs() };
            self.prompts.insert(written.clone(), measured);
        }
        for written in profiles {
            if let Some(found) = lookup::referred(index, Kind::Profile, &written)?
                && let Body::Profile(profile) = &found.body
            {
                self.guardrails.extend(profile.guardrails.keys().cloned());
            }
        }
        self.scales = scales(suite, index)?;
        Ok(())
    }
}

/// Reads the scales of a suite's judges, by metric.
pub(super) fn scales(
    suite: &Suite,
    index: &Index<'_>,
) -> Result<BTreeMap<String, Range>, ReadFault> {
    let mut scales = BTreeMap::new();
    for (metric, written) in &suite.judges {
        if let Some(found) = lookup::referred(index, Kind::Judge, written)?
            && let Body::Judge(judge) = &found.body
            && judge.scale.min < judge.scale.max
        {
            // The schema keeps both within ±1000.
            let number = |score: i64| i32::try_from(score).map_or(f64::NAN, f64::from);
            let range = Range { least: number(judge.scale.min), most: number(judge.scale.max) };
            scales.insert(metric.clone(), range);
        }
    }
    Ok(scales)
}

/// Lists the files of a dataset that are in a format of cases.
pub(super) fn dataset_files(
    entry: &Entry,
    dataset: &Dataset,
    tree: &dyn Snapshot,
) -> Result<Vec<(File, Format)>, ReadFault> {
    let mut found = Vec::new();
    for listed in dataset.all_files() {
        let written = listed.format.as_deref().map(str::to_ascii_lowercase);
        for file in payload(entry, &listed.path, tree)? {
            let format = match &written {
                Some(name) => Format::named(name),
                None => Format::of(&file.path),
            };
            found.extend(format.map(|format| (file, format)));
        }
    }
    Ok(found)
}

/// Lists the regular files at or below a payload path.
fn payload(entry: &Entry, path: &str, tree: &dyn Snapshot) -> Result<Vec<File>, ReadFault> {
    let Ok(path) = entry.folder().resolve(path) else { return Ok(Vec::new()) };
    let mut files = match tree.file(&path)? {
        Some(file) => vec![file],
        None => tree.list(&path)?,
    };
    files.retain(|file| matches!(file.mode, Mode::Regular | Mode::Executable));
    Ok(files)
}

/// Reads a file of cases or fixtures as text; a finding where there is none.
fn text(tree: &dyn Snapshot, file: &File) -> Result<Result<SourceFile, Box<Finding>>, ReadFault> {
    let place = || loaded::no_text(&file.path);
    let bytes = match tree.read(file, cases::MAX_BYTES) {
        Ok(bytes) => bytes,
        Err(ReadFault::TooLarge { path, size, limit }) => {
            let message = format!("`{path}` has {size} bytes; at most {limit} are read");
            let finding = Finding::new(&rules::CASES_TOO_LARGE, place(), message);
            return Ok(Err(Box::new(finding.help("split the cases over several files"))));
        }
        Err(fault) => return Err(fault),
    };
    if lfs::read(&bytes).is_some() {
        let message = format!("`{}` is a Git LFS pointer here; nothing in it was read", file.path);
        return Ok(Err(Box::new(Finding::new(&rules::CASES_NOT_AT_HAND, place(), message))));
    }
    Ok(cases::decode(&file.path, bytes))
}

/// Reads the cases of a dataset's file; nothing where it begins with something else than cases.
pub(super) fn read_if_cases(
    tree: &dyn Snapshot,
    file: &File,
    format: Format,
) -> Result<(Option<CaseFile>, Vec<Finding>), ReadFault> {
    let head = String::from_utf8_lossy(&head(tree, file)?).into_owned();
    // Where nothing is written, cases are missing.
    let blank = head.trim_start_matches('\u{feff}').trim().is_empty();
    if !blank && !format.looks_like_cases(&head) {
        return Ok((None, Vec::new()));
    }
    Ok(match text(tree, file)? {
        Ok(source) => {
            let (read, findings) = CaseFile::read(&source, format);
            (Some(read), findings)
        }
        Err(finding) => (None, vec![*finding]),
    })
}

/// Reads the beginning of a file, however large it is.
fn head(tree: &dyn Snapshot, file: &File) -> Result<Vec<u8>, ReadFault> {
    let mut head = Head(Vec::new());
    match tree.stream(file, &mut head) {
        // The store was told to stop.
        Err(_) if head.0.len() >= HEAD_BYTES => Ok(head.0),
        Err(fault) => Err(fault),
        Ok(()) => Ok(head.0),
    }
}

/// Takes what it needs and refuses the rest.
struct Head(Vec<u8>);

impl Write for Head {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = HEAD_BYTES.saturating_sub(self.0.len()).min(bytes.len());
        self.0.extend_from_slice(bytes.get(..room).unwrap_or_default());
        if room == 0 && !bytes.is_empty() {
            return Err(io::Error::from(io::ErrorKind::BrokenPipe));
        }
        Ok(room)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
