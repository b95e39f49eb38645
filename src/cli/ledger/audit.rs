//! Whether the ledger is what it was.

use std::collections::{BTreeMap, BTreeSet};

use super::Book;
use crate::cli::failure::Failure;
use crate::ledger::fork;
use crate::ledger::record::{self, RecordId};
use crate::ledger::verify::{self, Change, Checker, Fault, Link, Outcome};
use crate::snapshot::ObjectName;
use crate::vcs::{End, Repository, Step, Touched};

/// Commits whose files are held at once.
const STRETCH: usize = 512;
/// Commits that are looked at in passing.
const FEW: usize = 8;
/// The line of a release tag that cites the ledger.
const TRAILER: &str = "Keelmark-Ledger:";

/// What a look at the whole ledger found.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::cli) struct Audit {
    /// What is wrong, the first false commit first.
    pub faults: Vec<Fault>,
    /// What is odd and allowed.
    pub notes: Vec<String>,
    /// How many records there are.
    pub records: usize,
    /// How many tags were compared with what records say of them.
    pub tags: usize,
    /// The place of each record, the oldest first. What is not below the tip yet has none.
    pub places: BTreeMap<RecordId, usize>,
}

impl Book {
    /// Reads every commit of the ledger, the local one and the one at the remote, and compares tags
    /// with what cites them.
    ///
    /// # Errors
    /// When the ledger cannot be read whole.
    pub(in crate::cli) fn audit(&self) -> Result<Audit, Failure> {
        let Some(tip) = self.tip else { return Ok(Audit::default()) };
        let outcome = walk(&self.repository, self.line(tip)?)?;
        let mut commits = outcome.commits.clone();
        let mut audit = Audit {
            records: outcome.records + self.pending.len(),
            faults: outcome.faults.clone(),
            notes: outcome.notes.clone(),
            tags: 0,
            places: outcome.places.clone(),
        };
        let mut citations = outcome.citations;
        if let (Some(local), Some(tracking), false) = (self.local, self.tracking, self.is_joined()?)
        {
            let ours = walk(&self.repository, self.line(local)?)?;
            audit.faults.extend(ours.faults.into_iter().filter(|f| !outcome.faults.contains(f)));
            audit.notes.extend(ours.notes.into_iter().filter(|n| !outcome.notes.contains(n)));
            let parted = self.parted(local, tracking)?;
            audit.faults.extend(fork::contradictions(&parted.local, &parted.remote));
            commits.extend(ours.commits);
            citations.extend(
                ours.citations
                    .into_iter()
                    .filter(|c| parted.local.iter().any(|told| told.commit == c.commit)),
            );
        }
        let mut compared = BTreeSet::new();
        let mut unreadable = None;
        let (faults, notes) = verify::anchors(&citations, |tag| {
            let found = self.repository.reference(&format!("refs/tags/{tag}"));
            let found = found.unwrap_or_else(|error| {
                unreadable = Some(error);
                None
            });
            compared.extend(found.map(|_| tag.to_owned()));
            found
        });
        if let Some(error) = unreadable {
            return Err(error.into());
        }
        audit.tags = compared.len();
        audit.faults.extend(faults);
        audit.notes.extend(notes);
        audit.faults.extend(verify::cited_commits(&self.cited()?, &commits));
        Ok(audit)
    }

    /// Says whether one branch goes on where the other ends.
    ///
    /// # Errors
    /// When history cannot be read.
    pub(in crate::cli) fn is_joined(&self) -> Result<bool, Failure> {
        Ok(match (self.local, self.tracking) {
            (Some(local), Some(tracking)) => {
                self.repository.is_ancestor(local, tracking)?
                    || self.repository.is_ancestor(tracking, local)?
            }
            _ => true,
        })
    }

    /// Refuses a chain of commits that is no ledger behind one that is believed: nobody publishes
    /// what somebody edited.
    ///
    /// # Errors
    /// A commit does something else than add one record, which is a failure of integrity; or it
    /// cannot be read.
    pub(super) fn refuse_false(
        &self,
        tip: ObjectName,
        believed: Option<ObjectName>,
    ) -> Result<(), Failure> {
        let Some((fault, last)) = self.first_false(tip, believed, usize::MAX)? else {
            return Ok(());
        };
        let failure =
            Failure::integrity(format!("the ledger is false, and was not pushed: {fault}"));
        let Some(last) = last else { return Err(failure) };
        Err(failure.hint(format!(
            "somebody edited it here; `git update-ref {} {last}` goes back to the last sound commit; what was recorded behind it has to be recorded again",
            self.place.local
        )))
    }

