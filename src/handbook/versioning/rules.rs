//! The rules that decide which step a change needs, as this registry has them.

use std::collections::BTreeMap;

use crate::finding::{Family, Rule, Severity};
use crate::handbook::facts::Facts;
use crate::handbook::md::{code, command, fill, own, sentence, text};
use crate::handbook::page::Page;
use crate::registry::config::Level;
use crate::version::Bump;

/// Writes the section.
pub(super) fn write(page: &mut Page, facts: &Facts<'_>) {
    page.section("SemVer rules in force");
    page.say(fill(
        "The step is the largest that any rule asks for; a smaller one is refused, a larger one is warned about. A change that no rule knows is never taken for none: another contract is major, any other content at least a patch. {} shows the page of a rule.",
        &[command("explain RULE")],
    ));
    page.table(
        &["Step", "When"],
        vec![
            vec![
                own("major"),
                own("somebody who relies on the entry may have to change something"),
            ],
            vec![
                own("minor"),
                own("nobody has to change anything, but answers or possibilities differ"),
            ],
            vec![own("patch"), own("nobody can tell from the answers")],
            vec![
                own("none"),
                own("nothing that counts has changed: owner, tags, description, links"),
            ],
        ],
    );
    kinds(page);
    changed(page, facts);
    let mut groups: BTreeMap<&'static str, Vec<&'static Rule>> = BTreeMap::new();
    for rule in facts.rules.iter().filter(|rule| rule.bump.is_some()) {
        groups.entry(title(rule.family)).or_default().push(rule);
    }
    for (title, mut rules) in groups {
        page.part(own(title));
        rules.sort_by_key(|rule| (std::cmp::Reverse(bump(facts, rule)), rule.id));
        let rows = rules
            .into_iter()
            .map(|rule| vec![own(step(bump(facts, rule))), sentence(rule.summary), code(rule.id)]);
        page.table(&["Step", "What changed", "Rule"], rows.collect());
    }
    numbers(page, facts);
}

/// Says which rules judge which kind.
fn kinds(page: &mut Page) {
    page.table(
        &["Kind", "Which rules decide"],
        vec![
            vec![own("prompts"), own("those for every kind and those for prompts")],
            vec![
                own("datasets, models, fragments, judges, profiles, suites"),
                own("those for every kind: rows, weights and rubrics have no rules of their own, so a change of them is at least a patch, and one of what consumers rely on is major"),
            ],
            vec![
                own("composites"),
                own("those for every kind and those for composites; what callers see of one is judged as for prompts"),
            ],
        ],
    );
}

/// Says which rules are not as they come.
fn changed(page: &mut Page, facts: &Facts<'_>) {
    let config = facts.config;
    let rows = config.rules.iter().filter_map(|(id, setting)| {
        let rule = facts.rules.iter().find(|rule| rule.id == id)?;
        let usual = match rule.bump {
            Some(bump) => own(step(bump)),
            None => own(rule.severity.word()),
        };
        let here = match (setting.bump, setting.level) {
            (Some(bump), Some(level)) => fill("{}, {}", &[own(step(bump)), own(word(level))]),
            (Some(bump), None) => own(step(bump)),
            (None, Some(level)) => own(word(level)),
            (None, None) => usual.clone(),
        };
        Some(vec![code(id), usual, here])
    });
    page.table_or(
        &["Rule that is changed here", "Usually", "Here"],
        rows.collect(),
        own("All rules are in force as they come: `rules` in `keelmark.yaml` changes none."),
    );
    let rows = config.overrides.iter().map(|accepted| {
        vec![
            code(&accepted.rule),
            code(&accepted.entry),
            code(&accepted.fingerprint),
            text(&accepted.reason),
        ]
    });
    let rows: Vec<_> = rows.collect();
    if !rows.is_empty() {
        page.table(&["Finding that is accepted", "Of", "Fingerprint", "Why"], rows);
    }
}

fn numbers(page: &mut Page, facts: &Facts<'_>) {
    page.part(own("What a number and its changelog must satisfy"));
    let rules = facts.rules.iter().filter(|rule| {
        rule.family == Family::Version && rule.bump.is_none() && rule.severity <= Severity::Warning
    });
    let rows =
        rules.map(|rule| vec![sentence(rule.summary), own(level(facts, rule)), code(rule.id)]);
    page.table(&["What is found", "What follows", "Rule"], rows.collect());
}

/// Returns the step that a rule asks for here.
fn bump(facts: &Facts<'_>, rule: &Rule) -> Bump {
    let setting = facts.config.rules.get(rule.id).and_then(|setting| setting.bump);
    setting.or(rule.bump).unwrap_or_default()
}

/// Writes what keeps a release from being made.
pub(super) fn releases(page: &mut Page, facts: &Facts<'_>) {
    let rules = facts.rules.iter().filter(|rule| {
        rule.family == Family::Release && rule.bump.is_none() && rule.severity <= Severity::Warning
    });
    let rows =
        rules.map(|rule| vec![sentence(rule.summary), own(level(facts, rule)), code(rule.id)]);
    page.table(&["What is found", "What follows", "Rule"], rows.collect());
}

/// Returns what a finding of a rule does here.
fn level(facts: &Facts<'_>, rule: &Rule) -> &'static str {
    let setting = facts.config.rules.get(rule.id).and_then(|setting| setting.level);
    match (setting, rule.severity) {
        // That published bytes do not match is no opinion.
        _ if rule.integrity => "refused, always",
        (Some(level), _) => word(level),
        (None, Severity::Error) => "refused",
        (None, Severity::Warning) => "a warning",
        (None, Severity::Note) => "a note",
    }
}

const fn word(level: Level) -> &'static str {
    match level {
        Level::Deny => "refused",
        Level::Warn => "a warning",
        Level::Allow => "not shown",
    }
}

const fn step(bump: Bump) -> &'static str {
    match bump {
        Bump::None => "none",
        Bump::Patch => "patch",
        Bump::Minor => "minor",
        Bump::Major => "**major**",
    }
}

/// Returns what the rules of a family are about, and of which kinds.
const fn title(family: Family) -> &'static str {
    match family {
        Family::Version => "Every kind: content that no other rule knows",
        Family::Metadata => "Every kind: names, life and dependencies",
        Family::Policy => "Every kind: licences and data; prompts also: promises",
        Family::Input => "Prompts: what callers send",
        Family::Output => "Prompts: what callers receive",
        Family::Prompt => "Prompts: what makes them act",
        Family::Model => "Models: what they accept, what they can do, and what makes them act",
        Family::Integrity => "Every kind: digests",
        Family::Reference => "Every kind: references",
        Family::Eval => "Suites and datasets",
        Family::Release => "Composites: what their members come to",
        _ => "Further rules",
    }
}
