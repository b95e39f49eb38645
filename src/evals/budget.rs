//! What a run may still cost. Before a call the most that it can cost is set aside, afterwards what
//! it did cost is kept, so that a cap is never passed however many calls run at once.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::money::MicroUsd;

/// Money set aside and spent.
#[derive(Debug)]
pub struct Budget {
    cap: Option<u64>,
    /// Spent and set aside.
    committed: AtomicU64,
    spent: AtomicU64,
}

impl Budget {
    /// Starts with nothing spent.
    #[must_use]
    pub const fn new(cap: Option<MicroUsd>) -> Self {
        Self::resumed(cap, MicroUsd(0))
    }

    /// Starts with what an earlier part of the run has spent.
    #[must_use]
    pub const fn resumed(cap: Option<MicroUsd>, spent: MicroUsd) -> Self {
        let cap = match cap {
            Some(MicroUsd(cap)) => Some(cap),
            None => None,
        };
        Self { cap, committed: AtomicU64::new(spent.0), spent: AtomicU64::new(spent.0) }
    }

    /// Sets the most that a call can cost aside; `false` where that is more than is left.
    #[must_use]
    pub fn set_aside(&self, most: MicroUsd) -> bool {
        let cap = self.cap.unwrap_or(u64::MAX);
        self.committed
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |committed| {
                committed.checked_add(most.0).filter(|sum| *sum <= cap)
            })
            .is_ok()
    }

    /// Replaces what was set aside for a call by what it cost.
    pub fn settle(&self, most: MicroUsd, cost: MicroUsd) {
        // A server may claim any number of tokens: sums stay at their largest, they never wrap.
        let settled = |sum: u64| Some(sum.saturating_sub(most.0).saturating_add(cost.0));
        let added = |sum: u64| Some(sum.saturating_add(cost.0));
        let _ = self.committed.fetch_update(Ordering::AcqRel, Ordering::Acquire, settled);
        let _ = self.spent.fetch_update(Ordering::AcqRel, Ordering::Acquire, added);
    }

    /// Says whether calls are running that may give back a part of what was set aside for them.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.committed.load(Ordering::Acquire) > self.spent.load(Ordering::Acquire)
    }

    /// Returns what was spent.
    #[must_use]
    pub fn spent(&self) -> MicroUsd {
        MicroUsd(self.spent.load(Ordering::Acquire))
    }

    /// Returns the cap.
    #[must_use]
    pub const fn cap(&self) -> Option<u64> {
        self.cap
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cap_is_never_passed_whatever_runs_at_once() {
        let budget = Budget::new(Some(MicroUsd(1_000)));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..1_000 {
                        if budget.set_aside(MicroUsd(7)) {
                            budget.settle(MicroUsd(7), MicroUsd(3));
                        }
                    }
                });
            }
        });
        assert!(budget.spent().0 <= 1_000);
        assert!(budget.spent().0 > 980, "{:?}", budget.spent());
        assert!(!budget.set_aside(MicroUsd(21)));
    }

    #[test]
    fn a_cost_beyond_all_measure_leaves_nothing_to_spend() {
        let budget = Budget::new(Some(MicroUsd(1_000)));
        assert!(budget.set_aside(MicroUsd(100)) && budget.set_aside(MicroUsd(100)));
        budget.settle(MicroUsd(100), MicroUsd(u64::MAX));
        assert!(!budget.set_aside(MicroUsd(1)));
        budget.settle(MicroUsd(100), MicroUsd(u64::MAX));
        assert!(!budget.set_aside(MicroUsd(1)));
        assert_eq!(budget.spent(), MicroUsd(u64::MAX));
    }

    #[test]
    fn without_a_cap_everything_is_counted() {
        let budget = Budget::new(None);
        assert!(budget.set_aside(MicroUsd(u64::MAX - 1)));
        budget.settle(MicroUsd(u64::MAX - 1), MicroUsd(5));
        assert_eq!(budget.spent(), MicroUsd(5));
    }
}
