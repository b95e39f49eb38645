//! Where a bundle goes, and what of what stands there may go.
//!
//! A folder is new, empty, or holds an older bundle and nothing else; so that the files of one
//! bundle are never among those of another, nor among anybody's own.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::cli::apply;
use crate::cli::commands::show_plan;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::digest::Digest;
use crate::escape;
use crate::path::RepoPath;
use crate::plan::{Act, Plan};
use crate::release::bundle::{Bundle, MANIFEST, holds_bundle, listed};

/// Endings of archives that are not written.
const OTHER_ARCHIVES: [&str; 7] = ["bz2", "gz", "tgz", "xz", "zip", "zst", "7z"];

/// Where a bundle goes.
pub(super) enum Place {
    /// A folder.
    Folder(PathBuf),
    /// A tar archive: its folder and its name there.
    Archive(PathBuf, RepoPath),
}

impl Place {
    /// Tells a folder from an archive by its name.
    ///
    /// # Errors
    /// The name is that of another kind of archive, or none.
    pub(super) fn of(out: &Path) -> Result<Self, Failure> {
        use std::os::unix::ffi::OsStrExt as _;
        let extension = out.extension().and_then(|extension| extension.to_str());
        if extension.is_some_and(|extension| OTHER_ARCHIVES.contains(&extension)) {
            return Err(Failure::usage(format!(
                "`{}` is neither a folder nor a .tar",
                out.display()
            ))
            .hint("write FILE.tar and pack it with the tool of your choice"));
        }
        match (extension, out.file_name()) {
            (Some("tar"), Some(name)) => {
                let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty());
                let folder = folder.unwrap_or_else(|| Path::new(".")).to_path_buf();
                Ok(Self::Archive(folder, RepoPath::new(name.as_bytes())))
            }
            _ if out.as_os_str().is_empty() => {
                Err(Failure::usage("`--out` names no folder").hint("such as `--out dist`"))
            }
            _ => Ok(Self::Folder(out.to_path_buf())),
        }
    }

    /// Returns the folder that the plan is carried out in.
    pub(super) fn root(&self) -> &Path {
        match self {
            Self::Folder(root) | Self::Archive(root, _) => root,
        }
    }

    /// Plans how the bundle takes the place of what stands there.
    ///
    /// # Errors
    /// When something stands there that is no older bundle, or part of one that was changed since.
    pub(super) fn plan(&self, bundle: &Bundle) -> Result<Plan, Failure> {
        match self {
            Self::Folder(root) => folder(root, bundle),
            Self::Archive(root, name) => archive(root, name, bundle),
        }
    }

    /// Shows what would be done.
    ///
    /// # Errors
    /// When nobody reads.
    pub(super) fn show(&self, context: &Context, plan: &Plan) -> Result<(), Failure> {
        match self {
            Self::Folder(_) => show_plan(context, plan),
            Self::Archive(..) => {
                plan.notes.iter().for_each(|note| context.printer.say(&format!("would: {note}")));
                Ok(())
            }
        }
    }
}

fn archive(root: &Path, name: &RepoPath, bundle: &Bundle) -> Result<Plan, Failure> {
    let new = bundle.to_tar()?;
    let at = apply::on_disk(root, name);
    let act = match fs::read(&at) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Act::Create { path: name.clone(), bytes: new }
        }
        Err(error) => return Err(unread(&at, &error)),
        Ok(old) if old == new => return Ok(Plan::default()),
        Ok(old) if holds_bundle(&old) => Act::Replace { path: name.clone(), old, new },
        Ok(_) => {
            return Err(Failure::usage(format!("`{}` is no bundle of ours", at.display()))
                .hint("nothing was written; move it away, or choose another name"));
        }
    };
    let notes = vec![format!("wrote {}", escape::line(&at.to_string_lossy()))];
    Ok(Plan { acts: vec![act], notes })
}

