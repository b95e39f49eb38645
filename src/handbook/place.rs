//! Where the documents lie, and how somebody writes them anew.

use crate::path::RepoPath;

/// Where the documents lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The folder that they are written below; the top of the repository is the root.
    pub out: RepoPath,
    /// The registry's folder.
    pub registry: RepoPath,
    /// The folder of the configuration.
    pub home: RepoPath,
}

impl Place {
    /// Returns the command that writes the documents anew from the repository's top.
    #[must_use]
    pub fn command(&self) -> String {
        let mut words = "keelmark ".to_owned();
        if !self.home.is_root() {
            words.push_str(&format!("-C {} ", argument(&self.home.to_text())));
        }
        words.push_str("docs build");
        if !self.out.is_root() {
            words.push_str(&format!(" --out {}", argument(&self.out_from_home())));
        }
        words
    }

    /// Returns the path of `out` from the folder of the configuration, in which the command runs.
    fn out_from_home(&self) -> String {
        if let Some(rest) = self.out.below(&self.home) {
            return if rest.is_root() { ".".to_owned() } else { rest.to_text().into_owned() };
        }
        if self.out == self.home {
            return ".".to_owned();
        }
        let mut parts = vec!["..".to_owned(); self.home.segments().count()];
        parts.extend(self.out.segments().map(|part| String::from_utf8_lossy(part).into_owned()));
        parts.join("/")
    }

    /// Returns the way from a document, such as `mlops/evaluation_harness.md`, to a path of the
    /// repository.
    pub(super) fn way(&self, document: &str, to: &RepoPath) -> String {
        let depth = self.out.segments().count() + document.matches('/').count();
        format!("{}{}", "../".repeat(depth), to.to_text())
    }
}

/// Writes an argument as a shell takes it.
pub(super) fn argument(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-@:+^".contains(c);
    if !text.is_empty() && !text.starts_with('-') && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_the_one_that_was_given_seen_from_the_top() {
        let cases = [
            ("", "", "keelmark docs build"),
            ("docs/handbook", "", "keelmark docs build --out docs/handbook"),
            ("", "team", "keelmark -C team docs build"),
            ("team", "team", "keelmark -C team docs build --out ."),
            ("team/a", "team", "keelmark -C team docs build --out a"),
            ("docs", "team/llm", "keelmark -C team/llm docs build --out ../../docs"),
            ("a b", "", "keelmark docs build --out 'a b'"),
        ];
        for (out, home, expected) in cases {
            let place = Place {
                out: RepoPath::from(out),
                registry: RepoPath::from("registry"),
                home: RepoPath::from(home),
            };
            assert_eq!(place.command(), expected, "{out} from {home}");
        }
    }

    #[test]
    fn links_lead_out_of_the_folders_of_the_document() {
        let place = |out: &str| Place {
            out: RepoPath::from(out),
            registry: RepoPath::from("registry"),
            home: RepoPath::default(),
        };
        let gates = RepoPath::from("registry/policies/gates.yaml");
        let from = |out: &str| place(out).way("mlops/a.md", &gates);
        assert_eq!(from(""), "../registry/policies/gates.yaml");
        assert_eq!(from("docs/x"), "../../../registry/policies/gates.yaml");
    }
}
