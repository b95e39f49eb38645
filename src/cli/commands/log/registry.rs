//! The versions of a whole registry: what each commit along first parents brought.

use std::collections::BTreeSet;

use super::{Range, Row, Scene, Stage};
use crate::checks::{Loaded, Named, read_entry};
use crate::cli::failure::Failure;
use crate::cli::past;
use crate::ident::EntryName;
use crate::registry::changelog::Line;
use crate::registry::layout::Placed;
use crate::snapshot::{ObjectName, Revision};
use crate::vcs::{End, Step, Touched};

/// Commits whose files are compared at once: most registries need no second look.
const STRETCH: usize = 256;

/// A version that a commit brought.
struct Arrival {
    since: Revision,
    now: Loaded,
    before: Option<Loaded>,
}

impl Scene<'_> {
    /// Collects the newest versions of all entries, `most` of them. The second is 0 where there are no
    /// more, and `None` where nobody has counted them.
    pub(super) fn registry(
        &self,
        range: Option<&Range>,
        most: usize,
    ) -> Result<(Vec<Row>, Option<usize>), Failure> {
        let repository = &self.workspace.opened.repository;
        let from = match range {
            Some(range) => Some(range.to),
            None => repository.head()?,
        };
        let Some(from) = from else { return Ok((Vec::new(), Some(0))) };
        let steps = self.steps(from, range.and_then(|range| range.from))?;
        let mut arrivals: Vec<Arrival> = Vec::new();
        let mut is_whole = true;
        'all: for stretch in steps.chunks(STRETCH) {
            for (step, touched) in stretch.iter().zip(repository.touched(stretch)?) {
                for name in self.entries_of(&touched) {
                    let Some(arrival) = self.arrival(step, &name)? else { continue };
                    // One more than is shown says that there are more.
                    if arrivals.len() >= most {
                        is_whole = false;
                        break 'all;
                    }
                    arrivals.push(arrival);
                }
            }
        }
        let stages: Vec<Stage<'_>> = arrivals.iter().filter_map(Arrival::stage).collect();
        Ok((self.rows(&stages)?, is_whole.then_some(0)))
    }

    /// Lists the commits along first parents that are not behind another commit.
    fn steps(&self, to: ObjectName, from: Option<ObjectName>) -> Result<Vec<Step>, Failure> {
        let repository = &self.workspace.opened.repository;
        let line = repository.first_parents(to, from)?;
        let mut steps = line.steps;
        // The line need not pass through the other commit, such as the tip of a merged branch. Behind
        // a commit that it has it has all of them, so that the border is found by halving.
        if let (Some(from), End::Root | End::Cut) = (from, line.end) {
            let (mut low, mut high) = (0_usize, steps.len());
            while low < high {
                let middle = low.midpoint(high);
                let Some(step) = steps.get(middle) else { break };
                if repository.is_ancestor(step.commit, from)? {
                    high = middle;
                } else {
                    low = middle + 1;
                }
            }
            steps.truncate(low);
        }
        Ok(steps)
    }

    /// Returns the entries whose files a commit changed, by name.
    fn entries_of(&self, touched: &[Touched]) -> BTreeSet<EntryName> {
        let name = |touched: &Touched| match self.workspace.layout.place(&touched.path) {
            Placed::Entry { name, .. } if touched.after.is_some() => Some(name),
            _ => None,
        };
        touched.iter().filter_map(name).collect()
    }

    /// Reads what a commit brought of an entry; `None` where its number is the old one.
    fn arrival(&self, step: &Step, name: &EntryName) -> Result<Option<Arrival>, Failure> {
        let Some(now) = self.at(step.commit, name)? else { return Ok(None) };
        let parent = step.parents.first().filter(|_| !self.ends_at.contains(&step.commit));
        let mut before = None;
        for name in past::names(&now) {
            let Some(parent) = parent else { break };
            before = before.or(self.at(*parent, &name)?);
        }
        let version = |loaded: &Loaded| loaded.entry.version.clone();
        if version(&now).is_none() || version(&now) == before.as_ref().and_then(version) {
            return Ok(None);
        }
        let commit = self.workspace.opened.repository.commit(step.commit)?;
        let since = Revision {
            commit: commit.id,
            time_seconds: commit.time_seconds,
            author: commit.author,
            subject: commit.subject,
        };
        Ok(Some(Arrival { since, now, before }))
    }

    fn at(&self, commit: ObjectName, name: &EntryName) -> Result<Option<Loaded>, Failure> {
        let tree = self.workspace.opened.repository.commit_snapshot(commit)?;
        Ok(read_entry(&self.workspace.layout, name, Named { name: "", tree: &tree })?)
    }
}

impl Arrival {
    fn stage(&self) -> Option<Stage<'_>> {
        let version = self.now.entry.version.clone()?;
        let lines = self.now.entry.common.changelog.iter();
        let line = lines.filter_map(|line| Line::read(line)).find(|line| line.version == version);
        let before = self.before.as_ref();
        Some(Stage {
            names: past::names(&self.now),
            version,
            since: Some(&self.since),
            loaded: &self.now,
            before: before.and_then(|old| Some((old.entry.version.as_ref()?, old))),
            text: line.map(|line| line.text).unwrap_or_default(),
        })
    }
}
