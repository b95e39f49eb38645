//! From a name that somebody typed to a commit, and what keeps it from being one.

use super::error::{NoCommit, VcsError, explain};
use super::store::{Store, from_gix};
use crate::snapshot::ObjectName;

/// The fewest digits that git takes for the beginning of an object's name.
const FEWEST_DIGITS: usize = 4;

impl Store {
    /// Returns the commit that a revision names.
    pub(super) fn resolve(&self, revision: &str) -> Result<ObjectName, VcsError> {
        let refused = |why| VcsError::Revision { revision: revision.to_owned(), why };
        if revision.is_empty() || revision.starts_with('-') {
            return Err(refused(NoCommit::NoName));
        }
        if revision.contains("..") {
            return Err(refused(NoCommit::Range));
        }
        let found = if self.beyond.references || self.beyond.objects {
            self.resolve_by_git(revision).ok()
        } else {
            self.with(|repo| {
                let object = repo.rev_parse_single(revision).and_then(|id| id.object());
                let commit = object.and_then(|o| o.peel_to_kind(gix::objs::Kind::Commit));
                commit.ok().map(|commit| from_gix(&commit.id))
            })
        };
        match found {
            Some(commit) => Ok(commit),
            None => Err(refused(self.why_no_commit(revision)?)),
        }
    }

    /// Finds out why a revision names no commit.
    ///
    /// # Errors
    /// The reference that it names is broken.
    fn why_no_commit(&self, revision: &str) -> Result<NoCommit, VcsError> {
        let end = revision.find(['~', '^', ':']).or_else(|| revision.find("@{"));
        let base = end.and_then(|end| revision.get(..end)).unwrap_or(revision);
        if matches!(base, "HEAD" | "@") && self.head()?.is_none() {
            return Ok(NoCommit::Unborn);
        }
        if let Some(name) = self.broken_reference(base) {
            return Err(VcsError::Broken { name });
        }
        if self.beyond.references || self.beyond.objects {
            let is_there = |name: &str| self.git.run(&["rev-parse", "--verify", name]).is_ok();
            return Ok(if base != revision && is_there(base) {
                NoCommit::Beyond { base: base.to_owned() }
            } else {
                NoCommit::Unknown
            });
        }
        Ok(self.with(|repo| {
            if let Ok(object) = repo.rev_parse_single(revision).and_then(|id| id.object()) {
                return match object.kind {
                    gix::objs::Kind::Blob => NoCommit::Other { kind: "blob" },
                    gix::objs::Kind::Tree => NoCommit::Other { kind: "tree" },
                    _ => NoCommit::Unknown,
                };
            }
            if base != revision && repo.rev_parse_single(base).is_ok() {
                return NoCommit::Beyond { base: base.to_owned() };
            }
            let digits = base.len() >= FEWEST_DIGITS;
            let prefix = gix::hash::Prefix::from_hex(base).ok().filter(|_| digits);
            match prefix.map(|prefix| repo.objects.lookup_prefix(prefix, None)) {
                Some(Ok(Some(Err(())))) => NoCommit::Ambiguous,
                _ => NoCommit::Unknown,
            }
        }))
    }

    /// Returns the full name of the reference that a short name means and that cannot be read.
    fn broken_reference(&self, short: &str) -> Option<String> {
        if self.beyond.references {
            return None;
        }
        ["", "refs/", "refs/tags/", "refs/heads/", "refs/remotes/"].iter().find_map(|folder| {
            let full = format!("{folder}{short}");
            gix::refs::FullName::try_from(full.as_str()).ok()?;
            self.with(|repo| repo.try_find_reference(full.as_str()).is_err()).then_some(full)
        })
    }

    /// Returns the commit that is checked out; `None` before the first one.
    pub(super) fn head(&self) -> Result<Option<ObjectName>, VcsError> {
        if self.beyond.references {
            return self.head_by_git();
        }
        let found = self.with(|repo| {
            let mut head = repo.head()?;
            if head.is_unborn() {
                return Ok(None);
            }
            Ok(head.try_peel_to_id()?.map(|id| from_gix(&id)))
        });
        found.map_err(|_: gix::Error| {
            // What `HEAD` leads to is broken, or `HEAD` itself.
            VcsError::Broken { name: self.led_to().unwrap_or_else(|| "HEAD".to_owned()) }
        })
    }

    /// Returns the full name of the branch that `HEAD` leads to, without looking at the branch.
    pub(super) fn led_to(&self) -> Option<String> {
        self.with(|repo| {
            let head = repo.try_find_reference("HEAD").ok().flatten()?;
            head.target().try_name().map(|name| name.as_bstr().to_string())
        })
    }

    /// Says why references cannot be listed: git's program knows which of them is broken.
    pub(super) fn unread(&self, folder: &str, fault: &gix::Error) -> VcsError {
        let said = self.git.ask(&["for-each-ref", folder], None).map(|said| said.complaint());
        let said = said.unwrap_or_default();
        let broken = said.lines().find_map(|line| line.split("ignoring broken ref ").nth(1));
        match broken {
            Some(name) => VcsError::Broken { name: name.trim().to_owned() },
            None => VcsError::Git { what: "the references", cause: explain(fault) },
        }
    }
}
