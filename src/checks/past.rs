//! What is known of an entry's past: published numbers, and the content behind them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::loaded::{self, Loaded};
use super::scope;
use crate::ident::EntryName;
use crate::integrity::payload::Sources;
use crate::path::RepoPath;
use crate::registry::config::Published as Mode;
use crate::registry::index::Index;
use crate::registry::layout::{Form, Layout, Placed};
use crate::snapshot::{Content, File, History, ObjectName, ReadFault, Revision, Snapshot};
use crate::version::Version;

/// A tree of another commit, under the name that people know it by.
#[derive(Clone, Copy)]
pub struct Named<'a> {
    /// The name, such as `origin/main` or a short commit id.
    pub name: &'a str,
    /// The tree.
    pub tree: &'a dyn Snapshot,
}

/// What a tree is judged against.
pub struct Base<'a> {
    /// Where the change started: what is touched is asked of this one.
    pub before: Named<'a>,
    /// The base's tip: taken and published are asked of this one.
    pub tip: Named<'a>,
    /// Further branches whose versions are published.
    pub branches: Vec<Named<'a>>,
    /// Tags of entries, by name: `prompt/billing_refund@2.3.0`.
    pub tags: BTreeMap<String, ObjectName>,
    /// History from the base's tip.
    pub history: &'a dyn History,
    /// What makes a version published.
    pub published: Mode,
}

/// Where a number was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) version: Version,
    pub(super) at: Where,
}

/// Where a number was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Where {
    /// Where the change started.
    Before,
    /// On the base, since.
    Tip,
    /// On another published branch.
    Branch,
    /// On a tag.
    Tag(ObjectName),
    /// On the base once, as this commit left it; a revert took it back.
    Withdrawn(ObjectName),
}

