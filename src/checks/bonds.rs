//! What binds entries to each other: circles, diamonds, and dependents that a change leaves behind.

use std::collections::BTreeSet;

use super::dependency::DEP_DIAMOND;
use super::report::{EntryReport, Status};
use crate::finding::{Family, Finding, Place, Rule};
use crate::ident::{EntryName, EntryRef, Kind, Wanted};
use crate::lineage::{Ask, Edge, Target, circles, diamonds};
use crate::registry::common::{Edge as Need, Status as Life};
use crate::registry::index::Index;
use crate::registry::reference::{Reference, Role};
use crate::snapshot::ReadFault;
use crate::version::{Bump, Version};

/// Entries that need each other.
pub(super) static DEP_CYCLE: Rule = Rule::error(
    "dep-cycle",
    Family::Reference,
    "entries need each other in a circle, so that none of them can be fixed first",
);
/// Dependents that nobody brought along.
pub(super) static DEP_MAJOR_UNADOPTED: Rule = Rule::warning(
    "dep-major-unadopted",
    Family::Reference,
    "an entry broke its contract, and some of those who use it were not repinned",
);

/// How many names or places a finding shows.
const SHOWN: usize = 5;

/// What a check read, as far as it says who uses whom.
pub(super) struct Bonds<'a> {
    /// The names of the tree under check.
    pub(super) index: &'a Index<'a>,
    /// The names of the tree that the change started from.
    pub(super) before: &'a Index<'a>,
    /// The entries that the change touches.
    pub(super) touched: &'a BTreeSet<EntryName>,
    /// The entries that were read.
    pub(super) read: BTreeSet<EntryName>,
    /// Their references that lead to an entry, sorted.
    pub(super) edges: Vec<Edge>,
}

impl Bonds<'_> {
    /// Finds circles that lead through an entry which was read, or behind one.
    pub(super) fn circles(&self) -> Result<Vec<Finding>, ReadFault> {
        let ends = self.edges.iter().filter_map(|edge| edge.to.entry());
        let beyond: BTreeSet<&EntryName> = ends.filter(|name| !self.read.contains(*name)).collect();
        let beyond = reach(self.index, beyond.into_iter().cloned().collect(), &self.read)?;
        let mut edges: Vec<&Edge> = self.edges.iter().chain(&beyond).collect();
        edges.sort();
        let mut findings = Vec::new();
        for group in groups(edges.iter().copied()) {
            let inside = |edge: &&Edge| {
                let to = edge.to.entry();
                binds(edge) && group.contains(&edge.from) && to.is_some_and(|to| group.contains(to))
            };
            let held: Vec<&Edge> = edges.iter().copied().filter(inside).collect();
            let own = held.iter().find(|edge| self.touched.contains(&edge.from));
            let Some(edge) = own.or_else(|| held.first()) else { continue };
            let Some(place) = place(self.index, &edge.from, &edge.pointer)? else { continue };
            let names: Vec<String> = group.iter().map(|name| format!("`{name}`")).collect();
            let message = match names.as_slice() {
                [one] => format!("{one} needs itself"),
                names => format!("{} need each other", names.join(", ")),
            };
            let mut finding = Finding::new(&DEP_CYCLE, place, message)
                .help(
                    "take out one of the references; what only measures is named with `edge: eval`",
                )
                .entry(&edge.from)
                .values(String::new(), names.join(" "));
            for other in held.iter().filter(|other| *other != edge).take(SHOWN) {
                if let Some(place) = self::place(self.index, &other.from, &other.pointer)? {
                    let message = format!("`{}` needs `{}`", other.from, other.end());
                    finding = finding.related(place, message);
                }
            }
            let stood = reach(self.before, group.clone(), &BTreeSet::new())?;
            // A circle that lost an entry, or was taken apart, is made of what stood before.
            let ends = |edge: &Edge| (edge.from.clone(), edge.to.entry().cloned());
            let before: BTreeSet<_> = stood.iter().filter(|edge| binds(edge)).map(ends).collect();
            finding.inherited = groups(stood.iter()).contains(&group)
                || held.iter().all(|edge| before.contains(&ends(edge)));
            findings.push(finding);
        }
        Ok(findings)
    }

    /// Finds composites whose members ask for one entry in several versions.
    pub(super) fn diamonds(&self) -> Result<Vec<Finding>, ReadFault> {
        let mut findings = Vec::new();
        for name in self.read.iter().filter(|name| name.kind == Kind::Composite) {
            let found = split(self.index, name)?;
            if found.is_empty() {
                continue;
            }
            let stood = split(self.before, name)?;
            let stood: BTreeSet<String> = stood.iter().map(Finding::fingerprint).collect();
            findings.extend(found.into_iter().map(|mut finding| {
                finding.inherited = stood.contains(&finding.fingerprint());
                finding
            }));
        }
        Ok(findings)
    }

    /// Names those who use an entry that broke its contract and were not brought along.
    ///
    /// Asked only where every entry was read: the others could not be told from those who moved.
    pub(super) fn behind(&self, reports: &[EntryReport]) -> Result<Vec<Finding>, ReadFault> {
        let broke = |report: &&EntryReport| {
            report.status == Status::Changed && report.declared.max(report.required) == Bump::Major
        };
        let mut findings = Vec::new();
        for report in reports.iter().filter(broke) {
            let (Some(new), Some(old)) = (&report.version, &report.base_version) else { continue };
            // Whoever uses a tombstone is told so by a rule of its own.
            if new == old || self.index.facts(&report.name)?.status == Life::Removed {
                continue;
            }
            let (mut behind, mut unseen) = (BTreeSet::new(), BTreeSet::new());
            let users = self.edges.iter().filter(|edge| edge.to.entry() == Some(&report.name));
            for edge in users.filter(|edge| edge.carries_impact()) {
                let Ok(reference) = edge.written.parse::<EntryRef>() else { continue };
                if !reference.wanted.admits(new) {
                    behind.insert(&edge.from);
                } else if !self.touched.contains(&edge.from) {
                    unseen.insert(&edge.from);
                }
            }
            let mut said = Vec::new();
            if !behind.is_empty() {
                let verb = if behind.len() == 1 { "stays" } else { "stay" };
                said.push(format!("{} {verb} on an older version", shown(&behind)));
            }
            if !unseen.is_empty() {
                let verb = if unseen.len() == 1 { "takes" } else { "take" };
                said.push(format!("{} {verb} the new one unseen", shown(&unseen)));
            }
            if said.is_empty() {
                continue;
            }
            let Some(place) = place(self.index, &report.name, "/version")? else { continue };
            let message = format!(
                "`{}` {new} breaks what {old} promised: {}",
                report.name,
                said.join(", and ")
            );
            let help = format!(
                "pin {new} where it is wanted, or tell the owners; `keelmark impact {}` lists all who use it",
                report.name
            );
            findings.push(
                Finding::new(&DEP_MAJOR_UNADOPTED, place, message)
                    .help(help)
                    .entry(&report.name)
                    .values(old.to_string(), new.to_string()),
            );
        }
        Ok(findings)
    }
}

