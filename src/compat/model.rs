//! Everything in which two versions of a model differ, from its manifest and the digests of its
//! files. No weights are read here: what bytes could show and digests cannot is said in the note.

mod hosting;
mod weights;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::change::{Change, shown, sort};
use super::table::model as rules;
use super::table::opaque::CONTENT_CHANGED;
use super::{metadata, policies, prompt, provenance};
use crate::digest::Digest;
use crate::finding::Rule;
use crate::registry::common::Common;
use crate::registry::model::{BaseRelation, Embedding, Limits, Model, Provider, RiskTier};
use crate::registry::prompt::{Policies, Prompt, PromptSchema};
use crate::version::Bump;

/// One version of a model.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// The keys that entries of every kind share.
    pub common: &'a Common,
    /// The keys that only models have.
    pub model: &'a Model,
    /// The digests of the files that are at hand, by the pointer of the path that names them, such
    /// as `/weights/0/path`.
    pub files: &'a BTreeMap<String, Digest>,
    /// The digests of the tensors that could be read, by the pointer of what is declared of them,
    /// such as `/weights/0/tensors_sha256`.
    pub tensors: &'a BTreeMap<String, Digest>,
}

impl Side<'_> {
    /// Returns the digest of a file: the one that was taken, or the one that is declared.
    fn digest(&self, pointer: &str, declared: Option<&str>) -> Option<String> {
        let taken = self.files.get(&format!("{pointer}/path")).map(ToString::to_string);
        // A placeholder such as `<hash>` says nothing.
        let stated = || declared?.parse::<Digest>().ok().map(|digest| digest.to_string());
        taken.or_else(stated)
    }
}

/// Returns every difference between two versions, the deciding ones first.
///
/// Equal versions give nothing. Changes that need no step are listed with [`Bump::None`].
#[must_use]
pub fn changes(old: &Side<'_>, new: &Side<'_>) -> Vec<Change> {
    let mut found = metadata::changes(old.common, new.common);
    found.extend(policies::common(old.common, new.common));
    found.extend(keys(old, new));
    sort(&mut found);
    found
}

fn keys(old_side: &Side<'_>, new_side: &Side<'_>) -> Vec<Change> {
    let old = old_side.model;
    // Taken apart by name, so that a key which is added later cannot be forgotten here.
    let Model {
        provider,
        weights: _,
        architecture,
        tokenizer,
        chat_template,
        quantization,
        base_model,
        base_revision,
        base_relation,
        signature,
        limits,
        pricing,
        capabilities,
        languages,
        modalities,
        runtime,
        hardware,
        embedding,
        endpoint,
        risk_tier,
        policies,
        provenance,
    } = new_side.model;
    let mut found = served(old.provider.as_ref(), provider.as_ref(), (old_side, new_side));
    found.extend(weights::changes(old_side, new_side));
    for (key, rule, old, new) in [
        ("tokenizer", &rules::TOKENIZER_CHANGED, &old.tokenizer, tokenizer),
        ("chat_template", &rules::CHAT_TEMPLATE_CHANGED, &old.chat_template, chat_template),
    ] {
        let sides = ((old_side, old.as_ref()), (new_side, new.as_ref()));
        found.extend(weights::asset(key, rule, sides));
    }
    found.extend(declared(
        (&rules::ARCHITECTURE_CHANGED, "architecture"),
        (old.architecture.as_deref(), architecture.as_deref()),
    ));
    let lineages = [
        (&old.base_model, &old.base_revision, old.base_relation),
        (base_model, base_revision, *base_relation),
    ];
    found.extend(lineage(lineages));
    found.extend(hosting::quantization(
        (old.quantization.as_deref(), quantization.as_deref()),
        (&old.hardware, hardware),
    ));
    found.extend(hosting::runtime(&old.runtime, runtime));
    found.extend(hosting::hardware(&old.hardware, hardware));
    found.extend(signatures(old.signature.as_ref(), signature.as_ref()));
    found.extend(limited(&old.limits, limits));
    for (key, old, new) in [
        ("capabilities", &old.capabilities, capabilities),
        ("languages", &old.languages, languages),
        ("modalities", &old.modalities, modalities),
    ] {
        found.extend(listed(key, old, new));
    }
    let spaces = space((old.embedding.as_ref(), embedding.as_ref()), &found);
    found.extend(spaces);
    found.extend(risk(old.risk_tier, *risk_tier));
    found.extend(promised(&old.policies, policies));
    found.extend(provenance::of_model(&old.provenance, provenance));
    if old.endpoint != *endpoint {
        let word = |text: &Option<String>| text.clone().unwrap_or_default();
        let note = "`endpoint` is another";
        let change = Change::new(&rules::ENDPOINT_MOVED, note).at("/endpoint");
        found.push(change.values(word(&old.endpoint), word(endpoint)));
    }
    if old.pricing != *pricing {
        let json = |value| shown(serde_json::to_value(value).ok().as_ref());
        let change = Change::new(&rules::COST_CHANGED, "the price changed").at("/pricing");
        found.push(change.values(json(&old.pricing), json(pricing)));
    }
    found
}

