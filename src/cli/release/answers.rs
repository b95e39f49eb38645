//! What a release does to answers: the runs that it cites beside those that the release before cited.

use super::proofs::Proofs;
use super::proposal::Proposal;
use super::scene::Scene;
use crate::cli::failure::Failure;
use crate::cli::shelf::Shelf;
use crate::digest::Digest;
use crate::ledger::kind::Kind;
use crate::registry::policy::gates::Gates;
use crate::release::evidence::changed_answers;
use crate::release::facts::ChangedAnswers;
use crate::release::pack::Pack;
use crate::release::payload::Release;
use crate::schema::PolicyName;

/// Compares the answers, suite by suite. A pack that nobody keeps any more, and runs that cannot be
/// compared, say nothing.
///
/// # Errors
/// When packs or policies cannot be read.
pub(in crate::cli) fn changed(
    scene: &Scene<'_>,
    proposal: &Proposal,
    proofs: &Proofs<'_>,
    shelf: &Shelf,
) -> Result<Vec<ChangedAnswers>, Failure> {
    let Some(tag) = proposal.before.as_ref().and_then(|before| before.tag.as_ref()) else {
        return Ok(Vec::new());
    };
    let mut records = scene.index.about(&tag.name).rev();
    let record = records.find(|record| *record.kind() == Kind::Release);
    let released: Option<Release> =
        record.and_then(|record| serde_json::from_value(record.payload().clone()).ok());
    let Some(released) = released else { return Ok(Vec::new()) };
    let gates = scene.policy::<Gates>(PolicyName::Gates)?;
    let policy = gates.as_ref().map(|read| &read.policy);
    let mut found = Vec::new();
    for cited in &proposal.cited {
        let Some(kept) = proofs.by_record(&cited.record) else { continue };
        let (suite, _) = cited.suite.rsplit_once('@').unwrap_or((&cited.suite, ""));
        let old = released.evidence.iter().find(|run| {
            run.suite.rsplit_once('@').is_some_and(|(other, _)| other == suite)
                && run.model == kept.run.model
        });
        let Some(old) = old.and_then(|run| run.pack) else { continue };
        if old == kept.run.pack {
            continue;
        }
        let (Some(before), Some(after)) = (shelf.read(old)?, shelf.read(kept.run.pack)?) else {
            continue;
        };
        found.extend(compared((&before, old), (&after, kept.run.pack), policy));
    }
    Ok(found)
}

fn compared(
    before: (&[u8], Digest),
    after: (&[u8], Digest),
    policy: Option<&Gates>,
) -> Option<ChangedAnswers> {
    let (before, after) = (Pack::open(before.0, before.1), Pack::open(after.0, after.1));
    let (Ok(before), Ok(after)) = (before, after) else { return None };
    changed_answers(&before, &after, policy).ok().flatten()
}
