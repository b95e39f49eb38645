//! The registers of models, datasets and composites.

use super::{PATH, string, target};
use crate::handbook::evaluation::personal;
use crate::handbook::facts::Facts;
use crate::handbook::md::{
    Md, code, command, fill, join, link, missing, number, or_dash, own, text,
};
use crate::handbook::page::Page;
use crate::handbook::prompts::{checksums, status};
use crate::handbook::words::{codes, entry, references, risk};
use crate::ident::Kind;
use crate::registry::entry::Entry;
use crate::registry::model::{Api, Model};

/// Writes the models.
pub(super) fn models(page: &mut Page, facts: &Facts<'_>) {
    page.section("Models");
    let rows = facts.models().map(|(found, model)| {
        vec![
            file(facts, found),
            own(status(found.common.status)),
            served(model),
            own(model.risk_tier.map_or("–", risk)),
            promises(model),
            prices(model),
            found
                .common
                .sunset
                .as_deref()
                .map_or_else(|| missing(fill("write {}", &[code("sunset")])), text),
            text(&found.common.owner),
        ]
    });
    let header = ["Model", "Status", "Served as", "Risk", "Policies", "Price", "Sunset", "Owner"];
    let otherwise = missing(fill("make a model: {}", &[command("new model ID")]));
    page.table_or(&header, rows.collect(), otherwise);
    let weights = facts.models().filter(|(_, model)| !model.weights.is_empty());
    let rows: Vec<_> = weights.map(|(found, _)| vec![entry(found), checksums(found)]).collect();
    if !rows.is_empty() {
        page.table(&["Model with weights of its own", "Checksums"], rows);
    }
}

fn file(facts: &Facts<'_>, found: &Entry) -> Md {
    link(&entry(found), &facts.place.way(PATH, found.path()))
}

fn served(model: &Model) -> Md {
    let Some(provider) = &model.provider else { return own("–") };
    let api = match provider.api {
        Some(Api::Openai) => "protocol of OpenAI",
        Some(Api::Anthropic) => "protocol of Anthropic",
        Some(Api::Command) => "a program",
        Some(Api::Replay) => "recorded answers",
        Some(Api::Scripted) => "scripted answers",
        None => "–",
    };
    match &provider.model {
        Some(name) => fill("{} ({})", &[code(name), own(api)]),
        None => own(api),
    }
}

fn promises(model: &Model) -> Md {
    let policies = &model.policies;
    let list = |words: &'static str, names: &Option<Vec<String>>| {
        names.as_ref().map(|names| fill(words, &[codes(names.iter().map(String::as_str))]))
    };
    let said = [
        list("data: {}", &policies.allowed_data_classes),
        list("journeys: {}", &policies.allowed_journeys),
        policies.safety_profile.as_deref().map(|name| fill("guardrails: {}", &[code(name)])),
        policies.residency.as_deref().map(|place| fill("processed in {}", &[code(place)])),
        policies
            .human_review
            .map(|reviewed| own(if reviewed { "a person reviews" } else { "no person reviews" })),
    ];
    let said = join(said.into_iter().flatten(), "; ");
    if said.is_empty() { missing(fill("write {}", &[code("policies")])) } else { said }
}

fn prices(model: &Model) -> Md {
    let Some(pricing) = &model.pricing else {
        return missing(fill("write {}", &[code("pricing")]));
    };
    let price = |words: &'static str, usd: Option<f64>| usd.map(|usd| fill(words, &[number(usd)]));
    let said = [
        price("{} USD a million tokens in", pricing.input_per_mtok_usd),
        price("{} out", pricing.output_per_mtok_usd),
        price("{} in from the cache", pricing.cached_input_per_mtok_usd),
        price("{} a request", pricing.per_request_usd),
    ];
    or_dash(join(said.into_iter().flatten(), ", "))
}

/// Writes the datasets.
pub(super) fn datasets(page: &mut Page, facts: &Facts<'_>) {
    page.section("Datasets");
    let rows = facts.datasets().map(|(found, dataset)| {
        let origin = &dataset.provenance;
        let license = origin.license.as_ref().or(found.common.license.as_ref());
        let source = origin
            .source
            .as_deref()
            .map_or_else(|| missing(fill("write {}", &[code("provenance.source")])), text);
        vec![
            file(facts, found),
            own(status(found.common.status)),
            source,
            or_dash(origin.collected.as_deref().map(text).unwrap_or_default()),
            license.map_or_else(|| missing(fill("write {}", &[code("license")])), |l| code(l)),
            origin.pii.map_or_else(
                || missing(fill("write {}", &[code("provenance.pii")])),
                |pii| own(personal(pii)),
            ),
            references(facts, Kind::Dataset, &origin.derived_from),
            checksums(found),
        ]
    });
    let header = [
        "Dataset",
        "Status",
        "Source",
        "Collected",
        "Licence",
        "Personal data",
        "Made from",
        "Checksums",
    ];
    let otherwise = missing(fill("make a dataset: {}", &[command("new dataset ID")]));
    page.table_or(&header, rows.collect(), otherwise);
}

/// Writes the composites.
pub(super) fn composites(page: &mut Page, facts: &Facts<'_>) {
    page.section("Composites");
    page.say(own(
        "A composite is what is released: exact versions that were proven together. Its string is what telemetry and reports carry.",
    ));
    let rows = facts.composites().map(|(found, composite)| {
        let served = facts.journeys().filter(|(name, journey)| {
            let named = journey.composite.as_ref();
            named.is_some_and(|written| facts.leads_to(Kind::Composite, written, &found.name))
                || composite.journeys.iter().any(|journey| journey == name)
        });
        vec![
            file(facts, found),
            string(composite),
            references(facts, Kind::Suite, &composite.suites),
            codes(served.map(|(name, _)| name)),
            codes(composite.channels.iter().map(String::as_str)),
            target(found),
            text(&found.common.owner),
        ]
    });
    let header = ["Composite", "Members", "Proven by", "Journeys", "Channels", "Back to", "Owner"];
    let otherwise = missing(fill("make one: {}", &[command("new composite ID")]));
    page.table_or(&header, rows.collect(), otherwise);
}
