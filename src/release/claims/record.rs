//! The ledger and a release: the record of it, and what tag and ledger say of each other.

use super::proof::Waivers;
use super::said::{self, Otherwise};
use super::{Claim, What};
use crate::ledger::record::Record;
use crate::ledger::verify::{Fault, Wrong};
use crate::release::composite::Composition;
use crate::release::facts::Approval;
use crate::release::message::Message;
use crate::release::payload::Release;
use crate::vcs::Verified;

/// What helps where a clone was not brought up to date.
pub const OLDER: &str = "where this clone may be older than the tag, `git fetch` first";

/// A release as its tag and its commit have it.
#[derive(Debug, Clone, Copy)]
pub struct Tagged<'a> {
    /// The tag, without `refs/tags/`.
    pub tag: &'a str,
    /// The name of the tag's object.
    pub object: &'a str,
    /// The commit.
    pub commit: Option<&'a str>,
    /// The message, where it has one.
    pub message: Option<&'a Message>,
    /// The composition, where it could be read.
    pub composition: Option<&'a Composition>,
    /// What became of the tag's signature; `None` where there is none.
    pub signed: Option<&'a Verified>,
    /// Who approved, where that could be found out.
    pub approvals: Option<&'a [Approval]>,
    /// Who waived which gate, where that could be found out.
    pub waivers: Option<&'a Waivers>,
    /// Whether the commit lists whose keys count.
    pub lists: bool,
}

/// Judges the records that the ledger has of a release, each with what became of its signature.
#[must_use]
pub fn record(tagged: &Tagged<'_>, found: &[(&Record, Option<Verified>)]) -> Claim {
    let expected = || format!("a record that cites the tag object {}", tagged.object);
    let Some((first, _)) = found.first() else {
        let claim = Claim::fails(What::Record, "the ledger has none of this release", expected());
        return claim.hint(OLDER);
    };
    for (record, signed) in found {
        let release: Release = match serde_json::from_value(record.payload().clone()) {
            Ok(release) => release,
            Err(fault) => {
                let words = format!("record {} cannot be read: {fault}", record.id());
                return Claim::fails(What::Record, words, expected());
            }
        };
        if let Some(Otherwise { key, said, expected }) = said::otherwise(tagged, &release) {
            let words = format!("record {} says that `{key}` is {said}", record.id());
            return Claim::fails(What::Record, words, expected);
        }
        if let Some(words) = unsigned(tagged, signed.as_ref()) {
            let words = format!("record {} {words}", record.id());
            return Claim::fails(What::Record, words, "whoever signed the tag to sign it as well");
        }
    }
    Claim::holds(What::Record, format!("record {} cites this tag object", first.id()))
}

/// Says what is wrong with the signature of a record beside that of its tag.
fn unsigned(tagged: &Tagged<'_>, signed: Option<&Verified>) -> Option<String> {
    match (tagged.signed, signed) {
        (_, Some(Verified::Bad { why })) => Some(format!("has a bad signature: {why}")),
        (
            Some(Verified::Good { principal: one, .. }),
            Some(Verified::Good { principal: other, .. }),
        ) => (one != other).then(|| format!("is signed by {other}, and the tag by {one}")),
        (Some(Verified::Good { principal, .. }), None) => {
            Some(format!("is not signed, and {principal} signed the tag"))
        }
        (Some(Verified::Good { .. }), Some(_)) => {
            Some("is signed with a key that does not count".to_owned())
        }
        (_, Some(Verified::Good { .. }) | None) => None,
        (_, Some(_)) => tagged.lists.then(|| "is signed with a key that does not count".to_owned()),
    }
}

/// Judges the ledger from its first commit to its tip; anchors are claims of their own.
#[must_use]
pub fn ledger(faults: &[Fault], records: usize) -> Claim {
    if let Some(fault) = faults.iter().find(|fault| fault.wrong != Wrong::Anchor) {
        return Claim::fails(What::Ledger, at(fault), fault.expected.clone())
            .hint("compare with another clone before anybody appends");
    }
    let s = if records == 1 { "" } else { "s" };
    Claim::holds(What::Ledger, format!("{records} record{s}, each as it was added"))
}

/// Judges what all records say of tags, and what all tags say of the ledger.
#[must_use]
pub fn anchors(faults: &[Fault], tags: usize) -> Claim {
    if let Some(fault) = faults.iter().find(|fault| fault.wrong == Wrong::Anchor) {
        return Claim::fails(What::Anchor, at(fault), fault.expected.clone());
    }
    let s = if tags == 1 { "" } else { "s" };
    Claim::holds(What::Anchor, format!("{tags} tag{s} as the ledger cites them"))
}

fn at(fault: &Fault) -> String {
    let mut words = String::new();
    if let Some(commit) = &fault.commit {
        words.push_str(&format!("commit {}: ", commit.short()));
    }
    if let Some(path) = &fault.path {
        words.push_str(&format!("{path}: "));
    }
    words + &fault.found
}

/// Judges what a tag and the ledger say of each other: the commit that the tag cites is in the
/// ledger, and every record that cites the tag means this object.
///
/// `citing` are the objects that records cite under the tag's name, each with the record.
#[must_use]
pub fn anchor(object: &str, cited: Option<(&str, bool)>, citing: &[(String, String)]) -> Claim {
    if let Some((record, other)) = citing.iter().find(|(_, cited)| cited != object) {
        let found = format!("record {record} cites the tag object {other}");
        return Claim::fails(What::Anchor, found, object);
    }
    match cited {
        None => Claim::note(What::Anchor, "the tag cites no commit of the ledger"),
        Some((commit, true)) => {
            let short = commit.get(..10).unwrap_or(commit);
            Claim::holds(
                What::Anchor,
                format!("commit {short}, which the tag cites, is in the ledger"),
            )
        }
        Some((commit, false)) => {
            let found = format!("the ledger does not have commit {commit}");
            Claim::fails(What::Anchor, found, "it there, for the tag cites it").hint(OLDER)
        }
    }
}
