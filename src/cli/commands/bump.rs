//! `keelmark bump`.

mod evidence;

use std::collections::{BTreeMap, BTreeSet};

use super::check::{exit, write};
use crate::checks::evidence::way_to_patch;
use crate::checks::report::{EntryReport, Report, Status};
use crate::checks::{Loaded, Scope, Stage, hides_rows, read_entry};
use crate::cli::apply;
use crate::cli::args::{BumpArgs, LevelArg, ReportArgs};
use crate::cli::assess::{Ground, How};
use crate::cli::context::{Context, Wanted, Workspace, refuse_misconfigured};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::select;
use crate::compat::evidence::is_text_only;
use crate::compat::table::dataset::LABELS_CHANGED;
use crate::edit::{bump, conflict};
use crate::escape;
use crate::finding::{Family, Finding};
use crate::ident::{EntryName, Kind};
use crate::path::RepoPath;
use crate::plan::{Act, Plan};
use crate::registry::layout::{Layout, Placed};
use crate::snapshot::{Overlay, Snapshot};
use crate::version::{Bump, Version};
use crate::yaml;

use evidence::Offer;

/// The files that a bump changes: what stands there, if anything, and what is to stand there.
type Files = BTreeMap<RepoPath, (Option<Vec<u8>>, Vec<u8>)>;

/// One of those files.
type Edited = (RepoPath, Vec<u8>, Vec<u8>);

pub(in crate::cli) fn run(context: &Context, arguments: &BumpArgs) -> Result<Exit, Failure> {
    if arguments.message.as_deref().is_some_and(|text| text.trim().is_empty()) {
        return Err(Failure::usage("the text of the changelog line is empty")
            .hint("say what changed: `keelmark bump -m \"asks for the locale\"`"));
    }
    let workspace = context.open()?.workspace(&Wanted::Worktree, context)?;
    refuse_misconfigured(&workspace)?;
    let offer = Offer::open(&workspace, arguments)?;
    let mut ground = Ground::open(&workspace, arguments.base.as_deref(), context)?;
    let mut files = resolve_conflicts(&workspace, &ground)?;
    let overlay = overlay(workspace.snapshot(), &files);
    let report = ground.check(&workspace, &overlay, how())?;
    let mut chosen = choose(&workspace, &overlay, &report, arguments)?;
    // An entry that cannot be read at all is not among those that were judged.
    let asked = (!arguments.entries.is_empty()).then_some(chosen.as_slice());
    refuse_broken(context, (&workspace, &ground), &report, asked)?;
    let mut notes = Vec::new();
    let bench = Bench { workspace: &workspace, ground: &ground, overlay: &overlay, arguments };
    bench.believe_lines(&mut chosen)?;
    for entry in &chosen {
        let (target, evidence, note) = if let Some(offer) = &offer {
            offer.target(&bench, &files, entry)?
        } else {
            let target = target(entry, &ground, arguments)?;
            let note = note(entry, &target);
            (target, None, note)
        };
        if let Some((path, old, new)) = bench.bump(entry, &target, evidence)? {
            let before = files.remove(&path).map_or(Some(old), |(before, _)| before);
            files.insert(path, (before, new));
            notes.push(note);
        }
    }
    if let Some(offer) = offer {
        notes.push(format!("{}: the scores that the line cites", offer.path));
        files.insert(offer.path, (offer.on_disk, offer.text));
    }
    files.retain(|_, (old, new)| old.as_ref() != Some(new));
    if files.is_empty() {
        context.printer.say(&nothing(&chosen, arguments));
        return Ok(Exit::Success);
    }
    let after = self::overlay(workspace.snapshot(), &files);
    // What was untouched until now is judged as well.
    ground.changed.extend(files.keys().cloned());
    ground.changed.sort();
    ground.changed.dedup();
    refuse_what_would_not_pass(context, (&workspace, &ground), &after, &chosen)?;
    let act = |(path, (old, new))| match old {
        Some(old) => Act::Replace { path, old, new },
        None => Act::Create { path, bytes: new },
    };
    let plan = Plan { acts: files.into_iter().map(act).collect(), notes };
    if arguments.dry_run {
        super::show_plan(context, &plan)?;
    } else {
        apply::apply(&plan, workspace.opened.top()?)?;
        for note in &plan.notes {
            context.printer.say(note);
        }
        context.printer.say("add the changed files, then commit");
    }
    Ok(Exit::Success)
}

