//! A check from its request to its report.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;

use super::bonds::Bonds;
use super::checksum::{self, Fixed, Stage};
use super::config::Settings;
use super::evidence::Witness;
use super::judge::{Court, blank, not_semver};
use super::loaded::{self, Loaded, Read};
use super::past::{Base, Named};
use super::reading::Reading;
use super::report::{EntryReport, Report, Status};
use super::scope::{self, Listed, Touched};
use super::{
    baseline, evaluation, files, gone, includes, keys, levels, names, paths, reach, reference,
    signers, template, weakened,
};
use crate::finding::{Family, Finding, Place, Severity};
use crate::ident::{EntryName, Kind};
use crate::integrity::payload::Sources;
use crate::lineage::Edge;
use crate::path::RepoPath;
use crate::registry::config::Config;
use crate::registry::index::Index;
use crate::registry::layout::Layout;
use crate::snapshot::{File, ReadFault, Snapshot};

/// How much of the registry is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Only what the change touches: the hook.
    Touched,
    /// Everything; what the change does not touch is inherited.
    Everything,
    /// Everything, and nothing is inherited.
    All,
    /// What the change touches below these paths.
    Paths(Vec<RepoPath>),
}

/// A check to be made.
pub struct Request<'a> {
    /// Where things lie.
    pub layout: &'a Layout,
    /// The configuration of the tree under check, with what is wrong in it.
    pub settings: &'a Settings,
    /// Where the configuration is, or was at the base.
    pub config: Option<&'a RepoPath>,
    /// The configuration that levels and publishing rules are believed from.
    pub trusted: &'a Config,
    /// The tree under check.
    pub head: &'a dyn Snapshot,
    /// Entries of it that were read already; the others are read.
    pub read: &'a Reading,
    /// Paths of it that are in conflict.
    pub unmerged: &'a [RepoPath],
    /// What it is judged against.
    pub base: &'a Base<'a>,
    /// The paths that differ from where the change started.
    pub changed: &'a [RepoPath],
    /// How much is looked at.
    pub scope: Scope,
    /// The day that it is, in seconds since 1970: that of the base's tip; `None` where it is not known.
    pub today: Option<i64>,
    /// Who reads the findings.
    pub stage: Stage,
    /// Who is asked whether evidence holds that a changelog line names.
    pub witness: &'a dyn Witness,
}

