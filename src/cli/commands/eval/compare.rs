//! `keelmark eval compare`.

use super::{deliver, format};
use crate::cli::args::{CompareArgs, ReportFormat};
use crate::cli::context::{Context, Wanted};
use crate::cli::evals::Desk;
use crate::cli::evals::rulings::{self, table};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::evals::baseline::Baseline;
use crate::evals::compare::Comparison;
use crate::evals::record::CaseRecord;
use crate::output::evals::compare::Compared;

/// The word for what a run is compared with by default.
const BASELINE: &str = "baseline";

pub(super) fn run(context: &Context, arguments: &CompareArgs) -> Result<Exit, Failure> {
    let workspace = context.open()?.workspace(&Wanted::Worktree, context)?;
    let desk = Desk::open(context, &workspace, None)?;
    let runs = desk.runs()?;
    let after = runs.find(&arguments.run)?;
    let (cases, _) = after.sorted_cases()?;
    let gates = desk.gates()?;
    let mut before_texts: Option<Vec<CaseRecord>> = None;
    let (before, name) = if arguments.other == BASELINE {
        let (baseline, _) = desk.baseline(&after.record)?.ok_or_else(|| {
            Failure::usage(format!(
                "`{}` has no baseline with `{}`",
                after.record.suite.entry, after.record.model
            ))
            .hint("`keelmark eval bless RUN` makes one, and a merge makes it count")
        })?;
        // The run that was blessed may still be here, with its answers.
        if let Some(run) = runs.by_digest(baseline.run)? {
            before_texts = Some(run.sorted_cases()?.0);
        }
        (baseline, BASELINE.to_owned())
    } else {
        let other = runs.find(&arguments.other)?;
        let (cases, _) = other.sorted_cases()?;
        let baseline = Baseline::from_record(&other.record, &cases)
            .map_err(|fault| Failure::usage(format!("`{}`: {fault}", other.record.id)))?;
        before_texts = Some(cases);
        (baseline, other.record.id)
    };
    let table = table(&cases, gates.as_ref())?;
    let mut comparison = rulings::compare(&after.record, &before, &table, gates.as_ref())?;
    if let Some(before) = &before_texts {
        comparison.show_answers(before, &cases);
    }
    let compared = Compared { before: &name, after: &after.record.id, comparison: &comparison };
    let mut out = Vec::new();
    match format(&arguments.report) {
        ReportFormat::Human => compared.human(context.printer.style(), &mut out)?,
        ReportFormat::Json => compared.json(&mut out)?,
        ReportFormat::Markdown => compared.markdown(&mut out)?,
        ReportFormat::Junit | ReportFormat::Sarif | ReportFormat::Github => {
            return Err(Failure::usage("a comparison has no such format")
                .hint("human, json and markdown are there"));
        }
    }
    deliver(context, &out, &arguments.report)?;
    Ok(match comparison {
        Comparison::Changed(_) => Exit::Success,
        Comparison::Incomparable { .. } => Exit::Undecided,
    })
}
