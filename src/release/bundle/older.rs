//! An older bundle, which a new one may take the place of.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::document;
use crate::digest::Digest;
use crate::path::RepoPath;

#[derive(Deserialize)]
struct Manifest {
    schema: String,
    files: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    path: String,
    sha256: Digest,
}

/// Reads which files a bundle has beside its manifest, from the manifest's bytes.
///
/// `None` where it is not the manifest of a bundle, or names a path that leaves the bundle: what it
/// lists may be removed, so nothing else may be listed.
#[must_use]
pub fn listed(manifest: &[u8]) -> Option<BTreeMap<RepoPath, Digest>> {
    let manifest: Manifest = serde_json::from_slice(manifest).ok()?;
    if manifest.schema != document::SCHEMA {
        return None;
    }
    let root = RepoPath::default();
    let inside = |listed: Listed| Some((root.resolve(&listed.path).ok()?, listed.sha256));
    manifest.files.into_iter().map(inside).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_manifest_whose_files_stay_inside_is_one() {
        let digest = Digest::of(b"x");
        let of = |schema: &str, path: &str| {
            let text = format!(
                r#"{{"schema":"{schema}","files":[{{"path":"{path}","sha256":"{digest}","bytes":1}}]}}"#
            );
            listed(text.as_bytes())
        };
        let own = BTreeMap::from([(RepoPath::from("members/a/b.txt"), digest)]);
        assert_eq!(of("keelmark.bundle.v1", "members/a/b.txt"), Some(own));
        for (schema, path) in [
            ("keelmark.bundle.v2", "a"),
            ("keelmark.show.v1", "a"),
            ("keelmark.bundle.v1", "../a"),
            ("keelmark.bundle.v1", "/etc/passwd"),
            ("keelmark.bundle.v1", ".git/config"),
            ("keelmark.bundle.v1", ""),
        ] {
            assert_eq!(of(schema, path), None, "{schema} {path}");
        }
        assert_eq!(listed(b"{}"), None);
        assert_eq!(listed(b"\xff"), None);
    }
}
