//! Computing again what releases claim, from what a clone holds. Nothing is written or fetched.

mod ahead;
mod entries;
mod ledger;
mod orphans;
mod packs;
mod proofs;
mod release;
mod scene;
mod select;

use super::context::{Context, Opened};
use super::exit::Exit;
use super::failure::Failure;
use super::ledger::{self as books, Audit, Book};
use crate::ledger::find::Index;
use crate::ledger::kind::Kind;
use crate::ledger::record::RecordId;
use crate::registry::config::Config;
use crate::release::claims::{Claim, Subject, What};
use crate::vcs::WorktreeSnapshot;

/// The ledger, as far as it can be believed.
enum Ledger {
    /// Every record of it, archived ones too.
    Here { index: Index, audit: Audit },
    /// It is not what it was; no record counts.
    False(Audit),
    /// The clone has none.
    Missing,
    /// It cannot be read.
    Unread(Failure),
}

/// How much is read of a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::cli) enum Depth {
    /// What its tag says: object, commit, digests, record.
    Tags,
    /// What it needs to be believed.
    Whole,
    /// That, and what else is kept of it.
    Deep,
}

/// A repository, whose releases are judged.
pub(in crate::cli) struct Court<'a> {
    context: &'a Context,
    opened: Opened,
    /// The configuration of the work tree, or of `HEAD`.
    config: Config,
    book: Book,
    ledger: Ledger,
    /// The work tree, where there is one and it may be believed.
    disk: Option<WorktreeSnapshot>,
    /// How much is read.
    depth: Depth,
    now: i64,
}

impl<'a> Court<'a> {
    /// Opens the repository and its ledger.
    ///
    /// # Errors
    /// When the repository or its configuration cannot be read.
    pub(in crate::cli) fn open(context: &'a Context, depth: Depth) -> Result<Self, Failure> {
        let opened = context.open()?;
        let config = books::settings(&opened, context)?;
        let book = Book::open(&opened, context)?;
        let ledger = Ledger::read(&book);
        let disk = ahead::disk(&opened, context, depth == Depth::Deep);
        let now = context.now();
        Ok(Self { context, opened, config, book, ledger, disk, depth, now })
    }

    /// Judges the releases that are named, in the order in which they were; without names the newest
    /// of each composite.
    ///
    /// # Errors
    /// A name leads to no release, or the repository cannot be read.
    pub(in crate::cli) fn named(&self, texts: &[String]) -> Result<Vec<Subject>, Failure> {
        let released = select::all(&self.opened.repository, &self.config.tag_prefix)?;
        let chosen = if texts.is_empty() {
            select::newest(&released)
        } else {
            self.chosen(&released, texts)?
        };
        let mut subjects = Vec::new();
        for name in &chosen {
            subjects.push(self.release(name)?);
        }
        if released.is_empty() {
            subjects.extend(self.untagged(&released));
        }
        if self.depth == Depth::Deep && !chosen.is_empty() {
            subjects.push(self.packs()?);
        }
        Ok(subjects)
    }

    /// Judges every release, every tag of an entry, and the ledger as a whole.
    ///
    /// # Errors
    /// When the repository cannot be read.
    pub(in crate::cli) fn everything(&self) -> Result<Vec<Subject>, Failure> {
        let released = select::all(&self.opened.repository, &self.config.tag_prefix)?;
        let mut subjects = Vec::new();
        for name in &released {
            subjects.push(self.release(name)?);
        }
        subjects.extend(self.untagged(&released));
        subjects.extend(self.entries()?);
        // Tags of entries need no ledger: where nothing was released, there is none to be fetched.
        if !(released.is_empty() && self.book.is_missing()) {
            subjects.push(self.whole_ledger());
        }
        if self.depth == Depth::Deep {
            subjects.push(self.packs()?);
        }
        Ok(subjects)
    }

    /// Says how the ledger is brought here where this clone may be older than the tag.
    fn newer(&self) -> String {
        format!("where this clone may be older than the tag, {}", self.book.fetch_words())
    }

    /// Judges every release and every tag of an entry by what their tags say.
    ///
    /// # Errors
    /// When the repository cannot be read.
    pub(in crate::cli) fn tags(&self) -> Result<Vec<Subject>, Failure> {
        let mut subjects = Vec::new();
        let released = select::all(&self.opened.repository, &self.config.tag_prefix)?;
        for name in &released {
            subjects.push(self.release(name)?);
        }
        subjects.extend(self.untagged(&released));
        subjects.extend(self.entries()?);
        Ok(subjects)
    }

    /// Returns the ledger.
    pub(in crate::cli) const fn book(&self) -> &Book {
        &self.book
    }

    /// Says why a claim that needs the ledger cannot be decided; `None` where it can.
    fn without_ledger(&self, what: What) -> Option<Claim> {
        let branch = self.book.branch();
        match &self.ledger {
            Ledger::Here { .. } => None,
            Ledger::False(_) => {
                Some(Claim::unknown(what, "the ledger is false, so nothing counts that it says"))
            }
            Ledger::Missing => {
                let claim =
                    Claim::unknown(what, format!("the ledger `{branch}` is not in this clone"));
                Some(claim.hint(self.book.fetch_words()))
            }
            Ledger::Unread(failure) => Some(undecided(what, failure)),
        }
    }

    /// Returns the records of the ledger, where they can be believed.
    pub(in crate::cli) fn index(&self) -> Option<&Index> {
        match &self.ledger {
            Ledger::Here { index, .. } => Some(index),
            _ => None,
        }
    }

    /// Returns the place of a record among all of them; `None` for one that is not at the tip yet.
    fn place(&self, record: &RecordId) -> Option<usize> {
        match &self.ledger {
            Ledger::Here { audit, .. } => audit.places.get(record).copied(),
            _ => None,
        }
    }
}

impl Ledger {
    fn read(book: &Book) -> Self {
        if book.is_missing() {
            return Self::Missing;
        }
        let audit = match book.audit() {
            Ok(audit) => audit,
            Err(failure) => return Self::Unread(failure),
        };
        match records(book) {
            Ok(index) => Self::Here { index, audit },
            Err(failure) if failure.exit() == Exit::Integrity => Self::False(audit),
            Err(failure) => Self::Unread(failure),
        }
    }
}

/// Reads every record, also those that were archived.
fn records(book: &Book) -> Result<Index, Failure> {
    let index = book.index()?;
    if index.of_kind(&Kind::Retention).next().is_none() {
        return Ok(index);
    }
    let mut records = book.archived()?;
    records.extend(index.all().iter().cloned());
    records.sort_by(|a, b| a.at().cmp(&b.at()).then_with(|| a.id().cmp(b.id())));
    records.dedup_by(|a, b| a.id() == b.id());
    Ok(Index::new(records))
}

/// Makes a claim of a failure to read what it is about.
fn undecided(what: What, failure: &Failure) -> Claim {
    let claim = match failure.exit() {
        Exit::Integrity | Exit::Findings => {
            Claim::fails(what, failure.message(), "something that can be read")
        }
        _ => Claim::unknown(what, failure.message()),
    };
    match failure.advice() {
        Some(hint) => claim.hint(hint),
        None => claim,
    }
}
