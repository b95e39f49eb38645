//! `keelmark log`: the versions of an entry, with what decided each step, who tagged and released it,
//! and what was measured of it.

mod show;

use serde_json::json;

use super::check::ignore_closed;
use super::why::{change, everything};
use crate::checks::Loaded;
use crate::cli::args::{ListingFormat, LogArgs};
use crate::cli::assess::{Ground, Walk};
use crate::cli::context::{Context, Opened, Wanted, Workspace, refuse_misconfigured};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::ledger::Book;
use crate::cli::past::{self, PastVersion};
use crate::cli::release::proofs::Proofs;
use crate::cli::select;
use crate::cli::signing::Notary;
use crate::escape;
use crate::ident::EntryName;
use crate::output::json as documents;
use crate::registry::changelog::Line;
use crate::registry::config::Config;
use crate::release::why::{About, Change, Page, Told, Vouched};
use crate::snapshot::{ObjectName, Revision};
use crate::version::{Version, Zerover};

/// A version of the entry.
struct Row {
    version: Version,
    /// The commit at which it first stood in the entry; `None` for what is not committed.
    since: Option<Revision>,
    /// The step that the number announces.
    step: String,
    /// What the changelog says.
    text: String,
    /// What is different from the version before.
    change: Change,
    /// The tags of the version.
    tags: Vec<String>,
    /// What the ledger tells of it.
    told: Page,
}

/// The versions that are shown, the newest first, and what is not.
struct Log {
    rows: Vec<Row>,
    /// How many older versions `-n` leaves out.
    left_out: usize,
    /// The commits at which history was cut off, where it was.
    ends_at: Vec<ObjectName>,
}

pub(in crate::cli) fn run(context: &Context, arguments: &LogArgs) -> Result<Exit, Failure> {
    let opened = context.open()?;
    let range = arguments.range.as_deref().map(|text| Range::read(&opened, text)).transpose()?;
    let wanted = match (&range, &opened.top) {
        (Some(range), _) => Wanted::Revision(range.to.to_string()),
        (None, Some(_)) => Wanted::Worktree,
        (None, None) => Wanted::Revision("HEAD".to_owned()),
    };
    let workspace = opened.workspace(&wanted, context)?;
    refuse_misconfigured(&workspace)?;
    let selected = select::entry(&workspace, &arguments.entry)?;
    let log = log(context, &workspace, &selected.name, (range.as_ref(), arguments.number))?;
    let mut out = Vec::new();
    match arguments.format {
        ListingFormat::Human => {
            for row in &log.rows {
                out.extend_from_slice(show::human(row, context.global.verbose).as_bytes());
            }
        }
        ListingFormat::Json => {
            let body = json!({
                "entry": selected.name,
                "versions": log.rows.iter().map(show::describe).collect::<Vec<_>>(),
                "left_out": log.left_out,
                "history_ends": log.ends_at.iter().map(ToString::to_string).collect::<Vec<_>>(),
            });
            documents::write(&documents::v1::listing("keelmark.log.v1", body), &mut out)?;
        }
    }
    context.printer.data(&String::from_utf8_lossy(&out)).or_else(ignore_closed)?;
    if log.left_out > 0 {
        let s = if log.left_out == 1 { "" } else { "s" };
        context.printer.say(&format!("{} older version{s}; `-n` shows more", log.left_out));
    }
    if !log.ends_at.is_empty() {
        let at: Vec<String> = log.ends_at.iter().map(ObjectName::short).collect();
        context.printer.say(&format!(
            "history is cut off here, at {}: what is older is not known; `git fetch --unshallow` brings the rest",
            at.join(", ")
        ));
    }
    Ok(Exit::Success)
}

/// The commits that are looked at: those below one and not below another.
struct Range {
    from: Option<ObjectName>,
    to: ObjectName,
}

impl Range {
    /// Reads `OLD..NEW` or a revision, as `git log` does.
    fn read(opened: &Opened, text: &str) -> Result<Self, Failure> {
        let resolve = |text: &str| {
            let text = if text.is_empty() { "HEAD" } else { text };
            opened.repository.resolve(text)
        };
        Ok(match text.split_once("..") {
            Some((from, to)) => Self { from: Some(resolve(from)?), to: resolve(to)? },
            None => Self { from: None, to: resolve(text)? },
        })
    }
}

