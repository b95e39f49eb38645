//! The changelog that an entry carries: one line a version, newest first.

use serde_json::Value;

use crate::version::Version;

/// What stands around the digest of the evidence at the end of a line.
const EVIDENCE: (&str, char) = ("[evidence run:", ']');

/// What stands at the end of the line of a version that was withdrawn, as in Keep a Changelog.
const YANKED: &str = "[YANKED]";

/// One line, read as `<version>: <text>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The version that the line is about.
    pub version: Version,
    /// What changed.
    pub text: String,
}

impl Line {
    /// Reads a line; `None` where it does not start with a version and a colon.
    #[must_use]
    pub fn read(written: &str) -> Option<Self> {
        let (version, text) = written.split_once(':')?;
        Some(Self { version: version.trim().parse().ok()?, text: text.trim().to_owned() })
    }

    /// Returns what changed, without the evidence.
    #[must_use]
    pub fn words(&self) -> &str {
        self.parts().0
    }

    /// Returns the digest of the evidence that the line names, as it is written.
    #[must_use]
    pub fn evidence(&self) -> Option<&str> {
        self.parts().1
    }

    /// Says whether the version was withdrawn: its content stays, and nothing starts from it.
    #[must_use]
    pub fn is_yanked(&self) -> bool {
        self.text.ends_with(YANKED)
    }

    /// Returns the text without the mark of a withdrawn version: what never changes.
    #[must_use]
    pub fn kept(&self) -> &str {
        self.text.strip_suffix(YANKED).map_or(self.text.as_str(), str::trim_end)
    }

    fn parts(&self) -> (&str, Option<&str>) {
        let (open, close) = EVIDENCE;
        let text = self.kept();
        let inside = text.strip_suffix(close).and_then(|text| text.rsplit_once(open));
        match inside {
            Some((words, digest)) => (words.trim_end(), Some(digest)),
            None => (text, None),
        }
    }
}

/// Writes what changed, with the evidence that it is no worse.
#[must_use]
pub fn with_evidence(words: &str, digest: &str) -> String {
    let (open, close) = EVIDENCE;
    format!("{words} {open}{digest}{close}")
}

/// Returns the versions that an entry's changelog names, in its order.
#[must_use]
pub fn versions(entry: &Value) -> Vec<Version> {
    let lines = entry.get("changelog").and_then(Value::as_array);
    let lines = lines.into_iter().flatten().filter_map(Value::as_str);
    lines.filter_map(Line::read).map(|line| line.version).collect()
}

/// Returns the versions that the changelog in an entry's value marks as withdrawn, in its order.
#[must_use]
pub fn withdrawn(entry: &Value) -> Vec<Version> {
    let lines = entry.get("changelog").and_then(Value::as_array);
    let lines = lines.into_iter().flatten().filter_map(Value::as_str);
    lines.filter_map(Line::read).filter(Line::is_yanked).map(|line| line.version).collect()
}

/// Returns the versions that an entry's changelog marks as withdrawn, in its order.
#[must_use]
pub fn yanked<'l>(changelog: impl IntoIterator<Item = &'l String>) -> Vec<Version> {
    let lines = changelog.into_iter().filter_map(|line| Line::read(line));
    lines.filter(Line::is_yanked).map(|line| line.version).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_start_with_a_version_and_a_colon() {
        let line = Line::read("2.3.0: tightened: refunds").expect("a line");
        assert_eq!(line.version, Version::release(2, 3, 0));
        assert_eq!(line.text, "tightened: refunds");
        for other in ["", "tightened refunds", "v2.3.0: x", "2.3: x"] {
            assert_eq!(Line::read(other), None, "{other}");
        }
    }

    #[test]
    fn evidence_stands_at_the_end_of_a_line() {
        let cases = [
            ("1.0.1: brief", "brief", None),
            ("1.0.1: brief [evidence run:ab]", "brief", Some("ab")),
            ("1.0.1: [evidence run:]", "", Some("")),
            ("1.0.1: a [evidence run:ab] b", "a [evidence run:ab] b", None),
            ("1.0.1: a [evidence run:ab] [YANKED]", "a", Some("ab")),
            ("1.0.1: leaks a name [YANKED]", "leaks a name", None),
            ("1.0.1: [YANKED]", "", None),
            ("1.0.1: a [YANKED] b", "a [YANKED] b", None),
            ("1.0.1: a [evidence run:ab] [evidence run:cd]", "a [evidence run:ab]", Some("cd")),
        ];
        for (written, words, evidence) in cases {
            let line = Line::read(written).expect("a line");
            assert_eq!((line.words(), line.evidence()), (words, evidence), "{written}");
        }
        let line = Line::read(&format!("1.0.1: {}", with_evidence("brief", "ab"))).expect("a line");
        assert_eq!((line.words(), line.evidence()), ("brief", Some("ab")));
    }

    #[test]
    fn a_withdrawn_version_is_marked_at_the_end_of_its_line() {
        let lines = ["1.2.0: a", "1.1.0: b [YANKED]", "1.0.0: c [yanked]"].map(str::to_owned);
        assert_eq!(yanked(&lines), [Version::release(1, 1, 0)]);
        let line = Line::read("1.1.0: b [YANKED]").expect("a line");
        assert_eq!(line.kept(), "b");
    }
}
