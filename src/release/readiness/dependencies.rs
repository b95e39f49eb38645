//! What members ask for: whether it is there, whether a version is meant, and whether it is one.

use std::collections::BTreeSet;

use super::{Request, about};
use crate::checks::{DEP_DIAMOND, DEP_FLOATING, LINK_MISSING};
use crate::finding::{Finding, Severity};
use crate::ident::{EntryName, EntryRef, Wanted};
use crate::lineage;
use crate::registry::common::Edge;
use crate::registry::reference::{Reference, Role as Use, references};
use crate::release::composite::{Composition, Member};
use crate::snapshot::ReadFault;
use crate::version::Version;

/// A reference of a member to another entry.
struct Ask<'a> {
    by: &'a Member,
    written: Reference,
    /// The entry that it leads to; `None` where it leads nowhere.
    name: Option<EntryName>,
    wanted: Wanted,
}

pub(super) fn check(request: &Request<'_>) -> Result<Vec<Finding>, ReadFault> {
    let composition = request.composition;
    let mut asks = Vec::new();
    for by in composition.everything() {
        for written in references(by.name.kind, by.loaded.entry.value()) {
            // What cannot be read as a reference is refused by the check of the file.
            let Ok(read) = written.text.parse::<EntryRef>() else { continue };
            let Some(kind) = read.kind.or(written.kind) else { continue };
            let name = request.source.resolve(kind, &read.id)?;
            asks.push(Ask { by, written, name, wanted: read.wanted });
        }
    }
    let mut findings: Vec<Finding> =
        asks.iter().filter_map(|ask| dangling(composition, ask)).collect();
    findings.extend(asks.iter().filter_map(|ask| floating(composition, ask)));
    findings.extend(diamonds(composition, &asks));
    Ok(findings)
}

/// Makes a finding about a reference, which is shown beside the member's pin.
fn about_ask(
    composition: &Composition,
    ask: &Ask<'_>,
    rule: &'static crate::finding::Rule,
    message: String,
) -> Finding {
    let place = ask.by.loaded.entry.document.place(&ask.written.pointer);
    let mut finding = about(composition, ask.by, rule, message)
        .related(place, "it asks here")
        .values(ask.by.reference(), ask.written.text.clone());
    finding.severity = Severity::Error;
    finding
}

/// Says that a link leads nowhere. What an entry cannot do without is refused before it is merged.
fn dangling(composition: &Composition, ask: &Ask<'_>) -> Option<Finding> {
    let is_link =
        matches!(ask.written.role, Use::Link | Use::Profile | Use::DerivedFrom | Use::BaseModel);
    if ask.name.is_some() || !is_link {
        return None;
    }
    let message =
        format!("`{}` links to `{}`, which is not there", ask.by.reference(), ask.written.text);
    let finding = about_ask(composition, ask, &LINK_MISSING, message);
    Some(finding.help("create the entry, or mend the link in a new version"))
}

/// Says that a member that runs takes whatever version is there.
fn floating(composition: &Composition, ask: &Ask<'_>) -> Option<Finding> {
    let runs = composition.runtime().any(|member| member.slot == ask.by.slot);
    let used_when_run =
        matches!(ask.written.role, Use::Model | Use::DependsOn(Edge::Runtime | Edge::Reexported));
    let name = ask.name.as_ref()?;
    let pinned = composition.members.iter().any(|member| member.name == *name);
    if !runs || !used_when_run || pinned || matches!(ask.wanted, Wanted::Exact(_)) {
        return None;
    }
    let by = ask.by.reference();
    let message = match &ask.wanted {
        Wanted::Range(range) => {
            format!("`{by}` uses `{name}` in any version of `{range}`, and no member pins it")
        }
        _ => format!("`{by}` uses `{name}` in whatever version it has, and no member pins it"),
    };
    let help = format!("give `{name}` a slot in the composite");
    Some(about_ask(composition, ask, &DEP_FLOATING, message).help(help))
}

/// Finds entries that are asked for in several versions.
fn diamonds(composition: &Composition, asks: &[Ask<'_>]) -> Vec<Finding> {
    let present = composition.everything().map(|member| (&member.name, &member.version));
    // What a text includes is in it already, whatever a slot pins.
    let included = composition.everything().flat_map(|member| member.loaded.read.fragments());
    let included = included.filter_map(|(name, version)| Some((name, version?)));
    let pins: Vec<(&EntryName, &Version)> =
        composition.members.iter().map(|member| (&member.name, &member.version)).collect();
    let asked: Vec<lineage::Ask<'_>> = asks
        .iter()
        .filter_map(|ask| {
            let name = ask.name.as_ref()?;
            Some(lineage::Ask { name, wanted: &ask.wanted, role: &ask.written.role })
        })
        .collect();
    let split = allowed(composition);
    lineage::diamonds(present.chain(included), &pins, &asked)
        .into_iter()
        .filter(|(name, _)| !split.iter().any(|allowed| is_named(allowed, name)))
        .filter_map(|(name, versions)| diamond(composition, name, &versions, asks))
        .collect()
}

fn diamond(
    composition: &Composition,
    name: &EntryName,
    versions: &BTreeSet<Version>,
    asks: &[Ask<'_>],
) -> Option<Finding> {
    let shown: Vec<String> = versions.iter().map(ToString::to_string).collect();
    let shown = shown.join(", ");
    let mine =
        asks.iter().filter(|ask| ask.name.as_ref() == Some(name) && ask.wanted != Wanted::Any);
    let pins = composition.members.iter().filter(|member| member.name == *name);
    let holder = pins.clone().next().or_else(|| mine.clone().next().map(|ask| ask.by))?;
    let message = format!("`{name}` is asked for in versions that do not agree: {shown}");
    let mut finding = about(composition, holder, &DEP_DIAMOND, message)
        .help(format!(
            "bring them to one version, or list `{name}` under `allow_split` where two are meant"
        ))
        .values(name.to_string(), shown);
    finding.severity = Severity::Error;
    for pin in pins {
        let said = format!("`{}` pins {}", pin.slot, pin.version);
        finding = finding.related(composition.place(pin), said);
    }
    for member in composition.everything() {
        for (_, version) in member.loaded.read.fragments().filter(|(found, _)| *found == name) {
            let version = version.map(ToString::to_string).unwrap_or_default();
            let said = format!("`{}` includes {version}", member.reference());
            finding = finding.related(composition.place(member), said);
        }
    }
    for ask in mine {
        let place = ask.by.loaded.entry.document.place(&ask.written.pointer);
        let said = format!("`{}` asks for `{}`", ask.by.reference(), ask.written.text);
        finding = finding.related(place, said);
    }
    Some(finding)
}

/// The entries that may stand in several versions.
fn allowed(composition: &Composition) -> Vec<EntryRef> {
    let listed = composition.body().into_iter().flat_map(|body| &body.allow_split);
    listed.filter_map(|text| text.parse().ok()).collect()
}

fn is_named(reference: &EntryRef, name: &EntryName) -> bool {
    reference.id == name.id && reference.kind.is_none_or(|kind| kind == name.kind)
}
