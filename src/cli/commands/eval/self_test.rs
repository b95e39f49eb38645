//! `keelmark eval self-test`.

use serde_json::json;

use super::super::check::ignore_closed;
use crate::cli::args::{ListingFormat, SelfTestArgs};
use crate::cli::context::{Context, Wanted};
use crate::cli::evals::Desk;
use crate::cli::evals::rulings::table;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::escape;
use crate::evals::selftest::{Frequency, SelfTest, SelfTestFault, self_test};
use crate::output::json as documents;

/// How many splits are drawn.
const SPLITS: u32 = 1_000;

pub(super) fn run(context: &Context, arguments: &SelfTestArgs) -> Result<Exit, Failure> {
    let workspace = context.open()?.workspace(&Wanted::Worktree, context)?;
    let desk = Desk::open(context, &workspace, None)?;
    let stored = desk.runs()?.find(&arguments.run)?;
    let (cases, _) = stored.sorted_cases()?;
    let gates = desk.gates()?.ok_or_else(|| {
        Failure::usage("the base has no gates.yaml, so there is no gate to test")
            .hint("write `registry/policies/gates.yaml` with `margins`, and have it merged")
    })?;
    let table = table(&cases, Some(&gates))?;
    let found =
        self_test(&table, &gates, stored.record.seed, SPLITS).map_err(|fault| failure(&fault))?;
    let mut out = Vec::new();
    match arguments.format {
        ListingFormat::Human => out.extend_from_slice(human(&stored.record.id, &found).as_bytes()),
        ListingFormat::Json => {
            let body = json!({"id": stored.record.id, "self_test": found});
            documents::write(
                &documents::v1::listing("keelmark.eval_self_test.v1", body),
                &mut out,
            )?;
        }
    }
    context.printer.data(&String::from_utf8_lossy(&out)).or_else(ignore_closed)?;
    Ok(Exit::Success)
}

fn failure(fault: &SelfTestFault) -> Failure {
    Failure::undecided(fault.to_string())
        .hint("run the suite with `--repeat 4`, and give gates.yaml `margins`")
}

fn human(id: &str, found: &SelfTest) -> String {
    let mut out = format!(
        "{}: each case's repeats split into halves {} times, seed {}\n",
        escape::line(id),
        found.splits,
        found.seed
    );
    for gate in &found.gates {
        out.push_str(&format!(
            "  {:<20} margin {:<8} {} false alarms, {} inconclusive\n",
            escape::line(&gate.metric),
            gate.margin,
            share(&gate.alarms),
            share(&gate.inconclusive)
        ));
    }
    out.push_str(&format!(
        "  any gate: {} false alarms, {} inconclusive\n",
        share(&found.any_alarm),
        share(&found.any_inconclusive)
    ));
    out
}

fn share(frequency: &Frequency) -> String {
    let percent = |share: f64| format!("{:.1}", share * 100.0);
    let interval = &frequency.interval;
    let ends = interval.low.zip(interval.high);
    let ends = ends.map(|(low, high)| format!(" (95 % {}–{} %)", percent(low), percent(high)));
    format!("{} %{}", percent(frequency.rate), ends.unwrap_or_default())
}
