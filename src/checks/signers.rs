//! The list of keys that count: that it is where the configuration says, and lists keys.
//!
//! A tree without a list has nobody who must sign. So a list that is gone by a slip, or that lists
//! nobody, would take every duty to sign with it.

use std::collections::BTreeSet;

use super::config::{self, Settings};
use super::loaded;
use super::run::{Request, Scope};
use crate::escape;
use crate::finding::{Family, Finding, Place, Rule};
use crate::path::RepoPath;
use crate::snapshot::{Mode, ReadFault, Snapshot};
use crate::source::{SourceFile, Span};
use crate::vcs::Signers;
use crate::yaml;

/// No list where one has to be.
pub(super) static SIGNERS_MISSING: Rule = Rule::error(
    "signers-missing",
    Family::Shape,
    "the list of keys that `paths.signers` names is not there, or is there no more",
);
/// A list of nobody.
pub(super) static SIGNERS_EMPTY: Rule = Rule::error(
    "signers-empty",
    Family::Shape,
    "the list of keys lists no key, so that nobody's signature counts",
);
/// A line that lists no key.
pub(super) static SIGNERS_LINE_UNREADABLE: Rule = Rule::error(
    "signers-line-unreadable",
    Family::Shape,
    "a line of the list of keys is neither a comment nor a key",
);

/// How many characters at the end of a key are shown.
const END_SHOWN: usize = 15;

/// The list of one side.
struct List {
    path: RepoPath,
    /// Whether the configuration names it.
    named: bool,
    source: Option<SourceFile>,
    irregular: bool,
}

/// Checks the list of the tree under check, and what became of that of the base.
pub(super) fn check(request: &Request<'_>) -> Result<Vec<Finding>, ReadFault> {
    let config = request.config.cloned().unwrap_or_else(|| RepoPath::from("keelmark.yaml"));
    let folder = config.parent().unwrap_or_default();
    let own = match read(request.head, &folder, request.settings)? {
        Ok(list) => list,
        Err(outside) => return Ok(vec![outside]),
    };
    let changed = |path: &RepoPath| request.changed.contains(path);
    let gone = request.settings.registry_place.is_none();
    let touched = changed(&own.path) || changed(&config) || gone;
    let named = match &request.scope {
        Scope::Touched => touched,
        Scope::Paths(paths) => [&own.path, &config].into_iter().any(|path| paths.contains(path)),
        Scope::Everything | Scope::All => true,
    };
    if !named {
        return Ok(Vec::new());
    }
    let before = request.base.before.tree;
    let started = config::read(before, &config)?;
    let old = read(before, &folder, &started)?.ok();
    let mut findings = said(&own, request.settings, old.as_ref(), &config);
    let stood: BTreeSet<String> = match &old {
        Some(old) => said(old, &started, None, &config).iter().map(Finding::fingerprint).collect(),
        None => BTreeSet::new(),
    };
    for finding in &mut findings {
        finding.inherited = !touched || stood.contains(&finding.fingerprint());
    }
    Ok(findings)
}

/// Returns where a tree lists keys, and the lines of the keys, sorted.
pub(super) fn listed(
    tree: &dyn Snapshot,
    config: &RepoPath,
    settings: &Settings,
) -> Result<(RepoPath, Vec<String>), ReadFault> {
    let folder = config.parent().unwrap_or_default();
    let Ok(list) = read(tree, &folder, settings)? else { return Ok(Default::default()) };
    let text = list.source.as_ref().map(SourceFile::text).unwrap_or_default();
    let (keys, _) = Signers::lines(text);
    let keys: BTreeSet<String> = keys.into_iter().collect();
    Ok((list.path, keys.into_iter().collect()))
}

/// Leaves of a long key what people tell it from others by. Keys are made that end alike, so whole
/// lines are compared.
pub(super) fn brief(line: &str) -> String {
    let (before, key) = line.rsplit_once(' ').unwrap_or(("", line));
    match key.char_indices().nth_back(END_SHOWN) {
        Some((at, _)) if !key.starts_with("gpg:") => {
            format!("{before} …{}", key.get(at..).unwrap_or_default())
        }
        _ => line.to_owned(),
    }
}

