//! The way back: what breaks where those who met the live composite meet the target in its place.
//!
//! The rules are those of `compat`, with the live content as the old side and the target as the new
//! one: what was fine to add on the way forward is gone on the way back. Callers see the signature
//! of the prompt that answers, or the one that the composite provides; so that only those break
//! anybody. Promises about data, licences and safety are compared in every slot.

use std::collections::BTreeSet;

use serde::Serialize;

use super::composite::{Composition, Member};
use crate::checks::Loaded;
use crate::compat::change::Change;
use crate::compat::{common_changes, prompt};
use crate::finding::Family;
use crate::ident::Kind;
use crate::registry::common::{Common, Status};
use crate::registry::composite::Provides;
use crate::registry::entry::Body;
use crate::registry::prompt::{Policies, Prompt, PromptSchema};
use crate::registry::signature::Signature;
use crate::time;
use crate::version::Bump;

/// The composite itself as a slot of [`Break`].
const WHOLE: &str = "";

/// What goes wrong for somebody when the target is live again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Break {
    /// The slot, or nothing for the composite itself.
    pub slot: String,
    /// The rule that says so.
    pub rule: &'static str,
    /// What is different.
    pub text: String,
    /// Who breaks, such as "callers that send `locale`".
    pub who: String,
}

/// What it means to go from the live composite to the target.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Direction {
    /// What breaks and for whom, sorted.
    pub breaks: Vec<Break>,
    /// What is worth knowing and breaks nobody, sorted.
    pub notes: Vec<String>,
}

impl Direction {
    /// Says whether nobody breaks.
    #[must_use]
    pub fn compatible(&self) -> bool {
        self.breaks.is_empty()
    }
}

/// Judges the way from `live` to `target` at a moment, in seconds since 1970.
#[must_use]
pub fn direction(live: &Composition, target: &Composition, now: i64) -> Direction {
    let mut judge = Judge { live, target, breaks: BTreeSet::new(), notes: BTreeSet::new() };
    judge.composites();
    judge.answers();
    judge.promises();
    judge.members(now);
    Direction {
        breaks: judge.breaks.into_iter().collect(),
        notes: judge.notes.into_iter().collect(),
    }
}

struct Judge<'a> {
    live: &'a Composition,
    target: &'a Composition,
    breaks: BTreeSet<Break>,
    notes: BTreeSet<String>,
}

/// Where callers' contract stands.
enum Answer<'a> {
    /// In the prompt of a slot.
    Prompt(&'a Member, &'a Prompt),
    /// In the composite.
    Own(&'a PromptSchema),
    /// Nowhere.
    Nothing,
}

impl<'a> Answer<'a> {
    fn of(composition: &'a Composition) -> Self {
        let provides = composition.body().and_then(|body| body.provides.as_ref());
        if let Some(Provides::Signature(schema)) = provides {
            return Self::Own(schema);
        }
        let slot = composition.answer_slot();
        let member = composition.runtime().find(|member| Some(member.slot.as_str()) == slot);
        member
            .and_then(|member| Some(Self::Prompt(member, member.loaded.entry.as_prompt()?)))
            .unwrap_or(Self::Nothing)
    }

    /// The contract alone, as a prompt without a text.
    fn schema(&self) -> Prompt {
        let schema = match self {
            Self::Prompt(_, prompt) => prompt.schema.clone(),
            Self::Own(schema) => (*schema).clone(),
            Self::Nothing => PromptSchema::default(),
        };
        Prompt { schema, ..Prompt::default() }
    }
}

impl<'a> Judge<'a> {
    fn hurt(&mut self, slot: &str, rule: &'static str, text: String, who: impl Into<String>) {
        self.breaks.insert(Break { slot: slot.to_owned(), rule, text, who: who.into() });
    }

    fn note(&mut self, text: impl Into<String>) {
        self.notes.insert(text.into());
    }