fn how() -> How {
    How { scope: Scope::Touched, stage: Stage::Work }
}

fn overlay<'a>(tree: &'a dyn Snapshot, files: &Files) -> Overlay<'a> {
    Overlay::new(tree, files.iter().map(|(path, (_, new))| (path.clone(), new.clone())).collect())
}

/// Resolves conflict markers in touched entry files, as far as `bump` wrote the lines.
fn resolve_conflicts(workspace: &Workspace, ground: &Ground) -> Result<Files, Failure> {
    let mut files = Files::new();
    for path in &ground.changed {
        let Placed::Entry { name, .. } = workspace.layout.place(path) else { continue };
        let Some(file) = workspace.snapshot().file(path)? else { continue };
        let bytes = read_on_disk(workspace, path)?;
        let Ok(text) = std::str::from_utf8(&bytes) else { continue };
        if file.path != *path || !conflict::is_conflicted(text) {
            continue;
        }
        let published = published_lines(&workspace.layout, ground, &[name])?;
        let resolved = conflict::resolve(text, &published).map_err(|fault| {
            Failure::refused(format!("`{path}`: {fault}"))
                .hint("resolve that part by hand; `keelmark bump` then does the rest")
        })?;
        files.insert(path.clone(), (Some(bytes), resolved.into_bytes()));
    }
    Ok(files)
}

/// The changelog lines that the base and the other published branches have, under any of the names.
fn published_lines(
    layout: &Layout,
    ground: &Ground,
    names: &[EntryName],
) -> Result<Vec<String>, Failure> {
    let view = ground.view();
    let mut lines = Vec::new();
    for tree in [view.tip, view.before].into_iter().chain(view.branches) {
        for name in names {
            let Some(loaded) = read_entry(layout, name, tree)? else { continue };
            for line in loaded.entry.common.changelog {
                if !lines.contains(&line) {
                    lines.push(line);
                }
            }
        }
    }
    Ok(lines)
}

/// Chooses the entries: the named ones, or every touched one.
fn choose(
    workspace: &Workspace,
    overlay: &dyn Snapshot,
    report: &Report,
    arguments: &BumpArgs,
) -> Result<Vec<EntryReport>, Failure> {
    let live = |entry: &&EntryReport| !matches!(entry.status, Status::Deleted | Status::Reverted);
    if arguments.entries.is_empty() {
        if arguments.to.is_some() {
            return Err(Failure::usage("`--to` needs an entry")
                .hint("`keelmark bump billing_refund --to 3.0.0`"));
        }
        return Ok(report.entries.iter().filter(live).cloned().collect());
    }
    let mut chosen = Vec::new();
    let mut seen = BTreeSet::new();
    for text in &arguments.entries {
        let name = select::entry_in(&workspace.layout, overlay, text)?.name;
        if !seen.insert(name.clone()) {
            continue;
        }
        let touched = report.entries.iter().filter(live).find(|entry| entry.name == name);
        chosen.push(match touched {
            Some(entry) => entry.clone(),
            None => untouched(workspace, overlay, &name)?,
        });
    }
    Ok(chosen)
}

/// An entry that the change does not touch can still be given a number by hand.
fn untouched(
    workspace: &Workspace,
    overlay: &dyn Snapshot,
    name: &EntryName,
) -> Result<EntryReport, Failure> {
    let loaded = select::load(&workspace.layout, overlay, name)?;
    Ok(EntryReport {
        name: name.clone(),
        path: loaded.entry.path().clone(),
        status: Status::Unchanged,
        base_version: loaded.entry.version.clone(),
        suggested: loaded.entry.version.clone(),
        version: loaded.entry.version,
        declared: Bump::None,
        required: Bump::None,
        reasons: Vec::new(),
        evidence: None,
        verdicts: Vec::new(),
    })
}

