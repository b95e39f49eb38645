//! One touched entry against its past: what changed, which step that needs, and whether the number
//! that is written will do.

use super::checksum::{self, Fixed, Stage};
use super::comparison::{self, changes_between, same_content};
use super::evidence::{Witness, way_to_patch};
use super::includes;
use super::loaded::Loaded;
use super::past::{Base, Seen, Where, content};
use super::report::{EntryReport, Status};
use super::{baseline, changelog, gone, lifecycle, losses, rollback, row_findings, rows};
use crate::compat::change::Change;
use crate::compat::evidence as witnessed;
use crate::compat::required;
use crate::compat::step::{self, Baseline, Content, Holder, StepFault, StepInput, Taken};
use crate::finding::{Family, Finding, Place, Rule};
use crate::ident::{EntryName, Kind};
use crate::registry::common::Status as Life;
use crate::registry::config::{Config, Published};
use crate::registry::layout::Layout;
use crate::snapshot::{ReadFault, Snapshot};
use crate::source::SourceFile;
use crate::version::{Bump, Version};

/// The version is none.
pub(super) static VERSION_NOT_SEMVER: Rule = Rule::error(
    "version-not-semver",
    Family::Version,
    "a version is not SemVer 2.0.0, such as 2.3.0",
);
/// How many reasons a finding shows at their lines; the report has all of them.
const REASONS_SHOWN: usize = 3;

/// What every judgement needs.
pub(super) struct Court<'a> {
    /// Whether many entries may be judged.
    pub(super) wide: bool,
    pub(super) layout: &'a Layout,
    pub(super) head: &'a dyn Snapshot,
    pub(super) witness: &'a dyn Witness,
    pub(super) config: &'a Config,
    pub(super) base: &'a Base<'a>,
    pub(super) stage: Stage,
    /// The day that it is, in seconds since 1970.
    pub(super) today: Option<i64>,
}

/// What a judgement says.
pub(super) struct Judged {
    pub(super) report: EntryReport,
    pub(super) findings: Vec<Finding>,
}

