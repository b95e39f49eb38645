//! Names of commits.

use gix::bstr::BStr;
use gix::glob::wildmatch::Mode as Wildcards;

use super::error::VcsError;
use super::open::Repository;
use super::reftable::Listed;
use super::store::{Store, from_gix};
use crate::snapshot::ObjectName;

/// A branch and the commit at its tip.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Branch {
    /// The full name of its reference.
    pub name: String,
    /// The commit.
    pub commit: ObjectName,
}

impl Repository {
    /// Returns the commit that a revision names, as `git rev-parse REVISION^{commit}` would.
    ///
    /// # Errors
    /// When it names none.
    pub fn resolve(&self, revision: &str) -> Result<ObjectName, VcsError> {
        self.store.resolve(revision)
    }

    /// Returns the commit that is checked out; `None` before the first one.
    ///
    /// # Errors
    /// When `HEAD` cannot be read.
    pub fn head(&self) -> Result<Option<ObjectName>, VcsError> {
        self.store.head()
    }

    /// Returns the full name of the branch that is checked out, even before its first commit; `None`
    /// where `HEAD` names a commit.
    ///
    /// # Errors
    /// When `HEAD` cannot be read.
    pub fn head_branch(&self) -> Result<Option<String>, VcsError> {
        self.store.head_reference()
    }

