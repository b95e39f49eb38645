//! The releases that a repository knows, by their tags and by the records of the ledger.

use std::collections::BTreeSet;

use crate::cli::failure::Failure;
use crate::cli::ledger::Book;
use crate::escape;
use crate::ledger::channel::ChannelState;
use crate::ledger::find::Index;
use crate::ledger::kind::Kind;
use crate::release::message::Message;
use crate::release::payload::{Release, Rollback};
use crate::snapshot::ObjectName;
use crate::vcs::Repository;
use crate::version::Version;

/// The folder of release tags, behind the prefix of the registry.
pub(in crate::cli) const FOLDER: &str = "release/";

/// A release by its tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct ReleaseTag {
    /// The id of the composite.
    pub composite: String,
    /// The version.
    pub version: Version,
    /// The name of the tag, without `refs/tags/`.
    pub name: String,
    /// The commit that it leads to.
    pub commit: ObjectName,
}

/// The releases of one composite. A tag alone makes none: anybody may make one of any name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::cli) struct Releases {
    /// Tags that are the objects which the ledger has recorded, by version.
    pub recorded: Vec<ReleaseTag>,
    /// Tags of such a name that no record tells of, by version. They take their names and are no
    /// releases.
    pub unrecorded: Vec<ReleaseTag>,
    /// Versions that are recorded and whose tags are not here.
    absent: BTreeSet<Version>,
    /// The tags that a channel was taken back from, and to which none has come again.
    taken_back: BTreeSet<String>,
}

impl Releases {
    /// Reads the releases of a composite.
    ///
    /// # Errors
    /// When a tag cannot be read, or is not the object that the ledger has recorded under its name: who
    /// steps over such a one counts the next release from an older one.
    pub(in crate::cli) fn of(
        repository: &Repository,
        prefix: &str,
        composite: &str,
        index: &Index,
    ) -> Result<Self, Failure> {
        let mut found = Self::default();
        let mut here = BTreeSet::new();
        for tag in all(repository, prefix)?.into_iter().filter(|tag| tag.composite == composite) {
            let object = repository.reference(&format!("refs/tags/{}", tag.name))?;
            here.insert(tag.version.clone());
            if object.is_some_and(|object| is_recorded(index, &tag.name, object)) {
                found.recorded.push(tag);
                continue;
            }
            let known = records(index, &tag.name).next();
            if let (Some(object), Some(release)) = (object, known) {
                return Err(moved(repository, (&tag.name, object), &release.tag_object));
            }
            found.unrecorded.push(tag);
        }
        let told = index.of_kind(&Kind::Release).filter_map(|record| {
            let (named, version) = parse(prefix, record.subject())?;
            (named == composite).then_some(version)
        });
        found.taken_back = taken_back(index);
        found.absent = told.filter(|version| !here.contains(version)).collect();
        Ok(found)
    }

    /// Returns the newest release before a version; candidates do not count.
    ///
    /// # Errors
    /// The ledger tells of a newer one, and its tag is not here.
    pub(in crate::cli) fn before(&self, version: &Version) -> Result<Option<&ReleaseTag>, Failure> {
        let earlier = |other: &Version| !other.is_prerelease() && other < version;
        let found = self.recorded.iter().rfind(|tag| earlier(&tag.version));
        let absent = self.absent.iter().rfind(|other| earlier(other));
        match absent.filter(|absent| found.is_none_or(|found| found.version < **absent)) {
            None => Ok(found),
            Some(absent) => Err(Failure::undecided(format!(
                "the release before is {absent}, as the ledger tells, and its tag is not here"
            ))
            .hint("`git fetch --tags` brings it")),
        }
    }

    /// Returns the newest release before a version that no channel was taken back from: one to go back
    /// to. Where every one was taken back, the newest of them.
    ///
    /// # Errors
    /// As [`Releases::before`].
    pub(in crate::cli) fn good_before(
        &self,
        version: &Version,
    ) -> Result<Option<&ReleaseTag>, Failure> {
        let before = self.before(version)?;
        let good = self.recorded.iter().rfind(|tag| {
            let earlier = !tag.version.is_prerelease() && tag.version < *version;
            earlier && !self.taken_back.contains(&tag.name)
        });
        Ok(good.or(before))
    }

    /// Refuses to judge a version that is released, as the ledger tells, and whose tag is not here.
    ///
    /// # Errors
    /// Where that is so.
    pub(in crate::cli) fn refuse_absent(&self, version: &Version) -> Result<(), Failure> {
        if !self.absent.contains(version) {
            return Ok(());
        }
        Err(Failure::undecided(format!(
            "{version} is released, as the ledger tells, and its tag is not here"
        ))
        .hint("`git fetch --tags` brings it"))
    }

    /// Returns every number that a tag has taken, by version.
    pub(in crate::cli) fn taken(&self) -> Vec<Version> {
        let all = self.recorded.iter().chain(&self.unrecorded);
        let versions: BTreeSet<Version> = all.map(|tag| tag.version.clone()).collect();
        versions.into_iter().collect()
    }
}

