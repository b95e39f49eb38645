//! The examples on the pages of rules are what they are said to be: **Bad** fires the rule, **Good**
//! does not, or carries the step that is needed.
//!
//! `docs/rules/README.md` says how a section is read; [`page`] reads it, [`stage`] makes trees of
//! it, and [`ask`] has the check and the release judge them.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::indexing_slicing, clippy::string_slice, reason = "a test fails by panicking")]

mod ask;
mod page;
mod stage;

use std::collections::{BTreeMap, BTreeSet};

use keelmark::checks::catalogue;
use keelmark::finding::Rule;
use keelmark::release;
use keelmark::version::Bump;

use ask::Asked;
use page::Section;
use stage::Play;

/// Sections whose examples cannot be executed here, and why.
const EXEMPT: &[(&str, &str)] = &[
    ("adr-incomplete", "the record is a document, which release status reads from the work tree"),
    ("adr-missing", "the record is a document, which release status reads from the work tree"),
    ("approval-doubted", "it is about a record of the ledger and the signature on it"),
    ("cases-too-large", "a file of more than 256 MiB takes seconds to make"),
    ("config-branch-missing", "which branches there are is asked of git, outside of the check"),
    ("config-branch-unnamed", "which branches there are is asked of git, outside of the check"),
    ("entry-unreadable", "no entry is known that has this finding"),
    ("evidence-local", "it is about a record of the ledger and the signature on it"),
    ("evidence-missing", "a run has to be recorded in a ledger for the good example"),
    ("gate-closed", "a run has to be recorded in a ledger for either example"),
    ("notes-missing", "the notes are a document, which release status reads from the work tree"),
    ("payload-not-safetensors", "a page holds no bytes of a safetensors file for the good example"),
    ("prompt-template-text-nonregressing", "a number that is too small cites no evidence"),
    ("release-unrecorded", "it is about a tag and a ledger without a record of it"),
    ("release-unsigned", "whether a tag would be signed is asked of git and of its keys"),
];

fn rules() -> BTreeMap<&'static str, &'static Rule> {
    catalogue::rules().chain(release::rules::RULES.iter().copied()).map(|r| (r.id, r)).collect()
}

/// Executes a section, and says what is wrong with it.
fn faults(section: &Section, rule: &Rule) -> Vec<String> {
    let mut faults = Vec::new();
    let id = section.id.as_str();
    let play = match Play::new(section) {
        Ok(play) => play,
        Err(fault) => return vec![format!("{id}: {fault}")],
    };
    if play.bad.is_empty() || play.good.is_empty() {
        return vec![format!("{id}: no block below Bad or below Good")];
    }
    let day = section.bad.day.as_deref();
    let asked = if section.page == "release" { Asked::Release } else { Asked::Check };
    let bad = ask::judge(&play, (&play.bad, &[]), day, asked);
    let (_, old) = play.bad.split_last().expect("a state");
    let good = ask::judge(&play, (&play.good, old), section.good.day.as_deref().or(day), asked);
    if !bad.rules.contains(id) {
        faults.push(format!("{id}: Bad does not fire it: {:#?}", bad.words));
    }
    if let Some(bump) = rule.bump {
        match bad.steps.get(id) {
            Some((declared, needed)) if bump == Bump::None && declared <= needed => {
                faults.push(format!("{id}: Bad moves by {declared}, which is not too much"));
            }
            Some((declared, needed)) if bump > Bump::None && declared >= needed => {
                faults.push(format!("{id}: Bad moves by {declared}, and {needed} is needed"));
            }
            _ => {}
        }
        let wrong = good.steps.iter().find(|(_, (declared, needed))| declared != needed);
        if let Some((reason, (declared, needed))) = wrong {
            faults.push(format!(
                "{id}: Good moves by {declared}, and {needed} is needed for {reason}"
            ));
        }
    } else if good.rules.contains(id) {
        faults.push(format!("{id}: Good fires it as well: {:#?}", good.words));
    }
    // Where a page shows a content alone, the number is not its subject.
    let other = |rule: &&String| **rule != id && **rule != "version-unchanged";
    if let Some(other) = good.refused.iter().find(other) {
        faults.push(format!("{id}: Good is refused by {other}: {:#?}", good.words));
    }
    for (half, said) in [("Bad", &bad), ("Good", &good)] {
        let refused = |rule: &&String| {
            ["schema-", "yaml-", "entry-unreadable"].iter().any(|start| rule.starts_with(start))
                && *rule != id
        };
        if let Some(other) = said.rules.iter().find(refused) {
            faults.push(format!("{id}: {half} fires {other} as well: {:#?}", said.words));
        }
    }
    faults
}