    /// The slots that run on both sides.
    fn pairs(&self) -> Vec<(&'a Member, &'a Member)> {
        let (live, target) = (self.live, self.target);
        let twin = |now: &'a Member| Some((now, target.runtime().find(|m| m.slot == now.slot)?));
        live.runtime().filter_map(twin).collect()
    }

    fn composites(&mut self) {
        let (live, target) = (self.live, self.target);
        if live.name != target.name {
            self.note(format!("`{}` takes the place of `{}`", target.name, live.name));
        }
        for member in live.runtime() {
            if !target.runtime().any(|other| other.slot == member.slot) {
                self.note(format!("the slot `{}` is empty again", member.slot));
            }
        }
        let journeys = |composition: &'a Composition| -> BTreeSet<&'a String> {
            composition.body().into_iter().flat_map(|body| &body.journeys).collect()
        };
        let (before, after) = (journeys(live), journeys(target));
        // A composite without a list says nothing about journeys.
        if !after.is_empty() {
            for journey in before.difference(&after) {
                let text = format!("`{}` {} does not serve it", target.name, target.version);
                self.hurt(WHOLE, UNSERVED, text, format!("the journey `{journey}`"));
            }
        }
    }

    /// Compares what callers send and read.
    fn answers(&mut self) {
        let (before, after) = (Answer::of(self.live), Answer::of(self.target));
        let answering = match (&before, &after) {
            (Answer::Nothing, Answer::Nothing) => {
                self.note("no prompt answers in either, so that no contract was compared");
                None
            }
            (Answer::Nothing, _) => None,
            (_, Answer::Nothing) => {
                let text = "no prompt answers, and no signature is provided".to_owned();
                self.hurt(WHOLE, UNSERVED, text, "every caller");
                None
            }
            (Answer::Prompt(old, before), Answer::Prompt(new, after)) => {
                self.contract(&new.slot, before, after, &moved(old, new));
                Some((old.slot.as_str(), new.slot.as_str()))
            }
            _ => {
                let versions = format!("{} → {}", self.live.version, self.target.version);
                self.contract(WHOLE, &before.schema(), &after.schema(), &versions);
                None
            }
        };
        for (old, new) in self.pairs() {
            if answering == Some((old.slot.as_str(), new.slot.as_str())) {
                continue;
            }
            let (old_body, new_body) = (old.loaded.entry.as_prompt(), new.loaded.entry.as_prompt());
            let differs = match (old_body, new_body) {
                (Some(before), Some(after)) => {
                    contract_changes(before, after).into_iter().any(|change| breaks(&change))
                }
                _ => old.loaded.facets().own_contract != new.loaded.facets().own_contract,
            };
            if differs {
                let versions = moved(old, new);
                self.note(format!(
                    "`{}` has another contract ({versions}), which callers do not see",
                    old.slot
                ));
            }
        }
    }

    fn contract(&mut self, slot: &str, before: &Prompt, after: &Prompt, versions: &str) {
        let sides = Sides {
            inputs: (before.inputs(), after.inputs()),
            outputs: (before.outputs(), after.outputs()),
        };
        for change in contract_changes(before, after).iter().filter(|change| breaks(change)) {
            let text = format!("{versions}: {}", change.note);
            self.hurt(slot, change.rule.id, text, sides.who(change));
        }
    }

    /// Compares what was promised about data, licences and safety.
    fn promises(&mut self) {
        let (live, target) = (self.live, self.target);
        self.withdrawn(WHOLE, &live.loaded, &target.loaded);
        for (old, new) in self.pairs() {
            self.withdrawn(&old.slot, &old.loaded, &new.loaded);
            if let (Some(before), Some(after)) = (policies(&old.loaded), policies(&new.loaded)) {
                let served = live.body().map(|body| body.journeys.clone()).unwrap_or_default();
                self.shut_out(&old.slot, before, after, &served);
            }
        }
    }

