//! From a path to an entry with everything that can be said of it alone.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use super::rows::Compared;
use crate::digest::Digest;
use crate::finding::{Family, Finding, Place, Rule, Severity};
use crate::ident::EntryName;
use crate::integrity::facets::{Facets, behaviour_digest, facets};
use crate::integrity::include::{INCLUDE_MISSING, INCLUDE_VERSION_MISMATCH};
use crate::integrity::payload::{self, Payload, Sources};
use crate::integrity::text::{Text, Texts};
use crate::path::RepoPath;
use crate::registry::common::Status;
use crate::registry::entry::Entry;
use crate::registry::index::Index;
use crate::registry::layout::Form;
use crate::registry::prompt::Prompt;
use crate::schema::{self, Shape};
use crate::snapshot::{File, Mode, ReadFault, Snapshot};
use crate::source::SourceFile;
use crate::yaml::{self, Document};

/// A file that is read whole is too large.
pub(super) static FILE_TOO_LARGE: Rule = Rule::error(
    "file-too-large",
    Family::Reading,
    "an entry, policy or configuration file has more than 1 MiB",
);
/// A file is a link or another repository.
pub(super) static FILE_NOT_REGULAR: Rule = Rule::error(
    "file-not-regular",
    Family::Reading,
    "a file of the registry is a symbolic link or a submodule",
);

/// An entry with its payloads and digests.
#[derive(Debug)]
pub struct Loaded {
    /// The entry.
    pub entry: Entry,
    /// Its payloads, in the order of its file.
    pub payloads: Vec<Payload>,
    /// Its texts by pointer, as their engine reads them: with fragments in the places of includes.
    pub read: Texts,
    facets: OnceLock<Facets>,
    /// Comparisons of its rows with those of other contents.
    pub(super) compared: Compared,
}

impl Loaded {
    /// Returns the digests, which are only computed when somebody compares or shows them.
    pub fn facets(&self) -> &Facets {
        self.facets.get_or_init(|| facets(&self.entry, &self.payloads, &self.read))
    }

    /// Returns the digests of the payloads by their path relative to the entry.
    #[must_use]
    pub(super) fn digests(&self) -> BTreeMap<String, Digest> {
        let pair = |payload: &Payload| (payload.declared.path.clone(), payload.digest);
        self.payloads.iter().map(pair).collect()
    }

    /// Returns the texts of the payloads by their path relative to the entry, as their engine reads
    /// them.
    #[must_use]
    pub fn texts(&self) -> BTreeMap<String, String> {
        let with_text = |payload: &Payload| {
            let text = self.read.get(&payload.declared.pointer)?;
            Some((payload.declared.path.clone(), text.text().to_owned()))
        };
        self.payloads.iter().filter_map(with_text).collect()
    }

    /// Returns the digests of the payloads as behaviour, by the pointers that name them.
    #[must_use]
    pub(super) fn behaviours(&self) -> BTreeMap<String, Digest> {
        let digest = |payload: &Payload| {
            (payload.declared.pointer.clone(), behaviour_digest(payload, &self.read))
        };
        self.payloads.iter().map(digest).collect()
    }

    /// Returns the digests of the tensors that could be read, by the pointers that declare them.
    #[must_use]
    pub(super) fn tensors(&self) -> BTreeMap<String, Digest> {
        let read = self.payloads.iter().filter_map(|payload| payload.tensors.as_ref());
        read.map(|read| (read.declared.pointer.clone(), read.digest)).collect()
    }

    /// Returns the text of a payload by its path relative to the entry.
    #[must_use]
    pub fn text_of(&self, path: &str) -> Option<&Text> {
        let payload = self.payloads.iter().find(|payload| payload.declared.path == path)?;
        self.read.get(&payload.declared.pointer)
    }

    /// Returns the prompt's keys with its messages as their engine reads them, for a prompt.
    #[must_use]
    pub fn prompt_as_read(&self) -> Option<Cow<'_, Prompt>> {
        let prompt = self.entry.as_prompt()?;
        let mut read = Cow::Borrowed(prompt);
        for (pointer, text) in self.read.expanded() {
            let at =
                pointer.strip_prefix("/messages/").and_then(|rest| rest.strip_suffix("/content"));
            let Some(at) = at.and_then(|at| at.parse::<usize>().ok()) else { continue };
            if let Some(message) = read.to_mut().messages.get_mut(at) {
                message.content = Some(text.text().to_owned());
            }
        }
        Some(read)
    }
}