fn folder(root: &Path, bundle: &Bundle) -> Result<Plan, Failure> {
    let mut standing = standing(root, bundle)?;
    let mut acts = Vec::new();
    let mut act = |path: &RepoPath, new: &Vec<u8>| match standing.remove(path) {
        None => acts.push(Act::Create { path: path.clone(), bytes: new.clone() }),
        Some(old) if old == *new => {}
        Some(old) => acts.push(Act::Replace { path: path.clone(), old, new: new.clone() }),
    };
    // The manifest comes last: until then the older one tells what the files are, so that a run
    // that was interrupted can be run again.
    let is_manifest = |path: &RepoPath| path.as_bytes() == MANIFEST.as_bytes();
    let (last, files): (Vec<_>, Vec<_>) = bundle.files.iter().partition(|(p, _)| is_manifest(p));
    files.into_iter().chain(last).for_each(|(path, new)| act(path, new));
    acts.extend(standing.into_iter().map(|(path, old)| Act::Remove { path, old }));
    let mut notes = Vec::new();
    for (word, count) in [
        ("new", acts.iter().filter(|act| matches!(act, Act::Create { .. })).count()),
        ("replaced", acts.iter().filter(|act| matches!(act, Act::Replace { .. })).count()),
        ("removed", acts.iter().filter(|act| matches!(act, Act::Remove { .. })).count()),
    ] {
        if count > 0 {
            let files = if count == 1 { "file" } else { "files" };
            notes.push(format!("{count} {word} {files}"));
        }
    }
    Ok(Plan { acts, notes })
}

/// Reads what stands in a folder, all of which must be of a bundle: an older one, or this one where
/// it was written in part.
fn standing(root: &Path, bundle: &Bundle) -> Result<BTreeMap<RepoPath, Vec<u8>>, Failure> {
    let shown = root.display();
    let mut found = BTreeMap::new();
    match fs::metadata(root) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
        Err(error) => return Err(unread(root, &error)),
        Ok(metadata) if !metadata.is_dir() => {
            return Err(Failure::usage(format!("`{shown}` is a file"))
                .hint("name a folder, or a file that ends in .tar"));
        }
        Ok(_) => {}
    }
    let mut entries = fs::read_dir(root).map_err(|error| unread(root, &error))?;
    if entries.next().is_none() {
        return Ok(found);
    }
    let foreign = |what: String| {
        Failure::usage(what).hint("nothing was written; empty the folder, or choose another one")
    };
    let at = root.join(MANIFEST);
    let manifest = fs::read(&at).ok().filter(|_| is_regular(&at));
    let older = manifest.as_deref().and_then(listed);
    let older =
        older.ok_or_else(|| foreign(format!("`{shown}` holds something else than a bundle")))?;
    let mut open = vec![RepoPath::default()];
    while let Some(here) = open.pop() {
        let folder = apply::on_disk(root, &here);
        for entry in fs::read_dir(&folder).map_err(|error| unread(&folder, &error))? {
            let entry = entry.map_err(|error| unread(&folder, &error))?;
            let path = inside(&here, &entry.file_name());
            let kind = entry.file_type().map_err(|error| unread(&entry.path(), &error))?;
            if kind.is_dir() {
                open.push(path);
                continue;
            }
            let listed = older.get(&path);
            let known = listed.is_some()
                || bundle.files.contains_key(&path)
                || path.as_bytes() == MANIFEST.as_bytes();
            if !kind.is_file() || !known {
                let path = escape::line(&path.to_text());
                return Err(foreign(format!(
                    "`{path}` in `{shown}` is no file of the bundle there"
                )));
            }
            let bytes = fs::read(entry.path()).map_err(|error| unread(&entry.path(), &error))?;
            let untouched = listed.is_some_and(|digest| *digest == Digest::of(&bytes))
                || bundle.files.get(&path) == Some(&bytes)
                || path.as_bytes() == MANIFEST.as_bytes();
            if !untouched {
                return Err(foreign(format!(
                    "`{path}` in `{shown}` was changed since it was written"
                )));
            }
            found.insert(path, bytes);
        }
    }
    Ok(found)
}

fn inside(folder: &RepoPath, name: &std::ffi::OsStr) -> RepoPath {
    use std::os::unix::ffi::OsStrExt as _;
    let mut bytes = folder.as_bytes().to_vec();
    if !bytes.is_empty() {
        bytes.push(b'/');
    }
    bytes.extend_from_slice(name.as_bytes());
    RepoPath::new(bytes)
}

fn is_regular(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file())
}

fn unread(path: &Path, error: &io::Error) -> Failure {
    Failure::undecided(format!("failed to read `{}`: {error}", path.display()))
}
