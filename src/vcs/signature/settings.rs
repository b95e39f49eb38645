//! What git's configuration says about signing.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{Format, SignFault};
use crate::vcs::error::VcsError;
use crate::vcs::open::Repository;

/// Whether something shall be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignWish {
    /// Where git's configuration asks for it: `tag.gpgSign`, else `tag.forceSignAnnotated`, else
    /// `commit.gpgSign`.
    Configured,
    /// In any case.
    Always,
    /// In no case.
    Never,
}

/// A key and the program that signs with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    pub(super) format: Format,
    pub(super) program: String,
    pub(super) key: Key,
}

/// How a program is told which key to use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    /// By words: a fingerprint, an address, or for ssh a public key.
    Text(String),
    /// By a file.
    File(PathBuf),
}

impl Signer {
    /// Returns which program signs.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.format
    }

    /// Returns the key as the program is told it, for people.
    #[must_use]
    pub fn key(&self) -> String {
        match &self.key {
            Key::Text(text) => text.clone(),
            Key::File(path) => path.display().to_string(),
        }
    }
}

/// Keys of git's configuration, in lower case as git prints them, and their last values.
struct Settings(BTreeMap<String, Option<String>>);

impl Settings {
    fn read(repository: &Repository) -> Result<Self, VcsError> {
        let words = ["config", "--null", "--get-regexp", "^(commit|gpg|tag|user)\\."];
        let said = repository.store.git.ask(&words, None)?;
        let mut values = BTreeMap::new();
        // Where no key matches git fails in silence.
        for record in said.stdout.split(|byte| *byte == 0).filter(|record| !record.is_empty()) {
            let record = String::from_utf8_lossy(record);
            match record.split_once('\n') {
                Some((key, value)) => values.insert(key.to_owned(), Some(value.to_owned())),
                None => values.insert(record.into_owned(), None),
            };
        }
        Ok(Self(values))
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.as_deref().filter(|value| !value.is_empty())
    }

    /// A key without a value is true, and so is every number but 0.
    fn is_true(&self, key: &str) -> Option<bool> {
        let value = self.0.get(key)?.as_deref().unwrap_or("true").to_lowercase();
        Some(!matches!(value.as_str(), "" | "false" | "no" | "off" | "0"))
    }

    fn wants_signature(&self) -> bool {
        let keys = ["tag.gpgsign", "tag.forcesignannotated", "commit.gpgsign"];
        keys.into_iter().find_map(|key| self.is_true(key)).unwrap_or(false)
    }

    fn format(&self) -> Result<Format, SignFault> {
        match self.text("gpg.format") {
            None | Some("openpgp") => Ok(Format::Gpg),
            Some("ssh") => Ok(Format::Ssh),
            Some(other) => Err(SignFault::Unsupported { format: other.to_owned() }),
        }
    }

    fn program(&self, format: Format) -> String {
        let (named, default) = match format {
            Format::Gpg => {
                (self.text("gpg.openpgp.program").or_else(|| self.text("gpg.program")), "gpg")
            }
            Format::Ssh => (self.text("gpg.ssh.program"), "ssh-keygen"),
        };
        named.unwrap_or(default).to_owned()
    }
}

impl Repository {
    /// Returns who signs, by git's configuration: `gpg.format`, `user.signingKey`, `gpg.program`,
    /// `gpg.ssh.program`, `gpg.ssh.defaultKeyCommand`. `None` where nothing shall be signed.
    ///
    /// # Errors
    /// When something shall be signed and no key is configured, or its file does not exist.
    pub fn signer(&self, wish: SignWish) -> Result<Option<Signer>, SignFault> {
        if wish == SignWish::Never {
            return Ok(None);
        }
        let settings = Settings::read(self)?;
        if wish == SignWish::Configured && !settings.wants_signature() {
            return Ok(None);
        }
        let format = settings.format()?;
        let key = match format {
            // As in git, gpg finds the key of who commits.
            Format::Gpg => Key::Text(match settings.text("user.signingkey") {
                Some(key) => key.to_owned(),
                None => self.identity()?.to_string(),
            }),
            Format::Ssh => self.ssh_key(&settings)?,
        };
        let program = self.at_home(settings.program(format))?;
        Ok(Some(Signer { format, program, key }))
    }

    /// Returns the program that checks signatures.
    pub(super) fn program_of(&self, format: Format) -> Result<String, SignFault> {
        Ok(self.at_home(Settings::read(self)?.program(format))?)
    }

    fn ssh_key(&self, settings: &Settings) -> Result<Key, SignFault> {
        let Some(key) = settings.text("user.signingkey") else {
            return self.default_ssh_key(settings);
        };
        if let Some(literal) = literal(key) {
            return Ok(Key::Text(literal.to_owned()));
        }
        let path = PathBuf::from(self.at_home(key.to_owned())?);
        let seen_from = self.store.git.folder().join(&path);
        let public = seen_from.with_file_name(format!(
            "{}.pub",
            seen_from.file_name().unwrap_or_default().to_string_lossy()
        ));
        // An agent may have the private half.
        if seen_from.exists() || public.exists() {
            return Ok(Key::File(path));
        }
        Err(SignFault::KeyFile { path })
    }

    /// Asks the command that is configured for the key, such as `ssh-add -L`.
    fn default_ssh_key(&self, settings: &Settings) -> Result<Key, SignFault> {
        let none = SignFault::NoKey { format: Format::Ssh, wanted: None };
        let Some(command) = settings.text("gpg.ssh.defaultkeycommand") else { return Err(none) };
        let failed = |cause: String| SignFault::Failed { program: command.to_owned(), cause };
        let said = self.store.git.tool("sh", &["-c", command], None);
        let said = said.map_err(|error| failed(error.to_string()))?;
        if !said.status.success() {
            return Err(failed(said.complaint()));
        }
        let printed = String::from_utf8_lossy(&said.stdout);
        let key = printed.lines().next().and_then(literal);
        key.map(|key| Key::Text(key.to_owned())).ok_or(none)
    }

    /// Resolves `~/` as git does.
    fn at_home(&self, path: String) -> Result<String, VcsError> {
        if !path.starts_with('~') {
            return Ok(path);
        }
        let setting = format!("keelmark.path={path}");
        let words = ["-c", &setting, "config", "--type=path", "--get", "keelmark.path"];
        let printed = self.store.git.run(&words)?;
        Ok(String::from_utf8_lossy(&printed).trim_end_matches('\n').to_owned())
    }
}

/// Returns a key that is written out, rather than the name of a file with one.
fn literal(key: &str) -> Option<&str> {
    match key.strip_prefix("key::") {
        Some(literal) => Some(literal),
        None => key.starts_with("ssh-").then_some(key),
    }
}
