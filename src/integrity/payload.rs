//! From declared paths to files and digests.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::tensors::Tensors;
use super::{folder, lfs};
use crate::digest::Digest;
use crate::finding::{Family, Finding, Place, Rule};
use crate::ident::Kind;
use crate::path::{PathFault, RepoPath};
use crate::registry::entry::{Body, Entry};
use crate::registry::payload::{Declared, DeclaredDigest, Role, declared};
use crate::snapshot::{Content, File, Later, Mode, ReadFault, Snapshot};
use crate::source::{SourceFile, Span};

/// The most bytes that a text payload may have.
pub const MAX_TEXT_BYTES: u64 = 1 << 20;

/// What a digest was taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// The bytes themselves.
    BytesVerified,
    /// The `oid` of LFS pointers.
    PointerVerified,
}

/// A payload that was found and digested.
#[derive(Debug, Clone)]
pub struct Payload {
    /// How the entry names it.
    pub declared: Declared,
    /// Where it is.
    pub path: RepoPath,
    /// Its digest: of the file, or of the folder.
    pub digest: Digest,
    /// Its size in bytes.
    pub size: u64,
    /// What the digest was taken over.
    pub verdict: Verdict,
    /// Its text, for text payloads.
    pub text: Option<SourceFile>,
    /// Its files with their bytes, for the rows of a dataset.
    pub parts: Vec<Part>,
    /// What is declared of its tensors, and what they are, for weights that are at hand.
    pub tensors: Option<TensorsRead>,
}

/// The declared digest of a file's tensors, and the one that was taken.
#[derive(Debug, Clone)]
pub struct TensorsRead {
    /// What is declared.
    pub declared: DeclaredDigest,
    /// The digest of the tensors; see [`Tensors`].
    pub digest: Digest,
}

/// One file of a dataset's payload.
#[derive(Debug, Clone)]
pub struct Part {
    /// Where it is.
    pub path: RepoPath,
    /// Its digest.
    pub digest: Digest,
    /// Its size in bytes.
    pub size: u64,
    /// What the digest was taken over; rows behind a pointer are not at hand.
    pub verdict: Verdict,
    /// Its bytes, read when rows are compared.
    pub bytes: Later,
}

/// A payload path that cannot be followed.
pub static PAYLOAD_PATH_INVALID: Rule = Rule::error(
    "payload-path-invalid",
    Family::Integrity,
    "a payload path is absolute, leaves the entry's folder or has a `.git` component",
);
/// A payload that is not there.
pub static PAYLOAD_MISSING: Rule =
    Rule::error("payload-missing", Family::Integrity, "a payload file does not exist");
/// A payload that is a link or another repository.
pub static PAYLOAD_NOT_A_FILE: Rule = Rule::error(
    "payload-not-a-file",
    Family::Integrity,
    "a payload is a symbolic link or a submodule",
);
/// A payload that git does not track.
pub static PAYLOAD_UNTRACKED: Rule = Rule::error(
    "payload-untracked",
    Family::Integrity,
    "a payload lies in the work tree and git does not track it",
);
/// A text payload beyond the limit.
pub static PAYLOAD_TOO_LARGE: Rule =
    Rule::error("payload-too-large", Family::Integrity, "a text payload has more than 1 MiB");
/// A text payload that is not UTF-8.
pub static PAYLOAD_NOT_UTF8: Rule =
    Rule::error("payload-not-utf8", Family::Integrity, "a text payload is not UTF-8");
/// A text payload with conflict markers.
pub static PAYLOAD_CONFLICT_MARKER: Rule = Rule::error(
    "payload-conflict-marker",
    Family::Integrity,
    "a text payload holds the markers of a conflict",
);
/// A pointer where git would store content.
pub static PAYLOAD_LFS_POINTER_UNEXPECTED: Rule = Rule::error(
    "payload-lfs-pointer-unexpected",
    Family::Integrity,
    "a payload is a Git LFS pointer, and the attributes do not say `filter=lfs`",
);
/// Weights that are none of their kind.
pub static PAYLOAD_NOT_SAFETENSORS: Rule = Rule::error(
    "payload-not-safetensors",
    Family::Integrity,
    "weights that declare the digest of their tensors are no safetensors file",
);
/// Content where git would store a pointer.
pub static PAYLOAD_LFS_CONTENT_COMMITTED: Rule = Rule::warning(
    "payload-lfs-content-committed",
    Family::Integrity,
    "the attributes say `filter=lfs`, and the content itself is stored",
);

