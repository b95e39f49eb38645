//! Tags of entries' versions.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::{Court, undecided};
use crate::checks::{Named, read_entry};
use crate::cli::context::{Wanted, Workspace};
use crate::cli::failure::Failure;
use crate::cli::release::tags;
use crate::cli::signing::Notary;
use crate::ident::{EntryName, EntryRef, Wanted as Written};
use crate::registry::config::Tags;
use crate::release::claims::{Claim, Subject, SubjectKind, What, entry, tag};
use crate::snapshot::ObjectName;
use crate::vcs::Namespace;
use crate::version::Version;

/// The tag of an entry's version.
pub(super) struct EntryTag {
    /// Its name, without `refs/tags/`.
    pub(super) tag: String,
    /// The entry.
    pub(super) name: EntryName,
    /// The version.
    pub(super) version: Version,
    /// The object that the reference names.
    object: ObjectName,
}

/// Tags by the commit that they lead to; `None` where they lead to none.
type ByCommit = BTreeMap<Option<ObjectName>, Vec<EntryTag>>;

impl Court<'_> {
    /// Finds every tag that has the name of an entry's version.
    pub(super) fn entry_tags(&self) -> Result<ByCommit, Failure> {
        let repository = &self.opened.repository;
        let prefix = &self.config.tag_prefix;
        let mut by_commit = ByCommit::new();
        for (name, object) in repository.references_below(&format!("refs/tags/{prefix}"))? {
            let Some(found) = read(prefix, &name, object) else { continue };
            // A tag may lead to a tree or a file, which holds no version.
            let commit = repository.resolve(&object.to_string()).ok();
            by_commit.entry(commit).or_default().push(found);
        }
        Ok(by_commit)
    }

    /// Judges every tag that has the name of an entry's version, by name.
    pub(super) fn entries(&self) -> Result<Vec<Subject>, Failure> {
        let judged: Result<Vec<Vec<Subject>>, Failure> = self
            .entry_tags()?
            .into_par_iter()
            .map(|(commit, tags)| {
                let workspace = match commit {
                    Some(commit) => {
                        let wanted = Wanted::Revision(commit.to_string());
                        Some(self.opened.clone().workspace(&wanted, self.context)?)
                    }
                    None => None,
                };
                let workspace = workspace.as_ref();
                let notary = workspace.map(|workspace| {
                    Notary::as_it_is(workspace, workspace.snapshot(), &workspace.settings.config)
                });
                let notary = notary.transpose()?;
                tags.iter().map(|tag| self.entry(tag, workspace, notary.as_ref())).collect()
            })
            .collect();
        let mut subjects: Vec<Subject> = judged?.into_iter().flatten().collect();
        subjects.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(subjects)
    }

    fn entry(
        &self,
        wanted: &EntryTag,
        workspace: Option<&Workspace>,
        notary: Option<&Notary>,
    ) -> Result<Subject, Failure> {
        let object = self.opened.repository.read_tag(wanted.object)?;
        let loaded = match workspace {
            Some(workspace) => {
                let tree = Named { name: "", tree: workspace.snapshot() };
                read_entry(&workspace.layout, &wanted.name, tree)?
            }
            None => None,
        };
        let loaded = loaded.filter(|found| found.entry.version.as_ref() == Some(&wanted.version));
        let digest = loaded.map(|loaded| loaded.facets().entry);
        let reference = format!("{}@{}", wanted.name, wanted.version);
        let judged = if digest.is_none() && self.config.versioning.tags == Tags::Entries {
            // Where tags say what is published, one that leads nowhere says something false.
            let found = "the commit does not have it";
            Claim::fails(What::Entry, found, "that version where its tag leads").about(&reference)
        } else {
            entry::entry((&wanted.tag, &reference), object.as_ref(), digest)
        };
        let mut claims = vec![judged];
        let signed = object.as_ref().and_then(|object| Some((object, object.signature.as_ref()?)));
        if let (Some((object, signature)), Some(notary)) = (signed, notary) {
            let checked = notary.verify(signature, &object.payload, Namespace::Git, object.seconds);
            claims.push(match checked {
                Ok(verified) => {
                    tag::signature(Some(&verified), notary.lists, &notary.path.to_text())
                }
                Err(failure) => undecided(What::Signature, &failure),
            });
        }
        Ok(Subject {
            kind: SubjectKind::Entry,
            name: wanted.tag.clone(),
            object: Some(wanted.object.to_string()),
            claims,
        })
    }
}

/// Reads the name of an entry's tag; a `v` may stand before the version, as GTO wants it.
fn read(prefix: &str, full: &str, object: ObjectName) -> Option<EntryTag> {
    let tag = full.strip_prefix("refs/tags/")?;
    let bare = tag.strip_prefix(prefix)?;
    if bare.starts_with(tags::FOLDER) {
        return None;
    }
    let (name, version) = bare.rsplit_once('@')?;
    let version = version.strip_prefix('v').unwrap_or(version);
    let read: EntryRef = format!("{name}@{version}").parse().ok()?;
    let Written::Exact(version) = read.wanted else { return None };
    let name = EntryName::new(read.kind?, read.id);
    Some(EntryTag { tag: tag.to_owned(), name, version, object })
}
