//! What is live on a channel.

use crate::cli::assess::span;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::ledger::Book;
use crate::escape;
use crate::ledger::channel::{Channel, ChannelName, ChannelState};

/// Reads what the ledger says is live on a channel.
///
/// # Errors
/// The text is no name of a channel, there is no ledger, or it has no such channel.
pub(in crate::cli) fn channel(book: &Book, name: &str) -> Result<(Channel, ChannelState), Failure> {
    let fault = name.parse::<ChannelName>().err();
    if book.is_missing() {
        if let Some(fault) = fault {
            return Err(Failure::usage(fault.to_string()));
        }
        return Err(Failure::undecided(format!("there is no ledger `{}` here", book.branch()))
            .hint(format!("{}, where there is one", book.fetch_words())));
    }
    let channels = book.channels()?;
    let Some(channel) = channels.get(name) else {
        let known: Vec<String> = channels.iter().map(|c| format!("`{}`", c.name)).collect();
        let failure = Failure::usage(match fault {
            None => format!("nothing was released to a channel `{name}`"),
            Some(fault) => fault.to_string(),
        });
        return Err(failure.hint(if known.is_empty() {
            "nothing was released to any channel yet; `channels` of a composite names them"
                .to_owned()
        } else {
            format!("channels are: {}", known.join(", "))
        }));
    };
    Ok((channel.clone(), channel.state()?))
}

/// Says what somebody should know about the ledger.
pub(in crate::cli) fn introduce(context: &Context, book: &Book) {
    for note in book.notes() {
        context.printer.say(&format!("note: {}", escape::line(note)));
    }
}

/// Says that no ledger is known here where a remote may have one.
pub(in crate::cli) fn missing(context: &Context, book: &Book) {
    if book.is_missing() && book.remote().is_some() {
        context
            .printer
            .say(&format!("no ledger is known here; {}, where there is one", book.fetch_words()));
    }
}

/// Says how old what is known of the ledger is; nothing where it is nobody else's.
pub(in crate::cli) fn age(book: &Book, now: i64) -> String {
    let Some(remote) = book.remote() else { return String::new() };
    if book.is_copy() {
        return ", as it was cloned".to_owned();
    }
    if book.anchor().is_none() {
        return format!(", never fetched from {}", escape::line(remote));
    }
    match book.heard_at() {
        Some(at) if now.saturating_sub(at) < 60 => ", fetched just now".to_owned(),
        Some(at) => format!(", fetched {} ago", span(now.saturating_sub(at))),
        None => ", as it was cloned".to_owned(),
    }
}