/// Makes a check.
///
/// # Errors
/// When bytes cannot be had. A fault in the registry is no error but a finding.
pub fn run(request: &Request<'_>) -> Result<Report, ReadFault> {
    let layout = request.layout;
    let before = request.base.before.tree;
    let everything = match request.scope {
        Scope::Everything | Scope::All => Some(scope::everything(layout, request.head)?),
        Scope::Touched | Scope::Paths(_) => None,
    };
    let mut touched = scope::touched(layout, request.changed, before, request.head)?;
    let index = Index::new(layout, request.head);
    let started = Index::new(layout, before);
    // What includes a fragment that changed is changed as well.
    let users = includes::users(&touched.entries, &started, &index)?;
    touched.entries.extend(users.values().flatten().cloned());
    let weaker = weakened::check(request, &touched.entries, (&started, &index))?;
    if let Scope::Paths(paths) = &request.scope {
        scope::keep_named(&mut touched, layout, request.head, paths)?;
    }
    let mut listed: BTreeMap<EntryName, Listed> = BTreeMap::new();
    let (mut files, mut listed_paths) = (Touched::default(), None);
    if let Some(everything) = everything {
        if request.read.len() < everything.entries.len() {
            request.head.expect_reads(&in_order_of_use(everything.read_soon));
        }
        listed = everything.entries;
        files = everything.rest;
        listed_paths = Some(everything.paths);
    } else {
        for name in &touched.entries {
            if let Some(found) = scope::find(layout, request.head, name)? {
                listed.insert(name.clone(), found);
            }
        }
    }
    files.policies.extend(touched.policies.clone());
    files.misnamed.extend(touched.misnamed.clone());
    files.misplaced.clone_from(&touched.misplaced);
    for file in &touched.irregular {
        if !files.irregular.contains(file) {
            files.irregular.push(file.clone());
        }
    }
    let court = Court {
        wide: matches!(request.scope, Scope::Everything | Scope::All),
        layout,
        head: request.head,
        witness: request.witness,
        config: request.trusted,
        base: request.base,
        stage: request.stage,
        today: request.today,
    };
    if court.wide && !touched.entries.is_empty() {
        request.base.look_back(layout)?;
    }
    let verdicts: Vec<Result<Verdict, ReadFault>> = listed
        .par_iter()
        .map(|(name, listed)| {
            if touched.entries.contains(name) {
                judge_touched(request, &court, (&started, &index), listed)
            } else {
                judge_untouched(request, (&started, &index), listed)
            }
        })
        .collect();
    let mut report = Report { judged: listed.len(), ..Report::default() };
    let mut findings: Vec<Finding> = request.settings.findings.clone();
    for finding in &mut findings {
        // A fault that stood at the base is nobody's; but without a readable file nothing is known.
        let readable = request.settings.registry_place.is_some();
        // Which branches there are is a matter of the clone, not of the file.
        let of_clone = finding.rule.id == super::config::CONFIG_BRANCH_UNNAMED.id;
        finding.inherited = readable && !of_clone && !request.changed.contains(finding.path());
    }
    findings.extend(super::config::check_root(request.settings, request.trusted));
    findings.extend(weaker);
    findings.extend(signers::check(request)?);
    findings.extend(request.unmerged.iter().map(files::unmerged));
    findings.extend(files::findings(request, &index, &files)?);
    let new = match request.scope {
        Scope::All => None,
        Scope::Everything => Some(&touched.come),
        Scope::Touched | Scope::Paths(_) => Some(&touched.loose),
    };
    let sides = (before, request.head);
    findings.extend(paths::check_beside(layout, sides, listed_paths.as_deref(), new)?);
    findings.extend(baseline::check(request)?);
    findings.extend(includes::notes(&users, &listed, &index)?);
    findings.extend(reach::check(request, &touched, (&started, &index))?);
    let verdicts: Vec<Verdict> = verdicts.into_iter().collect::<Result<_, _>>()?;
    findings.extend(shadowed(&listed, &verdicts));
    let mut edges = Vec::new();
    for verdict in verdicts {
        findings.extend(verdict.findings);
        report.entries.extend(verdict.report);
        edges.extend(verdict.edges);
    }
    edges.sort();
    let bonds = Bonds {
        index: &index,
        before: &started,
        touched: &touched.entries,
        read: listed.keys().cloned().collect(),
        edges,
    };
    findings.extend(bonds.circles()?);
    findings.extend(bonds.diamonds()?);
    if matches!(request.scope, Scope::Everything | Scope::All) {
        findings.extend(bonds.behind(&report.entries)?);
    }
    let in_conflict: BTreeSet<EntryName> =
        request.unmerged.iter().filter_map(|path| scope::entry_at(layout, path)).collect();
    let missing: BTreeSet<&EntryName> = touched
        .entries
        .iter()
        .filter(|name| !listed.contains_key(*name) && !in_conflict.contains(*name))
        .collect();
    let moved = if missing.is_empty() {
        BTreeSet::new()
    } else {
        names::moved_from(request, &touched, &listed)?
    };
    let newcomers = gone::newcomers(&report.entries);
    for name in missing.into_iter().filter(|name| !moved.contains(*name)) {
        if let Some(judged) = court.judge_deleted(name, &newcomers)? {
            report.judged += 1;
            report.entries.push(judged.report);
            findings.extend(judged.findings);
        }
    }
    report.entries.sort_by(|a, b| a.name.cmp(&b.name));
    // An override may be for what this check did not look at.
    if matches!(request.scope, Scope::Everything | Scope::All) {
        let seen = levels::Seen {
            findings: &findings,
            entries: &listed.keys().map(ToString::to_string).collect(),
            touched: &touched_names(&touched.entries, request.changed),
        };
        let stale = levels::stale(&seen, request.settings);
        findings.extend(stale.into_iter().map(|mut finding| {
            finding.inherited = !request.changed.contains(finding.path());
            finding
        }));
    }
    let (mut findings, mut overridden) =
        levels::apply(findings, request.trusted, &request.settings.config);
    if request.scope == Scope::All {
        for finding in &mut findings {
            finding.inherited = false;
        }
    }
    findings.sort_by(Finding::order);
    findings.dedup_by(|later, first| same_case(first, later));
    overridden.sort_by(|a, b| a.finding.order(&b.finding));
    report.findings = findings;
    report.overridden = overridden;
    Ok(report)
}

/// Returns what the change touches as findings name it: by entry, or by file.
fn touched_names(entries: &BTreeSet<EntryName>, files: &[RepoPath]) -> BTreeSet<String> {
    entries.iter().map(ToString::to_string).chain(files.iter().map(ToString::to_string)).collect()
}