impl Court<'_> {
    /// Judges an entry that the change touches.
    pub(super) fn judge(&self, new: &Loaded) -> Result<Judged, ReadFault> {
        let name = &new.entry.name;
        let mut findings = Vec::new();
        let former = self.former(new)?;
        let origin = former.as_ref().unwrap_or(name);
        // As the base says: a change cannot withdraw what it wants to be measured without.
        let (seen, withdrawn) = self.base.known(self.layout, origin)?;
        let published: Vec<Version> = seen.iter().map(|seen| seen.version.clone()).collect();
        let start = self.start(new, origin, &published)?;
        let old = start.as_ref();
        let mut report = blank(new);
        report.base_version = old.and_then(|old| old.entry.version.clone());
        report.status = if old.is_some() { Status::Changed } else { Status::New };
        findings.extend(rollback::check(&new.entry, &published));
        findings.extend(self.way_back(new, origin, &published)?);
        findings.extend(changelog::check_newer(&new.entry, &published));
        if let Some(old) = old.filter(|old| is_published(old, &published)) {
            findings.extend(lifecycle::step(&old.entry, &new.entry, self.config, self.today));
            findings.extend(gone::moved(&old.entry, &new.entry));
        }
        let changes = match old {
            Some(old) => self.changes(old, new),
            None => Vec::new(),
        };
        findings.extend(rows::compare(old, new).findings.iter().cloned());
        findings.extend(old.and_then(|old| row_findings::invalidated(old, new, &changes)));
        findings.extend(baseline::invalidated(&new.entry, &changes));
        findings.extend(losses::check(new, &changes));
        let same = old.is_some_and(|old| same_content(old, new, &changes));
        let Some(version) = &new.entry.version else {
            findings.extend(not_semver(new));
            report.reasons = changes;
            return Ok(Judged { report, findings });
        };
        let draft = old.map_or(new.entry.common.status, |old| old.entry.common.status);
        let mut reasons = changes;
        let mut released = None;
        let offered: Vec<Version> =
            published.iter().filter(|version| !withdrawn.contains(version)).cloned().collect();
        let last_stable = step::baseline(&offered, version).cloned();
        let from = old.and_then(|old| old.entry.version.as_ref());
        let from_withdrawn = from.filter(|version| withdrawn.contains(version));
        if let (Some(old), Some(stable)) = (old, last_stable.as_ref()) {
            // A pre-release answers for everything since the last release, and so does what follows
            // a version that was withdrawn.
            let since_stable = old.entry.version.as_ref().is_some_and(Version::is_prerelease);
            if (since_stable || from_withdrawn.is_some())
                && Some(stable) != old.entry.version.as_ref()
                && let Some((stable, _)) = self.base.content_at(self.layout, origin, stable)?
            {
                reasons = self.changes(&stable, new);
                released = Some(stable);
            }
        }
        let mut required = if same { Bump::None } else { required::required(&reasons, draft) };
        if let (Some(from), Some(stable), Some(_)) = (from_withdrawn, &last_stable, &released)
            && from.declared_from(stable, self.config.versioning.zerover) >= required
        {
            // The withdrawn number announced a step of this size already.
            required = required.min(Bump::Patch);
        }
        let baseline = old.and_then(|old| {
            let version = old.entry.version.clone()?;
            Some(Baseline {
                published: if published.contains(&version) {
                    step::Published::Yes
                } else {
                    step::Published::No
                },
                content: if same { Content::Equal } else { Content::Differs },
                version,
            })
        });
        let mut seen = seen;
        let unmoved = baseline.as_ref().is_some_and(|old| old.version == *version && same);
        if !unmoved {
            seen.extend(self.base.withdrawn(self.layout, origin, (&seen, self.wide))?);
        }
        let taken = self.taken(new, origin, &seen, baseline.as_ref())?;
        let input = StepInput {
            old: baseline.as_ref(),
            new: version,
            last_stable: last_stable.as_ref().filter(|stable| !stable.is_prerelease()),
            required,
            taken: &taken,
            zerover: self.config.versioning.zerover,
        };
        let mut judgement = step::judge(&input);
        if let (Bump::Patch, Bump::Minor, Some(old)) =
            (judgement.declared, required, released.as_ref().or(old))
            && let Some(heard) = self.hear((old, new), version, &reasons)?
        {
            if heard.said.is_ok() {
                witnessed::show(&mut reasons);
                comparison::believe_bumps(&mut reasons, self.config);
                required = required::required(&reasons, draft);
                judgement = step::judge(&StepInput { required, ..input });
            }
            report.evidence = Some(heard.said);
            findings.push(heard.finding);
        }
        report.declared = judgement.declared;
        report.required = required;
        report.suggested = Some(judgement.suggested.clone());
        report.reasons = reasons;
        let mut reverted = false;
        for fault in &judgement.faults {
            reverted |= fault.rule.id == "version-reverted";
            // A draft is nobody's contract; its author counts as he likes.
            if draft == Life::Draft && !fault.rule.integrity && !reverted {
                continue;
            }
            // What its members went through counts too, and is not in these two files: a release
            // judges it.
            if new.entry.name.kind == Kind::Composite && fault.rule.id == "version-bump-excessive" {
                continue;
            }
            let mut finding = self.step_finding(fault, old, new, &report)?;
            if fault.rule.id == "version-already-published" {
                finding.message.push_str(&withdrawn_by(&seen, version));
            }
            findings.push(finding);
        }
        let fixed = published.contains(version);
        if reverted {
            report.status = Status::Reverted;
            report.required = Bump::None;
        } else {
            if !fixed && draft != Life::Draft {
                findings.extend(changelog::check_entry_for(&new.entry, version));
            }
            if let Some(old) = old.filter(|old| is_published(old, &published)) {
                findings.extend(changelog::check_history(&old.entry, &new.entry));
            }
        }
        let fixed = if fixed && !(same && old.is_some()) { Fixed::Published } else { Fixed::Open };
        findings.extend(checksum::check(&new.entry, &new.payloads, fixed, self.stage));
        Ok(Judged { report, findings })
    }

    /// Finds the name that a renamed entry had: one of its aliases, where the base knows only that.
    ///
    /// Numbers, tags and history of a renamed entry stand under that name.
    fn former(&self, new: &Loaded) -> Result<Option<EntryName>, ReadFault> {
        let name = &new.entry.name;
        let known = |name: &EntryName| -> Result<bool, ReadFault> {
            let before = self.layout.find(self.base.before.tree, name)?;
            let tip = self.layout.find(self.base.tip.tree, name)?;
            Ok(before.is_some() || tip.is_some())
        };
        if new.entry.common.aliases.is_empty() || known(name)? {
            return Ok(None);
        }
        for alias in &new.entry.common.aliases {
            let Ok(id) = alias.parse() else { continue };
            let former = EntryName::new(name.kind, id);
            if known(&former)? {
                return Ok(Some(former));
            }
        }
        Ok(None)
    }

    /// Says whom going back would break. What a composite goes back to is asked by a release.
    fn way_back(
        &self,
        new: &Loaded,
        origin: &EntryName,
        published: &[Version],
    ) -> Result<Option<Finding>, ReadFault> {
        let composite = new.entry.name.kind == Kind::Composite;
        let across = rollback::across(&new.entry, published).filter(|_| !composite);
        let Some(target) = across else { return Ok(None) };
        let found = self.base.content_at(self.layout, origin, &target)?;
        Ok(found.and_then(|(old, _)| {
            rollback::direction(&new.entry, &target, &self.changes(new, &old))
        }))
    }

    /// Finds the content that the change started from.
    fn start(
        &self,
        new: &Loaded,
        origin: &EntryName,
        published: &[Version],
    ) -> Result<Option<Loaded>, ReadFault> {
        if self.base.published == Published::Tagged {
            let Some(version) = &new.entry.version else { return Ok(None) };
            let Some(stable) = step::baseline(published, version) else { return Ok(None) };
            let found = self.base.content_at(self.layout, origin, stable)?;
            return Ok(found.map(|(loaded, _)| loaded));
        }
        if let Some(old) = content(self.layout, origin, self.base.before)? {
            return Ok(Some(old));
        }
        // Added on the base as well, since the change started.
        content(self.layout, origin, self.base.tip)
    }

    /// Compares two contents with the rules of their kind, and the bumps that the base says.
    fn changes(&self, old: &Loaded, new: &Loaded) -> Vec<Change> {
        changes_between(old, new, self.config)
    }

    /// Lists the numbers that are no longer free, and how their content compares with the new one.
    fn taken(
        &self,
        new: &Loaded,
        origin: &EntryName,
        seen: &[Seen],
        old: Option<&Baseline>,
    ) -> Result<Vec<Taken>, ReadFault> {
        let Some(version) = &new.entry.version else { return Ok(Vec::new()) };
        let mut taken = Vec::new();
        for seen in seen {
            let holder = if seen.at == Where::Tip { Holder::BaseTip } else { Holder::Published };
            let content = if seen.version != *version {
                Content::Differs
            } else if let Some(old) = old.filter(|old| old.version == *version) {
                old.content
            } else {
                self.compare_published(new, origin, &seen.version)?
            };
            // Whoever takes a revert back brings its content and its number with it.
            if matches!(seen.at, Where::Withdrawn(_)) && content == Content::Equal {
                continue;
            }
            taken.push(Taken { version: seen.version.clone(), holder, content });
        }
        Ok(taken)
    }

    fn compare_published(
        &self,
        new: &Loaded,
        name: &EntryName,
        version: &Version,
    ) -> Result<Content, ReadFault> {
        let same = |other: &Loaded| same_content(other, new, &self.changes(other, new));
        for tree in std::iter::once(self.base.tip).chain(self.base.branches.iter().copied()) {
            if let Some(other) = content(self.layout, name, tree)?
                && other.entry.version.as_ref() == Some(version)
            {
                return Ok(if same(&other) { Content::Equal } else { Content::Differs });
            }
        }
        let found = self.base.content_at(self.layout, name, version)?;
        Ok(match found {
            Some((other, _)) if same(&other) => Content::Equal,
            _ => Content::Differs,
        })
    }

    fn step_finding(
        &self,
        fault: &StepFault,
        old: Option<&Loaded>,
        new: &Loaded,
        report: &EntryReport,
    ) -> Result<Finding, ReadFault> {
        let name = &new.entry.name;
        let mut message = format!("{name}: {}", fault.message);
        let suggested = report.suggested.as_ref().map(ToString::to_string).unwrap_or_default();
        if fault.rule.id == "version-slot-taken-on-base"
            && let Some(version) = &new.entry.version
            && let Some(commit) = self.base.brought_by(self.layout, name, version)?
        {
            message = format!("{message}, since {commit}");
        }
        let mut finding = Finding::new(fault.rule, new.entry.document.place("/version"), message);
        if fault.rule.severity != crate::finding::Severity::Note {
            let mut help = format!("run `keelmark bump {}` (writes {suggested})", name.id);
            if let Some(smaller) = deciding(report).find_map(|change| change.help.as_deref()) {
                help = format!("{help}, or {smaller}");
            }
            let why_not_patch = report.declared == Bump::Patch && report.required == Bump::Minor;
            if why_not_patch
                && report.evidence.is_none()
                && name.kind == Kind::Prompt
                && witnessed::is_text_only(&report.reasons)
            {
                help = format!("{help}, or {}", way_to_patch(name));
            }
            finding = finding.help(help);
        }
        if let Some(old) = old {
            if let Some(before) = &old.entry.version {
                let place = old.entry.document.place("/version");
                finding = finding
                    .related(place, format!("the base has {before}"))
                    .values(before.to_string(), new.entry.common.version.clone());
            }
            let size_matters = [
                "version-bump-insufficient",
                "version-unchanged",
                "version-prerelease-core-insufficient",
            ];
            if size_matters.contains(&fault.rule.id) {
                for change in deciding(report).take(REASONS_SHOWN) {
                    finding = with_reason(finding, change, old, new);
                }
            }
        }
        Ok(finding.entry(name))
    }
}

