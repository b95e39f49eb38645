//! What a CI system says about the base.

use std::io::Read as _;

use serde_json::Value;

use super::base::{BaseFault, Environment};
use super::error::VcsError;
use super::store::Store;
use crate::snapshot::ObjectName;

/// Bytes of an event file beyond which it is not read; GitHub's own limit is 25 MB.
const LONGEST_EVENT: u64 = 32 * 1024 * 1024;

/// The base of a CI event.
pub(super) enum CiBase {
    /// A commit.
    Commit { commit: ObjectName, reference: Option<String>, how: &'static str },
    /// Nothing: the event is about the first commit.
    Root,
}

/// Returns the base that the CI event names; `None` outside CI and for events without one.
pub(super) fn base(
    store: &Store,
    environment: &Environment,
    asked: Option<&str>,
) -> Result<Option<CiBase>, BaseFault> {
    let ci = Ci { store, environment, asked };
    match ci.set("GITHUB_EVENT_NAME") {
        Some("merge_group") => ci.merge_group().map(Some),
        Some("push") => ci.github_push(),
        Some("pull_request_target") => ci.github_base(),
        Some(_) if ci.is_github_merge()? => {
            ci.first_parent("HEAD^1 of GitHub's merge ref").map(Some)
        }
        Some(_) => ci.github_base(),
        None => ci.gitlab(),
    }
}

/// Says whether the process runs under a CI system.
pub(super) fn is_ci(environment: &Environment) -> bool {
    ["CI", "GITHUB_ACTIONS", "GITLAB_CI"].iter().any(|name| {
        environment.get(*name).is_some_and(|value| !value.is_empty() && value != "false")
    })
}

/// Returns what to do about a history that was cut off.
pub(super) fn deepen_hint(environment: &Environment) -> String {
    let setting = if environment.contains_key("GITHUB_ACTIONS") {
        ", or `fetch-depth: 0` for `actions/checkout`"
    } else if environment.contains_key("GITLAB_CI") {
        ", or `GIT_DEPTH: 0` in `.gitlab-ci.yml`"
    } else {
        ""
    };
    format!("`git fetch --unshallow`{setting}")
}

struct Ci<'a> {
    store: &'a Store,
    environment: &'a Environment,
    asked: Option<&'a str>,
}

