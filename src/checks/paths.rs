//! Paths of an entry that some file system cannot hold, or cannot tell apart.

use std::collections::{BTreeMap, BTreeSet};

use unicode_normalization::UnicodeNormalization as _;

use super::loaded;
use crate::finding::{Family, Finding, Rule};
use crate::path::RepoPath;
use crate::registry::entry::Entry;
use crate::registry::layout::{Form, Layout, Placed};
use crate::snapshot::{ReadFault, Snapshot};

/// Two paths that are one on other machines.
pub(super) static PATH_COLLISION: Rule = Rule::error(
    "path-collision",
    Family::Shape,
    "two paths differ in upper and lower case only, or in how Unicode writes the same letters",
);
/// A name that some systems refuse.
pub(super) static PATH_NOT_PORTABLE: Rule = Rule::warning(
    "path-not-portable",
    Family::Shape,
    "a path holds a name that some systems cannot store",
);

/// Bytes of a name beyond which git cannot make a tag `NAME@VERSION` of it, or a file beside it.
const LONGEST_NAME: usize = 200;

/// Names of devices on Windows, with any extension; `COM1` and the like come besides.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];
/// The most bytes that such a name has: `com¹`.
const LONGEST_DEVICE: usize = 5;

/// Checks the files of an entry's folder, or its single file.
pub(super) fn check(
    entry: &Entry,
    layout: &Layout,
    tree: &dyn Snapshot,
) -> Result<Vec<Finding>, ReadFault> {
    let files = match entry.form {
        Form::Folder => tree.list(&entry.folder())?.into_iter().map(|file| file.path).collect(),
        Form::Single => vec![entry.path().clone()],
    };
    let mut findings: Vec<Finding> =
        colliding(&files, &entry.folder()).iter().map(collision).collect();
    let mut named: BTreeSet<RepoPath> = BTreeSet::new();
    for path in &files {
        let below = path.below(layout.root()).unwrap_or_default();
        for (depth, name) in below.segments().enumerate() {
            let Some(why) = refused(name) else { continue };
            let to = below.segments().take(depth + 1);
            let at = RepoPath::new(to.collect::<Vec<_>>().join(&b'/'));
            // A folder with many files is named once.
            if named.insert(at.clone()) {
                let shown = String::from_utf8_lossy(name).escape_debug().to_string();
                let message = format!("`{shown}` in `{path}` {why}");
                let finding = Finding::new(&PATH_NOT_PORTABLE, loaded::no_text(path), message);
                findings.push(finding.help("rename it; an entry with `keelmark mv`"));
            }
        }
    }
    Ok(findings)
}

/// Checks what lies beside entries: where `new` files come to lie, or all that there is. What collided
/// `before` is inherited. Ids of entries cannot collide with each other, so a hook that brings none but
/// files of entries need not list them all.
pub(super) fn check_beside(
    layout: &Layout,
    (before, tree): (&dyn Snapshot, &dyn Snapshot),
    listed: Option<&[RepoPath]>,
    new: Option<&BTreeSet<RepoPath>>,
) -> Result<Vec<Finding>, ReadFault> {
    if new.is_some_and(BTreeSet::is_empty) {
        return Ok(Vec::new());
    }
    let collisions = match listed {
        Some(files) => colliding(files, layout.root()),
        None => collisions(layout, tree)?,
    };
    let stood = |path: &RepoPath| -> Result<bool, ReadFault> {
        Ok(before.file(path)?.is_some() || !before.list(path)?.is_empty())
    };
    let owner = |path: &RepoPath| match layout.place(path) {
        Placed::Entry { name, .. } => Ok(Some(name)),
        Placed::Inside(kind) => layout.owner(tree, kind, path),
        _ => Ok(None),
    };
    let mut findings = Vec::new();
    for found in collisions {
        let touches = |at: &RepoPath| {
            let inside = |new: &BTreeSet<RepoPath>| {
                let first = new.range(at.join("/")..).next();
                new.contains(at) || first.is_some_and(|path| path.is_below(at))
            };
            new.is_none_or(inside)
        };
        if !touches(&found.one) && !touches(&found.other) {
            continue;
        }
        // Within an entry it is said of the entry.
        let (one, other) = (owner(&found.one)?, owner(&found.other)?);
        if one.is_none() || one != other {
            let mut finding = collision(&found);
            finding.inherited = stood(&found.one)? && stood(&found.other)?;
            findings.push(finding);
        }
    }
    Ok(findings)
}

