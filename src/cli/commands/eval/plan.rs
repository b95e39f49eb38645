//! `keelmark eval plan`.

use serde_json::{Value, json};

use super::super::check::ignore_closed;
use crate::cli::args::{ListingFormat, PlanArgs};
use crate::cli::context::{Context, Wanted};
use crate::cli::evals::{Caching, Desk, Prepared, RunOptions, planned};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::escape;
use crate::evals::plan::Estimate;
use crate::evals::runner::Reach;
use crate::output::json as documents;

pub(super) fn run(context: &Context, arguments: &PlanArgs) -> Result<Exit, Failure> {
    let selection = &arguments.selection;
    let workspace = context.open()?.workspace(&Wanted::from(&selection.tree), context)?;
    let desk = Desk::open(context, &workspace, selection.base.as_deref())?.offline();
    let options = RunOptions {
        tier: selection.when.map(Into::into),
        repeat: selection.repeat,
        shard: selection.shard,
        filters: selection.filters.clone(),
        jobs: None,
        reach: Reach::Offline,
        caching: Caching::Off,
        max_cost: None,
        time_limit: None,
        resume: None,
    };
    let mut plans = Vec::new();
    for prepared in super::prepared(&desk, selection)? {
        let (_, estimate) = planned(&prepared, &options)?;
        plans.push((prepared, estimate));
    }
    let mut out = Vec::new();
    match arguments.format {
        ListingFormat::Human => {
            for (prepared, estimate) in &plans {
                out.extend_from_slice(human(prepared, estimate).as_bytes());
            }
            if plans.is_empty() {
                context.printer.say("0 suites are affected by the change");
            }
        }
        ListingFormat::Json => {
            let plans: Vec<Value> = plans.iter().map(|(p, e)| body(p, e)).collect();
            let listing = documents::v1::listing("keelmark.eval_plan.v1", json!({"plans": plans}));
            documents::write(&listing, &mut out)?;
        }
    }
    context.printer.data(&String::from_utf8_lossy(&out)).or_else(ignore_closed)?;
    Ok(Exit::Success)
}

fn human(prepared: &Prepared, estimate: &Estimate) -> String {
    let name = escape::line(&format!("{}@{}", prepared.name, prepared.header.suite.version));
    let model = escape::line(&prepared.header.model);
    let mut out = format!("{name} with {model}\n");
    out.push_str(&format!("  cases        {}\n", estimate.cases));
    out.push_str(&format!(
        "  calls        {} to the model, {} to judges, {} to recordings\n",
        estimate.calls, estimate.judge_calls, estimate.free_calls
    ));
    out.push_str(&format!(
        "  tokens       at most {} in, {} out\n",
        estimate.most_input_tokens, estimate.most_output_tokens
    ));
    let cost = match estimate.most_cost {
        Some(cost) => format!("at most {cost}"),
        None => format!("unknown: no prices for {}", escape::line(&estimate.unpriced.join(", "))),
    };
    out.push_str(&format!("  cost         {cost}\n"));
    out
}

fn body(prepared: &Prepared, estimate: &Estimate) -> Value {
    json!({
        "suite": prepared.name,
        "version": prepared.header.suite.version,
        "model": prepared.header.model,
        "cases": estimate.cases,
        "calls": estimate.calls,
        "judge_calls": estimate.judge_calls,
        "free_calls": estimate.free_calls,
        "most_input_tokens": estimate.most_input_tokens,
        "most_output_tokens": estimate.most_output_tokens,
        "most_cost_usd": estimate.most_cost.map(crate::money::MicroUsd::to_usd),
        "unpriced": estimate.unpriced,
    })
}
