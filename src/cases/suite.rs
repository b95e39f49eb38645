//! A suite against its cases: what would be measured, and whether it can be.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::bar::{Range, Reach};
use super::bind::{Binding, InputFault};
use super::case::{Case, prompt_of};
use super::file::CaseFile;
use super::fixtures::Fixtures;
use super::metric::{self, JUDGE, Reference};
use super::names::{Group, Known, check_names};
use super::rules;
use crate::finding::{Finding, Place, Rule, Severity};
use crate::registry::signature::Signature;
use crate::registry::suite::Suite;
use crate::schema::nearest;
use crate::yaml::{Document, escape_pointer, unescape_pointer};

/// A prompt that a suite measures.
#[derive(Debug)]
pub struct Measured {
    /// Its inputs.
    pub inputs: Signature,
    /// Its outputs.
    pub outputs: Signature,
}

/// A suite with everything that it names.
#[derive(Debug, Clone, Copy)]
pub struct SuiteParts<'a> {
    /// The suite's file.
    pub document: &'a Document,
    /// The suite.
    pub suite: &'a Suite,
    /// Its cases.
    pub files: &'a [CaseFile],
    /// Its fixtures.
    pub fixtures: &'a Fixtures,
    /// Its prompts by the references that it has for them; without those that lead nowhere.
    pub prompts: &'a BTreeMap<String, Measured>,
    /// The scales of its judges by metric; without those that lead nowhere.
    pub scales: &'a BTreeMap<String, Range>,
    /// Guardrails of its profile and its prompts.
    pub guardrails: &'a BTreeSet<String>,
}

/// How many characters of a schema's words are shown.
const SHOWN: usize = 120;

/// Says what keeps a suite from being measured, and what of it would be idle.
#[must_use]
pub fn check_suite(parts: &SuiteParts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    judges(parts, &mut findings);
    routes(parts, &mut findings);
    let before = findings.len();
    bindings(parts, &mut findings);
    if findings.len() == before {
        // Every case would lack what a false binding does not bring.
        inputs(parts, &mut findings);
    }
    answer(parts, &mut findings);
    bars(parts, &mut findings);
    unused(parts, &mut findings);
    findings
}

type Told<'a> = (&'static Rule, Place, String);

impl<'a> SuiteParts<'a> {
    fn cases(&self) -> impl Iterator<Item = (&'a CaseFile, &'a Case)> {
        self.files.iter().flat_map(|file| file.cases.iter().map(move |case| (file, case)))
    }