    /// Returns the names of the remotes, sorted.
    #[must_use]
    pub fn remotes(&self) -> Vec<String> {
        let names = |repo: &gix::Repository| {
            repo.remote_names().iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let mut names = self.store.with(names);
        names.sort();
        names
    }

    /// Returns the object that a reference names, by the reference's full name. That of an annotated
    /// tag is the tag, not what is tagged.
    ///
    /// # Errors
    /// When the reference cannot be read.
    pub fn reference(&self, full: &str) -> Result<Option<ObjectName>, VcsError> {
        if self.store.beyond.references {
            return Ok(self.store.listed_reference(full)?.map(|listed| listed.object));
        }
        self.store
            .with(|repo| {
                if gix::refs::FullName::try_from(full).is_err() {
                    return Ok(None);
                }
                let Some(mut found) = repo.try_find_reference(full)? else { return Ok(None) };
                // NOTE: git also finds `refs/tags/refs/heads/…` under this name, which anybody may push.
                if found.name().as_bstr() != full {
                    return Ok(None);
                }
                Ok(Some(from_gix(&found.follow_to_object()?)))
            })
            .map_err(|_: gix::Error| VcsError::Broken { name: full.to_owned() })
    }

    /// Returns the references whose full names start with `prefix`, such as `refs/tags/release/`,
    /// and the objects that they name, by name. Annotated tags are not followed.
    ///
    /// # Errors
    /// When a reference cannot be read.
    pub fn references_below(&self, prefix: &str) -> Result<Vec<(String, ObjectName)>, VcsError> {
        if self.store.beyond.references {
            let listed = self.store.listed_references(prefix)?.into_iter();
            return Ok(listed.map(|listed| (listed.name, listed.object)).collect());
        }
        let found: gix::Result<Vec<_>> = self.store.with(|repo| {
            let platform = repo.references()?;
            let mut found = Vec::new();
            for reference in platform.prefixed(BStr::new(prefix))? {
                let mut reference = reference?;
                let name = reference.name().as_bstr().to_string();
                let is_symbolic = reference.target().try_name().is_some();
                match reference.follow_to_object() {
                    Ok(id) => found.push((name, from_gix(&id))),
                    // `<remote>/HEAD` may lead to a branch that was deleted or never fetched.
                    Err(_) if is_symbolic => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(found)
        });
        let mut found = found.map_err(|fault| self.store.unread(prefix, &fault))?;
        found.sort();
        Ok(found)
    }

    /// Returns the tags whose names start with `prefix` and the commits they lead to, by name.
    ///
    /// Tags that lead to something else than a commit are left out.
    ///
    /// # Errors
    /// When a tag cannot be read.
    pub fn tags(&self, prefix: &str) -> Result<Vec<(String, ObjectName)>, VcsError> {
        let tags = self.store.references("refs/tags/", |name| name.starts_with(prefix))?;
        Ok(tags
            .into_iter()
            .map(|branch| (short(&branch.name, "refs/tags/"), branch.commit))
            .collect())
    }

    /// Returns the branches that match one of the patterns, by name.
    ///
    /// Patterns are names such as `main`, or such as `release/*`, where `*` stands for anything but
    /// a slash. The branches are those of a remote as last fetched, or without one the local ones.
    ///
    /// # Errors
    /// When a branch cannot be read.
    pub fn branches(
        &self,
        patterns: &[String],
        remote: Option<&str>,
    ) -> Result<Vec<Branch>, VcsError> {
        let folder = match remote {
            Some(remote) => format!("refs/remotes/{remote}/"),
            None => "refs/heads/".to_owned(),
        };
        self.store.references(&folder, |name| name != "HEAD" && branch_matches(patterns, name))
    }
}

/// Says whether a branch's short name matches one of the patterns, as [`Repository::branches`]
/// reads them.
#[must_use]
pub fn branch_matches(patterns: &[String], name: &str) -> bool {
    patterns.iter().any(|pattern| {
        let (pattern, name) = (pattern.as_str().into(), name.into());
        gix::glob::wildmatch(pattern, name, Wildcards::NO_MATCH_SLASH_LITERAL)
    })
}

fn short(name: &str, folder: &str) -> String {
    name.strip_prefix(folder).unwrap_or(name).to_owned()
}

impl Store {
    /// Returns the full name of the branch that is checked out, even before its first commit.
    pub(super) fn head_reference(&self) -> Result<Option<String>, VcsError> {
        if self.beyond.references {
            return self.head_reference_by_git();
        }
        match self.with(gix::Repository::head_name) {
            Ok(name) => Ok(name.map(|name| name.as_bstr().to_string())),
            // The branch is broken, and still checked out.
            Err(fault) => match self.led_to() {
                Some(name) => Ok(Some(name)),
                None => Err(VcsError::git("`HEAD`")(fault)),
            },
        }
    }

    /// Returns a reference by its full name, with the name that it leads to if it is symbolic.
    pub(super) fn reference(&self, name: &str) -> Result<Option<Branch>, VcsError> {
        if self.beyond.references {
            return Ok(self.listed_reference(name)?.map(Listed::into_branch));
        }
        self.with(|repo| {
            if gix::refs::FullName::try_from(name).is_err() {
                return Ok(None);
            }
            let Some(mut found) = repo.try_find_reference(name)? else { return Ok(None) };
            // NOTE: git also finds `refs/tags/refs/remotes/…` under this name, which anybody may push.
            if found.name().as_bstr() != name {
                return Ok(None);
            }
            // Only `<remote>/HEAD` is symbolic here, and it leads to a branch in one step.
            let target = found.target().try_name().map(|name| name.as_bstr().to_string());
            let full = target.unwrap_or_else(|| found.name().as_bstr().to_string());
            let commit = match found.peel_to_id() {
                Ok(id) => from_gix(&id),
                // `<remote>/HEAD` may lead to a branch that was deleted or never fetched.
                Err(_) if full != name => return Ok(None),
                Err(error) => return Err(error),
            };
            Ok(Some(Branch { name: full, commit }))
        })
        .map_err(|_: gix::Error| VcsError::Broken { name: name.to_owned() })
    }

    /// Returns the full name of the reference that a revision is; `None` where it is none.
    pub(super) fn full_name(&self, revision: &str) -> Result<Option<String>, VcsError> {
        if self.beyond.references {
            return self.full_name_by_git(revision);
        }
        self.with(|repo| {
            // Most revisions that are no references are not valid names of any either.
            let Ok(Some(found)) = repo.try_find_reference(revision) else { return Ok(None) };
            let target = found.target().try_name().map(|name| name.as_bstr().to_string());
            Ok(Some(target.unwrap_or_else(|| found.name().as_bstr().to_string())))
        })
    }

    /// Returns references below `folder` that lead to commits, by name; `wanted` sees short names.
    pub(super) fn references(
        &self,
        folder: &str,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Vec<Branch>, VcsError> {
        if self.beyond.references {
            let listed = self.listed_references(folder)?.into_iter();
            let wanted = |name: &str| name.strip_prefix(folder).is_some_and(&wanted);
            let commits = listed.filter(|found| found.leads_to_commit && wanted(&found.name));
            return Ok(commits
                .map(|found| Branch { commit: found.peeled, name: found.name })
                .collect());
        }
        let found: gix::Result<Vec<Branch>> = self.with(|repo| {
            let platform = repo.references()?;
            let mut found = Vec::new();
            for reference in platform.prefixed(BStr::new(folder))? {
                let mut reference = reference?;
                let name = reference.name().as_bstr().to_string();
                if !name.strip_prefix(folder).is_some_and(&wanted) {
                    continue;
                }
                let id = reference.peel_to_id()?;
                if id.header()?.kind() == gix::objs::Kind::Commit {
                    found.push(Branch { name, commit: from_gix(&id) });
                }
            }
            Ok(found)
        });
        let mut found = found.map_err(|fault| self.unread(folder, &fault))?;
        found.sort();
        Ok(found)
    }
}