/// Collects the versions of an entry.
fn log(
    context: &Context,
    workspace: &Workspace,
    name: &EntryName,
    (range, most): (Option<&Range>, Option<usize>),
) -> Result<Log, Failure> {
    let layout = &workspace.layout;
    let repository = &workspace.opened.repository;
    let here = select::load(layout, workspace.snapshot(), name)?;
    let names = past::names(&here);
    let from = match range {
        Some(range) => Some(range.to),
        None => repository.head()?,
    };
    let walk = Walk { repository: repository.clone(), from };
    let past = past::versions(layout, &walk, &names)?;
    let ends_at = repository.shallow_boundary()?;
    let ground = Ground::open(workspace, None, context).ok();
    let trusted = ground.as_ref().map_or(&workspace.settings.config, |ground| &ground.trusted);
    let uncommitted = here.entry.version.clone();
    let uncommitted = uncommitted.filter(|version| past.iter().all(|p| p.version != *version));
    let mut all: Vec<Stage<'_>> = past.iter().map(Stage::of).collect();
    if let Some(version) = uncommitted {
        all.push(Stage { version, since: None, loaded: &here });
        all.sort_by(|a, b| a.version.cmp(&b.version));
    }
    let mut wanted: Vec<usize> = Vec::new();
    for (at, stage) in all.iter().enumerate().rev() {
        let before = match (range.and_then(|range| range.from), stage.since) {
            (Some(from), Some(since)) => repository.is_ancestor(since.commit, from)?,
            _ => false,
        };
        if !before {
            wanted.push(at);
        }
    }
    let left_out = wanted.len().saturating_sub(most.unwrap_or(usize::MAX));
    wanted.truncate(most.unwrap_or(usize::MAX));
    let (mut rows, mut abouts) = (Vec::new(), Vec::new());
    for at in wanted {
        let Some(stage) = all.get(at) else { continue };
        let before = at.checked_sub(1).and_then(|at| all.get(at));
        let lines = here.entry.common.changelog.iter().filter_map(|line| Line::read(line));
        let line = lines.into_iter().find(|line| line.version == stage.version);
        let cut = stage.since.is_some_and(|since| ends_at.contains(&since.commit));
        let step = match before {
            Some(before) => {
                stage.version.declared_from(&before.version, Zerover::Cargo).to_string()
            }
            None if cut => "unknown".to_owned(),
            None => "first".to_owned(),
        };
        let about = About {
            names: names.clone(),
            version: stage.version.clone(),
            behaviour: stage.loaded.facets().behaviour,
            tag: None,
        };
        rows.push(Row {
            version: stage.version.clone(),
            since: stage.since.cloned(),
            step,
            text: line.map(|line| line.text).unwrap_or_default(),
            change: change(before.map(|b| (&b.version, b.loaded)), stage.loaded, trusted, None),
            tags: tags(workspace, trusted, &about)?,
            told: Page::new(""),
        });
        abouts.push(about);
    }
    for (row, page) in rows.iter_mut().zip(told(context, workspace, ground.as_ref(), &abouts)?) {
        row.told = page;
    }
    Ok(Log { rows, left_out, ends_at })
}

/// A version with its content.
struct Stage<'a> {
    version: Version,
    since: Option<&'a Revision>,
    loaded: &'a Loaded,
}

impl<'a> Stage<'a> {
    fn of(past: &'a PastVersion) -> Self {
        Self { version: past.version.clone(), since: Some(&past.since), loaded: &past.loaded }
    }
}

/// Finds the tags of a version: Keelmark's own, GTO's, and that of a release.
fn tags(workspace: &Workspace, trusted: &Config, about: &About) -> Result<Vec<String>, Failure> {
    let (prefix, version) = (&trusted.tag_prefix, &about.version);
    let mut found = Vec::new();
    for name in &about.names {
        for form in ["@", "@v"] {
            let tag = format!("{prefix}{name}{form}{version}");
            if workspace.opened.repository.reference(&format!("refs/tags/{tag}"))?.is_some() {
                found.push(tag);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Returns what was measured of each version, and which releases contain it; nothing where there is
/// no ledger, or it cannot be read whole.
fn told(
    context: &Context,
    workspace: &Workspace,
    ground: Option<&Ground>,
    abouts: &[About],
) -> Result<Vec<Page>, Failure> {
    let (Some(ground), Ok(book)) = (ground, Book::open(&workspace.opened, context)) else {
        return Ok(Vec::new());
    };
    if book.is_missing() {
        return Ok(Vec::new());
    }
    let index = match everything(&book) {
        Ok(index) => index,
        Err(failure) => {
            let why = escape::line(failure.message());
            context.printer.say(&format!("releases and scores are not shown: {why}"));
            return Ok(Vec::new());
        }
    };
    let believed = ground.trusted_tree().unwrap_or_else(|| workspace.snapshot());
    let notary = Notary::of(workspace, believed, &ground.trusted)?;
    let proofs = Proofs::read(&index, &notary, None)?;
    let runs: Vec<Vouched<'_>> = proofs
        .kept
        .iter()
        .map(|kept| Vouched { kept, principal: proofs.principal(kept) })
        .collect();
    let told = Told { records: index.all(), runs: &runs, approvals: &[] };
    Ok(abouts.iter().map(|about| Page::new("").told(about, told)).collect())
}
