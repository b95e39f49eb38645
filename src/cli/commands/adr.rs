//! `keelmark adr`.

use std::path::Path;

use serde_json::{Value, json};

use super::check::ignore_closed;
use super::show_plan;
use crate::cli::apply;
use crate::cli::args::{AdrCommand, ListAdrArgs, ListingFormat, NewAdrArgs, SupersedeArgs};
use crate::cli::context::{Context, Wanted, Workspace, refuse_misconfigured};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::stationery::Stationery;
use crate::escape;
use crate::integrity::payload::MAX_TEXT_BYTES;
use crate::output::json as documents;
use crate::path::RepoPath;
use crate::plan::{Act, Plan};
use crate::release::adr::{self, Begun, Decision, Unfilled};
use crate::release::place::way;
use crate::snapshot::{Mode, ReadFault, Snapshot as _};
use crate::source::SourceFile;
use crate::time;

pub(in crate::cli) fn run(context: &Context, command: &AdrCommand) -> Result<Exit, Failure> {
    let workspace = context.open()?.workspace(&Wanted::Worktree, context)?;
    refuse_misconfigured(&workspace)?;
    let stationery = Stationery::of(&workspace)?;
    let desk = Desk { context, workspace, stationery };
    match command {
        AdrCommand::New(arguments) => desk.begin(arguments),
        AdrCommand::List(arguments) => desk.list(arguments),
        AdrCommand::Supersede(arguments) => desk.supersede(arguments),
    }
}

/// Where records are written and looked for.
struct Desk<'a> {
    context: &'a Context,
    workspace: Workspace,
    stationery: Stationery,
}

/// A record as it was found.
struct Found {
    path: RepoPath,
    decision: Decision,
    unfilled: Vec<Unfilled>,
}