/// Judges a text key of the contract: another value or none is the rule's own step, and declaring it
/// for the first time is a promise added.
fn declared(
    (rule, key): (&'static Rule, &str),
    (old, new): (Option<&str>, Option<&str>),
) -> Option<Change> {
    let change = match (old, new) {
        _ if old == new => return None,
        (None, Some(new)) => {
            Change::new(rule, format!("`{key}` is declared as `{new}`")).bump(Bump::Minor)
        }
        (Some(old), None) => Change::new(rule, format!("`{key}` no longer says `{old}`")),
        (Some(old), Some(new)) => Change::new(rule, format!("`{key}`: `{old}` → `{new}`")),
        (None, None) => return None,
    };
    Some(change.at(&format!("/{key}")).values(old.unwrap_or_default(), new.unwrap_or_default()))
}

/// Compares who answers.
fn served(
    old: Option<&Provider>,
    new: Option<&Provider>,
    (old_side, new_side): (&Side<'_>, &Side<'_>),
) -> Vec<Change> {
    let (old, new) = match (old, new) {
        (Some(old), Some(new)) => (old, new),
        (None, None) => return Vec::new(),
        (None, Some(_)) => {
            let change = Change::new(&rules::API_CHANGED, "a provider serves the model now");
            return vec![change.at_new("/provider").bump(Bump::Minor)];
        }
        (Some(_), None) => {
            let change =
                Change::new(&rules::API_CHANGED, "no provider serves the model any longer");
            return vec![change.at_old("/provider")];
        }
    };
    let Provider { api, model, base_url, base_url_env, program, args, file, timeout_ms } = new;
    let word = |text: &Option<String>| text.clone().unwrap_or_default();
    let mut found = Vec::new();
    let mut other = |rule: &'static Rule, key: &str, before: String, after: String| {
        if before != after {
            let note = format!("`provider.{key}`: `{before}` → `{after}`");
            let change = Change::new(rule, note).at(&format!("/provider/{key}"));
            found.push(change.values(before, after));
        }
    };
    let protocol = |api| self::word(api).unwrap_or_default();
    other(&rules::API_CHANGED, "api", protocol(old.api), protocol(*api));
    let rule: &'static Rule = if snapshots_of_one(old.model.as_deref(), model.as_deref()) {
        &rules::SNAPSHOT_CHANGED
    } else {
        &rules::SERVED_CHANGED
    };
    other(rule, "model", word(&old.model), word(model));
    other(&rules::ENDPOINT_MOVED, "base_url", word(&old.base_url), word(base_url));
    other(&rules::ENDPOINT_MOVED, "base_url_env", word(&old.base_url_env), word(base_url_env));
    other(&rules::PROGRAM_CHANGED, "program", word(&old.program), word(program));
    let list = |list: &[String]| shown(Some(&Value::from(list.to_vec())));
    other(&rules::PROGRAM_CHANGED, "args", list(&old.args), list(args));
    let limit = |limit: Option<u64>| limit.map(|ms| ms.to_string()).unwrap_or_default();
    other(&CONTENT_CHANGED, "timeout_ms", limit(old.timeout_ms), limit(*timeout_ms));
    let answers = |side: &Side<'_>| side.files.get("/provider/file").map(Digest::to_string);
    let (before, after) = (answers(old_side), answers(new_side));
    // Another file counts as other answers where no bytes are at hand to compare.
    if before != after || (before.is_none() && old.file != *file) {
        let note = "the recorded or scripted answers changed";
        let change = Change::new(&rules::ANSWERS_CHANGED, note).at("/provider/file");
        found.push(change.values(before.unwrap_or_default(), after.unwrap_or_default()));
    } else if old.file != *file {
        let change = Change::new(&CONTENT_CHANGED, "the same answers lie in another file");
        found.push(change.at("/provider/file").values(word(&old.file), word(file)));
    }
    found
}

/// Says whether two of a provider's names differ in their date or number alone, such as
/// `gpt-4o-mini` and `gpt-4o-mini-2024-07-18`, or `claude-x-20250101` and `claude-x-latest`.
fn snapshots_of_one(old: Option<&str>, new: Option<&str>) -> bool {
    matches!((old, new), (Some(old), Some(new)) if family(old) == family(new))
}

