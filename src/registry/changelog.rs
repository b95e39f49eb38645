//! The changelog that an entry carries: one line a version, newest first.

use serde_json::Value;

use crate::version::Version;

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
}

/// Returns the versions that an entry's changelog names, in its order.
#[must_use]
pub fn versions(entry: &Value) -> Vec<Version> {
    let lines = entry.get("changelog").and_then(Value::as_array);
    let lines = lines.into_iter().flatten().filter_map(Value::as_str);
    lines.filter_map(Line::read).map(|line| line.version).collect()
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
}
