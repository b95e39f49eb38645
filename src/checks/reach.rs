//! Suites that a change reaches: they are as they were, and what they measure is not.

use std::collections::BTreeSet;

use rayon::prelude::*;
use serde_json::Value;

use super::scope::Touched;
use super::{Request, Scope, evaluation, lookup};
use crate::cases::rules::SUITE_CASES_FAULTY;
use crate::finding::{Finding, Severity};
use crate::ident::{EntryName, EntryRef, Kind};
use crate::registry::entry::{Body, Entry};
use crate::registry::index::Index;
use crate::registry::layout::Placed;
use crate::registry::reference::references;
use crate::schema::PolicyName;
use crate::snapshot::{File, ReadFault};
use crate::source::SourceFile;
use crate::yaml::{self, Document};

/// The kinds that a suite is compared with.
const MEASURED: [Kind; 4] = [Kind::Dataset, Kind::Prompt, Kind::Judge, Kind::Profile];

/// Checks untouched suites that the change reaches; with [`Scope::All`] every suite and dataset.
///
/// Entry files of suites are only read where something changed that a suite may name, and cases
/// only of those that do.
pub(super) fn check(
    request: &Request<'_>,
    touched: &Touched,
    (before, after): (&Index<'_>, &Index<'_>),
) -> Result<Vec<Finding>, ReadFault> {
    let all = request.scope == Scope::All;
    let kinds: &[Kind] = if all { &[Kind::Suite, Kind::Dataset] } else { &[Kind::Suite] };
    let mut wanted = Vec::new();
    for kind in kinds {
        for file in after.snapshot().list(&after.layout().kind_folder(*kind))? {
            match after.layout().place(&file.path) {
                Placed::Entry { name, .. } if !touched.entries.contains(&name) => {
                    wanted.push((name, file));
                }
                _ => {}
            }
        }
    }
    // Names are read from every entry that the change touches, so only for who looks for them.
    let names = if all || wanted.is_empty() {
        None
    } else {
        Some(Names::of(touched, (before, after))?).filter(|names| !names.words.is_empty())
    };
    if !all && names.is_none() {
        return Ok(Vec::new());
    }
    let judge = |(name, file): &(EntryName, File)| -> Result<Vec<Finding>, ReadFault> {
        if let Some(names) = &names
            && !names.stand_in(file, (before, after))?
        {
            return Ok(Vec::new());
        }
        let mut found = said(name, after)?;
        if !all && !found.is_empty() {
            let stood: BTreeSet<_> = said(name, before)?.iter().map(Finding::fingerprint).collect();
            for finding in &mut found {
                finding.inherited = stood.contains(&finding.fingerprint());
            }
        }
        // Whoever asks for a part of the registry did not ask for old faults beside it.
        if matches!(request.scope, Scope::Touched | Scope::Paths(_)) {
            found.retain(|finding| !finding.inherited);
        }
        Ok(found)
    };
    let found: Result<Vec<Vec<Finding>>, ReadFault> = wanted.par_iter().map(judge).collect();
    Ok(found?.into_iter().flatten().collect())
}

/// What the cases of one entry give rise to say.
fn said(name: &EntryName, index: &Index<'_>) -> Result<Vec<Finding>, ReadFault> {
    let Some(entry) = lookup::entry(index, name)? else { return Ok(Vec::new()) };
    let mut found = evaluation::check(&entry, index)?;
    let sums_up = |f: &Finding| f.rule.id == SUITE_CASES_FAULTY.id && !f.related.is_empty();
    if found.iter().any(sums_up) && tells_itself(&entry, index)? {
        found.retain(|finding| !sums_up(finding));
    }
    Ok(found)
}

/// Says whether the dataset of a suite, which is checked as well, tells the faults of its cases.
fn tells_itself(suite: &Entry, index: &Index<'_>) -> Result<bool, ReadFault> {
    let Body::Suite(suite) = &suite.body else { return Ok(false) };
    let Some(dataset) = lookup::referred(index, Kind::Dataset, &suite.cases)? else {
        return Ok(false);
    };
    let told = evaluation::check(&dataset, index)?;
    Ok(told.iter().any(|finding| finding.severity == Severity::Error))
}

/// What changed, by the names that suites may have for it.
struct Names<'a> {
    touched: &'a BTreeSet<EntryName>,
    /// Words of which at least one stands in the file of a suite that is reached.
    words: BTreeSet<String>,
    journeys: bool,
}

impl<'a> Names<'a> {
    fn of(
        touched: &'a Touched,
        (before, after): (&Index<'_>, &Index<'_>),
    ) -> Result<Self, ReadFault> {
        let mut words = BTreeSet::new();
        for name in touched.entries.iter().filter(|name| MEASURED.contains(&name.kind)) {
            words.insert(name.id.to_string());
            for index in [before, after] {
                let Some(path) = index.layout().find(index.snapshot(), name)? else { continue };
                let Some(document) = index.document(&path)? else { continue };
                let aliases = document.value().get("aliases").and_then(Value::as_array);
                let aliases = aliases.into_iter().flatten().filter_map(Value::as_str);
                words.extend(aliases.map(ToOwned::to_owned));
            }
        }
        let journeys = touched.policies.values().any(|stem| stem == PolicyName::Journeys.name());
        if journeys {
            words.insert("journey".to_owned());
        }
        Ok(Self { touched: &touched.entries, words, journeys })
    }

    /// Says whether the file of a suite names something that changed; most are not parsed.
    fn stand_in(
        &self,
        file: &File,
        (before, after): (&Index<'_>, &Index<'_>),
    ) -> Result<bool, ReadFault> {
        let bytes = match after.snapshot().read(file, yaml::MAX_BYTES) {
            Ok(bytes) => bytes,
            Err(ReadFault::TooLarge { .. }) => return Ok(false),
            Err(fault) => return Err(fault),
        };
        let Ok(text) = String::from_utf8(bytes) else { return Ok(false) };
        if !self.words.iter().any(|word| text.contains(word)) {
            return Ok(false);
        }
        let source = SourceFile::new(file.path.clone(), text);
        let Some(document) = Document::parse(source).0 else { return Ok(false) };
        if self.journeys && document.value().get("journey").is_some() {
            return Ok(true);
        }
        for reference in references(Kind::Suite, document.value()) {
            let Ok(EntryRef { kind, id, .. }) = reference.text.parse() else { continue };
            let Some(kind) = kind.or(reference.kind).filter(|kind| MEASURED.contains(kind)) else {
                continue;
            };
            for index in [after, before] {
                if index.resolve(kind, &id)?.is_some_and(|name| self.touched.contains(&name)) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}
