//! The releases that a repository knows, by their tags.

use crate::cli::failure::Failure;
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

/// Returns the name of the tag of a release.
pub(in crate::cli) fn name_of(prefix: &str, composite: &str, version: &Version) -> String {
    format!("{prefix}{FOLDER}{composite}@{version}")
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

/// Returns the newest release of a composite before a version; candidates do not count.
pub(in crate::cli) fn before<'a>(
    all: &'a [ReleaseTag],
    composite: &str,
    version: Option<&Version>,
) -> Option<&'a ReleaseTag> {
    let own = all.iter().filter(|tag| tag.composite == composite && !tag.version.is_prerelease());
    own.filter(|tag| version.is_none_or(|version| tag.version < *version))
        .max_by(|a, b| a.version.cmp(&b.version))
}