/// Lists names, and how many more there are.
fn shown(names: &BTreeSet<&EntryName>) -> String {
    let mut list: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    if names.len() > SHOWN {
        list.push(format!("{} more", names.len() - SHOWN));
    }
    list.join(", ")
}

/// Says whether one end of a reference has to be there before the other. What measures comes after
/// what it measures, so it closes no circle.
fn binds(edge: &Edge) -> bool {
    edge.carries_impact() && edge.role != Role::DependsOn(Need::Eval)
}

fn groups<'a>(edges: impl Iterator<Item = &'a Edge>) -> Vec<Vec<EntryName>> {
    let binding = edges.filter(|edge| binds(edge));
    circles(binding.filter_map(|edge| Some((&edge.from, edge.to.entry()?))))
}

/// Reads the references of entries, of those that these use, and so on; none of `known`.
fn reach(
    index: &Index<'_>,
    mut open: Vec<EntryName>,
    known: &BTreeSet<EntryName>,
) -> Result<Vec<Edge>, ReadFault> {
    let (mut edges, mut seen) = (Vec::new(), BTreeSet::new());
    while let Some(name) = open.pop() {
        if known.contains(&name) || !seen.insert(name.clone()) {
            continue;
        }
        for reference in &index.facts(&name)?.references {
            let Some((to, _)) = follow(index, reference)? else { continue };
            open.push(to.clone());
            let Reference { pointer, text: written, role, .. } = reference.clone();
            let to = Target::Entry(to);
            edges.push(Edge { from: name.clone(), to, role, written, pointer });
        }
    }
    edges.sort();
    Ok(edges)
}

/// Finds the entry that a reference leads to, and the version that it asks for.
fn follow(
    index: &Index<'_>,
    reference: &Reference,
) -> Result<Option<(EntryName, Wanted)>, ReadFault> {
    let Ok(read) = reference.text.parse::<EntryRef>() else { return Ok(None) };
    let Some(kind) = read.kind.or(reference.kind) else { return Ok(None) };
    let found = index.resolve(kind, &read.id)?;
    Ok(found.map(|name| (name, read.wanted)))
}

