//! What is live on a channel, and whether it still is what was released.

use crate::cli::composite::{self, Found};
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::ledger::Book;
use crate::cli::release::live;
use crate::escape;
use crate::ident::{EntryName, Kind};
use crate::ledger::channel::ChannelState;
use crate::release::bundle::Bundle;

/// Finds the composite that the ledger says is live, where the tag that it names leads.
///
/// # Errors
/// There is no such channel; its tag is not at hand; tag or composite are not those of the record,
/// which is a failure of integrity.
pub(super) fn live(context: &Context, name: &str) -> Result<(Found, ChannelState), Failure> {
    let opened = context.open()?;
    let book = Book::open(&opened, context)?;
    live::introduce(context, &book);
    let (_, state) = live::channel(&book, name)?;
    let said = |what: &str| {
        Failure::integrity(format!("{what}, and the ledger says otherwise of channel `{name}`"))
            .hint("a release tag is never moved; `keelmark ledger verify` proves the ledger")
    };
    let tag = state.tag.as_str();
    let shown = escape::line(tag);
    let object = opened.repository.reference(&format!("refs/tags/{tag}"))?;
    let object = object.ok_or_else(|| {
        Failure::undecided(format!("`{name}` has `{shown}`, and that tag is not here")).hint(
            format!("`git fetch {} tag {shown}` brings it", book.remote().unwrap_or("REMOTE")),
        )
    })?;
    if object.to_string() != state.tag_object {
        return Err(said(&format!("the tag `{shown}` is the object {object}")));
    }
    let (id, version) = (state.composite.parse(), state.version.parse());
    let (Ok(id), Ok(version)) = (id, version) else {
        return Err(said("no composite has such a name or version"));
    };
    let entry = EntryName::new(Kind::Composite, id);
    let found = composite::tagged(context, tag, &entry, &version)?;
    let digest = found.loaded.facets().entry;
    if digest != state.digest {
        return Err(said(&format!("`{entry}` {version} has the entry digest {digest}")));
    }
    Ok((found, state))
}

/// Refuses a bundle that is not the one that was released.
///
/// # Errors
/// When the ledger names another digest.
pub(super) fn refuse_other(
    channel: &str,
    state: &ChannelState,
    bundle: &Bundle,
) -> Result<(), Failure> {
    match state.bundle {
        Some(released) if released != bundle.digest => Err(Failure::integrity(format!(
            "the bundle digest would be {}, and {released} was released to `{channel}`",
            bundle.digest
        ))
        .hint(
            "nothing was written; a guardrail profile or a policy of another tree may have come in",
        )),
        _ => Ok(()),
    }
}
