//! `mlops/prompt_registry.md`: every prompt with what goes in, what comes out and what it promises.

use serde_json::Value;

use super::evaluation::{check, shortened};
use super::facts::{Facts, Typed, in_use};
use super::governance::{begin, document, sign_off};
use super::md::{Md, code, command, fill, join, link, missing, or_dash, own, text};
use super::page::Page;
use super::place::argument;
use super::words::{self, codes, count, days, references};
use crate::cases::{Expected, prompt_of};
use crate::ident::Kind;
use crate::registry::common::{Common, Status};
use crate::registry::entry::{Body, Entry};
use crate::registry::payload;
use crate::registry::prompt::{Engine, ExecutedBy, Parameters, Prompt};
use crate::registry::signature::{Field, Signature};

/// Where the document lies.
pub(super) const PATH: &str = "mlops/prompt_registry.md";

/// Writes the document.
pub(super) fn page(facts: &Facts<'_>) -> Page {
    let mut page = begin(
        facts,
        "Prompt registry",
        "Every prompt of this registry: its version, its contract, its promises and its past.",
    );
    rules(&mut page, facts);
    overview(&mut page, facts);
    for prompt in facts.prompts() {
        one(&mut page, facts, prompt);
    }
    fragments(&mut page, facts);
    page.section("Conventions").hand(
        "conventions",
        "how prompts are named here, in which tone they are written, and who is asked before one changes",
    );
    sign_off(&mut page);
    page
}

fn rules(page: &mut Page, facts: &Facts<'_>) {
    page.section("How a prompt is kept");
    let folder = facts.place.registry.join("prompts");
    page.bullets([
        fill(
            "A prompt is a folder below {}: {} says who owns it, what goes in and what comes out; its template is the text that is sent.",
            &[code(&folder.to_text()), code("prompt.yaml")],
        ),
        fill(
            "Versions follow SemVer. The step is derived from the two contents and a smaller one is refused: {}.",
            &[document("the rules in force", PATH, "mlops/model_versioning_policy.md")],
        ),
        own("A published version never changes: the same number with other content is refused, on the branch, at the merge and at the tag."),
        fill(
            "Version, changelog line and checksums are written by {}, and judged by {}.",
            &[command("bump"), command("check")],
        ),
    ]);
}

fn overview(page: &mut Page, facts: &Facts<'_>) {
    page.section("Prompts");
    let rows = facts.prompts().map(|(entry, prompt)| {
        let model = prompt.model.as_deref();
        vec![
            code(&entry.name.to_string()),
            code(&entry.common.version),
            own(status(entry.common.status)),
            text(&entry.common.owner),
            model.map_or_else(|| own("as the suite or the caller says"), code),
            journeys(facts, entry),
            prompt.policies.safety_profile.as_deref().map_or_else(|| own("–"), code),
            rollback(&entry.common),
        ]
    });
    page.table_or(
        &["Prompt", "Version", "Status", "Owner", "Model", "Journeys", "Guardrails", "Back to"],
        rows.collect(),
        missing(fill("make a prompt: {}", &[command("new prompt ID")])),
    );
}

/// Returns where an entry stands in its life.
pub(super) const fn status(status: Status) -> &'static str {
    match status {
        Status::Draft => "draft",
        Status::Active => "active",
        Status::Deprecated => "**deprecated**",
        Status::Removed => "removed",
    }
}

fn journeys(facts: &Facts<'_>, entry: &Entry) -> Md {
    let served = facts.journeys().filter(|(_, journey)| {
        journey.prompts.iter().any(|written| facts.leads_to(Kind::Prompt, written, &entry.name))
    });
    codes(served.map(|(name, _)| name))
}

/// Returns the version to go back to: the one that is written, or the last one of the changelog.
fn rollback(common: &Common) -> Md {
    if let Some(version) = &common.rollback_to {
        return code(version);
    }
    let past = common.changelog.iter().filter_map(|line| line.split_once(':'));
    let mut past = past.map(|(version, _)| version.trim()).filter(|v| *v != common.version);
    past.next().map_or_else(|| own("– (first version)"), code)
}

fn one(page: &mut Page, facts: &Facts<'_>, (entry, prompt): Typed<'_, Prompt>) {
    page.part(words::entry(entry));
    page.say(text(entry.common.description.as_deref().unwrap_or_default()));
    page.table(&["", ""], particulars(facts, entry, prompt));
    signature(
        page,
        "Input",
        &prompt.inputs(),
        "Unknown inputs are refused.",
        "Unknown inputs are accepted.",
    );
    signature(
        page,
        "Output",
        &prompt.outputs(),
        "No further outputs may appear.",
        "Further outputs may appear.",
    );
    tools(page, prompt);
    changelog(page, &entry.common);
    example(page, facts, entry);
}

