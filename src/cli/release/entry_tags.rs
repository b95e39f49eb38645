//! Tags of entries: which versions have one, and making those that are missing.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::checks::{Loaded, Named, read_entry, step_between};
use crate::cli::context::Workspace;
use crate::cli::failure::Failure;
use crate::cli::signing::Notary;
use crate::digest::Digest;
use crate::ident::Kind;
use crate::registry::changelog::Line;
use crate::registry::config::Config;
use crate::release::entry_tag::{EntryTag, digest_in};
use crate::snapshot::ObjectName;
use crate::vcs::write::{NewTag, Old, RefUpdate};
use crate::vcs::{Identity, Namespace, Signer};
use crate::version::Bump;

/// Where tags are.
const FOLDER: &str = "refs/tags/";
/// How many digits of a digest a message shows.
const DIGITS: usize = 12;

/// A tag that an entry's version should have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Wanted {
    /// What it says.
    pub tag: EntryTag,
    /// Its name, without `refs/tags/`.
    pub name: String,
}

impl Wanted {
    /// Returns the full name of the reference.
    pub(in crate::cli) fn reference(&self) -> String {
        format!("{FOLDER}{}", self.name)
    }
}

/// The tags of entries that a repository has.
pub(in crate::cli) struct EntryTags<'a> {
    workspace: &'a Workspace,
    config: &'a Config,
    there: BTreeMap<String, ObjectName>,
}

impl<'a> EntryTags<'a> {
    /// Reads the tags with the prefix of a configuration that is believed.
    ///
    /// # Errors
    /// When a reference cannot be read.
    pub(in crate::cli) fn read(
        workspace: &'a Workspace,
        config: &'a Config,
    ) -> Result<Self, Failure> {
        let prefix = config.tag_prefix.as_str();
        let there = workspace.opened.repository.references_below(&format!("{FOLDER}{prefix}"))?;
        Ok(Self { workspace, config, there: there.into_iter().collect() })
    }

    /// Returns the tag that an entry's version should have; `None` where it has no version.
    pub(in crate::cli) fn wanted(&self, loaded: &Loaded) -> Option<Wanted> {
        let entry = &loaded.entry;
        let version = entry.version.clone()?;
        let mut lines = entry.common.changelog.iter().filter_map(|written| Line::read(written));
        let line = lines.find(|line| line.version == version);
        let tag = EntryTag {
            name: entry.name.clone(),
            version,
            digest: loaded.facets().entry,
            words: line.map(|line| line.words().to_owned()).unwrap_or_default(),
        };
        let Config { tag_prefix, versioning, .. } = self.config;
        Some(Wanted { name: tag.tag(tag_prefix, versioning.gto_compat), tag })
    }

    /// Returns a pattern of the references of all tags of a kind.
    pub(in crate::cli) fn pattern(&self, kind: Kind) -> String {
        format!("{FOLDER}{}{kind}/*", self.config.tag_prefix)
    }

    /// Returns the object of a tag that is there.
    pub(in crate::cli) fn object(&self, wanted: &Wanted) -> Option<ObjectName> {
        self.there.get(&wanted.reference()).copied()
    }

