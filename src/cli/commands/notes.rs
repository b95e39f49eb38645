//! `keelmark notes`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::check::ignore_closed;
use crate::checks::{Loaded, Named, Scope, Stage, read_entry};
use crate::cli::args::{NotesArgs, NotesFormat};
use crate::cli::assess::{Ground, How};
use crate::cli::context::{Context, Opened, Wanted, Workspace, refuse_misconfigured};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::release::tags::{self, ReleaseTag};
use crate::cli::stationery::Stationery;
use crate::escape;
use crate::ident::{EntryId, EntryName, Kind};
use crate::output::json as documents;
use crate::registry::config::Published;
use crate::release::facts::{ChangeLine, Reason};
use crate::release::notes::{Changes, End, EntryChange, Sides};
use crate::snapshot::ObjectName;
use crate::vcs::{Base, BaseReason, Repository, Tip};

pub(in crate::cli) fn run(context: &Context, arguments: &NotesArgs) -> Result<Exit, Failure> {
    let opened = context.open()?;
    let (from, to) = range(arguments.range.as_deref())?;
    let here = opened.repository.clone();
    // Tags have the prefix that the registry has now, whatever it had then.
    let now = Wanted::Revision("HEAD".to_owned());
    let prefix = context.open()?.workspace(&now, context)?.settings.config.tag_prefix;
    let releases = tags::all(&here, &prefix)?;
    let mut to = commit(&here, &releases, to.unwrap_or("HEAD"))?;
    let from = if let Some(name) = from {
        Some(commit(&here, &releases, name)?)
    } else {
        let real = real(context, &here, (&releases, to.1))?;
        let tags = released(&releases, &real, &to);
        if let [tag] = tags.as_slice() {
            to.0.clone_from(&tag.name);
        }
        last(&here, &releases, (to.1, &tags))?
    };
    let (own, changes) = changes(opened, context, (from, to))?;
    let mut out = Vec::new();
    match arguments.format {
        NotesFormat::Markdown => {
            let page = changes.render(&own.pages)?;
            out.extend_from_slice(escape::source_lines(&page).as_bytes());
        }
        NotesFormat::Json => {
            let document = documents::v1::listing("keelmark.notes.v1", body(&changes));
            documents::write(&document, &mut out)?;
        }
    }
    context.printer.data(&String::from_utf8_lossy(&out)).or_else(ignore_closed)?;
    Ok(Exit::Success)
}

fn body(changes: &Changes) -> Value {
    let end = |end: &End| json!({"name": end.name, "commit": end.commit});
    let entry = |entry: &EntryChange| {
        let rule = |reason: &Reason| json!({"rule": reason.rule, "why": reason.why});
        json!({
            "entry": entry.entry,
            "from": entry.from,
            "to": entry.to,
            "step": entry.step,
            "required": entry.required,
            "too_small": entry.too_small,
            "breaking": entry.breaking,
            "deciding": entry.deciding.iter().map(rule).collect::<Vec<_>>(),
        })
    };
    let line = |line: &ChangeLine| {
        json!({
            "entry": line.entry,
            "version": line.version,
            "kind": line.kind,
            "breaking": line.breaking,
            "text": line.text,
        })
    };
    json!({
        "from": end(&changes.from),
        "to": end(&changes.to),
        "entries": changes.entries.iter().map(entry).collect::<Vec<_>>(),
        "lines": changes.lines.iter().map(line).collect::<Vec<_>>(),
    })
}

/// A commit by the name that it was asked for.
type Point = (String, ObjectName);

/// Reads `A..B`; either side may be left out.
fn range(text: Option<&str>) -> Result<(Option<&str>, Option<&str>), Failure> {
    let Some(text) = text else { return Ok((None, None)) };
    let wrong = || {
        let forms = "write `A..B`, such as `v1.0..HEAD`; `A..` ends at HEAD, `..B` begins at the last release";
        let own = if text.contains("..") {
            String::new()
        } else {
            format!("`..{text}` are the notes up to it; ")
        };
        Failure::usage(format!("`{text}` is no range")).hint(format!("{own}{forms}"))
    };
    let (from, to) = text.split_once("..").ok_or_else(wrong)?;
    if to.starts_with('.') || to.contains("..") {
        return Err(wrong());
    }
    let given = |side: &'_ str| !side.is_empty();
    Ok((Some(from).filter(|side| given(side)), Some(to).filter(|side| given(side))))
}

/// Finds the commit of a release, named with or without the folder of its tag, or of a revision.
fn commit(repository: &Repository, releases: &[ReleaseTag], name: &str) -> Result<Point, Failure> {
    let short = |tag: &ReleaseTag| format!("{}@{}", tag.composite, tag.version);
    let tag = releases.iter().find(|tag| tag.name == name || short(tag) == name);
    match tag {
        Some(tag) => Ok((tag.name.clone(), tag.commit)),
        None => Ok((name.to_owned(), repository.resolve(name)?)),
    }
}

/// Takes the tags of a commit that are of releases: the message says so, or the composite exists there.
/// Anybody may make a tag of such a name.
fn real<'a>(
    context: &Context,
    repository: &Repository,
    (releases, to): (&'a [ReleaseTag], ObjectName),
) -> Result<Vec<&'a ReleaseTag>, Failure> {
    let mut real = Vec::new();
    let mut there: Option<Workspace> = None;
    for tag in releases.iter().filter(|tag| tag.commit == to) {
        if tags::tells_of_release(repository, tag)? {
            real.push(tag);
            continue;
        }
        let Ok(id) = tag.composite.parse::<EntryId>() else { continue };
        let workspace = match there.take() {
            Some(workspace) => workspace,
            None => context.open()?.workspace(&Wanted::Revision(to.to_string()), context)?,
        };
        let tree = Named { name: "", tree: workspace.snapshot() };
        let name = EntryName::new(Kind::Composite, id);
        if read_entry(&workspace.layout, &name, tree)?.is_some() {
            real.push(tag);
        }
        there = Some(workspace);
    }
    Ok(real)
}