/// Where payloads are read, and whose attributes are believed.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// The tree that holds the entry.
    pub tree: &'a dyn Snapshot,
    /// The tree whose `.gitattributes` say what LFS serves: the base's, where there is one. For a file
    /// that is not in it, or has the pointer's content there, those of `tree` count as well.
    pub attributes: &'a dyn Snapshot,
}

/// Finds and digests the payloads of an entry.
///
/// # Errors
/// When bytes cannot be had: a missing object is no finding, it is a question left open.
pub fn resolve(
    entry: &Entry,
    sources: Sources<'_>,
) -> Result<(Vec<Payload>, Vec<Finding>), ReadFault> {
    let mut payloads = Vec::new();
    let mut findings = Vec::new();
    for declared in declared(entry) {
        match find(entry, sources, &declared)? {
            Ok((payload, said)) => {
                payloads.push(payload);
                findings.extend(said);
            }
            Err(finding) => findings.push(*finding),
        }
    }
    let findings = findings.into_iter().map(|finding| finding.entry(&entry.name)).collect();
    Ok((payloads, findings))
}

type Found = Result<(Payload, Vec<Finding>), Box<Finding>>;

fn find(entry: &Entry, sources: Sources<'_>, declared: &Declared) -> Result<Found, ReadFault> {
    let place = entry.document.place(&declared.pointer);
    let say = |rule, message: String| Box::new(Finding::new(rule, place.clone(), message));
    let written = &declared.path;
    let path = match entry.folder().resolve(written) {
        Ok(path) => path,
        Err(fault) => return Ok(Err(path_finding(say, written, &fault))),
    };
    let files = match sources.tree.file(&path)? {
        Some(file) => vec![file],
        None => sources.tree.list(&path)?,
    };
    if files.is_empty() {
        let message = format!("`{path}` does not exist");
        let finding = say(&PAYLOAD_MISSING, message);
        return Ok(Err(Box::new(finding.help(format!("create `{path}` and `git add` it")))));
    }
    if let Some(file) = files.iter().find(|f| !matches!(f.mode, Mode::Regular | Mode::Executable)) {
        let what = if file.mode == Mode::Symlink { "a symbolic link" } else { "a submodule" };
        let message = format!("`{}` is {what}; payloads are regular files", file.path);
        return Ok(Err(say(&PAYLOAD_NOT_A_FILE, message)));
    }
    if let Some(file) = files.iter().find(|file| file.content == Content::Untracked) {
        let message = format!("`{}` is not tracked by git, so nobody else has it", file.path);
        let finding = say(&PAYLOAD_UNTRACKED, message);
        return Ok(Err(Box::new(finding.help(format!("git add {}", file.path)))));
    }
    let single = files.len() == 1 && files.first().is_some_and(|file| file.path == path);
    if declared.role == Role::Text {
        if !single {
            let message = format!("`{path}` is a folder; a text file is expected");
            return Ok(Err(say(&PAYLOAD_NOT_A_FILE, message)));
        }
        return files.first().map_or_else(
            || Ok(Err(say(&PAYLOAD_MISSING, format!("`{path}` does not exist")))),
            |file| text(sources, declared, file, say),
        );
    }
    let mut said = Vec::new();
    let digests = digest_files(sources, &files)?;
    let mut verdict = Verdict::BytesVerified;
    let mut size = 0_u64;
    let mut by_path = BTreeMap::new();
    let mut parts = Vec::new();
    for (file, digested) in files.iter().zip(digests) {
        if entry.name.kind == Kind::Dataset {
            parts.push(Part {
                path: file.path.clone(),
                digest: digested.digest,
                size: digested.size,
                verdict: digested.verdict,
                bytes: sources.tree.later(file),
            });
        }
        size = size.saturating_add(digested.size);
        if digested.verdict == Verdict::PointerVerified {
            verdict = Verdict::PointerVerified;
        }
        if let Some(rule) = digested.oddity {
            said.push(*say(rule, format!("`{}`: {}", file.path, rule.summary)));
        }
        by_path.insert(file.path.below(&path).unwrap_or_default(), digested.digest);
    }
    let digest = match by_path.first_key_value() {
        Some((_, digest)) if single => Some(*digest),
        _ => folder::digest(&by_path),
    };
    let Some(digest) = digest else {
        let message = format!("a file name below `{path}` holds a line end");
        return Ok(Err(say(&PAYLOAD_PATH_INVALID, message)));
    };
    let mut tensors = None;
    if let (Some(stated), [file], Verdict::BytesVerified) =
        (declared_tensors(entry, declared), files.as_slice(), verdict)
    {
        let mut taken = Tensors::default();
        sources.tree.stream(file, &mut taken)?;
        match taken.finish() {
            Ok(digest) => tensors = Some(TensorsRead { declared: stated, digest }),
            Err(fault) => {
                let message = format!("`{path}` is no safetensors file: {fault}");
                let finding = *say(&PAYLOAD_NOT_SAFETENSORS, message);
                said.push(finding.help("restore the file, or take out `tensors_sha256`"));
            }
        }
    }
    let declared = declared.clone();
    let payload = Payload { declared, path, digest, size, verdict, text: None, parts, tensors };
    Ok(Ok((payload, said)))
}

