//! `keelmark log`: the versions of an entry or of the whole registry, with what decided each step, who tagged and released it,
//! and what was measured of it.

mod registry;
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
use crate::cli::past;
use crate::cli::release::proofs::Proofs;
use crate::cli::select::{self, Selected};
use crate::cli::signing::Notary;
use crate::escape;
use crate::ident::{EntryName, EntryRef, Wanted as Asked};
use crate::output::json as documents;
use crate::registry::changelog::Line;
use crate::registry::config::Config;
use crate::release::why::{About, Change, Page, Told};
use crate::snapshot::{ObjectName, Revision};
use crate::version::{Version, Zerover};

/// How many versions of a whole registry are shown unless somebody asks for more.
const MOST: usize = 20;

/// How many versions on either side of one that does not exist are named.
const NEAR: usize = 2;

/// A version of an entry.
struct Row {
    /// The entry, as it is called at that commit.
    name: EntryName,
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

pub(in crate::cli) fn run(context: &Context, arguments: &LogArgs) -> Result<Exit, Failure> {
    let opened = context.open()?;
    // No entry's name has `..` in it, so that a range may stand alone.
    let (entry, range) = match (arguments.entry.as_deref(), arguments.range.as_deref()) {
        (Some(text), None) if text.contains("..") => (None, Some(text)),
        both => both,
    };
    let range = range.map(|text| Range::read(&opened, text).map_err(|f| of_versions(f, text)));
    let range = range.transpose()?;
    let wanted = match (&range, &opened.top) {
        (Some(range), _) => Wanted::Revision(range.to.to_string()),
        (None, Some(_)) => Wanted::Worktree,
        (None, None) => Wanted::Revision("HEAD".to_owned()),
    };
    let workspace = opened.workspace(&wanted, context)?;
    refuse_misconfigured(&workspace)?;
    let scene = Scene::open(context, &workspace)?;
    let selected = entry.map(|text| select::entry(&workspace, text));
    let selected = selected.transpose()?;
    let (rows, left_out) = match &selected {
        Some(selected) => scene.entry(selected, (range.as_ref(), arguments.number))?,
        None => scene.registry(range.as_ref(), arguments.number.unwrap_or(MOST))?,
    };
    let mut out = Vec::new();
    match arguments.format {
        ListingFormat::Human => {
            for row in &rows {
                let name = selected.is_none().then_some(&row.name);
                out.extend_from_slice(show::human(row, name, context.global.verbose).as_bytes());
            }
        }
        ListingFormat::Json => {
            let ends_at = scene.ends_at.iter().map(ToString::to_string);
            let body = json!({
                "entry": selected.map(|selected| selected.name),
                "versions": rows.iter().map(show::describe).collect::<Vec<_>>(),
                "left_out": left_out,
                "history_ends": ends_at.collect::<Vec<_>>(),
            });
            documents::write(&documents::v1::listing("keelmark.log.v1", body), &mut out)?;
        }
    }
    context.printer.data(&String::from_utf8_lossy(&out)).or_else(ignore_closed)?;
    match left_out {
        None => context.printer.say("there are older versions; `-n` shows more"),
        Some(1) => context.printer.say("1 older version; `-n` shows more"),
        Some(0) => {}
        Some(count) => context.printer.say(&format!("{count} older versions; `-n` shows more")),
    }
    if !scene.ends_at.is_empty() {
        let at: Vec<String> = scene.ends_at.iter().map(ObjectName::short).collect();
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

/// Says to whoever wrote two versions of an entry what tells of them: a range is one of commits.
fn of_versions(failure: Failure, text: &str) -> Failure {
    let versioned = |text: &str| {
        let read = text.parse::<EntryRef>();
        read.is_ok_and(|read| matches!(read.wanted, Asked::Exact(_)))
    };
    match text.split_once("..") {
        Some((from, to)) if versioned(from) => {
            let name = from.split('@').next().unwrap_or_default();
            let last = to.rsplit('@').next().unwrap_or_default();
            let words = if last.parse::<Version>().is_ok() {
                format!(
                    "`keelmark log {name}@{last}` tells what led to that version, `keelmark diff {from}..{last}` what is different"
                )
            } else {
                format!("`keelmark log {name}` lists the versions")
            };
            failure.hint(format!("a range of `log` is one of commits: {words}"))
        }
        _ => failure,
    }
}

/// Where a log is written.
struct Scene<'a> {
    context: &'a Context,
    workspace: &'a Workspace,
    ground: Option<Ground>,
    /// The commits at which history was cut off.
    ends_at: Vec<ObjectName>,
}

/// A version with its content, and the one before it.
struct Stage<'a> {
    /// The names that the entry has had, the present one first.
    names: Vec<EntryName>,
    version: Version,
    since: Option<&'a Revision>,
    loaded: &'a Loaded,
    before: Option<(&'a Version, &'a Loaded)>,
    text: String,
}

impl<'a> Scene<'a> {
    fn open(context: &'a Context, workspace: &'a Workspace) -> Result<Self, Failure> {
        let ends_at = workspace.opened.repository.shallow_boundary()?;
        let ground = Ground::open(workspace, None, context).ok();
        Ok(Self { context, workspace, ground, ends_at })
    }

