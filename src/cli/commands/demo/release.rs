//! The releases of the demo.

use super::super::init::enter;
use super::super::{bump, release, rollback, status, verify};
use super::{Demo, UNSIGNED, measured};
use crate::cli::args::{
    BumpArgs, ListingFormat, PrepareArgs, ReleaseCommand, RollbackArgs, StatusArgs, TagArgs,
    VerifyArgs,
};
use crate::cli::context::{Context, Wanted};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::release::documents::{Documents, places};
use crate::plan::{Act, Plan};
use crate::registry::suite::Tier;
use crate::version::Version;
use crate::{cli::apply, vcs};

/// What is released.
const COMPOSITE: &str = "support_copilot";

/// An author's words for a decision record.
pub(super) struct Words {
    /// What the release is about, in a few words.
    message: &'static str,
    /// The places that wait for words, with the words.
    places: [(&'static str, &'static str); 3],
}

/// The first release.
pub(super) const FIRST: Words = Words {
    message: "refunds are answered from the policy, with sources",
    places: [
        (
            "TODO(author): the problem, and why now",
            "Agents answer the same questions about refunds by hand, and not always alike.",
        ),
        (
            "TODO(author): the reason",
            "every case of the golden set passes, and no guardrail was hit.",
        ),
        (
            "TODO(author): the risk, and who watches it",
            "eight written cases and a scripted model prove little about customers; support-ops \
             reads the first answers.",
        ),
    ],
};

/// The release of the friendlier text.
const SECOND: Words = Words {
    message: "friendlier answers, still with sources",
    places: [
        (
            "TODO(author): the problem, and why now",
            "Customers find the answers correct and cold. The first friendlier text lost the rule \
             about sources and was not merged; this one keeps it.",
        ),
        ("TODO(author): the reason", "the words changed, and no answer of the golden set did."),
        (
            "TODO(author): the risk, and who watches it",
            "nobody measured whether customers find the answers kinder; support-ops asks them.",
        ),
    ],
};

impl Demo<'_> {
    /// The mended text gets its number and is released.
    pub(super) fn second(&self) -> Result<(), Failure> {
        self.say("\nThe friendlier text is published as 2.4.0, and released:\n");
        let bumped = bump::run(
            &self.muted,
            &BumpArgs {
                entries: vec!["billing_refund".to_owned()],
                level: None,
                to: None,
                evidence: None,
                message: Some("friendlier words; the rule about sources stays".to_owned()),
                base: None,
                dry_run: false,
            },
        )?;
        done(bumped, "keelmark bump billing_refund")?;
        vcs::write::commit_all(self.dir, "billing_refund 2.4.0 is published")?;
        self.release(self.context, "1.1.0", &SECOND)
    }

    /// Measures, prepares, fills in the decision, commits and tags; `context` says how the tag is
    /// told of.
    pub(super) fn release(
        &self,
        context: &Context,
        version: &str,
        words: &Words,
    ) -> Result<(), Failure> {
        drop(measured(&self.muted, Some(Tier::Release))?);
        let command = ReleaseCommand::Prepare(PrepareArgs {
            composite: COMPOSITE.to_owned(),
            hold: Vec::new(),
            level: None,
            to: None,
            rc: false,
            message: Some(words.message.to_owned()),
            base: None,
            dry_run: false,
        });
        done(release::run(&self.muted, &command)?, "keelmark release prepare")?;
        self.decide(version, words)?;
        vcs::write::commit_all(self.dir, &format!("release {COMPOSITE} {version}"))?;
        let command = ReleaseCommand::Tag(TagArgs {
            composite: COMPOSITE.to_owned(),
            rc: false,
            signing: UNSIGNED,
            waive: Vec::new(),
            reason: None,
            until: None,
            push: false,
            dry_run: false,
        });
        done(release::run(context, &command)?, "keelmark release tag")
    }

    /// Anybody proves the release, from a clone that knows nothing else.
    pub(super) fn proof(&self) -> Result<(), Failure> {
        self.say(
            "\nAnybody proves it, offline, from a fresh clone. `keelmark verify` says there:\n",
        );
        let folder = apply::temporary_dir()?;
        let clone = folder.path().join("clone");
        vcs::write::clone(self.dir, &clone)?;
        enter(&clone)?;
        let arguments = VerifyArgs {
            references: vec![format!("{COMPOSITE}@1.1.0")],
            all: false,
            deep: false,
            format: ListingFormat::Human,
        };
        let exit = verify::run(self.context, &arguments);
        enter(self.dir)?;
        done(exit?, "keelmark verify")
    }

    /// On-call takes the release back.
    pub(super) fn way_back(&self) -> Result<(), Failure> {
        self.say("\nAt three in the morning it is taken back: `keelmark rollback production`\n");
        let arguments = RollbackArgs {
            channel: "production".to_owned(),
            to: None,
            rehearse: false,
            ping: false,
            force: false,
            reason: Some("customers read the friendlier words as a promise".to_owned()),
            push: false,
            dry_run: false,
            format: ListingFormat::Human,
        };
        done(rollback::run(self.context, &arguments)?, "keelmark rollback production")?;
        vcs::write::commit_all(self.dir, "a post-mortem of the rollback is begun")?;
        self.say("\n`keelmark status` says what is live:\n");
        let arguments = StatusArgs { format: ListingFormat::Human };
        done(status::run(self.context, &arguments)?, "keelmark status")
    }

    /// Writes an author's words into the decision record.
    fn decide(&self, version: &str, words: &Words) -> Result<(), Failure> {
        let workspace = self.context.open()?.workspace(&Wanted::Worktree, self.context)?;
        let version: Version = version
            .parse()
            .map_err(|_| Failure::undecided(format!("`{version}` is no version")))?;
        let places = places(&workspace)?;
        // Nothing of it is known to git yet, so the folder is read.
        let tree =
            workspace.opened.repository.worktree_snapshot(std::slice::from_ref(&places.adr))?;
        let found = Documents::find(&places, &tree, (COMPOSITE, &version))?;
        let Some(old) = found.adr_text else {
            return Err(Failure::undecided(format!("there is no `{}`", found.adr_path)));
        };
        let filled =
            words.places.iter().fold(old.clone(), |text, (place, word)| text.replace(place, word));
        let act = Act::Replace { path: found.adr_path, old: old.into(), new: filled.into() };
        apply::apply(&Plan { acts: vec![act], notes: Vec::new() }, self.dir)
    }
}

/// A step of the demo goes well, or the demo ends.
fn done(exit: Exit, command: &str) -> Result<(), Failure> {
    if exit == Exit::Success {
        return Ok(());
    }
    Err(Failure::undecided(format!("the demo's `{command}` did not go well"))
        .hint("run it by hand in the folder of the demo to see why"))
}
