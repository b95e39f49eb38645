//! The way back: what `rollback_to` names, of the composite and of its members.

use super::{Request, about};
use crate::checks::{ROLLBACK_TARGET_INCOMPATIBLE, ROLLBACK_TARGET_MISSING};
use crate::finding::{Finding, Severity};
use crate::registry::changelog::Line;
use crate::registry::reason;
use crate::release::composite::Composition;
use crate::release::rollback::{Break, direction};
use crate::release::rules;
use crate::snapshot::ReadFault;
use crate::version::{Bump, Version, Zerover};

/// How many of those who break are named.
const SHOWN: usize = 5;

pub(super) fn check(request: &Request<'_>) -> Result<Vec<Finding>, ReadFault> {
    let composition = request.composition;
    let mut findings: Vec<Finding> = composite(request).into_iter().collect();
    for member in composition.runtime() {
        let written = member.loaded.entry.common.rollback_to.as_deref();
        let Some(version) = written.and_then(|text| text.parse::<Version>().ok()) else { continue };
        if request.source.entry(&member.name, Some(&version))?.is_none() {
            let message = format!(
                "`{}` goes back to {version}, whose content is neither in the tree nor in history",
                member.reference()
            );
            let place = member.loaded.entry.document.place("/rollback_to");
            let mut finding = about(composition, member, &ROLLBACK_TARGET_MISSING, message)
                .help("name a version that was published, in a new version of the member")
                .related(place, "it stands here");
            finding.severity = Severity::Error;
            findings.push(finding);
        }
    }
    Ok(findings)
}

/// Returns why the composite is released although going back to this version breaks callers. Words
/// about another version say nothing about this one.
fn accepted(composition: &Composition, target: &Version) -> Option<String> {
    let written = composition.body()?.rollback_breaks.as_deref()?;
    let line = Line::read(written).filter(|line| line.version == *target)?;
    reason::read(&line.text).map(ToOwned::to_owned)
}

/// Returns the version that the composite's `rollback_breaks` is about.
fn answers_for(composition: &Composition) -> Option<Version> {
    let written = composition.body()?.rollback_breaks.as_deref()?;
    Some(Line::read(written)?.version)
}

fn composite(request: &Request<'_>) -> Option<Finding> {
    let composition = request.composition;
    let entry = &composition.loaded.entry;
    let say = |rule, message: String| {
        Finding::new(rule, entry.document.place("/rollback_to"), message).entry(&composition.name)
    };
    let help = "name a released version; `keelmark release prepare` writes the last one";
    let Some(written) = entry.common.rollback_to.as_deref() else {
        // Before the first release there is nothing to go back to.
        let message = format!("`{}` names no release to go back to", composition.name);
        return (!request.first)
            .then(|| say(&rules::ROLLBACK_TARGET_UNRELEASED, message).help(help));
    };
    let Some(target) = request.target else {
        let message =
            format!("there is no release {} of `{}`", written.escape_debug(), composition.name);
        let help =
            if request.first { "leave `rollback_to` out of the first release" } else { help };
        return Some(
            say(&rules::ROLLBACK_TARGET_UNRELEASED, message)
                .help(help)
                .values(String::new(), written),
        );
    };
    let found = direction(composition, target, request.now);
    if found.compatible() {
        return None;
    }
    let who = |one: &Break| format!("{}: {}", one.who, one.text);
    let mut breaks: Vec<String> = found.breaks.iter().take(SHOWN).map(who).collect();
    let more = found.breaks.len().saturating_sub(SHOWN);
    if more > 0 {
        breaks.push(format!("and {more} more"));
    }
    let message = format!(
        "going back from {} to {} breaks {}",
        composition.version,
        target.version,
        breaks.join("; ")
    );
    if let Some(reason) = accepted(composition, &target.version) {
        let mut finding = say(
            &ROLLBACK_TARGET_INCOMPATIBLE,
            format!("{message}; it is released all the same: {reason}"),
        );
        finding.severity = Severity::Warning;
        return Some(finding.help("a rollback has to be forced, with a reason"));
    }
    let answered = answers_for(composition);
    let message = match &answered {
        Some(own) if *own == target.version => {
            format!("{message}; `rollback_breaks` gives no reason: expected {}", reason::EXPECTED)
        }
        Some(other) => {
            format!(
                "{message}; `rollback_breaks` answers for going back to {other}, and not for this"
            )
        }
        None => message,
    };
    let mut finding = say(&ROLLBACK_TARGET_INCOMPATIBLE, message)
        .help(format!(
            "keep what callers use, name a target that serves them, or answer for it: `rollback_breaks: \"{}: REASON\"`",
            target.version
        ))
        .values(target.version.to_string(), composition.version.to_string());
    if answered.is_some() {
        let place = entry.document.place("/rollback_breaks");
        let words = match &answered {
            Some(own) if *own == target.version => "it says nothing",
            _ => "it answers for another version",
        };
        finding = finding.related(place, words);
    }
    // Within one major version callers may not have met what is new; across one they have to.
    let step = composition.version.declared_from(&target.version, Zerover::Cargo);
    if step < Bump::Major {
        finding.severity = Severity::Warning;
    }
    Some(finding)
}