/// Cuts what names a snapshot from the end of a provider's name: dates, three-digit revisions and
/// `latest`. One and two digits name a model (`gpt-4`), unless a date stands before them.
fn family(name: &str) -> &str {
    // Some names begin with the sign, such as `@cf/meta/llama-3`.
    let cut = name.split_once('@').filter(|(stem, _)| !stem.is_empty());
    let name = cut.map_or(name, |(stem, _)| stem);
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let mut rest = name;
    let dated = name.rsplitn(4, '-').collect::<Vec<_>>();
    if let [day, month, year, stem] = dated.as_slice()
        && [(day, 2), (month, 2), (year, 4)]
            .iter()
            .all(|(part, n)| part.len() == *n && number(part))
    {
        rest = stem;
    }
    while let Some((stem, last)) = rest.rsplit_once(['-', ':']) {
        let tells = last == "latest" || last == "preview" || (number(last) && last.len() >= 3);
        if !tells || stem.is_empty() {
            break;
        }
        rest = stem;
    }
    rest
}

/// What a model was made from: the base, its revision and how.
type Lineage<'a> = (&'a Option<String>, &'a Option<String>, Option<BaseRelation>);

fn lineage([old, new]: [Lineage<'_>; 2]) -> Vec<Change> {
    let stem = |base: &Option<String>| {
        base.as_deref().map(|base| base.split_once('@').map_or(base, |(name, _)| name).to_owned())
    };
    let word = |text: &Option<String>| text.clone().unwrap_or_default();
    let mut found = Vec::new();
    if old.0 != new.0 {
        let same = old.0.is_some() && stem(old.0) == stem(new.0);
        let change = if same {
            let note = format!("`{}` → `{}`", word(old.0), word(new.0));
            Some(Change::new(&rules::BASE_REVISION_CHANGED, note).at("/base_model"))
        } else {
            let sides = (old.0.as_deref(), new.0.as_deref());
            declared((&rules::BASE_CHANGED, "base_model"), sides)
        };
        found.extend(change.map(|change| change.values(word(old.0), word(new.0))));
    }
    if old.1 != new.1 {
        let note = format!("`base_revision`: `{}` → `{}`", word(old.1), word(new.1));
        let change = Change::new(&rules::BASE_REVISION_CHANGED, note).at("/base_revision");
        found.push(change.values(word(old.1), word(new.1)));
    }
    let (before, after) = (self::word(old.2), self::word(new.2));
    let sides = (before.as_deref(), after.as_deref());
    found.extend(declared((&rules::BASE_CHANGED, "base_relation"), sides));
    found
}

/// Compares the signature like a prompt's, at its own place in the file.
fn signatures(old: Option<&PromptSchema>, new: Option<&PromptSchema>) -> Vec<Change> {
    let (old, new) = match (old, new) {
        (Some(old), Some(new)) => (old, new),
        (None, None) => return Vec::new(),
        (None, Some(_)) => {
            let note = "what goes in and comes out is declared";
            return vec![Change::new(&rules::SIGNATURE_ADDED, note).at_new("/signature")];
        }
        (Some(_), None) => {
            let note = "what goes in and comes out is no longer declared";
            return vec![Change::new(&rules::SIGNATURE_REMOVED, note).at_old("/signature")];
        }
    };
    let with = |schema: &PromptSchema| Prompt { schema: schema.clone(), ..Prompt::default() };
    let mut found = prompt::signatures(&with(old), &with(new));
    for change in &mut found {
        for pointer in [&mut change.pointer_old, &mut change.pointer_new].into_iter().flatten() {
            *pointer = pointer.replacen("/schema", "/signature", 1);
        }
    }
    found
}

/// Compares what is accepted. A limit that is said for the first time was there before: nobody
/// could rely on more than was said.
fn limited(old: &Limits, new: &Limits) -> Vec<Change> {
    let Limits { context_tokens, max_output_tokens, requests_per_minute, tokens_per_minute } = new;
    let context = [&rules::CONTEXT_DECREASED, &rules::CONTEXT_INCREASED];
    let output = [&rules::MAX_OUTPUT_DECREASED, &rules::MAX_OUTPUT_INCREASED];
    let rate = [&rules::RATE_LIMIT_LOWERED, &rules::RATE_LIMIT_RAISED];
    let rows = [
        ("context_tokens", context, old.context_tokens, *context_tokens),
        ("max_output_tokens", output, old.max_output_tokens, *max_output_tokens),
        ("requests_per_minute", rate, old.requests_per_minute, *requests_per_minute),
        ("tokens_per_minute", rate, old.tokens_per_minute, *tokens_per_minute),
    ];
    let judged = rows.into_iter().filter(|(.., old, new)| old != new);
    judged
        .map(|(key, [less, more], old, new)| {
            let word = |limit: Option<u64>| {
                limit.map_or_else(|| "not said".to_owned(), |limit| limit.to_string())
            };
            // Ordered so that "not said" is the least of all promises.
            let rule = if new < old { less } else { more };
            let note = format!("`limits.{key}`: {} → {}", word(old), word(new));
            let change = Change::new(rule, note).at(&format!("/limits/{key}"));
            change.values(word(old), word(new))
        })
        .collect()
}

fn listed(key: &str, old: &[String], new: &[String]) -> Vec<Change> {
    let set = |list: &[String]| list.iter().cloned().collect::<BTreeSet<String>>();
    let (before, after) = (set(old), set(new));
    let pointer = format!("/{key}");
    let lost = before.difference(&after).map(|name| {
        let note = format!("`{key}` lost `{name}`");
        Change::new(&rules::CAPABILITY_REMOVED, note).at(&pointer).values(name, "")
    });
    let won = after.difference(&before).map(|name| {
        let note = format!("`{key}` gained `{name}`");
        Change::new(&rules::CAPABILITY_ADDED, note).at(&pointer).values("", name)
    });
    lost.chain(won).collect()
}

/// Compares the space of vectors: by what makes the vectors, and by what is declared of it.
fn space((old, new): (Option<&Embedding>, Option<&Embedding>), found: &[Change]) -> Vec<Change> {
    let (Some(before), Some(after)) = (old.or(new), new.or(old)) else { return Vec::new() };
    let rule: &'static Rule = &rules::EMBEDDING_SPACE_CHANGED;
    let makers = [
        &rules::WEIGHTS_CHANGED,
        &rules::SERVED_CHANGED,
        &rules::SNAPSHOT_CHANGED,
        &rules::PROGRAM_CHANGED,
        &rules::ANSWERS_CHANGED,
        &rules::QUANTIZATION_CHANGED,
        &rules::BASE_REVISION_CHANGED,
        &rules::CHAT_TEMPLATE_CHANGED,
    ];
    let maker = found.iter().find(|change| makers.iter().any(|rule| rule.id == change.rule.id));
    let mut spaces: Vec<Change> = Vec::new();
    spaces.extend(maker.map(|change| Change {
        rule,
        bump: rule.bump.unwrap_or_default(),
        note: format!("stored vectors cannot be compared with new ones: {}", change.note),
        ..change.clone()
    }));
    match (old, new) {
        (None, Some(_)) => {
            let note = "the space of the vectors is declared";
            spaces.push(Change::new(rule, note).at_new("/embedding").bump(Bump::Minor));
        }
        (Some(_), None) => {
            let note = "the space of the vectors is no longer declared";
            spaces.push(Change::new(rule, note).at_old("/embedding"));
        }
        _ => {
            let Embedding { dimensions, distance, normalized } = after;
            let number = |value: Option<u64>| value.map(|value| value.to_string());
            let flag = |value: Option<bool>| value.map(|value| value.to_string());
            let rows = [
                ("embedding/dimensions", number(before.dimensions), number(*dimensions)),
                ("embedding/distance", word(before.distance), word(*distance)),
                ("embedding/normalized", flag(before.normalized), flag(*normalized)),
            ];
            for (key, old, new) in rows {
                spaces.extend(declared((rule, key), (old.as_deref(), new.as_deref())));
            }
        }
    }
    spaces
}

/// Writes a word of the file as it stands there.
fn word<T: serde::Serialize>(value: Option<T>) -> Option<String> {
    let json = serde_json::to_value(value?).ok()?;
    json.as_str().map(ToOwned::to_owned)
}

fn risk(old: Option<RiskTier>, new: Option<RiskTier>) -> Option<Change> {
    if old == new {
        return None;
    }
    let word = |tier| word::<RiskTier>(tier).unwrap_or_else(|| "not said".to_owned());
    let rule: &'static Rule =
        if new > old { &rules::RISK_TIER_RAISED } else { &rules::RISK_TIER_LOWERED };
    let note = format!("`risk_tier`: {} → {}", word(old), word(new));
    Some(Change::new(rule, note).at("/risk_tier").values(word(old), word(new)))
}

/// Compares the policies; where data is processed weighs more with a model than with its users.
fn promised(old: &Policies, new: &Policies) -> Vec<Change> {
    use super::table::policy;
    let mut found = policies::changes(old, new);
    for change in &mut found {
        let residency = change.pointer_new.as_deref() == Some("/policies/residency");
        let lost = [policy::LOOSENED.id, policy::INCOMPARABLE.id].contains(&change.rule.id);
        if residency && lost {
            change.rule = &rules::DATA_RESIDENCY_CHANGED;
        }
    }
    found
}

#[cfg(test)]
mod tests;
