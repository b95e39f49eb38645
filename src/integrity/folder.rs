//! The digest of a folder.
//!
//! It is in-toto's `dirHash` (the digest set of the in-toto attestation framework), which is Go's
//! `dirhash.Hash1` in hexadecimal: the SHA-256 of one line a file, `<sha256>  <path>\n`, the paths
//! relative to the folder and sorted by their bytes. With coreutils:
//! `find . -type f | cut -c3- | LC_ALL=C sort | xargs sha256sum | sha256sum`.

use std::collections::BTreeMap;
use std::io::Write as _;

use crate::digest::{Digest, Hasher};
use crate::path::RepoPath;

/// Digests a folder from the digests of its files, by relative path.
///
/// Returns `None` where a name holds a line end, which the format does not allow.
#[must_use]
pub fn digest(files: &BTreeMap<RepoPath, Digest>) -> Option<Digest> {
    let mut hasher = Hasher::new();
    for (path, digest) in files {
        if path.as_bytes().contains(&b'\n') {
            return None;
        }
        write!(hasher, "{digest}  ").ok()?;
        hasher.write_all(path.as_bytes()).ok()?;
        hasher.write_all(b"\n").ok()?;
    }
    Some(hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_digests_as_coreutils_would() {
        // printf 'one' > a; mkdir b; printf 'two' > b/c; then the command of the module's doc.
        let files = BTreeMap::from([
            (RepoPath::from("b/c"), Digest::of(b"two")),
            (RepoPath::from("a"), Digest::of(b"one")),
        ]);
        assert_eq!(
            digest(&files).map(|d| d.to_string()).as_deref(),
            Some("2978063142a8ffa542a84cde5ef0261a8ecd99de3dd1186e5d2d020c922f9978")
        );
        let odd = BTreeMap::from([(RepoPath::from("a\nb"), Digest::of(b""))]);
        assert_eq!(digest(&odd), None);
    }
}
