//! `keelmark try`: my answer beside the published one.

mod watch;

use serde_json::{Value, json};

use super::check::{ignore_closed, stage};
use super::render;
use crate::checks::{Loaded, Named, Scope, read_entry};
use crate::cli::args::{ListingFormat, TryArgs};
use crate::cli::assess::How;
use crate::cli::context::{Context, Wanted};
use crate::cli::evals::Desk;
use crate::cli::evals::single::{FoundCase, UNIT, stopped};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::{past, select};
use crate::escape;
use crate::evals::event::Stop;
use crate::evals::runner::Reach;
use crate::evals::session::Session;
use crate::evals::trial::Reply;
use crate::finding::{Family, Finding, Severity};
use crate::ident::EntryName;
use crate::output::answers::{self, Arrangement, Column};
use crate::output::json as documents;
use crate::output::trial::{self, Held};
use crate::template::Variables;

/// From this many columns on answers stand side by side.
const WIDE: usize = 100;

pub(in crate::cli) fn run(context: &Context, arguments: &TryArgs) -> Result<Exit, Failure> {
    if arguments.watch { watch::run(context, arguments) } else { once(context, arguments) }
}

/// What the prompt is asked.
enum Asked {
    Case(FoundCase),
    Inputs(Variables),
}

/// What became of the published version.
enum Published {
    /// There is none.
    New,
    /// It is the same prompt, so that one answer stands for both.
    Same(Loaded),
    /// It was asked as well.
    Asked(Loaded, Box<Reply>),
}

/// Everything that is shown.
struct Shown {
    name: EntryName,
    case: Option<FoundCase>,
    mine: Loaded,
    model: String,
    reply: Reply,
    published: Published,
    published_model: String,
}

/// Asks once and shows the answers.
fn once(context: &Context, arguments: &TryArgs) -> Result<Exit, Failure> {
    let workspace = context.open()?.workspace(&Wanted::Worktree, context)?;
    let desk = Desk::open(context, &workspace, arguments.base.as_deref())?;
    let selected = select::entry(&workspace, &arguments.entry)?;
    if let Some(version) = selected.version {
        return Err(Failure::usage(format!("`try` asks the work tree, not version {version}"))
            .hint("leave the version out; `--base REV` says what to compare with"));
    }
    let mine = read_mine(&desk, &selected.name)?;
    let published = read_published(&desk, &mine)?;
    let asked = asked(&desk, arguments, &mine)?;
    let model = model(&desk, arguments, &asked, &mine)?;
    let session = session(&desk, &asked, &mine, model.as_deref())?;
    if let Err(message) = session.request(UNIT) {
        return Err(Failure::refused(message).hint("nothing was sent to a model"));
    }
    let reach = if arguments.offline { Reach::Offline } else { Reach::Online };
    let channel = desk.channel(reach, desk.cap(&session.suite))?;
    let is_same = |old: &Loaded| {
        let (old, new) = (old.facets(), mine.facets());
        old.behaviour == new.behaviour && old.contract == new.contract
    };
    let (other, before) = match published {
        None => (None, Published::New),
        Some(old) if is_same(&old) => (None, Published::Same(old)),
        Some(old) => {
            (Some((self::session(&desk, &asked, &old, model.as_deref())?, old)), Published::New)
        }
    };
    let can_be_asked = other.as_ref().is_none_or(|(session, _)| session.request(UNIT).is_ok());
    if context.printer.talks_to_a_terminal() && reach == Reach::Online {
        context.printer.say(&format!("asking {} …", escape::line(&answering(&session))));
    }
    let (reply, old_reply) = rayon::join(
        || channel.ask(&session),
        || other.as_ref().map(|(session, _)| channel.ask(session)).transpose(),
    );
    let (reply, old_reply) = match (reply, old_reply) {
        (Err(Stop::Interrupted), _) | (_, Err(Stop::Interrupted)) => return Ok(Exit::Interrupted),
        (reply, old) => (reply.map_err(stopped)?, old.map_err(stopped)?),
    };
    let mut exit = Exit::Success;
    let unanswered = |reply: &Reply| reply.record.answer.is_none();
    if unanswered(&reply) || (can_be_asked && old_reply.as_ref().is_some_and(unanswered)) {
        exit = Exit::Undecided;
    }
    let published_model = other.as_ref().map(|(session, _)| answering(session));
    let model = answering(&session);
    let shown = Shown {
        name: selected.name,
        case: match asked {
            Asked::Case(found) => Some(found),
            Asked::Inputs(_) => None,
        },
        mine,
        published_model: published_model.unwrap_or_else(|| model.clone()),
        model,
        reply,
        published: match (other, old_reply) {
            (Some((_, old)), Some(reply)) => Published::Asked(old, Box::new(reply)),
            _ => before,
        },
    };
    let mut out = Vec::new();
    match arguments.format {
        ListingFormat::Human => out.extend_from_slice(human(context, &shown).as_bytes()),
        ListingFormat::Json => {
            documents::write(&documents::v1::listing("keelmark.try.v1", body(&shown)), &mut out)?;
        }
    }
    context.printer.data(&String::from_utf8_lossy(&out)).or_else(ignore_closed)?;
    Ok(exit)
}

