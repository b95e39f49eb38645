//! `keelmark seal`.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use serde_json::json;

use super::check::ignore_closed;
use crate::checks::{Loaded, entries, read_entry};
use crate::cli::apply;
use crate::cli::args::{ListingFormat, SealArgs};
use crate::cli::assess::Ground;
use crate::cli::context::{Context, Wanted, Workspace, refuse_misconfigured};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::select;
use crate::edit::checksums;
use crate::escape;
use crate::ident::EntryName;
use crate::integrity::payload::Verdict;
use crate::output::json as documents;
use crate::plan::{Act, Plan};
use crate::registry::layout::Placed;
use crate::yaml;

pub(in crate::cli) fn run(context: &Context, arguments: &SealArgs) -> Result<Exit, Failure> {
    let wanted = if arguments.staged { Wanted::Index } else { Wanted::Worktree };
    let workspace = context.open()?.workspace(&wanted, context)?;
    refuse_misconfigured(&workspace)?;
    let names = names(context, &workspace, arguments)?;
    if arguments.check {
        return check(context, &workspace, &names, arguments.format);
    }
    let mut plan = Plan::default();
    let ground = Ground::open(&workspace, None, context).ok();
    for name in &names {
        let loaded = load(&workspace, name)?;
        refuse_published(&workspace, ground.as_ref(), &loaded)?;
        super::refuse_unread(&loaded)?;
        let edits = checksums::edits(&loaded.entry, &loaded.payloads);
        if edits.is_empty() {
            continue;
        }
        // The digests are of the tree that was asked for; the file that is edited is on disk.
        let (path, old) = on_disk(&workspace, &loaded)?;
        let document = reread(&path, &old)?;
        let text = yaml::apply(&document, &edits)
            .map_err(|fault| Failure::refused(format!("`{path}`: {fault}")))?;
        plan.notes.push(format!("{name}: {} written", count(edits.len())));
        plan.acts.push(Act::Replace { path, old, new: text.into_bytes() });
    }
    if plan.is_empty() {
        context.printer.say("checksums are as they should be");
    } else if arguments.dry_run {
        super::show_plan(context, &plan)?;
    } else {
        apply::apply(&plan, workspace.opened.top()?)?;
        plan.notes.iter().for_each(|note| context.printer.say(note));
    }
    Ok(Exit::Success)
}

/// Digests of a published version stay what they are. Other line ends are no other content, so their
/// digest may follow.
fn refuse_published(
    workspace: &Workspace,
    ground: Option<&Ground>,
    loaded: &Loaded,
) -> Result<(), Failure> {
    let Some(ground) = ground else { return Ok(()) };
    let name = &loaded.entry.name;
    let Some(published) = read_entry(&workspace.layout, name, ground.view().tip)? else {
        return Ok(());
    };
    let same_number = published.entry.version == loaded.entry.version;
    if !same_number || published.facets().same_content(loaded.facets()) {
        return Ok(());
    }
    Err(Failure::refused(format!(
        "`{name}` {} is published, and its content is no longer what was published",
        loaded.entry.common.version
    ))
    .hint(format!(
        "restore it, or make a new version with `keelmark bump {}`, which writes the digests too",
        name.id
    )))
}

/// The named entries; to verify, every one; to write, every touched one.
fn names(
    context: &Context,
    workspace: &Workspace,
    arguments: &SealArgs,
) -> Result<BTreeSet<EntryName>, Failure> {
    if !arguments.entries.is_empty() {
        let named = arguments.entries.iter().map(|text| select::entry(workspace, text));
        return named.map(|selected| selected.map(|s| s.name)).collect();
    }
    let every = entries(&workspace.layout, workspace.snapshot())?;
    if arguments.check {
        return Ok(every.into_iter().map(|listed| listed.name).collect());
    }
    let ground = Ground::open(workspace, None, context)?;
    let mut names = BTreeSet::new();
    for path in &ground.changed {
        match workspace.layout.place(path) {
            Placed::Entry { name, .. } => {
                names.insert(name);
            }
            Placed::Inside(kind) => {
                names.extend(workspace.layout.owner(workspace.snapshot(), kind, path)?);
            }
            _ => {}
        }
    }
    names.retain(|name| every.iter().any(|listed| listed.name == *name));
    Ok(names)
}

fn load(workspace: &Workspace, name: &EntryName) -> Result<Loaded, Failure> {
    select::load(&workspace.layout, workspace.snapshot(), name)
}

fn on_disk(
    workspace: &Workspace,
    loaded: &Loaded,
) -> Result<(crate::path::RepoPath, Vec<u8>), Failure> {
    let path = loaded.entry.path().clone();
    let at = apply::on_disk(workspace.opened.top()?, &path);
    let old = std::fs::read(&at)
        .map_err(|e| Failure::undecided(format!("failed to read `{path}`: {e}")))?;
    Ok((path, old))
}

