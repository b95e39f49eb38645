//! `keelmark why`: what history and ledger say of a version, on one page.

mod show;

use std::collections::BTreeMap;

use super::check::ignore_closed;
use crate::checks::{Loaded, step_between};
use crate::cli::args::{ListingFormat, WhyArgs};
use crate::cli::assess::{Ground, Walk};
use crate::cli::context::{Context, Wanted, Workspace, refuse_misconfigured};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::ledger::Book;
use crate::cli::past::{self, PastVersion};
use crate::cli::release::live;
use crate::cli::release::proofs::Proofs;
use crate::cli::release::target::Named;
use crate::cli::select::{self, Selected};
use crate::cli::signing::Notary;
use crate::compat::change::{Certainty, Change as Difference};
use crate::ident::{EntryName, EntryRef, Wanted as Pinned};
use crate::ledger::find::{Index, Named as Found};
use crate::ledger::kind::Kind;
use crate::ledger::record::{Record, RecordId};
use crate::output::json as documents;
use crate::registry::changelog::Line;
use crate::registry::config::Config;
use crate::release::why::{About, Change, Commit, Page, Reason, Told, What};
use crate::time;
use crate::version::{Bump, Version};

pub(super) use show::{gate, number, verdict};

/// So many digits at least name a record, and not an entry.
const DIGITS: usize = 8;

pub(in crate::cli) fn run(context: &Context, arguments: &WhyArgs) -> Result<Exit, Failure> {
    let opened = context.open()?;
    let wanted = match opened.top {
        Some(_) => Wanted::Worktree,
        None => Wanted::Revision("HEAD".to_owned()),
    };
    let workspace = opened.workspace(&wanted, context)?;
    refuse_misconfigured(&workspace)?;
    let book = Book::open(&workspace.opened, context)?;
    live::introduce(context, &book);
    live::missing(context, &book);
    let page = page(context, &workspace, &book, &arguments.reference)?;
    let mut out = Vec::new();
    match arguments.format {
        ListingFormat::Human => out.extend(show::human(&page).into_bytes()),
        ListingFormat::Json => {
            let body = serde_json::to_value(&page)
                .map_err(|fault| Failure::undecided(format!("no JSON: {fault}")))?;
            documents::write(&documents::v1::listing("keelmark.why.v1", body), &mut out)?;
        }
    }
    context.printer.data(&String::from_utf8_lossy(&out)).or_else(ignore_closed)?;
    if workspace.opened.repository.is_shallow() {
        context.printer.say("history is cut off here; `git fetch --unshallow` brings the rest");
    }
    Ok(Exit::Success)
}

/// Collects what is known.
fn page(
    context: &Context,
    workspace: &Workspace,
    book: &Book,
    text: &str,
) -> Result<Page, Failure> {
    let index = everything(book)?;
    let record = named_record(&index, text)?;
    let page = match record {
        Some(record) => Page::new(text).of_record(record),
        None => Page::new(text),
    };
    let Some(asked) = asked(workspace, book, record, text)? else { return Ok(page) };
    let ground = Ground::open(workspace, None, context)?;
    let Some((about, what, change)) = versioned(workspace, &ground.trusted, &asked)? else {
        // A record may outlive what it is about.
        return if record.is_some() { Ok(page) } else { Err(missing(&asked.selected)) };
    };
    let page = Page { what: Some(what), change: Some(change), ..page };
    let believed = ground.trusted_tree().unwrap_or_else(|| workspace.snapshot());
    let notary = Notary::as_it_is(workspace, believed, &ground.trusted)?;
    let proofs = Proofs::read(&index, &notary, None)?;
    let runs = proofs.runs();
    let approvals = approvals(&index, &notary)?;
    Ok(page.told(&about, Told { records: index.all(), runs: &runs, approvals: &approvals }))
}

/// Returns the approvals that whoever they name signed.
fn approvals<'a>(index: &'a Index, notary: &Notary) -> Result<Vec<&'a Record>, Failure> {
    let mut signed = Vec::new();
    for record in index.of_kind(&Kind::Approval) {
        let named = record.payload().get("principal").and_then(serde_json::Value::as_str);
        if named.is_some() && notary.principal(record)?.as_deref() == named {
            signed.push(record);
        }
    }
    Ok(signed)
}

/// Reads every record, the archived ones among them, in the order in which they were appended: of
/// two of one second the later move of a channel counts.
pub(super) fn everything(book: &Book) -> Result<Index, Failure> {
    let appended = book.appended()?.into_iter().enumerate();
    let places: BTreeMap<RecordId, usize> = appended.map(|(at, id)| (id, at)).collect();
    let mut records = book.archived()?;
    records.append(&mut book.records()?);
    records.sort_by_key(|record| places.get(record.id()).copied().unwrap_or(usize::MAX));
    Ok(Index::new(records))
}

/// Finds the record that a text names; `None` where the text names something else.
fn named_record<'a>(index: &'a Index, text: &str) -> Result<Option<&'a Record>, Failure> {
    let digits = text.to_ascii_lowercase();
    if digits.len() < DIGITS || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(None);
    }
    match index.named(&digits) {
        Found::None => Ok(None),
        Found::One(record) => Ok(Some(record)),
        Found::Several(_) => Err(Failure::usage(format!("several records begin with `{text}`"))
            .hint("write more digits; `keelmark ledger log` lists them")),
    }
}

/// A version that a page is about.
struct Asked {
    selected: Selected,
    /// The one release that is meant.
    tag: Option<String>,
}

