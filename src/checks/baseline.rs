//! Baselines: whether they are what their path says, and whether a change blesses its own.
//!
//! The head of a baseline is read here, never a score: what a run is compared with is for those to
//! say who compare.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::run::{Request, Scope};
use super::{lineage, loaded};
use crate::compat::change::Change;
use crate::compat::table::dependency::DEP_EVAL_BUMPED;
use crate::finding::{Family, Finding, Rule};
use crate::ident::{EntryId, EntryName, IdentFault, Kind};
use crate::lineage::{Reason, affected_suites};
use crate::path::RepoPath;
use crate::registry::entry::Entry;
use crate::snapshot::{File, Mode, ReadFault};

/// A baseline that cannot be one.
pub(super) static BASELINE_INVALID: Rule = Rule::error(
    "baseline-invalid",
    Family::Eval,
    "a baseline cannot be read, or is of another suite or model than its path says",
);
/// A change that sets the bar for itself.
pub(super) static BASELINE_OWN: Rule = Rule::error(
    "baseline-own",
    Family::Eval,
    "a change touches a baseline together with what the baseline's suite measures or is measured by",
);

/// Scores that say nothing about what is measured now.
pub(super) static BASELINE_INVALIDATED: Rule = Rule::note(
    "baseline-invalidated",
    Family::Eval,
    "what measures changed, so that scores before and after cannot be compared",
);

/// The folder of baselines below the registry.
const FOLDER: &str = "baselines";

/// The schema of a baseline.
const SCHEMA: &str = "keelmark.baseline.v1";

/// The most bytes of a baseline that are read.
const MAX_BYTES: u64 = 64 << 20;

/// How many reasons a finding names.
const REASONS_SHOWN: usize = 3;

/// The head of a baseline.
#[derive(Deserialize)]
#[expect(clippy::zero_sized_map_values, reason = "cases are counted, and their values not read")]
struct Head {
    schema: String,
    suite: Suite,
    model: String,
    cases: BTreeMap<String, IgnoredAny>,
}

/// The suite of a baseline.
#[derive(Deserialize)]
struct Suite {
    entry: String,
}

/// Checks the baselines that the change touches; with [`Scope::All`] every one.
pub(super) fn check(request: &Request<'_>) -> Result<Vec<Finding>, ReadFault> {
    let folder = request.layout.root().join(FOLDER);
    let is_baseline =
        |path: &RepoPath| path.is_below(&folder) && path.as_bytes().ends_with(b".json");
    let changed: BTreeSet<&RepoPath> =
        request.changed.iter().filter(|path| is_baseline(path)).collect();
    let mut files = Vec::new();
    if request.scope == Scope::All {
        files = request.head.list(&folder)?;
        files.retain(|file| is_baseline(&file.path));
    } else {
        for path in &changed {
            files.extend(request.head.file(path)?);
        }
    }
    if let Scope::Paths(named) = &request.scope {
        let below = |path: &RepoPath| named.iter().any(|n| path == n || path.is_below(n));
        files.retain(|file| below(&file.path));
    }
    let mut affected = None;
    let mut findings = Vec::new();
    // Links and submodules are refused wherever they are.
    for file in files.iter().filter(|f| matches!(f.mode, Mode::Regular | Mode::Executable)) {
        let touched = changed.contains(&file.path);
        match suite(request, &folder, file)? {
            Err(why) => {
                let message = format!("`{}` is no baseline: {why}", file.path);
                let help = "`keelmark eval bless RUN` writes it anew";
                let place = loaded::no_text(&file.path);
                let mut finding = Finding::new(&BASELINE_INVALID, place, message).help(help);
                finding.inherited = !touched;
                findings.push(finding);
            }
            Ok(suite) if touched => {
                if affected.is_none() {
                    affected = Some(reached(request)?);
                }
                let reasons = affected.as_ref().and_then(|affected| affected.get(&suite));
                findings.extend(reasons.map(|reasons| own(file, &suite, reasons)));
            }
            Ok(_) => {}
        }
    }
    Ok(findings)
}