    fn trusted(&self) -> &Config {
        self.ground.as_ref().map_or(&self.workspace.settings.config, |ground| &ground.trusted)
    }

    /// Collects the versions of an entry, up to the one that was named.
    fn entry(
        &self,
        selected: &Selected,
        (range, most): (Option<&Range>, Option<usize>),
    ) -> Result<(Vec<Row>, Option<usize>), Failure> {
        let name = &selected.name;
        let layout = &self.workspace.layout;
        let repository = &self.workspace.opened.repository;
        let here = select::load(layout, self.workspace.snapshot(), name)?;
        let names = past::names(&here);
        let from = match range {
            Some(range) => Some(range.to),
            None => repository.head()?,
        };
        let walk = Walk { repository: repository.clone(), from };
        let past = past::versions(layout, &walk, &names)?;
        let mut all: Vec<(Version, Option<&Revision>, &Loaded)> =
            past.iter().map(|p| (p.version.clone(), Some(&p.since), &p.loaded)).collect();
        let is_new = |version: &Version| past.iter().all(|p| p.version != *version);
        if let Some(version) = here.entry.version.clone().filter(is_new) {
            all.push((version, None, &here));
            all.sort_by(|a, b| a.0.cmp(&b.0));
        }
        if let Some(wanted) = &selected.version {
            let known: Vec<&Version> = all.iter().map(|(version, ..)| version).collect();
            if !known.contains(&wanted) {
                return Err(self.unknown(name, wanted, &known));
            }
            all.retain(|(version, ..)| version <= wanted);
        }
        let lines = here.entry.common.changelog.iter().filter_map(|line| Line::read(line));
        let lines: Vec<Line> = lines.collect();
        let mut stages = Vec::new();
        for (at, (version, since, loaded)) in all.iter().enumerate().rev() {
            if let (Some(from), Some(since)) = (range.and_then(|range| range.from), since)
                && repository.is_ancestor(since.commit, from)?
            {
                continue;
            }
            let before = at.checked_sub(1).and_then(|at| all.get(at));
            let line = lines.iter().find(|line| line.version == *version);
            stages.push(Stage {
                names: names.clone(),
                version: version.clone(),
                since: *since,
                loaded,
                before: before.map(|(version, _, loaded)| (version, *loaded)),
                text: line.map(|line| line.text.clone()).unwrap_or_default(),
            });
        }
        let left_out = stages.len().saturating_sub(most.unwrap_or(usize::MAX));
        stages.truncate(most.unwrap_or(usize::MAX));
        Ok((self.rows(&stages)?, Some(left_out)))
    }

    /// Says that an entry never had a version, and which ones it had around it. `known` is sorted.
    fn unknown(&self, name: &EntryName, wanted: &Version, known: &[&Version]) -> Failure {
        let message = format!("`{name}` has no version {wanted} in the history that is here");
        if !self.ends_at.is_empty() && known.first().is_none_or(|first| wanted < *first) {
            return Failure::undecided(message)
                .hint("history is cut off here; `git fetch --unshallow` brings what is older");
        }
        let at = known.partition_point(|version| *version < wanted);
        let near = known.iter().skip(at.saturating_sub(NEAR)).take(NEAR + at.min(NEAR));
        let near: Vec<String> = near.map(|version| format!("`{name}@{version}`")).collect();
        Failure::usage(message).hint(if near.is_empty() {
            format!("`{name}` has no version yet: give it one, such as `version: 0.1.0`")
        } else {
            format!("near it there is {}; `keelmark log {name}` lists all", near.join(", "))
        })
    }

    /// Makes rows of versions.
    fn rows(&self, stages: &[Stage<'_>]) -> Result<Vec<Row>, Failure> {
        let (mut rows, mut abouts) = (Vec::new(), Vec::new());
        for stage in stages {
            let Stage { names, version, since, loaded, before, text } = stage;
            let cut = since.is_some_and(|since| self.ends_at.contains(&since.commit));
            let step = match before {
                Some((before, _)) => version.declared_from(before, Zerover::Cargo).to_string(),
                None if cut => "unknown".to_owned(),
                None => "first".to_owned(),
            };
            let about = About {
                names: names.clone(),
                version: version.clone(),
                behaviour: loaded.facets().behaviour,
                tag: None,
            };
            rows.push(Row {
                name: loaded.entry.name.clone(),
                version: version.clone(),
                since: since.cloned(),
                step,
                text: text.clone(),
                change: change(*before, loaded, self.trusted(), None),
                tags: tags(self.workspace, self.trusted(), &about)?,
                told: Page::new(""),
            });
            abouts.push(about);
        }
        let told = told(self.context, self.workspace, self.ground.as_ref(), &abouts)?;
        for (row, page) in rows.iter_mut().zip(told) {
            row.told = page;
        }
        Ok(rows)
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
    let notary = Notary::as_it_is(workspace, believed, &ground.trusted)?;
    let proofs = Proofs::read(&index, &notary, None)?;
    let runs = proofs.runs();
    let told = Told { records: index.all(), runs: &runs, approvals: &[] };
    Ok(abouts.iter().map(|about| Page::new("").told(about, told)).collect())
}
