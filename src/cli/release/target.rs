//! A release that a channel may go back to, proved from the tip of the ledger and its tag alone.

use std::collections::BTreeSet;

use crate::cli::commands::export;
use crate::cli::composite::{self, Found, Standpoint};
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::ledger::Book;
use crate::cli::release::tags;
use crate::digest::Digest;
use crate::escape;
use crate::ident::{EntryId, EntryName, EntryRef, Kind, Wanted};
use crate::ledger::channel::{self, ChannelState};
use crate::ledger::find::Index;
use crate::ledger::kind::Kind as RecordKind;
use crate::ledger::record::Record;
use crate::ledger::verify::citations;
use crate::release::composite::Composition;
use crate::release::message::Message;
use crate::release::payload::Release;
use crate::release::rollback::{self, Direction};
use crate::snapshot::ObjectName;
use crate::vcs::{Repository, TagObject};
use crate::version::Version;

/// A release, by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Named {
    /// The composite.
    pub composite: EntryName,
    /// The version.
    pub version: Version,
    /// The tag, its prefix included.
    pub tag: String,
}

impl Named {
    /// Reads the name of a release tag.
    pub(in crate::cli) fn by_tag(prefix: &str, tag: &str) -> Option<Self> {
        let (composite, version) = tags::parse(prefix, tag)?;
        let id: EntryId = composite.parse().ok()?;
        let composite = EntryName::new(Kind::Composite, id);
        Some(Self { composite, version, tag: tag.to_owned() })
    }

    /// Reads what somebody typed: `support_copilot@1.7.3`, `1.7.3` of the composite that is live, or
    /// the tag.
    ///
    /// # Errors
    /// It names no release.
    pub(in crate::cli) fn typed(prefix: &str, live: &str, text: &str) -> Result<Self, Failure> {
        if let Some(named) = Self::by_tag(prefix, text.strip_prefix("refs/tags/").unwrap_or(text)) {
            return Ok(named);
        }
        let (id, version) = match text.parse::<Version>() {
            Ok(version) => (live.parse().ok(), Some(version)),
            Err(_) => match text.parse::<EntryRef>() {
                Ok(EntryRef {
                    kind: None | Some(Kind::Composite),
                    id,
                    wanted: Wanted::Exact(version),
                }) => (Some(id), Some(version)),
                _ => (None, None),
            },
        };
        let (Some(id), Some(version)) = (id, version) else {
            return Err(Failure::usage(format!("`{text}` names no release")).hint(format!(
                "write a composite with its version, such as `{live}@1.7.3`, or a release tag"
            )));
        };
        let tag = tags::name_of(prefix, id.as_str(), &version);
        Ok(Self { composite: EntryName::new(Kind::Composite, id), version, tag })
    }
}

/// What the ledger has of a release.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::cli) struct Recorded {
    /// The record.
    pub record: Record,
    /// What it says, as far as this Keelmark understands it.
    pub release: Option<Release>,
    /// The tag objects that it and others of the same release name; one, unless somebody lies.
    pub objects: BTreeSet<String>,
    /// The digests of its bundle; likewise.
    pub bundles: BTreeSet<Digest>,
}

impl Recorded {
    /// Finds the record of a release, also among those that were archived.
    pub(in crate::cli) fn find(book: &Book, index: &Index, tag: &str) -> Option<Self> {
        Self::among(index.about(tag), tag).or_else(|| {
            // Archives lie in history; where that is cut off, nothing was found.
            Self::among(book.archived().unwrap_or_default().iter(), tag)
        })
    }

    /// Finds the record of a release without reading the others: it was made in the second in which
    /// its tag says that it was made. Only where nothing is there, all are read.
    ///
    /// # Errors
    /// When the ledger cannot be read at all.
    pub(in crate::cli) fn at(
        book: &Book,
        tag: &str,
        seconds: i64,
    ) -> Result<Option<Self>, Failure> {
        if let Some(found) = Self::among(book.made_at(seconds)?.iter(), tag) {
            return Ok(Some(found));
        }
        Ok(Self::find(book, &book.sound()?.0, tag))
    }

    fn among<'r>(records: impl Iterator<Item = &'r Record>, tag: &str) -> Option<Self> {
        let is_it =
            |record: &&Record| *record.kind() == RecordKind::Release && record.subject() == tag;
        let records: Vec<Record> = records.filter(is_it).cloned().collect();
        let mut found = Self {
            record: records.last()?.clone(),
            release: None,
            objects: BTreeSet::new(),
            bundles: BTreeSet::new(),
        };
        for record in &records {
            let cited = citations(record).into_iter();
            found.objects.extend(cited.filter(|(name, _)| name == tag).map(|(_, object)| object));
            let states = channel::moves(record).unwrap_or_default();
            let states = states.iter().filter_map(|channel| channel.state().ok());
            found.bundles.extend(states.filter_map(|state| state.bundle));
            found.release = serde_json::from_value(record.payload().clone()).ok();
        }
        Some(found)
    }
}

/// A release whose tag is the one that was recorded.
pub(in crate::cli) struct Target {
    /// Its name.
    pub named: Named,
    /// The tag object.
    pub object: ObjectName,
    /// What is in it.
    pub written: TagObject,
    /// What it says.
    pub message: Message,
    /// What the ledger has of it.
    pub recorded: Option<Recorded>,
}

