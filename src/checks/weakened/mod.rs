//! Settings and policies that a change weakens together with what they judge.
//!
//! A change is judged by what stands at the base, whatever it writes. What it weakens counts for the
//! next change, and a reviewer of many files may not see it: so it is an error in a change that
//! touches entries, and a note in one that does nothing else.

mod composite;
mod gates;
mod production;
mod release;
mod renamed;
mod scale;
mod settings;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;

use self::renamed::Renamed;
use self::scale::{Scale, Weaker};
use super::run::{Request, Scope};
use super::{loaded, signers};
use crate::finding::{Family, Finding, Place, Rule, Severity};
use crate::ident::{EntryName, Kind};
use crate::path::RepoPath;
use crate::registry::config::Config;
use crate::registry::index::Index;
use crate::registry::policy::freeze::Freeze;
use crate::registry::policy::gates::Gates;
use crate::registry::policy::journeys::Journeys;
use crate::registry::policy::promotion::Promotion;
use crate::schema::{self, PolicyName, Shape};
use crate::snapshot::{ReadFault, Snapshot};
use crate::source::Span;
use crate::yaml::Document;

/// What judges a change is weakened by it.
pub(super) static POLICY_WEAKENED: Rule = Rule::error(
    "policy-weakened-in-same-change",
    Family::Policy,
    "a setting, a policy or a composite asks less than before, in a change that touches entries",
)
.down_to(Severity::Note);

/// What a reader of a finding does next.
struct Stance {
    /// Where the change touches entries as well.
    mixed: &'static str,
    /// Where it does nothing else.
    alone: &'static str,
}

const OF_POLICIES: Stance = Stance {
    mixed: "the base's value judges this change all the same: take it out of here, and have it merged in a change of its own",
    alone: "once it is merged, later changes are judged by it",
};

/// One file on both sides.
struct Compared<T> {
    path: RepoPath,
    old: Side<T>,
    new: Side<T>,
}

/// A file as it is believed; without a document where there is none.
struct Side<T> {
    document: Option<Document>,
    value: T,
}

/// Says what the change weakens. `entries` are those that it touches; the first index is the base's.
pub(super) fn check(
    request: &Request<'_>,
    entries: &BTreeSet<EntryName>,
    indexes: (&Index<'_>, &Index<'_>),
) -> Result<Vec<Finding>, ReadFault> {
    let findings = composite::check(request, entries, indexes)?;
    let (_, index) = indexes;
    let mut found = Found { findings, entries };
    let before = request.base.before.tree;
    let started = request.config.map(|path| before.file(path)).transpose()?.flatten().is_some();
    let compared = compare_settings(request, started)?;
    let changed =
        |name: &PolicyName| paths(request, *name).iter().any(|path| request.changed.contains(path));
    let policies: Vec<PolicyName> = PolicyName::ALL.iter().copied().filter(changed).collect();
    let (list, keys) = keys(request)?;
    if compared.is_none() && policies.is_empty() && keys.found.is_empty() {
        return Ok(found.findings);
    }
    // Where all of it is new there is nothing to protect yet.
    if !started && before.list(request.layout.root())?.is_empty() {
        return Ok(found.findings);
    }
    if let Some(compared) = compared {
        let base = request.base.tip.name;
        found.weigh(&compared, |scale, old, new| settings::weigh(scale, old, new, base));
    }
    for weaker in &keys.found {
        // What is no YAML has no pointers.
        let weaker = Weaker { at: String::new(), ..weaker.clone() };
        found.findings.push(finding(&weaker, &list, (None, None), (entries, &OF_POLICIES)));
    }
    for name in policies {
        found.policy(request, name, index)?;
    }
    Ok(found.findings)
}

