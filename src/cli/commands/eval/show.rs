//! `keelmark eval show`.

use super::super::check::ignore_closed;
use super::write;
use crate::cli::args::ShowRunArgs;
use crate::cli::context::Context;
use crate::cli::evals::rulings::{Parts, assemble, table};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::store::runs::Runs;
use crate::escape;
use crate::evals::record::{CaseRecord, ExpectedRecord};
use crate::evals::report::why;

pub(super) fn run(context: &Context, arguments: &ShowRunArgs) -> Result<Exit, Failure> {
    let opened = context.open()?;
    let stored = Runs::open(opened.top()?)?.find(&arguments.run)?;
    let (cases, _) = stored.sorted_cases()?;
    if let Some(id) = &arguments.case {
        let found: Vec<&CaseRecord> = cases.iter().filter(|case| case.case == *id).collect();
        if found.is_empty() {
            return Err(Failure::usage(format!("the run has no case `{id}`")));
        }
        let text: String = found.iter().map(|case| one(case)).collect();
        context.printer.data(&text).or_else(ignore_closed)?;
        return Ok(Exit::Success);
    }
    let table = table(&cases, None)?;
    let report = assemble(Parts {
        record: &stored.record,
        cases,
        places: Vec::new(),
        table: &table,
        gates: None,
        comparison: None,
        compared_with: None,
        after_merge: Vec::new(),
        notes: Vec::new(),
    })?;
    write(context, &[report], &arguments.report)?;
    Ok(Exit::Success)
}

/// Shows one case with its answer.
fn one(case: &CaseRecord) -> String {
    let mut out = format!("{} #{}  {}", escape::line(&case.case), case.repeat, case.outcome.word());
    if case.outcome != crate::evals::record::Outcome::Pass {
        out.push_str(&format!(": {}", escape::line(&why(case))));
    }
    out.push('\n');
    let mut part = |name: &str, text: &str| {
        if !text.is_empty() {
            out.push_str(&format!("\n── {name}\n{}\n", escape::lines(text)));
        }
    };
    part("input", &case.input);
    part(
        "expected",
        match &case.expected {
            ExpectedRecord::None => "",
            ExpectedRecord::Text(text) => text,
            ExpectedRecord::Withheld => "(withheld: it holds personal data)",
            ExpectedRecord::Block => "<BLOCK>",
        },
    );
    if let Some(answer) = &case.answer {
        part("answer", &answer.text);
    }
    let scores: Vec<String> =
        case.scores.iter().map(|(metric, score)| format!("{metric} {score}")).collect();
    part("scores", &scores.join("\n"));
    let unscored: Vec<String> =
        case.unscored.iter().map(|(metric, why)| format!("{metric}: {why}")).collect();
    part("unscored", &unscored.join("\n"));
    let guardrails: Vec<String> = case
        .guardrails
        .iter()
        .map(|(name, found)| {
            let word = if found.hit { "hit" } else { "clear" };
            format!("{name} {word} {}", found.reason).trim_end().to_owned()
        })
        .collect();
    part("guardrails", &guardrails.join("\n"));
    let judged: Vec<String> =
        case.judged.iter().map(|(metric, judged)| format!("{metric}: {}", judged.reason)).collect();
    part("judges", &judged.join("\n"));
    out.push('\n');
    out
}
