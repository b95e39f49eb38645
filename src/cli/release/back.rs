//! Whether a channel can go back, as a rollback would judge it; nothing is changed to find out.

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::ledger::Book;
use crate::cli::release::models::Today;
use crate::cli::release::target::{Named, Recorded, Target};
use crate::cli::release::way::Way;
use crate::ident::Kind;
use crate::ledger::channel::ChannelState;
use crate::release::message::Message;
use crate::vcs::Repository;

/// The way back from a channel.
pub(in crate::cli) struct WayBack {
    /// The tag of the release to go back to.
    pub tag: String,
    /// Whether the tag is here.
    pub here: bool,
    /// Whether the target can run; `None` where nobody knows.
    pub runnable: Option<bool>,
    /// Why, in words.
    pub why: String,
}

/// Where ways back are judged.
pub(in crate::cli) struct Back<'a> {
    /// Global options and environment.
    pub context: &'a Context,
    /// The repository.
    pub repository: &'a Repository,
    /// The ledger.
    pub book: &'a Book,
    /// What the last commit says of models.
    pub today: &'a Today,
    /// Seconds since 1970.
    pub now: i64,
}

impl Back<'_> {
    /// Says what a rollback to a release would say: the judgement is the same.
    ///
    /// # Errors
    /// When the repository or the ledger cannot be read.
    pub(in crate::cli) fn judge(&self, live: &ChannelState, tag: &str) -> Result<WayBack, Failure> {
        let said =
            |here, runnable, why: String| Ok(WayBack { tag: tag.to_owned(), here, runnable, why });
        let repository = self.repository;
        let Some(named) = Named::by_tag(self.book.tag_prefix(), tag) else {
            return said(false, Some(false), "it is no name of a release tag".to_owned());
        };
        let Some(object) = repository.reference(&format!("refs/tags/{tag}"))? else {
            return said(false, Some(false), "its tag is not here".to_owned());
        };
        let written = repository.read_tag(object).ok().flatten();
        let Some(written) = written.filter(|written| Message::parse(&written.message).is_ok())
        else {
            return said(true, Some(false), "it is no release tag".to_owned());
        };
        let Some(recorded) = Recorded::at(self.book, tag, written.seconds)? else {
            let why = "the ledger, as it is here, has no such release";
            return said(true, Some(false), why.to_owned());
        };
        let target = Target::find(repository, self.book.remote(), named, Some(recorded));
        let made = target.and_then(|target| target.make(self.context));
        let made = match made {
            Ok(made) => made,
            Err(failure) => {
                let is_false = failure.exit() == Exit::Integrity;
                return said(true, is_false.then_some(false), failure.message().to_owned());
            }
        };
        for model in made.composition.runtime().filter(|member| member.name.kind == Kind::Model) {
            let sunset = self.today.sunset(&model.loaded, self.now);
            if let Some(sunset) = sunset.filter(|sunset| sunset.past) {
                return said(true, Some(false), sunset.words(&model.reference()));
            }
        }
        let way = Way::judge(self.context, repository, (live, &made));
        match way.breaks.first() {
            Some(found) => {
                let why = format!("refused without `--force`: {}, {}", found.who, found.text);
                said(true, Some(false), why)
            }
            None => said(true, Some(true), "runnable".to_owned()),
        }
    }
}
