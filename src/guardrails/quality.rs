//! How good the detectors are on the labelled set.

use serde::Serialize;

use super::{citations, injection, lexicon, refusal};
use crate::redact;

/// Counts of a detector against the labels of `tests/labelled`.
///
/// The set was written by the authors of the detectors, with hard cases on both sides; rates on
/// other texts are lower.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Quality {
    /// Labelled and found.
    pub right: u32,
    /// Found, but not labelled.
    pub wrong: u32,
    /// Labelled, but not found.
    pub missed: u32,
    /// How many rows there are.
    pub rows: u32,
}

impl Quality {
    /// Returns the share of what is found that is right, from 0 to 1.
    #[must_use]
    pub fn precision(&self) -> f64 {
        f64::from(self.right) / f64::from(self.right + self.wrong)
    }

    /// Returns the share of what is labelled that is found, from 0 to 1.
    #[must_use]
    pub fn recall(&self) -> f64 {
        f64::from(self.right) / f64::from(self.right + self.missed)
    }
}

/// A detector of this room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Detector {
    /// Name and version, as profiles name them.
    pub name: &'static str,
    /// What it is good for.
    pub quality: Quality,
}

/// All detectors, by name; a test holds the counts against the labelled set.
pub const DETECTORS: &[Detector] = &[
    Detector {
        name: citations::VERSION,
        quality: Quality { right: 39, wrong: 0, missed: 0, rows: 79 },
    },
    Detector {
        name: injection::VERSION,
        quality: Quality { right: 73, wrong: 5, missed: 8, rows: 169 },
    },
    Detector {
        name: lexicon::VERSION,
        quality: Quality { right: 61, wrong: 9, missed: 17, rows: 179 },
    },
    Detector {
        name: redact::VERSION,
        quality: Quality { right: 129, wrong: 4, missed: 11, rows: 236 },
    },
    Detector {
        name: refusal::VERSION,
        quality: Quality { right: 75, wrong: 4, missed: 7, rows: 180 },
    },
];