    /// Returns the tags that entries lack, for a transaction of the caller's; see [`write()`].
    ///
    /// The entries are taken as the tree has them: a tag leads to the commit that is tagged, and
    /// has to find its version there.
    ///
    /// # Errors
    /// A tag is there and says something else; that is a failure of integrity.
    pub(in crate::cli) fn missing<'l>(
        &self,
        entries: impl IntoIterator<Item = &'l Loaded>,
    ) -> Result<Vec<Wanted>, Failure> {
        let (mut missing, mut others) = (Vec::new(), Vec::new());
        for wanted in entries.into_iter().filter_map(|loaded| self.wanted(loaded)) {
            match self.object(&wanted) {
                None => missing.push(wanted),
                Some(object) => others.extend(self.other(&wanted, object, "")?),
            }
        }
        refuse_others(&others)?;
        Ok(missing)
    }

    /// Says what a tag's object holds instead of what is wanted; `None` where it holds just that.
    ///
    /// # Errors
    /// When bytes cannot be had.
    pub(in crate::cli) fn other(
        &self,
        wanted: &Wanted,
        object: ObjectName,
        place: &str,
    ) -> Result<Option<String>, Failure> {
        let digest = self.digest_of(wanted, object)?;
        if digest == Some(wanted.tag.digest) || self.needs_no_step(wanted, object, digest)? {
            return Ok(None);
        }
        let found = digest.map_or_else(
            || format!("no {}", wanted.tag.reference()),
            |digest| format!("sha256:{}…", digest.short(DIGITS)),
        );
        Ok(Some(format!(
            "the tag `{}`{place} holds {found}, HEAD has sha256:{}…",
            wanted.name,
            wanted.tag.digest.short(DIGITS)
        )))
    }

    /// Returns the digest of the entry that a tag's object holds: as its message says, or, for a tag
    /// of another tool, as the tree has it that it leads to.
    fn digest_of(&self, wanted: &Wanted, object: ObjectName) -> Result<Option<Digest>, Failure> {
        let repository = &self.workspace.opened.repository;
        if let Some(tag) = repository.read_tag(object)?
            && let Some(digest) = digest_in(&tag.message, &wanted.tag.reference())
        {
            return Ok(Some(digest));
        }
        Ok(self.entry_at(wanted, object)?.map(|found| found.facets().entry))
    }

    /// Reads the entry, at the version that is wanted, from the tree that a tag leads to.
    fn entry_at(&self, wanted: &Wanted, object: ObjectName) -> Result<Option<Loaded>, Failure> {
        let repository = &self.workspace.opened.repository;
        // A tag may lead to a tree or a blob, which holds no version.
        let Ok(commit) = repository.resolve(&object.to_string()) else { return Ok(None) };
        let tree = repository.commit_snapshot(commit)?;
        let layout = self.workspace.layout_at(&tree)?;
        let found = read_entry(&layout, &wanted.tag.name, Named { name: "", tree: &tree })?;
        Ok(found.filter(|f| f.entry.version.as_ref() == Some(&wanted.tag.version)))
    }

    /// Says whether what a tag holds has changed only in ways that ask for no version of their own,
    /// such as another owner.
    fn needs_no_step(
        &self,
        wanted: &Wanted,
        object: ObjectName,
        digest: Option<Digest>,
    ) -> Result<bool, Failure> {
        let here = Named { name: "", tree: self.workspace.snapshot() };
        let new = read_entry(&self.workspace.layout, &wanted.tag.name, here)?;
        let (Some(old), Some(new)) = (self.entry_at(wanted, object)?, new) else {
            return Ok(false);
        };
        let is_true = digest == Some(old.facets().entry);
        Ok(is_true && step_between(&old, &new, self.config).0 == Bump::None)
    }
}

/// Refuses to go on where tags hold something else.
pub(in crate::cli) fn refuse_others(others: &[String]) -> Result<(), Failure> {
    if others.is_empty() {
        return Ok(());
    }
    Err(Failure::integrity(others.join("\n"))
        .hint("a published version never changes and its tag never moves: give the content a version of its own with `keelmark bump`"))
}

/// Writes tags of a commit, signed where there is a signer. No reference leads to them yet: what is
/// returned goes into a transaction.
///
/// # Errors
/// When the key cannot be used or is not believed, or the repository cannot be written.
pub(in crate::cli) fn write(
    notary: &Notary,
    wanted: &[Wanted],
    on: ObjectName,
    (who, seconds): (&Identity, i64),
    signer: Option<&Signer>,
) -> Result<Vec<RefUpdate>, Failure> {
    let repository = &notary.repository;
    // One key signs all of them: what holds for the first holds for the others.
    let first = wanted.first().map(|wanted| &wanted.name);
    let one = |wanted: &Wanted| -> Result<RefUpdate, Failure> {
        let message = wanted.tag.message();
        let tag =
            NewTag { object: on, name: &wanted.name, message: &message, tagger: who, seconds };
        let signature = match signer {
            Some(signer) => {
                let bytes = repository.tag_bytes(&tag)?;
                let signature = repository.sign(signer, &bytes, Namespace::Git)?;
                if Some(&wanted.name) == first {
                    notary.insist(&signature, &bytes, Namespace::Git, seconds)?;
                }
                Some(signature)
            }
            None => None,
        };
        let object = repository.write_tag(&tag, signature.as_deref())?;
        Ok(RefUpdate { name: wanted.reference(), new: Some(object), old: Old::Missing })
    };
    // A program that signs may ask for something, and people answer one question at a time.
    if signer.is_some() {
        wanted.iter().map(one).collect()
    } else {
        wanted.par_iter().map(one).collect()
    }
}
