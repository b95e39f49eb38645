//! A release that was tagged or begun before: it is this one, or its number is taken.

use crate::cli::commands::release::others::{is_this, send, send_packs};
use crate::cli::context::{Context, Workspace};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::ledger::Book;
use crate::cli::release::entry_tags::EntryTags;
use crate::cli::release::proofs::Proofs;
use crate::cli::release::proposal::Proposal;
use crate::escape;
use crate::ledger::find::Index;
use crate::ledger::kind::Kind;
use crate::registry::config::Tags;
use crate::release::payload::Release;
use crate::snapshot::ObjectName;
use crate::vcs::Repository;

/// Whoever tags a release once more.
pub(super) struct Again<'a> {
    /// The context.
    pub(super) context: &'a Context,
    /// The commit that is to be tagged.
    pub(super) workspace: &'a Workspace,
    /// What is to be released.
    pub(super) proposal: &'a Proposal,
    /// The runs.
    pub(super) proofs: &'a Proofs<'a>,
    /// Now, in seconds since 1970.
    pub(super) now: i64,
    /// Whether it was to be signed.
    pub(super) sign: bool,
}

impl Again<'_> {
    /// Goes on where a tag of that name is there; with `push` what the remote lacks is sent.
    ///
    /// # Errors
    /// The tag is another release, or the remote refuses.
    pub(super) fn tagged(
        &self,
        book: &mut Book,
        (tag, object): (&str, ObjectName),
        push: bool,
    ) -> Result<Exit, Failure> {
        let repository = &self.workspace.opened.repository;
        self.refuse_another(repository, (tag, object))?;
        if push {
            let entries = self.tags_of_members()?;
            send(book, (tag, object), &entries)?;
            let config = &self.workspace.settings.config;
            send_packs(repository, config, (self.proposal, self.proofs), self.now)?;
            say_pushed(self.context, book, tag);
        }
        Ok(Exit::Success)
    }

    /// A tag of that name is there: it is this release, or the number is taken.
    fn refuse_another(
        &self,
        repository: &Repository,
        (tag, object): (&str, ObjectName),
    ) -> Result<(), Failure> {
        let composition = &self.proposal.composition;
        let found = repository.read_tag(object)?;
        if found.as_ref().is_some_and(|found| is_this(found, self.proposal)) {
            let is_signed = found.as_ref().is_some_and(|tag| tag.signature.is_some());
            let who = found.and_then(|tag| tag.tagger).map(|who| who.to_string());
            let by = who.map(|who| format!(", by {}", escape::line(&who))).unwrap_or_default();
            self.context.printer.say(&format!("{tag} is there already and is exactly this{by}"));
            if self.sign && !is_signed {
                self.context.printer.say(
                    "it is not signed, and a release never changes: `--sign` holds from the next one on",
                );
            }
            return Ok(());
        }
        Err(Failure::integrity(format!("`{tag}` is there already and is another release")).hint(
            format!(
                "a release never changes: `keelmark release prepare {}` takes the next number",
                composition.name.id
            ),
        ))
    }

    /// Returns the tags of members that are here, with their objects.
    fn tags_of_members(&self) -> Result<Vec<(String, ObjectName)>, Failure> {
        let config = &self.workspace.settings.config;
        if config.versioning.tags != Tags::Entries {
            return Ok(Vec::new());
        }
        let tags = EntryTags::read(self.workspace, config)?;
        let members = self.proposal.composition.members.iter().map(|member| &member.loaded);
        let found = members.filter_map(|loaded| tags.wanted(loaded)).filter_map(|wanted| {
            let object = tags.object(&wanted)?;
            Some((wanted.reference(), object))
        });
        Ok(found.collect())
    }
}

pub(super) fn say_pushed(context: &Context, book: &Book, tag: &str) {
    if let Some(remote) = book.remote() {
        context
            .printer
            .say(&format!("pushed to `{}`: {tag}, with its records", escape::line(remote)));
    }
}

/// Finds the tag object of a release that was recorded and whose reference was never made: whatever
/// ended the program between the two is mended by running it again.
pub(super) fn unfinished(
    repository: &Repository,
    index: &Index,
    proposal: &Proposal,
    (tag, commit): (&str, ObjectName),
) -> Result<Option<ObjectName>, Failure> {
    let composition = &proposal.composition;
    for record in index.about(tag).filter(|record| *record.kind() == Kind::Release).rev() {
        let Ok(release) = serde_json::from_value::<Release>(record.payload().clone()) else {
            continue;
        };
        let Some(object) = ObjectName::parse(&release.tag_object) else { continue };
        let found = repository.read_tag(object);
        let Ok(Some(written)) = found else {
            return Err(Failure::undecided(format!("`{tag}` was made elsewhere"))
                .hint("`git fetch --tags` brings it"));
        };
        // What the record says of the object is not enough: a tag never moves again.
        let fits = release.composed.digest == composition.digest()
            && written.name == tag
            && written.target == commit
            && is_this(&written, proposal);
        if !fits {
            return Err(Failure::integrity(format!("the ledger has `{tag}` with other content"))
                .hint(format!(
                    "`keelmark ledger show {}` shows it; `keelmark release prepare {}` takes the next number",
                    record.id(),
                    composition.name.id
                )));
        }
        return Ok(Some(object));
    }
    Ok(None)
}