/// Refuses to go on where a release is tagged and the ledger that tells of it is not in this clone, or
/// where history is cut off and neither is: the release before would be taken for none.
///
/// # Errors
/// Where that is so, or a tag cannot be read.
pub(in crate::cli) fn refuse_without_ledger(
    repository: &Repository,
    prefix: &str,
    book: &Book,
) -> Result<(), Failure> {
    if !book.is_missing() {
        return Ok(());
    }
    for tag in all(repository, prefix)? {
        if tells_of_release(repository, &tag)? {
            let words = format!("`{}` is here, and the ledger that tells of it is not", tag.name);
            return Err(Failure::undecided(words).hint(book.fetch_words()));
        }
    }
    if book.remote().is_some() && repository.is_shallow() {
        return Err(Failure::undecided(
            "nobody can tell what was released before: history is cut off here, without tags and ledger",
        )
        .hint("`git fetch --unshallow --tags` brings history and tags; the ledger comes next"));
    }
    Ok(())
}

/// Says whether the message of a tag is that of a release. A tag of such a name alone is anybody's.
///
/// # Errors
/// When the tag cannot be read.
pub(in crate::cli) fn tells_of_release(
    repository: &Repository,
    tag: &ReleaseTag,
) -> Result<bool, Failure> {
    let object = repository.reference(&format!("refs/tags/{}", tag.name))?;
    let read = object.map(|object| repository.read_tag(object)).transpose()?.flatten();
    Ok(read.is_some_and(|read| Message::parse(&read.message).is_ok()))
}

/// Returns the tags that a channel was taken back from and that none was brought back to since.
fn taken_back(index: &Index) -> BTreeSet<String> {
    let mut bad = BTreeSet::new();
    for record in index.of_kind(&Kind::Rollback) {
        let read: Result<Rollback, _> = serde_json::from_value(record.payload().clone());
        let Ok(rollback) = read else { continue };
        bad.remove(&rollback.tag);
        if !rollback.channels.values().any(ChannelState::is_forward) {
            bad.insert(rollback.from.tag);
        }
    }
    bad
}

/// Returns the failure that a release tag was moved: what it is here, what was recorded, and how it
/// comes back.
pub(in crate::cli) fn moved(
    repository: &Repository,
    (tag, here): (&str, ObjectName),
    recorded: &str,
) -> Failure {
    let shown = escape::line(tag);
    let recorded_here = ObjectName::parse(recorded)
        .filter(|object| repository.read_tag(*object).is_ok_and(|read| read.is_some()));
    let back = match recorded_here {
        Some(object) => format!("`git update-ref refs/tags/{shown} {object}` puts it back"),
        None => format!(
            "`git fetch --force {} refs/tags/{shown}:refs/tags/{shown}` brings it back from where it was not moved",
            remote(repository)
        ),
    };
    Failure::integrity(format!(
        "the tag `{shown}` is the object {here}, and the ledger recorded {}",
        escape::line(recorded)
    ))
    .hint(format!("a release tag is never moved: {back}"))
}

/// Returns the remote that a message names.
pub(in crate::cli) fn remote(repository: &Repository) -> String {
    let names = repository.remotes();
    let usual = names.iter().find(|name| *name == "origin").or_else(|| names.first());
    usual.map_or_else(|| "REMOTE".to_owned(), |name| escape::line(name))
}

/// Says whether the ledger tells of a release by this tag's object.
fn is_recorded(index: &Index, tag: &str, object: ObjectName) -> bool {
    records(index, tag).any(|release| release.tag_object == object.to_string())
}

/// Returns the commit of a release, as the ledger recorded it.
pub(in crate::cli) fn recorded_commit(index: &Index, tag: &str) -> Option<ObjectName> {
    records(index, tag).find_map(|release| ObjectName::parse(&release.commit))
}

/// Returns what the ledger tells of the release by a tag, the oldest record first.
fn records(index: &Index, tag: &str) -> impl Iterator<Item = Release> {
    let own = index.about(tag).filter(|record| *record.kind() == Kind::Release);
    own.filter_map(|record| serde_json::from_value(record.payload().clone()).ok())
}

/// Returns the name of the tag of a release.
pub(in crate::cli) fn name_of(prefix: &str, composite: &str, version: &Version) -> String {
    format!("{prefix}{FOLDER}{composite}@{version}")
}

/// How many releases a message names.
pub(in crate::cli) const NAMED: usize = 5;

/// Names the newest versions of a composite, the newest first. `versions` are sorted.
pub(in crate::cli) fn newest<'a>(
    composite: &str,
    versions: impl DoubleEndedIterator<Item = &'a Version>,
) -> String {
    let newest = versions.rev().take(NAMED).map(|version| format!("`{composite}@{version}`"));
    newest.collect::<Vec<_>>().join(", ")
}

/// Reads the name of a release tag: the id of the composite and the version.
pub(in crate::cli) fn parse(prefix: &str, name: &str) -> Option<(String, Version)> {
    let (composite, version) = name.strip_prefix(prefix)?.strip_prefix(FOLDER)?.rsplit_once('@')?;
    Some((composite.to_owned(), version.parse().ok()?))
}

/// Returns every release, sorted by composite and version: names and times of tags say nothing.
///
/// # Errors
/// When a tag cannot be read.
pub(in crate::cli) fn all(
    repository: &Repository,
    prefix: &str,
) -> Result<Vec<ReleaseTag>, Failure> {
    let tags = repository.tags(&format!("{prefix}{FOLDER}"))?;
    let mut found: Vec<ReleaseTag> = tags
        .into_iter()
        .filter_map(|(name, commit)| {
            let (composite, version) = parse(prefix, &name)?;
            Some(ReleaseTag { composite, version, name, commit })
        })
        .collect();
    found.sort_by(|a, b| (&a.composite, &a.version).cmp(&(&b.composite, &b.version)));
    Ok(found)
}