impl Ci<'_> {
    fn set(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Says whether `HEAD` is the merge that GitHub made of a pull request and its base.
    ///
    /// That `HEAD` is some merge would not do: where a workflow checks the contributor's own commit
    /// out, the contributor would choose its first parent, and with it the base.
    fn is_github_merge(&self) -> Result<bool, VcsError> {
        let Some(head) = self.store.head()? else { return Ok(false) };
        let merge_ref = self
            .set("GITHUB_REF")
            .is_none_or(|name| name.starts_with("refs/pull/") && name.ends_with("/merge"));
        let same = self.set("GITHUB_SHA").is_none_or(|sha| object_name(sha) == Some(head));
        let in_pull_request = self.set("GITHUB_BASE_REF").is_some()
            || self.set("GITHUB_EVENT_NAME") == Some("pull_request");
        if !(merge_ref && same && in_pull_request) {
            return Ok(false);
        }
        Ok(self.store.commit_header(head)?.is_some_and(|header| header.parents.len() == 2))
    }

    fn github_base(&self) -> Result<Option<CiBase>, BaseFault> {
        let Some(branch) = self.set("GITHUB_BASE_REF") else { return Ok(None) };
        self.tracking(branch, "GITHUB_BASE_REF").map(Some)
    }

    fn merge_group(&self) -> Result<CiBase, BaseFault> {
        let event = self.event();
        let base = event.pointer("/merge_group/base_sha").and_then(Value::as_str);
        match base.and_then(object_name) {
            Some(commit) => self.commit(commit, "GitHub's merge queue"),
            None => self.first_parent("HEAD^1 in GitHub's merge queue"),
        }
    }

    /// A push to the default branch is judged against what was there before.
    fn github_push(&self) -> Result<Option<CiBase>, BaseFault> {
        let event = self.event();
        let default = event.pointer("/repository/default_branch").and_then(Value::as_str);
        let pushed = self.set("GITHUB_REF").and_then(|name| name.strip_prefix("refs/heads/"));
        if pushed.is_none() || pushed != default.or(self.asked).or(Some("main")) {
            return Ok(None);
        }
        let before = event.pointer("/before").and_then(Value::as_str).and_then(object_name);
        self.before(before, "the state before GitHub's push").map(Some)
    }

    fn gitlab(&self) -> Result<Option<CiBase>, BaseFault> {
        // In a pipeline for merged results `HEAD` is a merge with exactly this commit.
        for name in ["CI_MERGE_REQUEST_TARGET_BRANCH_SHA", "CI_MERGE_REQUEST_DIFF_BASE_SHA"] {
            if let Some(commit) = self.set(name).and_then(object_name) {
                return self.commit(commit, name).map(Some);
            }
        }
        if let Some(branch) = self.set("CI_MERGE_REQUEST_TARGET_BRANCH_NAME") {
            return self.tracking(branch, "CI_MERGE_REQUEST_TARGET_BRANCH_NAME").map(Some);
        }
        let (branch, default) = (self.set("CI_COMMIT_BRANCH"), self.set("CI_DEFAULT_BRANCH"));
        if branch.is_none() || branch != default {
            return Ok(None);
        }
        let before = self.set("CI_COMMIT_BEFORE_SHA").and_then(object_name);
        self.before(before, "CI_COMMIT_BEFORE_SHA").map(Some)
    }

    fn before(&self, before: Option<ObjectName>, how: &'static str) -> Result<CiBase, BaseFault> {
        match before {
            Some(commit) => self.commit(commit, how),
            None => self.first_parent("HEAD^1 of a push"),
        }
    }

    fn first_parent(&self, how: &'static str) -> Result<CiBase, BaseFault> {
        let Some(head) = self.store.head()? else { return Ok(CiBase::Root) };
        let header = self.store.commit_header(head)?;
        match header.and_then(|header| header.parents.first().copied()) {
            Some(parent) => self.commit(parent, how),
            None => Ok(CiBase::Root),
        }
    }

    fn commit(&self, commit: ObjectName, how: &'static str) -> Result<CiBase, BaseFault> {
        if self.store.holds(commit) {
            return Ok(CiBase::Commit { commit, reference: None, how });
        }
        let hint = format!("{}, or `git fetch origin {commit}`", deepen_hint(self.environment));
        if self.store.is_shallow() {
            return Err(BaseFault::Shallow { hint });
        }
        Err(BaseFault::Missing {
            object: commit.to_string(),
            hint: format!("`git fetch origin {commit}`"),
        })
    }

    fn tracking(&self, branch: &str, how: &'static str) -> Result<CiBase, BaseFault> {
        let wanted = format!("refs/remotes/origin/{branch}");
        match self.store.reference(&wanted)? {
            Some(found) => {
                Ok(CiBase::Commit { commit: found.commit, reference: Some(found.name), how })
            }
            None => Err(BaseFault::NoBase {
                hint: format!("`git fetch origin {branch}:{wanted}`"),
                wanted,
            }),
        }
    }

    fn event(&self) -> Value {
        let read = |path: &str| {
            let mut text = Vec::new();
            let file = std::fs::File::open(path).ok()?;
            file.take(LONGEST_EVENT).read_to_end(&mut text).ok()?;
            serde_json::from_slice(&text).ok()
        };
        self.set("GITHUB_EVENT_PATH").and_then(read).unwrap_or_default()
    }
}

/// Reads an object's name in full; zeros stand for none.
fn object_name(text: &str) -> Option<ObjectName> {
    let id = gix::ObjectId::from_hex(text.trim().as_bytes()).ok()?;
    (!id.is_null()).then(|| ObjectName::new(id.as_bytes()))
}