/// Finds touched entries whose id is another entry's alias.
fn shadowed(listed: &BTreeMap<EntryName, Listed>, verdicts: &[Verdict]) -> Vec<Finding> {
    let mut holders: BTreeMap<(Kind, &str), &EntryName> = BTreeMap::new();
    for (name, verdict) in listed.keys().zip(verdicts) {
        holders.extend(verdict.aliases.iter().map(|alias| ((name.kind, alias.as_str()), name)));
    }
    let touched = listed.keys().zip(verdicts).filter_map(|(name, v)| Some((name, v.id.clone()?)));
    touched
        .filter_map(|(name, place)| {
            let holder = holders.get(&(name.kind, name.id.as_str()))?;
            (*holder != name).then(|| names::taken(place, name.id.as_str(), holder).entry(name))
        })
        .collect()
}

/// Each thread starts in its own part of the list, so the first files of every part come first.
pub(super) fn in_order_of_use(files: Vec<File>) -> Vec<File> {
    let part = files.len().div_ceil(rayon::current_num_threads()).max(1);
    let mut order: Vec<(usize, File)> =
        files.into_iter().enumerate().map(|(at, file)| (at % part, file)).collect();
    order.sort_by_key(|(rank, _)| *rank);
    order.into_iter().map(|(_, file)| file).collect()
}

/// Reads one entry for looking at, without judging it.
///
/// # Errors
/// When bytes cannot be had.
pub fn read_entry(
    layout: &Layout,
    name: &EntryName,
    from: Named<'_>,
) -> Result<Option<Loaded>, ReadFault> {
    super::past::content(layout, name, from)
}

/// What is said about one entry.
struct Verdict {
    report: Option<EntryReport>,
    findings: Vec<Finding>,
    aliases: Vec<String>,
    edges: Vec<Edge>,
    id: Option<Place>,
}

fn judge_touched(
    request: &Request<'_>,
    court: &Court<'_>,
    (started, index): (&Index<'_>, &Index<'_>),
    listed: &Listed,
) -> Result<Verdict, ReadFault> {
    let before = request.base.before;
    let at_base = Request {
        head: before.tree,
        read: &Reading::default(),
        unmerged: &[],
        changed: &[],
        scope: Scope::Touched,
        ..*request
    };
    let there = || -> Result<Option<Alone>, ReadFault> {
        let old = scope::find(request.layout, before.tree, &listed.name)?;
        old.map(|old| alone(&at_base, started, &old)).transpose()
    };
    // Payloads may be large, and both sides have them.
    let (here, there) = rayon::join(|| alone(request, index, listed), there);
    let (Alone { loaded, mut findings, edges }, there) = (here?, there?);
    let cases = measured(loaded.as_deref(), index)?;
    let is_new = there.is_none();
    let stood: BTreeSet<_> = match there {
        Some(Alone { loaded, findings: mut stood, .. }) => {
            // Cases may be large: the base's are only read where there is something to compare.
            if !cases.is_empty() {
                stood.extend(measured(loaded.as_deref(), started)?);
            }
            stood.iter().map(Finding::fingerprint).collect()
        }
        None => BTreeSet::new(),
    };
    findings.extend(cases);
    for finding in &mut findings {
        let excepted = matches!(finding.rule.family, Family::Version | Family::Integrity);
        finding.inherited = !excepted && stood.contains(&finding.fingerprint());
    }
    let Some(loaded) = loaded else {
        return Ok(Verdict { report: None, findings, aliases: Vec::new(), edges, id: None });
    };
    // Where everything is read anyway, ids and aliases are compared at the end.
    if is_new && matches!(request.scope, Scope::Touched | Scope::Paths(_)) {
        findings.extend(names::check_new(&loaded.entry, index)?);
    }
    // What cannot be read has no meaning to compare: its own faults come first.
    let broken = findings.iter().any(|finding| {
        !finding.inherited
            && finding.severity == Severity::Error
            && matches!(finding.rule.family, Family::Reading | Family::Shape)
            && finding.rule.id.starts_with("schema-")
    });
    if broken {
        let report = Some(EntryReport { status: Status::Changed, ..blank(&loaded) });
        return Ok(Verdict { report, findings, aliases: Vec::new(), edges, id: None });
    }
    let judged = court.judge(&loaded)?;
    findings.extend(judged.findings);
    let findings = findings.into_iter().map(|f| f.entry(&listed.name)).collect();
    let id = Some(loaded.entry.document.place("/id"));
    let aliases = loaded.entry.common.aliases.clone();
    Ok(Verdict { report: Some(judged.report), findings, aliases, edges, id })
}