/// Reads both configurations, where they differ.
fn compare_settings(
    request: &Request<'_>,
    started: bool,
) -> Result<Option<Compared<Config>>, ReadFault> {
    let Some(path) = request.config else { return Ok(None) };
    let gone = started && request.head.file(path)?.is_none();
    if !(gone || request.changed.contains(path)) || !is_asked_for(request, path) {
        return Ok(None);
    }
    compare(request, std::slice::from_ref(path), Shape::Config)
}

/// Compares the lists of keys, where one of them or the configuration differs.
fn keys(request: &Request<'_>) -> Result<(RepoPath, Scale), ReadFault> {
    let mut scale = Scale::default();
    let Some(config) = request.config else { return Ok((RepoPath::default(), scale)) };
    let (path, new) = signers::listed(request.head, config, request.settings)?;
    let differs = [config, &path].into_iter().any(|path| request.changed.contains(path));
    if differs && is_asked_for(request, &path) {
        let before = request.base.before.tree;
        let settings = super::config::read(before, config)?;
        let (_, old) = signers::listed(before, config, &settings)?;
        // The first list binds everybody to it who was free before.
        if !old.is_empty() {
            let shown =
                |keys: &[String]| keys.iter().map(|key| signers::brief(key)).collect::<Vec<_>>();
            let gained: Vec<String> =
                new.iter().filter(|key| !old.contains(key)).cloned().collect();
            let named = shown(&gained).into_iter().collect();
            scale.differs(&path.to_text(), ("gains", named), &shown(&old), &shown(&new));
        }
    }
    Ok((path, scale))
}

/// Says whether findings at a path are asked for.
fn is_asked_for(request: &Request<'_>, path: &RepoPath) -> bool {
    match &request.scope {
        Scope::Paths(named) => named.iter().any(|one| path == one || path.is_below(one)),
        _ => true,
    }
}

/// Returns where a policy may stand, the usual place first.
fn paths(request: &Request<'_>, name: PolicyName) -> [RepoPath; 2] {
    let folder = request.layout.root().join("policies");
    ["yaml", "yml"].map(|extension| folder.join(&format!("{}.{extension}", name.name())))
}

/// Reads a file on both sides; `None` where one of them cannot be believed, which others say.
fn compare<T: DeserializeOwned + Default>(
    request: &Request<'_>,
    paths: &[RepoPath],
    shape: Shape,
) -> Result<Option<Compared<T>>, ReadFault> {
    let base = &request.base.before;
    let old = side(base.tree, paths, shape, Some(base.name))?;
    let new = side(request.head, paths, shape, None)?;
    let (Some((stood_at, old)), Some((path, new))) = (old, new) else { return Ok(None) };
    let usual = paths.first().cloned().unwrap_or_default();
    let path = path.or(stood_at).unwrap_or(usual);
    Ok(Some(Compared { path, old, new }))
}

type Believed<T> = Option<(Option<RepoPath>, Side<T>)>;

fn side<T: DeserializeOwned + Default>(
    tree: &dyn Snapshot,
    paths: &[RepoPath],
    shape: Shape,
    revision: Option<&str>,
) -> Result<Believed<T>, ReadFault> {
    for path in paths {
        let Some(file) = tree.file(path)? else { continue };
        let (document, _) = loaded::document(tree, &file, revision)?;
        let Some(document) = document else { return Ok(None) };
        let value = schema::check(shape, &document).readable(document.value());
        let Ok(value) = serde_json::from_value(value) else { return Ok(None) };
        return Ok(Some((Some(path.clone()), Side { document: Some(document), value })));
    }
    Ok(Some((None, Side { document: None, value: T::default() })))
}

/// What was found so far.
struct Found<'a> {
    findings: Vec<Finding>,
    entries: &'a BTreeSet<EntryName>,
}

