//! Remotes: what they have, and getting it.

use gix::bstr::BStr;
use gix::glob::wildmatch::Mode as Wildcards;

use crate::snapshot::ObjectName;
use crate::vcs::error::VcsError;
use crate::vcs::open::Repository;

/// Lines of what a remote says that are kept.
const KEPT_LINES: usize = 20;

/// Why a remote gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum RemoteFault {
    /// No remote has this name.
    #[error("there is no remote `{remote}`")]
    Unknown {
        /// The name.
        remote: String,
    },
    /// The remote cannot be reached, or does not let us in.
    #[error("the remote `{remote}` cannot be reached: {cause}")]
    Unreachable {
        /// Its name.
        remote: String,
        /// What git said.
        cause: String,
    },
    /// The remote has no such reference.
    #[error("the remote `{remote}` has no `{name}`")]
    Missing {
        /// The remote's name.
        remote: String,
        /// The reference.
        name: String,
    },
    /// A reference of ours has commits that the remote's lacks, so that it was not overwritten.
    #[error("`{name}` and that of the remote `{remote}` have diverged")]
    Diverged {
        /// The remote's name.
        remote: String,
        /// Our reference.
        name: String,
    },
    /// Git failed otherwise.
    #[error(transparent)]
    Vcs(#[from] VcsError),
}

impl RemoteFault {
    /// Returns the next step, where there is one.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown { remote } => Some(format!("`git remote add {remote} URL`")),
            Self::Unreachable { remote, .. } => Some(format!("try `git ls-remote {remote}`")),
            Self::Missing { .. } | Self::Diverged { .. } => None,
            Self::Vcs(error) => error.hint(),
        }
    }
}

impl Repository {
    /// Fetches references from a remote, such as `refs/heads/x:refs/remotes/origin/x`; a `+` before
    /// one lets it be overwritten. No tags come along, `FETCH_HEAD` stays, and no hooks run.
    ///
    /// # Errors
    /// When the remote is unknown, unreachable or has no such reference, or ours has diverged.
    pub fn fetch(&self, remote: &str, references: &[&str]) -> Result<(), RemoteFault> {
        self.known(remote)?;
        let mut words = vec![
            "-c",
            "core.hooksPath=/dev/null",
            "-c",
            "fetch.output=full",
            "fetch",
            "--no-tags",
            "--no-prune",
            "--no-write-fetch-head",
            "--no-auto-maintenance",
            "--no-recurse-submodules",
            remote,
        ];
        words.extend(references);
        let said = self.store.git.ask(&words, None)?;
        if said.status.success() {
            return Ok(());
        }
        let complaint = said.complaint();
        if let Some((_, name)) = complaint.split_once("couldn't find remote ref ") {
            let name = name.lines().next().unwrap_or_default().trim().to_owned();
            return Err(RemoteFault::Missing { remote: remote.to_owned(), name });
        }
        if let Some(name) = complaint.lines().find_map(|line| diverged(line, references)) {
            return Err(RemoteFault::Diverged { remote: remote.to_owned(), name });
        }
        Err(failed(remote, "fetch", &complaint))
    }

    /// Asks a remote for its references that match one of the patterns (full names, in which `*`
    /// stands for anything), and the objects that they name, by name. Annotated tags are not
    /// followed.
    ///
    /// # Errors
    /// When the remote is unknown or unreachable.
    pub fn remote_references(
        &self,
        remote: &str,
        patterns: &[&str],
    ) -> Result<Vec<(String, ObjectName)>, RemoteFault> {
        self.known(remote)?;
        let mut words = vec!["ls-remote", "--quiet", "--refs", remote];
        words.extend(patterns);
        let said = self.store.git.ask(&words, None)?;
        if !said.status.success() {
            return Err(failed(remote, "ls-remote", &said.complaint()));
        }
        // Git matches the ends of names: `refs/heads/x` finds `refs/tags/refs/heads/x` as well.
        let wanted = |name: &str| {
            patterns.is_empty()
                || patterns.iter().any(|pattern| {
                    gix::glob::wildmatch(BStr::new(pattern), BStr::new(name), Wildcards::empty())
                })
        };
        let printed = String::from_utf8_lossy(&said.stdout);
        let mut found: Vec<_> = printed
            .lines()
            .filter_map(|line| {
                let (object, name) = line.split_once('\t')?;
                Some((name.to_owned(), ObjectName::parse(object)?))
            })
            .filter(|(name, _)| wanted(name))
            .collect();
        found.sort();
        Ok(found)
    }

