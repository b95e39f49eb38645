//! What others did: release tags of the remote, and tags that are here and not there.

use crate::cli::failure::Failure;
use crate::cli::ledger::{Book, Change, refuse_late};
use crate::cli::release::proofs::Proofs;
use crate::cli::release::proposal::Proposal;
use crate::cli::release::tags;
use crate::cli::shelf::{Parcel, Shelf};
use crate::registry::config::Config;
use crate::release::message::Message;
use crate::snapshot::ObjectName;
use crate::vcs::write::{Old, RefUpdate};
use crate::vcs::{Repository, TagObject};
use crate::version::Version;

/// Brings a tag that is here to the remote, behind those of its members and with the records that it
/// lacks.
///
/// # Errors
/// The remote refuses it, or cannot be reached. Also where the release came too late to move its
/// channels: then everything was pushed.
pub(super) fn send(
    book: &mut Book,
    (tag, object): (&str, ObjectName),
    members: &[(String, ObjectName)],
) -> Result<(), Failure> {
    let mut tags = members.to_vec();
    tags.push((format!("refs/tags/{tag}"), object));
    let late = book.settle(true, |book| {
        // NOTE: git refuses to move a tag; one that the remote has already is as it should be.
        let update = |(name, object): &(String, ObjectName)| RefUpdate {
            name: name.clone(),
            new: Some(*object),
            old: Old::Any,
        };
        let references = tags.iter().map(update).collect();
        Ok((Change { chain: book.chain(&[])?, references }, book.late().to_vec()))
    })?;
    refuse_late(&late)
}

/// Brings the packs of the runs that a release cites to the remote, so that a clone can compute its
/// scores again. A pack that nobody keeps any more is not missed: its scores stay attested.
pub(super) fn send_packs(
    repository: &Repository,
    config: &Config,
    (proposal, proofs): (&Proposal, &Proofs<'_>),
    now: i64,
) -> Result<(), Failure> {
    let mut packs = Shelf::open(repository, &config.ledger)?;
    let mut parcels = Vec::new();
    for kept in proposal.cited.iter().filter_map(|cited| proofs.by_record(&cited.record)) {
        let digest = kept.run.pack;
        if let Some(bytes) = packs.read(digest)? {
            let title = format!("{} {}", kept.run.subject(), kept.run.run);
            parcels.push(Parcel { digest, bytes, title });
        }
    }
    let who = repository.identity()?;
    if parcels.is_empty() { Ok(()) } else { packs.keep(&parcels, (&who, now), true) }
}

/// Finds a candidate that is exactly this commit, among those that were not known here: an earlier
/// try came as far as the remote, or somebody else was faster. It gets no second number.
pub(super) fn learned_candidate(
    repository: &Repository,
    proposal: &Proposal,
    learned: &[String],
    commit: ObjectName,
) -> Result<Option<Version>, Failure> {
    let own = &proposal.composition.version;
    let candidates = proposal.releases.recorded.iter().rev().filter(|tag| {
        let of_this = tag.version.is_prerelease() && tag.version.without_labels() == *own;
        of_this && tag.commit == commit && learned.contains(&tag.name)
    });
    for tag in candidates {
        if let Some(found) = repository.reference(&format!("refs/tags/{}", tag.name))?
            && repository.read_tag(found)?.is_some_and(|tag| is_this(&tag, proposal))
        {
            return Ok(Some(tag.version.clone()));
        }
    }
    Ok(None)
}

/// Fetches the release tags of the remote, and returns the names of those that were not here. A tag
/// that says something else here is not overwritten.
pub(super) fn fetch_releases(
    repository: &Repository,
    book: &Book,
    prefix: &str,
) -> Result<Vec<String>, Failure> {
    let Some(remote) = book.remote() else { return Ok(Vec::new()) };
    let folder = format!("refs/tags/{prefix}{}", tags::FOLDER);
    let (mut wanted, mut learned) = (Vec::new(), Vec::new());
    for (name, there) in repository.remote_references(remote, &[&format!("{folder}*")])? {
        match repository.reference(&name)? {
            None => {
                wanted.push(format!("{name}:{name}"));
                learned.extend(name.strip_prefix("refs/tags/").map(ToOwned::to_owned));
            }
            Some(here) if here == there => {}
            Some(_) => {
                let tag = name.strip_prefix("refs/tags/").unwrap_or(&name).to_owned();
                return Err(Failure::integrity(format!("`{tag}` here is not that of `{remote}`"))
                    .hint(format!(
                        "nothing was written; compare `git ls-remote {remote} {name}` with `git \
                         rev-parse {name}`: whoever moved or made one of them has to take it back"
                    )));
            }
        }
    }
    if !wanted.is_empty() {
        let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
        repository.fetch(remote, &wanted)?;
    }
    Ok(learned)
}

/// Says whether a tag is of exactly what is proposed.
pub(super) fn is_this(tag: &TagObject, proposal: &Proposal) -> bool {
    let composition = &proposal.composition;
    Message::parse(&tag.message).is_ok_and(|message| {
        message.composite_digest == composition.entry_digest()
            && message.components == composition.components()
    })
}
