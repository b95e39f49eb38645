//! Everything in which two versions of a prompt differ.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::change::{Change, shown, sort};
use super::fields;
use super::table::{output as output_rules, prompt as rules};
use super::{dependencies, inputs, metadata, outputs, policies, text, tools};
use crate::digest::Digest;
use crate::finding::Rule;
use crate::ident::Kind;
use crate::registry::common::{Common, Edge};
use crate::registry::prompt::{Message, Parameters, Prompt};
use crate::version::Bump;

/// The template's path where the entry names none.
const TEMPLATE: &str = "template.md";

/// One version of a prompt.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// The keys that entries of every kind share.
    pub common: &'a Common,
    /// The keys that only prompts have.
    pub prompt: &'a Prompt,
    /// The payload texts by their path relative to the entry: template, messages, parts.
    pub texts: &'a BTreeMap<String, String>,
}

/// Returns every difference between two versions, the deciding ones first.
///
/// Equal versions give nothing. Changes that need no step are listed with [`Bump::None`].
#[must_use]
pub fn changes(old: &Side<'_>, new: &Side<'_>) -> Vec<Change> {
    let mut found = metadata::changes(old.common, new.common);
    found.extend(policies::common(old.common, new.common));
    found.extend(signatures(old.prompt, new.prompt));
    found.extend(keys(old.prompt, new.prompt));
    found.extend(texts(old, new));
    sort(&mut found);
    found
}

/// Compares what callers send and receive.
pub(super) fn signatures(old: &Prompt, new: &Prompt) -> Vec<Change> {
    let (before, after) = (old.inputs(), new.inputs());
    let side = |signature, written| fields::Side { signature, written };
    let mut found = inputs::changes(
        &side(&before, old.schema.inputs.as_ref()),
        &side(&after, new.schema.inputs.as_ref()),
    );
    let (before, after) = (old.outputs(), new.outputs());
    found.extend(outputs::changes(
        &side(&before, old.schema.outputs.as_ref()),
        &side(&after, new.schema.outputs.as_ref()),
    ));
    found
}

fn keys(old: &Prompt, new: &Prompt) -> Vec<Change> {
    // Taken apart by name, so that a key which is added later cannot be forgotten here. Texts and
    // signatures are compared on their own; where a template lies is no content.
    let Prompt {
        schema: _,
        template: _,
        messages: _,
        engine,
        response_format,
        language,
        streaming,
        tools,
        examples,
        parameters,
        model,
        policies,
    } = new;
    let mut found = policies::changes(&old.policies, policies);
    found.extend(tools::changes(&old.tools, tools));
    found.extend(sampling(&old.parameters, parameters, declares_length(old)));
    let json = |value: &dyn Fn() -> serde_json::Result<Value>| shown(value().ok().as_ref());
    let mut other = |rule: &'static Rule, key: &str, before: String, after: String| {
        if before != after {
            found.push(
                Change::new(rule, format!("`{key}` changed"))
                    .at(&format!("/{key}"))
                    .values(before, after),
            );
        }
    };
    let format = |value: &Option<Value>| shown(value.as_ref());
    let word = |value: &Option<String>| value.clone().unwrap_or_default();
    let format_rule = &output_rules::FORMAT_CHANGED;
    other(format_rule, "response_format", format(&old.response_format), format(response_format));
    other(
        &output_rules::STREAMING_CHANGED,
        "streaming",
        old.streaming.to_string(),
        streaming.to_string(),
    );
    other(
        &rules::ENGINE_CHANGED,
        "engine",
        json(&|| serde_json::to_value(old.engine)),
        json(&|| serde_json::to_value(engine)),
    );
    other(
        &rules::EXAMPLE_CHANGED,
        "examples",
        shown(Some(&Value::from(old.examples.clone()))),
        shown(Some(&Value::from(examples.clone()))),
    );
    let pinned = (word(&old.model), word(model));
    match dependencies::pin((&pinned.0, &pinned.1), Some(Kind::Model), Edge::Runtime) {
        Some(moved) => found.push(moved.at("/model")),
        None => other(&rules::MODEL_BINDING_CHANGED, "model", pinned.0, pinned.1),
    }
    found.extend(spoken(old.language.as_deref(), language.as_deref()));
    found
}

