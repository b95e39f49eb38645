//! Golden sets: where cases come from, what they cover, and some of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::cases::{Case, Expected};
use crate::handbook::facts::{Facts, in_use};
use crate::handbook::governance::document;
use crate::handbook::md::{Md, code, command, fill, join, missing, number, or_dash, own, text};
use crate::handbook::page::Page;
use crate::handbook::words::{codes, count, entry, percent, reference, texts};
use crate::ident::Kind;
use crate::registry::dataset::{Dataset, Pii};
use crate::registry::entry::Entry;
use crate::registry::suite::Suite;

/// How many characters of a text an example shows.
const MOST_CHARACTERS: usize = 120;

/// Writes where the cases come from.
pub(super) fn golden_sets(page: &mut Page, facts: &Facts<'_>) {
    page.section("Golden sets");
    page.say(fill(
        "Every case stands in {}.",
        &[document("the test suite", super::PATH, "mlops/test_suite.csv")],
    ));
    let rows = facts.live_suites().map(|(found, suite)| {
        let cases = facts.cases.get(&found.name).map_or(0, Vec::len);
        let models = suite.models.iter().map(|model| reference(facts, Kind::Model, model));
        vec![
            entry(found),
            dataset_of(facts, found, suite),
            number(cases),
            journeys_of(facts, found, suite),
            or_dash(join(models, ", ")),
            text(&found.common.owner),
        ]
    });
    page.table_or(
        &["Suite", "Cases from", "Cases", "Journeys", "Models", "Owner"],
        rows.collect(),
        missing(fill("make a suite: {}", &[command("new suite ID")])),
    );
    let used = used_datasets(facts);
    let rows = used.iter().map(|(found, dataset)| {
        let origin = &dataset.provenance;
        vec![
            entry(found),
            or_dash(text(origin.source.as_deref().unwrap_or_default())),
            or_dash(text(origin.collected.as_deref().unwrap_or_default())),
            origin.pii.map_or_else(|| not_stated("provenance.pii"), |pii| own(personal(pii))),
            origin.synthetic.map_or_else(
                || not_stated("provenance.synthetic"),
                |all| own(if all { "all rows" } else { "no row" }),
            ),
            texts(&dataset.languages),
        ]
    });
    let rows: Vec<_> = rows.collect();
    if !rows.is_empty() {
        page.table(
            &["Dataset", "Source", "Collected", "Personal data", "Made up", "Languages"],
            rows,
        );
    }
    page.say(synthetic_share(facts));
}

fn not_stated(key: &'static str) -> Md {
    missing(fill("write {} in the dataset", &[code(key)]))
}

/// Returns whether values identify people, in words.
pub(in crate::handbook) const fn personal(pii: Pii) -> &'static str {
    match pii {
        Pii::None => "none",
        Pii::DeIdentified => "de-identified",
        Pii::Present => "**present**",
    }
}

fn dataset_of(facts: &Facts<'_>, found: &Entry, suite: &Suite) -> Md {
    if suite.cases.starts_with("dataset/") {
        return reference(facts, Kind::Dataset, &suite.cases);
    }
    fill("{} beside the suite", &[code(&found.folder().join(&suite.cases).to_text())])
}

/// Names the journeys that a suite measures: its own, and those that list it.
fn journeys_of(facts: &Facts<'_>, found: &Entry, suite: &Suite) -> Md {
    let mut names: BTreeSet<&str> = suite.journey.iter().map(String::as_str).collect();
    for (name, journey) in facts.journeys() {
        if journey.suites.iter().any(|suite| facts.leads_to(Kind::Suite, suite, &found.name)) {
            names.insert(name);
        }
    }
    if names.is_empty() {
        return missing(fill("write {} in the suite", &[code("journey")]));
    }
    codes(names)
}

/// Returns the datasets that suites in use take their cases from.
fn used_datasets<'a>(facts: &Facts<'a>) -> Vec<(&'a Entry, &'a Dataset)> {
    let used: BTreeSet<_> = facts
        .live_suites()
        .filter_map(|(_, suite)| facts.find(Kind::Dataset, &suite.cases))
        .map(|found| &found.name)
        .collect();
    facts.datasets().filter(|(found, _)| used.contains(&found.name)).collect()
}