/// Reads which entry is meant; `None` where a record is about something else.
fn asked(
    workspace: &Workspace,
    book: &Book,
    record: Option<&Record>,
    text: &str,
) -> Result<Option<Asked>, Failure> {
    let subject = record.map_or(text, Record::subject);
    let subject = subject.strip_prefix("refs/tags/").unwrap_or(subject);
    // The records of approvals name releases without the prefix of tags.
    let release = Named::by_tag(book.tag_prefix(), subject)
        .or_else(|| Named::by_tag(book.tag_prefix(), &format!("{}{subject}", book.tag_prefix())));
    if let Some(Named { composite: name, version, tag }) = release {
        let selected = Selected { name, version: Some(version) };
        return Ok(Some(Asked { selected, tag: Some(tag) }));
    }
    if record.is_some() && subject.parse::<EntryRef>().is_err() {
        return Ok(None);
    }
    match select::entry(workspace, subject) {
        Ok(selected) => Ok(Some(Asked { selected, tag: None })),
        Err(failure) => match gone(subject) {
            Some(selected) => Ok(Some(Asked { selected, tag: None })),
            None if record.is_some() => Ok(None),
            None => Err(failure),
        },
    }
}

/// Reads a full reference: what it names may have been removed since.
fn gone(text: &str) -> Option<Selected> {
    let reference: EntryRef = text.parse().ok()?;
    let Pinned::Exact(version) = reference.wanted else { return None };
    Some(Selected { name: EntryName::new(reference.kind?, reference.id), version: Some(version) })
}

fn missing(selected: &Selected) -> Failure {
    let Selected { name, version } = selected;
    let version = version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
    Failure::usage(format!("`{name}` has no version{version} in history"))
        .hint(format!("`keelmark log {name}` lists its versions"))
}

/// Reads what history says of a version; `None` where there is no such version.
fn versioned(
    workspace: &Workspace,
    trusted: &Config,
    asked: &Asked,
) -> Result<Option<(About, What, Change)>, Failure> {
    let layout = &workspace.layout;
    let name = &asked.selected.name;
    let tree = crate::checks::Named { name: "", tree: workspace.snapshot() };
    let here = crate::checks::read_entry(layout, name, tree)?;
    let names = here.as_ref().map_or_else(|| vec![name.clone()], past::names);
    let repository = workspace.opened.repository.clone();
    let ends_at = repository.shallow_boundary()?;
    let walk = Walk { from: repository.head()?, repository };
    let versions = past::versions(layout, &walk, &names)?;
    let wanted = asked.selected.version.clone();
    let Some(version) = wanted.or_else(|| here.as_ref()?.entry.version.clone()) else {
        return Ok(None);
    };
    // The tag of a candidate has a label that the composite's file does not have.
    let at = |version: &Version| versions.iter().position(|past| past.version == *version);
    let found =
        at(&version).or_else(|| at(&version.without_labels()).filter(|_| asked.tag.is_some()));
    let past = found.and_then(|at| versions.get(at));
    let uncommitted = here.as_ref().filter(|here| here.entry.version.as_ref() == Some(&version));
    let Some(loaded) = past.map(|past| &past.loaded).or(uncommitted) else { return Ok(None) };
    let version = past.map_or(version, |past| past.version.clone());
    let before = versions.iter().rfind(|past| past.version < version);
    if before.is_none() && past.is_some_and(|past| ends_at.contains(&past.since.commit)) {
        let why = format!("history is cut off here: what `{name}` {version} came of is not known");
        return Err(Failure::undecided(why).hint("`git fetch --unshallow` brings what is older"));
    }
    let facets = loaded.facets();
    let what = What {
        entry: name.to_string(),
        version: version.to_string(),
        digest: facets.entry,
        behaviour: facets.behaviour,
        commit: past.map(commit),
    };
    let lines = loaded.entry.common.changelog.iter().filter_map(|line| Line::read(line));
    let mut lines = lines.filter(|line| line.version == version);
    let changelog = lines.next().map(|line| line.text);
    let before = before.map(|past| (&past.version, &past.loaded));
    let change = change(before, loaded, trusted, changelog);
    let behaviour = facets.behaviour;
    let about = About { names, version, behaviour, tag: asked.tag.clone() };
    Ok(Some((about, what, change)))
}

fn commit(past: &PastVersion) -> Commit {
    Commit {
        id: past.since.commit.to_string(),
        date: time::date(past.since.time_seconds),
        author: past.since.author.clone(),
        subject: past.since.subject.clone(),
    }
}

/// Says what is different from the version before.
pub(super) fn change(
    before: Option<(&Version, &Loaded)>,
    loaded: &Loaded,
    trusted: &Config,
    changelog: Option<String>,
) -> Change {
    let Some((version, before)) = before else {
        return Change { from: None, changelog, step: None, reasons: Vec::new() };
    };
    let (step, changes) = step_between(before, loaded, trusted);
    let most = changes.iter().map(|change| change.bump).max().unwrap_or_default();
    let deciding = |change: &&Difference| change.bump == most && most > Bump::None;
    let reason = |change: &Difference| Reason {
        rule: change.rule.id,
        step: change.bump,
        unknown: change.certainty == Certainty::Unknown,
        note: change.note.clone(),
    };
    Change {
        from: Some(version.to_string()),
        changelog,
        step: Some(step),
        reasons: changes.iter().filter(deciding).map(reason).collect(),
    }
}
