//! `rollback_to`: the version to go back to.

use crate::finding::{Family, Finding, Rule};
use crate::registry::changelog::yanked;
use crate::registry::entry::Entry;
use crate::version::Version;

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
