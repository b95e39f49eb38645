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
