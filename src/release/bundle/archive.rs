//! A bundle as one file: ustar, in which nothing depends on who wrote it, when or where.

use std::io::{self, Cursor, Read as _};

use super::{Bundle, MANIFEST, listed};

/// The most bytes of a manifest that are read from an archive whose maker is not known.
const MOST_MANIFEST_BYTES: u64 = 64 << 20;

impl Bundle {
    /// Writes the bundle as a tar archive; equal bundles give equal bytes.
    ///
    /// Files come in the order of their paths, the manifest first, each with mode 644, owner 0 and
    /// the time 0.
    ///
    /// # Errors
    /// When a path or a file is too long for the format, which paths of slots are not.
    pub fn to_tar(&self) -> io::Result<Vec<u8>> {
        let mut archive = tar::Builder::new(Vec::new());
        for (path, bytes) in &self.files {
            let mut header = tar::Header::new_ustar();
            header.set_path(path.to_text().as_ref())?;
            header.set_size(bytes.len() as u64);
            header.set_entry_type(tar::EntryType::Regular);
            header.set_mode(0o644);
            header.set_uid(0);
            header.set_gid(0);
            header.set_mtime(0);
            header.set_cksum();
            archive.append(&header, bytes.as_slice())?;
        }
        archive.into_inner()
    }
}

/// Says whether a tar archive is one of a bundle: its first file is the manifest.
#[must_use]
pub fn holds_bundle(archive: &[u8]) -> bool {
    let mut archive = tar::Archive::new(Cursor::new(archive));
    let Ok(mut entries) = archive.entries() else { return false };
    let Some(Ok(first)) = entries.next() else { return false };
    let mut manifest = Vec::new();
    first.path_bytes().as_ref() == MANIFEST.as_bytes()
        && first.take(MOST_MANIFEST_BYTES).read_to_end(&mut manifest).is_ok()
        && listed(&manifest).is_some()
}
