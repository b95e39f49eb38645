//! What a server lets happen to a reference: `keelmark hook run update`.
//!
//! Tags of entries and releases never move. The ledger and the evidence only grow. Branches whose
//! versions are published go forward, and what is pushed to them is checked against what is there.
//! The configuration that says which branches these are is that of the server's default branch.

use std::collections::{BTreeMap, BTreeSet};

use super::judge;
use crate::checks::{Stage, config};
use crate::cli::assess::short_reference;
use crate::cli::context::{CONFIG_FILE, Context, Past, Wanted, Workspace};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::ledger::walk;
use crate::cli::shelf;
use crate::ident::{EntryId, Kind};
use crate::path::RepoPath;
use crate::registry::config::Config;
use crate::snapshot::ObjectName;
use crate::vcs::{Base, BaseFault, BaseReason, BaseRequest, Repository, Side, Tip, branch_matches};
use crate::version::Version;

/// What git passes: a reference, where it is and where it shall be.
struct Push<'a> {
    reference: &'a str,
    old: Option<ObjectName>,
    new: Option<ObjectName>,
}

/// Judges one reference of a push.
///
/// # Errors
/// When it is refused, or cannot be judged.
pub(super) fn judge(context: &Context, arguments: &[String]) -> Result<Exit, Failure> {
    let push = read(arguments)?;
    let repository = context.open()?.repository;
    if let Some(name) = push.reference.strip_prefix("refs/tags/") {
        tag(&repository, &push, name)?;
        return Ok(Exit::Success);
    }
    let Some(name) = push.reference.strip_prefix("refs/heads/") else {
        return Ok(Exit::Success);
    };
    let server = Server::of(&repository)?;
    if server.ledgers.contains(name) {
        ledger(&repository, &push)?;
    } else if name == shelf::BRANCH {
        evidence(&repository, &push)?;
    } else if server.default.as_deref() == Some(name) || branch_matches(&server.published, name) {
        return branch(context, &push, &server);
    }
    Ok(Exit::Success)
}

fn read(arguments: &[String]) -> Result<Push<'_>, Failure> {
    let wrong = || {
        Failure::usage("the hook `update` takes a reference and two object names")
            .hint("git passes them: `keelmark hook run update <ref> <old> <new>`")
    };
    let [reference, old, new] = arguments else { return Err(wrong()) };
    let object = |text: &str| {
        let name = ObjectName::parse(text).ok_or_else(wrong)?;
        // Zeros stand for a reference that is not there.
        Ok::<_, Failure>(name.as_bytes().iter().any(|byte| *byte != 0).then_some(name))
    };
    Ok(Push { reference, old: object(old)?, new: object(new)? })
}

/// What the server's default branch says about branches.
struct Server {
    /// The name of the default branch.
    default: Option<String>,
    /// Its commit; `None` before the first push.
    tip: Option<ObjectName>,
    /// The branches whose versions are published.
    published: Vec<String>,
    /// The branches of ledgers, one for each registry that names its own.
    ledgers: BTreeSet<String>,
}

impl Server {
    fn of(repository: &Repository) -> Result<Self, Failure> {
        let head = repository.head_branch()?;
        let head = head.as_deref().map(|name| short_reference(name).to_owned());
        let mut server = Self {
            default: head,
            tip: repository.head()?,
            published: Config::default().versioning.branches,
            ledgers: BTreeSet::from([Config::default().ledger.branch]),
        };
        let tree = Past::open(repository, server.tip)?;
        for file in tree.snapshot().list(&RepoPath::default())? {
            if file.path.file_name() != CONFIG_FILE.as_bytes() {
                continue;
            }
            let found = config::read(tree.snapshot(), &file.path)?.config;
            server.published.extend(found.versioning.branches);
            server.ledgers.insert(found.ledger.branch);
            let Some(name) = found.default_branch else { continue };
            if file.path.segments().count() > 1 {
                // One registry of several does not say what the others are judged by.
                server.published.push(name);
                continue;
            }
            // `HEAD` of a server is often left at a branch that nobody uses. Where the other one is
            // not there yet, `HEAD` is what its first commit is measured by.
            server.tip = repository.reference(&format!("refs/heads/{name}"))?.or(server.tip);
            server.published.extend(server.default.replace(name));
        }
        Ok(server)
    }
}

