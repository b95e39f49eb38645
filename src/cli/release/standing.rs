//! The registry of a commit, with its past.

use std::collections::BTreeMap;

use crate::checks::{Base, Named};
use crate::cli::assess::Walk;
use crate::cli::context::{Context, Tree, Wanted, Workspace};
use crate::cli::failure::Failure;
use crate::finding::Finding;
use crate::ident::EntryName;
use crate::release::composite::{Composition, Source as _};
use crate::release::source::Trees;
use crate::snapshot::ObjectName;

/// The registry of a commit.
pub(in crate::cli) struct Standing {
    /// Its tree and configuration.
    pub workspace: Workspace,
    /// The commit.
    pub commit: ObjectName,
    walk: Walk,
    tags: BTreeMap<String, ObjectName>,
}

impl Standing {
    /// Opens the registry of a commit; in a bare repository too.
    ///
    /// # Errors
    /// When the revision names no commit, or its tree cannot be read.
    pub(in crate::cli) fn open(context: &Context, revision: &str) -> Result<Self, Failure> {
        let wanted = Wanted::Revision(revision.to_owned());
        let workspace = context.open()?.workspace(&wanted, context)?;
        let Tree::Revision { commit, .. } = workspace.tree else {
            return Err(Failure::undecided(format!("`{revision}` has no tree")));
        };
        let repository = workspace.opened.repository.clone();
        let prefix = workspace.settings.config.tag_prefix.clone();
        let tags = repository.tags(&prefix)?;
        let tags = tags
            .into_iter()
            .filter_map(|(tag, commit)| Some((tag.strip_prefix(&prefix)?.to_owned(), commit)))
            .collect();
        Ok(Self { walk: Walk { repository, from: Some(commit) }, workspace, commit, tags })
    }

    /// Returns the tree as somebody sees it who knows its history alone: what it has is published.
    pub(in crate::cli) fn base(&self) -> Base<'_> {
        let named = Named { name: "", tree: self.workspace.snapshot() };
        Base {
            before: named,
            tip: named,
            branches: Vec::new(),
            tags: self.tags.clone(),
            history: &self.walk,
            published: self.workspace.settings.config.versioning.published,
        }
    }

    /// Resolves a composite as this commit has it; `None` where it has none of that name.
    ///
    /// # Errors
    /// When bytes cannot be had.
    pub(in crate::cli) fn composition(
        &self,
        name: &EntryName,
    ) -> Result<Option<(Composition, Vec<Finding>)>, Failure> {
        let base = self.base();
        let named = Named { name: "", tree: self.workspace.snapshot() };
        let source = Trees::new(&self.workspace.layout, named, Some(&base));
        let Some(loaded) = source.entry(name, None)? else { return Ok(None) };
        let (composition, findings) = Composition::resolve(&source, loaded)?;
        Ok(composition.map(|composition| (composition, findings)))
    }
}
