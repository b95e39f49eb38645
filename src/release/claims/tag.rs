//! The tag of a release: what it is, what it says of itself, who signed it.

use super::{Claim, What};
use crate::release::message::Message;
use crate::vcs::{TagObject, TargetKind, Verified};
use crate::version::Version;

/// The name of a release tag.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    /// The name of the reference, without `refs/tags/`.
    pub tag: &'a str,
    /// The id of the composite in it.
    pub composite: &'a str,
    /// The version in it.
    pub version: &'a Version,
}

/// Judges the object behind a release tag, and reads its message where it has one.
#[must_use]
pub fn tag(named: Named<'_>, object: Option<&TagObject>) -> (Claim, Option<Message>) {
    let fails = |found: String, expected: String| Claim::fails(What::Tag, found, expected);
    let Some(object) = object else {
        let expected = "an annotated tag, which says what it releases";
        return (fails("it is a lightweight tag".to_owned(), expected.to_owned()), None);
    };
    let read = Message::parse(&object.message);
    let claim = if object.target_kind != TargetKind::Commit {
        let kind = match object.target_kind {
            TargetKind::Tree => "a tree",
            TargetKind::Blob => "a file",
            TargetKind::Commit | TargetKind::Tag => "another tag",
        };
        fails(format!("it leads to {kind}"), "a commit".to_owned())
    } else if object.name != named.tag {
        fails(format!("the object calls itself `{}`", object.name), format!("`{}`", named.tag))
    } else {
        match &read {
            Err(fault) => fails(fault.to_string(), "the message of a release".to_owned()),
            Ok(message)
                if message.composite != named.composite || message.version != *named.version =>
            {
                fails(
                    format!("its message releases {}@{}", message.composite, message.version),
                    format!("{}@{}", named.composite, named.version),
                )
            }
            Ok(_) => {
                Claim::holds(What::Tag, format!("annotated, of commit {}", object.target.short()))
            }
        }
    };
    (claim, read.ok())
}

/// Judges the signature of a tag; `verified` is `None` where there is none. A tree without a list of
/// keys says of nobody that the signature counts.
#[must_use]
pub fn signature(verified: Option<&Verified>, lists: bool, list: &str) -> Claim {
    let what = What::Signature;
    let listed = || format!("a signature of a key that `{list}` lists");
    match verified {
        None if lists => Claim::attested(what, format!("nobody signed, though there is `{list}`")),
        None => Claim::note(what, "nobody signed"),
        Some(Verified::Good { principal, fingerprint, format }) => {
            Claim::holds(what, format!("{principal} signed with {fingerprint} ({format})"))
        }
        Some(Verified::Bad { why }) => Claim::fails(what, format!("it is bad: {why}"), listed()),
        Some(Verified::UnknownKey { fingerprint }) if !lists => Claim::note(
            what,
            format!("signed with {fingerprint}, and nobody lists whose key it is"),
        ),
        Some(Verified::UnknownKey { fingerprint }) => {
            Claim::fails(what, format!("signed with {fingerprint}, which is not listed"), listed())
                .hint("a key of gpg has to be in the key ring as well")
        }
        Some(Verified::Expired { fingerprint }) => {
            Claim::fails(what, format!("{fingerprint} was not valid at that time"), listed())
        }
        Some(Verified::Revoked { fingerprint }) => {
            Claim::fails(what, format!("{fingerprint} was revoked"), listed())
        }
    }
}