    /// Groups cases by what `key` says of them.
    fn grouped<K: Ord>(&self, key: impl Fn(&'a Case) -> Option<K>) -> BTreeMap<K, Group<'a>> {
        let mut groups: BTreeMap<K, Group<'a>> = BTreeMap::new();
        for (file, case) in self.cases() {
            if let Some(key) = key(case) {
                groups.entry(key).or_default().add(file, case);
            }
        }
        groups
    }

    /// Says whether every prompt that the suite names was found.
    fn complete(&self) -> bool {
        let mut named = self.suite.route.values().chain(&self.suite.target);
        named.all(|prompt| self.prompts.contains_key(prompt))
    }

    /// Says whether some prompt takes an input of this name.
    fn takes(&self, name: &str) -> bool {
        self.prompts.values().any(|prompt| {
            let fields = &prompt.inputs.fields;
            prompt.inputs.open
                || fields.contains_key(name)
                || fields.values().any(|field| field.aliases.contains(name))
        })
    }

    /// Returns every input that some prompt declares.
    fn declared(&self) -> BTreeSet<&str> {
        self.prompts.values().flat_map(|prompt| prompt.inputs.fields.keys()).map(|n| &**n).collect()
    }

    /// Returns the judged metric that a case's metric means.
    fn judged<'b>(&'b self, name: &'b str) -> Option<&'b str> {
        if name == JUDGE { self.suite.default_judge.as_deref() } else { Some(name) }
    }
}

fn child(parent: &str, key: &str) -> String {
    format!("{parent}/{}", escape_pointer(key))
}

fn tell((rule, place, message): Told<'_>, value: &str, help: Option<String>) -> Finding {
    let mut finding = Finding::new(rule, place, message).values(String::new(), value);
    finding.help = help;
    finding
}

/// Adds the first case of a group as a further place.
fn with_first(finding: Finding, group: &Group<'_>, field: &str) -> Finding {
    match group.first.first() {
        Some((file, case)) => finding.related(file.place(case, field), "the first of them"),
        None => finding,
    }
}

fn suggest<'a>(
    word: &str,
    what: &str,
    candidates: impl IntoIterator<Item = &'a str> + Clone,
) -> String {
    if let Some(close) = nearest(word, candidates.clone()) {
        return format!("did you mean `{close}`?");
    }
    let names: Vec<&str> = candidates.into_iter().take(20).collect();
    format!("{what} are: {}", names.join(", "))
}

/// Metrics and guardrails that the suite does not have.
fn judges(parts: &SuiteParts<'_>, findings: &mut Vec<Finding>) {
    let suite = parts.suite;
    let document = parts.document;
    let mut known = Known {
        judges: suite.judges.keys().cloned().collect(),
        guardrails: parts.guardrails.clone(),
    };
    if let Some(name) = suite.default_judge.as_ref().filter(|n| !suite.judges.contains_key(*n)) {
        let message = format!("`{}` is no judge of the suite", name.escape_debug());
        let told = (&rules::SUITE_JUDGE_MISSING, document.place("/default_judge"), message);
        let help = "name one of `judges`".to_owned();
        findings.push(tell(told, name, Some(help)));
    }
    let missing = parts.grouped(|case| {
        let name = case.check.metric.as_str();
        let bare = name == JUDGE && suite.default_judge.is_none();
        // A name close to another one is a mistake in the case; any other one wants a judge.
        let wants = !name.is_empty()
            && !known.has_metric(name)
            && metric::find(name).is_none()
            && known.nearest_metric(name).is_none();
        (bare || wants).then_some(name)
    });
    for (name, group) in missing {
        let shown = name.escape_debug();
        let (message, help) = if name == JUDGE {
            let message = format!("the suite has no `default_judge`; {}", group.counted());
            (message, "name the judged metric that `judge` means in `default_judge`".to_owned())
        } else {
            let message = format!("the suite has no judge `{shown}`; {}", group.counted());
            (message, format!("add `{shown}: judge/<id>@<version>` to `judges`"))
        };
        let told = (&rules::SUITE_JUDGE_MISSING, document.place("/judges"), message);
        findings.push(with_first(tell(told, name, Some(help)), &group, "metric"));
        known.judges.insert(name.to_owned());
    }
    findings.extend(check_names(parts.files, &known));
}

/// What `bind` names on both sides.
fn bindings(parts: &SuiteParts<'_>, findings: &mut Vec<Finding>) {
    let document = parts.document;
    for (input, column) in &parts.suite.bind {
        let pointer = child("/bind", input);
        let has = |file: &CaseFile| file.columns.contains(column);
        if !parts.files.is_empty() && !parts.files.iter().any(has) {
            let message = format!("the cases have no column `{}`", column.escape_debug());
            let told = (&rules::SUITE_BIND_COLUMN_MISSING, document.place(&pointer), message);
            let columns: BTreeSet<&str> =
                parts.files.iter().flat_map(|file| &file.columns).map(String::as_str).collect();
            findings.push(tell(told, column, Some(suggest(column, "columns", columns))));
        }
        if parts.complete() && !parts.takes(input) {
            let message = format!("no prompt of the suite has an input `{}`", input.escape_debug());
            let told = (&rules::SUITE_BIND_INPUT_UNKNOWN, document.key_place(&pointer), message);
            let help = suggest(input, "inputs", parts.declared());
            findings.push(tell(told, input, Some(help)));
        }
    }
}

/// Routes that nothing takes, and cases that nothing takes.
fn routes(parts: &SuiteParts<'_>, findings: &mut Vec<Finding>) {
    let domains: BTreeSet<&str> = parts.cases().map(|(_, case)| case.domain.as_str()).collect();
    for domain in parts.suite.route.keys().filter(|domain| !domains.contains(domain.as_str())) {
        let shown = domain.escape_debug();
        let message = format!("no case has the domain `{shown}`");
        let place = parts.document.key_place(&child("/route", domain));
        let help = suggest(domain, "domains", domains.iter().copied().filter(|d| !d.is_empty()));
        findings.push(tell((&rules::SUITE_ROUTE_UNUSED, place, message), domain, Some(help)));
    }
    let unanswered = parts
        .grouped(|case| prompt_of(case, parts.suite).is_none().then_some(case.domain.as_str()));
    for (domain, group) in unanswered {
        let shown = domain.escape_debug();
        let message = format!("no prompt answers the domain `{shown}`; {}", group.counted());
        let told = (&rules::SUITE_PROMPT_MISSING, parts.document.place("/route"), message);
        let help = "add the domain to `route`, or name a `target` for all others".to_owned();
        findings.push(with_first(tell(told, domain, Some(help)), &group, "domain"));
    }
}

/// Inputs without a value, and with one that is refused.
fn inputs(parts: &SuiteParts<'_>, findings: &mut Vec<Finding>) {
    let mut missing: BTreeMap<(&str, String), Group<'_>> = BTreeMap::new();
    let mut refused: BTreeMap<(&str, String), (String, Group<'_>)> = BTreeMap::new();
    let bindings: BTreeMap<&str, Binding<'_>> = parts
        .prompts
        .iter()
        .map(|(name, prompt)| (name.as_str(), Binding::new(parts.suite, &prompt.inputs)))
        .collect();
    for (file, case) in parts.cases() {
        let Some(prompt) = prompt_of(case, parts.suite) else { continue };
        let Some(binding) = bindings.get(prompt) else { continue };
        let Err(faults) = binding.variables(case, parts.fixtures) else { continue };
        for fault in faults {
            let InputFault::InCase { fault, .. } = fault else { continue };
            match *fault {
                InputFault::Missing { names } => {
                    for name in names {
                        missing.entry((prompt, name)).or_default().add(file, case);
                    }
                }
                InputFault::Refused { name, fault } => {
                    let (_, group) =
                        refused.entry((prompt, name)).or_insert_with(|| (fault, Group::default()));
                    group.add(file, case);
                }
                // `bindings` has said it once for all cases.
                InputFault::Unknown { .. } | InputFault::InCase { .. } => {}
            }
        }
    }
    for ((prompt, name), group) in missing {
        let shown = name.escape_debug();
        let prompt = prompt.escape_debug();
        let message = format!("`{shown}` of `{prompt}` has no value in {}", group.counted());
        let told = (&rules::SUITE_INPUT_MISSING, input_place(parts, &name), message);
        let help = "bind it to a column, or give it in the fixtures or in the case".to_owned();
        findings.push(with_first(
            tell(told, &format!("{prompt} {name}"), Some(help)),
            &group,
            "case_id",
        ));
    }
    for ((prompt, name), (fault, group)) in refused {
        let shown = name.escape_debug();
        let prompt = prompt.escape_debug();
        let counted = group.counted();
        let fault = cut(&fault);
        let message = format!("`{prompt}` refuses the value of `{shown}` in {counted}: {fault}");
        let told = (&rules::SUITE_INPUT_REFUSED, input_place(parts, &name), message);
        findings.push(with_first(tell(told, &format!("{prompt} {name}"), None), &group, "case_id"));
    }
}

/// Shortens what a schema says: it quotes the value, and a value may be a whole document.
fn cut(text: &str) -> String {
    let line = text.replace(char::is_control, " ");
    if line.chars().count() <= SHOWN {
        return line;
    }
    // The end says what is wrong with the value.
    let end = line.chars().count() - SHOWN / 2;
    let head: String = line.chars().take(SHOWN / 2).collect();
    let tail: String = line.chars().skip(end).collect();
    format!("{head}…{tail}")
}

/// Returns where the suite says what an input gets.
fn input_place(parts: &SuiteParts<'_>, name: &str) -> Place {
    let bound = child("/bind", name);
    for pointer in [bound.as_str(), "/fixtures", "/bind"] {
        if parts.document.locate(pointer).found {
            return parts.document.place(pointer);
        }
    }
    parts.document.place("/cases")
}

/// What the text metrics would read.
fn answer(parts: &SuiteParts<'_>, findings: &mut Vec<Finding>) {
    let Some(pointer) = parts.suite.answer.as_deref().filter(|pointer| !pointer.is_empty()) else {
        return;
    };
    let read = parts.grouped(|case| {
        let metric = metric::find(&case.check.metric)?;
        if metric.reference == Reference::Unused { None } else { prompt_of(case, parts.suite) }
    });
    for (prompt, group) in read {
        let Some(outputs) = parts.prompts.get(prompt).map(|prompt| &prompt.outputs) else {
            continue;
        };
        let may = can_have(outputs, pointer);
        if may == May::Have {
            continue;
        }
        let prompt = prompt.escape_debug();
        let counted = group.counted();
        let message = match may {
            May::Only => format!("`{prompt}` does not declare `{pointer}`, which {counted} read"),
            _ => format!("`{prompt}` has no output at `{pointer}`, which {counted} read"),
        };
        let place = parts.document.place("/answer");
        let names: Vec<&str> = outputs.fields.keys().map(String::as_str).collect();
        let help = format!("its outputs are: {}", names.join(", "));
        let told = (&rules::SUITE_ANSWER_MISSING, place, message);
        let mut finding = with_first(tell(told, &prompt.to_string(), Some(help)), &group, "metric");
        if may == May::Only {
            finding.severity = Severity::Warning;
        }
        findings.push(finding);
    }
}

/// Whether outputs can have a value at a pointer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum May {
    /// It is declared.
    Have,
    /// It is not declared, and further outputs may appear.
    Only,
    /// It cannot be there.
    Never,
}

fn can_have(outputs: &Signature, pointer: &str) -> May {
    let mut parts = pointer.split('/').skip(1).map(unescape_pointer);
    let first = parts.next().unwrap_or_default();
    let Some(field) = outputs.fields.get(&first) else {
        return match (outputs.fields.is_empty(), outputs.open) {
            (true, _) => May::Have,
            (false, true) => May::Only,
            (false, false) => May::Never,
        };
    };
    let scalar = |schema: &Value| {
        let name = schema.get("type").and_then(Value::as_str);
        name.is_some_and(|name| !matches!(name, "object" | "array"))
    };
    if parts.next().is_some() && scalar(&field.schema) { May::Never } else { May::Have }
}

/// Bars of judged cases against the scale of the judge.
fn bars(parts: &SuiteParts<'_>, findings: &mut Vec<Finding>) {
    let pointless = parts.grouped(|case| {
        let name = case.check.metric.as_str();
        let bar = case.check.bar?;
        let range = *parts.scales.get(parts.judged(name)?)?;
        let reach = bar.reach(range);
        (reach != Reach::Decides).then(|| (name, bar.to_string(), reach == Reach::Never))
    });
    for ((name, bar, never), group) in pointless {
        let judged = parts.judged(name).unwrap_or(name);
        let Some(scale) = parts.scales.get(judged) else { continue };
        let what = if never { "no score clears" } else { "every score clears" };
        let shown = judged.escape_debug();
        let message = format!(
            "`{shown}` scores from {} to {}: {what} `{bar}` in {}",
            scale.least,
            scale.most,
            group.counted()
        );
        let place = parts.document.place(&child("/judges", judged));
        let told = (&rules::SUITE_BAR_POINTLESS, place, message);
        findings.push(with_first(tell(told, &format!("{name} {bar}"), None), &group, "metric"));
    }
}

/// Fixtures that no case or no prompt takes.
fn unused(parts: &SuiteParts<'_>, findings: &mut Vec<Finding>) {
    let ids: BTreeSet<&str> = parts.cases().map(|(_, case)| case.id.as_str()).collect();
    let mut say = |pointer: &str, value: &str, message: String, help: String| {
        if let Some(place) = parts.fixtures.key_place(pointer) {
            findings.push(tell((&rules::FIXTURES_UNUSED, place, message), value, Some(help)));
        }
    };
    if !ids.is_empty() {
        for name in parts.fixtures.strangers(|name| ids.contains(name)) {
            let message = format!("no case has the id `{}`", name.escape_debug());
            let help = match nearest(name, ids.iter().copied()) {
                Some(close) => format!("did you mean `{close}`?"),
                None => "remove what no case needs".to_owned(),
            };
            say(&child("", name), name, message, help);
        }
    }
    if parts.complete() {
        let strange = parts.fixtures.inputs().filter(|(_, input)| !parts.takes(input));
        let mut told = BTreeSet::new();
        for (name, input) in strange.filter(|(_, input)| told.insert(*input)) {
            let message = format!("no prompt of the suite has an input `{}`", input.escape_debug());
            let help = suggest(input, "inputs", parts.declared());
            say(&child(&child("", name), input), input, message, help);
        }
    }
}
