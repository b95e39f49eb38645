//! Which branch is the default one.

use std::fmt;

use super::base::{BaseFault, Environment};
use super::ci;
use super::error::VcsError;
use super::folder::Entry;
use super::open::Repository;
use super::refs::Branch;
use super::store::Store;
use crate::path::RepoPath;
use crate::snapshot::ObjectName;

/// Bytes of `keelmark.yaml` beyond which nobody looks for the default branch's name.
const LONGEST_CONFIGURATION: u64 = 1024 * 1024;

/// What said that a branch is the default one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultBranch {
    /// `default_branch` in the remote branch's own `keelmark.yaml`.
    Configured,
    /// The remote's `HEAD`.
    RemoteHead,
    /// The name `main`.
    Main,
    /// The name `master`.
    Master,
    /// `default_branch` as the caller read it; the change under check may have written it.
    Asked,
    /// `init.defaultBranch` in git's configuration.
    InitDefault,
    /// That it is checked out, for want of anything else.
    Current,
}

impl fmt::Display for DefaultBranch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Configured | Self::Asked => "keelmark.yaml",
            Self::RemoteHead => "HEAD",
            Self::Main => "main",
            Self::Master => "master",
            Self::InitDefault => "init.defaultBranch",
            Self::Current => "current branch",
        })
    }
}

/// A default branch; one that is checked out by its commit alone has no name.
pub(super) struct Found {
    pub(super) name: Option<String>,
    pub(super) commit: ObjectName,
    pub(super) how: DefaultBranch,
}

impl Found {
    fn new(branch: Branch, how: DefaultBranch) -> Self {
        Self { name: Some(branch.name), commit: branch.commit, how }
    }
}

/// Returns the remote whose branches count: `upstream`, else `origin`, else the only one.
///
/// In a fork `origin` is the contributor's own copy, and `upstream` the one that merges.
pub(super) fn remote(store: &Store) -> Option<String> {
    let names: Vec<String> =
        store.with(|repo| repo.remote_names().iter().map(ToString::to_string).collect());
    let known = ["upstream", "origin"].into_iter().find(|known| names.iter().any(|n| n == known));
    match (known, names.as_slice()) {
        (Some(known), _) => Some(known.to_owned()),
        (None, [only]) => Some(only.clone()),
        (None, _) => None,
    }
}

/// Finds a remote's default branch as it was last fetched.
///
/// Where the branch that is believed names one that the remote does not have, a change that began
/// after the mistake and does not repeat it is measured by the branch that is believed: so it can be
/// mended. What began before knows nothing of a mistake; a branch may be missing that was not fetched.
pub(super) fn on_remote(
    store: &Store,
    environment: &Environment,
    remote: &str,
    (asked, head): (Option<&str>, Option<ObjectName>),
) -> Result<Found, BaseFault> {
    let tracking = |name: &str| store.reference(&format!("refs/remotes/{remote}/{name}"));
    let candidates = [
        ("HEAD", DefaultBranch::RemoteHead),
        ("main", DefaultBranch::Main),
        ("master", DefaultBranch::Master),
    ];
    for (name, how) in candidates {
        let Some(branch) = tracking(name)? else { continue };
        let Some(configured) = configured(store, branch.commit)? else {
            return Ok(Found::new(branch, how));
        };
        if let Some(branch) = tracking(&configured)? {
            return Ok(Found::new(branch, DefaultBranch::Configured));
        }
        let mends = asked != Some(configured.as_str())
            && knows_every_branch(store, environment, remote)?
            && began_with(store, &configured, (head, branch.commit))?;
        if mends {
            return Ok(Found::new(branch, how));
        }
        return Err(misnamed(remote, name, &configured));
    }
    let Some(asked) = asked else { return Err(unnamed(store, environment, remote)?) };
    let branch = tracking(asked)?.ok_or_else(|| not_fetched(remote, asked, ""))?;
    Ok(Found::new(branch, DefaultBranch::Asked))
}