/// Points at a value in the file of an entry.
fn place(index: &Index<'_>, name: &EntryName, pointer: &str) -> Result<Option<Place>, ReadFault> {
    let Some(path) = index.layout().find(index.snapshot(), name)? else { return Ok(None) };
    Ok(index.document(&path)?.map(|document| document.place(pointer)))
}

/// What one member of a composite asks for.
struct Asked {
    by: EntryName,
    pointer: String,
    text: String,
    name: EntryName,
    wanted: Wanted,
    role: Role,
}

/// Finds what the members of one composite ask for in versions that do not agree.
///
/// A member is asked where the version that is pinned lies in the tree; what an older one asked for
/// is asked by a release.
fn split(index: &Index<'_>, composite: &EntryName) -> Result<Vec<Finding>, ReadFault> {
    let Some(path) = index.layout().find(index.snapshot(), composite)? else {
        return Ok(Vec::new());
    };
    let Some(document) = index.document(&path)? else { return Ok(Vec::new()) };
    let mut present: Vec<(EntryName, Version)> = Vec::new();
    let mut pins: Vec<(EntryName, Version, String)> = Vec::new();
    let mut asked = Vec::new();
    for reference in &index.facts(composite)?.references {
        let is_member = matches!(reference.role, Role::Member(_));
        if !is_member && reference.role != Role::Suite {
            continue;
        }
        let Some((name, wanted)) = follow(index, reference)? else { continue };
        let facts = index.facts(&name)?;
        let version = match &wanted {
            Wanted::Exact(version) => Some(version),
            Wanted::Any | Wanted::Range(_) => {
                facts.version.as_ref().filter(|version| wanted.admits(version))
            }
        };
        let Some(version) = version else { continue };
        present.push((name.clone(), version.clone()));
        if is_member {
            pins.push((name.clone(), version.clone(), reference.pointer.clone()));
        }
        if facts.version.as_ref() != Some(version) {
            continue;
        }
        for inner in &facts.references {
            let Some((target, wanted)) = follow(index, inner)? else { continue };
            let Reference { pointer, text, role, .. } = inner.clone();
            asked.push(Asked { by: name.clone(), pointer, text, name: target, wanted, role });
        }
    }
    let asks: Vec<Ask<'_>> = asked
        .iter()
        .map(|ask| Ask { name: &ask.name, wanted: &ask.wanted, role: &ask.role })
        .collect();
    let chosen: Vec<(&EntryName, &Version)> = pins.iter().map(|(name, v, _)| (name, v)).collect();
    let allowed = allowed(document.value());
    let found = diamonds(present.iter().map(|(name, version)| (name, version)), &chosen, &asks);
    let mut findings = Vec::new();
    for (name, versions) in found {
        let is_allowed = |entry: &EntryRef| {
            entry.id == name.id && entry.kind.is_none_or(|kind| kind == name.kind)
        };
        if allowed.iter().any(is_allowed) {
            continue;
        }
        let versions: Vec<String> = versions.iter().map(ToString::to_string).collect();
        let versions = versions.join(", ");
        let pin = pins.iter().find(|(pinned, ..)| pinned == name);
        let pointer = pin.map_or("/members", |(_, _, pointer)| pointer);
        let message = format!("`{name}` is asked for in versions that do not agree: {versions}");
        let mut finding = Finding::new(&DEP_DIAMOND, document.place(pointer), message)
            .help(format!(
                "bring them to one version, or list `{name}` under `allow_split` where two are meant"
            ))
            .entry(composite)
            .values(name.to_string(), versions);
        let mine = asked.iter().zip(&asks).filter(|(ask, counted)| {
            ask.name == *name && ask.wanted != Wanted::Any && counted.counts()
        });
        for (ask, _) in mine.take(SHOWN) {
            if let Some(place) = place(index, &ask.by, &ask.pointer)? {
                finding = finding.related(place, format!("`{}` asks for `{}`", ask.by, ask.text));
            }
        }
        findings.push(finding);
    }
    Ok(findings)
}

/// The entries that a composite allows to stand in several versions.
fn allowed(composite: &serde_json::Value) -> Vec<EntryRef> {
    let list = composite.get("allow_split").and_then(serde_json::Value::as_array);
    let texts = list.into_iter().flatten().filter_map(serde_json::Value::as_str);
    texts.filter_map(|text| text.parse().ok()).collect()
}
