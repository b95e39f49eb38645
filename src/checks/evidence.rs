//! Evidence that a changed text is no worse: which line names it, and what follows from it.
//!
//! Evidence lowers a step and never raises one. Whether it holds is asked of a [`Witness`]; here
//! nobody knows runs, metrics or baselines.

use super::judge::Court;
use super::loaded::Loaded;
use crate::compat::change::Change;
use crate::compat::evidence;
use crate::compat::table::prompt::TEMPLATE_TEXT_NONREGRESSING;
use crate::digest::Digest;
use crate::finding::{Family, Finding, Rule};
use crate::ident::EntryName;
use crate::registry::changelog::Line;
use crate::registry::layout::Layout;
use crate::snapshot::{ReadFault, Snapshot};
use crate::version::Version;

/// Evidence that does not hold.
pub(super) static EVIDENCE_INVALID: Rule = Rule::error(
    "evidence-invalid",
    Family::Version,
    "the evidence that a changelog line names does not show what it is named for",
);

/// What evidence is named for: the new text of an entry is no worse than the published one.
#[derive(Clone, Copy)]
pub struct Claim<'a> {
    /// The tree under check, which holds the evidence.
    pub head: &'a dyn Snapshot,
    /// Where things lie in it.
    pub layout: &'a Layout,
    /// The entry.
    pub entry: &'a EntryName,
    /// The digest that the line names.
    pub digest: Digest,
    /// The behaviour of the content that the step is measured from.
    pub before: Digest,
    /// The behaviour of the entry now.
    pub after: Digest,
}

/// Why evidence does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// What kind of doubt it is.
    pub kind: DoubtKind,
    /// What does not hold.
    pub what: String,
    /// The next step.
    pub next: String,
}

/// What is to be thought of evidence that does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DoubtKind {
    /// It shows the opposite.
    Refuted,
    /// It cannot be decided.
    Open,
    /// It is about something else, or is no evidence at all.
    Unfit,
}

/// Somebody who can tell whether evidence holds, from the tree under check and the base.
pub trait Witness: Sync {
    /// Says what the evidence shows, in one sentence, or why it does not hold.
    ///
    /// # Errors
    /// When bytes cannot be had.
    fn vouch(&self, claim: &Claim<'_>) -> Result<Result<String, Doubt>, ReadFault>;
}

/// What was heard of the evidence of an entry.
pub(super) struct Heard {
    /// What the witness said.
    pub(super) said: Result<String, Doubt>,
    /// What is reported of it.
    pub(super) finding: Finding,
}

impl Court<'_> {
    /// Hears the evidence that the line of a version names; `None` where it names none, or where
    /// other changes than those of text ask for the step.
    pub(super) fn hear(
        &self,
        (old, new): (&Loaded, &Loaded),
        version: &Version,
        reasons: &[Change],
    ) -> Result<Option<Heard>, ReadFault> {
        let lines = new.entry.common.changelog.iter().enumerate();
        let mut read = lines.filter_map(|(at, written)| Some((at, Line::read(written)?)));
        let Some((at, line)) = read.find(|(_, line)| line.version == *version) else {
            return Ok(None);
        };
        let Some(written) = line.evidence().filter(|_| evidence::is_text_only(reasons)) else {
            return Ok(None);
        };
        let name = &new.entry.name;
        let said = match written.parse() {
            Ok(digest) => self.witness.vouch(&Claim {
                head: self.head,
                layout: self.layout,
                entry: name,
                digest,
                before: old.facets().behaviour,
                after: new.facets().behaviour,
            })?,
            Err(_) => Err(Doubt {
                kind: DoubtKind::Unfit,
                what: format!("`{}` is no SHA-256 digest", written.escape_debug()),
                next: format!(
                    "name a run with `keelmark bump {} --level patch --evidence RUN`",
                    name.id
                ),
            }),
        };
        let place = new.entry.document.place(&format!("/changelog/{at}"));
        let finding = match &said {
            Ok(shown) => {
                let message =
                    format!("{shown}; the evidence is `local`: whoever ran it vouches for it");
                Finding::new(&TEMPLATE_TEXT_NONREGRESSING, place, message)
            }
            Err(doubt) => {
                let message = format!("the evidence for {version} does not hold: {}", doubt.what);
                let help = format!(
                    "{}; `keelmark bump {}` writes the step that needs no evidence",
                    doubt.next, name.id
                );
                Finding::new(&EVIDENCE_INVALID, place, message).help(help)
            }
        };
        let finding = finding.entry(name).values(String::new(), written);
        Ok(Some(Heard { said, finding }))
    }
}

/// Says how a change of text becomes a patch.
#[must_use]
pub fn way_to_patch(name: &EntryName) -> String {
    format!(
        "prove that the answers are no worse: `keelmark eval run --changed`, then `keelmark bump {} --level patch --evidence latest`",
        name.id
    )
}
