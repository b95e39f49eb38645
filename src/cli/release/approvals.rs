//! Who approved a composition, and may.

use super::scene::Scene;
use super::tags::ReleaseTag;
use crate::cli::failure::Failure;
use crate::ledger::kind::Kind;
use crate::release::composite::Composition;
use crate::release::facts::Approval;
use crate::release::payload;
use crate::time;
use crate::vcs::Repository;

/// Returns the approvals that count: of exactly this composition, signed by a key that is listed for
/// one of the `approvers`, who wrote nothing of what changed since the release before.
///
/// # Errors
/// When signatures cannot be checked, or history cannot be read.
pub(in crate::cli) fn of(
    scene: &Scene<'_>,
    repository: &Repository,
    composition: &Composition,
    since: Option<&ReleaseTag>,
) -> Result<Vec<Approval>, Failure> {
    let subject = format!("{}@{}", composition.name, composition.version);
    let digest = composition.digest();
    let mut found: Vec<Approval> = Vec::new();
    let mut authors = None;
    for record in scene.index.about(&subject).filter(|r| *r.kind() == Kind::Approval) {
        let Ok(said) = serde_json::from_value::<payload::Approval>(record.payload().clone()) else {
            continue;
        };
        if said.composed.digest != digest || !scene.trusted.approvers.contains(&said.principal) {
            continue;
        }
        if scene.notary.principal(record)?.as_ref() != Some(&said.principal) {
            continue;
        }
        if authors.is_none()
            && let Some(head) = repository.head()?
        {
            let from = since.map(|tag| tag.commit);
            authors = Some(repository.authors(from, head, &[scene.layout.root().clone()])?);
        }
        let wrote = authors.as_ref().is_some_and(|a| a.contains(&said.principal.to_lowercase()));
        if !wrote && found.iter().all(|known| known.principal != said.principal) {
            let at = time::moment(record.at());
            found.push(Approval { principal: said.principal, at });
        }
    }
    Ok(found)
}
