//! Carries out plans. Nothing else in Keelmark changes the work tree.
//!
//! A plan is carried out whole or not at all as far as a file system allows: every precondition is
//! checked first, every file is written beside its place first, and only then are files removed and
//! new ones renamed into place, in the order of the plan; what was replaced or removed is put back
//! when one of that fails.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::failure::Failure;
use crate::path::RepoPath;
use crate::plan::{Act, Plan};

/// Carries out a plan below `root`, the work tree's top folder.
///
/// # Errors
/// Nothing is written when a file that was planned to be created exists, when one that was planned
/// to be replaced or removed has changed since it was read, or when a path leads through a symbolic
/// link.
pub fn apply(plan: &Plan, root: &Path) -> Result<(), Failure> {
    for act in &plan.acts {
        check(act, root)?;
    }
    let mut staged = Vec::new();
    for act in &plan.acts {
        if let Act::Create { path, bytes } | Act::Replace { path, new: bytes, .. } = act {
            staged.push((act, beside(path, bytes, root).map_err(|e| failed("write", path, &e))?));
        }
    }
    let mut done: Vec<&Act> = Vec::new();
    for act in plan.acts.iter().filter(|act| matches!(act, Act::Remove { .. })) {
        if let Err(error) = remove(root, act.path()) {
            undo(&done, root);
            return Err(failed("remove", act.path(), &error));
        }
        done.push(act);
    }
    for (act, file) in staged {
        let target = on_disk(root, act.path());
        if let Err(error) = file.persist(&target) {
            undo(&done, root);
            return Err(failed("write", act.path(), &error.error));
        }
        done.push(act);
    }
    for act in &plan.acts {
        if let Act::Move { from, to } = act {
            let moved = make_folder(root, to).and_then(|()| rename(root, from, to));
            if let Err(error) = moved {
                undo(&done, root);
                return Err(failed("move", from, &error));
            }
            done.push(act);
        }
    }
    for act in &plan.acts {
        if let Act::Move { from: path, .. } | Act::Remove { path, .. } = act {
            remove_empty_folders(root, path);
        }
    }
    Ok(())
}

fn check(act: &Act, root: &Path) -> Result<(), Failure> {
    refuse_links(root, act.path())?;
    let target = on_disk(root, act.path());
    match act {
        Act::Create { path, .. } | Act::Move { to: path, .. } => {
            if fs::symlink_metadata(&target).is_ok() {
                return Err(Failure::usage(format!("`{path}` exists already"))
                    .hint("nothing was written; remove it or choose another name"));
            }
        }
        Act::Replace { path, old, .. } | Act::Remove { path, old } => {
            let found = fs::read(&target).map_err(|e| failed("read", path, &e))?;
            if found != *old {
                return Err(Failure::undecided(format!(
                    "`{path}` changed while it was being edited"
                ))
                .hint("nothing was written; run the command again"));
            }
        }
    }
    Ok(())
}

/// Refuses a path that leads through a link: a repository may hold one that leads out of it, and
/// nothing is written through one.
///
/// # Errors
/// When the path, or a folder of it, is a symbolic link.
pub fn refuse_links(root: &Path, path: &RepoPath) -> Result<(), Failure> {
    let mut here = path.parent();
    let mut target = Some(path.clone());
    while let Some(part) = target {
        let is_link = fs::symlink_metadata(on_disk(root, &part)).is_ok_and(|m| m.is_symlink());
        if is_link && !part.is_root() {
            return Err(Failure::usage(format!("`{part}` is a symbolic link"))
                .hint("nothing was written; Keelmark writes to regular files only"));
        }
        target = here.clone().filter(|folder| !folder.is_root());
        here = target.as_ref().and_then(RepoPath::parent);
    }
    Ok(())
}

