//! The end of an entry's life: announced, with time to move, and never taken back.
//!
//! What day it is is handed in: the day of the base's tip, so that a check stays a function of two
//! trees and says the same in a year.

use crate::finding::{Family, Finding, Rule};
use crate::registry::common::Status;
use crate::registry::config::Config;
use crate::registry::entry::Entry;
use crate::time;

/// A deprecation without an end.
pub(super) static SUNSET_MISSING: Rule = Rule::error(
    "sunset-missing",
    Family::Metadata,
    "an entry is deprecated and does not say until when it may be used",
);
/// An end that leaves no time.
pub(super) static SUNSET_TOO_SOON: Rule = Rule::error(
    "sunset-too-soon",
    Family::Metadata,
    "a deprecation leaves less time than `versioning.grace_days`",
);
/// An end that comes nearer.
pub(super) static SUNSET_MOVED_EARLIER: Rule = Rule::error(
    "sunset-moved-earlier",
    Family::Metadata,
    "the day until which an entry may be used was moved to an earlier one",
);
/// An end before the announced one.
pub(super) static REMOVED_BEFORE_SUNSET: Rule = Rule::error(
    "removed-before-sunset",
    Family::Metadata,
    "an entry was removed before the day until which it may be used, or without one",
);

/// Seconds of a day.
const DAY: i64 = 86_400;

/// Checks what an entry says of its end.
pub(super) fn check(entry: &Entry) -> Option<Finding> {
    let common = &entry.common;
    let open = common.status == Status::Deprecated && common.sunset.is_none();
    // A day that is none was refused by the schema, and is not missing.
    let unwritten = entry.document.value().get("sunset").is_none();
    (open && unwritten).then(|| {
        let message = format!("`{}` is deprecated, and `sunset` is not given", entry.name);
        Finding::new(&SUNSET_MISSING, entry.document.place("/status"), message)
            .help("write the day from which it may be removed, such as `sunset: 2027-02-01`")
    })
}

/// Checks what a change makes of the end that was announced. `today` is in seconds since 1970.
pub(super) fn step(old: &Entry, new: &Entry, trusted: &Config, today: Option<i64>) -> Vec<Finding> {
    let (before, after) = (&old.common, &new.common);
    let day = |text: Option<&str>| text.and_then(time::days);
    let (was, is) = (day(before.sunset.as_deref()), day(after.sunset.as_deref()));
    let mut findings = Vec::new();
    if before.status == Status::Draft {
        return findings;
    }
    let at = |pointer: &str| new.document.place(pointer);
    let values = |finding: Finding| {
        let word = |text: &Option<String>| text.clone().unwrap_or_default();
        let shown = finding.values(word(&before.sunset), word(&after.sunset));
        match before.sunset {
            Some(_) => shown.related(old.document.place("/sunset"), "it was"),
            None => shown,
        }
    };
    if let (Some(was), Some(is)) = (was, is)
        && is < was
    {
        let message = format!("`{}` may be used {} days less than announced", new.name, was - is);
        let help = "keep the day, or move it to a later one";
        findings
            .push(values(Finding::new(&SUNSET_MOVED_EARLIER, at("/sunset"), message).help(help)));
    }
    let Some(today) = today.map(|seconds| seconds.div_euclid(DAY)) else { return findings };
    let announced =
        before.status != Status::Deprecated || was.is_none_or(|was| is.is_some_and(|is| is < was));
    let grace = i64::from(trusted.versioning.grace_days);
    if after.status == Status::Deprecated
        && announced
        && let Some(left) = is.map(|is| is - today).filter(|left| *left < grace)
    {
        let message = format!(
            "`{}` may be used for {} more days; {grace} are to be left (`versioning.grace_days`)",
            new.name,
            left.max(0)
        );
        let first = time::date((today + grace) * DAY);
        let help = format!("write `sunset: {first}` or a later day");
        findings.push(values(Finding::new(&SUNSET_TOO_SOON, at("/sunset"), message).help(help)));
    }
    if after.status == Status::Removed && before.status != Status::Removed {
        findings.extend(removed(old, was, today).map(|(message, help)| {
            values(Finding::new(&REMOVED_BEFORE_SUNSET, at("/status"), message).help(help))
        }));
    }
    findings
}

/// Says why it is too early to remove an entry, and what to do instead.
fn removed(old: &Entry, sunset: Option<i64>, today: i64) -> Option<(String, String)> {
    let name = &old.name;
    let deprecate = "publish a version with `status: deprecated` and a `sunset` first";
    match sunset {
        Some(sunset) if sunset <= today => None,
        Some(sunset) => {
            let (last, left) = (time::date(sunset * DAY), sunset - today);
            let message = format!("`{name}` may be used until {last}, which is in {left} days");
            Some((message, format!("keep it until {last}")))
        }
        None => Some((
            format!("`{name}` was never announced to end: it has no `sunset`"),
            deprecate.to_owned(),
        )),
    }
}
