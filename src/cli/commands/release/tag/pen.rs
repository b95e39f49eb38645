//! Writing a release: its tag, its record, and the references that move together.

use crate::cli::failure::Failure;
use crate::cli::release::entry_tags::{self, Wanted};
use crate::cli::signing::Notary;
use crate::ledger::kind::Kind;
use crate::ledger::record::{Draft, Record};
use crate::release::payload::Release;
use crate::snapshot::ObjectName;
use crate::vcs::write::{NewTag, Old, RefUpdate};
use crate::vcs::{Identity, Namespace, Repository, Signer};

/// Who writes, with which key, and when.
pub(super) struct Pen<'a> {
    pub(super) repository: &'a Repository,
    pub(super) notary: &'a Notary,
    pub(super) signer: Option<&'a Signer>,
    pub(super) actor: Identity,
    pub(super) now: i64,
}

impl Pen<'_> {
    pub(super) fn tag(
        &self,
        commit: ObjectName,
        name: &str,
        message: &str,
    ) -> Result<ObjectName, Failure> {
        let tag = NewTag { object: commit, name, message, tagger: &self.actor, seconds: self.now };
        let signature = match self.signer {
            Some(signer) => {
                let bytes = self.repository.tag_bytes(&tag)?;
                let signature = self.repository.sign(signer, &bytes, Namespace::Git)?;
                self.notary.insist(&signature, &bytes, Namespace::Git, self.now)?;
                Some(signature)
            }
            None => None,
        };
        Ok(self.repository.write_tag(&tag, signature.as_deref())?)
    }

    /// Puts the tags of entries before that of the release.
    pub(super) fn references(
        &self,
        entries: &[Wanted],
        commit: ObjectName,
        last: RefUpdate,
    ) -> Result<Vec<RefUpdate>, Failure> {
        let by = (&self.actor, self.now);
        let mut references = entry_tags::write(self.notary, entries, commit, by, self.signer)?;
        references.push(last);
        Ok(references)
    }

    pub(super) fn record(&self, tag: &str, release: &Release) -> Result<Record, Failure> {
        let record = Record::new(Draft {
            kind: Kind::Release,
            at: self.now,
            actor: self.actor.to_string(),
            subject: tag.to_owned(),
            payload: serde_json::to_value(release).map_err(std::io::Error::from)?,
        })?;
        match self.signer {
            Some(signer) => self.notary.sign(record, signer),
            None => Ok(record),
        }
    }
}

/// The tag comes last: before it there is no release, with it there is one.
pub(super) fn last(tag: &str, object: ObjectName) -> RefUpdate {
    RefUpdate { name: format!("refs/tags/{tag}"), new: Some(object), old: Old::Missing }
}
