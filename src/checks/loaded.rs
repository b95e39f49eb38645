//! From a path to an entry with everything that can be said of it alone.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::digest::Digest;
use crate::finding::{Family, Finding, Place, Rule};
use crate::ident::EntryName;
use crate::integrity::facets::{Facets, behaviour_digest, facets};
use crate::integrity::payload::{self, Payload, Sources};
use crate::path::RepoPath;
use crate::registry::entry::Entry;
use crate::registry::layout::Form;
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
    facets: OnceLock<Facets>,
}

impl Loaded {
    /// Returns the digests, which are only computed when somebody compares or shows them.
    pub fn facets(&self) -> &Facets {
        self.facets.get_or_init(|| facets(&self.entry, &self.payloads))
    }

    /// Returns the texts of the payloads by their path relative to the entry.
    #[must_use]
    pub fn texts(&self) -> BTreeMap<String, String> {
        let with_text = |payload: &Payload| {
            let text = payload.text.as_ref()?;
            Some((payload.declared.path.clone(), text.text().to_owned()))
        };
        self.payloads.iter().filter_map(with_text).collect()
    }

    /// Returns the digests of the payloads as behaviour, by the pointers that name them.
    #[must_use]
    pub fn digests(&self) -> BTreeMap<String, Digest> {
        let digest =
            |payload: &Payload| (payload.declared.pointer.clone(), behaviour_digest(payload));
        self.payloads.iter().map(digest).collect()
    }
}

/// What became of an entry file.
#[derive(Debug)]
pub(super) struct Read {
    /// The entry, unless its file is no YAML at all.
    pub(super) loaded: Option<Loaded>,
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

/// Reads an entry, its schema findings and its payloads.
pub(super) fn load(wanted: &Wanted<'_>, sources: Sources<'_>) -> Result<Read, ReadFault> {
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
    let findings = findings.into_iter().map(|finding| finding.entry(wanted.name)).collect();
    Ok(Read { loaded: Some(Loaded { entry, payloads, facets: OnceLock::new() }), findings })
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