#[test]
fn every_example_is_what_it_is_said_to_be() {
    let rules = rules();
    let mut wrong = Vec::new();
    let mut executed = 0;
    for section in page::sections() {
        let Some(rule) = rules.get(section.id.as_str()) else { continue };
        let exempt = EXEMPT.iter().any(|(id, _)| *id == section.id);
        let faults = faults(&section, rule);
        match (faults.is_empty(), exempt) {
            (true, true) => wrong.push(format!("{}: no longer exempt: it works", section.id)),
            (false, false) => wrong.extend(faults),
            _ => executed += usize::from(!exempt),
        }
    }
    assert!(wrong.is_empty(), "{} faults\n{}", wrong.len(), wrong.join("\n"));
    assert!(executed > 300, "only {executed} sections were executed");
}

#[test]
fn what_is_exempt_exists_and_has_a_reason() {
    let known: BTreeSet<String> = page::sections().into_iter().map(|section| section.id).collect();
    for (id, reason) in EXEMPT {
        assert!(known.contains(*id), "there is no section `{id}`");
        assert!(reason.split(' ').count() > 4, "{id}: `{reason}` is no reason");
    }
}

#[test]
fn every_section_says_what_the_catalogue_says() {
    let rules = rules();
    let mut wrong = Vec::new();
    for section in page::sections() {
        let Some(rule) = rules.get(section.id.as_str()) else {
            wrong.push(format!("{}: no such rule", section.id));
            continue;
        };
        let bump = rule.bump.map(|bump| format!(" · Bump: {bump}")).unwrap_or_default();
        let weight = format!("Severity: {}{bump} · Since: {}", rule.severity.word(), rule.since);
        if section.weight != weight {
            wrong.push(format!("{}: `{}`, not `{weight}`", section.id, section.weight));
        }
        if rule.family.name() != section.page {
            wrong.push(format!("{}: on the page {}", section.id, section.page));
        }
        let mut summary = rule.summary.trim_end_matches('.').to_owned();
        if let Some(first) = summary.get(..1).filter(|first| first.is_ascii()) {
            let first = first.to_uppercase();
            summary.replace_range(..1, &first);
        }
        if section.summary != format!("{summary}.") {
            wrong.push(format!("{}: `{}`, not `{summary}.`", section.id, section.summary));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_example_that_is_wrong_is_found() {
    let rules = rules();
    let said = |page: &str, id: &str, bad: &str, good: &str| {
        let text = format!("{id}\nx\n\n**Bad**\n{bad}\n\n**Good**\n{good}\n\n**Mend** x\n");
        faults(&page::section(page, &text), rules[id]).join("\n")
    };
    let yaml = |text: &str| format!("```yaml\n{text}\n```");
    let (bad, good) = (yaml("status: activ"), yaml("status: active"));
    assert_eq!(said("shape", "schema-value", &bad, &good), "");
    assert!(said("shape", "schema-value", &good, &good).contains("Bad does not fire it"));
    assert!(said("shape", "schema-value", &bad, &bad).contains("Good fires it as well"));
    assert!(said("shape", "schema-value", &bad, "prose").contains("no block"));
    assert!(said("shape", "schema-value", &bad, &yaml("statu: x")).contains("schema-unknown-key"));
    let text = |version: &str, text: &str| {
        format!(
            "{}\n```jinja\n{text} {{{{ question }}}}\n```",
            yaml(&format!("version: {version}"))
        )
    };
    let old = text("2.3.0", "Answer");
    let rule = "prompt-template-text";
    let said = |new: &str, good: &str| {
        let (new, good) = (text(new, "Tell"), yaml(&format!("version: {good}")));
        said("prompt", rule, &format!("{old}\n{new}"), &good)
    };
    assert_eq!(said("2.3.1", "2.4.0"), "");
    assert!(said("2.4.0", "2.4.0").contains("Bad moves by minor, and minor is needed"));
    assert!(said("2.3.1", "3.0.0").contains("Good moves by major, and minor is needed"));
}
