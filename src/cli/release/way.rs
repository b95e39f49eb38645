//! The way back: what a rollback to a release would do, for those who go and for those who look.

use crate::cli::context::Context;
use crate::cli::release::models::{self, Today};
use crate::cli::release::target::{self, Made};
use crate::ident::Kind as EntryKind;
use crate::ledger::channel::ChannelState;
use crate::release::composite::Composition;
use crate::release::payload::Broken;
use crate::release::rollback::{Break, Direction};
use crate::release::rules;
use crate::vcs::Repository;

/// The rule that says so of a model that may be gone.
const GONE: &str = rules::MEMBER_SUNSET.id;

/// The way from what is live to a target.
pub(in crate::cli) struct Way {
    /// Why it could not be judged.
    pub unjudged: Option<String>,
    /// Who breaks, sorted.
    pub breaks: Vec<Break>,
    /// What is worth knowing, sorted.
    pub notes: Vec<String>,
}

impl Way {
    /// Judges the way from what is live to a target, today.
    pub(in crate::cli) fn judge(
        context: &Context,
        repository: &Repository,
        (live, made): (&ChannelState, &Made),
    ) -> Self {
        let sides = (live, &made.composition);
        let (direction, live, unjudged) = match target::direction(context, repository, sides) {
            Ok((direction, live)) => (direction, Some(live), None),
            Err(why) => (Direction::default(), None, Some(why)),
        };
        let Direction { mut breaks, mut notes } = direction;
        let (today, now) = (Today::open(context), context.now());
        for member in made.composition.runtime().filter(|m| m.name.kind == EntryKind::Model) {
            let Some(sunset) = today.sunset(&member.loaded, now) else { continue };
            // What the release's own manifest says is judged already.
            let is_said = |rule: &str, slot: &str| rule == GONE && slot == member.slot;
            let mut live = live.iter().flat_map(Composition::runtime);
            let words = sunset.words(&member.reference());
            if !sunset.past {
                notes.push(words);
            } else if live.any(|other| models::same(&other.loaded, &member.loaded)) {
                notes.push(format!("{words}, and it is live now"));
            } else if !breaks.iter().any(|known| is_said(known.rule, &known.slot)) {
                breaks.push(Break {
                    slot: member.slot.clone(),
                    rule: GONE,
                    text: words,
                    who: "every request: the provider may refuse the model".to_owned(),
                });
            }
        }
        notes.sort();
        notes.dedup();
        breaks.sort();
        Self { unjudged, breaks, notes }
    }

    /// Returns who breaks, as it is recorded.
    pub(in crate::cli) fn broken(&self) -> Vec<Broken> {
        let broken = |found: &Break| Broken {
            who: found.who.clone(),
            text: found.text.clone(),
            rule: found.rule.to_owned(),
        };
        self.breaks.iter().map(broken).collect()
    }
}