    fn withdrawn(&mut self, slot: &str, old: &Loaded, new: &Loaded) {
        let mut changes = common_changes(&old.entry.common, &new.entry.common);
        if let (Some(before), Some(after)) = (policies(old), policies(new)) {
            let of =
                |policies: &Policies| Prompt { policies: policies.clone(), ..Prompt::default() };
            changes.extend(contract_changes(&of(before), &of(after)));
        }
        let lost = |change: &&Change| change.rule.family == Family::Policy;
        for change in changes.iter().filter(lost).filter(|change| change.bump == Bump::Major) {
            let text = format!("{} → {}: {}", version(old), version(new), change.note);
            match promised_to(change.pointer_new.as_deref().unwrap_or_default()) {
                Some(who) => self.hurt(slot, change.rule.id, text, who),
                None => self.note(format!("{}{text}", prefix(slot))),
            }
        }
    }

    /// Finds what is live and what the target may not be given.
    fn shut_out(&mut self, slot: &str, old: &Policies, new: &Policies, served: &[String]) {
        let lists = [
            ("data classes", &old.allowed_data_classes, &new.allowed_data_classes),
            ("journeys", &old.allowed_journeys, &new.allowed_journeys),
        ];
        for (what, before, after) in lists {
            let Some(after) = after else { continue };
            let Some(before) = before else {
                let allowed = after.join(", ");
                self.note(format!("{}only these {what} are allowed: {allowed}", prefix(slot)));
                continue;
            };
            for lost in before.iter().filter(|value| !after.contains(value)) {
                let journey = what == "journeys";
                if journey && !served.is_empty() && !served.contains(lost) {
                    continue;
                }
                let who = if journey {
                    format!("the journey `{lost}`")
                } else {
                    format!("requests with `{lost}` data")
                };
                self.hurt(slot, SHUT_OUT, format!("`{lost}` is not among the {what}"), who);
            }
        }
    }

    /// Looks at the target's members as they are today.
    fn members(&mut self, now: i64) {
        for member in self.target.runtime() {
            let (slot, entry) = (member.slot.as_str(), member.reference());
            let common = &member.loaded.entry.common;
            // Whatever is wrong with what runs now is no reason to stay with it.
            let lives = self.live.runtime().any(|other| other.digest() == member.digest());
            let mut say = |rule, text: String, who: &str| {
                if lives {
                    self.note(format!("{text}, and it is live now"));
                } else {
                    self.hurt(slot, rule, text, who);
                }
            };
            match common.status {
                Status::Draft => say(DRAFT, format!("`{entry}` is a draft"), EVERYBODY),
                Status::Removed => say(DRAFT, format!("`{entry}` was removed"), EVERYBODY),
                Status::Deprecated | Status::Active => {}
            }
            if let Some(day) = past(common, now) {
                let text = format!("`{entry}` may be gone since {day}");
                if member.name.kind == Kind::Model {
                    say(SUNSET, text, "every request: the provider may refuse the model");
                } else {
                    self.note(text);
                }
            }
            if common.status == Status::Deprecated {
                self.note(format!("`{entry}` is deprecated"));
            }
        }
    }
}

/// The target does not serve a journey, or nothing in it answers.
const UNSERVED: &str = "rollback-incompatible";
/// The target may not be given what arrives.
const SHUT_OUT: &str = "policy-tightened";
/// A member that nobody may use.
const DRAFT: &str = "member-draft";
/// A model whose last day has passed.
const SUNSET: &str = "member-sunset";

const EVERYBODY: &str = "every caller";

fn prefix(slot: &str) -> String {
    if slot.is_empty() { String::new() } else { format!("`{slot}`: ") }
}

fn version(loaded: &Loaded) -> &str {
    &loaded.entry.common.version
}

fn moved(old: &Member, new: &Member) -> String {
    if old.name == new.name {
        format!("{} {} → {}", old.name, old.version, new.version)
    } else {
        format!("{} → {}", old.reference(), new.reference())
    }
}

/// Returns the day from which an entry may be gone, where it has come.
fn past(common: &Common, now: i64) -> Option<&str> {
    let day = common.sunset.as_deref()?;
    (time::days(day)? <= now.div_euclid(86_400)).then_some(day)
}