/// Compares the language of the answer. Declaring one is a promise added; consumers of an
/// undeclared one could rely on none.
fn spoken(old: Option<&str>, new: Option<&str>) -> Option<Change> {
    if old == new {
        return None;
    }
    let word = |text: Option<&str>| text.unwrap_or("any language").to_owned();
    let note = format!("answers: {} → {}", word(old), word(new));
    let change = Change::new(&output_rules::FORMAT_CHANGED, note).at("/language");
    let change = change.values(old.unwrap_or_default(), new.unwrap_or_default());
    Some(if old.is_none() { change.bump(Bump::Minor) } else { change })
}

/// Says whether consumers were told how long an output is at most.
fn declares_length(prompt: &Prompt) -> bool {
    prompt.outputs().fields.values().any(|field| field.schema.get("maxLength").is_some())
}

fn number<T: ToString>(value: Option<&T>) -> String {
    value.map(ToString::to_string).unwrap_or_default()
}

fn sampling(old: &Parameters, new: &Parameters, declared: bool) -> Vec<Change> {
    let Parameters {
        temperature,
        top_p,
        top_k,
        frequency_penalty,
        presence_penalty,
        stop,
        seed,
        max_output_tokens,
    } = new;
    let mut found = Vec::new();
    let sampling: &'static Rule = &rules::SAMPLING_CHANGED;
    let stops = |stops: &[String]| shown(Some(&Value::from(stops.to_vec())));
    let rows = [
        ("temperature", sampling, number(old.temperature.as_ref()), number(temperature.as_ref())),
        ("top_p", sampling, number(old.top_p.as_ref()), number(top_p.as_ref())),
        ("top_k", sampling, number(old.top_k.as_ref()), number(top_k.as_ref())),
        (
            "frequency_penalty",
            sampling,
            number(old.frequency_penalty.as_ref()),
            number(frequency_penalty.as_ref()),
        ),
        (
            "presence_penalty",
            sampling,
            number(old.presence_penalty.as_ref()),
            number(presence_penalty.as_ref()),
        ),
        ("stop", sampling, stops(&old.stop), stops(stop)),
        ("seed", &rules::SEED_CHANGED, number(old.seed.as_ref()), number(seed.as_ref())),
    ];
    for (key, rule, before, after) in rows {
        if before != after {
            let note = format!("`{key}`: `{before}` → `{after}`");
            found.push(
                Change::new(rule, note).at(&format!("/parameters/{key}")).values(before, after),
            );
        }
    }
    if old.max_output_tokens != *max_output_tokens {
        // No limit is more than any.
        let (before, after) =
            (old.max_output_tokens.unwrap_or(u64::MAX), max_output_tokens.unwrap_or(u64::MAX));
        let tokens = |limit: Option<u64>| {
            limit.map_or_else(|| "no limit".to_owned(), |limit| format!("{limit} tokens"))
        };
        let (before_text, after_text) = (tokens(old.max_output_tokens), tokens(*max_output_tokens));
        let note = format!("answers: {before_text} → {after_text}");
        let change = if after < before {
            Change::new(&rules::MAX_OUTPUT_DECREASED, note)
                .help("answers that need more tokens are cut off")
        } else if declared {
            Change::new(&rules::MAX_OUTPUT_INCREASED, note).bump(Bump::Major)
        } else {
            Change::new(&rules::MAX_OUTPUT_INCREASED, note)
        };
        found.push(change.at("/parameters/max_output_tokens").values(before_text, after_text));
    }
    found
}

