//! Where the documents of releases lie.

use super::facts::ReleaseFacts;
use crate::ledger::channel::ChannelName;
use crate::path::{PathFault, RepoPath};
use crate::registry::config::Paths;

/// The places that `paths` names, all of them inside the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// The folder of decision records.
    pub adr: RepoPath,
    /// The folder of release notes.
    pub releases: RepoPath,
    /// The changelog of the repository.
    pub changelog: RepoPath,
}

/// A place that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`paths.{key}` is {fault}: `{}`", .written.escape_debug())]
pub struct PlaceFault {
    /// The key of `paths`.
    pub key: &'static str,
    /// What it says.
    pub written: String,
    /// What is wrong with it.
    pub fault: PathFault,
}

impl Places {
    /// Resolves the places of a configuration that lies in `folder`. They may climb out of that
    /// folder, and never out of the repository.
    ///
    /// # Errors
    /// The first place that is absolute, leads out of the repository or into git's own folder.
    pub fn of(paths: &Paths, folder: &RepoPath) -> Result<Self, PlaceFault> {
        let place = |key, written: &str| {
            let inside = match folder.resolve(written) {
                Err(PathFault::Leaves) => {
                    RepoPath::default().resolve(&folder.join(written).to_text())
                }
                resolved => resolved,
            };
            inside.map_err(|fault| PlaceFault { key, written: written.to_owned(), fault })
        };
        Ok(Self {
            adr: place("adr", &paths.adr)?,
            releases: place("releases", &paths.releases)?,
            changelog: place("changelog", &paths.changelog)?,
        })
    }

    /// Returns where the decision record of a release lies: day, composite and version are its name,
    /// so that two branches never want the same one.
    #[must_use]
    pub fn adr_of(&self, composite: &str, version: &str, date: &str) -> RepoPath {
        self.adr.join(&format!("{date}-{}-{version}.md", flat(composite)))
    }

    /// Returns where the notes of a release lie.
    #[must_use]
    pub fn notes_of(&self, composite: &str, version: &str) -> RepoPath {
        self.releases.join(&format!("{}-{version}.md", flat(composite)))
    }

    /// Returns where the post-mortem of a rollback lies: beside the folder of decision records. The
    /// second rollback of a channel on one day gets a page of its own.
    #[must_use]
    pub fn post_mortem_of(&self, channel: &ChannelName, date: &str, number: usize) -> RepoPath {
        let folder = self.adr.parent().unwrap_or_default().join("postmortems");
        let end = if number > 1 { format!("-{number}") } else { String::new() };
        folder.join(&format!("{date}-{channel}{end}.md"))
    }
}

/// An id as part of a file name.
fn flat(id: &str) -> String {
    id.replace('/', "-")
}

#[must_use]
/// Returns the way from the file `from` to the file `to`, as a link writes it.
pub fn way(from: &str, to: &str) -> String {
    let mut folders: Vec<&str> = from.split('/').collect();
    folders.pop();
    let target: Vec<&str> = to.split('/').collect();
    let shared = folders.iter().zip(&target).take_while(|(a, b)| a == b).count();
    let shared = shared.min(target.len().saturating_sub(1));
    let up = folders.len() - shared;
    let down = target.get(shared..).unwrap_or_default();
    std::iter::repeat_n("..", up).chain(down.iter().copied()).collect::<Vec<_>>().join("/")
}

impl ReleaseFacts {
    /// Returns the name that the changelog's heading has for the release.
    #[must_use]
    pub fn heading(&self) -> String {
        format!("{} {}", self.composite, self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_inside_the_repository() {
        let of = |folder: &str, written: &str| {
            let paths = Paths { adr: written.to_owned(), ..Paths::default() };
            Places::of(&paths, &RepoPath::from(folder)).map(|places| places.adr.to_string())
        };
        let cases = [
            ("", "docs/adr", Ok("docs/adr")),
            ("a/b", "docs/adr", Ok("a/b/docs/adr")),
            ("a/b", "../../docs", Ok("docs")),
            (
                "a/b",
                "../../../docs",
                Err("`paths.adr` is a path that leaves its folder: `../../../docs`"),
            ),
            ("", "../docs", Err("`paths.adr` is a path that leaves its folder: `../docs`")),
            ("a", "/etc", Err("`paths.adr` is an absolute path: `/etc`")),
            ("a", "../.git/x", Err("`paths.adr` is a path with a `.git` component: `../.git/x`")),
            ("", "", Err("`paths.adr` is an empty path: ``")),
        ];
        for (folder, written, expected) in cases {
            let found = of(folder, written).map_err(|fault| fault.to_string());
            assert_eq!(found, expected.map(str::to_owned).map_err(str::to_owned), "{written}");
        }
    }

    #[test]
    fn documents_are_named_by_what_they_are_about() {
        let places = Places::of(&Paths::default(), &RepoPath::default()).expect("places");
        assert_eq!(
            places.adr_of("support/copilot", "1.8.0-rc.1", "2026-11-25"),
            RepoPath::from("docs/adr/2026-11-25-support-copilot-1.8.0-rc.1.md")
        );
        assert_eq!(
            places.notes_of("support/copilot", "1.8.0"),
            RepoPath::from("docs/releases/support-copilot-1.8.0.md")
        );
        let channel = "production".parse().expect("a channel");
        assert_eq!(
            places.post_mortem_of(&channel, "2026-11-26", 1),
            RepoPath::from("docs/postmortems/2026-11-26-production.md")
        );
        assert_eq!(
            places.post_mortem_of(&channel, "2026-11-26", 2),
            RepoPath::from("docs/postmortems/2026-11-26-production-2.md")
        );
    }

    #[test]
    fn ways_lead_from_file_to_file() {
        let cases = [
            ("docs/adr/a.md", "docs/adr/b.md", "b.md"),
            ("docs/adr/a.md", "docs/releases/b.md", "../releases/b.md"),
            ("a.md", "docs/b.md", "docs/b.md"),
            ("docs/adr/a.md", "CHANGELOG.md", "../../CHANGELOG.md"),
            ("docs/a/b", "docs/a", "../a"),
        ];
        for (from, to, expected) in cases {
            assert_eq!(way(from, to), expected, "{from} {to}");
        }
    }
}
