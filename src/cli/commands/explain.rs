//! `keelmark explain`.

use super::check::ignore_closed;
use crate::checks::catalogue;
use crate::cli::args::ExplainArgs;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::finding::{Family, Rule};
use crate::release;

/// The page of a family.
const fn page(family: Family) -> &'static str {
    match family {
        Family::Reading => include_str!("../../../docs/rules/reading.md"),
        Family::Shape => include_str!("../../../docs/rules/shape.md"),
        Family::Version => include_str!("../../../docs/rules/version.md"),
        Family::Input => include_str!("../../../docs/rules/input.md"),
        Family::Output => include_str!("../../../docs/rules/output.md"),
        Family::Prompt => include_str!("../../../docs/rules/prompt.md"),
        Family::Model => include_str!("../../../docs/rules/model.md"),
        Family::Policy => include_str!("../../../docs/rules/policy.md"),
        Family::Metadata => include_str!("../../../docs/rules/metadata.md"),
        Family::Integrity => include_str!("../../../docs/rules/integrity.md"),
        Family::Reference => include_str!("../../../docs/rules/reference.md"),
        Family::Eval => include_str!("../../../docs/rules/eval.md"),
        Family::Release => include_str!("../../../docs/rules/release.md"),
    }
}

/// Returns every rule, sorted by family and id.
pub(super) fn every_rule() -> Vec<&'static Rule> {
    let mut all: Vec<&'static Rule> = catalogue::rules().collect();
    all.extend(release::rules::RULES);
    all.sort_by_key(|rule| (rule.family, rule.id));
    all
}

pub(in crate::cli) fn run(context: &Context, arguments: &ExplainArgs) -> Result<Exit, Failure> {
    let id = arguments.rule.trim();
    let all = every_rule();
    let Some(rule) = all.iter().find(|rule| rule.id == id) else {
        let hint = catalogue::suggest_among(all.into_iter(), id);
        return Err(Failure::usage(format!("there is no rule `{id}`")).hint(hint));
    };
    let text = section(page(rule.family), rule.id)
        .unwrap_or_else(|| format!("## {}\n\n{}\n", rule.id, rule.summary));
    context.printer.data(&text).or_else(ignore_closed)?;
    Ok(Exit::Success)
}

/// Cuts the section of a rule out of its family's page.
fn section(page: &str, id: &str) -> Option<String> {
    let heading = format!("## {id}");
    let mut lines = page.lines().skip_while(|line| line.trim_end() != heading);
    let first = lines.next()?;
    let rest = lines.take_while(|line| !line.starts_with("## "));
    let text: Vec<&str> = std::iter::once(first).chain(rest).collect();
    Some(format!("{}\n", text.join("\n").trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_section_on_its_familys_page() {
        let missing: Vec<&str> = every_rule()
            .into_iter()
            .filter(|rule| section(page(rule.family), rule.id).is_none())
            .map(|rule| rule.id)
            .collect();
        assert!(missing.is_empty(), "without a section: {missing:?}");
    }

    #[test]
    fn rules_of_releases_are_told_apart_from_those_of_checks() {
        let mut ids: Vec<&str> = every_rule().iter().map(|rule| rule.id).collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all);
        assert!(release::rules::RULES.iter().all(|rule| rule.family == Family::Release));
    }
}
