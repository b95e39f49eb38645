//! Signing with the user's own key, and believing the keys that a tree lists.

use super::args::SignArgs;
use super::context::Workspace;
use super::failure::Failure;
use crate::escape;
use crate::ledger::record::{Record, Signature, SignatureFormat};
use crate::path::RepoPath;
use crate::registry::config::Config;
use crate::snapshot::Snapshot;
use crate::vcs::{
    Format, Namespace, Repository, SignFault, SignWish, Signer, Signers, Standing, Verified,
};

/// The most bytes of a list of keys.
const MOST_BYTES: u64 = 1 << 20;

/// A repository, and whose signatures count in it.
pub(super) struct Notary {
    /// The repository.
    pub repository: Repository,
    /// The list's path.
    pub path: RepoPath,
    /// Whether there is a list, or has to be one. Without one nobody's signature says more than that
    /// there is one.
    pub lists: bool,
    /// Whether the configuration names a list that is not there.
    pub missing: bool,
    signers: Signers,
}

impl Notary {
    /// Reads the list of keys from a tree: the file that `paths.signers` names, beside the
    /// configuration.
    ///
    /// # Errors
    /// When the list cannot be read, or the configuration names one that is not there: that nobody is
    /// listed must not be taken for that nobody has to sign.
    pub(super) fn of(
        workspace: &Workspace,
        tree: &dyn Snapshot,
        config: &Config,
    ) -> Result<Self, Failure> {
        let notary = Self::as_it_is(workspace, tree, config)?;
        if notary.missing {
            let list = escape::line(&notary.path.to_text());
            return Err(Failure::usage(format!(
                "`paths.signers` names `{list}`, which is not there, so that nobody's signature counts"
            ))
            .hint("have the list merged, or name in `paths.signers` of keelmark.yaml where it is"));
        }
        Ok(notary)
    }

    /// Reads the same for those who only tell what is there.
    ///
    /// # Errors
    /// When the list cannot be read.
    pub(super) fn as_it_is(
        workspace: &Workspace,
        tree: &dyn Snapshot,
        config: &Config,
    ) -> Result<Self, Failure> {
        let path = signers_of(workspace.config_path.as_ref(), config).ok_or_else(|| {
            let written = escape::line(config.paths.signers());
            Failure::usage(format!("`paths.signers` is `{written}`, outside the repository"))
                .hint("name a file of the repository, such as `allowed_signers`")
        })?;
        let text = match tree.file(&path)? {
            Some(file) => Some(tree.read(&file, MOST_BYTES)?),
            None => None,
        };
        let signers = text.as_deref().map(String::from_utf8_lossy);
        let missing = signers.is_none() && config.paths.signers.is_some();
        Ok(Self {
            repository: workspace.opened.repository.clone(),
            path,
            lists: signers.is_some() || missing,
            missing,
            signers: Signers::parse(signers.as_deref().unwrap_or_default()),
        })
    }

    /// Returns who signs, by what was typed and what git's configuration asks for.
    ///
    /// # Errors
    /// A key is asked for, and there is none that can be used.
    pub(super) fn signer(&self, arguments: SignArgs) -> Result<Option<Signer>, Failure> {
        let wish = match (arguments.sign, arguments.no_sign) {
            (true, _) => SignWish::Always,
            (_, true) => SignWish::Never,
            _ => SignWish::Configured,
        };
        Ok(self.repository.signer(wish)?)
    }

    /// Says why a tag would go out unsigned where the list says whose signatures count, and what to do
    /// about it; `None` where it would be signed, and where there is no list.
    pub(super) fn unsigned(&self, arguments: SignArgs) -> Option<(String, String)> {
        if !self.lists {
            return None;
        }
        match self.signer(arguments) {
            Ok(Some(_)) => None,
            Ok(None) if arguments.no_sign => {
                Some(("`--no-sign` was given".to_owned(), "leave `--no-sign` out".to_owned()))
            }
            Ok(None) => Some((
                "git is not told to sign tags here".to_owned(),
                "`--sign` signs this one, `git config tag.gpgSign true` every one; `keelmark \
                 verify` believes nobody's word for an unsigned one"
                    .to_owned(),
            )),
            Err(failure) => Some((
                failure.message().to_owned(),
                failure.advice().unwrap_or("`git config user.signingKey` names a key").to_owned(),
            )),
        }
    }

