//! From a failure to do the job to words, hints and an exit code. Nothing else decides them.

use std::error::Error;
use std::fmt;
use std::io;

use super::exit::Exit;
use crate::escape;
use crate::release::page::PageFault;
use crate::snapshot::ReadFault;
use crate::vcs::{BaseFault, VcsError};
use crate::yaml::EditFault;

/// Why a command did not do its job.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    message: String,
    causes: Vec<String>,
    hint: Option<String>,
}

impl Failure {
    /// What was typed or configured cannot be meant.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, message: message.into(), causes: Vec::new(), hint: None }
    }

    /// The question cannot be answered here.
    pub fn undecided(message: impl Into<String>) -> Self {
        Self { exit: Exit::Undecided, message: message.into(), causes: Vec::new(), hint: None }
    }

    /// The change is refused.
    pub fn refused(message: impl Into<String>) -> Self {
        Self { exit: Exit::Findings, message: message.into(), causes: Vec::new(), hint: None }
    }

    /// A freeze stands.
    pub fn frozen(message: impl Into<String>) -> Self {
        Self { exit: Exit::Frozen, message: message.into(), causes: Vec::new(), hint: None }
    }

    /// What was recorded does not match what it claims.
    pub fn integrity(message: impl Into<String>) -> Self {
        Self { exit: Exit::Integrity, message: message.into(), causes: Vec::new(), hint: None }
    }

    /// Adds the next step.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Returns what went wrong, without causes and hint.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns the next step.
    #[must_use]
    pub fn advice(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Returns the exit code.
    #[must_use]
    pub const fn exit(&self) -> Exit {
        self.exit
    }

    fn because(mut self, error: &dyn Error) -> Self {
        let mut cause = error.source();
        while let Some(error) = cause {
            self.causes.push(error.to_string());
            cause = error.source();
        }
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", escape::lines(&self.message))?;
        for cause in &self.causes {
            write!(f, "\n  caused by: {}", escape::line(cause))?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\n\nhint: {}", escape::lines(hint))?;
        }
        Ok(())
    }
}

impl From<VcsError> for Failure {
    fn from(error: VcsError) -> Self {
        if let VcsError::Read(fault) = error {
            return fault.into();
        }
        let failure = match &error {
            VcsError::NotARepository { .. } | VcsError::Revision { .. } | VcsError::Bare { .. } => {
                Self::usage(error.to_string())
            }
            _ => Self::undecided(error.to_string()),
        };
        let failure = failure.because(&error);
        match error.hint() {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

impl From<BaseFault> for Failure {
    fn from(fault: BaseFault) -> Self {
        let hint = fault.hint();
        let failure = match fault {
            BaseFault::Vcs(error) => return error.into(),
            // A base that was typed and is not there is a mistake of whoever typed it.
            BaseFault::Unknown { .. } => Self::usage(fault.to_string()).because(&fault),
            _ => Self::undecided(fault.to_string()),
        };
        match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

impl From<ReadFault> for Failure {
    fn from(fault: ReadFault) -> Self {
        let failure = Self::undecided(fault.to_string()).because(&fault);
        match fault {
            ReadFault::Missing { .. } => failure.hint(
                "the clone is shallow or partial; fetch the rest: `git fetch --unshallow` or `git fetch --refetch`",
            ),
            _ => failure,
        }
    }
}

impl From<EditFault> for Failure {
    fn from(fault: EditFault) -> Self {
        Self::refused(fault.to_string())
    }
}

impl From<PageFault> for Failure {
    fn from(fault: PageFault) -> Self {
        Self::usage(fault.to_string()).hint(
            "templates of your own lie in `templates/` of the registry; without one, Keelmark's counts",
        )
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::undecided(format!("failed to write: {error}"))
    }
}