/// Makes the report of an entry of which nothing is known but itself.
pub(super) fn blank(loaded: &Loaded) -> EntryReport {
    EntryReport {
        name: loaded.entry.name.clone(),
        path: loaded.entry.path().clone(),
        status: Status::Unchanged,
        base_version: None,
        version: loaded.entry.version.clone(),
        declared: Bump::None,
        required: Bump::None,
        suggested: None,
        reasons: Vec::new(),
        evidence: None,
        verdicts: loaded.payloads.iter().map(|payload| payload.verdict).collect(),
    }
}

/// Says what is wrong with a version that is none.
pub(super) fn not_semver(loaded: &Loaded) -> Option<Finding> {
    let entry = &loaded.entry;
    let written = &entry.common.version;
    let fault = written.parse::<Version>().err()?;
    // Without a text the schema has spoken already.
    if written.is_empty() {
        return None;
    }
    let message = format!("`{}` is no SemVer 2.0.0 version: {fault}", written.escape_debug());
    Some(
        Finding::new(&VERSION_NOT_SEMVER, entry.document.place("/version"), message)
            .help("write three numbers, such as `2.3.0`, without `v` and without leading zeros")
            .entry(&entry.name)
            .values(String::new(), written.clone()),
    )
}

/// Says where a number stood, if a revert took it back.
fn withdrawn_by(seen: &[Seen], version: &Version) -> String {
    let at = seen.iter().find(|seen| seen.version == *version).map(|seen| seen.at);
    match at {
        Some(Where::Withdrawn(commit)) => {
            format!(": the base had it in {}, and took it back", commit.short())
        }
        _ => String::new(),
    }
}