/// Reads the suite that a baseline is of, or why it is none.
fn suite(
    request: &Request<'_>,
    folder: &RepoPath,
    file: &File,
) -> Result<Result<EntryName, String>, ReadFault> {
    let bytes = match request.head.read(file, MAX_BYTES) {
        Ok(bytes) => bytes,
        Err(ReadFault::TooLarge { size, limit, .. }) => {
            return Ok(Err(format!("it has {size} bytes, and at most {limit} are read")));
        }
        Err(fault) => return Err(fault),
    };
    let head: Head = match serde_json::from_slice(&bytes) {
        Ok(head) => head,
        Err(fault) => return Ok(Err(fault.to_string())),
    };
    if head.schema != SCHEMA {
        let found = head.schema.escape_debug();
        return Ok(Err(format!("its schema is `{found}`, expected `{SCHEMA}`")));
    }
    if head.cases.is_empty() {
        return Ok(Err("it has no cases".to_owned()));
    }
    Ok(match place(folder, &head) {
        Err(fault) => Err(fault.to_string()),
        Ok((name, path)) if path == file.path => Ok(name),
        Ok((name, path)) => {
            let model = &head.model;
            Err(format!("it is of `{name}` with `{model}`, which belongs at `{path}`"))
        }
    })
}

/// Returns the suite of a baseline and where such a baseline belongs. A `/` in the model's id is
/// written as `.`, which no id contains.
fn place(folder: &RepoPath, head: &Head) -> Result<(EntryName, RepoPath), IdentFault> {
    let bare = |text: &str, kind: Kind| {
        let prefix = format!("{kind}/");
        text.strip_prefix(&prefix).unwrap_or(text).parse::<EntryId>()
    };
    let suite = bare(&head.suite.entry, Kind::Suite)?;
    let model = bare(&head.model, Kind::Model)?;
    let file = format!("{}.json", model.as_str().replace('/', "."));
    let path = folder.join(suite.as_str()).join(&file);
    Ok((EntryName::new(Kind::Suite, suite), path))
}

/// Returns the suites that the change reaches; none where the whole registry is new, so that there
/// is nothing to protect yet.
fn reached(request: &Request<'_>) -> Result<BTreeMap<EntryName, Vec<Reason>>, ReadFault> {
    let before = request.base.before.tree;
    if before.list(request.layout.root())?.is_empty() {
        return Ok(BTreeMap::new());
    }
    let graph = lineage::graph(request.layout, request.head)?;
    let changed = lineage::changed(request.layout, request.changed, before, request.head)?;
    Ok(affected_suites(&graph, &changed))
}

/// Says of each pin through which an entry is measured that scores before and after its move cannot
/// be compared. What a suite measures moves for the sake of comparison, and is left out.
pub(super) fn invalidated(new: &Entry, changes: &[Change]) -> Vec<Finding> {
    let measures = |pointer: &&str| {
        let measured = ["/target", "/models", "/route"];
        new.name.kind != Kind::Suite || !measured.iter().any(|key| pointer.starts_with(key))
    };
    let moved = changes.iter().filter(|change| change.rule.id == DEP_EVAL_BUMPED.id);
    let moved = moved.filter_map(|change| {
        let pointer = change.pointer_new.as_deref().filter(measures)?;
        let message =
            format!("scores with `{}` and with `{}` cannot be compared", change.old, change.new);
        let help = "after the merge, run the suites that use it and bless new baselines: `keelmark eval bless`";
        let finding = Finding::new(&BASELINE_INVALIDATED, new.document.place(pointer), message);
        Some(finding.help(help).values(change.old.clone(), change.new.clone()))
    });
    moved.collect()
}

fn own(file: &File, suite: &EntryName, reasons: &[Reason]) -> Finding {
    let mut shown: Vec<String> =
        reasons.iter().take(REASONS_SHOWN).map(ToString::to_string).collect();
    if reasons.len() > REASONS_SHOWN {
        shown.push("…".to_owned());
    }
    let message = format!(
        "a change never blesses its own baseline, and this one reaches `{suite}`: {}",
        shown.join("; ")
    );
    Finding::new(&BASELINE_OWN, loaded::no_text(&file.path), message)
        .help(
            "merge the change first; then run the suite, and bless that run in a change of its own",
        )
        .values(String::new(), suite.to_string())
}