/// A release whose members are all at hand.
pub(in crate::cli) struct Made {
    /// The tree that its tag leads to.
    pub standpoint: Standpoint,
    /// The composition.
    pub composition: Composition,
    /// The digest of its bundle.
    pub bundle: Digest,
}

impl Target {
    /// Finds the tag of a release and holds it against the ledger.
    ///
    /// # Errors
    /// The tag is not here; it is not the object that the ledger recorded, or no release tag, which
    /// is a failure of integrity.
    pub(in crate::cli) fn find(
        repository: &Repository,
        remote: Option<&str>,
        named: Named,
        recorded: Option<Recorded>,
    ) -> Result<Self, Failure> {
        let shown = escape::line(&named.tag);
        let object = repository.reference(&format!("refs/tags/{}", named.tag))?;
        let object = object.ok_or_else(|| {
            Failure::undecided(format!("the tag `{shown}` is not here"))
                .hint(format!("`git fetch {} tag {shown}` brings it", remote.unwrap_or("REMOTE")))
        })?;
        let other = recorded.as_ref().and_then(|recorded| {
            recorded.objects.iter().find(|known| **known != object.to_string())
        });
        if let Some(other) = other {
            return Err(Failure::integrity(format!(
                "the tag `{shown}` is the object {object}, and the ledger recorded {}",
                escape::line(other)
            ))
            .hint("a release tag is never moved: take another target with `--to`, and let `keelmark verify --all` say what is false"));
        }
        let no_release = |why: String| {
            Failure::integrity(format!("`{shown}` is no release tag: {why}"))
                .hint("take another target with `--to`; `keelmark ledger log --kind release` lists releases")
        };
        let written = repository
            .read_tag(object)?
            .ok_or_else(|| no_release("it is not annotated".to_owned()))?;
        let message =
            Message::parse(&written.message).map_err(|fault| no_release(fault.to_string()))?;
        let says = (message.composite.as_str(), &message.version);
        if written.name != named.tag || says != (named.composite.id.as_str(), &named.version) {
            return Err(no_release(format!(
                "it says that it is `{}`, {} {}",
                escape::line(&written.name),
                escape::line(&message.composite),
                message.version
            )));
        }
        Ok(Self { named, object, written, message, recorded })
    }

    /// Reads the release where its tag leads and makes its bundle.
    ///
    /// # Errors
    /// A member is not at hand or cannot run; a digest is not the recorded one, which is a failure of
    /// integrity.
    pub(in crate::cli) fn make(&self, context: &Context) -> Result<Made, Failure> {
        let Named { composite, version, tag } = &self.named;
        let Found { standpoint, loaded } = composite::tagged(context, tag, composite, version)?;
        let (composition, bundle) = {
            let past = standpoint.past();
            let trees = standpoint.trees(&past);
            let composition = composite::resolve(&trees, loaded)?;
            let bundle = export::make(&standpoint, &trees, &composition)?.digest;
            (composition, bundle)
        };
        let refuse = |what: &str, now: Digest, (who, then): (&str, Digest)| {
            if now == then {
                return Ok(());
            }
            let words =
                format!("the {what} digest of `{}` is {now}, and {who} {then}", escape::line(tag));
            Err(Failure::integrity(words).hint(
                "take another target with `--to`, and let `keelmark verify --all` say what is false",
            ))
        };
        let (entry, whole) = (composition.entry_digest(), composition.digest());
        refuse("entry", entry, ("its tag says", self.message.composite_digest))?;
        let release = self.recorded.as_ref().and_then(|recorded| recorded.release.as_ref());
        if let Some(release) = release {
            refuse("entry", entry, ("the ledger recorded", release.composite_digest))?;
            refuse("composition", whole, ("the ledger recorded", release.composed.digest))?;
        }
        for recorded in self.recorded.iter().flat_map(|recorded| &recorded.bundles) {
            refuse("bundle", bundle, ("the ledger recorded", *recorded))?;
        }
        Ok(Made { standpoint, composition, bundle })
    }
}

/// Judges the way from what is live to a target, and returns what is live; says why where it cannot
/// be judged.
///
/// # Errors
/// The sentence that says why.
pub(in crate::cli) fn direction(
    context: &Context,
    repository: &Repository,
    (live, target): (&ChannelState, &Composition),
) -> Result<(Direction, Composition), String> {
    let shown = escape::line(&live.tag);
    let object = repository.reference(&format!("refs/tags/{}", live.tag));
    match object.map_err(|error| error.to_string())? {
        None => return Err(format!("the tag `{shown}` of what is live is not here")),
        Some(object) if object.to_string() != live.tag_object => {
            return Err(format!("the tag `{shown}` is not the one that the ledger recorded"));
        }
        Some(_) => {}
    }
    let (Ok(id), Ok(version)) = (live.composite.parse::<EntryId>(), live.version.parse()) else {
        return Err(format!("nothing is called `{}`", escape::line(&live.composite)));
    };
    let read = || -> Result<Composition, Failure> {
        let name = EntryName::new(Kind::Composite, id);
        let found = composite::tagged(context, &live.tag, &name, &version)?;
        let past = found.standpoint.past();
        composite::resolve(&found.standpoint.trees(&past), found.loaded)
    };
    let composition = read().map_err(|failure| failure.message().to_owned())?;
    Ok((rollback::direction(&composition, target, context.now()), composition))
}