    /// Refuses what is not the name of a remote, since git would take it for an address or option.
    pub(super) fn known(&self, remote: &str) -> Result<(), RemoteFault> {
        if self.remotes().iter().any(|name| name == remote) && !remote.starts_with('-') {
            return Ok(());
        }
        Err(RemoteFault::Unknown { remote: remote.to_owned() })
    }
}

/// Reads `! [rejected] theirs -> ours (non-fast-forward)`, in which git shortens the names.
fn diverged(line: &str, references: &[&str]) -> Option<String> {
    let (_, ours) = line.trim_end().strip_suffix("(non-fast-forward)")?.rsplit_once("->")?;
    let full = references.iter().filter_map(|spec| Some(spec.rsplit_once(':')?.1));
    let named = full.into_iter().find(|full| full.ends_with(&format!("/{}", ours.trim())));
    Some(named.unwrap_or(ours.trim()).to_owned())
}

/// Makes a fault of what git said when it could not do anything.
pub(super) fn failed(remote: &str, command: &str, complaint: &str) -> RemoteFault {
    const CLOSED: [&str; 7] = [
        "Could not read from remote repository",
        "does not appear to be a git repository",
        "unable to access",
        "unable to connect",
        "Authentication failed",
        "could not read Username",
        "could not read Password",
    ];
    let cause = brief(complaint);
    if CLOSED.iter().any(|words| complaint.contains(words)) {
        return RemoteFault::Unreachable { remote: remote.to_owned(), cause };
    }
    RemoteFault::Vcs(VcsError::Command { arguments: format!("{command} {remote}"), cause })
}

/// Shortens what git said to its first lines, without names and passwords in addresses.
fn brief(complaint: &str) -> String {
    let general = |line: &&str| {
        !line.trim().is_empty()
            && !line.starts_with("Please make sure you have the correct access rights")
            && !line.starts_with("and the repository exists")
    };
    let lines: Vec<String> =
        complaint.lines().filter(general).take(KEPT_LINES).map(without_secrets).collect();
    lines.join("\n")
}

/// Leaves out what stands between `://` and `@` in an address.
fn without_secrets(line: &str) -> String {
    let mut kept = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("://") {
        kept.push_str(before);
        kept.push_str("://");
        let end = after.find(['/', ' ', '\'', '"']).unwrap_or(after.len());
        let (host, tail) = after.split_at_checked(end).unwrap_or((after, ""));
        kept.push_str(host.rsplit_once('@').map_or(host, |(_, host)| host));
        rest = tail;
    }
    kept + rest
}

/// Returns what a remote's own programs said, as git prefixes it.
pub(super) fn remote_words(stderr: &str) -> String {
    let lines = stderr.lines().filter_map(|line| line.strip_prefix("remote:"));
    let lines = lines.map(str::trim).filter(|line| !line.is_empty()).take(KEPT_LINES);
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_in_addresses_are_left_out() {
        let cases = [
            ("unable to access 'https://ada:secret@host/x.git/': no", "https://host/x.git/"),
            ("https://token@host and ssh://git@other/y", "https://host and ssh://other/y"),
            ("no address, ada@example.com", "no address, ada@example.com"),
            ("https://host/a@b", "https://host/a@b"),
        ];
        for (line, expected) in cases {
            let found = without_secrets(line);
            assert!(found.contains(expected), "{found}");
            assert!(!found.contains("secret") && !found.contains("token"), "{found}");
        }
    }
}
