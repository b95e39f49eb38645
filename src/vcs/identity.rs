//! Who writes.

use super::error::VcsError;
use super::open::Repository;

/// A person or a program, as git names them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identity {
    /// The name.
    pub name: String,
    /// The email address.
    pub email: String,
}

impl Identity {
    /// Reads `Name <email>`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, rest) = text.split_once('<')?;
        let (email, _) = rest.split_once('>')?;
        Some(Self { name: name.trim().to_owned(), email: email.trim().to_owned() })
    }

    /// Says whether the identity can stand in a commit or tag: no line breaks and no angle brackets.
    pub(super) fn is_writable(&self) -> bool {
        let fits = |text: &str| !text.contains(['<', '>', '\n', '\0']);
        fits(&self.name) && fits(&self.email)
    }
}

impl std::fmt::Display for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} <{}>", self.name, self.email)
    }
}

impl Repository {
    /// Returns who commits, as git's variables and configuration say (`GIT_COMMITTER_NAME`,
    /// `committer.email`, `user.name` …). Names that git would guess from the system do not count:
    /// a record for years must not name `root@build-7`.
    ///
    /// # Errors
    /// When the name or the address is not configured.
    pub fn identity(&self) -> Result<Identity, VcsError> {
        let words = ["-c", "user.useConfigOnly=true", "var", "GIT_COMMITTER_IDENT"];
        let printed = self.store.git.run(&words).map_err(|error| match error {
            VcsError::Command { cause, .. } if cause.contains("no email was given") => {
                VcsError::NoIdentity { what: "email address", key: "user.email" }
            }
            VcsError::Command { cause, .. }
                if cause.contains("no name was given") || cause.contains("empty ident name") =>
            {
                VcsError::NoIdentity { what: "name", key: "user.name" }
            }
            other => other,
        })?;
        Identity::parse(&String::from_utf8_lossy(&printed))
            .ok_or(VcsError::NoIdentity { what: "name", key: "user.name" })
    }
}