fn collision(found: &Collision) -> Finding {
    let Collision { one, other, folders, file } = found;
    let (slash, kind, help) = if *folders {
        ("/", "folder", "rename one of them; a clone there has the files of both in one")
    } else {
        ("", "file", "rename one of them; a clone there has only one of the two")
    };
    let message =
        format!("`{other}{slash}` and `{one}{slash}` are one {kind} on macOS and Windows");
    Finding::new(&PATH_COLLISION, loaded::no_text(file), message).help(help)
}

/// Two paths that are one where case does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collision {
    /// The first of them.
    pub one: RepoPath,
    /// The other one.
    pub other: RepoPath,
    /// Whether both are folders.
    pub folders: bool,
    /// The other one, or the first file in it.
    pub file: RepoPath,
}

/// Finds the files and folders of a registry that are one where case does not count.
///
/// # Errors
/// When the tree cannot be read.
pub fn collisions(layout: &Layout, tree: &dyn Snapshot) -> Result<Vec<Collision>, ReadFault> {
    let files = tree.list(layout.root())?.into_iter().map(|file| file.path);
    Ok(colliding(&files.collect::<Vec<_>>(), layout.root()))
}

/// Finds those of files below a folder. Folders in folders that collide are not named again.
fn colliding(files: &[RepoPath], root: &RepoPath) -> Vec<Collision> {
    // Mostly every name is what it is folded to, and nothing can collide.
    let plain = |byte: &u8| byte.is_ascii() && !byte.is_ascii_uppercase();
    if files.iter().all(|file| file.as_bytes().iter().all(plain)) {
        return Vec::new();
    }
    let mut folded: BTreeMap<Vec<u8>, (RepoPath, bool)> = BTreeMap::new();
    let mut seen: BTreeSet<RepoPath> = BTreeSet::new();
    let mut found = Vec::new();
    for file in files {
        let above = std::iter::successors(file.parent(), RepoPath::parent);
        let mut new: Vec<(RepoPath, bool)> = above
            .take_while(|folder| folder != root && !folder.is_root() && !seen.contains(folder))
            .map(|folder| (folder, true))
            .collect();
        new.reverse();
        new.push((file.clone(), false));
        for (path, is_folder) in new {
            seen.insert(path.clone());
            let Some((one, was_folder)) = folded.insert(fold(&path), (path.clone(), is_folder))
            else {
                continue;
            };
            let folders = is_folder && was_folder;
            if !folders || one.parent() == path.parent() {
                found.push(Collision { one, other: path, folders, file: file.clone() });
            }
        }
    }
    found
}

/// Writes a path as file systems compare it that keep neither case nor the form of Unicode.
fn fold(path: &RepoPath) -> Vec<u8> {
    match std::str::from_utf8(path.as_bytes()) {
        Ok(text) if text.is_ascii() => text.to_ascii_lowercase().into_bytes(),
        Ok(text) => text.nfc().flat_map(char::to_lowercase).nfc().collect::<String>().into_bytes(),
        // Bytes that are no text are only what they are.
        Err(_) => path.as_bytes().to_vec(),
    }
}