fn is_published(loaded: &Loaded, published: &[Version]) -> bool {
    loaded.entry.version.as_ref().is_some_and(|version| published.contains(version))
}

fn deciding(report: &EntryReport) -> impl Iterator<Item = &Change> {
    let required = report.required;
    report.reasons.iter().filter(move |change| change.bump == required && required > Bump::None)
}

/// Shows a reason at its new line and at its old one.
fn with_reason(finding: Finding, change: &Change, old: &Loaded, new: &Loaded) -> Finding {
    let words = format!("{}: {} ({})", change.bump, change.note, change.rule.id);
    if let Some(path) = &change.payload {
        let named = |place: Place| match old.entry.document.source().revision() {
            Some(revision) => Place {
                file: SourceFile::at_revision(
                    place.file.path().clone(),
                    revision.to_owned(),
                    place.file.text().to_owned(),
                ),
                ..place
            },
            None => place,
        };
        return match (old.text_of(path), new.text_of(path)) {
            (Some(before), Some(after)) => {
                let (was, is) = includes::first_difference(before, after);
                finding.related(is, words).related(named(was), "it was")
            }
            (None, Some(after)) => finding.related(Place::of_file(after.source.clone()), words),
            _ => finding,
        };
    }
    let mut finding = match change.pointer_new.as_deref() {
        Some(pointer) => finding.related(new.entry.document.place(pointer), words.clone()),
        None => finding,
    };
    if let Some(pointer) = change.pointer_old.as_deref() {
        let words = if change.pointer_new.is_some() { "it was".to_owned() } else { words };
        finding = finding.related(old.entry.document.place(pointer), words);
    }
    finding
}
