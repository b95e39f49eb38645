//! Pointers of LFS, read without its driver.

use std::str::FromStr as _;

use crate::digest::Digest;

/// Bytes beyond which nothing is a pointer.
///
/// See <https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md>.
pub(super) const LONGEST_POINTER: u64 = 1024;

/// What a pointer says about the file that it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pointer {
    pub(super) digest: Digest,
    pub(super) size: u64,
}

impl Pointer {
    /// Reads a pointer; `None` where the bytes are none.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let mut lines = text.lines();
        let version = lines.next()?.strip_prefix("version ")?;
        if !version.starts_with("https://git-lfs.github.com/spec/") {
            return None;
        }
        let value = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
        let digest = Digest::from_str(value("oid sha256:")?).ok()?;
        Some(Self { digest, size: value("size ")?.parse().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_are_told_from_content() {
        let digest = Digest::of(b"x");
        let good =
            format!("version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize 1\n");
        assert_eq!(Pointer::parse(good.as_bytes()), Some(Pointer { digest, size: 1 }));
        let cases = [
            "",
            "version 1\n",
            "content\n",
            "version https://git-lfs.github.com/spec/v1\nsize 1\n",
            "version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 1\n",
        ];
        for text in cases {
            assert_eq!(Pointer::parse(text.as_bytes()), None, "{text}");
        }
        assert_eq!(Pointer::parse(&[0xff, 0xfe]), None);
    }
}
