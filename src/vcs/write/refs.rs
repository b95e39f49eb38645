//! References: all of a transaction, or none.

use std::fmt::Write as _;

use crate::snapshot::ObjectName;
use crate::vcs::error::VcsError;
use crate::vcs::open::Repository;

/// Where a reference has to be before it moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Old {
    /// Nowhere: it does not exist.
    Missing,
    /// At this object.
    Is(ObjectName),
    /// Anywhere.
    Any,
}

/// One reference of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefUpdate {
    /// Its full name.
    pub name: String,
    /// What it shall name; `None` leaves it as it is, so that only `old` is insisted on.
    pub new: Option<ObjectName>,
    /// Where it has to be.
    pub old: Old,
}

/// Why no reference moved.
#[derive(Debug, thiserror::Error)]
pub enum RefFault {
    /// A reference is not where it was seen.
    #[error("`{name}` {}", moved(*expected, *found))]
    Moved {
        /// Its full name.
        name: String,
        /// Where it was seen.
        expected: Old,
        /// What it names now.
        found: Option<ObjectName>,
    },
    /// Another program is writing a reference.
    #[error("a reference is locked: {cause}")]
    Locked {
        /// What git said, with the name of the lock.
        cause: String,
    },
    /// Another reference is in the way: `a` and `a/b` cannot both exist.
    #[error("`{name}` cannot be created while `{other}` exists")]
    InTheWay {
        /// The new reference.
        name: String,
        /// The one that exists.
        other: String,
    },
    /// Git refused for another reason, or could not be asked.
    #[error(transparent)]
    Vcs(#[from] VcsError),
}

impl RefFault {
    /// Returns the next step, where there is one.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Moved { .. } => None,
            Self::Locked { .. } => Some(
                "run the command again; if nothing else runs, remove the `.lock` file that a \
                 crashed git left behind"
                    .to_owned(),
            ),
            Self::InTheWay { other, .. } => Some(format!("look at `git show-ref {other}`")),
            Self::Vcs(error) => error.hint(),
        }
    }
}

fn moved(expected: Old, found: Option<ObjectName>) -> String {
    match (expected, found) {
        (Old::Missing, Some(found)) => format!("exists already and names {}", found.short()),
        (Old::Is(old), Some(found)) => {
            format!("moved from {} to {}", old.short(), found.short())
        }
        (Old::Is(old), None) => format!("is gone; it named {}", old.short()),
        (Old::Missing | Old::Any, None) | (Old::Any, Some(_)) => "changed".to_owned(),
    }
}

impl Repository {
    /// Moves references in one transaction, in the order given, without running hooks.
    ///
    /// Either every reference is where it has to be and all of them move, or none does. `reason`
    /// stands in the logs of references that have one.
    ///
    /// # Errors
    /// When a reference is elsewhere, locked or in another's way, or git fails.
    pub fn update_refs(&self, updates: &[RefUpdate], reason: &str) -> Result<(), RefFault> {
        let mut input = String::from("start\n");
        for update in updates {
            if let Some(line) = line(update) {
                input.push_str(&line?);
            }
        }
        input.push_str("prepare\ncommit\n");
        let words = ["-c", "core.hooksPath=/dev/null", "update-ref", "-m", reason, "--stdin"];
        let said = self.store.git.ask(&words, Some(input.as_bytes()))?;
        if said.status.success() {
            return Ok(());
        }
        Err(self.why(updates, said.complaint())?)
    }

    /// Finds out why git refused a transaction. Its words change between versions, so that what can
    /// be looked up is.
    fn why(&self, updates: &[RefUpdate], cause: String) -> Result<RefFault, VcsError> {
        // Git looks at every object, too; looking before it did would only take time.
        if let Some(new) = updates.iter().find_map(|u| u.new.filter(|new| !self.store.holds(*new)))
        {
            return Err(VcsError::Missing { object: new.to_string() });
        }
        for update in updates {
            let found = self.reference(&update.name)?;
            let expected = update.old;
            let as_seen = match expected {
                Old::Missing => found.is_none(),
                Old::Is(old) => found == Some(old),
                Old::Any => true,
            };
            if !as_seen {
                return Ok(RefFault::Moved { name: update.name.clone(), expected, found });
            }
        }
        if cause.contains(".lock': File exists") {
            return Ok(RefFault::Locked { cause });
        }
        for update in updates.iter().filter(|update| update.new.is_some()) {
            if let Some(other) = self.in_the_way(&update.name)? {
                return Ok(RefFault::InTheWay { name: update.name.clone(), other });
            }
        }
        Ok(RefFault::Vcs(VcsError::Write { what: "the references", cause }))
    }

    /// Returns a reference that is a folder of this one's name, or has this name as a folder.
    fn in_the_way(&self, name: &str) -> Result<Option<String>, VcsError> {
        for (at, _) in name.match_indices('/') {
            let folder = name.get(..at).unwrap_or_default();
            if self.reference(folder)?.is_some() {
                return Ok(Some(folder.to_owned()));
            }
        }
        let below = self.references_below(&format!("{name}/"))?;
        Ok(below.into_iter().next().map(|(name, _)| name))
    }
}

/// Writes the command for one reference; there is none where nothing is asked.
fn line(update: &RefUpdate) -> Option<Result<String, VcsError>> {
    let name = &update.name;
    if gix::refs::FullName::try_from(name.as_str()).is_err() {
        let cause = format!("`{name}` is no name of a reference");
        return Some(Err(VcsError::Write { what: "a reference", cause }));
    }
    let mut line = String::new();
    // Writing to a string cannot fail.
    let _ = match (update.new, update.old) {
        (Some(new), Old::Missing) => writeln!(line, "create {name} {new}"),
        (Some(new), Old::Is(old)) => writeln!(line, "update {name} {new} {old}"),
        (Some(new), Old::Any) => writeln!(line, "update {name} {new}"),
        (None, Old::Is(old)) => writeln!(line, "verify {name} {old}"),
        (None, Old::Missing) => writeln!(line, "verify {name}"),
        (None, Old::Any) => return None,
    };
    Some(Ok(line))
}
