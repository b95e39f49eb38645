//! Paths of an entry that some file system cannot hold, or cannot tell apart.

use std::collections::{BTreeMap, BTreeSet};

use unicode_normalization::UnicodeNormalization as _;

use super::loaded;
use crate::finding::{Family, Finding, Rule};
use crate::path::RepoPath;
use crate::registry::entry::Entry;
use crate::registry::layout::{Form, Layout};
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
    let mut findings = Vec::new();
    let mut folded: BTreeMap<Vec<u8>, &RepoPath> = BTreeMap::new();
    let mut named: BTreeSet<RepoPath> = BTreeSet::new();
    for path in &files {
        if let Some(other) = folded.insert(fold(path), path) {
            let message = format!("`{path}` and `{other}` are one file on macOS and Windows");
            let finding = Finding::new(&PATH_COLLISION, loaded::no_text(path), message);
            findings
                .push(finding.help("rename one of them; a clone there has only one of the two"));
        }
        let mut at = layout.root().clone();
        for name in path.below(layout.root()).unwrap_or_default().segments() {
            at = RepoPath::new([at.as_bytes(), b"/", name].concat());
            let Some(why) = refused(name) else { continue };
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

/// Writes a path as file systems compare it that keep neither case nor the form of Unicode.
/// Finds the paths of a registry that are one file where case does not count, in pairs.
///
/// # Errors
/// When the tree cannot be read.
pub fn collisions(
    layout: &Layout,
    tree: &dyn Snapshot,
) -> Result<Vec<(RepoPath, RepoPath)>, ReadFault> {
    let mut folded: BTreeMap<Vec<u8>, RepoPath> = BTreeMap::new();
    let mut pairs = Vec::new();
    for file in tree.list(layout.root())? {
        if let Some(other) = folded.insert(fold(&file.path), file.path.clone()) {
            pairs.push((other, file.path));
        }
    }
    Ok(pairs)
}

fn fold(path: &RepoPath) -> Vec<u8> {
    match std::str::from_utf8(path.as_bytes()) {
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
    let text = String::from_utf8_lossy(name).to_lowercase();
    let stem = text.split('.').next().unwrap_or_default();
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