/// Writes bytes to a new file in the folder of `path`, with the permissions of what stands there.
fn beside(path: &RepoPath, bytes: &[u8], root: &Path) -> io::Result<NamedTempFile> {
    make_folder(root, path)?;
    let target = on_disk(root, path);
    let folder = target.parent().unwrap_or(root);
    let mut file = tempfile::Builder::new().prefix(".keelmark-").tempfile_in(folder)?;
    file.write_all(bytes)?;
    let permissions = match fs::metadata(&target) {
        Ok(metadata) => metadata.permissions(),
        Err(_) => fresh_permissions(bytes),
    };
    file.as_file().set_permissions(permissions)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// New files are readable by all, and scripts can be run.
fn fresh_permissions(bytes: &[u8]) -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt as _;
    fs::Permissions::from_mode(if bytes.starts_with(b"#!") { 0o755 } else { 0o644 })
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that writes")]
fn make_folder(root: &Path, path: &RepoPath) -> io::Result<()> {
    match path.parent() {
        Some(folder) if !folder.is_root() => fs::create_dir_all(on_disk(root, &folder)),
        _ => fs::create_dir_all(root),
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that writes")]
fn remove(root: &Path, path: &RepoPath) -> io::Result<()> {
    fs::remove_file(on_disk(root, path))
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that writes")]
fn rename(root: &Path, from: &RepoPath, to: &RepoPath) -> io::Result<()> {
    fs::rename(on_disk(root, from), on_disk(root, to))
}

/// Takes back what was done, as far as it goes: the failure itself is what is reported.
#[expect(clippy::disallowed_methods, reason = "this is the one place that writes")]
fn undo(done: &[&Act], root: &Path) {
    for act in done.iter().rev() {
        let _ = match act {
            Act::Create { path, .. } => fs::remove_file(on_disk(root, path)),
            Act::Replace { path, old, .. } | Act::Remove { path, old } => {
                fs::write(on_disk(root, path), old)
            }
            Act::Move { from, to } => rename(root, to, from),
        };
    }
}

/// A folder that a move or a removal left empty goes; one that is not empty stays.
fn remove_empty_folders(root: &Path, from: &RepoPath) {
    let mut folder = from.parent();
    while let Some(here) = folder.filter(|here| !here.is_root()) {
        if fs::remove_dir(on_disk(root, &here)).is_err() {
            return;
        }
        folder = here.parent();
    }
}

/// Removes a hook, and puts back the one that stood there before.
///
/// # Errors
/// When the file system refuses.
#[expect(clippy::disallowed_methods, reason = "this is the one place that writes")]
pub fn remove_hook(hook: &Path, legacy: &Path) -> io::Result<()> {
    if legacy.exists() { fs::rename(legacy, hook) } else { fs::remove_file(hook) }
}

/// Makes a folder that is gone with what is returned.
///
/// # Errors
/// When the file system refuses.
pub fn temporary_dir() -> io::Result<tempfile::TempDir> {
    tempfile::Builder::new().prefix("keelmark-").tempdir()
}

/// Makes a folder, for a repository that is made from nothing.
///
/// # Errors
/// When the file system refuses.
#[expect(clippy::disallowed_methods, reason = "this is the one place that writes")]
pub fn make_dir(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

/// Returns where a repository path is on disk.
#[must_use]
pub fn on_disk(root: &Path, path: &RepoPath) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    root.join(std::ffi::OsStr::from_bytes(path.as_bytes()))
}

fn failed(what: &str, path: &RepoPath, error: &io::Error) -> Failure {
    Failure::undecided(format!("failed to {what} `{path}`: {error}"))
        .hint("nothing was changed; check the folder's permissions and free space")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replace(path: &str, old: &str, new: &str) -> Act {
        Act::Replace { path: RepoPath::from(path), old: old.into(), new: new.into() }
    }

    fn create(path: &str) -> Act {
        Act::Create { path: RepoPath::from(path), bytes: b"new".to_vec() }
    }

    #[test]
    fn a_plan_that_cannot_be_carried_out_whole_changes_nothing() {
        let root = tempfile::tempdir().expect("a folder");
        let at = |name: &str| root.path().join(name);
        #[expect(clippy::disallowed_methods, reason = "the test sets the stage")]
        let write = |name: &str, text: &str| fs::write(at(name), text).expect("written");
        write("a", "one");
        write("b", "other");
        let plan = Plan {
            acts: vec![create("deep/c"), replace("a", "one", "two"), replace("b", "one", "two")],
            notes: Vec::new(),
        };
        assert!(apply(&plan, root.path()).is_err());
        assert_eq!(fs::read_to_string(at("a")).expect("a"), "one");
        assert!(!at("deep").exists());
        write("b", "one");
        apply(&plan, root.path()).map_err(|f| f.to_string()).expect("carried out");
        assert_eq!(fs::read_to_string(at("a")).expect("a"), "two");
        assert_eq!(fs::read_to_string(at("deep/c")).expect("c"), "new");
        let moved = Plan {
            acts: vec![Act::Move { from: RepoPath::from("deep/c"), to: RepoPath::from("x/y/c") }],
            notes: Vec::new(),
        };
        apply(&moved, root.path()).map_err(|f| f.to_string()).expect("carried out");
        assert!(at("x/y/c").exists() && !at("deep").exists());
    }

    #[test]
    fn what_is_removed_is_what_was_read_and_comes_back_when_the_rest_fails() {
        let root = tempfile::tempdir().expect("a folder");
        let at = |name: &str| root.path().join(name);
        let made = Plan { acts: vec![create("a/b/c"), create("a/d")], notes: Vec::new() };
        apply(&made, root.path()).map_err(|f| f.to_string()).expect("carried out");
        let remove = |path: &str, old: &str| Plan {
            acts: vec![Act::Remove { path: RepoPath::from(path), old: old.into() }],
            notes: Vec::new(),
        };
        assert!(apply(&remove("a/b/c", "other"), root.path()).is_err());
        assert!(apply(&remove("a/b/none", ""), root.path()).is_err());
        assert!(at("a/b/c").exists());
        let mut late = remove("a/b/c", "new");
        late.acts.push(replace("a/d", "new", "newer"));
        late.acts.push(Act::Move { from: RepoPath::from("a/none"), to: RepoPath::from("e") });
        assert!(apply(&late, root.path()).is_err());
        assert_eq!(fs::read_to_string(at("a/b/c")).expect("c"), "new");
        assert_eq!(fs::read_to_string(at("a/d")).expect("d"), "new");
        apply(&remove("a/b/c", "new"), root.path()).map_err(|f| f.to_string()).expect("removed");
        assert!(!at("a/b").exists() && at("a/d").exists());
    }

    #[test]
    fn nothing_is_written_through_a_link() {
        let root = tempfile::tempdir().expect("a folder");
        let outside = tempfile::tempdir().expect("a folder");
        std::os::unix::fs::symlink(outside.path(), root.path().join("link")).expect("a link");
        let plan = Plan { acts: vec![create("link/c")], notes: Vec::new() };
        assert!(apply(&plan, root.path()).is_err());
        assert!(!outside.path().join("c").exists());
    }
}