impl Base<'_> {
    /// Returns the numbers of an entry that are published, each with the first place it was seen.
    pub(super) fn published(
        &self,
        layout: &Layout,
        name: &EntryName,
    ) -> Result<Vec<Seen>, ReadFault> {
        Ok(self.known(layout, name)?.0)
    }

    /// Returns the numbers of an entry that are published, each with the first place it was seen, and
    /// those that the base marks as withdrawn. Its newest word counts: a mark may be written after
    /// the version was tagged, and taken back.
    pub(super) fn known(
        &self,
        layout: &Layout,
        name: &EntryName,
    ) -> Result<(Vec<Seen>, Vec<Version>), ReadFault> {
        let find = |tree: &dyn Snapshot| -> Result<Option<File>, ReadFault> {
            layout.find(tree, name)?.map_or(Ok(None), |path| tree.file(&path))
        };
        let of = |tree: Named<'_>| Index::new(layout, tree.tree).target(name);
        let (there, here) = (find(self.before.tree)?, find(self.tip.tree)?);
        let tip = of(self.tip)?;
        // Mostly the base is where the change started, and its entry is read once.
        let is_same = there == here && here.as_ref().is_none_or(is_object);
        let before = if is_same { tip.clone() } else { of(self.before)? };
        let withdrawn = if here.is_some() { &tip } else { &before }.withdrawn.clone();
        let mut seen: Vec<Seen> = Vec::new();
        let mut add = |versions: Vec<Version>, at: Where| {
            for version in versions {
                if !seen.iter().any(|s| s.version == version) {
                    seen.push(Seen { version, at });
                }
            }
        };
        if self.published == Mode::Merged {
            // The start of a change is published as far as the base still knows it.
            let (old, new) =
                tip.versions.into_iter().partition(|version| before.versions.contains(version));
            add(old, Where::Before);
            add(new, Where::Tip);
            for branch in &self.branches {
                add(of(*branch)?.versions, Where::Branch);
            }
        }
        for (version, commit) in self.tagged(name) {
            add(vec![version], Where::Tag(commit));
        }
        Ok((seen, withdrawn))
    }

    /// Looks at history for [`Base::withdrawn`] once, before many entries are judged at the same time.
    pub(super) fn look_back(&self, layout: &Layout) -> Result<(), ReadFault> {
        if self.published == Mode::Merged {
            self.history.arrivals(layout.root(), layout.root())?;
        }
        Ok(())
    }

    /// Returns the numbers that an entry had on the base once and that are not among those `seen`:
    /// a revert took them back. They were published, so nobody may use them again.
    ///
    /// A `wide` look asks once for the whole registry, which is right for many entries. For a few
    /// only the folder of each is asked for, and so not for a file of another form that it had once.
    pub(super) fn withdrawn(
        &self,
        layout: &Layout,
        name: &EntryName,
        (seen, wide): (&[Seen], bool),
    ) -> Result<Vec<Seen>, ReadFault> {
        let mut gone: Vec<Seen> = Vec::new();
        if self.published != Mode::Merged {
            return Ok(gone);
        }
        let known = layout.find(self.tip.tree, name)?;
        let is_folder = |path: &RepoPath| {
            matches!(layout.place(path), Placed::Entry { form: Form::Folder, .. })
        };
        for path in layout.entry_paths(name) {
            let own = path.parent().filter(|_| !wide && is_folder(&path));
            if !wide && own.is_none() && known.as_ref().is_some_and(is_folder) {
                continue;
            }
            let folder = own.unwrap_or_else(|| layout.root().clone());
            // The newest commit that brought the file left it as the base has it.
            let here = usize::from(self.tip.tree.file(&path)?.is_some());
            for commit in self.history.arrivals(&folder, &path)?.into_iter().skip(here) {
                let tree = self.history.at(commit)?;
                for version in Index::new(layout, tree.as_ref()).target(name)?.versions {
                    if !seen.iter().chain(&gone).any(|known| known.version == version) {
                        gone.push(Seen { version, at: Where::Withdrawn(commit) });
                    }
                }
            }
        }
        Ok(gone)
    }

    /// Returns the tagged versions of an entry; GTO's `@v1.2.3` counts too.
    pub(super) fn tagged(&self, name: &EntryName) -> Vec<(Version, ObjectName)> {
        let prefix = format!("{name}@");
        let of_entry = self.tags.iter().filter_map(|(tag, commit)| {
            let version = tag.strip_prefix(&prefix)?;
            let version = version.strip_prefix('v').unwrap_or(version);
            Some((version.parse().ok()?, *commit))
        });
        of_entry.collect()
    }

    /// Reads an entry as it was at a version, from its tag or from the history of its file.
    pub(super) fn content_at(
        &self,
        layout: &Layout,
        name: &EntryName,
        version: &Version,
    ) -> Result<Option<(Loaded, String)>, ReadFault> {
        for (_, commit) in self.tagged(name).into_iter().filter(|(v, _)| v == version) {
            let found = self.content_in(layout, name, commit)?;
            if let Some(loaded) = found.filter(|l| l.entry.version.as_ref() == Some(version)) {
                return Ok(Some((loaded, commit.short())));
            }
        }
        for path in layout.entry_paths(name) {
            for revision in self.history.revisions(&path)? {
                let tree = self.history.at(revision.commit)?;
                let target = Index::new(layout, tree.as_ref()).target(name)?;
                if target.versions.first() != Some(version) {
                    continue;
                }
                if let Some(loaded) = self.content_in(layout, name, revision.commit)?
                    && loaded.entry.version.as_ref() == Some(version)
                {
                    let (loaded, commit) = self.with_last_fragments(layout, loaded, &revision)?;
                    return Ok(Some((loaded, commit.short())));
                }
            }
        }
        Ok(None)
    }

    /// Reads an entry once more where a fragment that it includes changed after the entry's own file
    /// got its number: a change may have several commits, and is published as a whole.
    fn with_last_fragments(
        &self,
        layout: &Layout,
        loaded: Loaded,
        found: &Revision,
    ) -> Result<(Loaded, ObjectName), ReadFault> {
        let file = loaded.entry.path().clone();
        let content_at = |commit| -> Result<Option<Content>, ReadFault> {
            Ok(self.history.at(commit)?.file(&file)?.map(|file| file.content))
        };
        let mine = content_at(found.commit)?;
        let mut last = found.clone();
        for path in loaded.read.included_files() {
            for revision in self.history.revisions(&path)? {
                if revision.time_seconds < last.time_seconds {
                    break;
                }
                if content_at(revision.commit)? == mine {
                    last = revision;
                    break;
                }
            }
        }
        if last.commit != found.commit
            && let Some(later) = self.content_in(layout, &loaded.entry.name, last.commit)?
        {
            return Ok((later, last.commit));
        }
        Ok((loaded, found.commit))
    }

    fn content_in(
        &self,
        layout: &Layout,
        name: &EntryName,
        commit: ObjectName,
    ) -> Result<Option<Loaded>, ReadFault> {
        let tree = self.history.at(commit)?;
        content(layout, name, Named { name: &commit.short(), tree: tree.as_ref() })
    }

    /// Finds the commit on the base that brought a number.
    pub(super) fn brought_by(
        &self,
        layout: &Layout,
        name: &EntryName,
        version: &Version,
    ) -> Result<Option<String>, ReadFault> {
        let Some(path) = layout.find(self.tip.tree, name)? else { return Ok(None) };
        let mut first = None;
        for revision in self.history.revisions(&path)? {
            let tree = self.history.at(revision.commit)?;
            if !Index::new(layout, tree.as_ref()).target(name)?.versions.contains(version) {
                break;
            }
            first = Some(format!("{} ({})", revision.commit.short(), revision.subject));
        }
        Ok(first)
    }
}

fn is_object(file: &File) -> bool {
    matches!(file.content, Content::Object(_))
}

/// Reads an entry of another tree, without what is to be said about it there.
pub(super) fn content(
    layout: &Layout,
    name: &EntryName,
    from: Named<'_>,
) -> Result<Option<Loaded>, ReadFault> {
    let Some(listed) = scope::find(layout, from.tree, name)? else { return Ok(None) };
    let wanted = loaded::Wanted {
        name,
        form: listed.form,
        file: &listed.file,
        revision: Some(from.name).filter(|name| !name.is_empty()),
    };
    let sources = Sources { tree: from.tree, attributes: from.tree };
    let read = loaded::load(&wanted, sources, &Index::new(layout, from.tree))?;
    Ok(read.loaded.and_then(Arc::into_inner))
}
