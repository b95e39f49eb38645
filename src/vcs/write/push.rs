//! Pushing: everything or nothing, and never over what a remote has.

use super::refs::Old;
use super::remote::{RemoteFault, failed, remote_words};
use crate::snapshot::ObjectName;
use crate::vcs::error::VcsError;
use crate::vcs::open::Repository;

/// An object that a remote's reference shall name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushSpec {
    /// The object; no reference of ours needs to name it.
    pub object: ObjectName,
    /// The full name of the remote's reference.
    pub name: String,
    /// Where it has to be. With [`Old::Any`] it may be missing, or at an ancestor.
    pub old: Old,
}

/// Why a remote refused a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// A rule or hook of the remote does not allow it.
    Protected,
    /// It moved: somebody else pushed, or is pushing now. Fetching and building on what is there
    /// helps.
    Moved,
    /// It exists already and names something else.
    Exists,
    /// Something else.
    Other,
}

/// Why nothing was pushed.
#[derive(Debug, thiserror::Error)]
pub enum PushFault {
    /// The remote refused a reference, and because of it all of them.
    #[error("the remote `{remote}` refused `{name}`: {reason}")]
    Rejected {
        /// The remote's name.
        remote: String,
        /// The first reference that was refused for its own sake.
        name: String,
        /// Why, in git's or the remote's words.
        reason: String,
        /// Why, as far as Keelmark can act on it.
        kind: Refusal,
        /// What the remote's hooks said; may be empty.
        said: String,
    },
    /// The remote was not asked, or did not answer.
    #[error(transparent)]
    Remote(#[from] RemoteFault),
}

impl From<VcsError> for PushFault {
    fn from(error: VcsError) -> Self {
        Self::Remote(error.into())
    }
}

impl PushFault {
    /// Returns the next step, where there is one.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let Self::Rejected { kind, remote, name, .. } = self else {
            let Self::Remote(fault) = self else { return None };
            return fault.hint();
        };
        match kind {
            Refusal::Protected => Some(format!(
                "ask who administers `{remote}` to let you, or the CI job, create `{name}`"
            )),
            Refusal::Moved => Some("run the command again".to_owned()),
            Refusal::Exists => Some(format!("look at `git ls-remote {remote} {name}`")),
            Refusal::Other => None,
        }
    }
}

impl Repository {
    /// Pushes objects to references of a remote, all of them or none, without running hooks.
    ///
    /// References are created or fast-forwarded, never moved otherwise, and tags never move at all.
    /// A reference that names the object already is no fault. References of ours do not change, but
    /// for those that follow the remote's branches.
    ///
    /// # Errors
    /// When the remote refuses or cannot be reached.
    pub fn push(&self, remote: &str, specs: &[PushSpec]) -> Result<(), PushFault> {
        self.known(remote)?;
        if specs.is_empty() {
            return Ok(());
        }
        let mut words: Vec<String> = [
            "-c",
            "core.hooksPath=/dev/null",
            "push",
            "--porcelain",
            "--atomic",
            "--no-verify",
            "--no-follow-tags",
            "--no-recurse-submodules",
        ]
        .map(ToOwned::to_owned)
        .into();
        for spec in specs {
            self.check(remote, spec)?;
            match spec.old {
                // NOTE: a lease lets git overwrite. Here there is nothing to overwrite, or what is
                // there is an ancestor.
                Old::Missing => words.push(format!("--force-with-lease={}:", spec.name)),
                Old::Is(old) => words.push(format!("--force-with-lease={}:{old}", spec.name)),
                Old::Any => {}
            }
        }
        words.push(remote.to_owned());
        words.extend(specs.iter().map(|spec| format!("{}:{}", spec.object, spec.name)));
        let said = self.store.git.ask(&words, None)?;
        if said.status.success() {
            return Ok(());
        }
        let said_by_remote = remote_words(&String::from_utf8_lossy(&said.stderr));
        let refused = refused(&String::from_utf8_lossy(&said.stdout));
        // Those that fell with another are named only where nothing else is.
        let own = refused.iter().find(|line| !line.reason.starts_with("atomic push fail"));
        let Some(line) = own.or(refused.first()) else {
            return Err(failed(remote, "push", &said.complaint()).into());
        };
        let old = specs.iter().find(|spec| spec.name == line.name).map(|spec| spec.old);
        Err(PushFault::Rejected {
            remote: remote.to_owned(),
            name: line.name.clone(),
            kind: kind(&line.reason, &said_by_remote, old),
            reason: line.reason.clone(),
            said: said_by_remote,
        })
    }