fn particulars(facts: &Facts<'_>, entry: &Entry, prompt: &Prompt) -> Vec<Vec<Md>> {
    let common = &entry.common;
    let path = entry.path();
    let file = link(&code(&path.to_text()), &facts.place.way(PATH, path));
    let mut rows = vec![
        vec![own("File"), file],
        vec![own("Owner"), text(&common.owner)],
        vec![
            own("Engine"),
            own(match prompt.engine {
                Engine::Jinja => "Jinja, strict: a variable without a value is a fault",
                Engine::Simple => "`{{name}}` alone",
            }),
        ],
        vec![own("Answer"), format(prompt)],
        vec![own("Parameters"), parameters(&prompt.parameters)],
        vec![own("Promises"), promises(prompt)],
        vec![own("Released in"), composites(facts, entry)],
        vec![own("Measured by"), suites(facts, entry)],
        vec![own("Datasets"), references(facts, Kind::Dataset, &common.links.datasets)],
        vec![own("Checksums"), checksums(entry)],
    ];
    let mut more = |what: &'static str, said: Md| {
        if !said.is_empty() {
            rows.push(vec![own(what), said]);
        }
    };
    more("Last recorded run", optional(common.links.eval_run.as_deref()));
    more("Decisions", join(common.links.adr.iter().map(|path| code(path)), ", "));
    more("Data class", optional(common.data_class.as_deref()));
    more("Kept for", common.retention_days.map(whole_days).unwrap_or_default());
    more("Sunset", optional(common.sunset.as_deref()));
    more("Replaced by", optional(common.replaced_by.as_deref()));
    more("Also called", join(common.aliases.iter().map(|alias| code(alias)), ", "));
    more("Tags", join(common.tags.iter().map(|tag| text(tag)), ", "));
    rows
}

fn optional(words: Option<&str>) -> Md {
    words.map(text).unwrap_or_default()
}

#[expect(clippy::cast_precision_loss, reason = "nobody keeps anything for 2^53 days")]
fn whole_days(length: u64) -> Md {
    days(length as f64)
}

fn format(prompt: &Prompt) -> Md {
    let form = match &prompt.response_format {
        None => own("text"),
        Some(Value::String(word)) => code(word),
        Some(_) => own("a form of the provider"),
    };
    let language = prompt.language.as_deref().map(|tag| fill("in {}", &[code(tag)]));
    let pieces = prompt.streaming.then(|| own("in pieces"));
    join([Some(form), language, pieces].into_iter().flatten(), ", ")
}

fn parameters(parameters: &Parameters) -> Md {
    // The keys are shown as they are written, so the value is asked for them.
    let Ok(Value::Object(map)) = serde_json::to_value(parameters) else { return own("–") };
    let written = map.iter().filter(|(_, value)| match value {
        Value::Null => false,
        Value::Array(items) => !items.is_empty(),
        _ => true,
    });
    let written = written.map(|(key, value)| match value.as_f64() {
        // A whole number is shown as one, as people write it.
        Some(number) => code(&format!("{key}: {number}")),
        None => code(&format!("{key}: {value}")),
    });
    or_dash(join(written, ", "))
}

fn promises(prompt: &Prompt) -> Md {
    let policies = &prompt.policies;
    let mut said = Vec::new();
    said.extend(policies.requires_citations.map(|needed| {
        own(if needed { "every answer cites its sources" } else { "answers need no citation" })
    }));
    said.extend(policies.safety_profile.as_deref().map(|p| fill("guardrails of {}", &[code(p)])));
    let list = |words: &'static str, names: &Option<Vec<String>>| {
        names.as_ref().map(|names| fill(words, &[codes(names.iter().map(String::as_str))]))
    };
    said.extend(list("besides: {}", &policies.guardrails));
    said.extend(list("data: {}", &policies.allowed_data_classes));
    said.extend(list("journeys: {}", &policies.allowed_journeys));
    said.extend(list("never from: {}", &policies.disallowed_sources));
    said.extend(policies.residency.as_deref().map(|r| fill("processed in {}", &[code(r)])));
    said.extend(policies.human_review.map(|reviewed| {
        own(if reviewed { "a person reviews answers" } else { "no person reviews answers" })
    }));
    if said.is_empty() {
        return missing(fill("write {} in the prompt", &[code("policies")]));
    }
    join(said, "; ")
}

fn composites(facts: &Facts<'_>, entry: &Entry) -> Md {
    let pinning = facts.composites().filter(|(_, composite)| {
        composite.members.iter().any(|(slot, written)| {
            let kind = Kind::by_name(slot).unwrap_or(Kind::Prompt);
            facts.leads_to(kind, written, &entry.name)
        })
    });
    or_dash(join(pinning.map(|(found, _)| words::entry(found)), ", "))
}

fn suites(facts: &Facts<'_>, entry: &Entry) -> Md {
    let measuring = facts.live_suites().filter(|(_, suite)| {
        let asked = suite.route.values().chain(&suite.target);
        let mut asked = asked.filter(|written| facts.leads_to(Kind::Prompt, written, &entry.name));
        asked.next().is_some()
    });
    let measuring = join(measuring.map(|(found, _)| words::entry(found)), ", ");
    if measuring.is_empty() && in_use(entry) {
        return missing(own("name the prompt as `target` or in `route` of a suite"));
    }
    or_dash(measuring)
}

