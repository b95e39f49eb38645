//! Which composite a text names, and the tree that it is read from.
//!
//! A version is read where its release tag leads, or else from history: that of the tree's commit,
//! or of `HEAD` for work tree and index. No base is needed, so a deployment can do it in a bare or
//! detached clone.

use std::collections::BTreeMap;

use super::assess::Walk;
use super::context::{Context, Opened, Tree, Wanted, Workspace, refuse_misconfigured};
use super::failure::Failure;
use super::release::tags;
use super::{past, select};
use crate::checks::{Base, Loaded, Named, content_at, read_entry};
use crate::finding::Severity;
use crate::ident::composite::CompositeText;
use crate::ident::{EntryName, EntryRef, Kind, Wanted as Written};
use crate::release::composite::Composition;
use crate::release::source::Trees;
use crate::snapshot::ObjectName;
use crate::version::Version;

/// A tree, with the history behind it.
pub(super) struct Standpoint {
    /// The tree.
    pub workspace: Workspace,
    walk: Walk,
    tags: BTreeMap<String, ObjectName>,
}

impl Standpoint {
    /// Opens a tree; in a bare repository that of `HEAD` in place of the work tree.
    ///
    /// # Errors
    /// When the tree cannot be read, or its configuration cannot be believed.
    pub(super) fn open(context: &Context, wanted: &Wanted) -> Result<Self, Failure> {
        Self::of(context.open()?, context, wanted)
    }

    /// Opens a tree of a repository that is open already.
    ///
    /// # Errors
    /// As [`Standpoint::open`].
    pub(super) fn of(opened: Opened, context: &Context, wanted: &Wanted) -> Result<Self, Failure> {
        let bare = Wanted::Revision("HEAD".to_owned());
        let wanted =
            if opened.top.is_none() && *wanted == Wanted::Worktree { &bare } else { wanted };
        let workspace = opened.workspace(wanted, context)?;
        refuse_misconfigured(&workspace)?;
        let repository = &workspace.opened.repository;
        let from = match &workspace.tree {
            Tree::Revision { commit, .. } => Some(*commit),
            Tree::Worktree(_) | Tree::Index(_) => repository.head()?,
        };
        let prefix = workspace.settings.config.tag_prefix.as_str();
        let tags = repository.tags(prefix)?.into_iter();
        let tags = tags.filter_map(|(tag, at)| Some((tag.strip_prefix(prefix)?.to_owned(), at)));
        let tags = tags.collect();
        let walk = Walk { repository: repository.clone(), from };
        Ok(Self { workspace, walk, tags })
    }