fn policies(loaded: &Loaded) -> Option<&Policies> {
    match &loaded.entry.body {
        Body::Prompt(prompt) => Some(&prompt.policies),
        Body::Model(model) => Some(&model.policies),
        _ => None,
    }
}

/// Compares two prompts without their texts and without what every kind has.
fn contract_changes(old: &Prompt, new: &Prompt) -> Vec<Change> {
    let (common, texts) = (Common::default(), std::collections::BTreeMap::new());
    let old = prompt::Side { common: &common, prompt: old, texts: &texts };
    let new = prompt::Side { common: &common, prompt: new, texts: &texts };
    prompt::changes(&old, &new)
}

/// Says whether callers or readers cannot go on as they did.
fn breaks(change: &Change) -> bool {
    let seen = match change.rule.family {
        Family::Input | Family::Output | Family::Version => true,
        // Longer answers break where their length was promised; engines are nobody's contract.
        Family::Prompt => change.rule.id == "prompt-max-output-increased",
        _ => false,
    };
    seen && change.bump == Bump::Major
}

/// Says to whom a promise was made that a rollback may not quietly withdraw; `None` for promises
/// about the answer's text, on which no program and no law relies.
fn promised_to(pointer: &str) -> Option<&'static str> {
    Some(match pointer {
        "/data_class" | "/policies/allowed_data_classes" => "people whose data is sent",
        "/retention_days" => "people whose data is kept",
        "/policies/residency" => "people whose data is processed",
        "/license" => "everybody who uses it under that licence",
        "/policies/safety_profile" | "/policies/guardrails" => "users whom the guardrails protect",
        "/policies/human_review" => "users whose answers a person reviews",
        _ => return None,
    })
}

/// The signatures of both sides.
struct Sides {
    inputs: (Signature, Signature),
    outputs: (Signature, Signature),
}

impl Sides {
    /// Says who cannot go on after a change.
    fn who(&self, change: &Change) -> String {
        let input = named(&self.inputs, change).map(|name| format!("`{name}`"));
        let output = named(&self.outputs, change).map(|name| format!("`{name}`"));
        let sent = input.unwrap_or_else(|| "an input".to_owned());
        let read = output.clone().unwrap_or_else(|| "the answer".to_owned());
        match change.rule.id {
            "input-required-added" | "input-became-required" => {
                format!("callers that do not send {sent}")
            }
            "input-removed" | "input-renamed" => format!("callers that send {sent}"),
            "input-alias-removed" => format!("callers that send {sent} as `{}`", change.old),
            "input-content-model-closed" => "callers that send inputs that are not listed".into(),
            "output-removed" | "output-optional-removed" | "output-renamed" => {
                format!("readers of {read}")
            }
            "output-became-optional" => format!("readers that expect {read} in every answer"),
            "output-became-nullable" => format!("readers that expect {read} to have a value"),
            "output-added-to-closed" | "output-content-model-opened" => {
                "readers that refuse outputs that are not listed".into()
            }
            "output-tool-added" | "output-tool-param-changed" => {
                "callers that execute the model's tool calls".into()
            }
            "prompt-max-output-increased" => "readers that rely on the declared length".into(),
            _ if change.rule.family == Family::Input => {
                format!("callers whose {sent} the target refuses")
            }
            _ if change.rule.family == Family::Output || output.is_some() => {
                format!("readers of {read}")
            }
            _ => format!("callers that send {sent}"),
        }
    }
}

/// Finds the field that a change is about, by the name that those who break know.
fn named<'s>(sides: &'s (Signature, Signature), change: &Change) -> Option<&'s String> {
    let find = |signature: &'s Signature, pointer: Option<&str>| {
        let pointer = pointer?;
        let mut fields = signature.fields.iter();
        let inside = |at: &str| {
            pointer.strip_prefix(at).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        fields.find(|(_, field)| inside(&field.pointer)).map(|(name, _)| name)
    };
    find(&sides.0, change.pointer_old.as_deref())
        .or_else(|| find(&sides.1, change.pointer_new.as_deref()))
}

#[cfg(test)]
mod tests;
