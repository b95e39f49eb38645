//! Tags of entries' versions.

use super::{Claim, What};
use crate::digest::Digest;
use crate::release::entry_tag::digest_in;
use crate::vcs::TagObject;

/// Judges the tag of an entry's version: `reference` is what it names, `found` the digest of that
/// version in the commit that it leads to.
///
/// A tag that another tool made says nothing of digests; it is a note.
#[must_use]
pub fn entry(
    (tag, reference): (&str, &str),
    object: Option<&TagObject>,
    found: Option<Digest>,
) -> Claim {
    let shown = |digest: Option<Digest>| {
        digest.map_or_else(
            || "the commit does not have it".to_owned(),
            |digest| format!("sha256:{digest}"),
        )
    };
    let said = object.and_then(|object| digest_in(&object.message, reference));
    let claim = match (object, said) {
        (None, _) => Claim::note(What::Entry, format!("a lightweight tag; {}", shown(found))),
        (Some(object), _) if object.name != tag => {
            let found = format!("the object calls itself `{}`", object.name);
            Claim::fails(What::Entry, found, format!("`{tag}`"))
        }
        (Some(_), None) => {
            Claim::note(What::Entry, format!("another tool made it; {}", shown(found)))
        }
        (Some(_), Some(said)) if found == Some(said) => Claim::holds(What::Entry, shown(found)),
        (Some(_), Some(said)) => {
            let expected = format!("sha256:{said}, as the tag says");
            Claim::fails(What::Entry, shown(found), expected)
        }
    };
    claim.about(reference)
}
