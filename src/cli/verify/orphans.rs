//! Tags of what is nowhere: in no published history, or in no record.

use super::{Court, select};
use crate::checks::{Named, read_entry};
use crate::cli::assess::Walk;
use crate::cli::context::{Wanted, Workspace};
use crate::cli::failure::Failure;
use crate::cli::past;
use crate::cli::release::published::Branches;
use crate::cli::verify::entries::EntryTag;
use crate::doctor::Orphan;
use crate::ledger::kind::Kind;

impl Court<'_> {
    /// Finds the tags of entries' versions that no published branch has had there, and the release
    /// tags that no record tells of; by name. Without a ledger nothing is said of releases. The second
    /// is why there may be others: history is cut off, or cannot be read.
    pub(in crate::cli) fn orphans(&self) -> (Vec<Orphan>, Option<Failure>) {
        let mut orphans = Vec::new();
        let read = self.untold(&mut orphans).and_then(|()| self.unpublished(&mut orphans));
        orphans.sort_by(|a, b| a.tag().cmp(b.tag()));
        (orphans, read.err())
    }

    /// Finds the release tags that no record tells of.
    fn untold(&self, orphans: &mut Vec<Orphan>) -> Result<(), Failure> {
        let repository = &self.opened.repository;
        if let Some(index) = self.index() {
            for name in select::all(repository, &self.config.tag_prefix)? {
                let is_told = index.about(&name.tag).any(|record| *record.kind() == Kind::Release);
                if !is_told {
                    orphans.push(Orphan::Release { tag: name.tag });
                }
            }
        }
        Ok(())
    }

    /// Finds the tags of versions that no published branch has had there.
    fn unpublished(&self, orphans: &mut Vec<Orphan>) -> Result<(), Failure> {
        let repository = &self.opened.repository;
        let tagged = self.entry_tags()?;
        if tagged.is_empty() {
            return Ok(());
        }
        if repository.is_shallow() {
            return Err(Failure::undecided(
                "nobody can tell which published branch had a version: the history is cut off here",
            )
            .hint("`git fetch --unshallow`"));
        }
        let branches = Branches::of(repository, &self.config)?;
        for (commit, tags) in &tagged {
            let held = match commit {
                Some(commit) => branches.holding(repository, *commit)?.is_some(),
                None => false,
            };
            let workspace = match commit {
                Some(commit) if held => {
                    let wanted = Wanted::Revision(commit.to_string());
                    Some(self.opened.clone().workspace(&wanted, self.context)?)
                }
                _ => None,
            };
            for tag in tags {
                if workspace.as_ref().map(|there| has(there, tag)).transpose()? == Some(true) {
                    continue;
                }
                orphans.push(Orphan::Entry {
                    tag: tag.tag.clone(),
                    commit: commit.map(|commit| commit.short()),
                    held,
                    elsewhere: self.brought(&branches, tag)?,
                });
            }
        }
        Ok(())
    }

    /// Returns the commit of a published branch that brought a version.
    fn brought(&self, branches: &Branches, tag: &EntryTag) -> Result<Option<String>, Failure> {
        for tip in branches.tips() {
            let wanted = Wanted::Revision(tip.to_string());
            let layout = self.opened.clone().workspace(&wanted, self.context)?.layout;
            let walk = Walk { repository: self.opened.repository.clone(), from: Some(tip) };
            let versions = past::versions(&layout, &walk, std::slice::from_ref(&tag.name))?;
            if let Some(found) = versions.into_iter().find(|past| past.version == tag.version) {
                return Ok(Some(found.since.commit.short()));
            }
        }
        Ok(None)
    }
}

fn has(there: &Workspace, tag: &EntryTag) -> Result<bool, Failure> {
    let tree = Named { name: "", tree: there.snapshot() };
    let found = read_entry(&there.layout, &tag.name, tree)?;
    Ok(found.is_some_and(|found| found.entry.version.as_ref() == Some(&tag.version)))
}