    /// Says what the list thinks of a signer's key now, without signing anything.
    ///
    /// # Errors
    /// When the program or the key is not there, or the key has expired or was revoked.
    pub(super) fn standing(&self, signer: &Signer, seconds: i64) -> Result<Standing, Failure> {
        Ok(self.repository.standing(signer, &self.signers, seconds)?)
    }

    /// Signs a record.
    ///
    /// # Errors
    /// When the key cannot be used.
    pub(super) fn sign(&self, record: Record, signer: &Signer) -> Result<Record, Failure> {
        sign(&self.repository, record, signer)
    }

    /// Checks the signature of a record; `None` where it has none. The key must have been valid when
    /// the record was made.
    ///
    /// # Errors
    /// When a program that checks signatures cannot be run.
    pub(super) fn check(&self, record: &Record) -> Result<Option<Verified>, Failure> {
        let Some(signature) = record.signature() else { return Ok(None) };
        self.verify(&signature.text, &record.signed_bytes(), Namespace::Keelmark, record.at())
            .map(Some)
    }

    /// Checks a signature over bytes of a moment, in seconds since 1970.
    ///
    /// # Errors
    /// As [`Notary::check`].
    pub(super) fn verify(
        &self,
        signature: &str,
        bytes: &[u8],
        namespace: Namespace,
        seconds: i64,
    ) -> Result<Verified, Failure> {
        let list = &self.signers;
        Ok(self.repository.verify_signature(signature, bytes, namespace, list, seconds)?)
    }

    /// Refuses a signature that the list of keys does not believe. What it signs never changes, so
    /// that nobody could ever prove it. Without a list there is nothing to insist on.
    ///
    /// # Errors
    /// The key is not listed, or not valid at that moment; otherwise as [`Notary::check`].
    pub(super) fn insist(
        &self,
        signature: &str,
        bytes: &[u8],
        namespace: Namespace,
        seconds: i64,
    ) -> Result<(), Failure> {
        if !self.lists {
            return Ok(());
        }
        let list = escape::line(&self.path.to_text());
        let words = match self.verify(signature, bytes, namespace, seconds)? {
            Verified::Good { .. } => return Ok(()),
            Verified::Expired { fingerprint } => {
                format!("your key {fingerprint} is not valid now, by `{list}`")
            }
            Verified::Revoked { fingerprint } => {
                format!("your key {fingerprint} was revoked, by `{list}`")
            }
            Verified::UnknownKey { fingerprint } => {
                format!("your key {fingerprint} is not in `{list}`")
            }
            Verified::Bad { why } => format!("the signature is not good, by `{list}`: {why}"),
        };
        Err(Failure::refused(words).hint(
            "sign with another key (`git config user.signingKey`), or have the list renewed and merged",
        ))
    }

    /// Returns the principal whose key signed a record; `None` where nobody's on the list did.
    ///
    /// # Errors
    /// As [`Notary::check`].
    pub(super) fn principal(&self, record: &Record) -> Result<Option<String>, Failure> {
        Ok(match self.check(record)? {
            Some(Verified::Good { principal, .. }) => Some(principal),
            _ => None,
        })
    }
}

/// Returns where the list of keys is, or would be; `None` where that is outside the repository.
pub(super) fn signers_of(config: Option<&RepoPath>, settings: &Config) -> Option<RepoPath> {
    let folder = config.and_then(RepoPath::parent).unwrap_or_default();
    folder.resolve(settings.paths.signers()).ok()
}

/// Signs a record. Nobody needs a list of keys for that.
///
/// # Errors
/// When the key cannot be used.
pub(super) fn sign(
    repository: &Repository,
    record: Record,
    signer: &Signer,
) -> Result<Record, Failure> {
    let text = repository.sign(signer, &record.signed_bytes(), Namespace::Keelmark)?;
    let format = match signer.format() {
        Format::Ssh => SignatureFormat::Ssh,
        Format::Gpg => SignatureFormat::Gpg,
    };
    Ok(record.with_signature(Signature { format, text }))
}

impl From<SignFault> for Failure {
    fn from(fault: SignFault) -> Self {
        let failure = Self::undecided(fault.to_string());
        match fault.hint() {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}