/// Returns what was released at exactly this point: the tag that was named, or of the tags there the
/// greatest of each composite. A candidate counts where its composite has no release there.
fn released<'a>(
    releases: &'a [ReleaseTag],
    real: &[&'a ReleaseTag],
    (name, _): &Point,
) -> Vec<&'a ReleaseTag> {
    if let Some(named) = releases.iter().find(|tag| tag.name == *name) {
        return vec![named];
    }
    let mut greatest: BTreeMap<&str, &ReleaseTag> = BTreeMap::new();
    for tag in real {
        let known = greatest.entry(tag.composite.as_str()).or_insert(tag);
        if !tag.version.is_prerelease() || known.version.is_prerelease() {
            *known = tag;
        }
    }
    greatest.into_values().collect()
}

/// Finds the last release behind a commit: of each composite the greatest version, and of these the
/// one that no other came after. Where the commit is a release itself, only its own composite counts.
/// Dates of tags say nothing, and candidates are no releases.
fn last(
    repository: &Repository,
    releases: &[ReleaseTag],
    (to, own): (ObjectName, &[&ReleaseTag]),
) -> Result<Option<Point>, Failure> {
    let mut greatest: BTreeMap<&str, &ReleaseTag> = BTreeMap::new();
    let counts = |tag: &&ReleaseTag| {
        let of_own = |one: &&ReleaseTag| one.composite == tag.composite;
        tag.commit != to && (own.is_empty() || own.iter().any(of_own))
    };
    // They are sorted by version, so that the first one that is behind is the greatest.
    for tag in releases.iter().rev().filter(counts) {
        if !tag.version.is_prerelease()
            && !greatest.contains_key(tag.composite.as_str())
            && repository.is_ancestor(tag.commit, to)?
        {
            greatest.insert(&tag.composite, tag);
        }
    }
    let mut newest: Vec<&ReleaseTag> = Vec::new();
    for tag in greatest.values() {
        let mut overtaken = false;
        for other in greatest.values().filter(|other| other.commit != tag.commit) {
            overtaken |= repository.is_ancestor(tag.commit, other.commit)?;
        }
        if !overtaken {
            newest.push(tag);
        }
    }
    let Some(first) = newest.first() else {
        if repository.is_shallow() {
            return Err(Failure::undecided("history is cut off before the last release").hint(
                "`git fetch --unshallow --tags` brings the rest; or name where to begin: `A..HEAD`",
            ));
        }
        return Ok(None);
    };
    if newest.iter().any(|tag| tag.commit != first.commit) {
        let names: Vec<String> = newest.iter().map(|tag| format!("`{}`", tag.name)).collect();
        return Err(Failure::usage(format!(
            "{} are all the last release, on lines of their own",
            names.join(" and ")
        ))
        .hint("name the one to begin at: `A..HEAD`"));
    }
    Ok(Some((first.name.clone(), first.commit)))
}

/// Compares two commits, entry by entry, as `diff` does.
fn changes(
    opened: Opened,
    context: &Context,
    (from, to): (Option<Point>, Point),
) -> Result<(Stationery, Changes), Failure> {
    let workspace = opened.workspace(&Wanted::Revision(to.1.to_string()), context)?;
    refuse_misconfigured(&workspace)?;
    let stationery = Stationery::of(&workspace)?;
    let commit = from.as_ref().map(|(_, commit)| *commit);
    let base = Base {
        tip: from
            .as_ref()
            .map(|(name, commit)| Tip { commit: *commit, reference: Some(name.clone()) }),
        merge_base: commit,
        reason: BaseReason::Explicit,
        remote: None,
        trusted: None,
    };
    let mut ground = Ground::of(&workspace, base)?;
    // Both ends were named: what lies between counts, tagged or not.
    ground.trusted.versioning.published = Published::Merged;
    let how = How { scope: Scope::Touched, stage: Stage::Review };
    let report = ground.check(&workspace, workspace.snapshot(), how)?;
    let end = |point: Option<&Point>| match point {
        Some((name, commit)) => End { name: name.clone(), commit: Some(commit.to_string()) },
        None => End { name: "the beginning".to_owned(), commit: None },
    };
    let mut changes =
        Changes { from: end(from.as_ref()), to: end(Some(&to)), ..Changes::default() };
    let zerover = workspace.settings.config.versioning.zerover;
    for entry in &report.entries {
        let (before, after) = sides(&workspace, &ground, &entry.name)?;
        let sides = Sides { report: entry, before: before.as_ref(), after: after.as_ref() };
        changes.add(sides, zerover);
    }
    Ok((stationery, changes))
}

/// Reads an entry on both sides; before, a renamed one is found under the name that it had.
fn sides(
    workspace: &Workspace,
    ground: &Ground,
    name: &EntryName,
) -> Result<(Option<Loaded>, Option<Loaded>), Failure> {
    let layout = &workspace.layout;
    let after = read_entry(layout, name, Named { name: "", tree: workspace.snapshot() })?;
    let mut names = vec![name.clone()];
    if let Some(after) = &after {
        names.extend(after.entry.former_names());
    }
    for name in names {
        if let Some(before) = read_entry(layout, &name, ground.view().before)? {
            return Ok((Some(before), after));
        }
    }
    Ok((None, after))
}