impl Found<'_> {
    fn policy(
        &mut self,
        request: &Request<'_>,
        name: PolicyName,
        index: &Index<'_>,
    ) -> Result<(), ReadFault> {
        let paths = paths(request, name);
        if !paths.iter().any(|path| is_asked_for(request, path)) {
            return Ok(());
        }
        let shape = Shape::Policy(name);
        match name {
            PolicyName::Gates => {
                let Some(compared) = compare::<Gates>(request, &paths, shape)? else {
                    return Ok(());
                };
                let renamed = names(&compared, gates::named, index)?;
                self.weigh(&compared, |scale, old, new| gates::weigh(scale, old, new, &renamed));
            }
            PolicyName::Journeys => {
                let Some(compared) = compare::<Journeys>(request, &paths, shape)? else {
                    return Ok(());
                };
                let renamed = names(&compared, release::named, index)?;
                self.weigh(&compared, |scale, old, new| {
                    release::journeys(scale, old, new, &renamed);
                });
            }
            PolicyName::Freeze => {
                if let Some(compared) = compare::<Freeze>(request, &paths, shape)? {
                    self.weigh(&compared, |scale, old, new| {
                        release::freeze(scale, old, new, request.today);
                    });
                }
            }
            PolicyName::Promotion => {
                if let Some(compared) = compare::<Promotion>(request, &paths, shape)? {
                    self.weigh(&compared, release::promotion);
                }
            }
            PolicyName::Drift => {
                if let Some(compared) = compare(request, &paths, shape)? {
                    self.weigh(&compared, production::drift);
                }
            }
            PolicyName::Telemetry => {
                if let Some(compared) = compare(request, &paths, shape)? {
                    self.weigh(&compared, production::telemetry);
                }
            }
        }
        Ok(())
    }

    fn weigh<T>(&mut self, compared: &Compared<T>, weigh: impl FnOnce(&mut Scale, &T, &T)) {
        let mut scale = Scale::default();
        weigh(&mut scale, &compared.old.value, &compared.new.value);
        let documents = (compared.old.document.as_ref(), compared.new.document.as_ref());
        let said = scale
            .found
            .iter()
            .map(|weaker| finding(weaker, &compared.path, documents, (self.entries, &OF_POLICIES)));
        self.findings.extend(said);
    }
}

fn names<T>(
    compared: &Compared<T>,
    collect: fn(&T) -> BTreeSet<(Kind, String)>,
    index: &Index<'_>,
) -> Result<Renamed, ReadFault> {
    let mut names = collect(&compared.old.value);
    names.extend(collect(&compared.new.value));
    Renamed::read(names, index)
}

fn finding(
    weaker: &Weaker,
    path: &RepoPath,
    (old, new): (Option<&Document>, Option<&Document>),
    (entries, stance): (&BTreeSet<EntryName>, &Stance),
) -> Finding {
    let Weaker { at, stood_at, key, what, old: was, new: is } = weaker;
    let mut place = new.map_or_else(|| loaded::no_text(path), |document| nearest(document, at));
    place.pointer.clone_from(at);
    let message = format!("`{}` {}", key.escape_debug(), what.escape_debug());
    let mut names = entries.iter();
    let finding = if let Some(first) = names.next() {
        let more = match names.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let message = format!("{message}, in a change that touches `{first}`{more}");
        Finding::new(&POLICY_WEAKENED, place, message).help(stance.mixed)
    } else {
        let mut note = Finding::new(&POLICY_WEAKENED, place, message);
        note.severity = Severity::Note;
        note.help(stance.alone)
    };
    let finding = finding.values(was.clone(), is.clone());
    match old {
        Some(document) => finding.related(nearest(document, stood_at), "what it was"),
        None => finding,
    }
}

/// Returns the place of a value, of the key of a whole list or map, or of the nearest one above.
fn nearest(document: &Document, pointer: &str) -> Place {
    let located = document.locate(pointer);
    if document.raw(pointer).is_some() {
        return document.place(pointer);
    }
    let mut place = document.key_place(pointer);
    if located.value == document.locate("").value {
        place.span = Span::default();
    }
    place
}
