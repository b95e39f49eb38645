//! Which entry a text names.

use super::context::Workspace;
use super::failure::Failure;
use crate::checks::{Loaded, Named, read_entry};
use crate::ident::composite::{CompositeText, Member};
use crate::ident::{EntryId, EntryName, EntryRef, Kind, Wanted};
use crate::registry::index::Index;
use crate::registry::layout::Layout;
use crate::snapshot::Snapshot;
use crate::version::Version;

/// An entry that was named, with the version that was asked for.
pub(super) struct Selected {
    /// The entry.
    pub name: EntryName,
    /// The version.
    pub version: Option<Version>,
}

/// Finds the entry that `text` names: `billing_refund`, `prompt/billing_refund`, an alias, each
/// with `@2.3.0` where a version is meant.
///
/// # Errors
/// The text is no reference, or names none or several entries.
pub(super) fn entry(workspace: &Workspace, text: &str) -> Result<Selected, Failure> {
    entry_in(&workspace.layout, workspace.snapshot(), text)
}

/// Finds the composite that `text` names in a tree, by id or by its members.
///
/// # Errors
/// It names none, another kind, or a version.
pub(super) fn composite(workspace: &Workspace, text: &str) -> Result<EntryName, Failure> {
    if text.contains('+') {
        return Ok(entry(workspace, text)?.name);
    }
    let reference: EntryRef =
        text.parse().map_err(|fault| Failure::usage(format!("`{text}` is no entry: {fault}")))?;
    if let Some(kind) = reference.kind.filter(|kind| *kind != Kind::Composite) {
        return Err(Failure::usage(format!("`{text}` is a {kind}; a composite is expected"))
            .hint("`keelmark list composite` shows what there is"));
    }
    let full = EntryRef { kind: Some(Kind::Composite), ..reference };
    let selected = entry(workspace, &full.to_string())?;
    let Selected { name, version } = &selected;
    if let Some(version) = version {
        return Err(Failure::usage(format!(
            "`{text}` names the version {version}; a composite is expected as it stands here, without one"
        ))
        .hint(format!(
            "name it alone: `{}`; `keelmark why {name}@{version}` tells of a version that was",
            name.id
        )));
    }
    Ok(selected.name)
}

/// Reads an entry that is there; one whose file is no YAML cannot be gone on with.
///
/// # Errors
/// The file cannot be read as an entry.
pub(super) fn load(
    layout: &Layout,
    tree: &dyn Snapshot,
    name: &EntryName,
) -> Result<Loaded, Failure> {
    read_entry(layout, name, Named { name: "", tree })?.ok_or_else(|| unreadable(name))
}

/// Insists that an entry has the version that was typed.
///
/// # Errors
/// The tree has another version of it.
pub(super) fn is_at(loaded: &Loaded, version: &Version) -> Result<(), Failure> {
    let entry = &loaded.entry;
    if entry.version.as_ref() == Some(version) {
        return Ok(());
    }
    let name = &entry.name;
    let has = entry.version.as_ref().map_or_else(|| "no version".to_owned(), ToString::to_string);
    Err(Failure::usage(format!("HEAD has `{name}` at {has}, not at {version}"))
        .hint(format!("`keelmark log {name}` lists its versions")))
}

/// Says that an entry cannot be read, and who says why.
pub(super) fn unreadable(name: &EntryName) -> Failure {
    Failure::refused(format!("`{name}` cannot be read"))
        .hint("`keelmark check` says what is wrong with it")
}

