//! Times in which nothing is released.

use std::collections::BTreeSet;

use super::Request;
use crate::finding::Finding;
use crate::registry::policy::freeze::{Blocked, Freeze, Window};
use crate::release::rules;
use crate::time;

/// Iterates over the windows in which nothing that serves these journeys is released now, in seconds
/// since 1970.
pub fn standing<'a>(
    policy: &'a Freeze,
    journeys: &'a BTreeSet<String>,
    now: i64,
) -> impl Iterator<Item = &'a Window> {
    let blocks = policy.blocks.contains(&Blocked::Release);
    policy.windows.iter().filter(move |window| {
        let concerned = window.journey.as_ref().is_none_or(|journey| journeys.contains(journey));
        // A bound that cannot be read keeps the window shut: a freeze is not lifted by a slip.
        let begun = time::instant(&window.from).is_none_or(|from| from <= now);
        let over = time::instant(&window.until).is_some_and(|until| until <= now);
        blocks && concerned && begun && !over
    })
}

pub(super) fn check(request: &Request<'_>) -> Vec<Finding> {
    let composition = request.composition;
    let Some(policy) = request.freeze else { return Vec::new() };
    standing(policy, request.journeys, request.now)
        .map(|window| {
            let why = window.reason.as_deref().unwrap_or("no reason is given");
            let message = format!("releases are frozen until {}: {why}", window.until);
            let place = composition.loaded.entry.document.place("/version");
            Finding::new(&rules::RELEASE_FROZEN, place, message)
                .entry(&composition.name)
                .help("wait, or change `windows` in `policies/freeze.yaml` in a change of its own")
                .values(window.from.clone(), window.until.clone())
        })
        .collect()
}
