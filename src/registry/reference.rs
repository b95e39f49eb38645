//! Which other entries an entry names in its file, where, and what for.
//!
//! Looks at one value and follows nothing: whether a reference leads anywhere is asked of
//! [`super::index::Index`].

use serde::Deserialize as _;
use serde_json::Value;

use super::common::Edge;
use crate::ident::{EntryRef, Kind};
use crate::yaml::escape_pointer;

/// What an entry needs another one for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// It was made from this model.
    BaseModel,
    /// The cases of a suite.
    Cases,
    /// Whatever `depends_on` says of it.
    DependsOn(Edge),
    /// Its rows were made from these.
    DerivedFrom,
    /// The judge of a metric, by the metric's name.
    Judge(String),
    /// Something that belongs to it.
    Link,
    /// The member of a composite, by its slot.
    Member(String),
    /// The model that answers or judges.
    Model,
    /// The guardrail profile.
    Profile,
    /// What takes its place.
    ReplacedBy,
    /// The prompt for a domain, by the domain.
    Route(String),
    /// A suite that proves a composite.
    Suite,
    /// The prompt that a suite measures.
    Target,
}

impl Role {
    /// Returns the word for the role.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::BaseModel => "base_model",
            Self::Cases => "cases",
            Self::DependsOn(Edge::Runtime) => "runtime",
            Self::DependsOn(Edge::Reexported) => "reexported",
            Self::DependsOn(Edge::Eval) => "eval",
            Self::DependsOn(Edge::Build) => "build",
            Self::DerivedFrom => "derived_from",
            Self::Judge(_) => "judge",
            Self::Link => "link",
            Self::Member(_) => "member",
            Self::Model => "model",
            Self::Profile => "profile",
            Self::ReplacedBy => "replaced_by",
            Self::Route(_) => "route",
            Self::Suite => "suite",
            Self::Target => "target",
        }
    }

    /// Returns the slot, domain or metric that the role is tied to.
    #[must_use]
    pub fn slot(&self) -> Option<&str> {
        match self {
            Self::Judge(slot) | Self::Member(slot) | Self::Route(slot) => Some(slot),
            _ => None,
        }
    }
}

/// A reference as it stands in an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Its place in the file.
    pub pointer: String,
    /// Its text.
    pub text: String,
    /// The kind that has to stand there, where the place says so.
    pub kind: Option<Kind>,
    /// What it is for.
    pub role: Role,
}

/// Returns the references in the value of an entry of a kind.
#[must_use]
pub fn references(kind: Kind, value: &Value) -> Vec<Reference> {
    let mut walk = Walk { value, found: Vec::new() };
    walk.items("/links/datasets", Some(Kind::Dataset), &Role::Link);
    walk.dependencies();
    walk.one("/replaced_by".to_owned(), Some(kind), Role::ReplacedBy);
    match kind {
        Kind::Prompt | Kind::Model => {
            let profile = "/policies/safety_profile".to_owned();
            walk.one(profile, Some(Kind::Profile), Role::Profile);
        }
        Kind::Suite => walk.one("/profile".to_owned(), Some(Kind::Profile), Role::Profile),
        _ => {}
    }
    match kind {
        Kind::Prompt | Kind::Judge => {
            walk.one("/model".to_owned(), Some(Kind::Model), Role::Model);
        }
        Kind::Model => {
            walk.one("/base_model".to_owned(), Some(Kind::Model), Role::BaseModel);
            walk.items("/provenance/derived_from", None, &Role::DerivedFrom);
        }
        Kind::Suite => {
            walk.one("/cases".to_owned(), Some(Kind::Dataset), Role::Cases);
            walk.one("/target".to_owned(), Some(Kind::Prompt), Role::Target);
            walk.items("/models", Some(Kind::Model), &Role::Model);
            walk.slots("/route", |_| Some(Kind::Prompt), Role::Route);
            walk.slots("/judges", |_| Some(Kind::Judge), Role::Judge);
        }
        Kind::Composite => {
            walk.slots("/members", kind_of_slot, Role::Member);
            walk.items("/suites", Some(Kind::Suite), &Role::Suite);
        }
        Kind::Dataset => walk.items("/provenance/derived_from", None, &Role::DerivedFrom),
        Kind::Fragment | Kind::Profile => {}
    }
    walk.found.retain(names_an_entry);
    walk.found
}

/// A slot that is named after a kind needs no kind in front of the id.
fn kind_of_slot(slot: &str) -> Option<Kind> {
    match slot {
        "data" => Some(Kind::Dataset),
        slot => Kind::ALL.into_iter().find(|kind| kind.name() == slot),
    }
}

