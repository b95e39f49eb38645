//! Members that nobody may rely on: not yet, or no longer.

use super::{Request, about};
use crate::checks::{DEP_YANKED, sealed};
use crate::finding::{Finding, Severity};
use crate::registry::changelog::yanked;
use crate::registry::common::Status;
use crate::registry::composite::Role;
use crate::release::composite::{Composition, Member};
use crate::release::rules;
use crate::snapshot::ReadFault;
use crate::time;

/// From how many days before its sunset a member is warned of.
const SOON_DAYS: i64 = 30;

pub(super) fn check(request: &Request<'_>) -> Result<Vec<Finding>, ReadFault> {
    let composition = request.composition;
    let mut findings = Vec::new();
    findings.extend(own(composition));
    for member in composition.everything() {
        if !request.known.is_published(&member.name, &member.version)? {
            let message = format!("`{}` is not published", member.reference());
            findings.push(
                about(composition, member, &rules::MEMBER_UNPUBLISHED, message)
                    .help("merge it first, or pin a version that is published"),
            );
        }
        if is_withdrawn(request, member)? {
            let message = format!("`{}` was withdrawn", member.reference());
            let mut finding = about(composition, member, &DEP_YANKED, message)
                .help("pin a version that is offered");
            finding.severity = Severity::Error;
            findings.push(finding);
        }
        findings.extend(status(composition, member));
        findings.extend(sunset(composition, member, request.now));
        if !request.candidate
            && !composition.version.is_prerelease()
            && member.version.is_prerelease()
        {
            let message = format!("`{}` is a pre-release", member.reference());
            findings.push(
                about(composition, member, &rules::MEMBER_PRERELEASE, message)
                    .help("release it first, or release a candidate with `--rc`"),
            );
        }
        for seal in sealed(&member.loaded) {
            let message = format!("`{}`: {}", member.reference(), seal.message);
            let mut finding = about(composition, member, seal.rule, message)
                .related(seal.place.clone(), "it stands here");
            finding.severity = seal.severity;
            finding.help = seal.help;
            findings.push(finding);
        }
    }
    Ok(findings)
}

/// Says whether the base, or the tree that is released, marks the member's version as withdrawn. The
/// mark is written after the version, so its own content does not have it.
fn is_withdrawn(request: &Request<'_>, member: &Member) -> Result<bool, ReadFault> {
    if request.known.withdrawn(&member.name)?.contains(&member.version) {
        return Ok(true);
    }
    let here = request.source.entry(&member.name, None)?;
    Ok(here.is_some_and(|here| yanked(&here.entry.common.changelog).contains(&member.version)))
}

/// Says that the composite itself is not offered.
fn own(composition: &Composition) -> Option<Finding> {
    let entry = &composition.loaded.entry;
    let word = match entry.common.status {
        Status::Draft => "a draft",
        Status::Removed => "removed",
        Status::Active | Status::Deprecated => return None,
    };
    let message = format!("`{}` is {word}", composition.name);
    let finding = Finding::new(&rules::MEMBER_DRAFT, entry.document.place("/status"), message);
    Some(finding.entry(&composition.name).help("set `status: active`"))
}

fn status(composition: &Composition, member: &Member) -> Option<Finding> {
    let entry = &member.loaded.entry;
    let reference = member.reference();
    let finding = match entry.common.status {
        Status::Active => return None,
        Status::Draft => {
            let message = format!("`{reference}` is a draft, which nobody may rely on");
            about(composition, member, &rules::MEMBER_DRAFT, message)
                .help("publish a version with `status: active` and pin that")
        }
        Status::Removed => {
            let message = format!("`{reference}` is removed");
            about(composition, member, &rules::MEMBER_DRAFT, message)
                .help("pin a version that is offered, or take it out")
        }
        Status::Deprecated => {
            let message = format!("`{reference}` is deprecated");
            let help = entry.common.replaced_by.as_ref().map_or_else(
                || "look for what replaces it".to_owned(),
                |replacement| format!("`{replacement}` replaces it"),
            );
            about(composition, member, &rules::MEMBER_DEPRECATED, message).help(help)
        }
    };
    Some(finding.related(entry.document.place("/status"), "its status"))
}

fn sunset(composition: &Composition, member: &Member, now: i64) -> Option<Finding> {
    let entry = &member.loaded.entry;
    let written = entry.common.sunset.as_deref()?;
    let left = time::days(written)? - now.div_euclid(86_400);
    let reference = member.reference();
    let message = match left {
        ..=0 => format!("`{reference}` is past its sunset of {written}"),
        1..=SOON_DAYS => format!("`{reference}` reaches its sunset on {written}"),
        _ => return None,
    };
    let mut finding = about(composition, member, &rules::MEMBER_SUNSET, message)
        .help("pin what replaces it, or have its owner move the day")
        .related(entry.document.place("/sunset"), "its sunset");
    // What only proves is not asked again.
    if left > 0 || member.role == Role::Evidence {
        finding.severity = Severity::Warning;
    }
    Some(finding)
}