/// Says whether a dataset and a suite of it say the same of one case; what either of them brings
/// anew is not inherited.
fn same_case(first: &mut Finding, later: &Finding) -> bool {
    let same = first.rule.family == Family::Eval
        && first.rule.id == later.rule.id
        && first.path() == later.path()
        && first.place.span == later.place.span
        && first.message == later.message;
    if same {
        first.inherited &= later.inherited;
    }
    same
}

/// Checks the cases of a touched suite or dataset.
fn measured(loaded: Option<&Loaded>, index: &Index<'_>) -> Result<Vec<Finding>, ReadFault> {
    loaded.map_or_else(|| Ok(Vec::new()), |loaded| evaluation::check(&loaded.entry, index))
}

fn judge_untouched(
    request: &Request<'_>,
    (started, index): (&Index<'_>, &Index<'_>),
    listed: &Listed,
) -> Result<Verdict, ReadFault> {
    let Alone { loaded, mut findings, edges } = alone(request, index, listed)?;
    let mut report = None;
    if let Some(loaded) = &loaded {
        findings.extend(not_semver(loaded));
        // What is at the base already is published, or will be once it is merged.
        let fixed = if request.base.before.tree.file(&listed.file.path)?.is_some() {
            Fixed::Published
        } else {
            Fixed::Open
        };
        findings.extend(checksum::check(&loaded.entry, &loaded.payloads, fixed, request.stage));
        if request.scope == Scope::All {
            report =
                Some(EntryReport { base_version: loaded.entry.version.clone(), ..blank(loaded) });
        }
    }
    // The entry is what it was; what it names may not be.
    let named = |finding: &Finding| reference::is_about_others(finding.rule);
    let stood = match &loaded {
        Some(loaded) if !request.changed.is_empty() && findings.iter().any(named) => {
            let (stood, _) = reference::check(&loaded.entry, started, request.today)?;
            stood.into_iter().map(|f| f.entry(&listed.name).fingerprint()).collect()
        }
        _ => BTreeSet::new(),
    };
    for finding in &mut findings {
        finding.entry = Some(listed.name.clone());
        finding.inherited = request.changed.is_empty()
            || !reference::is_about_others(finding.rule)
            || stood.contains(&finding.fingerprint());
    }
    let aliases = loaded.map(|loaded| loaded.entry.common.aliases.clone()).unwrap_or_default();
    Ok(Verdict { report, findings, aliases, edges, id: None })
}

/// What can be said of an entry without its past.
struct Alone {
    loaded: Option<Arc<Loaded>>,
    findings: Vec<Finding>,
    edges: Vec<Edge>,
}

/// Reads an entry and says what can be said of it without its past.
fn alone(request: &Request<'_>, index: &Index<'_>, listed: &Listed) -> Result<Alone, ReadFault> {
    let read = match request.read.read(&listed.name) {
        Some(read) => read.clone(),
        None => read_now(request, index, listed)?,
    };
    let mut findings = read.findings;
    let mut edges = Vec::new();
    if let Some(loaded) = &read.loaded {
        findings.extend(names::check(&loaded.entry, request.layout, index)?);
        let (said, found) = reference::check(&loaded.entry, index, request.today)?;
        let said = reference::beside_includes(said, &findings);
        findings.extend(said);
        edges = found;
        // A template is compared with inputs that could be read.
        let unread = findings.iter().any(|finding| {
            finding.rule.family == Family::Shape
                && (finding.place.pointer.is_empty()
                    || finding.place.pointer.starts_with("/schema")
                    || finding.place.pointer.starts_with("/inputs"))
        });
        if !unread {
            findings.extend(template::check(&loaded.entry, &loaded.read));
        }
        findings.extend(keys::check(&loaded.entry, request.trusted));
    }
    let findings = findings.into_iter().map(|f| f.entry(&listed.name)).collect();
    Ok(Alone { loaded: read.loaded, findings, edges })
}

fn read_now(request: &Request<'_>, index: &Index<'_>, listed: &Listed) -> Result<Read, ReadFault> {
    let wanted = loaded::Wanted {
        name: &listed.name,
        form: listed.form,
        file: &listed.file,
        revision: None,
    };
    let sources = Sources { tree: request.head, attributes: request.base.tip.tree };
    loaded::load(&wanted, sources, index)
}