/// Finds the entry that `text` names in some tree.
///
/// # Errors
/// As [`entry`].
pub(super) fn entry_in(
    layout: &Layout,
    tree: &dyn Snapshot,
    text: &str,
) -> Result<Selected, Failure> {
    if text.contains('+') {
        return composed(layout, tree, text);
    }
    let reference: EntryRef =
        text.parse().map_err(|fault| Failure::usage(format!("`{text}` is no entry: {fault}")))?;
    let version = match reference.wanted {
        Wanted::Any => None,
        Wanted::Exact(version) => Some(version),
        Wanted::Range(_) => {
            return Err(Failure::usage(format!("`{text}` is a range; name one version")));
        }
    };
    let index = Index::new(layout, tree);
    let kinds = reference.kind.map_or_else(|| Kind::ALL.to_vec(), |kind| vec![kind]);
    let mut found = Vec::new();
    for kind in kinds {
        found.extend(index.resolve(kind, &reference.id)?);
    }
    match found.as_slice() {
        [name] => Ok(Selected { name: name.clone(), version }),
        [] => {
            if let Some(kind) = reference.kind
                && let Some(other) = of_another_kind(&index, &reference.id)?
            {
                return Err(Failure::usage(format!(
                    "`{}` is a {}; a {kind} is expected",
                    reference.id, other.kind
                ))
                .hint(format!("`keelmark list {kind}` shows what there is")));
            }
            let known = crate::checks::entries(layout, tree)?;
            let wanted = reference.id.as_str();
            let close = known
                .iter()
                .map(|listed| &listed.name)
                .map(|name| (strsim::jaro_winkler(name.id.as_str(), wanted), name))
                .filter(|(likeness, _)| *likeness > 0.8)
                .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)));
            let failure = Failure::usage(format!("there is no entry `{text}`"));
            Err(match close {
                Some((_, name)) => failure.hint(format!("did you mean `{name}`?")),
                None => failure.hint("`keelmark list` shows what there is"),
            })
        }
        several => {
            let names: Vec<String> = several.iter().map(|name| format!("`{name}`")).collect();
            Err(Failure::usage(format!("`{text}` names {}", names.join(" and ")))
                .hint("write the kind in front"))
        }
    }
}

/// Finds an entry of the same id and of another kind than the one that was asked for.
fn of_another_kind(index: &Index<'_>, id: &EntryId) -> Result<Option<EntryName>, Failure> {
    for kind in Kind::ALL {
        if let Some(name) = index.resolve(kind, id)?.into_iter().next() {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

/// Reads a version that was typed.
///
/// # Errors
/// It is none.
pub(super) fn version(text: &str) -> Result<Version, Failure> {
    text.parse().map_err(|fault| {
        Failure::usage(format!("`{text}` is no SemVer 2.0.0 version: {fault}"))
            .hint("write three numbers, such as `2.3.0`, without `v` and without leading zeros")
    })
}

/// Says whether a composite string means a composite.
pub(super) fn is_composed(loaded: &Loaded, wanted: &CompositeText) -> bool {
    let members = loaded.entry.value().get("members");
    let means = |(slot, member): (&str, &Member)| {
        let written = members.and_then(|members| members.get(slot)?.as_str());
        written.is_some_and(|written| member.means(written))
    };
    wanted.members().all(means)
}

/// Finds the composite that a composite string names.
fn composed(layout: &Layout, tree: &dyn Snapshot, text: &str) -> Result<Selected, Failure> {
    let wanted: CompositeText = text
        .parse()
        .map_err(|fault| Failure::usage(format!("`{text}` is no composite: {fault}")))?;
    let mut found = Vec::new();
    for listed in crate::checks::entries(layout, tree)? {
        if listed.name.kind != Kind::Composite {
            continue;
        }
        let named = Named { name: "", tree };
        let Some(loaded) = read_entry(layout, &listed.name, named)? else { continue };
        if is_composed(&loaded, &wanted) {
            found.push(listed.name);
        }
    }
    match found.as_slice() {
        [name] => Ok(Selected { name: name.clone(), version: None }),
        [] => Err(Failure::usage(format!("no composite is `{wanted}`"))
            .hint("`keelmark list composite` shows what there is")),
        several => {
            let names: Vec<String> = several.iter().map(|name| format!("`{name}`")).collect();
            Err(Failure::usage(format!("`{wanted}` is {}", names.join(" and ")))
                .hint("name one of them, or more of its members"))
        }
    }
}
