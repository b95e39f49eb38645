//! `keelmark rules`.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::check::ignore_closed;
use super::explain::every_rule;
use crate::cli::args::{RulesArgs, RulesFormat};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::finding::{Mirror, Rule};
use crate::output::json as documents;

pub(in crate::cli) fn run(context: &Context, arguments: &RulesArgs) -> Result<Exit, Failure> {
    let mut out = Vec::new();
    match arguments.format {
        RulesFormat::Human => {
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
        RulesFormat::Json => {
            let rules: Vec<Value> = every_rule().into_iter().map(describe).collect();
            documents::write(
                &documents::v1::listing("keelmark.rules.v1", json!({"rules": rules})),
                &mut out,
            )?;
        }
        RulesFormat::Markdown => out.extend_from_slice(tables(&every_rule()).as_bytes()),
    }
    context
        .printer
        .data(String::from_utf8_lossy(&out).trim_start_matches('\n'))
        .or_else(ignore_closed)?;
    Ok(Exit::Success)
}

/// One table a family, whose rows lead to the sections of the family's page.
fn tables(rules: &[&Rule]) -> String {
    let mut out = String::new();
    let mut family = "";
    for rule in rules {
        let name = rule.family.name();
        if name != family {
            family = name;
            let _ = write!(
                out,
                "\n### [{name}]({name}.md)\n\n| rule | severity | bump | since | what it finds |\n|---|---|---|---|---|\n"
            );
        }
        let bump = rule.bump.map(|bump| bump.to_string()).unwrap_or_default();
        let Rule { id, since, .. } = rule;
        let (severity, what) = (rule.severity.word(), sentence(rule).replace('|', "\\|"));
        let _ =
            writeln!(out, "| [`{id}`]({name}.md#{id}) | {severity} | {bump} | {since} | {what} |");
    }
    out
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
