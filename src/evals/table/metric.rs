//! The metrics that the table computes from outcomes, refusals and hits.

use crate::registry::profile::HitSeverity;

/// A metric that no score of a record holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Derived {
    /// 1 for a pass, 0 for a failure.
    Pass,
    /// 1 for an answer that is a refusal.
    Refusal,
    /// The same, for answers to cases that expect no refusal.
    OverRefusal,
    /// How many guardrails of a severity were hit.
    Count(HitSeverity),
    /// 1 where one was.
    Rate(HitSeverity),
}

/// Every derived metric by name, sorted.
pub(super) const DERIVED: [(&str, Derived); 9] = [
    ("over_refusal", Derived::OverRefusal),
    ("pass", Derived::Pass),
    ("refusal_rate", Derived::Refusal),
    ("sev1_count", Derived::Count(HitSeverity::Sev1)),
    ("sev1_rate", Derived::Rate(HitSeverity::Sev1)),
    ("sev2_count", Derived::Count(HitSeverity::Sev2)),
    ("sev2_rate", Derived::Rate(HitSeverity::Sev2)),
    ("sev3_count", Derived::Count(HitSeverity::Sev3)),
    ("sev3_rate", Derived::Rate(HitSeverity::Sev3)),
];

impl Derived {
    /// Finds a derived metric by its name.
    pub(super) fn of(metric: &str) -> Option<Self> {
        DERIVED.iter().find(|(name, _)| *name == metric).map(|(_, derived)| *derived)
    }
}