/// Reads the prompt of the work tree. What keeps its file from being understood is shown: an answer
/// to half of a prompt would mislead.
fn read_mine(desk: &Desk<'_>, name: &EntryName) -> Result<Loaded, Failure> {
    let workspace = desk.workspace;
    let paths = Scope::Paths(workspace.layout.entry_paths(name).collect());
    let how = How { scope: paths, stage: stage(workspace, desk.context) };
    let report = desk.ground.check(workspace, desk.tree(), how)?;
    let keeps = |finding: &Finding| {
        let unread = match finding.rule.family {
            Family::Reading | Family::Shape => true,
            // Digests are written when the author is done.
            Family::Integrity => !finding.place.pointer.starts_with("/checksums"),
            _ => false,
        };
        finding.severity == Severity::Error && finding.entry.as_ref() == Some(name) && unread
    };
    let faults: Vec<Finding> = report.findings.into_iter().filter(keeps).collect();
    let mine = read_entry(&workspace.layout, name, Named { name: "", tree: desk.tree() })?;
    match mine {
        Some(mine) if faults.is_empty() => match mine.entry.as_prompt() {
            Some(_) => Ok(mine),
            None => Err(Failure::usage(format!("`{name}` is no prompt"))
                .hint("`keelmark list prompt` shows the prompts")),
        },
        _ => {
            desk.refuse(&faults);
            Err(select::unreadable(name))
        }
    }
}

/// Reads the published prompt: as the base's tip has it, under its name or a former one.
fn read_published(desk: &Desk<'_>, mine: &Loaded) -> Result<Option<Loaded>, Failure> {
    let tip = desk.ground.view().tip;
    for name in past::names(mine) {
        let found = read_entry(&desk.workspace.layout, &name, tip)?;
        if found.as_ref().is_some_and(|found| found.entry.as_prompt().is_some()) {
            return Ok(found);
        }
    }
    Ok(None)
}

/// Decides what is asked: the case that was named, what was typed, or a suite's first case.
fn asked(desk: &Desk<'_>, arguments: &TryArgs, mine: &Loaded) -> Result<Asked, Failure> {
    let name = &mine.entry.name;
    if let Some(id) = &arguments.case {
        return Ok(Asked::Case(desk.find_case(id, arguments.suite.as_deref(), Some(name))?));
    }
    let Some(prompt) = mine.entry.as_prompt() else { return Err(select::unreadable(name)) };
    let inputs = prompt.inputs();
    let given = render::given(arguments.file.as_deref(), &arguments.variables, &inputs)?;
    let needs = inputs.fields.values().any(|field| field.required && field.default.is_none());
    if given.is_empty()
        && needs
        && let Some(found) = desk.first_case(name)?
    {
        return Ok(Asked::Case(found));
    }
    // Said in the words of `render`; the binding fills in defaults once more.
    render::variables(&inputs, given.clone())?;
    Ok(Asked::Inputs(given))
}

/// Returns the model to ask; `None` leaves it to the suite or the prompt.
fn model(
    desk: &Desk<'_>,
    arguments: &TryArgs,
    asked: &Asked,
    mine: &Loaded,
) -> Result<Option<String>, Failure> {
    let own = mine.entry.as_prompt().and_then(|prompt| prompt.model.as_ref());
    if arguments.model.is_some() || matches!(asked, Asked::Case(_)) || own.is_some() {
        return Ok(arguments.model.clone());
    }
    let suites = desk.measuring(&mine.entry.name)?;
    if let [(_, suite)] = suites.as_slice()
        && let Some(first) = suite.models.first()
    {
        return Ok(Some(first.clone()));
    }
    Err(Failure::usage(format!("nothing says which model answers `{}`", mine.entry.name))
        .hint("name one with `--model`, or give the prompt `model: model/…`"))
}

