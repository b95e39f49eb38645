//! What people see of a proposal.

use super::proposal::Proposal;
use crate::checks::report::Report;
use crate::cli::args::SignArgs;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::signing::Notary;
use crate::escape;
use crate::finding::{Finding, Severity};
use crate::output::grid::{Cell, Grid};
use crate::output::human;
use crate::release::composite::Composition;
use crate::release::{demand, rules};
use crate::version::{Bump, Version};

/// Draws findings with their lines, and counts them.
///
/// # Errors
/// When the output cannot be written.
pub(in crate::cli) fn findings(
    context: &Context,
    findings: &[Finding],
    judged: usize,
) -> Result<String, Failure> {
    let report = Report { judged, findings: findings.to_vec(), ..Report::default() };
    let mut out = Vec::new();
    human::write(&report, context.printer.style(), &mut out)?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}

/// Says what a release goes out in spite of.
pub(in crate::cli) fn warnings(context: &Context, findings: &[Finding]) {
    for finding in findings.iter().filter(|finding| finding.severity == Severity::Warning) {
        let message = escape::line(&finding.message);
        context.printer.say(&format!("warning: {message} ({})", finding.rule.id));
    }
}

/// Says that a tag would go out unsigned where the registry lists who signs, and why.
pub(in crate::cli) fn unsigned(
    notary: &Notary,
    signing: SignArgs,
    composition: &Composition,
) -> Option<Finding> {
    let (why, help) = notary.unsigned(signing)?;
    let list = notary.path.to_text();
    Some(demand::unsigned(composition, &list, &why, help))
}

/// Returns how a release that has these findings ends: a freeze has a code of its own.
pub(in crate::cli) fn ending(findings: &[Finding]) -> Exit {
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error);
    errors.fold(Exit::Success, |exit, finding| {
        let frozen = finding.rule.id == rules::RELEASE_FROZEN.id;
        exit.and(if frozen { Exit::Frozen } else { Exit::Findings })
    })
}

/// Writes what is to be released: the string, the step and the table of what changed.
///
/// # Errors
/// When the output cannot be written.
pub(in crate::cli) fn heading(context: &Context, proposal: &Proposal) -> Result<String, Failure> {
    let composition = &proposal.composition;
    let step = &proposal.step;
    let name = escape::line(composition.name.id.as_str());
    let text = escape::line(&composition.string());
    let mut out = format!("{name} {}  {text}\n", composition.version);
    match &proposal.before {
        None => out.push_str("the first release\n"),
        Some(before) => {
            let what = if before.tag.is_some() { "released" } else { "published" };
            let version = &before.composition.version;
            out.push_str(&format!(
                "{version} is {what}; what changed since needs {}\n",
                step.required
            ));
        }
    }
    let style = context.printer.style();
    let mut grid = Grid::new(style, &["slot", "version", "own step", "step", "rule", "why"]);
    for row in &step.rows {
        let slot = if row.slot.is_empty() { "composite" } else { &row.slot };
        let own = if row.own_step == Bump::None { String::new() } else { row.own_step.to_string() };
        grid.row(vec![
            Cell::plain(slot),
            Cell::plain(format!("{} → {}", version(row.from.as_ref()), version(row.to.as_ref()))),
            Cell::plain(own),
            Cell::plain(row.step.to_string()),
            Cell::plain(row.rule.id),
            Cell::plain(&row.why),
        ]);
    }
    let mut table = Vec::new();
    grid.write(&mut table)?;
    out.push_str(&String::from_utf8_lossy(&table));
    for suite in &proposal.suites {
        let run = suite.run.as_ref().map(|run| format!(", {}", escape::line(run)));
        let vouched = suite.vouched.as_ref().map(|words| format!(", {}", escape::line(words)));
        let cost = suite.cost.map(|cost| format!(", at most {cost}"));
        out.push_str(&format!(
            "evidence  {}: {}{}{}{}\n",
            escape::line(&suite.suite),
            suite.state,
            run.unwrap_or_default(),
            vouched.unwrap_or_default(),
            cost.unwrap_or_default()
        ));
    }
    if let Some(way) = &proposal.way_back {
        let word = if way.direction.compatible() { "open" } else { "breaks callers" };
        out.push_str(&format!("way back  {}: {word}\n", escape::line(&way.tag.name)));
    }
    Ok(out)
}

fn version(version: Option<&Version>) -> String {
    version.map_or_else(|| "—".to_owned(), ToString::to_string)
}
