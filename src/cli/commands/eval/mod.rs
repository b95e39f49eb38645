//! `keelmark eval`, one file a verb.

mod bisect;
mod bless;
mod compare;
mod gc;
mod list;
mod merge;
mod plan;
mod record;
mod replay;
mod run;
mod self_test;
mod show;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use super::check::ignore_closed;
use super::graph;
use crate::checks;
use crate::cli::args::{EvalCommand, EvalReportArgs, ReportFormat, SelectionArgs, TierArg};
use crate::cli::context::Context;
use crate::cli::evals::{Desk, Prepared};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::evals::report::Report;
use crate::ident::EntryName;
use crate::lineage::{Reason, affected_suites};
use crate::output::evals::{github, human, json, junit, markdown, sarif};
use crate::registry::entry::Body;
use crate::registry::suite::Tier;

pub(in crate::cli) fn run(context: &Context, command: &EvalCommand) -> Result<Exit, Failure> {
    match command {
        EvalCommand::Run(arguments) => run::run(context, arguments),
        EvalCommand::Plan(arguments) => plan::run(context, arguments),
        EvalCommand::List(arguments) => list::run(context, arguments),
        EvalCommand::Show(arguments) => show::run(context, arguments),
        EvalCommand::Compare(arguments) => compare::run(context, arguments),
        EvalCommand::Bless(arguments) => bless::run(context, arguments),
        EvalCommand::Record(arguments) => record::run(context, arguments),
        EvalCommand::Replay(arguments) => replay::run(context, arguments),
        EvalCommand::Merge(arguments) => merge::run(context, arguments),
        EvalCommand::Bisect(arguments) => bisect::run(context, arguments),
        EvalCommand::SelfTest(arguments) => self_test::run(context, arguments),
        EvalCommand::Gc(arguments) => gc::run(context, arguments),
    }
}

impl From<TierArg> for Tier {
    fn from(tier: TierArg) -> Self {
        match tier {
            TierArg::Pr => Self::Pr,
            TierArg::Merge => Self::Merge,
            TierArg::Release => Self::Release,
            TierArg::Nightly => Self::Nightly,
        }
    }
}

/// Returns the suites that are meant.
fn selected(desk: &Desk<'_>, arguments: &SelectionArgs) -> Result<Vec<EntryName>, Failure> {
    let mut suites = desk.suites(&arguments.suites)?;
    if let Some(tier) = arguments.when.map(Tier::from) {
        let all = suites.len();
        let mut kept = Vec::new();
        for name in suites {
            if tiers(desk, &name)?.is_none_or(|tiers| tiers.contains(&tier)) {
                kept.push(name);
            }
        }
        suites = kept;
        if suites.is_empty() {
            return Err(Failure::usage(format!("none of {all} suites is run in this tier"))
                .hint("`when` of a suite lists its tiers"));
        }
    }
    if arguments.changed {
        let affected = affected(desk)?;
        suites.retain(|name| affected.iter().any(|(suite, _)| suite == name));
        for (suite, reasons) in affected.iter().filter(|(suite, _)| suites.contains(suite)) {
            let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
            desk.context.printer.detail(&format!("{suite}: {}", reasons.join("; ")));
        }
    }
    Ok(suites)
}

/// Returns the tiers of a suite; `None` where it is run in every one.
fn tiers(desk: &Desk<'_>, name: &EntryName) -> Result<Option<BTreeSet<Tier>>, Failure> {
    let loaded = crate::cli::select::load(&desk.workspace.layout, desk.tree(), name)?;
    Ok(match &loaded.entry.body {
        Body::Suite(suite) if !suite.when.is_empty() => Some(suite.when.iter().copied().collect()),
        _ => None,
    })
}

/// Returns the suites that the change can affect, each with why.
fn affected(desk: &Desk<'_>) -> Result<Vec<(EntryName, Vec<Reason>)>, Failure> {
    let graph = graph::read(desk.workspace)?;
    if let Some(name) = graph.unreadable().next() {
        return Err(Failure::undecided(format!(
            "`{name}` cannot be read, so nobody knows which suites it affects"
        ))
        .hint("`keelmark check` says what is wrong with it"));
    }
    let (before, after) = (desk.ground.before.snapshot(), desk.tree());
    let changed = checks::changed(&desk.workspace.layout, &desk.ground.changed, before, after)?;
    Ok(affected_suites(&graph, &changed).into_iter().collect())
}

/// Prepares every suite that is meant.
fn prepared(desk: &Desk<'_>, arguments: &SelectionArgs) -> Result<Vec<Prepared>, Failure> {
    let mut prepared = Vec::new();
    for name in selected(desk, arguments)? {
        prepared.extend(desk.prepare(&name, arguments.model.as_deref())?);
    }
    Ok(prepared)
}

/// Writes reports where they are wanted.
fn write(context: &Context, reports: &[Report], arguments: &EvalReportArgs) -> Result<(), Failure> {
    let format = format(arguments);
    let mut out = Vec::new();
    match format {
        ReportFormat::Human => human::write(reports, context.printer.style(), &mut out)?,
        ReportFormat::Json => json::write(reports, &mut out)?,
        ReportFormat::Junit => junit::write(reports, &mut out)?,
        ReportFormat::Markdown => markdown::write(reports, &mut out)?,
        ReportFormat::Sarif => sarif::write(reports, None, &mut out)?,
        ReportFormat::Github => github::write(reports, &mut out)?,
    }
    deliver(context, &out, arguments)?;
    // In a workflow of GitHub, annotations are added wherever they do not end up inside the report.
    let in_workflow = context.environment.get("GITHUB_ACTIONS").is_some();
    let to_log = arguments.output.is_some() || format == ReportFormat::Human;
    if in_workflow && to_log && format != ReportFormat::Github {
        let mut annotations = Vec::new();
        github::annotate(reports, &mut annotations)?;
        context.printer.data(&String::from_utf8_lossy(&annotations)).or_else(ignore_closed)?;
    }
    Ok(())
}

/// Puts bytes into the file that was named, or on stdout.
fn deliver(context: &Context, bytes: &[u8], arguments: &EvalReportArgs) -> Result<(), Failure> {
    match &arguments.output {
        None => Ok(context.printer.data(&String::from_utf8_lossy(bytes)).or_else(ignore_closed)?),
        Some(path) => {
            let mut file = File::create(path)
                .map_err(|e| Failure::usage(format!("cannot write `{}`: {e}", path.display())))?;
            Ok(file.write_all(bytes)?)
        }
    }
}

/// Returns the format that was asked for, or that the file's ending says.
fn format(arguments: &EvalReportArgs) -> ReportFormat {
    let ending = arguments.output.as_deref().and_then(Path::extension);
    arguments.format.unwrap_or_else(|| match ending.and_then(|ending| ending.to_str()) {
        Some("json") => ReportFormat::Json,
        Some("xml") => ReportFormat::Junit,
        Some("md") => ReportFormat::Markdown,
        Some("sarif") => ReportFormat::Sarif,
        _ => ReportFormat::Human,
    })
}