/// Opens the session of one side.
fn session(
    desk: &Desk<'_>,
    asked: &Asked,
    prompt: &Loaded,
    model: Option<&str>,
) -> Result<Session, Failure> {
    let matter = match asked {
        Asked::Case(found) => desk.matter_of_case(found)?,
        Asked::Inputs(inputs) => match prompt.entry.as_prompt() {
            Some(body) => desk.matter_of_inputs(body, inputs)?,
            None => return Err(select::unreadable(&prompt.entry.name)),
        },
    };
    desk.session_of(matter, prompt, model)
}

/// Names the model that answers in a session.
fn answering(session: &Session) -> String {
    let target = session.targets.first();
    let model = target.and_then(|target| session.models.get(target.model));
    model.map(|model| model.stamp.entry.clone()).unwrap_or_default()
}

impl Shown {
    const fn held(&self) -> Held {
        if self.case.is_some() { Held::ToACase } else { Held::ToNothing }
    }
}

fn human(context: &Context, shown: &Shown) -> String {
    let mut out = format!("{} with {}", shown.name, escape::line(&shown.model));
    if shown.published_model != shown.model {
        out.push_str(&format!(" (published: with {})", escape::line(&shown.published_model)));
    }
    if let Some(found) = &shown.case {
        out.push_str(&format!(", case {} of {}", escape::line(&found.id), found.suite));
    }
    out.push_str("\n\n");
    // On the author's own terminal the answer is shown as it came; a pipe may lead anywhere.
    let is_own = context.printer.shows_on_a_terminal();
    let text = |reply: &Reply| match (&reply.answer, &reply.record.answer) {
        (Some(raw), _) if is_own => raw.text.clone(),
        (_, Some(recorded)) => recorded.text.clone(),
        (_, None) => trial::missing(reply),
    };
    let mine = format!("mine {}", shown.mine.entry.common.version);
    let answer = text(&shown.reply);
    let column = Column { heading: &mine, text: &answer };
    match &shown.published {
        Published::New => {
            out.push_str("the prompt is new: there is no published version\n");
            out.push_str(&answers::one(column));
        }
        Published::Same(old) => {
            let version = escape::line(&old.entry.common.version);
            out.push_str(&format!("same as published {version}: asked once\n"));
            out.push_str(&answers::one(column));
        }
        Published::Asked(old, reply) => {
            let heading = format!("published {}", old.entry.common.version);
            let before = Column { heading: &heading, text: &text(reply) };
            let style = context.printer.style();
            out.push_str(&answers::two(before, column, arrangement(context), style));
        }
    }
    out.push('\n');
    let mut columns = Vec::new();
    if let Published::Asked(_, reply) = &shown.published {
        columns.push(("published", &**reply));
    }
    columns.push(("mine", &shown.reply));
    out.push_str(&trial::table(&columns, shown.held()));
    out
}

/// Puts answers side by side where `COLUMNS` says that there is room.
pub(super) fn arrangement(context: &Context) -> Arrangement {
    let columns = context.environment.named(["COLUMNS"]).remove("COLUMNS");
    match columns.and_then(|columns| columns.parse().ok()) {
        Some(columns) if columns >= WIDE => Arrangement::Beside(columns),
        _ => Arrangement::Stacked,
    }
}

fn body(shown: &Shown) -> Value {
    let held = shown.held();
    let side = |prompt: &Loaded, model: &str, reply: &Reply| {
        trial::body(&prompt.entry.common.version, model, reply, held)
    };
    json!({
        "entry": shown.name,
        "suite": shown.case.as_ref().map(|found| &found.suite),
        "case": shown.case.as_ref().map(|found| &found.id),
        "model": shown.model,
        "same_prompt": matches!(shown.published, Published::Same(_)),
        "published": match &shown.published {
            Published::New => Value::Null,
            Published::Same(old) => side(old, &shown.model, &shown.reply),
            Published::Asked(old, reply) => side(old, &shown.published_model, reply),
        },
        "mine": side(&shown.mine, &shown.model, &shown.reply),
    })
}
