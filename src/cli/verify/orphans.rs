//! Tags of what is nowhere: in no published history, or in no record.

use std::collections::{BTreeMap, BTreeSet};

use super::{Court, select};
use crate::checks::{Named, read_entry};
use crate::cli::context::{Wanted, Workspace};
use crate::cli::failure::Failure;
use crate::cli::release::published::Branches;
use crate::cli::verify::entries::EntryTag;
use crate::doctor::Orphan;
use crate::ident::EntryName;
use crate::ledger::kind::Kind;
use crate::path::RepoPath;
use crate::registry::layout::{Layout, Placed};
use crate::snapshot::{ObjectName, ReadFault};
use crate::source::SourceFile;
use crate::vcs::{Step, Touched};
use crate::version::Version;
use crate::yaml::{self, Document};

/// Commits whose files are compared at once.
const STRETCH: usize = 256;

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
        let tips: BTreeSet<ObjectName> = branches.tips().collect();
        let published = repository.reachable(tips.iter().copied())?;
        let held: BTreeSet<ObjectName> = published.iter().map(|step| step.commit).collect();
        let mut found: Vec<(&EntryTag, Option<ObjectName>)> = Vec::new();
        for (commit, tags) in &tagged {
            let workspace = match commit {
                Some(commit) if held.contains(commit) => {
                    let wanted = Wanted::Revision(commit.to_string());
                    Some(self.opened.clone().workspace(&wanted, self.context)?)
                }
                _ => None,
            };
            for tag in tags {
                if workspace.as_ref().map(|there| has(there, tag)).transpose()? != Some(true) {
                    found.push((tag, *commit));
                }
            }
        }
        let names: BTreeSet<&EntryName> = found.iter().map(|(tag, _)| &tag.name).collect();
        let brought = self.brought((&tips, &published), &names)?;
        orphans.extend(found.into_iter().map(|(tag, commit)| Orphan::Entry {
            tag: tag.tag.clone(),
            commit: commit.map(|commit| commit.short()),
            held: commit.is_some_and(|commit| held.contains(&commit)),
            elsewhere: brought.get(&(tag.name.clone(), tag.version.clone())).map(ObjectName::short),
        }));
        Ok(())
    }

    /// Finds the first commit that brought each version of some entries, in one walk for all of them.
    /// `published` are the commits of the branches, each behind its children.
    fn brought(
        &self,
        (tips, published): (&BTreeSet<ObjectName>, &[Step]),
        names: &BTreeSet<&EntryName>,
    ) -> Result<BTreeMap<(EntryName, Version), ObjectName>, Failure> {
        if names.is_empty() {
            return Ok(BTreeMap::new());
        }
        let mut brought: BTreeMap<(EntryName, Version), (usize, ObjectName)> = BTreeMap::new();
        let mut layouts: Vec<Layout> = Vec::new();
        for tip in tips {
            let wanted = Wanted::Revision(tip.to_string());
            let layout = self.opened.clone().workspace(&wanted, self.context)?.layout;
            if !layouts.contains(&layout) {
                layouts.push(layout);
            }
        }
        let repository = &self.opened.repository;
        for layout in &layouts {
            let mut ages = 0..;
            for stretch in published.chunks(STRETCH) {
                let touched = repository.touched_below(stretch, layout.root())?;
                for ((step, touched), age) in stretch.iter().zip(touched).zip(&mut ages) {
                    for Touched { path, before, after } in touched {
                        let Placed::Entry { name, .. } = layout.place(&path) else { continue };
                        if !names.contains(&name) {
                            continue;
                        }
                        let [before, after] = [before, after]
                            .map(|blob| blob.map(|blob| self.version_in(&path, blob)).transpose());
                        let (before, after) = (before?.flatten(), after?.flatten());
                        if before == after {
                            continue;
                        }
                        if let Some(version) = after {
                            // What comes later in this order is older, whichever layout finds it.
                            let found = (age, step.commit);
                            let oldest = brought.entry((name, version)).or_insert(found);
                            *oldest = found.max(*oldest);
                        }
                    }
                }
            }
        }
        Ok(brought.into_iter().map(|(version, (_, commit))| (version, commit)).collect())
    }

    /// Reads the version in an entry file; `None` where it says none.
    fn version_in(&self, path: &RepoPath, blob: ObjectName) -> Result<Option<Version>, Failure> {
        let bytes = match self.opened.repository.blob(blob, yaml::MAX_BYTES) {
            Ok(bytes) => bytes,
            Err(ReadFault::TooLarge { .. }) => return Ok(None),
            Err(fault) => return Err(fault.into()),
        };
        let Ok(text) = String::from_utf8(bytes) else { return Ok(None) };
        let document = Document::parse(SourceFile::new(path.clone(), text)).0;
        let version = document.as_ref().and_then(|read| read.value().get("version")?.as_str());
        Ok(version.and_then(|version| version.parse().ok()))
    }
}

fn has(there: &Workspace, tag: &EntryTag) -> Result<bool, Failure> {
    let tree = Named { name: "", tree: there.snapshot() };
    let found = read_entry(&there.layout, &tag.name, tree)?;
    Ok(found.is_some_and(|found| found.entry.version.as_ref() == Some(&tag.version)))
}
