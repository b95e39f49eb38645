//! What a release claims, and what became of each claim.
//!
//! Whoever verifies gathers what is to be compared; here it is compared, one claim at a time. A claim
//! that does not hold says what was found and what was expected, so that nobody has to ask again.

pub mod content;
pub mod documents;
pub mod entry;
pub mod people;
pub mod proof;
pub mod record;
mod said;
pub mod tag;
pub mod waiver;

#[cfg(test)]
mod tests;

/// How many digits of a digest a line shows.
const DIGITS: usize = 12;

/// What became of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It was computed again and is so.
    Holds,
    /// Somebody vouches for it, or nobody has to; it cannot be computed again.
    Attested,
    /// Something that whoever reads should know, and that decides nothing.
    Note,
    /// It cannot be decided with what is at hand.
    Unknown,
    /// It is false.
    Fails,
}

impl Verdict {
    /// Returns the word in reports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Attested => "attested",
            Self::Note => "note",
            Self::Unknown => "unknown",
            Self::Fails => "fails",
        }
    }
}

/// What a claim is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// The tag: annotated, of that name, leading to a commit, with the message of a release.
    Tag,
    /// The signature of the tag.
    Signature,
    /// Whether a published branch holds the commit.
    Commit,
    /// The digest of the composite.
    Composite,
    /// The digest of a member.
    Component,
    /// The digests that entries declare of their files.
    Payloads,
    /// The step from the release before.
    Step,
    /// The scores and gates of a run, computed again from its pack.
    Arithmetic,
    /// Who vouches for a run.
    Provenance,
    /// The gates of a suite.
    Gate,
    /// A gate that somebody answers for.
    Waiver,
    /// Who approved.
    Approval,
    /// The decision record.
    Adr,
    /// The notes.
    Notes,
    /// The bundle that went live.
    Bundle,
    /// The record of the release in the ledger.
    Record,
    /// The ledger from its first commit to its tip.
    Ledger,
    /// The commit of the ledger that a tag cites, and the tags that records cite.
    Anchor,
    /// The packs that are kept.
    Packs,
    /// The tag of an entry's version.
    Entry,
}

impl What {
    /// Returns the word in reports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Tag => "tag",
            Self::Signature => "signature",
            Self::Commit => "commit",
            Self::Composite => "composite",
            Self::Component => "component",
            Self::Payloads => "payloads",
            Self::Step => "step",
            Self::Arithmetic => "arithmetic",
            Self::Provenance => "provenance",
            Self::Gate => "gate",
            Self::Waiver => "waiver",
            Self::Approval => "approval",
            Self::Adr => "adr",
            Self::Notes => "notes",
            Self::Bundle => "bundle",
            Self::Record => "record",
            Self::Ledger => "ledger",
            Self::Anchor => "anchor",
            Self::Packs => "packs",
            Self::Entry => "entry",
        }
    }
}

/// One claim, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// What it is about.
    pub what: What,
    /// Of which of several: an entry, a run, a gate; empty where there is one only.
    pub about: String,
    /// What became of it.
    pub verdict: Verdict,
    /// What was found.
    pub found: String,
    /// What was expected; empty where it was found.
    pub expected: String,
    /// What to do next.
    pub hint: Option<String>,
}

impl Claim {
    fn new(what: What, verdict: Verdict, found: impl Into<String>) -> Self {
        let (about, expected) = (String::new(), String::new());
        Self { what, about, verdict, found: found.into(), expected, hint: None }
    }

    /// A claim that was computed again and is so.
    #[must_use]
    pub fn holds(what: What, found: impl Into<String>) -> Self {
        Self::new(what, Verdict::Holds, found)
    }

    /// A claim that nobody can compute again.
    #[must_use]
    pub fn attested(what: What, found: impl Into<String>) -> Self {
        Self::new(what, Verdict::Attested, found)
    }

    /// A word that decides nothing.
    #[must_use]
    pub fn note(what: What, found: impl Into<String>) -> Self {
        Self::new(what, Verdict::Note, found)
    }

    /// A claim that cannot be decided here.
    #[must_use]
    pub fn unknown(what: What, found: impl Into<String>) -> Self {
        Self::new(what, Verdict::Unknown, found)
    }

    /// A false claim.
    #[must_use]
    pub fn fails(what: What, found: impl Into<String>, expected: impl Into<String>) -> Self {
        Self { expected: expected.into(), ..Self::new(what, Verdict::Fails, found) }
    }

    /// Says of which of several it is.
    #[must_use]
    pub fn about(self, about: impl Into<String>) -> Self {
        Self { about: about.into(), ..self }
    }

    /// Adds the next step.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// Returns what people call it, such as `component prompt/billing_refund@2.3.0`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.what.word(), self.about).trim_end().to_owned()
    }

    /// Says in one sentence what was found, and what was expected.
    #[must_use]
    pub fn words(&self) -> String {
        if self.expected.is_empty() {
            return self.found.clone();
        }
        format!("{}; expected {}", self.found, self.expected)
    }
}

/// What kind of thing makes claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SubjectKind {
    /// A release tag.
    Release,
    /// The tag of an entry's version.
    Entry,
    /// The ledger as a whole.
    Ledger,
    /// The branch of packs.
    Evidence,
}

impl SubjectKind {
    /// Returns the word in reports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Entry => "entry",
            Self::Ledger => "ledger",
            Self::Evidence => "evidence",
        }
    }
}

/// Something that makes claims, with what became of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// What kind of thing it is.
    pub kind: SubjectKind,
    /// Its name: a tag without `refs/tags/`, or a branch.
    pub name: String,
    /// The object that it names now, in hexadecimal digits; `None` where it is not here.
    pub object: Option<String>,
    /// The claims, in the order in which they build on each other.
    pub claims: Vec<Claim>,
}

/// How verifying ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Nothing is false, and nothing is open.
    Holds,
    /// Nothing is false, and something cannot be decided.
    Unknown,
    /// Something is false.
    Fails,
}

/// What all claims come to, with the first one that decides it.
#[must_use]
pub fn ending(subjects: &[Subject]) -> (Ending, Option<(&Subject, &Claim)>) {
    let first = |verdict: Verdict| {
        subjects.iter().find_map(|subject| {
            let claim = subject.claims.iter().find(|claim| claim.verdict == verdict)?;
            Some((subject, claim))
        })
    };
    match (first(Verdict::Fails), first(Verdict::Unknown)) {
        (Some(found), _) => (Ending::Fails, Some(found)),
        (None, Some(found)) => (Ending::Unknown, Some(found)),
        (None, None) => (Ending::Holds, None),
    }
}
