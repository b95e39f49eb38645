//! Exit codes: part of the public contract.

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Did the job; nothing wrong.
    Success,
    /// Findings at deny level, or a gate that failed.
    Findings,
    /// Usage, configuration, or a named selection that is empty.
    Usage,
    /// Could not decide or measure.
    Undecided,
    /// A freeze stands.
    Frozen,
    /// A digest of a published version, a signature, a tag or the ledger does not match.
    Integrity,
    /// Interrupted; what was finished is saved.
    Interrupted,
}

impl Exit {
    /// Every ending, in the order of the numbers.
    pub const ALL: [Self; 7] = [
        Self::Success,
        Self::Findings,
        Self::Usage,
        Self::Undecided,
        Self::Integrity,
        Self::Frozen,
        Self::Interrupted,
    ];

    /// Returns what the number means, for the documentation.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Success => "did the job; nothing wrong",
            Self::Findings => "at least one error among the findings, or a gate that failed",
            Self::Usage => "usage, configuration, or a selection that is empty",
            Self::Undecided => "could not decide or measure",
            Self::Integrity => "bytes do not match what was published or recorded",
            Self::Frozen => "refused because of a freeze",
            Self::Interrupted => "interrupted; what was finished is saved",
        }
    }

    /// Returns the number.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Findings => 1,
            Self::Usage => 2,
            Self::Undecided => 3,
            Self::Integrity => 4,
            Self::Frozen => 5,
            Self::Interrupted => 130,
        }
    }

    /// Joins two endings: where several apply, the first of 4, 3, 2, 5, 1 counts.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let rank = |exit: Self| match exit {
            Self::Interrupted => -1,
            Self::Integrity => 0,
            Self::Undecided => 1,
            Self::Usage => 2,
            Self::Frozen => 3,
            Self::Findings => 4,
            Self::Success => 5,
        };
        if rank(other) < rank(self) { other } else { self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gravest_ending_counts() {
        let order = [
            Exit::Interrupted,
            Exit::Integrity,
            Exit::Undecided,
            Exit::Usage,
            Exit::Frozen,
            Exit::Findings,
            Exit::Success,
        ];
        for (at, grave) in order.iter().enumerate() {
            for mild in order.iter().skip(at) {
                assert_eq!(grave.and(*mild), *grave);
                assert_eq!(mild.and(*grave), *grave);
            }
        }
        assert_eq!(order.map(Exit::code), [130, 4, 3, 2, 5, 1, 0]);
    }
}