impl Desk<'_> {
    fn begin(&self, arguments: &NewAdrArgs) -> Result<Exit, Failure> {
        let title = arguments.title.trim();
        if !title.chars().any(char::is_alphanumeric) || title.chars().any(char::is_control) {
            return Err(Failure::usage("a title is one line with at least one word")
                .hint("such as `keelmark adr new \"Ask for the locale\"`"));
        }
        let folder = &self.stationery.places.adr;
        let date = time::date(self.context.now());
        let top = self.workspace.opened.top()?;
        let tree = self.records()?;
        let taken = |name: &str| {
            let path = folder.join(name);
            let on_disk = apply::on_disk(top, &path).symlink_metadata().is_ok();
            on_disk || tree.iter().any(|(taken, _)| *taken == path)
        };
        let path = folder.join(&adr::free_name(&date, title, taken));
        let mut plan = Plan::default();
        let mut supersedes = Vec::new();
        if let Some(typed) = &arguments.supersedes {
            let old = self.find(typed)?;
            supersedes.push(way(&path.to_text(), &old.path().to_text()));
            let replaced = adr::replaced_by(&old, &way(&old.path().to_text(), &path.to_text()));
            plan.acts.extend(replace(&old, replaced.map_err(|fault| refused(&old, &fault))?));
            plan.notes.push(format!("{} superseded", old.path()));
        }
        let roles = &self.workspace.settings.config.roles;
        let begun = Begun { title, date: &date, roles, supersedes: &supersedes };
        let text = adr::begin(&begun, &self.stationery.pages)?;
        let open = adr::unfilled(&text).len();
        plan.acts.insert(0, Act::Create { path: path.clone(), bytes: text.into_bytes() });
        plan.notes.insert(0, format!("{path} created"));
        self.carry_out(&plan, arguments.dry_run)?;
        if !arguments.dry_run {
            self.context.printer.say(&format!("{open} places wait for your words: `TODO(author)`"));
        }
        Ok(Exit::Success)
    }

    fn supersede(&self, arguments: &SupersedeArgs) -> Result<Exit, Failure> {
        let (old, new) = (self.find(&arguments.old)?, self.find(&arguments.new)?);
        if old.path() == new.path() {
            return Err(Failure::usage(format!("`{}` cannot take its own place", old.path()))
                .hint("name the record that is replaced, then the one that takes its place"));
        }
        let names = (old.path().to_text(), new.path().to_text());
        let there = adr::replaced_by(&old, &way(&names.0, &names.1));
        let here = adr::replace(&new, &way(&names.1, &names.0));
        let there = there.map_err(|fault| refused(&old, &fault))?;
        let here = here.map_err(|fault| refused(&new, &fault))?;
        let mut plan = Plan::default();
        plan.acts.extend(replace(&old, there));
        plan.acts.extend(replace(&new, here));
        if plan.is_empty() {
            self.context.printer.say("both records say so already");
            return Ok(Exit::Success);
        }
        plan.notes.push(format!("{} superseded by {}", old.path(), new.path()));
        self.carry_out(&plan, arguments.dry_run)?;
        Ok(Exit::Success)
    }

    fn carry_out(&self, plan: &Plan, dry_run: bool) -> Result<(), Failure> {
        if dry_run {
            return show_plan(self.context, plan);
        }
        apply::apply(plan, self.workspace.opened.top()?)?;
        for note in &plan.notes {
            self.context.printer.say(&escape::line(note));
        }
        Ok(())
    }

    fn list(&self, arguments: &ListAdrArgs) -> Result<Exit, Failure> {
        let folder = &self.stationery.places.adr;
        let found: Vec<Found> = self.records()?.into_iter().filter_map(found).collect();
        let mut out = Vec::new();
        match arguments.format {
            ListingFormat::Human => {
                for found in &found {
                    out.extend_from_slice(line(found).as_bytes());
                }
            }
            ListingFormat::Json => {
                let decisions: Vec<Value> = found.iter().map(describe).collect();
                let body = json!({"folder": folder.to_text(), "decisions": decisions});
                documents::write(&documents::v1::listing("keelmark.adr_list.v1", body), &mut out)?;
            }
        }
        self.context.printer.data(&String::from_utf8_lossy(&out)).or_else(ignore_closed)?;
        let count = match found.len() {
            1 => "1 decision record".to_owned(),
            count => format!("{count} decision records"),
        };
        self.context.printer.say(&escape::line(&format!("{count} in {folder}")));
        Ok(Exit::Success)
    }

    /// Reads the Markdown files of the folder as git would record them; of one that cannot be
    /// read as text there is none.
    fn records(&self) -> Result<Vec<(RepoPath, Option<String>)>, Failure> {
        let folder = &self.stationery.places.adr;
        let repository = &self.workspace.opened.repository;
        let tree = repository.worktree_snapshot(std::slice::from_ref(folder))?;
        let mut records = Vec::new();
        for file in tree.list(folder)? {
            let regular = matches!(file.mode, Mode::Regular | Mode::Executable);
            if !regular || !file.path.file_name().ends_with(b".md") {
                continue;
            }
            let text = match tree.read(&file, MAX_TEXT_BYTES) {
                Ok(bytes) => String::from_utf8(bytes).ok(),
                Err(ReadFault::TooLarge { .. }) => None,
                Err(fault) => return Err(fault.into()),
            };
            records.push((file.path, text));
        }
        Ok(records)
    }

    /// Finds a record by its path, or by its name in the folder, and reads it from the disk: it is
    /// to be edited there.
    fn find(&self, typed: &Path) -> Result<SourceFile, Failure> {
        let folder = &self.stationery.places.adr;
        let top = self.workspace.opened.top()?;
        let name = typed.to_string_lossy();
        let in_folder = folder.resolve(&name).ok();
        let with_ending = folder.resolve(&format!("{name}.md")).ok();
        let named = self.workspace.opened.named_path(typed).ok();
        let known = named.into_iter().chain(in_folder).chain(with_ending);
        let path = known
            .filter(|path| path.is_below(folder))
            .find(|path| apply::on_disk(top, path).is_file());
        let Some(path) = path else {
            return Err(Failure::usage(format!(
                "there is no decision record `{name}` in `{folder}`"
            ))
            .hint(self.suggest(&name)?));
        };
        let at = apply::on_disk(top, &path);
        let unread = |why: String| Failure::usage(format!("cannot read `{path}`: {why}"));
        let size = std::fs::metadata(&at).map_err(|e| unread(e.to_string()))?.len();
        if size > MAX_TEXT_BYTES {
            return Err(unread(format!("it has {size} bytes; at most {MAX_TEXT_BYTES}")));
        }
        let bytes = std::fs::read(&at).map_err(|e| unread(e.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|_| unread("it is not UTF-8".to_owned()))?;
        Ok(SourceFile::new(path, text))
    }

    fn suggest(&self, name: &str) -> Result<String, Failure> {
        let names = self.records()?.into_iter().filter_map(|(path, _)| {
            let name = String::from_utf8(path.file_name().to_vec()).ok()?;
            Some(name)
        });
        let close = names
            .map(|known| (strsim::jaro_winkler(&known, name), known))
            .filter(|(likeness, _)| *likeness > 0.8)
            .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(&a.1)));
        Ok(match close {
            Some((_, close)) => format!("did you mean `{close}`?"),
            None => "`keelmark adr list` shows what there is".to_owned(),
        })
    }
}

