//! What a fragment's change does to whatever includes it.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::loaded::{self, Loaded};
use super::past::{Named, content};
use super::scope::Listed;
use crate::compat::change::Change;
use crate::finding::{Family, Finding, Place, Rule};
use crate::ident::{EntryName, EntryRef, Kind};
use crate::integrity::text::{Text, Texts};
use crate::registry::index::Index;
use crate::registry::layout::Placed;
use crate::registry::reference::{Role, references};
use crate::snapshot::{File, ReadFault};
use crate::source::{SourceFile, Span};
use crate::template::include::includes;
use crate::template::normal_text;
use crate::yaml::{self, Document};

/// A fragment that others include.
pub(super) static FRAGMENT_CHANGES_PROMPTS: Rule = Rule::note(
    "fragment-changes-prompts",
    Family::Prompt,
    "a change of a fragment changes the prompts that include it",
);

/// How many names a note lists; `keelmark impact` has all of them.
const SHOWN: usize = 20;

/// The entries that a fragment's change changes, by the fragment.
pub(super) type Users = BTreeMap<EntryName, BTreeSet<EntryName>>;

/// Finds the prompts and fragments whose text another text is now because a fragment changed, or
/// whose includes lead nowhere since.
///
/// Entries are only read where a fragment changed at all.
pub(super) fn users(
    touched: &BTreeSet<EntryName>,
    before: &Index<'_>,
    after: &Index<'_>,
) -> Result<Users, ReadFault> {
    let mut changed = BTreeSet::new();
    for name in touched.iter().filter(|name| name.kind == Kind::Fragment) {
        let (old, new) = (read(name, before)?, read(name, after)?);
        let same = old.zip(new).is_some_and(|(old, new)| {
            old.facets().behaviour == new.facets().behaviour
                && old.entry.version == new.entry.version
        });
        if !same {
            changed.insert(name.clone());
        }
    }
    if changed.is_empty() {
        return Ok(Users::new());
    }
    let candidates = reached(&changed, declared(before, after)?);
    let differing: Result<Vec<Option<(EntryName, Texts)>>, ReadFault> =
        candidates.into_par_iter().map(|name| differs(name, before, after)).collect();
    let mut users = Users::new();
    for (name, texts) in differing?.into_iter().flatten() {
        for (fragment, _) in texts.fragments().filter(|(fragment, _)| changed.contains(*fragment)) {
            users.entry(fragment.clone()).or_default().insert(name.clone());
        }
    }
    Ok(users)
}

fn read(name: &EntryName, index: &Index<'_>) -> Result<Option<Loaded>, ReadFault> {
    content(index.layout(), name, Named { name: "", tree: index.snapshot() })
}

/// Returns the texts of an entry that acts in another way than before, or can no longer act.
fn differs(
    name: EntryName,
    before: &Index<'_>,
    after: &Index<'_>,
) -> Result<Option<(EntryName, Texts)>, ReadFault> {
    let Some(old) = read(&name, before)? else { return Ok(None) };
    let Some(new) = read(&name, after)? else { return Ok(None) };
    let broken = new.read.faults().next().is_some();
    let differs = broken || old.facets().behaviour != new.facets().behaviour;
    Ok(differs.then_some((name, new.read)))
}

/// Reads which fragments the prompts and fragments of a tree declare.
fn declared(
    before: &Index<'_>,
    after: &Index<'_>,
) -> Result<Vec<(EntryName, BTreeSet<EntryName>)>, ReadFault> {
    let layout = after.layout();
    let mut files: Vec<(EntryName, File)> = Vec::new();
    for kind in [Kind::Fragment, Kind::Prompt] {
        for file in after.snapshot().list(&layout.kind_folder(kind))? {
            if let Placed::Entry { name, .. } = layout.place(&file.path) {
                files.push((name, file));
            }
        }
    }
    let declares = |(name, file): (EntryName, File)| {
        let bytes = match after.snapshot().read(&file, yaml::MAX_BYTES) {
            Ok(bytes) => bytes,
            Err(ReadFault::TooLarge { .. }) => Vec::new(),
            Err(fault) => return Err(fault),
        };
        let needs = needs(&name, &file, bytes, &[after, before])?;
        Ok((name, needs))
    };
    files.into_par_iter().map(declares).collect()
}