/// What a tag is of, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tagged {
    /// A version of an entry.
    Entry,
    /// A release of a composite.
    Release,
}

/// Says what a tag names a version of, whatever prefix it has; `None` for tags of other people.
fn tagged(name: &str) -> Option<Tagged> {
    let (named, version) = name.rsplit_once('@')?;
    version.strip_prefix('v').unwrap_or(version).parse::<Version>().ok()?;
    let is_below = |word: &str| {
        let folder = format!("{word}/");
        let id = named.rfind(&folder).and_then(|at| named.get(at + folder.len()..));
        id.is_some_and(|id| id.parse::<EntryId>().is_ok())
    };
    if Kind::ALL.iter().any(|kind| is_below(kind.name())) {
        return Some(Tagged::Entry);
    }
    is_below("release").then_some(Tagged::Release)
}

fn tag(repository: &Repository, push: &Push<'_>, name: &str) -> Result<(), Failure> {
    let Some(tagged) = tagged(name) else { return Ok(()) };
    match (push.old, push.new) {
        (Some(old), Some(new)) => Err(Failure::refused(format!(
            "the tag `{name}` is published and never moves: it names {}, not {}",
            old.short(),
            new.short()
        ))
        .hint("make the next version; `git fetch --tags` shows the published one")),
        (Some(_), None) => {
            Err(Failure::refused(format!("the tag `{name}` is published and is not deleted"))
                .hint("a release that must not be used is taken back with `keelmark rollback`"))
        }
        (None, Some(new)) => named_by_itself(repository, (name, tagged), new),
        (None, None) => Ok(()),
    }
}

/// A release tag is an object with a name of its own; under another name it would claim what nobody
/// signed.
fn named_by_itself(
    repository: &Repository,
    (name, tagged): (&str, Tagged),
    new: ObjectName,
) -> Result<(), Failure> {
    let Some(found) = repository.read_tag(new)? else {
        if tagged == Tagged::Entry {
            return Ok(());
        }
        return Err(Failure::refused(format!("the release tag `{name}` is not annotated"))
            .hint("`keelmark release tag` makes release tags"));
    };
    if found.name == name {
        return Ok(());
    }
    Err(Failure::refused(format!("the tag `{name}` calls itself `{}`", found.name))
        .hint("a tag is pushed under the name that it was made with"))
}

/// Refuses to delete a branch, or to take commits of it away.
fn forward(repository: &Repository, push: &Push<'_>, what: &str) -> Result<ObjectName, Failure> {
    let name = short_reference(push.reference);
    let Some(new) = push.new else {
        return Err(Failure::refused(format!("`{name}` is {what} and is not deleted"))
            .hint("whoever keeps the server can delete it there"));
    };
    let Some(old) = push.old else { return Ok(new) };
    if repository.is_ancestor(old, new)? {
        return Ok(new);
    }
    Err(Failure::refused(format!("`{name}` is {what} and only goes forward"))
        .hint(format!("{} is there already: fetch it, and put what is new on top", old.short())))
}

fn ledger(repository: &Repository, push: &Push<'_>) -> Result<(), Failure> {
    let new = forward(repository, push, "the ledger")?;
    let steps = repository.first_parents(new, None)?.steps;
    let fresh: BTreeSet<ObjectName> = steps
        .iter()
        .map(|step| step.commit)
        .take_while(|commit| Some(*commit) != push.old)
        .collect();
    // What is wrong with commits that are here already is nothing that this push did.
    let outcome = walk(repository, steps)?;
    let fault = outcome.faults.iter().find(|f| f.commit.is_some_and(|c| fresh.contains(&c)));
    let Some(fault) = fault else { return Ok(()) };
    Err(Failure::integrity(format!("the ledger would be damaged: {fault}"))
        .hint("records are only added, one a commit; `keelmark ledger verify` says what is wrong"))
}

