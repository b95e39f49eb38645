//! What is live on a channel.

use crate::cli::assess::span;
use crate::cli::context::{Context, Opened};
use crate::cli::failure::Failure;
use crate::cli::ledger::Book;
use crate::escape;
use crate::ledger::channel::{Channel, ChannelName, ChannelState};

/// Reads what the ledger says is live on a channel.
///
/// # Errors
/// The text is no name of a channel, there is no ledger, or it has no such channel.
pub(in crate::cli) fn channel(book: &Book, name: &str) -> Result<(Channel, ChannelState), Failure> {
    let _: ChannelName = name.parse().map_err(|fault| Failure::usage(format!("{fault}")))?;
    if book.is_missing() {
        return Err(Failure::undecided(format!("there is no ledger `{}` here", book.branch()))
            .hint(format!("`git fetch origin {}` brings it, where there is one", book.branch())));
    }
    let channels = book.channels()?;
    let Some(channel) = channels.get(name) else {
        let known: Vec<String> = channels.iter().map(|c| format!("`{}`", c.name)).collect();
        return Err(Failure::usage(format!("nothing was released to a channel `{name}`"))
            .hint(format!("channels are: {}", known.join(", "))));
    };
    Ok((channel.clone(), channel.state()?))
}

/// Says what somebody should know about the ledger.
pub(in crate::cli) fn introduce(context: &Context, book: &Book) {
    for note in book.notes() {
        context.printer.say(&format!("note: {}", escape::line(note)));
    }
}

/// Says how old what is known of the ledger is; nothing where it is nobody else's.
pub(in crate::cli) fn age(opened: &Opened, book: &Book, now: i64) -> String {
    let Some(remote) = book.remote() else { return String::new() };
    if book.anchor().is_none() {
        return format!(", never fetched from {}", escape::line(remote));
    }
    match opened.repository.last_fetch() {
        Some(at) => format!(", fetched {} ago", span(now.saturating_sub(at).max(0))),
        None => ", as it was cloned".to_owned(),
    }
}
