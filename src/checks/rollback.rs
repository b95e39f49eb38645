//! `rollback_to`: the version to go back to.

use crate::compat::change::Change;
use crate::finding::{Family, Finding, Rule, Severity};
use crate::registry::changelog::yanked;
use crate::registry::entry::Entry;
use crate::version::{Bump, Version, Zerover};

use super::changelog;

/// The target is not older.
pub(super) static ROLLBACK_TARGET_NEWER: Rule = Rule::error(
    "rollback-target-newer",
    Family::Version,
    "`rollback_to` names a newer version than the entry's own",
);
/// The target is the version itself.
pub(super) static ROLLBACK_TARGET_SELF: Rule = Rule::error(
    "rollback-target-self",
    Family::Version,
    "`rollback_to` names the entry's own version",
);
/// The target was withdrawn.
pub(super) static ROLLBACK_TARGET_YANKED: Rule = Rule::error(
    "rollback-target-yanked",
    Family::Version,
    "`rollback_to` names a version that was withdrawn",
);
/// The target never was.
pub static ROLLBACK_TARGET_MISSING: Rule = Rule::error(
    "rollback-target-missing",
    Family::Version,
    "`rollback_to` names a version that was neither published nor stands in the changelog",
);
/// The target is only known by its number.
pub(super) static ROLLBACK_TARGET_UNPUBLISHED: Rule = Rule::warning(
    "rollback-target-unpublished",
    Family::Version,
    "`rollback_to` is known from the changelog only; a release needs its content",
);

/// A way back that breaks callers.
pub static ROLLBACK_TARGET_INCOMPATIBLE: Rule = Rule::error(
    "rollback-target-incompatible",
    Family::Release,
    "going back would break callers across a major version; a warning within one, before a release, and where `rollback_breaks` answers for it",
)
.down_to(Severity::Warning);

/// How many of those who break are named.
const SHOWN: usize = 3;

/// Returns the published version to go back to, where a major version lies between: whoever met the
/// new contract had to follow it.
pub(super) fn across(entry: &Entry, published: &[Version]) -> Option<Version> {
    let target: Version = entry.common.rollback_to.as_deref()?.parse().ok()?;
    let own = entry.version.as_ref()?;
    let step = own.declared_from(&target, Zerover::Cargo);
    (target < *own && step == Bump::Major && published.contains(&target)).then_some(target)
}

/// Says that the way back breaks callers. `back` are the changes from this content to the target's.
pub(super) fn direction(entry: &Entry, target: &Version, back: &[Change]) -> Option<Finding> {
    let seen = [Family::Input, Family::Output];
    let breaks = back.iter().filter(|c| c.bump == Bump::Major && seen.contains(&c.rule.family));
    let breaks: Vec<String> =
        breaks.take(SHOWN).map(|c| format!("{} ({})", c.note, c.rule.id)).collect();
    if breaks.is_empty() {
        return None;
    }
    let own = entry.version.as_ref()?;
    let message =
        format!("going back from {own} to {target} breaks callers: {}", breaks.join("; "));
    let place = entry.document.place("/rollback_to");
    let mut finding = Finding::new(&ROLLBACK_TARGET_INCOMPATIBLE, place, message)
        .help("make callers independent of the change first, or name a target that serves them")
        .values(target.to_string(), own.to_string());
    finding.severity = Severity::Warning;
    Some(finding)
}

/// Checks the target against the versions that were published.
pub(super) fn check(entry: &Entry, published: &[Version]) -> Option<Finding> {
    let written = entry.common.rollback_to.as_deref()?;
    let place = entry.document.place("/rollback_to");
    // A text that is no version is the schema's or the version rules' to refuse.
    let Ok(target) = written.parse::<Version>() else {
        let message = format!("`{}` is no version", written.escape_debug());
        let help = "write a published version, such as `\"2.2.0\"`";
        return Some(Finding::new(&ROLLBACK_TARGET_MISSING, place, message).help(help));
    };
    let own = entry.version.as_ref()?;
    let (rule, message) = if target == *own {
        (&ROLLBACK_TARGET_SELF, format!("{target} is the entry's own version"))
    } else if target > *own {
        (&ROLLBACK_TARGET_NEWER, format!("{target} is newer than {own}"))
    } else if yanked(&entry.common.changelog).contains(&target) {
        (&ROLLBACK_TARGET_YANKED, format!("{target} was withdrawn"))
    } else if published.contains(&target) {
        return None;
    } else if changelog::names(entry, &target) {
        (
            &ROLLBACK_TARGET_UNPUBLISHED,
            format!(
                "{target} stands in the changelog; its content is not in the history of the base"
            ),
        )
    } else {
        (&ROLLBACK_TARGET_MISSING, format!("there is no version {target}"))
    };
    Some(
        Finding::new(rule, place, message)
            .help("name an older version that was published")
            .values(String::new(), written.to_owned()),
    )
}
