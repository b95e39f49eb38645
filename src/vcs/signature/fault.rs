//! Why there is no signature.

use std::io;
use std::path::PathBuf;

use super::Format;
use crate::vcs::error::VcsError;

/// Why something cannot be signed, or a signature not be checked.
#[derive(Debug, thiserror::Error)]
pub enum SignFault {
    /// No key is configured, or the one that is cannot be found.
    #[error("there is no {format} key to sign with{}", wanted.as_ref().map(|key| format!(" for `{key}`")).unwrap_or_default())]
    NoKey {
        /// Which program was asked.
        format: Format,
        /// The key that was looked for.
        wanted: Option<String>,
    },
    /// The file that is configured as the key does not exist.
    #[error("the signing key `{}` does not exist", path.display())]
    KeyFile {
        /// The file.
        path: PathBuf,
    },
    /// The key may no longer sign.
    #[error("the signing key `{key}` {}", if *revoked { "was revoked" } else { "has expired" })]
    Expired {
        /// The key as it was named.
        key: String,
        /// It did not run out, but was called back.
        revoked: bool,
    },
    /// The key asks for a passphrase that nobody could give.
    #[error("`{program}` needs the passphrase of the key: {cause}")]
    Locked {
        /// The program.
        program: String,
        /// Which kind of key it is.
        format: Format,
        /// What the program said.
        cause: String,
    },
    /// The program is not installed.
    #[error("the program `{program}` cannot be found")]
    NoProgram {
        /// The program.
        program: String,
        /// The key of git's configuration that names another one.
        setting: &'static str,
    },
    /// `gpg.format` names what Keelmark cannot use.
    #[error("`gpg.format` is `{format}`; `openpgp` and `ssh` can be used")]
    Unsupported {
        /// The format.
        format: String,
    },
    /// The program failed.
    #[error("`{program}` did not sign: {cause}")]
    Failed {
        /// The program.
        program: String,
        /// What it said.
        cause: String,
    },
    /// A temporary file could not be written.
    #[error("failed to write a temporary file")]
    Scratch {
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// Git could not be asked.
    #[error(transparent)]
    Vcs(#[from] VcsError),
}

impl SignFault {
    /// Returns the next step, where there is one.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoKey { format: Format::Ssh, .. } | Self::KeyFile { .. } => Some(
                "`git config --global user.signingKey ~/.ssh/id_ed25519.pub`, with the file of a \
                 key of yours"
                    .to_owned(),
            ),
            Self::NoKey { format: Format::Gpg, .. } => Some(
                "`gpg --list-secret-keys` lists your keys, `git config --global user.signingKey \
                 KEY` chooses one; `git config --global gpg.format ssh` signs with an ssh key"
                    .to_owned(),
            ),
            Self::Expired { revoked: true, .. } => {
                Some("`git config --global user.signingKey KEY` chooses another key".to_owned())
            }
            Self::Expired { key, .. } => Some(format!(
                "`gpg --edit-key '{key}'`, then `expire`; or choose another key with `git config \
                 --global user.signingKey KEY`"
            )),
            Self::Locked { format: Format::Ssh, .. } => {
                Some("`ssh-add` gives the key to an agent, which then signs".to_owned())
            }
            Self::Locked { format: Format::Gpg, .. } => {
                Some("`export GPG_TTY=$(tty)`, so that gpg finds your terminal".to_owned())
            }
            Self::NoProgram { setting, .. } => {
                Some(format!("install it, or name it with `git config --global {setting} PROGRAM`"))
            }
            Self::Unsupported { .. } => Some("`git config --global gpg.format ssh`".to_owned()),
            Self::Failed { .. } | Self::Scratch { .. } => None,
            Self::Vcs(error) => error.hint(),
        }
    }

    /// Makes a fault of a program that could not be started.
    pub(super) fn not_started(program: &str, format: Format, error: &io::Error) -> Self {
        let program = program.to_owned();
        if error.kind() == io::ErrorKind::NotFound {
            let setting = match format {
                Format::Gpg => "gpg.program",
                Format::Ssh => "gpg.ssh.program",
            };
            return Self::NoProgram { program, setting };
        }
        Self::Failed { program, cause: error.to_string() }
    }
}