    /// Refuses, before anything is sent, what could overwrite.
    fn check(&self, remote: &str, spec: &PushSpec) -> Result<(), PushFault> {
        let name = &spec.name;
        if gix::refs::FullName::try_from(name.as_str()).is_err() || !name.starts_with("refs/") {
            let cause = format!("`{name}` is no full name of a reference");
            return Err(VcsError::Write { what: "a reference", cause }.into());
        }
        if !self.store.holds(spec.object) {
            return Err(VcsError::Missing { object: spec.object.to_string() }.into());
        }
        let Old::Is(old) = spec.old else { return Ok(()) };
        if old == spec.object {
            return Ok(());
        }
        let (kind, reason) = if name.starts_with("refs/tags/") {
            (Refusal::Exists, format!("it names {} and tags do not move", old.short()))
        } else if self.is_ancestor(old, spec.object)? {
            return Ok(());
        } else {
            (Refusal::Moved, format!("{} is no ancestor of {}", old.short(), spec.object.short()))
        };
        let (remote, said) = (remote.to_owned(), String::new());
        Err(PushFault::Rejected { remote, name: name.clone(), reason, kind, said })
    }
}

/// A reference that was not pushed.
#[derive(Debug, PartialEq, Eq)]
struct Refused {
    name: String,
    reason: String,
}

/// Reads what `git push --porcelain` printed: `!`, the names and `[rejected] (why)`, by tabs.
fn refused(printed: &str) -> Vec<Refused> {
    let line = |line: &str| {
        let mut fields = line.strip_prefix("!\t")?.splitn(2, '\t');
        let name = fields.next()?.rsplit_once(':')?.1.to_owned();
        let summary = fields.next()?;
        let why = summary.split_once("] (").map_or(summary, |(_, why)| why);
        Some(Refused { name, reason: why.strip_suffix(')').unwrap_or(why).to_owned() })
    };
    printed.lines().filter_map(line).collect()
}

fn kind(reason: &str, said: &str, old: Option<Old>) -> Refusal {
    let has = |text: &str, words: &[&str]| words.iter().any(|word| text.contains(word));
    match reason {
        "stale info" if old == Some(Old::Missing) => Refusal::Exists,
        "already exists" | "would clobber existing tag" => Refusal::Exists,
        "stale info"
        | "fetch first"
        | "non-fast-forward"
        | "needs force"
        | "remote ref updated since checkout" => Refusal::Moved,
        _ if has(reason, &["reference already exists"]) => Refusal::Exists,
        _ if has(reason, &["but expected", "unable to create lock", "cannot lock ref"]) => {
            Refusal::Moved
        }
        _ if has(reason, &["declined", "protected", "prohibited", "denied", "restricted"]) => {
            Refusal::Protected
        }
        // The server tells only its log, and us on the side, which reference was too late.
        _ if has(reason, &["failed to update ref", "transaction failed", "atomic push fail"]) => {
            if has(said, &["reference already exists"]) {
                Refusal::Exists
            } else if has(said, &["but expected", "File exists", "cannot lock ref"]) {
                Refusal::Moved
            } else {
                Refusal::Other
            }
        }
        _ => Refusal::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_told_apart_by_what_git_prints() {
        let is = Some(Old::Is(ObjectName::new(&[1; 20])));
        let cases = [
            ("[rejected] (fetch first)", "", is, Refusal::Moved),
            ("[rejected] (non-fast-forward)", "", is, Refusal::Moved),
            ("[rejected] (stale info)", "", is, Refusal::Moved),
            ("[rejected] (stale info)", "", Some(Old::Missing), Refusal::Exists),
            ("[rejected] (already exists)", "", Some(Old::Any), Refusal::Exists),
            ("[remote rejected] (pre-receive hook declined)", "", is, Refusal::Protected),
            ("[remote rejected] (protected branch hook declined)", "", is, Refusal::Protected),
            (
                "[remote rejected] (push declined due to repository rule violations)",
                "error: GH013: Repository rule violations found for refs/tags/x.",
                is,
                Refusal::Protected,
            ),
            (
                "[remote rejected] (cannot lock ref 'refs/heads/x': is at a but expected b)",
                "",
                is,
                Refusal::Moved,
            ),
            (
                "[remote rejected] (atomic transaction failed)",
                "error: cannot lock ref 'refs/heads/x': is at a but expected b",
                is,
                Refusal::Moved,
            ),
            (
                "[remote rejected] (atomic transaction failed)",
                "error: cannot lock ref 'refs/tags/x': reference already exists",
                is,
                Refusal::Exists,
            ),
            ("[remote rejected] (shallow update not allowed)", "", is, Refusal::Other),
            ("[remote failure] (remote failed to report status)", "", is, Refusal::Other),
        ];
        for (summary, said, old, expected) in cases {
            let printed = format!("To x\n!\t1234:refs/heads/x\t{summary}\nDone\n");
            let refused = refused(&printed);
            let [line] = refused.as_slice() else { panic!("{refused:?}") };
            assert_eq!(line.name, "refs/heads/x");
            assert_eq!(kind(&line.reason, said, old), expected, "{summary}");
        }
        assert_eq!(refused("To x\n*\t1:refs/heads/x\t[new branch]\nDone\n"), []);
    }
}
