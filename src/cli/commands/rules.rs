//! `keelmark rules`.

use serde_json::{Value, json};

use super::check::ignore_closed;
use super::explain::every_rule;
use crate::cli::args::{ListingFormat, RulesArgs};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::finding::{Mirror, Rule};
use crate::output::json as documents;

pub(in crate::cli) fn run(context: &Context, arguments: &RulesArgs) -> Result<Exit, Failure> {
    let mut out = Vec::new();
    match arguments.format {
        ListingFormat::Human => {
            let mut family = "";
            for rule in every_rule() {
                if rule.family.name() != family {
                    family = rule.family.name();
                    out.extend_from_slice(format!("\n{family}\n").as_bytes());
                }
                let weight = rule
                    .bump
                    .map_or_else(|| rule.severity.word().to_owned(), |bump| format!("bump {bump}"));
                out.extend_from_slice(
                    format!("  {:<38} {weight:<11} {}\n", rule.id, sentence(rule)).as_bytes(),
                );
            }
        }
        ListingFormat::Json => {
            let rules: Vec<Value> = every_rule().into_iter().map(describe).collect();
            documents::write(
                &documents::v1::listing("keelmark.rules.v1", json!({"rules": rules})),
                &mut out,
            )?;
        }
    }
    context
        .printer
        .data(String::from_utf8_lossy(&out).trim_start_matches('\n'))
        .or_else(ignore_closed)?;
    Ok(Exit::Success)
}

/// Summaries are sentences here; some rooms write them as fragments.
fn sentence(rule: &Rule) -> &'static str {
    rule.summary.trim_end_matches('.')
}

fn describe(rule: &Rule) -> Value {
    let mirror = rule.mirror.map(|mirror| match mirror {
        Mirror::Rule(id) => json!({"rule": id}),
        Mirror::Waived(reason) => json!({"waived": reason}),
    });
    json!({
        "id": rule.id,
        "family": rule.family.name(),
        "severity": rule.severity.word(),
        "bump": rule.bump.map(|bump| bump.to_string()),
        "integrity": rule.integrity,
        "summary": sentence(rule),
        "rationale": rule.rationale,
        "reads": rule.reads,
        "since": rule.since,
        "mirror": mirror,
    })
}