/// Says how many of the cases were made up.
fn synthetic_share(facts: &Facts<'_>) -> Md {
    let (mut made_up, mut known, mut all) = (0_usize, 0_usize, 0_usize);
    for (found, suite) in facts.live_suites() {
        let cases = facts.cases.get(&found.name).map_or(0, Vec::len);
        all += cases;
        let dataset = facts.find(Kind::Dataset, &suite.cases);
        let dataset =
            facts.datasets().find(|(entry, _)| Some(&entry.name) == dataset.map(|d| &d.name));
        if let Some(synthetic) = dataset.and_then(|(_, dataset)| dataset.provenance.synthetic) {
            known += cases;
            made_up += if synthetic { cases } else { 0 };
        }
    }
    if all == 0 {
        return Md::default();
    }
    if known == 0 {
        return fill("Synthetic share: {}", &[not_stated("provenance.synthetic")]);
    }
    #[expect(clippy::cast_precision_loss, reason = "there are not 2^53 cases")]
    let share = (made_up as f64 / known as f64 * 1000.0).round() / 1000.0;
    let rest = if known < all {
        fill(" Of {} nobody said so.", &[count(all - known, "further case", "further cases")])
    } else {
        Md::default()
    };
    fill("Synthetic share: {} of {}.{}", &[percent(share), count(known, "case", "cases"), rest])
}

/// Writes what the cases cover.
pub(super) fn coverage(page: &mut Page, facts: &Facts<'_>) {
    page.section("What the cases cover");
    if facts.every_case().next().is_none() {
        page.say(missing(own("a suite without cases covers nothing")));
        return;
    }
    let mut domains: BTreeMap<&str, Domain<'_>> = BTreeMap::new();
    for case in facts.every_case() {
        let domain = domains.entry(&case.domain).or_default();
        domain.cases += 1;
        domain.blocked += usize::from(case.expected == Expected::Block);
        *domain.metrics.entry(&case.check.metric).or_default() += 1;
        domain.guardrails.extend(case.guardrails.iter().map(String::as_str));
    }
    let rows = domains.iter().map(|(name, domain)| {
        let metrics = domain.metrics.iter();
        let metrics =
            metrics.map(|(metric, cases)| fill("{} × {}", &[number(cases), code(metric)]));
        vec![
            if name.is_empty() { own("(none)") } else { text(name) },
            number(domain.cases),
            join(metrics, ", "),
            codes(domain.guardrails.iter().copied()),
            number(domain.blocked),
        ]
    });
    page.table(&["Domain", "Cases", "Metrics", "Guardrails", "Must be refused"], rows.collect());
    untested(page, facts);
}

#[derive(Default)]
struct Domain<'a> {
    cases: usize,
    blocked: usize,
    metrics: BTreeMap<&'a str, usize>,
    guardrails: BTreeSet<&'a str>,
}

/// Names the prompts that no case is put to.
fn untested(page: &mut Page, facts: &Facts<'_>) {
    let mut tested = BTreeSet::new();
    for (found, suite) in facts.live_suites() {
        for case in facts.cases.get(&found.name).into_iter().flatten() {
            let prompt = crate::cases::prompt_of(case, suite);
            let prompt = prompt.and_then(|written| facts.find(Kind::Prompt, written));
            tested.extend(prompt.map(|prompt| &prompt.name));
        }
    }
    let untested = facts.of_kind(Kind::Prompt);
    let untested = untested.filter(|prompt| in_use(prompt) && !tested.contains(&prompt.name));
    let untested = join(untested.map(entry), ", ");
    page.say(if untested.is_empty() {
        own("Every prompt in use is put to the test by at least one case.")
    } else {
        fill("**Not tested** by any case: {}.", &[untested])
    });
}

/// Writes one case of each domain.
pub(super) fn examples(page: &mut Page, facts: &Facts<'_>) {
    page.section("Examples");
    let mut first: BTreeMap<(&str, bool), &Case> = BTreeMap::new();
    for case in facts.every_case() {
        first.entry((&case.domain, case.expected == Expected::Block)).or_insert(case);
    }
    let rows = first.into_values().map(|case| {
        vec![
            code(&case.id),
            text(&case.domain),
            or_dash(shortened(&case.input)),
            match &case.expected {
                Expected::None => own("–"),
                Expected::Text(words) => shortened(words),
                Expected::Block => own("a refusal"),
            },
            check(case),
            codes(case.guardrails.iter().map(String::as_str)),
        ]
    });
    page.table_or(
        &["Case", "Domain", "Input", "Expected", "Pass bar", "Guardrails"],
        rows.collect(),
        missing(own("a suite without cases has no examples")),
    );
}

/// Says what a case must clear.
pub(in crate::handbook) fn check(case: &Case) -> Md {
    match case.check.bar {
        Some(bar) => fill(
            "{} {}",
            &[code(&case.check.metric), crate::handbook::words::bar(&bar.to_string())],
        ),
        None => fill("{} passes", &[code(&case.check.metric)]),
    }
}

/// Takes the beginning of a text.
pub(in crate::handbook) fn shortened(words: &str) -> Md {
    let words: Vec<&str> = words.split_whitespace().collect();
    let words = words.join(" ");
    if words.chars().count() <= MOST_CHARACTERS {
        return text(&words);
    }
    let beginning: String = words.chars().take(MOST_CHARACTERS).collect();
    fill("{} …", &[text(&beginning)])
}