/// Takes a file of the folder for a record: one that has a status, or a name that begins with a
/// number, as records have. A page that explains the folder is none.
fn found((path, text): (RepoPath, Option<String>)) -> Option<Found> {
    let Some(text) = text else {
        let fault = "it is too large, or no UTF-8".to_owned();
        let decision = Decision { fault: Some(fault), ..Decision::default() };
        return Some(Found { path, decision, unfilled: Vec::new() });
    };
    let unfilled = adr::unfilled(&text);
    let decision = adr::read(&SourceFile::new(path.clone(), text));
    let numbered = path.file_name().first().is_some_and(u8::is_ascii_digit);
    let record = numbered || decision.status.is_some() || decision.fault.is_some();
    record.then_some(Found { path, decision, unfilled })
}

fn line(found: &Found) -> String {
    let Found { path, decision, unfilled } = found;
    let status = match (&decision.fault, &decision.status) {
        (Some(_), _) => "unreadable",
        (None, Some(_)) if decision.superseded_by().is_some() => "superseded",
        (None, Some(status)) => status,
        (None, None) => "unknown",
    };
    let title = decision.title.as_deref().unwrap_or("without a title");
    let mut remarks = Vec::new();
    remarks.extend(decision.fault.clone());
    remarks.extend(decision.superseded_by().map(|by| format!("by {by}")));
    match unfilled.len() {
        // Nobody writes in a record that was replaced.
        _ if decision.superseded_by().is_some() => {}
        0 => {}
        1 => remarks.push("1 place to fill".to_owned()),
        count => remarks.push(format!("{count} places to fill")),
    }
    let remarks = match remarks.join("; ") {
        none if none.is_empty() => none,
        some => format!("  ({some})"),
    };
    let date = decision.date.as_deref().unwrap_or("no date");
    let line = format!("{date:<10}  {status:<10}  {title}  {path}{remarks}");
    format!("{}\n", escape::line(line.trim_end()))
}

fn describe(found: &Found) -> Value {
    let Found { path, decision, unfilled } = found;
    let unfilled = unfilled.iter().map(|place| json!({"line": place.line, "what": place.what}));
    json!({
        "path": path.to_text(),
        "title": decision.title,
        "status": decision.status,
        "date": decision.date,
        "release": decision.release,
        "composite_digest": decision.composite_digest,
        "supersedes": decision.supersedes,
        "superseded_by": decision.superseded_by(),
        "unfilled": unfilled.collect::<Vec<_>>(),
        "fault": decision.fault,
    })
}

fn replace(file: &SourceFile, text: Option<String>) -> Option<Act> {
    let old = file.text().as_bytes().to_vec();
    text.map(|text| Act::Replace { path: file.path().clone(), old, new: text.into_bytes() })
}

fn refused(file: &SourceFile, fault: &adr::SupersedeFault) -> Failure {
    Failure::refused(format!("`{}`: {fault}", file.path())).hint("nothing was written")
}
