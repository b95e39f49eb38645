//! Templates against the inputs that the entry declares.

use std::collections::BTreeSet;

use crate::finding::{Family, Finding, Place, Rule};
use crate::integrity::payload::Payload;
use crate::registry::entry::Entry;
use crate::registry::payload::Role;
use crate::registry::prompt::{Engine, Prompt};
use crate::source::SourceFile;
use crate::template::{TemplateFault, Use, jinja, simple};

/// The template cannot be read.
pub(super) static TEMPLATE_SYNTAX: Rule =
    Rule::error("template-syntax", Family::Prompt, "a template cannot be read by its engine");
/// A variable that is no input.
pub(super) static PROMPT_VARIABLE_UNDECLARED: Rule = Rule::error(
    "prompt-variable-undeclared",
    Family::Prompt,
    "a template uses a variable that is no input",
);
/// An input that no template uses.
pub(super) static PROMPT_VARIABLE_UNUSED: Rule =
    Rule::warning("prompt-variable-unused", Family::Prompt, "no template uses an input");

/// Checks every template of a prompt.
pub(super) fn check(entry: &Entry, payloads: &[Payload]) -> Vec<Finding> {
    let Some(prompt) = entry.as_prompt() else { return Vec::new() };
    let inputs = prompt.inputs();
    let mut known: BTreeSet<&str> = BTreeSet::new();
    for (name, field) in &inputs.fields {
        known.insert(name);
        known.extend(field.aliases.iter().map(String::as_str));
    }
    let mut findings = Vec::new();
    let mut used: BTreeSet<String> = BTreeSet::new();
    let mut complete = true;
    for text in texts(entry, prompt, payloads) {
        let found = match text.uses(prompt.engine) {
            Ok(found) => found,
            Err(fault) => {
                complete = false;
                let place = text.place(fault.span);
                findings.push(Finding::new(&TEMPLATE_SYNTAX, place, fault.message));
                continue;
            }
        };
        let mut said: BTreeSet<&str> = BTreeSet::new();
        for used_here in &found {
            if !known.contains(used_here.name.as_str()) && said.insert(&used_here.name) {
                findings.push(undeclared(used_here, &text, entry, &known));
            }
        }
        used.extend(found.into_iter().map(|used| used.name));
    }
    // Without a template that reads (missing, or a syntax fault), nothing can be said of its use.
    let readable = payloads.iter().any(|p| p.text.is_some()) || !prompt.messages.is_empty();
    if complete && readable && entry.value().get("schema").is_some() {
        for (name, field) in &inputs.fields {
            let names = std::iter::once(name).chain(&field.aliases);
            if !field.ignored && !names.into_iter().any(|name| used.contains(name)) {
                let message = format!("no template uses the input `{}`", name.escape_debug());
                let place = entry.document.key_place(&field.pointer);
                findings.push(
                    Finding::new(&PROMPT_VARIABLE_UNUSED, place, message).help(format!(
                        "use it as `{{{{ {name} }}}}`, or remove it (a major change)"
                    )),
                );
            }
        }
    }
    findings
}

fn undeclared(used: &Use, text: &Text<'_>, entry: &Entry, known: &BTreeSet<&str>) -> Finding {
    let name = &used.name;
    let close = known
        .iter()
        .map(|known| (strsim::jaro_winkler(known, name), *known))
        .filter(|(likeness, _)| *likeness > 0.85)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let help = match close {
        Some((_, close)) => format!("did you mean `{close}`?"),
        None => format!("add `{name}` to `schema.inputs` (a required input is a major change)"),
    };
    let message = format!("`{name}` is no input of the prompt");
    Finding::new(&PROMPT_VARIABLE_UNDECLARED, text.place(used.span), message)
        .related(entry.document.key_place("/schema/inputs"), "the inputs are declared here")
        .help(help)
        .values(String::new(), name.clone())
}

/// One template: a payload of its own, or a message inside the entry file.
enum Text<'a> {
    Payload(&'a SourceFile),
    Inline { text: &'a str, place: Place },
}

impl Text<'_> {
    fn uses(&self, engine: Engine) -> Result<Vec<Use>, TemplateFault> {
        let text = match self {
            Self::Payload(source) => source.text(),
            Self::Inline { text, .. } => text,
        };
        match engine {
            Engine::Jinja => jinja::uses(text),
            Engine::Simple => Ok(simple::uses(text)),
        }
    }

    /// An inline message is pointed at as a whole: its escapes and indentation hide the columns.
    fn place(&self, span: crate::source::Span) -> Place {
        match self {
            Self::Payload(source) => {
                Place { file: (*source).clone(), pointer: String::new(), span }
            }
            Self::Inline { place, .. } => place.clone(),
        }
    }
}

fn texts<'a>(entry: &Entry, prompt: &'a Prompt, payloads: &'a [Payload]) -> Vec<Text<'a>> {
    let of_payloads = payloads
        .iter()
        .filter(|payload| payload.declared.role == Role::Text)
        .filter_map(|payload| payload.text.as_ref())
        .map(Text::Payload);
    let inline = prompt.messages.iter().enumerate().filter_map(|(at, message)| {
        let text = message.content.as_deref()?;
        let place = entry.document.place(&format!("/messages/{at}/content"));
        Some(Text::Inline { text, place })
    });
    of_payloads.chain(inline).collect()
}