fn texts(old: &Side<'_>, new: &Side<'_>) -> Vec<Change> {
    let mut found = Vec::new();
    let (before, after) = (Body::of(old), Body::of(new));
    let roles = |body: &Body<'_>| {
        body.parts.iter().map(|part| part.role.unwrap_or("template")).collect::<Vec<_>>().join(", ")
    };
    let (old_roles, new_roles) = (roles(&before), roles(&after));
    if old_roles == new_roles {
        for (earlier, part) in before.parts.iter().zip(&after.parts) {
            found.extend(text_change(old, new, (earlier, part)));
        }
    } else {
        let note = format!("messages: {old_roles} → {new_roles}");
        found.push(
            Change::new(&rules::ROLE_STRUCTURE_CHANGED, note)
                .at("/messages")
                .values(old_roles, new_roles),
        );
    }
    let paths: BTreeSet<&String> = old.texts.keys().chain(new.texts.keys()).collect();
    for path in paths.into_iter().filter(|path| !(before.owns(path) || after.owns(path))) {
        let part = Part { role: None, pointer: String::new(), path: Some(path), inline: None };
        found.extend(text_change(old, new, (&part, &part)));
    }
    found
}

/// The texts that a prompt sends, in order.
struct Body<'a> {
    parts: Vec<Part<'a>>,
}

/// One text: inline, or in a payload file.
struct Part<'a> {
    role: Option<&'a str>,
    pointer: String,
    path: Option<&'a str>,
    inline: Option<&'a str>,
}

impl<'a> Body<'a> {
    fn of(side: &Side<'a>) -> Self {
        let prompt = side.prompt;
        if prompt.messages.is_empty() {
            let path = Some(plain(prompt.template.as_deref().unwrap_or(TEMPLATE)));
            let pointer = "/template".to_owned();
            return Self { parts: vec![Part { role: None, pointer, path, inline: None }] };
        }
        let part = |(at, message): (usize, &'a Message)| Part {
            role: Some(message.role.as_str()),
            pointer: format!("/messages/{at}"),
            path: message.file.as_deref().map(plain),
            inline: message.content.as_deref(),
        };
        Self { parts: prompt.messages.iter().enumerate().map(part).collect() }
    }

    fn owns(&self, path: &str) -> bool {
        self.parts.iter().any(|part| part.path == Some(path))
    }
}

fn plain(path: &str) -> &str {
    path.strip_prefix("./").unwrap_or(path)
}

impl<'a> Part<'a> {
    fn text(&self, side: &Side<'a>) -> Option<&'a str> {
        let filed = self.path.and_then(|path| side.texts.get(path)).map(String::as_str);
        self.inline.or(filed)
    }
}

fn text_change(
    old: &Side<'_>,
    new: &Side<'_>,
    (before, after): (&Part<'_>, &Part<'_>),
) -> Option<Change> {
    let name = after.path.unwrap_or("the message");
    let (rule, note): (&'static Rule, String) = match (before.text(old), after.text(new)) {
        (None, None) => return None,
        (Some(before), Some(after)) => {
            let rule = text::judge(before, after, new.prompt.engine)?;
            (rule, format!("`{name}`: {}", rule.summary.trim_end_matches('.').to_lowercase()))
        }
        (None, Some(_)) => (&rules::TEMPLATE_TEXT, format!("`{name}` was added")),
        (Some(_), None) => (&rules::TEMPLATE_TEXT, format!("`{name}` is gone")),
    };
    let digest = |text: Option<&str>| {
        text.map(|text| Digest::of(text.as_bytes()).short(12)).unwrap_or_default()
    };
    let change = Change::new(rule, note).values(digest(before.text(old)), digest(after.text(new)));
    Some(match after.path.filter(|_| after.inline.is_none()) {
        Some(path) => change.payload(path).at(""),
        None => change.at_old(&before.pointer).at_new(&after.pointer),
    })
}

#[cfg(test)]
mod tests;