/// Says whether a branch named another one already when a change of it began.
fn began_with(
    store: &Store,
    named: &str,
    (head, branch): (Option<ObjectName>, ObjectName),
) -> Result<bool, VcsError> {
    let Some(head) = head else { return Ok(false) };
    let Some(start) = store.merge_base(head, branch)? else { return Ok(false) };
    Ok(configured(store, start)?.as_deref() == Some(named))
}

fn not_fetched(remote: &str, branch: &str, more: &str) -> BaseFault {
    let wanted = format!("refs/remotes/{remote}/{branch}");
    BaseFault::NoBase { hint: format!("`git fetch {remote} {branch}:{wanted}`{more}"), wanted }
}

/// Nothing says which branch is the default one: the remote's `HEAD` is not here, and no branch of it
/// that was fetched has a usual name.
fn unnamed(store: &Store, environment: &Environment, remote: &str) -> Result<BaseFault, VcsError> {
    if !knows_every_branch(store, environment, remote)? {
        let more = "; where the default branch has another name, fetch that one, and name it: `default_branch` in keelmark.yaml";
        return Ok(not_fetched(remote, "main", more));
    }
    Ok(BaseFault::NoBase {
        wanted: format!("refs/remotes/{remote}/HEAD"),
        hint: format!(
            "`git remote set-head {remote} -a` asks `{remote}` which branch is the default one; or name it: `default_branch` in keelmark.yaml"
        ),
    })
}

/// The branch that is believed names another one, which is not here. Until that is mended there, it
/// can only be passed over by hand.
fn misnamed(remote: &str, believed: &str, configured: &str) -> BaseFault {
    let way = format!("KEELMARK_BASE={remote}/{believed}");
    let more = format!(
        ". If `{remote}` has no such branch, `default_branch` in keelmark.yaml of `{remote}/{believed}` names it by mistake: mend it in a change of its own. Where every branch was fetched (`git fetch --unshallow`, `fetch-depth: 0`) it is checked like any other; elsewhere pass the branch over with {way} in the environment: `{way} git commit`, `{way} git push`. A pull request is judged against its own base and needs neither"
    );
    not_fetched(remote, configured, &more)
}

/// Says whether every branch of a remote is here, as it was last fetched. Clones of CI, and others
/// that fetch some branches only, cannot know.
fn knows_every_branch(
    store: &Store,
    environment: &Environment,
    remote: &str,
) -> Result<bool, VcsError> {
    let fetched = !store.references(&format!("refs/remotes/{remote}/"), |_| true)?.is_empty();
    let refspec = store.config(&format!("remote.{remote}.fetch")).unwrap_or_default();
    let cut = ci::is_ci(environment) || store.is_shallow();
    Ok(fetched && refspec.contains("refs/heads/*") && !cut)
}

/// Whether there is a branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// There is.
    There,
    /// There is none.
    Missing,
    /// There is none here, and not every branch of the remote was fetched.
    NotFetched,
}

impl Repository {
    /// Says whether there is a branch of a short name, here or on a remote as it was last fetched.
    /// Clones of CI and others that fetch some branches only cannot know.
    ///
    /// # Errors
    /// When references cannot be read.
    pub fn branch_presence(
        &self,
        name: &str,
        environment: &Environment,
    ) -> Result<Presence, VcsError> {
        let store = &self.store;
        if store.reference(&format!("refs/heads/{name}"))?.is_some() {
            return Ok(Presence::There);
        }
        // Before the first commit a branch has a name and no reference.
        if store.head_reference()?.is_some_and(|head| head == format!("refs/heads/{name}")) {
            return Ok(Presence::There);
        }
        let remotes: Vec<String> =
            store.with(|repo| repo.remote_names().iter().map(ToString::to_string).collect());
        let mut whole = true;
        for remote in &remotes {
            if store.reference(&format!("refs/remotes/{remote}/{name}"))?.is_some() {
                return Ok(Presence::There);
            }
            whole &= knows_every_branch(store, environment, remote)?;
        }
        Ok(if whole { Presence::Missing } else { Presence::NotFetched })
    }
}