/// Decides on the version to write.
fn target(entry: &EntryReport, ground: &Ground, arguments: &BumpArgs) -> Result<Version, Failure> {
    let name = &entry.name;
    if let Some(text) = &arguments.to {
        return select::version(text);
    }
    let Some(suggested) = entry.suggested.clone() else {
        let text = format!("`{name}` has no version to count from");
        return Err(
            Failure::refused(text).hint("write one into the file, such as `version: 0.1.0`")
        );
    };
    let Some(level) = arguments.level else {
        // What its members went through counts too, and the release has chosen the number by it.
        let larger = entry.version.clone().filter(|own| *own > suggested);
        return Ok(larger.filter(|_| name.kind == Kind::Composite).unwrap_or(suggested));
    };
    let level = match level {
        LevelArg::Patch => Bump::Patch,
        LevelArg::Minor => Bump::Minor,
        LevelArg::Major => Bump::Major,
    };
    if level < entry.required {
        let reasons: Vec<String> = entry
            .reasons
            .iter()
            .filter(|change| change.bump > level)
            .map(|change| format!("  {}: {} ({})", change.bump, change.note, change.rule.id))
            .collect();
        return Err(Failure::refused(format!(
            "`{name}` needs a {} step; {level} is smaller\n{}",
            entry.required,
            reasons.join("\n")
        ))
        .hint(
            if is_text_only(&entry.reasons) && level == Bump::Patch && name.kind == Kind::Prompt {
                format!("leave `--level` out, or {}", way_to_patch(name))
            } else {
                "leave `--level` out, or take the change back".to_owned()
            },
        ));
    }
    let zerover = ground.trusted.versioning.zerover;
    let Some(base) = &entry.base_version else { return Ok(suggested) };
    Ok(base.next(level, zerover).max(suggested))
}

/// What every entry is bumped with.
struct Bench<'a> {
    workspace: &'a Workspace,
    ground: &'a Ground,
    overlay: &'a Overlay<'a>,
    arguments: &'a BumpArgs,
}

impl Bench<'_> {
    /// Judges again what a changelog line may lower, with the lines as they will be written.
    fn believe_lines(&self, chosen: &mut [EntryReport]) -> Result<(), Failure> {
        let mut files = BTreeMap::new();
        let labels = |entry: &EntryReport| {
            entry.reasons.iter().any(|change| change.rule.id == LABELS_CHANGED.id)
        };
        for entry in chosen.iter().filter(|entry| labels(entry)) {
            let Some(suggested) = &entry.suggested else { continue };
            let edited = self.bump(entry, suggested, None)?;
            files.extend(edited.map(|(path, _, new)| (path, new)));
        }
        if files.is_empty() {
            return Ok(());
        }
        let after = Overlay::new(self.overlay, files);
        let report = self.ground.check(self.workspace, &after, how())?;
        for entry in chosen.iter_mut() {
            let judged = report.entries.iter().find(|judged| judged.name == entry.name);
            if let Some(judged) = judged.filter(|judged| judged.required < entry.required) {
                *entry = EntryReport { version: entry.version.clone(), ..judged.clone() };
            }
        }
        Ok(())
    }

    /// Edits one entry; `None` where everything is as it should be.
    fn bump(
        &self,
        entry: &EntryReport,
        target: &Version,
        evidence: Option<&str>,
    ) -> Result<Option<Edited>, Failure> {
        let Self { workspace, ground, overlay, arguments } = self;
        let loaded = select::load(&workspace.layout, *overlay, &entry.name)?;
        let mut names = loaded.entry.former_names();
        names.push(entry.name.clone());
        let published = published_lines(&workspace.layout, ground, &names)?;
        let drafted = drafted(entry);
        refuse_unfinished(workspace, &loaded)?;
        let edits = bump::edits(&bump::Bump {
            entry: &loaded.entry,
            payloads: &loaded.payloads,
            version: target,
            published: &published,
            message: arguments.message.as_deref(),
            drafted: &drafted,
            evidence,
        });
        if edits.is_empty() {
            return Ok(None);
        }
        let path = loaded.entry.path().clone();
        let text = yaml::apply(&loaded.entry.document, &edits)
            .map_err(|fault| Failure::refused(format!("`{path}`: {fault}")))?;
        let old = read_on_disk(workspace, &path)?;
        Ok(Some((path, old, text.into_bytes())))
    }
}

/// A payload that is in conflict or cannot be read has no digest to write.
fn refuse_unfinished(workspace: &Workspace, loaded: &Loaded) -> Result<(), Failure> {
    let unmerged = workspace.tree.unmerged();
    if let Some(payload) = loaded.payloads.iter().find(|p| unmerged.contains(&p.path)) {
        return Err(Failure::refused(format!("`{}` is in conflict", payload.path))
            .hint("resolve it and `git add` it; `keelmark bump` then does the rest"));
    }
    super::refuse_unread(loaded)
}

