//! A composite that drops what proves it, together with what it proves.
//!
//! A release is held against the last one and sees it too, but only once the change is merged.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::scale::Scale;
use super::{Stance, finding, is_asked_for};
use crate::checks::{Request, loaded};
use crate::finding::Finding;
use crate::ident::{EntryId, EntryName, EntryRef, Kind};
use crate::registry::composite::Role;
use crate::registry::index::Index;
use crate::registry::reference::{self, references};
use crate::snapshot::ReadFault;
use crate::yaml::Document;

/// What a reader of the finding does next.
const STANCE: Stance = Stance {
    mixed: "keep it beside what is new: a change that touches nothing else may drop it, and a release in which nothing else changes",
    alone: "what proved the last release has to prove the next one too, unless nothing else changes in it",
};

/// Says which composites lose a proof. `entries` are those that the change touches.
pub(super) fn check(
    request: &Request<'_>,
    entries: &BTreeSet<EntryName>,
    indexes: (&Index<'_>, &Index<'_>),
) -> Result<Vec<Finding>, ReadFault> {
    let mut findings = Vec::new();
    for name in entries.iter().filter(|name| name.kind == Kind::Composite) {
        findings.extend(one(request, (name, entries), indexes)?);
    }
    Ok(findings)
}

fn one(
    request: &Request<'_>,
    (name, entries): (&EntryName, &BTreeSet<EntryName>),
    (started, index): (&Index<'_>, &Index<'_>),
) -> Result<Vec<Finding>, ReadFault> {
    let Some(path) = request.layout.find(request.head, name)? else { return Ok(Vec::new()) };
    if !is_asked_for(request, &path) {
        return Ok(Vec::new());
    }
    let Some(new) = document(index, name, None)? else { return Ok(Vec::new()) };
    let Some(old) = before(request, (name, &new), started)? else { return Ok(Vec::new()) };
    // A draft is released to nobody, and neither is what is gone.
    let status = |document: &Document| {
        document.value().get("status").and_then(Value::as_str).map(ToOwned::to_owned)
    };
    if status(&old).as_deref() == Some("draft") || status(&new).as_deref() == Some("removed") {
        return Ok(Vec::new());
    }
    let (was, is) = (Parts::of(&old, (index, started))?, Parts::of(&new, (index, started))?);
    let mut scale = Scale::default();
    // A suite proves where it is listed, and nowhere else; what proved it and runs now was not left
    // out.
    let lost = |part: &BTreeMap<EntryName, String>, kept: &BTreeSet<&EntryName>| {
        part.keys().filter(|name| !kept.contains(name)).cloned().collect::<BTreeSet<EntryName>>()
    };
    let suites = lost(&was.suites, &is.suites.keys().collect());
    let proofs = lost(&was.proofs, &is.named());
    for (key, lost, (old, new)) in [
        ("suites", &suites, (&was.suites, &is.suites)),
        ("members", &proofs, (&was.proofs, &is.proofs)),
    ] {
        let written = |part: &BTreeMap<EntryName, String>| part.values().cloned().collect();
        let (old, new): (Vec<String>, Vec<String>) = (written(old), written(new));
        let named = lost.iter().map(ToString::to_string).collect();
        scale.differs(key, ("loses", named), &old, &new);
    }
    // That it loses them is no other change, nor is it that they are deleted.
    let mut beside: BTreeSet<EntryName> = entries.clone();
    for gone in suites.union(&proofs) {
        if request.layout.find(request.head, gone)?.is_none() {
            beside.remove(gone);
        }
    }
    if was.runs == is.runs {
        beside.remove(name);
    }
    let documents = (Some(&old), Some(&new));
    let found = scale.found.iter();
    Ok(found
        .map(|weaker| finding(weaker, &path, documents, (&beside, &STANCE)).entry(name))
        .collect())
}

/// Reads a composite as it stood, under the name that it had.
fn before(
    request: &Request<'_>,
    (name, new): (&EntryName, &Document),
    started: &Index<'_>,
) -> Result<Option<Document>, ReadFault> {
    let revision = Some(request.base.before.name);
    if let Some(document) = document(started, name, revision)? {
        return Ok(Some(document));
    }
    let aliases = new.value().get("aliases").and_then(Value::as_array);
    for alias in aliases.into_iter().flatten().filter_map(Value::as_str) {
        let Ok(id) = alias.parse::<EntryId>() else { continue };
        let former = EntryName::new(Kind::Composite, id);
        if let Some(document) = document(started, &former, revision)? {
            return Ok(Some(document));
        }
    }
    Ok(None)
}

fn document(
    index: &Index<'_>,
    name: &EntryName,
    revision: Option<&str>,
) -> Result<Option<Document>, ReadFault> {
    let tree = index.snapshot();
    let Some(path) = index.layout().find(tree, name)? else { return Ok(None) };
    let Some(file) = tree.file(&path)? else { return Ok(None) };
    Ok(loaded::document(tree, &file, revision)?.0)
}

/// What a composite names, with the references as they are written.
#[derive(Default)]
struct Parts {
    suites: BTreeMap<EntryName, String>,
    proofs: BTreeMap<EntryName, String>,
    /// What runs, by its slot.
    runs: BTreeMap<String, (EntryName, String)>,
}

impl Parts {
    fn of(
        document: &Document,
        (index, started): (&Index<'_>, &Index<'_>),
    ) -> Result<Self, ReadFault> {
        let mut parts = Self::default();
        let value = document.value();
        let roles = value.get("roles").and_then(Value::as_object);
        let proves = |slot: &str| {
            let role = roles.and_then(|roles| roles.get(slot));
            role.and_then(|role| serde_json::from_value::<Role>(role.clone()).ok())
                == Some(Role::Evidence)
        };
        for reference in references(Kind::Composite, value) {
            let Ok(EntryRef { kind, id, .. }) = reference.text.parse() else { continue };
            let Some(kind) = kind.or(reference.kind) else { continue };
            let name = match index.resolve(kind, &id)? {
                Some(name) => name,
                None => started.resolve(kind, &id)?.unwrap_or_else(|| EntryName::new(kind, id)),
            };
            match reference.role {
                reference::Role::Suite => {
                    parts.suites.insert(name, reference.text);
                }
                reference::Role::Member(slot) if proves(&slot) => {
                    parts.proofs.insert(name, reference.text);
                }
                reference::Role::Member(slot) => {
                    parts.runs.insert(slot, (name, reference.text));
                }
                _ => {}
            }
        }
        Ok(parts)
    }

    fn named(&self) -> BTreeSet<&EntryName> {
        let runs = self.runs.values().map(|(name, _)| name);
        self.suites.keys().chain(self.proofs.keys()).chain(runs).collect()
    }
}
