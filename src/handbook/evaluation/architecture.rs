//! The way of a change, as a picture, and which suites run where on it.

use crate::escape;
use crate::handbook::facts::Facts;
use crate::handbook::md::{Md, code, command, fill, join, missing, own};
use crate::handbook::page::Page;
use crate::handbook::words::{
    count, entry, hours, percent, signed_percent, tier_argument, tier_word,
};
use crate::registry::policy::promotion::{Design, Promotion, Stage, StageName};
use crate::registry::suite::Tier;

const TIERS: [Tier; 4] = [Tier::Pr, Tier::Merge, Tier::Release, Tier::Nightly];

/// Writes the section.
pub(super) fn write(page: &mut Page, facts: &Facts<'_>) {
    page.section("Architecture").fence("mermaid", flowchart(facts));
    page.part(own("Tiers"));
    let rows = TIERS.map(|tier| row(facts, tier));
    page.table(&["When", "Suites", "Cases", "Must be measured", "Run by"], rows.to_vec());
    page.part(own("Continuous integration"));
    let wanted = [
        ("check", "versions, shapes and digests of every pull request"),
        ("eval run", "the suites that a pull request affects"),
    ];
    page.bullets(wanted.map(|(verb, what)| {
        let found = facts.workflows.iter().filter(|flow| flow.runs(verb));
        let found = join(found.map(|flow| code(&flow.path)), ", ");
        let found = if found.is_empty() {
            let words = if verb == "check" { "check" } else { "eval run --changed --when pr" };
            missing(fill("have a workflow run {}", &[command(words)]))
        } else {
            found
        };
        fill("{} ({}): {}", &[command(verb), own(what), found])
    }));
}

fn row(facts: &Facts<'_>, tier: Tier) -> Vec<Md> {
    let runs = facts.live_suites().filter(|(_, suite)| {
        // A suite that names no tier runs in every one.
        suite.when.is_empty() || suite.when.contains(&tier)
    });
    let runs: Vec<_> = runs.map(|(entry, _)| entry).collect();
    let cases: usize =
        runs.iter().filter_map(|suite| facts.cases.get(&suite.name)).map(Vec::len).sum();
    let must = facts.policies.gates.iter().flat_map(|gates| &gates.gates);
    let must = must.filter(|gate| gate.required_in.contains(&tier));
    let must = join(must.map(|gate| code(&gate.metric)), ", ");
    let suites = if runs.is_empty() {
        missing(fill("add {} to `when` of a suite", &[code(tier_argument(tier))]))
    } else {
        join(runs.iter().map(|suite| entry(suite)), ", ")
    };
    let must = if must.is_empty() { own("–") } else { must };
    let run = if runs.is_empty() {
        own("–")
    } else {
        command(&format!("eval run --when {}", tier_argument(tier)))
    };
    vec![own(tier_word(tier)), suites, crate::handbook::md::number(cases), must, run]
}

/// Draws the mission's flowchart with the numbers of this registry.
fn flowchart(facts: &Facts<'_>) -> String {
    let promotion = facts.policies.promotion.as_ref();
    let stage = |name| {
        let stages = promotion.map(|policy| policy.stages.as_slice()).unwrap_or_default();
        stages.iter().find(|stage| stage.name == Some(name))
    };
    let design = match promotion.map(|policy| policy.experiment.design) {
        Some(Design::Interleaving) => "Interleaving",
        _ => "A/B test",
    };
    let bars = facts.policies.gates.as_ref().map_or(0, |gates| gates.gates.len());
    let bars =
        if bars == 0 { "not configured".to_owned() } else { plain(&count(bars, "bar", "bars")) };
    let uplift = promotion.and_then(|policy| policy.primary.as_ref()).map_or_else(
        || "not configured".to_owned(),
        |primary| {
            let by = if primary.relative {
                plain(&signed_percent(primary.uplift))
            } else {
                format!("+{}", primary.uplift)
            };
            format!("{} {by}", escape::mermaid(&primary.metric))
        },
    );
    let back = promotion.map_or("not configured", back);
    let tabletop = facts.policies.freeze.as_ref().and_then(|freeze| freeze.tabletop_days);
    let tabletop =
        tabletop.map_or("not configured".to_owned(), |days| format!("every {days} days"));
    [
        "flowchart LR".to_owned(),
        "  pr[\"Pull request\"] --> ci[\"Offline evaluation\"]".to_owned(),
        "  ci -->|scores and guardrails| gate1{\"Pass bars met?<br/>".to_owned() + &bars + "\"}",
        "  gate1 -- no --> reject[\"Blocked, with a report\"]".to_owned(),
        format!(
            "  gate1 -- yes --> canary[\"Canary<br/>{}\"]",
            stage_words(stage(StageName::Canary))
        ),
        format!("  canary --> ab[\"{design}<br/>{}\"]", stage_words(stage(StageName::Ab))),
        format!("  ab --> gate2{{\"Uplift shown, nothing worse?<br/>{uplift}\"}}"),
        format!("  gate2 -- no --> back[\"{back}\"]"),
        format!(
            "  gate2 -- yes --> full[\"Full rollout<br/>{}\"]",
            stage_words(stage(StageName::Full))
        ),
        "  full --> monitor[\"Monitoring and drift\"]".to_owned(),
        "  monitor -- red --> back".to_owned(),
        format!("  monitor --> tabletop[\"Tabletop exercise<br/>{tabletop}\"]"),
    ]
    .join("\n")
}

const fn back(promotion: &Promotion) -> &'static str {
    match (promotion.rollback.automatic, promotion.rollback.freeze) {
        (true, true) => "Rollback proposed, freeze",
        (true, false) => "Rollback proposed",
        (false, true) => "Rollback by a person, freeze",
        (false, false) => "Rollback by a person",
    }
}

fn stage_words(stage: Option<&Stage>) -> String {
    let Some(stage) = stage else { return "not configured".to_owned() };
    let mut words = match stage.traffic.as_slice() {
        [] => Vec::new(),
        shares => {
            let shares: Vec<String> = shares.iter().map(|share| plain(&percent(*share))).collect();
            vec![shares.join(", then ")]
        }
    };
    words.extend(stage.min_hours.map(|length| plain(&hours(length))));
    words.extend(stage.channel.as_ref().map(|channel| escape::mermaid(channel)));
    if words.is_empty() { "–".to_owned() } else { words.join("<br/>") }
}

/// Numbers and their units hold no mark of either language.
fn plain(words: &Md) -> String {
    words.as_str().to_owned()
}