fn evidence(repository: &Repository, push: &Push<'_>) -> Result<(), Failure> {
    let new = forward(repository, push, "the evidence")?;
    let steps = repository.first_parents(new, push.old)?.steps;
    let touched = repository.touched(&steps)?.into_iter().flatten();
    // A pack is named by its content: it may go, and never changes.
    let rewritten = touched
        .into_iter()
        .find(|t| t.before.is_some() && t.after.is_some() && t.before != t.after);
    let Some(found) = rewritten else { return Ok(()) };
    Err(Failure::integrity(format!("the evidence `{}` would be rewritten", found.path))
        .hint("a pack is named by its content; put the new one beside it"))
}

/// Checks what is pushed to a branch whose versions are published, against what is there.
fn branch(context: &Context, push: &Push<'_>, server: &Server) -> Result<Exit, Failure> {
    let repository = context.open()?.repository;
    let new = forward(&repository, push, "a branch of published versions")?;
    let tip = push.old.or(server.tip);
    // Rules are believed from the default branch as it is, whatever branch is pushed to.
    let trusted = server.tip.or(push.old);
    let base = |_: &Workspace| against(&repository, (new, tip), trusted);
    judge::against(context, (&Wanted::Revision(new.to_string()), Stage::Review), &base)
}

/// Says what is judged against what: a commit against the one that was there before the push.
///
/// # Errors
/// When the older commit is not here, or the two share no history.
pub(super) fn against(
    repository: &Repository,
    (new, tip): (ObjectName, Option<ObjectName>),
    trusted: Option<ObjectName>,
) -> Result<Base, BaseFault> {
    let Some(tip) = tip else {
        let reason = BaseReason::FirstCommit;
        return Ok(Base { tip: None, merge_base: None, reason, remote: None, trusted });
    };
    let named = tip.to_string();
    let request = BaseRequest {
        explicit: Some(&named),
        // What the one who pushes has in the environment is no business of the server's.
        environment: &BTreeMap::new(),
        default_branch: None,
        head: Side::Revision(new),
    };
    let found = repository.base(&request)?;
    let tip = Some(Tip { commit: tip, reference: None });
    Ok(Base { tip, reason: BaseReason::Ci("the branch before the push"), trusted, ..found })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_versions_are_known_with_any_prefix_and_others_are_left_alone() {
        let cases = [
            ("release/support_copilot@1.8.0", Some(Tagged::Release)),
            ("release/support_copilot@1.8.0-rc.1", Some(Tagged::Release)),
            ("team-a/release/copilot@1.0.0", Some(Tagged::Release)),
            ("prompt/billing_refund@2.3.0", Some(Tagged::Entry)),
            ("prompt/support/eu/refund@v2.3.0", Some(Tagged::Entry)),
            ("prompt/release/refund@2.3.0", Some(Tagged::Entry)),
            ("team-a-dataset/golden_2025_09@1.0.0", Some(Tagged::Entry)),
            ("v1.8.0", None),
            ("latest", None),
            ("release/2024", None),
            ("release/support_copilot@latest", None),
            ("prompt/Billing@1.0.0", None),
            ("prompt/@1.0.0", None),
            ("npm-package@1.0.0", None),
        ];
        for (name, expected) in cases {
            assert_eq!(tagged(name), expected, "{name}");
        }
    }

    #[test]
    fn zeros_stand_for_nothing_and_anything_else_is_a_name() {
        let zeros = "0".repeat(40);
        let name = "1".repeat(40);
        let words = |list: &[&str]| list.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        let given = words(&["refs/heads/main", &zeros, &name]);
        let push = read(&given).map_err(|f| f.to_string()).expect("a push");
        assert_eq!((push.old, push.new), (None, ObjectName::parse(&name)));
        for wrong in [&["refs/heads/main", &zeros][..], &["refs/heads/main", "main", &name]] {
            assert!(read(&words(wrong)).is_err(), "{wrong:?}");
        }
    }
}