fn reread(path: &crate::path::RepoPath, bytes: &[u8]) -> Result<yaml::Document, Failure> {
    let unreadable = || {
        Failure::refused(format!("`{path}` on disk cannot be read"))
            .hint("`keelmark check` says what is wrong with it")
    };
    let source = yaml::decode(path, None, bytes.to_vec()).map_err(|_| unreadable())?;
    yaml::Document::parse(source).0.ok_or_else(unreadable)
}

/// What became of one declared digest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Verified(Verdict),
    Undeclared,
    Differs,
}

fn check(
    context: &Context,
    workspace: &Workspace,
    names: &BTreeSet<EntryName>,
    format: ListingFormat,
) -> Result<Exit, Failure> {
    let loaded: Result<Vec<Loaded>, Failure> =
        names.iter().collect::<Vec<_>>().par_iter().map(|name| load(workspace, name)).collect();
    let mut rows = Vec::new();
    let mut unread = 0;
    for loaded in loaded? {
        let declared = crate::registry::payload::declared(&loaded.entry).len();
        unread += declared - loaded.payloads.len();
        for payload in &loaded.payloads {
            let outcome = match &payload.declared.digest {
                None => Outcome::Undeclared,
                Some(digest) if digest.text == payload.digest.to_string() => {
                    Outcome::Verified(payload.verdict)
                }
                Some(_) => Outcome::Differs,
            };
            rows.push((loaded.entry.name.clone(), payload.path.clone(), payload.digest, outcome));
        }
    }
    let mut counts: BTreeMap<Outcome, usize> = BTreeMap::new();
    for (_, _, _, outcome) in &rows {
        *counts.entry(*outcome).or_default() += 1;
    }
    let of = |outcome| counts.get(&outcome).copied().unwrap_or(0);
    let differs = of(Outcome::Differs);
    let out = match format {
        ListingFormat::Human => {
            let mut out = String::new();
            for (name, path, digest, _) in rows.iter().filter(|row| row.3 == Outcome::Differs) {
                let path = escape::line(&path.to_text());
                out.push_str(&format!(
                    "{name}: `{path}` is {digest}, which is not what is declared\n"
                ));
            }
            out.push_str(&format!(
                "Verified {} by their bytes and {} by their LFS pointers; {} undeclared, {differs} differ, {unread} unreadable\n",
                of(Outcome::Verified(Verdict::BytesVerified)),
                of(Outcome::Verified(Verdict::PointerVerified)),
                of(Outcome::Undeclared),
            ));
            out.into_bytes()
        }
        ListingFormat::Json => {
            let word = |outcome: Outcome| match outcome {
                Outcome::Verified(Verdict::BytesVerified) => "bytes-verified",
                Outcome::Verified(Verdict::PointerVerified) => "pointer-verified",
                Outcome::Undeclared => "undeclared",
                Outcome::Differs => "differs",
            };
            let payloads: Vec<_> = rows
                .iter()
                .map(|(name, path, digest, outcome)| {
                    json!({"entry": name, "path": path.to_text(), "sha256": digest, "verdict": word(*outcome)})
                })
                .collect();
            let mut out = Vec::new();
            let body = json!({"payloads": payloads, "differ": differs, "unreadable": unread});
            documents::write(&documents::v1::listing("keelmark.seal.v1", body), &mut out)?;
            out
        }
    };
    context.printer.data(&String::from_utf8_lossy(&out)).or_else(ignore_closed)?;
    if differs > 0 {
        context.printer.say(
            "hint: restore the files, or run `keelmark seal` for versions that are not published",
        );
    }
    let differing: BTreeSet<&EntryName> =
        rows.iter().filter(|row| row.3 == Outcome::Differs).map(|row| &row.0).collect();
    let unread = if unread > 0 { Exit::Findings } else { Exit::Success };
    Ok(gravity(context, workspace, &differing)?.and(unread))
}

/// A digest of a published version that does not match is a breach; one of a version that is still
/// being written is only stale. Without a base nobody can tell, and the worse is assumed.
fn gravity(
    context: &Context,
    workspace: &Workspace,
    differing: &BTreeSet<&EntryName>,
) -> Result<Exit, Failure> {
    if differing.is_empty() {
        return Ok(Exit::Success);
    }
    let Ok(ground) = Ground::open(workspace, None, context) else { return Ok(Exit::Integrity) };
    for name in differing {
        let published = read_entry(&workspace.layout, name, ground.view().tip)?;
        let here = load(workspace, name)?;
        if published.is_some_and(|published| published.entry.version == here.entry.version) {
            return Ok(Exit::Integrity);
        }
    }
    Ok(Exit::Findings)
}

fn count(edits: usize) -> String {
    format!("{edits} {}", if edits == 1 { "checksum" } else { "checksums" })
}
