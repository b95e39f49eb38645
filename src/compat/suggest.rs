//! The smallest free number that a change may have.

use super::step::{Content, Published, StepInput};
use crate::version::{Bump, Version};

/// Suggests the number for a change: the smallest that is free and large enough. Who is on
/// pre-releases stays on them.
pub(super) fn suggested(input: &StepInput<'_>) -> Version {
    let Some(old) = input.old else { return first(input) };
    let required = input.required.max(match old.content {
        Content::Equal => Bump::None,
        Content::Differs => Bump::Patch,
    });
    let own = &old.version;
    let stable = if own.is_prerelease() { input.last_stable } else { Some(own) };
    let free_for_us = || !is_taken(own, input);
    match (old.published, input.last_stable) {
        (Published::Yes, _) if required == Bump::None && !is_contested(own, input) => {
            return own.clone();
        }
        (Published::No, None) if free_for_us() => return own.clone(),
        (Published::No, Some(stable))
            if free_for_us()
                && own > stable
                && own.declared_from(stable, input.zerover) >= required =>
        {
            return own.clone();
        }
        _ => {}
    }
    let reference = match (old.published, input.last_stable) {
        (Published::No, Some(stable)) => Some(stable),
        _ => stable,
    };
    if own.is_prerelease() {
        let release = own.without_labels();
        let large_enough =
            |stable: &Version| own > stable && own.declared_from(stable, input.zerover) >= required;
        let start = if reference.is_none_or(large_enough) && !is_taken(&release, input) {
            following(own)
        } else {
            // What follows must come after the old pre-release, however that came about.
            let from = reference.unwrap_or(&release);
            let levels = [required, Bump::Minor, Bump::Major].into_iter();
            let core = levels
                .filter(|level| *level >= required)
                .map(|level| free(from, level, input))
                .find(|core| *core > release)
                .unwrap_or_else(|| free(&release, Bump::Major, input));
            labelled(&core, &restarted(own))
        };
        return count_up(start, input);
    }
    let reference = reference.unwrap_or(own);
    if input.new.is_prerelease() {
        let core = free(reference, required, input);
        return count_up(labelled(&core, &restarted(input.new)), input);
    }
    free(reference, required, input)
}

/// Returns the smallest release that is `bump` above `from` and free.
pub(super) fn free(from: &Version, bump: Bump, input: &StepInput<'_>) -> Version {
    let bump = bump.max(Bump::Patch);
    let mut version = from.next(bump, input.zerover);
    // Every round leaves a taken number behind, so there are no more rounds than numbers.
    for _ in input.taken {
        if !is_taken(&version, input) {
            break;
        }
        version = version.next(bump, input.zerover);
    }
    version
}

/// A first version keeps its number where that is free.
fn first(input: &StepInput<'_>) -> Version {
    let plain = input.new.to_string();
    let plain = plain.split('+').next().unwrap_or_default();
    let own = plain.parse().unwrap_or_else(|_| input.new.without_labels());
    if !is_taken(&own, input) {
        return own;
    }
    if own.is_prerelease() {
        count_up(following(&own), input)
    } else {
        free(&own, Bump::Patch, input)
    }
}

fn is_taken(version: &Version, input: &StepInput<'_>) -> bool {
    input.taken.iter().any(|taken| taken.version == *version)
}

/// Says whether somebody holds the number with other content.
fn is_contested(version: &Version, input: &StepInput<'_>) -> bool {
    let mut holders = input.taken.iter().filter(|taken| taken.version == *version);
    holders.any(|taken| taken.content == Content::Differs)
}

/// Counts a pre-release up until it comes after all others of its core.
fn count_up(version: Version, input: &StepInput<'_>) -> Version {
    let taken = input.taken.iter().map(|taken| &taken.version);
    match taken.filter(|taken| taken.core() == version.core()).max() {
        Some(last) if last.is_prerelease() && *last >= version => following(last),
        _ => version,
    }
}

/// Returns the next pre-release of the same core: `rc.1` → `rc.2`, `rc` → `rc.1`.
fn following(version: &Version) -> Version {
    let text = label(version);
    let next = match text.rsplit_once('.') {
        Some((head, last)) => match counted(last) {
            Some(next) => format!("{head}.{next}"),
            None => format!("{text}.1"),
        },
        None => counted(&text).map_or_else(|| format!("{text}.1"), |next| next.to_string()),
    };
    labelled(&version.without_labels(), &next)
}

fn counted(text: &str) -> Option<u64> {
    text.parse::<u64>().ok()?.checked_add(1)
}

/// Returns the label of a pre-release with its last number set to 1.
fn restarted(version: &Version) -> String {
    let text = label(version);
    match text.rsplit_once('.') {
        Some((head, last)) if counted(last).is_some() => format!("{head}.1"),
        None if counted(&text).is_some() => "1".to_owned(),
        _ => text,
    }
}

/// Returns what stands between the core and the build metadata.
fn label(version: &Version) -> String {
    let text = version.to_string();
    let text = text.split('+').next().unwrap_or_default();
    text.split_once('-').map(|(_, label)| label.to_owned()).unwrap_or_default()
}

fn labelled(core: &Version, label: &str) -> Version {
    let (major, minor, patch) = core.core();
    format!("{major}.{minor}.{patch}-{label}").parse().unwrap_or_else(|_| core.clone())
}
