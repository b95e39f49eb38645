//! Git LFS pointers: the small text that git stores in place of a large file.
//!
//! Format: <https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md>. The `oid` is the SHA-256 of
//! the real content, so a pointer verifies a digest without a download.

use crate::digest::Digest;

/// The most bytes that a pointer has, by the specification.
pub const MAX_POINTER_BYTES: u64 = 1024;

/// What a pointer says about the real content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pointer {
    /// The SHA-256 of the content.
    pub oid: Digest,
    /// Its size in bytes.
    pub size: u64,
}

/// Reads a pointer; `None` where the bytes are no pointer.
#[must_use]
pub fn read(bytes: &[u8]) -> Option<Pointer> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut lines = text.lines();
    let version = lines.next()?.strip_prefix("version ")?;
    let known = ["https://git-lfs.github.com/spec/v1", "https://hawser.github.com/spec/v1"];
    if !known.contains(&version) {
        return None;
    }
    let (mut oid, mut size) = (None, None);
    for line in lines {
        match line.split_once(' ') {
            Some(("oid", value)) => oid = value.strip_prefix("sha256:")?.parse().ok(),
            Some(("size", value)) => size = value.parse().ok(),
            _ => {}
        }
    }
    Some(Pointer { oid: oid?, size: size? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_are_read_and_other_texts_are_not() {
        let oid = Digest::of(b"weights");
        let text =
            format!("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 7\n");
        assert_eq!(read(text.as_bytes()), Some(Pointer { oid, size: 7 }));
        let extended = text.replace("oid", "ext-0-foo sha256:00\noid");
        assert_eq!(read(extended.as_bytes()), Some(Pointer { oid, size: 7 }));
        for other in [
            "",
            "id: x",
            "version 1\n",
            &text.replace("sha256", "md5"),
            &text.replace("size 7", ""),
        ] {
            assert_eq!(read(other.as_bytes()), None, "{other}");
        }
    }
}