    /// Returns where versions are looked for that the tree no longer has.
    pub(super) fn past(&self) -> Base<'_> {
        let here = Named { name: "", tree: self.workspace.snapshot() };
        Base {
            before: here,
            tip: here,
            branches: Vec::new(),
            tags: self.tags.clone(),
            history: &self.walk,
            published: self.workspace.settings.config.versioning.published,
        }
    }

    /// Returns the source that compositions are resolved from.
    pub(super) fn trees<'a>(&'a self, past: &'a Base<'a>) -> Trees<'a> {
        let tree = Named { name: "", tree: self.workspace.snapshot() };
        Trees::new(&self.workspace.layout, tree, Some(past))
    }

    /// Reads a composite as it was at a version, under any name that it had.
    fn at(&self, name: &EntryName, version: &Version) -> Result<Option<Loaded>, Failure> {
        let layout = &self.workspace.layout;
        let here = read_entry(layout, name, Named { name: "", tree: self.workspace.snapshot() })?;
        let names = here.as_ref().map_or_else(|| vec![name.clone()], past::names);
        if let Some(here) = here.filter(|here| here.entry.version.as_ref() == Some(version)) {
            return Ok(Some(here));
        }
        let base = self.past();
        for name in names {
            if let Some(found) = content_at(&base, layout, &name, version)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}

/// A composite that was named, and the tree that it is read from.
pub(super) struct Found {
    /// The tree.
    pub standpoint: Standpoint,
    /// The composite.
    pub loaded: Loaded,
}

/// Finds the composite that a text names: `support_copilot`, `support_copilot@1.8.0`, its release
/// tag, or a composite string.
///
/// # Errors
/// The text names no composite, several, or a version that is not at hand; a release tag whose tree
/// has another version is a failure of integrity.
pub(super) fn find(context: &Context, wanted: &Wanted, text: &str) -> Result<Found, Failure> {
    let standpoint = Standpoint::open(context, wanted)?;
    let text = &untagged(&standpoint, text);
    let (name, version) =
        if text.contains('+') { composed(&standpoint, text)? } else { named(&standpoint, text)? };
    let Some(version) = version else {
        let loaded =
            select::load(&standpoint.workspace.layout, standpoint.workspace.snapshot(), &name)?;
        return Ok(Found { standpoint, loaded });
    };
    let tag = tags::name_of("", name.id.as_str(), &version);
    if standpoint.tags.contains_key(&tag) {
        let tag = format!("{}{tag}", standpoint.workspace.settings.config.tag_prefix);
        return tagged(context, &tag, &name, &version);
    }
    let loaded = standpoint.at(&name, &version)?.ok_or_else(|| {
        Failure::usage(format!("`{name}` has no version {version}, neither tagged nor in history"))
            .hint(format!("`keelmark log {name}` lists its versions; `git fetch --tags` gets tags"))
    })?;
    Ok(Found { standpoint, loaded })
}

/// Reads a release where its tag leads.
///
/// # Errors
/// When the tag's tree cannot be read, or has another version, which is a failure of integrity.
pub(super) fn tagged(
    context: &Context,
    tag: &str,
    name: &EntryName,
    version: &Version,
) -> Result<Found, Failure> {
    let standpoint = Standpoint::open(context, &Wanted::Revision(format!("refs/tags/{tag}")))?;
    let tree = Named { name: "", tree: standpoint.workspace.snapshot() };
    let loaded = read_entry(&standpoint.workspace.layout, name, tree)?;
    // A candidate is the composite as it is to be released, under the number of the candidate.
    let is_it = |found: &Version| {
        found == version || (version.is_prerelease() && *found == version.without_labels())
    };
    let loaded = loaded.filter(|loaded| loaded.entry.version.as_ref().is_some_and(is_it));
    let loaded = loaded.ok_or_else(|| {
        Failure::integrity(format!("the tag `{tag}` leads to a tree without `{name}` {version}"))
            .hint("a release tag is never moved; fetch it again from where it was made")
    })?;
    Ok(Found { standpoint, loaded })
}

/// Finds the composite that a text names, as the tree has it; a version that is written must be
/// that of the tree.
///
/// # Errors
/// The text names no composite of the tree, several, or another version.
pub(super) fn standing(context: &Context, wanted: &Wanted, text: &str) -> Result<Found, Failure> {
    let standpoint = Standpoint::open(context, wanted)?;
    let text = &untagged(&standpoint, text);
    let workspace = &standpoint.workspace;
    let selected = if text.contains('+') {
        select::entry(workspace, text)?
    } else {
        select::entry(workspace, &reference(text)?.to_string())?
    };
    let loaded = select::load(&workspace.layout, workspace.snapshot(), &selected.name)?;
    if let Some(version) = &selected.version {
        select::is_at(&loaded, version)?;
    }
    Ok(Found { standpoint, loaded })
}

/// Takes the name of a release tag for the composite and the version that it names.
fn untagged(standpoint: &Standpoint, text: &str) -> String {
    let prefix = &standpoint.workspace.settings.config.tag_prefix;
    match tags::parse(prefix, text.strip_prefix("refs/tags/").unwrap_or(text)) {
        Some((id, version)) => format!("{id}@{version}"),
        None => text.to_owned(),
    }
}

/// Reads the reference to a composite.
fn reference(text: &str) -> Result<EntryRef, Failure> {
    let read: EntryRef =
        text.parse().map_err(|fault| Failure::usage(format!("`{text}` is no entry: {fault}")))?;
    if let Some(kind) = read.kind.filter(|kind| *kind != Kind::Composite) {
        return Err(Failure::usage(format!("`{text}` is a {kind}; a composite is expected"))
            .hint("`keelmark list composite` shows what there is"));
    }
    Ok(EntryRef { kind: Some(Kind::Composite), ..read })
}

/// Reads an id with or without a version. What the tree no longer has may still be tagged.
fn named(standpoint: &Standpoint, text: &str) -> Result<(EntryName, Option<Version>), Failure> {
    let read = reference(text)?;
    if let Written::Exact(version) = &read.wanted
        && standpoint.tags.contains_key(&tags::name_of("", read.id.as_str(), version))
    {
        return Ok((EntryName::new(Kind::Composite, read.id), Some(version.clone())));
    }
    let selected = select::entry(&standpoint.workspace, &read.to_string())?;
    Ok((selected.name, selected.version))
}

/// Finds a composite by its members: the tree's, or else the newest version that had them.
fn composed(standpoint: &Standpoint, text: &str) -> Result<(EntryName, Option<Version>), Failure> {
    let wanted: CompositeText = text
        .parse()
        .map_err(|fault| Failure::usage(format!("`{text}` is no composite: {fault}")))?;
    let (layout, tree) = (&standpoint.workspace.layout, standpoint.workspace.snapshot());
    let mut older = Vec::new();
    for listed in crate::checks::entries(layout, tree)? {
        if listed.name.kind != Kind::Composite {
            continue;
        }
        let named = Named { name: "", tree };
        let Some(loaded) = read_entry(layout, &listed.name, named)? else { continue };
        if select::is_composed(&loaded, &wanted) {
            // The tree has it, and perhaps several: there is one place that says so.
            return Ok((select::entry(&standpoint.workspace, text)?.name, None));
        }
        let versions = past::versions(layout, &standpoint.walk, &past::names(&loaded))?;
        let newest = versions.iter().rev().find(|v| select::is_composed(&v.loaded, &wanted));
        older.extend(newest.map(|found| (listed.name.clone(), Some(found.version.clone()))));
    }
    match older.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(Failure::usage(format!("no composite is or was `{wanted}`"))
            .hint("`keelmark list composite` shows what there is")),
        several => {
            let names: Vec<String> = several.iter().map(|(name, _)| format!("`{name}`")).collect();
            Err(Failure::usage(format!("`{wanted}` was {}", names.join(" and ")))
                .hint("name one of them, or more of its members"))
        }
    }
}

/// Resolves a composite, of which nothing may be missing.
///
/// # Errors
/// A member leads nowhere or floats.
pub(super) fn resolve(trees: &Trees<'_>, loaded: Loaded) -> Result<Composition, Failure> {
    let name = loaded.entry.name.clone();
    let (found, findings) = Composition::resolve(trees, loaded)?;
    if let Some(first) = findings.iter().find(|finding| finding.severity == Severity::Error) {
        let at = first.place.file.position(first.place.span.start);
        let place = format!("{}:{}:{}", first.path(), at.line, at.column);
        let failure = Failure::refused(format!("{place}: {} ({})", first.message, first.rule.id));
        return Err(match &first.help {
            Some(help) => failure.hint(help.clone()),
            None => failure,
        });
    }
    found.ok_or_else(|| select::unreadable(&name))
}
