//! Where a channel stands, and where it may go back to.

use std::collections::BTreeSet;

use crate::cli::args::RollbackArgs;
use crate::cli::context::{Context, Opened};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::ledger::Book;
use crate::cli::release::target::{Named, Recorded};
use crate::cli::release::{live, tags};
use crate::escape;
use crate::ledger::channel::{ChannelName, ChannelState};
use crate::ledger::find::Index;
use crate::ledger::kind::Kind;
use crate::ledger::record::Record;
use crate::release::payload::Rollback;
use crate::version::Version;

/// A channel as the ledger has it.
pub(super) struct Stand {
    pub opened: Opened,
    pub book: Book,
    pub index: Index,
    pub name: ChannelName,
    pub state: ChannelState,
}

/// Where to go.
pub(super) enum Aim {
    /// Nowhere: it is live already, as the sentence says.
    There(String),
    /// Back to a release.
    At(Named),
}

impl Stand {
    /// Opens the ledger; with `--push` what the remote has is fetched first.
    ///
    /// # Errors
    /// The ledger cannot be read or fetched, or has no such channel.
    pub(super) fn open(context: &Context, arguments: &RollbackArgs) -> Result<Self, Failure> {
        let opened = context.open()?;
        let mut book = Book::open_anyway(&opened, context)?;
        if arguments.push && !arguments.dry_run {
            book.fetch().map_err(offline)?;
        }
        live::introduce(context, &book);
        if !arguments.push && !book.is_missing() {
            let age = live::age(&book, context.now());
            context.printer.say(&format!("ledger {}{age}", escape::line(book.branch())));
        }
        let (channel, state) = live::channel(&book, &arguments.channel)?;
        let (index, faults) = book.sound()?;
        for fault in faults.iter().take(3) {
            context.printer.say(&format!("warning: passed over: {}", escape::line(fault)));
        }
        if !faults.is_empty() {
            context.printer.say("`keelmark ledger verify` says since when, once this is over");
        }
        Ok(Self { opened, book, index, name: channel.name, state })
    }

    /// Decides where to go: where somebody said, or to the last good release. Whoever asks twice goes
    /// back once.
    ///
    /// # Errors
    /// There is no release to go back to, or what was typed names none.
    pub(super) fn aim(&self, to: Option<&str>) -> Result<Aim, Failure> {
        let state = &self.state;
        let (name, version) = (&self.name, escape::line(&state.version));
        let Some(text) = to else {
            if state.went_back() {
                let from = state.previous.as_ref().map(|from| escape::line(&from.version));
                return Ok(Aim::There(format!(
                    "`{name}` is back already: {version} is live since {}, in place of {}; to go further back name a release with `--to`",
                    escape::line(&state.since),
                    from.unwrap_or_default()
                )));
            }
            return self.last_good().map(Aim::At);
        };
        let named = Named::typed(self.book.tag_prefix(), &state.composite, text)?;
        if named.tag == state.tag {
            return Ok(Aim::There(format!(
                "`{name}` has {version} already, since {}",
                escape::line(&state.since)
            )));
        }
        Ok(Aim::At(named))
    }

    /// Refuses to call what is live right where its tag is not the object that went live.
    ///
    /// # Errors
    /// The tag is not here; it is another object, which is a failure of integrity.
    pub(super) fn refuse_moved(&self) -> Result<(), Failure> {
        let ChannelState { tag, tag_object, version, .. } = &self.state;
        let repository = &self.opened.repository;
        match repository.reference(&format!("refs/tags/{tag}"))? {
            Some(object) if object.to_string() == *tag_object => Ok(()),
            Some(object) => Err(tags::moved(repository, (tag, object), tag_object)),
            None => {
                let (shown, version) = (escape::line(tag), escape::line(version));
                let from = self.book.remote().unwrap_or("REMOTE");
                Err(Failure::undecided(format!(
                    "`{}` has {version} already, and its tag `{shown}` is not here",
                    self.name
                ))
                .hint(format!("`git fetch {} tag {shown}` brings it", escape::line(from))))
            }
        }
    }

