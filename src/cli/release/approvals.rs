//! Who approved a composition, by the records of the ledger and the keys of those who signed them.

use std::collections::BTreeSet;

use super::tags::Releases;
use crate::cli::context::Workspace;
use crate::cli::failure::Failure;
use crate::cli::past;
use crate::cli::signing::Notary;
use crate::escape;
use crate::ident::{EntryName, EntryRef, Kind as EntryKind};
use crate::ledger::find::Index;
use crate::ledger::kind::Kind;
use crate::ledger::record::{Record, RecordId};
use crate::path::RepoPath;
use crate::registry::reference::references;
use crate::release::approval::{self, Doubt, Rules, Signed, Unbelieved};
use crate::release::composite::Composition;
use crate::release::facts::Approval;
use crate::release::payload::{self, Composed};
use crate::snapshot::ObjectName;
use crate::vcs::Verified;

/// What the ledger says of the approvals of a composition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::cli) struct Approvals {
    /// Those that count, one for each principal, the oldest first.
    pub valid: Vec<Approval>,
    /// Those that do not, and why.
    pub doubted: Vec<Doubted>,
}

/// A record that says it approves, and does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Doubted {
    /// The record.
    pub record: RecordId,
    /// Whom it names, or else who made it.
    pub claimed: String,
    /// Why it does not count.
    pub doubt: Doubt,
}

impl Doubted {
    /// Says it in one line.
    pub(in crate::cli) fn words(&self) -> String {
        let claimed = escape::line(&self.claimed);
        let doubt = escape::line(&self.doubt.to_string());
        format!("the approval by `{claimed}` (record {}) does not count: {doubt}", self.record)
    }
}

/// Judges every approval of a composition and its version.
///
/// # Errors
/// When signatures cannot be checked.
pub(in crate::cli) fn of(
    index: &Index,
    notary: &Notary,
    composition: &Composition,
    rules: &Rules<'_>,
) -> Result<Approvals, Failure> {
    let subject = Composed::of(composition);
    let mut found = Approvals::default();
    for record in index.about(&subject.subject()).filter(|record| *record.kind() == Kind::Approval)
    {
        match approval::judge(record, &signed(notary, record)?, &subject, rules) {
            Ok(approval) => {
                if !found.valid.iter().any(|known| known.principal == approval.principal) {
                    found.valid.push(approval);
                }
            }
            Err(doubt) => {
                let claimed = claimed(record);
                found.doubted.push(Doubted { record: record.id().clone(), claimed, doubt });
            }
        }
    }
    Ok(found)
}

/// Finds out who signed a record.
///
/// # Errors
/// When signatures cannot be checked.
pub(in crate::cli) fn signed(notary: &Notary, record: &Record) -> Result<Signed, Failure> {
    Ok(match notary.check(record)? {
        Some(Verified::Good { principal, .. }) => Signed::By(principal),
        Some(Verified::UnknownKey { fingerprint: key }) => {
            let list = escape::line(&notary.path.to_text());
            Signed::Not(Unbelieved::Unlisted { key, list })
        }
        Some(Verified::Expired { fingerprint: key }) => Signed::Not(Unbelieved::Expired { key }),
        Some(Verified::Revoked { fingerprint: key }) => Signed::Not(Unbelieved::Revoked { key }),
        Some(Verified::Bad { why }) => Signed::Not(Unbelieved::Bad(why)),
        None => Signed::Not(Unbelieved::Unsigned),
    })
}

fn claimed(record: &Record) -> String {
    let said: Option<payload::Approval> = serde_json::from_value(record.payload().clone()).ok();
    said.map_or_else(|| record.actor().to_owned(), |said| said.principal)
}

/// Who wrote what is to be approved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::cli) struct Authors {
    /// Their addresses, in lower case.
    pub emails: BTreeSet<String>,
    /// Whether it was never released, so that whoever ever wrote part of it counts.
    pub first: bool,
}

/// Finds out who wrote what is new since the last release of a composite. Before the first release
/// everything is new.
///
/// # Errors
/// When history cannot be read, or is cut off.
pub(in crate::cli) fn authors(
    workspace: &Workspace,
    releases: &Releases,
    composition: &Composition,
    commit: ObjectName,
) -> Result<Authors, Failure> {
    let before = releases.before(&composition.version)?;
    let emails = authors_since(workspace, composition, (before.map(|tag| tag.commit), commit))?;
    Ok(Authors { emails, first: before.is_none() })
}

/// Returns the addresses of those who wrote a composition, what it is judged by or who may approve
/// it, between two commits; without the first everything is new.
///
/// # Errors
/// As [`authors`].
pub(in crate::cli) fn authors_since(
    workspace: &Workspace,
    composition: &Composition,
    (before, commit): (Option<ObjectName>, ObjectName),
) -> Result<BTreeSet<String>, Failure> {
    let repository = &workspace.opened.repository;
    if repository.is_shallow() {
        return Err(Failure::undecided(
            "nobody can tell who wrote the change: the history is cut off here",
        )
        .hint("`git fetch --unshallow`"));
    }
    Ok(repository.authors(before, commit, &governing(workspace, composition))?)
}

/// Lists the paths that make a release what it is: the folders of everything that it is made of and
/// proven with, what these include, policies and baselines, the configuration, and the list of keys.
fn governing(workspace: &Workspace, composition: &Composition) -> Vec<RepoPath> {
    let layout = &workspace.layout;
    let mut names: BTreeSet<EntryName> = BTreeSet::new();
    let members = composition.everything().map(|member| &member.loaded);
    for loaded in members.chain([&composition.loaded]) {
        // Whoever renamed an entry did not write it.
        names.extend(past::names(loaded));
        let used = references(loaded.entry.name.kind, loaded.entry.value()).into_iter();
        names.extend(used.filter_map(|used| {
            let read: EntryRef = used.text.parse().ok()?;
            let kind = read.kind.or(used.kind).filter(|kind| *kind == EntryKind::Fragment)?;
            Some(EntryName::new(kind, read.id))
        }));
    }
    let mut paths: BTreeSet<RepoPath> = BTreeSet::new();
    for name in &names {
        paths.insert(layout.entry_folder(name));
        // An entry in one file has its payload beside it.
        paths.extend(layout.entry_paths(name));
        paths.insert(layout.kind_folder(name.kind).join(&format!("{}.md", name.id)));
    }
    paths.extend(["policies", "baselines"].map(|folder| layout.root().join(folder)));
    paths.extend(workspace.config_path.clone());
    let config = &workspace.settings.config;
    let folder = workspace.config_path.as_ref().and_then(RepoPath::parent).unwrap_or_default();
    paths.extend(folder.resolve(config.paths.signers()));
    paths.into_iter().collect()
}