/// What became of an entry file.
#[derive(Debug, Clone)]
pub(super) struct Read {
    /// The entry, unless its file is no YAML at all.
    pub(super) loaded: Option<Arc<Loaded>>,
    /// What the file alone gives rise to say.
    pub(super) findings: Vec<Finding>,
}

/// Which entry is to be read, and from where.
pub(super) struct Wanted<'a> {
    /// The entry.
    pub(super) name: &'a EntryName,
    /// Its form.
    pub(super) form: Form,
    /// Its file.
    pub(super) file: &'a File,
    /// The name of the revision, where it is not the tree under check.
    pub(super) revision: Option<&'a str>,
}

/// Reads an entry, its schema findings, its payloads and its texts. `index` is that of the tree which
/// holds the entry.
pub(super) fn load(
    wanted: &Wanted<'_>,
    sources: Sources<'_>,
    index: &Index<'_>,
) -> Result<Read, ReadFault> {
    let (document, mut findings) = document(sources.tree, wanted.file, wanted.revision)?;
    let Some(document) = document else {
        let findings = findings.into_iter().map(|f| f.entry(wanted.name)).collect();
        return Ok(Read { loaded: None, findings });
    };
    let checked = schema::check(Shape::Entry(wanted.name.kind), &document);
    let value = checked.readable(document.value());
    findings.extend(checked.findings.into_iter().map(numbered));
    let (entry, said) = Entry::read(wanted.name.clone(), wanted.form, document, value);
    findings.extend(said);
    let (payloads, said) = payload::resolve(&entry, sources)?;
    findings.extend(said);
    let read = Texts::read(&entry, &payloads, index, sources.attributes)?;
    let mut pins = BTreeSet::new();
    // A pin is wrong once, however often its fragment is included.
    let faults = read.faults().filter(|fault| {
        fault.rule.id != INCLUDE_VERSION_MISMATCH.id || pins.insert(&fault.place.pointer)
    });
    findings.extend(faults.cloned().map(|fault| written_before(&entry, fault)));
    let findings = findings.into_iter().map(|finding| finding.entry(wanted.name)).collect();
    let loaded =
        Loaded { entry, payloads, read, facets: OnceLock::new(), compared: Compared::default() };
    Ok(Read { loaded: Some(Arc::new(loaded)), findings })
}

/// A draft is written before what it will include; it cannot be rendered until it is there.
fn written_before(entry: &Entry, mut fault: Finding) -> Finding {
    if entry.common.status == Status::Draft && fault.rule.id == INCLUDE_MISSING.id {
        fault.severity = Severity::Warning;
    }
    fault
}

/// A version such as `2.3` is a number to YAML. Quoted it would still be no version, so the author
/// is told what one is.
fn numbered(mut finding: Finding) -> Finding {
    if finding.place.pointer == "/version" && finding.rule.id == schema::TYPE.id {
        finding.help = Some("a version has three numbers, such as `version: 2.3.0`".to_owned());
        finding.fix = None;
    }
    finding
}

/// Reads a YAML file of the registry: bounded, decoded, parsed.
pub(super) fn document(
    tree: &dyn Snapshot,
    file: &File,
    revision: Option<&str>,
) -> Result<(Option<Document>, Vec<Finding>), ReadFault> {
    if !matches!(file.mode, Mode::Regular | Mode::Executable) {
        let what = if file.mode == Mode::Symlink { "a symbolic link" } else { "a submodule" };
        let message = format!("`{}` is {what}; a regular file is expected", file.path);
        return Ok((None, vec![Finding::new(&FILE_NOT_REGULAR, no_text(&file.path), message)]));
    }
    let bytes = match tree.read(file, yaml::MAX_BYTES) {
        Ok(bytes) => bytes,
        Err(ReadFault::TooLarge { path, size, limit }) => {
            let message = format!("`{path}` has {size} bytes; at most {limit} are read");
            let finding = Finding::new(&FILE_TOO_LARGE, no_text(&path), message)
                .help("move large data into a payload file");
            return Ok((None, vec![finding]));
        }
        Err(fault) => return Err(fault),
    };
    match yaml::decode(&file.path, revision, bytes) {
        Ok(source) => Ok(Document::parse(source)),
        Err(finding) => Ok((None, vec![*finding])),
    }
}

/// A place for what is said about a file whose text is not at hand.
pub(super) fn no_text(path: &RepoPath) -> Place {
    Place::of_file(SourceFile::new(path.clone(), String::new()))
}
