//! Times in which nothing is released.

use super::Request;
use crate::finding::Finding;
use crate::registry::policy::freeze::{Blocked, Window};
use crate::release::rules;
use crate::time;

pub(super) fn check(request: &Request<'_>) -> Vec<Finding> {
    let composition = request.composition;
    let Some(policy) = request.freeze.filter(|policy| policy.blocks.contains(&Blocked::Release))
    else {
        return Vec::new();
    };
    let holds = |window: &&Window| {
        let concerned =
            window.journey.as_ref().is_none_or(|journey| request.journeys.contains(journey));
        // A bound that cannot be read keeps the window shut: a freeze is not lifted by a slip.
        let begun = time::instant(&window.from).is_none_or(|from| from <= request.now);
        let over = time::instant(&window.until).is_some_and(|until| until <= request.now);
        concerned && begun && !over
    };
    policy
        .windows
        .iter()
        .filter(holds)
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
