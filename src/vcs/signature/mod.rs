//! Signatures, made and checked by the user's own programs.
//!
//! What is signed are bytes: those of a tag, in the namespace `git`, or those of a record. `gpg` and
//! `ssh-keygen` do the work, as git's configuration says; nothing here knows a cipher.

mod fault;
mod gpg;
mod settings;
mod signers;
mod ssh;
mod standing;

use std::fmt;
use std::io::{self, Write as _};
use std::path::Path;

pub use fault::SignFault;
pub use settings::{SignWish, Signer};
pub use signers::Signers;
pub use standing::Standing;
use tempfile::NamedTempFile;

use super::open::Repository;

/// Which program makes a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// `gpg`.
    Gpg,
    /// `ssh-keygen`.
    Ssh,
}

impl Format {
    /// Returns the word for it in records: `gpg` or `ssh`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gpg => "gpg",
            Self::Ssh => "ssh",
        }
    }

    /// Tells by the first line what made a signature; `None` where no program here can check it.
    #[must_use]
    pub fn of(signature: &str) -> Option<Self> {
        if signature.starts_with("-----BEGIN SSH SIGNATURE-----") {
            Some(Self::Ssh)
        } else if signature.starts_with("-----BEGIN PGP SIGNATURE-----")
            || signature.starts_with("-----BEGIN PGP MESSAGE-----")
        {
            Some(Self::Gpg)
        } else {
            None
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a signature is for. One made with ssh for one purpose is none for the other; gpg knows no
/// purposes, so that bytes of one kind must not be readable as the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Namespace {
    /// Tags and commits.
    Git,
    /// Records of Keelmark.
    Keelmark,
}

impl Namespace {
    const fn name(self) -> &'static str {
        match self {
            Self::Git => "git",
            Self::Keelmark => "keelmark",
        }
    }
}

/// What became of checking a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verified {
    /// It is that of a listed key, which was valid at the time.
    Good {
        /// Whom the list names for the key.
        principal: String,
        /// The key's fingerprint: `SHA256:…`, or gpg's hexadecimal digits.
        fingerprint: String,
        /// Which program made it.
        format: Format,
    },
    /// It may fit, but its key is not listed, or gpg does not have it.
    UnknownKey {
        /// The key's fingerprint, or as much as the signature says of it.
        fingerprint: String,
    },
    /// It fits, and its key is known but was not valid at the time.
    Expired {
        /// The key's fingerprint.
        fingerprint: String,
    },
    /// It fits, and its key was revoked.
    Revoked {
        /// The key's fingerprint.
        fingerprint: String,
    },
    /// It does not fit the bytes or the purpose, or is no signature.
    Bad {
        /// Why, in the program's words.
        why: String,
    },
}

impl Repository {
    /// Signs bytes and returns the signature with the lines around it, a line end at its end.
    ///
    /// # Errors
    /// When there is no key, it cannot be used, or the program is missing or fails.
    pub fn sign(
        &self,
        signer: &Signer,
        bytes: &[u8],
        namespace: Namespace,
    ) -> Result<String, SignFault> {
        match signer.format {
            Format::Gpg => gpg::sign(&self.store.git, signer, bytes),
            Format::Ssh => ssh::sign(&self.store.git, signer, bytes, namespace),
        }
    }

    /// Checks a signature against bytes and a list of keys.
    ///
    /// A key has to be listed and to have been valid at `seconds` since 1970, whatever is the case
    /// today. Of gpg, the key has to be in the user's key ring as well.
    ///
    /// # Errors
    /// When the program is missing or cannot be run. A signature that is not good is no error.
    pub fn verify_signature(
        &self,
        signature: &str,
        bytes: &[u8],
        namespace: Namespace,
        signers: &Signers,
        seconds: i64,
    ) -> Result<Verified, SignFault> {
        match Format::of(signature) {
            Some(Format::Gpg) => {
                let program = self.program_of(Format::Gpg)?;
                let check = gpg::Check { git: &self.store.git, program: &program };
                check.verify(signature, bytes, signers, seconds)
            }
            Some(Format::Ssh) => {
                let program = self.program_of(Format::Ssh)?;
                let check = ssh::Check { git: &self.store.git, program: &program, namespace };
                check.verify(signature, bytes, signers, seconds)
            }
            None => Ok(Verified::Bad {
                why: "it is neither a signature of ssh nor one of gpg".to_owned(),
            }),
        }
    }
}

/// Writes a file that nobody else may read and that goes with the value.
fn private_file(bytes: &[u8]) -> Result<NamedTempFile, SignFault> {
    filled(NamedTempFile::with_prefix("keelmark-"), bytes)
}

/// Writes such a file into a folder.
fn private_file_in(folder: &Path, bytes: &[u8]) -> Result<NamedTempFile, SignFault> {
    filled(NamedTempFile::with_prefix_in("keelmark-", folder), bytes)
}

fn filled(file: io::Result<NamedTempFile>, bytes: &[u8]) -> Result<NamedTempFile, SignFault> {
    let file = file.and_then(|mut file| {
        file.write_all(bytes)?;
        file.flush()?;
        Ok(file)
    });
    file.map_err(|source| SignFault::Scratch { source })
}
