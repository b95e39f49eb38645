//! Templates against the inputs that the entry declares.

use std::collections::BTreeSet;

use crate::finding::{Family, Finding, Place, Rule};
use crate::ident::Kind;
use crate::integrity::text::{Text, Texts};
use crate::registry::entry::{Body, Entry};
use crate::registry::prompt::Engine;
use crate::registry::signature::Signature;
use crate::source::Span;
use crate::template::include::{Origin, includes};
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
/// An include that is sent as text.
pub(super) static INCLUDE_ENGINE_MISMATCH: Rule = Rule::warning(
    "include-engine-mismatch",
    Family::Prompt,
    "a template of the `simple` engine has an include, which that engine sends as text",
);

/// What the templates of an entry are held against.
struct Declared<'a> {
    entry: &'a Entry,
    engine: Engine,
    inputs: Signature,
    /// Where the inputs are written.
    pointer: &'static str,
    /// Names and aliases of the inputs.
    known: BTreeSet<String>,
}

impl<'a> Declared<'a> {
    /// Reads what a prompt or a fragment declares; other entries have no templates. A fragment that
    /// declares no inputs leaves them to the prompts that include it.
    fn of(entry: &'a Entry) -> Option<Self> {
        let (engine, inputs, pointer) = match &entry.body {
            Body::Prompt(prompt) => (prompt.engine, prompt.inputs(), "/schema/inputs"),
            Body::Fragment(fragment) => (Engine::Jinja, fragment.inputs(), "/inputs"),
            _ => return None,
        };
        let mut known = BTreeSet::new();
        for (name, field) in &inputs.fields {
            known.insert(name.clone());
            known.extend(field.aliases.iter().cloned());
        }
        Some(Self { entry, engine, inputs, pointer, known })
    }

    fn is_silent(&self) -> bool {
        self.entry.name.kind == Kind::Fragment && self.entry.value().get("inputs").is_none()
    }
}

/// Checks every template of a prompt or a fragment.
pub(super) fn check(entry: &Entry, texts: &Texts) -> Vec<Finding> {
    let Some(declared) = Declared::of(entry) else { return Vec::new() };
    let mut findings = Vec::new();
    let mut used: BTreeSet<String> = BTreeSet::new();
    let mut complete = true;
    for (pointer, text) in texts.iter() {
        // What stands where a faulty include is, nobody knows.
        if !text.faults().is_empty() {
            complete = false;
            continue;
        }
        let at = |origin: Origin, length: u32| place(entry, pointer, origin, length);
        let found = match uses(text, declared.engine) {
            Ok(found) => found,
            Err(fault) => {
                complete = false;
                let place = at(text.origin(fault.span.start), fault.span.len());
                findings.push(Finding::new(&TEMPLATE_SYNTAX, place, fault.message));
                continue;
            }
        };
        findings.extend(sent_as_text(&declared, pointer, text));
        let mut said: BTreeSet<&str> = BTreeSet::new();
        for used_here in &found {
            let is_known = declared.known.contains(&used_here.name);
            if !is_known && !declared.is_silent() && said.insert(&used_here.name) {
                findings.push(undeclared(&declared, used_here, pointer, text));
            }
        }
        used.extend(found.into_iter().map(|used| used.name));
    }
    // Without a template that reads (missing, or a syntax fault), nothing can be said of its use.
    let written = ["schema", "inputs"].iter().any(|key| entry.value().get(*key).is_some());
    if complete && written && texts.iter().next().is_some() {
        findings.extend(unused(&declared, &used));
    }
    findings
}

fn uses(text: &Text, engine: Engine) -> Result<Vec<Use>, TemplateFault> {
    match engine {
        Engine::Jinja => jinja::uses(text.text()),
        Engine::Simple => Ok(simple::uses(text.text())),
    }
}

/// Returns the place of a part of a text. An inline message is pointed at as a whole: its escapes and
/// indentation hide the columns.
fn place(entry: &Entry, pointer: &str, origin: Origin, length: u32) -> Place {
    if origin.include.is_none() && pointer.ends_with("/content") {
        return entry.document.place(pointer);
    }
    let span = Span::new(origin.offset, origin.offset.saturating_add(length));
    Place { file: origin.source, pointer: String::new(), span }
}

fn undeclared(declared: &Declared<'_>, used: &Use, pointer: &str, text: &Text) -> Finding {
    let entry = declared.entry;
    let name = &used.name;
    let close = declared
        .known
        .iter()
        .map(|known| (strsim::jaro_winkler(known, name), known))
        .filter(|(likeness, _)| *likeness > 0.85)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let list = declared.pointer.trim_start_matches('/').replace('/', ".");
    let help = match close {
        Some((_, close)) => format!("did you mean `{close}`?"),
        None => format!("add `{name}` to `{list}` (a required input is a major change)"),
    };
    let message = format!("`{name}` is no input of the {}", entry.name.kind);
    let origin = text.origin(used.span.start);
    let there = place(entry, pointer, origin.clone(), used.span.len());
    let finding = match origin.include {
        None => Finding::new(&PROMPT_VARIABLE_UNDECLARED, there, message),
        // The prompt is what has to be mended, or its include; the fragment has its own users.
        Some(tag) => {
            let own = Origin { source: text.source.clone(), offset: tag.start, include: None };
            let here = place(entry, pointer, own, tag.len());
            Finding::new(&PROMPT_VARIABLE_UNDECLARED, here, message)
                .related(there, "the included text uses it")
        }
    };
    finding
        .related(entry.document.key_place(declared.pointer), "the inputs are declared here")
        .help(help)
        .values(String::new(), name.clone())
}

fn unused<'a>(
    declared: &'a Declared<'_>,
    used: &'a BTreeSet<String>,
) -> impl Iterator<Item = Finding> + 'a {
    let fields = declared.inputs.fields.iter().filter(move |(name, field)| {
        let mut names = std::iter::once(*name).chain(&field.aliases);
        !field.ignored && !names.any(|name| used.contains(name))
    });
    let cost = match declared.entry.name.kind {
        Kind::Fragment => "a minor change",
        _ => "a major change",
    };
    fields.map(move |(name, field)| {
        let message = format!("no template uses the input `{}`", name.escape_debug());
        let place = declared.entry.document.key_place(&field.pointer);
        Finding::new(&PROMPT_VARIABLE_UNUSED, place, message)
            .help(format!("use it as `{{{{ {name} }}}}`, or remove it ({cost})"))
    })
}

/// Finds includes of fragments in a text whose engine has none.
fn sent_as_text(declared: &Declared<'_>, pointer: &str, text: &Text) -> Vec<Finding> {
    if declared.engine != Engine::Simple {
        return Vec::new();
    }
    let tags = includes(text.source.text()).into_iter();
    let named = tags.filter_map(|tag| Some((tag.span, tag.name?)));
    let of_fragments = named.filter(|(_, name)| name.starts_with("fragment/"));
    let say = |(span, name): (Span, String)| {
        let own = Origin { source: text.source.clone(), offset: span.start, include: None };
        let place = place(declared.entry, pointer, own, span.len());
        let message = format!(
            "the `simple` engine has no includes, so `{}` is not put in",
            name.escape_debug()
        );
        Finding::new(&INCLUDE_ENGINE_MISMATCH, place, message)
            .help("leave `engine` out, or copy the text of the fragment")
            .values(String::new(), name)
    };
    of_fragments.map(say).collect()
}