/// Some keys hold free text, or the path of a file, unless a kind stands in front.
fn names_an_entry(reference: &Reference) -> bool {
    match reference.role {
        Role::BaseModel | Role::DerivedFrom => {
            reference.text.parse::<EntryRef>().is_ok_and(|reference| reference.kind.is_some())
        }
        Role::Cases => reference.text.starts_with("dataset/"),
        _ => true,
    }
}

/// A value and what was found in it.
struct Walk<'a> {
    value: &'a Value,
    found: Vec<Reference>,
}

impl Walk<'_> {
    fn one(&mut self, pointer: String, kind: Option<Kind>, role: Role) {
        if let Some(text) = self.value.pointer(&pointer).and_then(Value::as_str) {
            self.found.push(Reference { text: text.to_owned(), pointer, kind, role });
        }
    }

    fn count(&self, list: &str) -> usize {
        self.value.pointer(list).and_then(Value::as_array).map_or(0, Vec::len)
    }

    fn items(&mut self, list: &str, kind: Option<Kind>, role: &Role) {
        for at in 0..self.count(list) {
            self.one(format!("{list}/{at}"), kind, role.clone());
        }
    }

    fn slots(&mut self, map: &str, kind: fn(&str) -> Option<Kind>, role: fn(String) -> Role) {
        let slots = self.value.pointer(map).and_then(Value::as_object);
        for slot in slots.into_iter().flat_map(|slots| slots.keys()) {
            let pointer = format!("{map}/{}", escape_pointer(slot));
            self.one(pointer, kind(slot), role(slot.clone()));
        }
    }

    fn dependencies(&mut self) {
        for at in 0..self.count("/depends_on") {
            let pointer = format!("/depends_on/{at}");
            let edge = self.value.pointer(&format!("{pointer}/edge"));
            let edge = edge.and_then(|edge| Edge::deserialize(edge).ok()).unwrap_or_default();
            self.one(format!("{pointer}/ref"), None, Role::DependsOn(edge));
            self.one(pointer, None, Role::DependsOn(Edge::Runtime));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_place_that_names_an_entry_is_found() {
        let cases = [
            (
                Kind::Prompt,
                json!({
                    "model": "model/m@^1", "policies": {"safety_profile": "strict"},
                    "links": {"datasets": ["gold"], "eval_run": "x"}, "replaced_by": "b",
                    "depends_on": ["fragment/f", {"ref": "dataset/d", "edge": "eval"}, 3, {"edge": "build"}],
                }),
                "/links/datasets/0 gold dataset link; /depends_on/0 fragment/f - runtime; \
                 /depends_on/1/ref dataset/d - eval; /replaced_by b prompt replaced_by; \
                 /policies/safety_profile strict profile profile; /model model/m@^1 model model",
            ),
            (
                Kind::Suite,
                json!({
                    "cases": "dataset/gold", "target": "a", "profile": "strict", "models": ["m", "n"],
                    "route": {"a/b": "prompt/c"}, "judges": {"good": "judge/g@1.0.0"},
                }),
                "/profile strict profile profile; /cases dataset/gold dataset cases; \
                 /target a prompt target; /models/0 m model model; /models/1 n model model; \
                 /route/a~1b prompt/c prompt route a/b; /judges/good judge/g@1.0.0 judge judge good",
            ),
            (Kind::Suite, json!({"cases": "cases.csv"}), ""),
            (
                Kind::Composite,
                json!({"members": {"data": "d", "prompt": "p@1.0.0", "router": "prompt/r"}, "suites": ["s"]}),
                "/members/data d dataset member data; /members/prompt p@1.0.0 prompt member prompt; \
                 /members/router prompt/r - member router; /suites/0 s suite suite",
            ),
            (
                Kind::Dataset,
                json!({"provenance": {"derived_from": ["the web", "dataset/raw", "raw"]}}),
                "/provenance/derived_from/1 dataset/raw - derived_from",
            ),
            (
                Kind::Model,
                json!({"base_model": "model/base@1.0.0", "policies": {"safety_profile": "strict"}}),
                "/policies/safety_profile strict profile profile; \
                 /base_model model/base@1.0.0 model base_model",
            ),
            (Kind::Model, json!({"base_model": "meta-llama/Llama-3.1-8B-Instruct"}), ""),
            (Kind::Judge, json!({"model": "model/m"}), "/model model/m model model"),
            (Kind::Profile, json!({"guardrails": {"a": {}}}), ""),
            (Kind::Fragment, json!([1]), ""),
        ];
        for (kind, value, expected) in cases {
            let show = |found: Reference| {
                let Reference { pointer, text, kind, role } = found;
                let slot = role.slot().map(|slot| format!(" {slot}")).unwrap_or_default();
                format!("{pointer} {text} {} {}{slot}", kind.map_or("-", Kind::name), role.word())
            };
            let found: Vec<String> = references(kind, &value).into_iter().map(show).collect();
            assert_eq!(found.join("; "), expected, "{kind}: {value}");
        }
    }
}