/// Returns why a name cannot be stored everywhere.
fn refused(name: &[u8]) -> Option<&'static str> {
    if name.len() > LONGEST_NAME {
        return Some("has more than 200 bytes, too many for a tag of it or a file beside it");
    }
    let reserved = |byte: &u8| *byte < b' ' || br#"<>:"|?*\"#.contains(byte);
    if name.iter().any(reserved) {
        return Some("holds a mark that Windows refuses in names");
    }
    if name.ends_with(b".") || name.ends_with(b" ") {
        return Some("ends with a full stop or a space, which Windows drops");
    }
    let stem = name.split(|byte| *byte == b'.').next().unwrap_or_default();
    if stem.len() > LONGEST_DEVICE {
        return None;
    }
    let stem = String::from_utf8_lossy(stem).to_lowercase();
    let stem = stem.as_str();
    let numbered = |prefix: &str| {
        stem.strip_prefix(prefix).is_some_and(|rest| {
            rest.chars().count() == 1 && rest.chars().all(|c| "123456789¹²³".contains(c))
        })
    };
    (DEVICES.contains(&stem) || numbered("com") || numbered("lpt"))
        .then_some("is the name of a device on Windows")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_some_systems_cannot_tell_apart_are_one() {
        let one = |a: &str, b: &str| fold(&RepoPath::from(a)) == fold(&RepoPath::from(b));
        assert!(one("a/Read.md", "A/rEAD.MD"));
        assert!(one("caf\u{e9}.csv", "cafe\u{301}.csv"));
        assert!(one("CAF\u{c9}.csv", "cafe\u{301}.csv"));
        assert!(one("\u{3a3}.csv", "\u{3c3}.csv"));
        assert!(!one("a.csv", "b.csv"));
        assert!(!one("cafe.csv", "caf\u{e9}.csv"));
        let bytes = |tail: u8| fold(&RepoPath::new([b"a", [0xff, tail].as_slice()].concat()));
        assert_ne!(bytes(b'A'), bytes(b'a'));
    }

    #[test]
    fn folders_that_differ_in_case_alone_are_one_folder() {
        let named = |files: &[&str]| {
            let mut files: Vec<RepoPath> = files.iter().map(|path| RepoPath::from(*path)).collect();
            files.sort();
            let found = colliding(&files, &RepoPath::from("r"));
            let line = |found: Collision| {
                let kind = if found.folders { "folders" } else { "files" };
                format!("{kind} {} {}", found.one, found.other)
            };
            found.into_iter().map(line).collect::<Vec<_>>()
        };
        assert_eq!(named(&["r/p/a", "r/p/b", "r/q/a"]), [""; 0]);
        assert_eq!(named(&["r/p/A", "r/p/a"]), ["files r/p/A r/p/a"]);
        assert_eq!(named(&["r/p/Foo/a", "r/p/foo/b"]), ["folders r/p/Foo r/p/foo"]);
        // The pair is named once, however much lies in it.
        let deep = ["r/Foo/x/a", "r/Foo/x/b", "r/foo/x/c", "r/foo/y/d"];
        assert_eq!(named(&deep), ["folders r/Foo r/foo"]);
        let both = ["r/Foo/a", "r/foo/a"];
        assert_eq!(named(&both), ["folders r/Foo r/foo", "files r/Foo/a r/foo/a"]);
        assert_eq!(named(&["r/Foo/a", "r/foo"]), ["files r/Foo r/foo"]);
    }

    #[test]
    fn names_that_some_systems_refuse_are_known() {
        let long = "x".repeat(LONGEST_NAME + 1);
        let bad =
            ["con", "CON", "aux.md", "com1", "LPT9.tar.gz", "a:b", "a\\b", "a?", "a.", "a ", &long];
        for name in bad {
            assert!(refused(name.as_bytes()).is_some(), "{name}");
        }
        let good =
            ["console", "com", "com10", "com0", "lpt", "icon", "a b", ".a", "é", "auxiliary.md"];
        for name in good {
            assert_eq!(refused(name.as_bytes()), None, "{name}");
        }
    }
}