/// Writes a changelog line from the reasons, for authors who give none.
fn drafted(entry: &EntryReport) -> String {
    let reasons = entry.reasons.iter().filter(|change| change.bump > Bump::None);
    let notes: Vec<&str> = reasons.map(|change| change.note.as_str()).take(3).collect();
    let text = match (notes.is_empty(), entry.status) {
        (false, _) => notes.join("; "),
        (true, Status::New) => "first version".to_owned(),
        (true, _) => "no change in content".to_owned(),
    };
    text.replace(['\n', '\r'], " ")
}

/// Whoever edits in place needs the bytes on disk, line ends and all.
fn read_on_disk(workspace: &Workspace, path: &RepoPath) -> Result<Vec<u8>, Failure> {
    let at = apply::on_disk(workspace.opened.top()?, path);
    std::fs::read(&at).map_err(|e| Failure::undecided(format!("failed to read `{path}`: {e}")))
}

/// Says whether a finding is about a dataset, whose rows decide the step.
fn of_rows(finding: &Finding) -> bool {
    finding.entry.as_ref().is_some_and(|name| name.kind == Kind::Dataset)
}

/// A step is derived from what can be read; what cannot is mended first. `asked` are the entries that
/// were named; without names all that are touched count.
fn refuse_broken(
    context: &Context,
    (workspace, ground): (&Workspace, &Ground),
    report: &Report,
    asked: Option<&[EntryReport]>,
) -> Result<(), Failure> {
    let names: Option<BTreeSet<&EntryName>> =
        asked.map(|asked| asked.iter().map(|entry| &entry.name).collect());
    let judged = asked.map_or(report.judged, <[EntryReport]>::len);
    let mut broken = Report { judged, ..Report::default() };
    broken.findings.extend(
        report
            .findings
            .iter()
            .filter(|finding| {
                let unreadable = matches!(finding.rule.family, Family::Reading | Family::Shape)
                    || finding.rule.id.starts_with("payload-")
                    || finding.rule.id.starts_with("include-")
                    || finding.rule.id == "template-syntax"
                    || (of_rows(finding) && hides_rows(finding.rule));
                unreadable
                    && !finding.inherited
                    && finding.severity == crate::finding::Severity::Error
                    && finding
                        .entry
                        .as_ref()
                        .is_some_and(|name| names.as_ref().is_none_or(|names| names.contains(name)))
            })
            .cloned(),
    );
    if broken.findings.is_empty() {
        return Ok(());
    }
    let human = ReportArgs { format: None, output: None };
    let source = ground.source(workspace);
    write(context, (&broken, &source), &human)?;
    Err(Failure::refused("no step can be derived from what cannot be read; nothing was written")
        .hint("mend what is shown above, then run `keelmark bump` again"))
}

/// A bump that would be refused by the next check is refused now.
fn refuse_what_would_not_pass(
    context: &Context,
    (workspace, ground): (&Workspace, &Ground),
    after: &dyn Snapshot,
    chosen: &[EntryReport],
) -> Result<(), Failure> {
    let mut report = ground.check(workspace, after, how())?;
    let names: BTreeSet<&EntryName> = chosen.iter().map(|entry| &entry.name).collect();
    report.findings.retain(|finding| {
        finding.rule.family == Family::Version
            && !finding.inherited
            && finding.severity == crate::finding::Severity::Error
            && finding.entry.as_ref().is_some_and(|name| names.contains(name))
    });
    if exit(&report) == Exit::Success {
        return Ok(());
    }
    let human = ReportArgs { format: None, output: None };
    write(context, (&report, &ground.source(workspace)), &human)?;
    Err(Failure::refused("the bump would not pass the check; nothing was written")
        .hint("mend what is shown above; with `--to` or `--level`, another number may do"))
}

fn note(entry: &EntryReport, target: &Version) -> String {
    let name = &entry.name;
    let reason = entry
        .reasons
        .iter()
        .find(|change| change.bump == entry.required && change.bump > Bump::None)
        .map(|change| format!(", {}", escape::line(&change.note)))
        .unwrap_or_default();
    match &entry.base_version {
        Some(base) if base != target => {
            format!("{name} {base} → {target} ({}{reason})", entry.required)
        }
        _ => format!("{name} {target}: changelog and checksums"),
    }
}

fn nothing(chosen: &[EntryReport], arguments: &BumpArgs) -> String {
    match (chosen.is_empty(), arguments.entries.is_empty()) {
        (true, true) => "0 entries are touched; nothing to bump".to_owned(),
        _ => "versions, changelogs and checksums are as they should be".to_owned(),
    }
}