/// Writes the digests that an entry declares for its files.
pub(super) fn checksums(entry: &Entry) -> Md {
    let declared = payload::declared(entry).into_iter().map(|file| match file.digest {
        Some(digest) => fill("{}: {}", &[code(&file.path), code(&digest.text)]),
        None => fill("{}: {}", &[code(&file.path), missing(command("seal"))]),
    });
    or_dash(join(declared, "; "))
}

fn signature(
    page: &mut Page,
    side: &'static str,
    signature: &Signature,
    closed: &'static str,
    open: &'static str,
) {
    let rows = signature.fields.iter().map(|(name, field)| {
        let needed = match (&field.default, field.required) {
            (Some(value), _) => fill("default {}", &[code(&value.to_string())]),
            (None, true) => own("required"),
            (None, false) => own("optional"),
        };
        vec![code(name), shape(field), needed, or_dash(optional(field.description.as_deref()))]
    });
    page.table_or(
        &[side, "Type", "Presence", "Meaning"],
        rows.collect(),
        own("No value is named on this side."),
    );
    page.say(own(if signature.open { open } else { closed }));
}

/// Says what a value may be: its type, then what else its schema asks for.
fn shape(field: &Field) -> Md {
    let Value::Object(schema) = &field.schema else { return own("any") };
    let kind = match schema.get("type") {
        Some(Value::String(one)) => code(one),
        Some(Value::Array(several)) => {
            let names = several.iter().filter_map(Value::as_str);
            join(names.map(code), " or ")
        }
        _ => own("any"),
    };
    let rest = schema.iter().filter(|(key, _)| key.as_str() != "type");
    let rest = rest.map(|(key, value)| match value {
        Value::Object(_) => fill("{} as in the file", &[code(key)]),
        value => code(&format!("{key}: {value}")),
    });
    let extensible = field.extensible.then(|| own("further values may come"));
    let aliases = field.aliases.iter().map(|alias| fill("also {}", &[code(alias)]));
    let ignored = field.ignored.then(|| own("no longer used"));
    join([kind].into_iter().chain(rest).chain(extensible).chain(aliases).chain(ignored), ", ")
}

fn tools(page: &mut Page, prompt: &Prompt) {
    let rows = prompt.tools.iter().map(|tool| {
        vec![
            code(&tool.name),
            or_dash(optional(tool.description.as_deref())),
            own(match tool.executed_by {
                ExecutedBy::Caller => "the caller",
                ExecutedBy::Runtime => "the runtime",
            }),
        ]
    });
    let rows: Vec<_> = rows.collect();
    if !rows.is_empty() {
        page.table(&["Tool", "What it does", "Carried out by"], rows);
    }
}

fn changelog(page: &mut Page, common: &Common) {
    page.say(own("Changelog:"));
    page.bullets(common.changelog.iter().map(|line| match line.split_once(':') {
        Some((version, words)) => fill("{} {}", &[code(version.trim()), text(words)]),
        None => text(line),
    }));
}

/// Writes the first case that is put to a prompt, and how it is tried.
fn example(page: &mut Page, facts: &Facts<'_>, entry: &Entry) {
    for (found, suite) in facts.live_suites() {
        let cases = facts.cases.get(&found.name).into_iter().flatten();
        let asked = cases.filter(|case| {
            prompt_of(case, suite)
                .is_some_and(|written| facts.leads_to(Kind::Prompt, written, &entry.name))
        });
        let asked: Vec<_> = asked.collect();
        let Some(case) = asked.first() else { continue };
        let expected = match &case.expected {
            Expected::None => own("nothing that is written down"),
            Expected::Text(words) => fill("“{}”", &[shortened(words)]),
            Expected::Block => own("a refusal"),
        };
        page.say(fill(
            "Example, one of {}: {} asks “{}” and expects {}; {}. Try it with {}.",
            &[
                count(asked.len(), "case", "cases"),
                code(&case.id),
                shortened(&case.input),
                expected,
                check(case),
                command(&format!(
                    "try {} --case {}",
                    argument(entry.name.id.as_str()),
                    argument(&case.id)
                )),
            ],
        ));
        return;
    }
    page.say(missing(own("no case of a suite is put to this prompt")));
}

fn fragments(page: &mut Page, facts: &Facts<'_>) {
    let rows = facts.of_kind(Kind::Fragment).map(|entry| {
        let inputs = match &entry.body {
            Body::Fragment(fragment) => {
                let inputs = fragment.inputs();
                codes(inputs.fields.keys().map(String::as_str).collect::<Vec<_>>())
            }
            _ => own("–"),
        };
        vec![
            words::entry(entry),
            or_dash(optional(entry.common.description.as_deref())),
            text(&entry.common.owner),
            inputs,
            checksums(entry),
        ]
    });
    let rows: Vec<_> = rows.collect();
    if !rows.is_empty() {
        page.section("Fragments");
        page.say(own("Texts that several prompts share."));
        page.table(&["Fragment", "What it is", "Owner", "Variables", "Checksum"], rows);
    }
}
