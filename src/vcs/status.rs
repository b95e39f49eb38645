//! What `git status --porcelain=v2 -z` says about the work tree.

use crate::path::RepoPath;
use crate::snapshot::{Content, Mode};

/// What stands on disk at a path where the index does not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OnDisk {
    /// Nothing, though the index has a file.
    Gone,
    /// A file.
    There(Mode, Content),
}

/// Reads the records; those of paths whose files are as in the index are left out.
///
/// See <https://git-scm.com/docs/git-status#_porcelain_format_version_2>.
pub(super) fn parse(printed: &[u8]) -> Vec<(RepoPath, OnDisk)> {
    printed.split(|byte| *byte == 0).filter_map(record).collect()
}

fn record(line: &[u8]) -> Option<(RepoPath, OnDisk)> {
    match line.first()? {
        b'1' => {
            // 1 XY sub mH mI mW hH hI path
            let mut fields = line.splitn(9, |byte| *byte == b' ');
            let unchanged = fields.nth(1)?.get(1) == Some(&b'.');
            let mode = fields.nth(3)?;
            let path = fields.nth(2)?;
            (!unchanged).then(|| (RepoPath::new(path), on_disk(mode)))
        }
        b'u' => {
            // u XY sub m1 m2 m3 mW h1 h2 h3 path
            let mut fields = line.splitn(11, |byte| *byte == b' ');
            let mode = fields.nth(6)?;
            let path = fields.nth(3)?;
            Some((RepoPath::new(path), on_disk(mode)))
        }
        b'?' => {
            let path = line.strip_prefix(b"? ")?;
            // A folder is named only where another repository lies in it.
            Some(match path.strip_suffix(b"/") {
                Some(folder) => {
                    (RepoPath::new(folder), OnDisk::There(Mode::Submodule, Content::Untracked))
                }
                None => (RepoPath::new(path), OnDisk::There(Mode::Regular, Content::Untracked)),
            })
        }
        _ => None,
    }
}

fn on_disk(mode: &[u8]) -> OnDisk {
    let mode = match mode {
        b"000000" => return OnDisk::Gone,
        b"100755" => Mode::Executable,
        b"120000" => Mode::Symlink,
        b"160000" => Mode::Submodule,
        _ => Mode::Regular,
    };
    OnDisk::There(mode, Content::Disk)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn records_tell_what_is_on_disk() {
        let zeros = "0".repeat(40);
        let cases = [
            (format!("1 M. N... 100644 100644 100644 {zeros} {zeros} staged only"), None),
            (
                format!("1 .M N... 100644 100644 100755 {zeros} {zeros} with space"),
                Some(("with space", OnDisk::There(Mode::Executable, Content::Disk))),
            ),
            (
                format!("1 .D N... 100644 100644 000000 {zeros} {zeros} gone"),
                Some(("gone", OnDisk::Gone)),
            ),
            (
                format!("1 .T N... 100644 100644 120000 {zeros} {zeros} link"),
                Some(("link", OnDisk::There(Mode::Symlink, Content::Disk))),
            ),
            (
                format!("u UU N... 100644 100644 100644 100644 {zeros} {zeros} {zeros} both"),
                Some(("both", OnDisk::There(Mode::Regular, Content::Disk))),
            ),
            (
                format!("u DU N... 100644 000000 100644 000000 {zeros} {zeros} {zeros} one"),
                Some(("one", OnDisk::Gone)),
            ),
            (
                "? new file".to_owned(),
                Some(("new file", OnDisk::There(Mode::Regular, Content::Untracked))),
            ),
            (
                "? nested/".to_owned(),
                Some(("nested", OnDisk::There(Mode::Submodule, Content::Untracked))),
            ),
            ("! ignored".to_owned(), None),
            ("# branch.oid x".to_owned(), None),
        ];
        for (line, expected) in cases {
            let expected: Vec<_> =
                expected.into_iter().map(|(path, on)| (RepoPath::from(path), on)).collect();
            assert_eq!(parse(format!("{line}\0").as_bytes()), expected, "{line}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            parse(&bytes);
        }
    }
}