/// Reads a list; the finding where it would be outside of the repository.
fn read(
    tree: &dyn Snapshot,
    folder: &RepoPath,
    settings: &Settings,
) -> Result<Result<List, Finding>, ReadFault> {
    let paths = &settings.config.paths;
    let path = match folder.resolve(paths.signers()) {
        Ok(path) => path,
        Err(fault) => {
            let message = format!("`{}` is {fault}", paths.signers().escape_debug());
            let finding = Finding::new(&SIGNERS_MISSING, place(settings, folder), message)
                .help("name a file beside keelmark.yaml, such as `allowed_signers`");
            return Ok(Err(finding));
        }
    };
    let named = paths.signers.is_some();
    let mut list = List { path, named, source: None, irregular: false };
    let Some(file) = tree.file(&list.path)? else { return Ok(Ok(list)) };
    if !matches!(file.mode, Mode::Regular | Mode::Executable) {
        list.irregular = true;
        return Ok(Ok(list));
    }
    let text = match tree.read(&file, yaml::MAX_BYTES) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        // No program gets that much; it lists nobody.
        Err(ReadFault::TooLarge { .. }) => String::new(),
        Err(fault) => return Err(fault),
    };
    list.source = Some(SourceFile::new(list.path.clone(), text));
    Ok(Ok(list))
}

/// Where the configuration names the list, or would.
fn place(settings: &Settings, folder: &RepoPath) -> Place {
    let nowhere = || loaded::no_text(&folder.join("keelmark.yaml"));
    settings.signers_place.clone().unwrap_or_else(nowhere)
}

fn said(list: &List, settings: &Settings, old: Option<&List>, config: &RepoPath) -> Vec<Finding> {
    let folder = config.parent().unwrap_or_default();
    let shown = list.path.to_text().escape_debug().to_string();
    let Some(source) = &list.source else {
        let stood = old.is_some_and(|old| old.source.is_some());
        let why = if list.irregular {
            format!("`{shown}` is no regular file")
        } else if list.named {
            format!("`paths.signers` names `{shown}`, which is not there")
        } else if let Some(old) = old.filter(|old| stood && old.path != list.path) {
            let old = old.path.to_text().escape_debug().to_string();
            format!("at the base the list of keys is `{old}`, and there is no `{shown}`")
        } else if stood {
            format!("`{shown}` is there no more")
        } else {
            return Vec::new();
        };
        let message = format!("{why}, so that nobody would have to sign");
        let at = if list.named { place(settings, &folder) } else { loaded::no_text(&list.path) };
        let help = match old.filter(|old| old.source.is_some() && old.path != list.path) {
            Some(old) => format!(
                "name the list in `paths.signers`: at the base it is `{}`",
                old.path.to_text().escape_debug()
            ),
            None if stood => format!(
                "bring it back: `git checkout <base> -- {}`. To do without a list, have `rules: {{signers-missing: {{level: warn}}}}` merged first",
                escape::word(&list.path.to_text())
            ),
            None => "write the list there, a line such as `ada@example.com ssh-ed25519 AAAA…` for each key, or mend the path".to_owned(),
        };
        return vec![Finding::new(&SIGNERS_MISSING, at, message).help(help).values("", shown)];
    };
    let (keys, faults) = Signers::lines(source.text());
    let mut findings: Vec<Finding> = Vec::new();
    let mut start = 0;
    let spans: Vec<Span> = source
        .text()
        .split_inclusive('\n')
        .map(|line| {
            let end = start + line.trim_end().len();
            let span = Span::new(offset(start), offset(end));
            start += line.len();
            span
        })
        .collect();
    for fault in faults {
        let span = spans.get(fault.line).copied().unwrap_or_default();
        let place = Place { file: source.clone(), pointer: String::new(), span };
        let text = source.slice(span);
        let message = "the line lists no key: no program can read it";
        let finding = Finding::new(&SIGNERS_LINE_UNREADABLE, place, message).help(fault.why);
        findings.push(finding.values(String::new(), text));
    }
    if keys.is_empty() {
        let message = format!("`{shown}` lists no key, so that nobody's signature counts");
        findings.push(
            Finding::new(&SIGNERS_EMPTY, Place::of_file(source.clone()), message)
                .help("write a line such as `ada@example.com ssh-ed25519 AAAA…` for each key; for one of gpg, `ada@example.com gpg:` and its whole fingerprint"),
        );
    }
    findings
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