    /// Returns the release that a rollback without a target leads to.
    ///
    /// # Errors
    /// There is none.
    pub(super) fn last_good(&self) -> Result<Named, Failure> {
        let state = &self.state;
        let Some(tag) = state.way_back() else {
            return Err(Failure::usage(format!(
                "nothing says what `{}` goes back to from {}",
                self.name,
                escape::line(&state.version)
            ))
            .hint("name a release with `--to`; `keelmark ledger log --kind release` lists them"));
        };
        Named::by_tag(self.book.tag_prefix(), tag).ok_or_else(|| {
            Failure::integrity(format!(
                "the ledger says that `{}` goes back to `{}`, which is no name of a release tag",
                self.name,
                escape::line(tag)
            ))
            .hint("name a release with `--to`")
        })
    }

    /// Finds what the ledger has of a release.
    ///
    /// # Errors
    /// It has nothing, and nobody forces it.
    pub(super) fn recorded(
        &self,
        named: &Named,
        forced: bool,
    ) -> Result<Option<Recorded>, Failure> {
        let found = Recorded::find(&self.book, &self.index, &named.tag);
        if found.is_some() || forced {
            return Ok(found);
        }
        Err(Failure::undecided(format!(
            "the ledger, as it is here, has no release `{}`",
            escape::line(&named.tag)
        ))
        .hint(format!(
            "{}{}; `--force --reason TEXT` goes to a tag that is here all the same",
            self.known(named),
            self.book.fetch_words()
        )))
    }

    /// Names the newest releases of a composite that the ledger has.
    fn known(&self, named: &Named) -> String {
        let prefix = self.book.tag_prefix();
        let releases = self.index.of_kind(&Kind::Release);
        let of_it = releases.filter_map(|record| Named::by_tag(prefix, record.subject()));
        let versions: BTreeSet<Version> =
            of_it.filter(|n| n.composite == named.composite).map(|n| n.version).collect();
        if versions.is_empty() {
            return String::new();
        }
        let newest = tags::newest(named.composite.id.as_str(), versions.iter());
        format!("it has {newest}; for others ")
    }

    /// Finds the record of the rollback that brought what is live.
    pub(super) fn last_rollback(&self) -> Option<(Rollback, Record)> {
        if !self.state.went_back() {
            return None;
        }
        self.index.of_kind(&Kind::Rollback).rev().find_map(|record| {
            let found: Rollback = serde_json::from_value(record.payload().clone()).ok()?;
            let state = found.channels.get(&self.name)?;
            (state.since == self.state.since).then(|| (found, record.clone()))
        })
    }

    /// Says whether others can see what is recorded; `None` where there is no remote, or where
    /// nobody knows. `stays` says that something was recorded and not pushed.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub(super) fn pushed(&self, stays: bool) -> Result<Option<bool>, Failure> {
        let known = self.book.unpushed()?.map(|count| count == 0);
        Ok(known.or(self.book.remote().filter(|_| stays).map(|_| false)))
    }
}

/// Says what whoever is on call does where the remote cannot be reached.
pub(super) fn offline(failure: Failure) -> Failure {
    if failure.exit() != Exit::Undecided {
        return failure;
    }
    let first = failure.advice().map(|advice| format!("{advice}; or ")).unwrap_or_default();
    failure.hint(format!(
        "nothing was recorded; {first}leave `--push` out: then it is recorded here and can be deployed from here, and `keelmark ledger push` brings it to the remote later"
    ))
}

/// Says whether others see what was recorded.
pub(super) fn say_pushed(context: &Context, stand: &Stand, pushed: Option<bool>, asked: bool) {
    match (pushed, stand.book.remote()) {
        (Some(false), _) => {
            context.printer.say("not pushed: nobody else sees it until `keelmark ledger push`");
        }
        (Some(true), Some(remote)) if asked => {
            context.printer.say(&format!("pushed to `{}`", escape::line(remote)));
        }
        _ => {}
    }
}
