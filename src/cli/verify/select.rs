//! Which releases are meant.

use std::collections::BTreeSet;

use super::Court;
use crate::cli::composite;
use crate::cli::context::Wanted;
use crate::cli::failure::Failure;
use crate::cli::release::tags;
use crate::escape;
use crate::ident::{EntryRef, Kind, Wanted as Written};
use crate::ledger::kind::Kind as Ledgered;
use crate::ledger::record::Record;
use crate::schema;
use crate::snapshot::ObjectName;
use crate::vcs::Repository;
use crate::version::Version;

/// A release tag, whatever object is behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ReleaseName {
    /// The name, without `refs/tags/`.
    pub(super) tag: String,
    /// The id of the composite.
    pub(super) composite: String,
    /// The version.
    pub(super) version: Version,
    /// The object that the reference names.
    pub(super) object: ObjectName,
}

/// Lists every reference that has the name of a release, by composite and version.
pub(super) fn all(repository: &Repository, prefix: &str) -> Result<Vec<ReleaseName>, Failure> {
    let below = format!("refs/tags/{prefix}{}", tags::FOLDER);
    let read = |(name, object): (String, ObjectName)| {
        let tag = name.strip_prefix("refs/tags/")?.to_owned();
        let (composite, version) = tags::parse(prefix, &tag)?;
        Some(ReleaseName { tag, composite, version, object })
    };
    let mut found: Vec<ReleaseName> =
        repository.references_below(&below)?.into_iter().filter_map(read).collect();
    found.sort_by(|a, b| (&a.composite, &a.version).cmp(&(&b.composite, &b.version)));
    Ok(found)
}

/// Takes the newest release of each composite; a candidate only where there is nothing else.
pub(super) fn newest(all: &[ReleaseName]) -> Vec<ReleaseName> {
    let mut chosen: Vec<&ReleaseName> = Vec::new();
    let rank = |name: &ReleaseName| (!name.version.is_prerelease(), name.version.clone());
    for name in all {
        match chosen.last_mut() {
            Some(last) if last.composite == name.composite => {
                if rank(name) > rank(last) {
                    *last = name;
                }
            }
            _ => chosen.push(name),
        }
    }
    chosen.into_iter().cloned().collect()
}

impl Court<'_> {
    /// Finds the releases that texts name; each once.
    pub(super) fn chosen(
        &self,
        all: &[ReleaseName],
        texts: &[String],
    ) -> Result<Vec<ReleaseName>, Failure> {
        let mut chosen: Vec<ReleaseName> = Vec::new();
        for text in texts {
            let found = self.one(all, text)?;
            if !chosen.contains(&found) {
                chosen.push(found);
            }
        }
        Ok(chosen)
    }

    /// Finds the release that a text names: a tag, `support_copilot@1.8.0`, `support_copilot` for
    /// its newest one, or a composite string.
    fn one(&self, all: &[ReleaseName], text: &str) -> Result<ReleaseName, Failure> {
        let bare = text.strip_prefix("refs/tags/").unwrap_or(text);
        let short = format!("{}{bare}", self.config.tag_prefix);
        if let Some(found) = all.iter().find(|name| name.tag == bare || name.tag == short) {
            return Ok(found.clone());
        }
        let named = tags::parse(&self.config.tag_prefix, bare);
        let (id, version) = if let Some((id, version)) = named {
            (id, Some(version))
        } else if text.contains('+') {
            let found = composite::find(self.context, &Wanted::Worktree, text)?;
            let entry = &found.loaded.entry;
            (entry.name.id.to_string(), entry.version.clone())
        } else {
            read(text)?
        };
        let own: Vec<ReleaseName> =
            all.iter().filter(|name| name.composite == id).cloned().collect();
        let found = match &version {
            Some(version) => own.iter().find(|name| name.version == *version).cloned(),
            None => newest(&own).pop(),
        };
        found.ok_or_else(|| {
            if let Some(tag) = self.recorded_tag(&id, version.as_ref()) {
                let words = format!(
                    "the ledger has the release `{}`, and its tag is not here",
                    escape::line(tag)
                );
                return Failure::undecided(words).hint("`git fetch --tags` brings it");
            }
            let wanted = version.map_or_else(|| id.clone(), |version| format!("{id}@{version}"));
            Failure::usage(format!("`{wanted}` is not released here")).hint(here(all, &own, &id))
        })
    }
}

impl Court<'_> {
    /// Returns the tag of a release that the ledger has; without a version that of its last record.
    fn recorded_tag(&self, id: &str, version: Option<&Version>) -> Option<&str> {
        let is_it = |tag: &&str| {
            let read = tags::parse(&self.config.tag_prefix, tag);
            read.is_some_and(|(of, own)| of == id && version.is_none_or(|wanted| *wanted == own))
        };
        self.index()?.of_kind(&Ledgered::Release).map(Record::subject).rev().find(is_it)
    }
}

/// Says which releases are here: those of the composite, or else which composites have some.
fn here(all: &[ReleaseName], own: &[ReleaseName], id: &str) -> String {
    let fetch = "`git fetch --tags` brings those of others";
    if !own.is_empty() {
        let newest = tags::newest(id, own.iter().map(|name| &name.version));
        return format!("the newest here: {newest}; {fetch}");
    }
    let composites: BTreeSet<&str> = all.iter().map(|name| name.composite.as_str()).collect();
    if let Some(meant) = schema::meant(id, composites.iter().copied()) {
        return meant;
    }
    let names: Vec<String> =
        composites.iter().take(tags::NAMED).map(|id| format!("`{id}`")).collect();
    if names.is_empty() {
        return fetch.to_owned();
    }
    format!("there are releases of {} here; {fetch}", names.join(", "))
}

/// Reads the reference to a composite.
fn read(text: &str) -> Result<(String, Option<Version>), Failure> {
    let text = text.strip_prefix(tags::FOLDER).unwrap_or(text);
    let read: EntryRef = text.parse().map_err(|fault| {
        Failure::usage(format!("`{text}` is no release: {fault}"))
            .hint("name a composite, with or without a version, such as `support_copilot@1.8.0`, or a release tag")
    })?;
    if let Some(kind) = read.kind.filter(|kind| *kind != Kind::Composite) {
        return Err(Failure::usage(format!("`{text}` is a {kind}; a release is expected"))
            .hint("`keelmark verify --all` verifies the tags of entries"));
    }
    match read.wanted {
        Written::Any => Ok((read.id.to_string(), None)),
        Written::Exact(version) => Ok((read.id.to_string(), Some(version))),
        Written::Range(_) => Err(Failure::usage(format!("`{text}` is a range; name one version"))),
    }
}
