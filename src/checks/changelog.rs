//! The changelog inside an entry.

use crate::finding::{Family, Finding, Rule};
use crate::registry::changelog::Line;
use crate::registry::entry::Entry;
use crate::version::Version;

/// No line for the version.
pub(super) static CHANGELOG_ENTRY_MISSING: Rule = Rule::error(
    "changelog-entry-missing",
    Family::Version,
    "the changelog has no line for a new version",
);
/// A line of a published version was edited or removed.
pub(super) static CHANGELOG_HISTORY_REWRITTEN: Rule = Rule::error(
    "changelog-history-rewritten",
    Family::Version,
    "the changelog line of a published version was edited or removed",
);
/// The lines are not newest first.
pub(super) static CHANGELOG_ORDER: Rule =
    Rule::warning("changelog-order", Family::Version, "the changelog is not newest first");
/// A line without a version.
pub(super) static CHANGELOG_LINE_UNREADABLE: Rule = Rule::error(
    "changelog-line-unreadable",
    Family::Version,
    "a changelog line does not start with a version and a colon",
);

/// A line of a version that is still to come.
pub(super) static CHANGELOG_LINE_NEWER: Rule = Rule::error(
    "changelog-line-newer",
    Family::Version,
    "a changelog line is about a newer version than the entry's own",
);

/// Checks the lines by themselves.
pub(super) fn check(entry: &Entry) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut last: Option<Version> = None;
    for (at, written) in entry.common.changelog.iter().enumerate() {
        let place = entry.document.place(&format!("/changelog/{at}"));
        let Some(line) = Line::read(written) else {
            let message = "a changelog line starts with a version and a colon";
            let help = "write it as `\"2.3.0: what changed\"`";
            findings.push(Finding::new(&CHANGELOG_LINE_UNREADABLE, place, message).help(help));
            continue;
        };
        if let Some(last) = last.as_ref().filter(|last| line.version > **last) {
            let message = format!("{} stands below {last}; newest comes first", line.version);
            findings.push(Finding::new(&CHANGELOG_ORDER, place, message));
        }
        last = Some(line.version);
    }
    findings
}

/// Checks that no line takes a number that was never made. After a revert the lines of later versions
/// may stay: those were published.
pub(super) fn check_newer(entry: &Entry, published: &[Version]) -> Vec<Finding> {
    let Some(own) = &entry.version else { return Vec::new() };
    let lines = entry.common.changelog.iter().enumerate();
    let read = lines.filter_map(|(at, written)| Some((at, Line::read(written)?.version)));
    read.filter(|(_, version)| version > own && !published.contains(version))
        .map(|(at, version)| {
            let place = entry.document.place(&format!("/changelog/{at}"));
            let message = format!("{version} is newer than the entry's own version {own}");
            let help = "a number is taken once it stands here; remove the line, or raise `version`";
            Finding::new(&CHANGELOG_LINE_NEWER, place, message).help(help)
        })
        .collect()
}

/// Says whether the changelog has a line for `version`.
pub(super) fn names(entry: &Entry, version: &Version) -> bool {
    entry.common.changelog.iter().filter_map(|line| Line::read(line)).any(|l| l.version == *version)
}

/// Checks that a new version has its line.
pub(super) fn check_entry_for(entry: &Entry, version: &Version) -> Option<Finding> {
    if names(entry, version) {
        return None;
    }
    let message = format!("the changelog has no line for {version}");
    Some(
        Finding::new(&CHANGELOG_ENTRY_MISSING, entry.document.key_place("/changelog"), message)
            .help(format!("add `- \"{version}: what changed\"` at the top, or run `keelmark bump {} -m \"what changed\"`", entry.name.id)),
    )
}

/// Checks that lines of published versions are as they were.
pub(super) fn check_history(old: &Entry, new: &Entry) -> Vec<Finding> {
    let now: Vec<Line> = new.common.changelog.iter().filter_map(|l| Line::read(l)).collect();
    let mut findings = Vec::new();
    for (at, written) in old.common.changelog.iter().enumerate() {
        let Some(before) = Line::read(written) else { continue };
        let same_version = now.iter().position(|line| line.version == before.version);
        let (pointer, what) = match same_version {
            // A version that is withdrawn, or offered again, keeps what was said of it.
            Some(found) if now.get(found).is_some_and(|line| line.kept() == before.kept()) => {
                continue;
            }
            Some(found) => (format!("/changelog/{found}"), "was edited"),
            None => ("/changelog".to_owned(), "was removed"),
        };
        let message = format!("the line of {} {what}", before.version);
        let place = new.document.place(&pointer);
        findings.push(
            Finding::new(&CHANGELOG_HISTORY_REWRITTEN, place, message)
                .related(
                    old.document.place(&format!("/changelog/{at}")),
                    "it was published as this",
                )
                .help("restore it; say what is new in the line of the new version")
                .values(written.clone(), String::new()),
        );
    }
    findings
}