    /// Says what is false of the newest commits that the remote does not have; it looks at a few of
    /// them only, so that it costs nothing.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub(in crate::cli) fn doubt(&self) -> Result<Option<String>, Failure> {
        let Some(tip) = self.local.or(self.tip) else { return Ok(None) };
        let found = self.first_false(tip, self.tracking, FEW)?;
        Ok(found.map(|(fault, _)| {
            format!("the ledger is false: {fault}; `keelmark ledger verify` looks at all of it")
        }))
    }

    /// Finds the first fault of the newest commits behind one that is believed, `most` at most, and
    /// the last commit before it.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub(super) fn first_false(
        &self,
        tip: ObjectName,
        believed: Option<ObjectName>,
        most: usize,
    ) -> Result<Option<(Fault, Option<ObjectName>)>, Failure> {
        // One more than are looked at, to know whether there is one.
        let line = self.repository.newest(tip, believed, most.saturating_add(1))?;
        let newest = line.steps.get(..most).unwrap_or(&line.steps);
        let before = newest.last().and_then(|step| step.parents.first().copied());
        let checker = match before {
            // What is not here cannot be compared with; a shallow clone judges what it has.
            Some(_) if line.end == End::Cut && newest.len() == line.steps.len() => return Ok(None),
            Some(before) => Checker::behind(before, self.channels_at(before)?),
            None => Checker::new(),
        };
        let outcome = check(&self.repository, newest.to_vec(), checker)?;
        let Some(first) = outcome.faults.first() else { return Ok(None) };
        // Of one commit, a fault that names a file says more.
        let named = |fault: &&Fault| fault.commit == first.commit && fault.path.is_some();
        let fault = outcome.faults.iter().find(named).unwrap_or(first);
        let at = outcome.commits.iter().position(|commit| Some(*commit) == fault.commit);
        let last = at.and_then(|at| outcome.commits.get(at.checked_sub(1)?)).copied();
        Ok(Some((fault.clone(), last)))
    }

    /// Returns the commits of the ledger that release tags cite.
    fn cited(&self) -> Result<Vec<(String, ObjectName)>, Failure> {
        let mut cited = Vec::new();
        let below = format!("refs/tags/{}release/", self.place.tag_prefix);
        for (name, object) in self.repository.references_below(&below)? {
            let Some(tag) = self.repository.read_tag(object)? else { continue };
            let trailers = tag.message.trim_end().rsplit("\n\n").next().unwrap_or_default();
            let found = trailers.lines().find_map(|line| line.strip_prefix(TRAILER));
            if let Some(commit) = found.and_then(|text| ObjectName::parse(text.trim())) {
                let name = name.strip_prefix("refs/tags/").unwrap_or(&name).to_owned();
                cited.push((name, commit));
            }
        }
        Ok(cited)
    }
}

/// Walks along a ledger, whose commits are given the newest first, and says what is wrong with it.
///
/// # Errors
/// When a commit cannot be read.
pub(in crate::cli) fn walk(repository: &Repository, steps: Vec<Step>) -> Result<Outcome, Failure> {
    check(repository, steps, Checker::new())
}

/// Walks along commits, given the newest first, from where a checker stands.
fn check(
    repository: &Repository,
    mut steps: Vec<Step>,
    mut checker: Checker,
) -> Result<Outcome, Failure> {
    steps.reverse();
    for stretch in steps.chunks(STRETCH) {
        // Neighbours are compared fastest the newest first.
        let newest_first: Vec<Step> = stretch.iter().rev().cloned().collect();
        let touched = repository.touched(&newest_first)?;
        for (step, touched) in stretch.iter().zip(touched.into_iter().rev()) {
            checker.take(&link(repository, step, touched)?);
        }
    }
    Ok(checker.finish())
}

fn link(repository: &Repository, step: &Step, touched: Vec<Touched>) -> Result<Link, Failure> {
    let mut changes = Vec::new();
    for Touched { path, before, after } in touched {
        let change = match after {
            None => Change::Removed,
            Some(blob) => {
                // Whatever is larger is no record; its first bytes show that as well.
                let bytes = match repository.blob(blob, record::LARGEST) {
                    Err(crate::snapshot::ReadFault::TooLarge { .. }) => Vec::new(),
                    read => read?,
                };
                if before.is_some() { Change::Rewritten(bytes) } else { Change::Added(bytes) }
            }
        };
        changes.push((path, change));
    }
    Ok(Link { commit: step.commit, parents: step.parents.clone(), changes })
}