/// Returns the fragments that an entry file declares; most declare none and are not parsed.
fn needs(
    name: &EntryName,
    file: &File,
    bytes: Vec<u8>,
    trees: &[&Index<'_>],
) -> Result<BTreeSet<EntryName>, ReadFault> {
    let mut found = BTreeSet::new();
    let Ok(text) = String::from_utf8(bytes) else { return Ok(found) };
    if !text.contains("fragment/") {
        return Ok(found);
    }
    let (document, _) = Document::parse(SourceFile::new(file.path.clone(), text));
    let Some(document) = document else { return Ok(found) };
    for reference in references(name.kind, document.value()) {
        let Role::DependsOn(_) = reference.role else { continue };
        let Ok(EntryRef { kind: Some(Kind::Fragment), id, .. }) = reference.text.parse() else {
            continue;
        };
        let mut known = None;
        for index in trees {
            if known.is_none() {
                known = index.resolve(Kind::Fragment, &id)?;
            }
        }
        found.insert(known.unwrap_or_else(|| EntryName::new(Kind::Fragment, id)));
    }
    Ok(found)
}

/// Returns the entries that lead to one of `changed`, through fragments of fragments as well.
fn reached(
    changed: &BTreeSet<EntryName>,
    mut declared: Vec<(EntryName, BTreeSet<EntryName>)>,
) -> BTreeSet<EntryName> {
    let mut found = BTreeSet::new();
    loop {
        let leads = |name: &EntryName| changed.contains(name) || found.contains(name);
        let (more, rest): (Vec<_>, Vec<_>) =
            declared.into_iter().partition(|(_, needs)| needs.iter().any(leads));
        if more.is_empty() {
            return found;
        }
        found.extend(more.into_iter().map(|(name, _)| name));
        declared = rest;
    }
}

/// Says on each fragment that changed what its change changes.
pub(super) fn notes(
    users: &Users,
    listed: &BTreeMap<EntryName, Listed>,
    index: &Index<'_>,
) -> Result<Vec<Finding>, ReadFault> {
    let mut found = Vec::new();
    for (fragment, names) in users {
        let Some(listed) = listed.get(fragment) else { continue };
        let place = match index.document(&listed.file.path)? {
            Some(document) => document.place("/version"),
            None => loaded::no_text(&listed.file.path),
        };
        let mut shown: Vec<String> =
            names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
        if names.len() > SHOWN {
            shown.push(format!("and {} more", names.len() - SHOWN));
        }
        let message = format!("the change of `{fragment}` changes {}", shown.join(", "));
        let help = "each needs a step of its own; `keelmark bump` writes it";
        let finding = Finding::new(&FRAGMENT_CHANGES_PROMPTS, place, message).help(help);
        found.push(finding.entry(fragment));
    }
    Ok(found)
}

/// Says of changed texts which include changed them, where their own words stayed.
pub(super) fn explained(mut changes: Vec<Change>, old: &Loaded, new: &Loaded) -> Vec<Change> {
    for change in &mut changes {
        let message = |pointer: &Option<String>, loaded: &Loaded| {
            let pointer = format!("{}/content", pointer.as_deref().unwrap_or_default());
            loaded.read.get(&pointer).cloned()
        };
        let (before, after) = match &change.payload {
            Some(path) => (old.text_of(path).cloned(), new.text_of(path).cloned()),
            None => (message(&change.pointer_old, old), message(&change.pointer_new, new)),
        };
        let (Some(before), Some(after)) = (before, after) else { continue };
        let own = |text: &Text| normal_text(text.source.text()).into_owned();
        if own(&before) == own(&after)
            && let Some(name) = brought_by(&before, &after)
        {
            change.note = format!("{}, through `{}`", change.note, name.escape_debug());
        }
    }
    changes
}

/// Returns the name in the include that brought the first byte in which two texts differ.
fn brought_by(old: &Text, new: &Text) -> Option<String> {
    let same = |a: &str, b: &str| a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    let at = u32::try_from(same(old.text(), new.text())).ok()?;
    // A text that only became shorter differs behind its end, in the longer one.
    [new, old].into_iter().find_map(|text| {
        let tag = text.origin(at).include?;
        includes(text.source.text()).into_iter().find(|include| include.span == tag)?.name
    })
}

/// Returns the first line in which two texts differ, where it stands in each of them.
pub(super) fn first_difference(old: &Text, new: &Text) -> (Place, Place) {
    let lines = old.text().lines().zip(new.text().lines());
    let same = lines.take_while(|(a, b)| a == b).count();
    let line = |text: &Text| {
        let start: usize = text.text().split_inclusive('\n').take(same).map(str::len).sum();
        let rest = text.text().get(start..).unwrap_or_default();
        let length = rest.lines().next().map_or(0, str::len);
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let origin = text.origin(offset(start));
        let room = origin.source.text().len().saturating_sub(origin.offset as usize);
        let span = Span::new(origin.offset, origin.offset + offset(length.min(room)));
        Place { file: origin.source, pointer: String::new(), span }
    };
    (line(old), line(new))
}
