//! Paths inside a repository.
//!
//! A [`RepoPath`] is relative to the repository's root, uses `/`, and keeps the bytes that git
//! recorded, so a name that is not UTF-8 survives a round trip. It never touches the disk.

use std::borrow::Cow;
use std::fmt;

/// A path relative to the repository's root; empty for the root itself.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepoPath(Vec<u8>);

/// Why a path written in an entry cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathFault {
    /// The path is empty or names the folder itself.
    #[error("an empty path")]
    Empty,
    /// The path starts at the root of the file system, a drive or a home folder.
    #[error("an absolute path")]
    Absolute,
    /// The path climbs out of its folder.
    #[error("a path that leaves its folder")]
    Leaves,
    /// A component is `.git` in some spelling that a file system folds to it.
    #[error("a path with a `.git` component")]
    GitFolder,
    /// A NUL, a control character or a backslash stands in the path.
    #[error("a path with a control character or a backslash")]
    Character,
}

impl RepoPath {
    /// Takes the bytes as git recorded them.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// Returns the recorded bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns the path as text where it is UTF-8.
    #[must_use]
    pub fn as_utf8(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// Returns the path as text, with U+FFFD for bytes that are not UTF-8.
    #[must_use]
    pub fn to_text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.0)
    }

    /// Says whether this is the repository's root.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Appends `name`, which may hold several segments.
    #[must_use]
    pub fn join(&self, name: &str) -> Self {
        let mut bytes = Vec::with_capacity(self.0.len() + 1 + name.len());
        bytes.extend_from_slice(&self.0);
        if !bytes.is_empty() && !name.is_empty() {
            bytes.push(b'/');
        }
        bytes.extend_from_slice(name.as_bytes());
        Self(bytes)
    }

    /// Returns the folder that holds this path; the root has none.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        if self.0.is_empty() {
            return None;
        }
        let end = self.0.iter().rposition(|b| *b == b'/').unwrap_or(0);
        Some(Self(self.0.get(..end).unwrap_or_default().to_vec()))
    }

    /// Returns the last segment.
    #[must_use]
    pub fn file_name(&self) -> &[u8] {
        self.0.rsplit(|b| *b == b'/').next().unwrap_or_default()
    }

    /// Iterates over the segments.
    pub fn segments(&self) -> impl Iterator<Item = &[u8]> {
        self.0.split(|b| *b == b'/').filter(|s| !s.is_empty())
    }

    /// Returns the part below `folder`, or `None` where this path is not below it.
    #[must_use]
    pub fn below(&self, folder: &Self) -> Option<Self> {
        if folder.is_root() {
            return Some(self.clone());
        }
        let rest = self.0.strip_prefix(folder.0.as_slice())?;
        rest.strip_prefix(b"/").map(Self::new)
    }

    /// Says whether this path is below `folder`.
    #[must_use]
    pub fn is_below(&self, folder: &Self) -> bool {
        folder.is_root()
            || (self.0.starts_with(&folder.0) && self.0.get(folder.0.len()) == Some(&b'/'))
    }

    /// Resolves a path written in an entry against this folder.
    ///
    /// `./` and inner `..` are folded; whatever would leave the folder is refused.
    ///
    /// # Errors
    /// A [`PathFault`] that says what is wrong with the text.
    pub fn resolve(&self, written: &str) -> Result<Self, PathFault> {
        if written.chars().any(|c| c.is_control() || c == '\\') {
            return Err(PathFault::Character);
        }
        let drive = written.as_bytes().get(1) == Some(&b':');
        if written.starts_with('/') || written.starts_with('~') || drive {
            return Err(PathFault::Absolute);
        }
        let mut parts: Vec<&str> = Vec::new();
        for part in written.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    if parts.pop().is_none() {
                        return Err(PathFault::Leaves);
                    }
                }
                name if folds_to_git_folder(name) => return Err(PathFault::GitFolder),
                name => parts.push(name),
            }
        }
        if parts.is_empty() {
            return Err(PathFault::Empty);
        }
        Ok(self.join(&parts.join("/")))
    }
}

/// Says whether a file system may take `name` for `.git`.
///
/// HFS+ ignores certain code points, NTFS ignores trailing dots, spaces and streams and knows the
/// short name `git~1`. See `verify_dotfile`, `is_hfs_dotgit` and `is_ntfs_dotgit` in git.
fn folds_to_git_folder(name: &str) -> bool {
    let visible: String = name
        .chars()
        .filter(|c| {
            !matches!(u32::from(*c), 0x200c..=0x200f | 0x202a..=0x202e | 0x206a..=0x206f | 0xfeff)
        })
        .collect::<String>()
        .to_lowercase();
    let stem = visible.split(':').next().unwrap_or_default();
    let stem = stem.trim_end_matches(['.', ' ']);
    stem == ".git" || stem == "git~1"
}

impl fmt::Display for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}

impl fmt::Debug for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_text())
    }
}

impl From<&str> for RepoPath {
    fn from(text: &str) -> Self {
        Self::new(text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payload_paths_stay_inside_their_folder() {
        let folder = RepoPath::from("registry/prompts/a");
        let cases = [
            ("template.md", Ok("registry/prompts/a/template.md")),
            ("./parts/one.md", Ok("registry/prompts/a/parts/one.md")),
            ("parts/../one.md", Ok("registry/prompts/a/one.md")),
            ("../b/template.md", Err(PathFault::Leaves)),
            ("parts/../../b", Err(PathFault::Leaves)),
            ("/etc/passwd", Err(PathFault::Absolute)),
            ("~/secret", Err(PathFault::Absolute)),
            ("C:/secret", Err(PathFault::Absolute)),
            ("a\\b", Err(PathFault::Character)),
            ("a\0b", Err(PathFault::Character)),
            (".git/config", Err(PathFault::GitFolder)),
            (".GIT/config", Err(PathFault::GitFolder)),
            ("x/.git. /config", Err(PathFault::GitFolder)),
            ("GIT~1/config", Err(PathFault::GitFolder)),
            (".g\u{200c}it/config", Err(PathFault::GitFolder)),
            (".git::$INDEX_ALLOCATION/config", Err(PathFault::GitFolder)),
            ("", Err(PathFault::Empty)),
            (".", Err(PathFault::Empty)),
            (".gitattributes", Ok("registry/prompts/a/.gitattributes")),
        ];
        for (written, expected) in cases {
            assert_eq!(folder.resolve(written), expected.map(RepoPath::from), "{written:?}");
        }
    }

    #[test]
    fn below_compares_whole_segments() {
        let path = RepoPath::from("registry/prompts/ab/prompt.yaml");
        assert!(path.is_below(&RepoPath::from("registry/prompts/ab")));
        assert!(!path.is_below(&RepoPath::from("registry/prompts/a")));
        assert_eq!(
            path.below(&RepoPath::from("registry")),
            Some(RepoPath::from("prompts/ab/prompt.yaml"))
        );
        assert_eq!(path.parent(), Some(RepoPath::from("registry/prompts/ab")));
        assert_eq!(path.file_name(), b"prompt.yaml");
    }
}