/// A branch that is taken for the default one because it is checked out, and no other one is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guess {
    /// Its short name; `None` where a commit is checked out without one.
    pub name: Option<String>,
    /// The other branches, here and on remotes, by their short names, sorted.
    pub others: Vec<String>,
}

impl Repository {
    /// Tells which branch is only guessed to be the default one: then what it committed is compared
    /// with nothing. `None` where the default branch is known, and before the first commit.
    ///
    /// # Errors
    /// When references cannot be read.
    pub fn guessed_branch(&self, asked: Option<&str>) -> Result<Option<Guess>, VcsError> {
        let store = &self.store;
        let Some(Found { name, how: DefaultBranch::Current, .. }) = local(store, asked)? else {
            return Ok(None);
        };
        let mut others = Vec::new();
        for folder in ["refs/heads/", "refs/remotes/"] {
            let found = store.references(folder, |branch| !branch.ends_with("/HEAD"))?;
            let found = found.into_iter().filter(|branch| Some(&branch.name) != name.as_ref());
            others.extend(found.filter_map(|b| Some(b.name.strip_prefix(folder)?.to_owned())));
        }
        others.sort();
        let name = name.map(|name| name.strip_prefix("refs/heads/").unwrap_or(&name).to_owned());
        Ok(Some(Guess { name, others }))
    }
}

/// Finds the local default branch; `None` before the first commit.
pub(super) fn local(store: &Store, asked: Option<&str>) -> Result<Option<Found>, VcsError> {
    let initial = store.config("init.defaultBranch");
    let candidates = [
        (asked, DefaultBranch::Asked),
        (Some("main"), DefaultBranch::Main),
        (Some("master"), DefaultBranch::Master),
        (initial.as_deref(), DefaultBranch::InitDefault),
    ];
    for (name, how) in candidates {
        let Some(name) = name else { continue };
        if let Some(branch) = store.reference(&format!("refs/heads/{name}"))? {
            return Ok(Some(Found::new(branch, how)));
        }
    }
    let commit = store.head()?;
    let name = store.head_reference()?;
    Ok(commit.map(|commit| Found { name, commit, how: DefaultBranch::Current }))
}

/// Looks for `default_branch` in a commit's `keelmark.yaml`.
///
/// A scan for one line will do: whoever can write there, on the default branch, is trusted, and a
/// reader of YAML stands on another floor.
fn configured(store: &Store, commit: ObjectName) -> Result<Option<String>, VcsError> {
    let Some(root) = store.tree_of(commit)? else { return Ok(None) };
    let path = RepoPath::from("keelmark.yaml");
    let Some((Entry::File(_), name)) = store.entry_at(root, &path)? else { return Ok(None) };
    let bytes = store.blob(&path, name, LONGEST_CONFIGURATION)?;
    Ok(scan(&String::from_utf8_lossy(&bytes)))
}

fn scan(text: &str) -> Option<String> {
    let value = text.lines().find_map(|line| line.strip_prefix("default_branch:"))?.trim();
    let name = match value.chars().next()? {
        quote @ ('"' | '\'') => value.get(1..)?.split(quote).next()?,
        _ => value.split(" #").next()?.trim_end(),
    };
    (!name.is_empty() && !name.starts_with('#')).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_branch_is_read_from_one_line() {
        let cases = [
            ("default_branch: trunk\n", Some("trunk")),
            ("a: 1\ndefault_branch:  release/1  # why\n", Some("release/1")),
            ("default_branch: \"dev\"\n", Some("dev")),
            ("default_branch: 'dev' # x\r\n", Some("dev")),
            ("default_branch: trunk\r\nother: 1\r\n", Some("trunk")),
            ("nested:\n  default_branch: no\n", None),
            ("default_branch:\n", None),
            ("default_branch: # nothing\n", None),
            ("default_branch: \"\n", None),
            ("# default_branch: no\n", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(scan(text).as_deref(), expected, "{text:?}");
        }
    }
}