/// Returns what a model declares of the tensors in one of its files, where these can be read: no other
/// container says so plainly which bytes are whose.
fn declared_tensors(entry: &Entry, declared: &Declared) -> Option<DeclaredDigest> {
    let at = declared.pointer.strip_prefix("/weights/")?.strip_suffix("/path")?;
    let Body::Model(model) = &entry.body else { return None };
    let weights = model.weights.get(at.parse::<usize>().ok()?)?;
    let ending = declared.path.rsplit_once('.').map(|(_, ending)| ending);
    let format = weights.format.as_deref().or(ending)?;
    let text = weights.tensors_sha256.clone()?;
    let pointer = format!("/weights/{at}/tensors_sha256");
    format.eq_ignore_ascii_case("safetensors").then_some(DeclaredDigest { pointer, text })
}

fn path_finding(
    say: impl Fn(&'static Rule, String) -> Box<Finding>,
    written: &str,
    fault: &PathFault,
) -> Box<Finding> {
    let shown = written.escape_debug();
    let finding = say(&PAYLOAD_PATH_INVALID, format!("`{shown}` is {fault}"));
    Box::new(finding.help("payload paths are relative to the entry's folder and stay inside it"))
}

fn text(
    sources: Sources<'_>,
    declared: &Declared,
    file: &File,
    say: impl Fn(&'static Rule, String) -> Box<Finding>,
) -> Result<Found, ReadFault> {
    let bytes = match sources.tree.read(file, MAX_TEXT_BYTES) {
        Ok(bytes) => bytes,
        Err(ReadFault::TooLarge { path, size, limit }) => {
            let message = format!("`{path}` has {size} bytes; a text payload has at most {limit}");
            return Ok(Err(say(&PAYLOAD_TOO_LARGE, message)));
        }
        Err(fault) => return Err(fault),
    };
    let digest = Digest::of(&bytes);
    let size = bytes.len() as u64;
    if lfs::read(&bytes).is_some() {
        let message = format!("`{}` is a Git LFS pointer; text payloads are read", file.path);
        let finding = say(&PAYLOAD_LFS_POINTER_UNEXPECTED, message);
        let help = "keep templates and rubrics out of LFS: `git lfs untrack`, then add them again";
        return Ok(Err(Box::new(finding.help(help))));
    }
    match String::from_utf8(bytes) {
        Ok(text) => {
            let source = SourceFile::new(file.path.clone(), text);
            let said = conflict_marker(&source).into_iter().collect();
            let payload = Payload {
                declared: declared.clone(),
                path: file.path.clone(),
                digest,
                size,
                verdict: Verdict::BytesVerified,
                text: Some(source),
                parts: Vec::new(),
                tensors: None,
            };
            Ok(Ok((payload, said)))
        }
        Err(fault) => {
            let at = u32::try_from(fault.utf8_error().valid_up_to()).unwrap_or(u32::MAX);
            let source = SourceFile::new(
                file.path.clone(),
                String::from_utf8_lossy(fault.as_bytes()).into_owned(),
            );
            let position = source.position(at);
            let place = Place { file: source, pointer: String::new(), span: Span::new(at, at + 3) };
            let message = format!(
                "`{}` is not UTF-8: a bad byte at line {}, column {}",
                file.path, position.line, position.column
            );
            let finding = Finding::new(&PAYLOAD_NOT_UTF8, place, message);
            Ok(Err(Box::new(finding.help("save the file as UTF-8"))))
        }
    }
}

/// Finds the markers that git leaves where both sides changed the same lines.
fn conflict_marker(source: &SourceFile) -> Option<Finding> {
    let mut at = 0_usize;
    let mut opened = None;
    for line in source.text().split_inclusive('\n') {
        if line.starts_with("<<<<<<< ") {
            opened.get_or_insert(at);
        }
        if let Some(start) = opened.filter(|_| line.starts_with(">>>>>>> ")) {
            let start = u32::try_from(start).unwrap_or(u32::MAX);
            let span = Span::new(start, start.saturating_add(7));
            let place = Place { file: source.clone(), pointer: String::new(), span };
            let message = "the text is in conflict, and the model would be sent the markers";
            let finding = Finding::new(&PAYLOAD_CONFLICT_MARKER, place, message);
            return Some(finding.help("keep one side or join them, then remove the markers"));
        }
        at += line.len();
    }
    None
}

struct Digested {
    digest: Digest,
    size: u64,
    verdict: Verdict,
    oddity: Option<&'static Rule>,
}

/// Digests files on every core, the largest first, so that no core is left with the big one.
fn digest_files(sources: Sources<'_>, files: &[File]) -> Result<Vec<Digested>, ReadFault> {
    if let [file] = files {
        return Ok(vec![digest_file(sources, file)?]);
    }
    let mut order: Vec<(u64, usize, &File)> = Vec::with_capacity(files.len());
    for (at, file) in files.iter().enumerate() {
        order.push((sources.tree.size(file)?, at, file));
    }
    order.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let digested: Result<Vec<(usize, Digested)>, ReadFault> = order
        .par_iter()
        .with_max_len(1)
        .map(|(_, at, file)| digest_file(sources, file).map(|digested| (*at, digested)))
        .collect();
    let mut digested = digested?;
    digested.sort_by_key(|(at, _)| *at);
    Ok(digested.into_iter().map(|(_, digested)| digested).collect())
}

/// Says whether a change announces the pointer that it brings, and may: the base has no file whose
/// content the pointer would hide, or one with the pointer's own content.
fn announces_itself(sources: Sources<'_>, file: &File, oid: Digest) -> Result<bool, ReadFault> {
    if !sources.tree.is_lfs(&file.path)? {
        return Ok(false);
    }
    let Some(before) = sources.attributes.file(&file.path)? else { return Ok(true) };
    if sources.attributes.size(&before)? <= lfs::MAX_POINTER_BYTES {
        let bytes = sources.attributes.read(&before, lfs::MAX_POINTER_BYTES)?;
        if let Some(pointer) = lfs::read(&bytes) {
            return Ok(pointer.oid == oid);
        }
    }
    Ok(sources.attributes.digest(&before)?.0 == oid)
}

fn digest_file(sources: Sources<'_>, file: &File) -> Result<Digested, ReadFault> {
    let served = sources.attributes.is_lfs(&file.path)?;
    if sources.tree.size(file)? <= lfs::MAX_POINTER_BYTES {
        let bytes = sources.tree.read(file, lfs::MAX_POINTER_BYTES)?;
        if let Some(pointer) = lfs::read(&bytes) {
            // A pointer that nobody announced is only a small file that claims something.
            return Ok(if served || announces_itself(sources, file, pointer.oid)? {
                Digested {
                    digest: pointer.oid,
                    size: pointer.size,
                    verdict: Verdict::PointerVerified,
                    oddity: None,
                }
            } else {
                Digested {
                    digest: Digest::of(&bytes),
                    size: bytes.len() as u64,
                    verdict: Verdict::BytesVerified,
                    oddity: Some(&PAYLOAD_LFS_POINTER_UNEXPECTED),
                }
            });
        }
    }
    let (digest, size) = sources.tree.digest(file)?;
    // On disk the content stands in place of its pointer; in a git object it should not.
    let stored = matches!(file.content, Content::Object(_));
    Ok(Digested {
        size,
        digest,
        verdict: Verdict::BytesVerified,
        oddity: (served && stored).then_some(&PAYLOAD_LFS_CONTENT_COMMITTED),
    })
}
