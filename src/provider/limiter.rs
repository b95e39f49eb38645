//! How many calls may run at once: additive increase, multiplicative decrease.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::retry::Attempted;

/// A limit of calls at once that backs off when the other side is overloaded.
///
/// It starts at its largest, which is what the user asked for with `-j`. An overload halves it, and
/// as many successes as it allows calls at once make it one larger, as TCP does with its window
/// (RFC 5681). Calls that were already running when it was halved cannot halve it again: they tell
/// of the same overload.
#[derive(Debug)]
pub struct Limiter {
    most: u32,
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Debug)]
struct State {
    limit: u32,
    running: u32,
    successes: u32,
    /// How often the limit was halved.
    halvings: u64,
}

/// Leave to make one call; it ends with the value.
#[derive(Debug)]
#[must_use]
pub struct Permit<'a> {
    limiter: &'a Limiter,
    halvings: u64,
}

impl Limiter {
    /// Makes a limiter that allows `most` calls at once, and at least one.
    #[must_use]
    pub fn new(most: u32) -> Self {
        let most = most.max(1);
        let state = State { limit: most, running: 0, successes: 0, halvings: 0 };
        Self { most, state: Mutex::new(state), freed: Condvar::new() }
    }

    /// Waits until one more call may run.
    pub fn acquire(&self) -> Permit<'_> {
        let wait = |state: &mut State| state.running >= state.limit;
        let mut state =
            self.freed.wait_while(self.lock(), wait).unwrap_or_else(PoisonError::into_inner);
        state.running += 1;
        Permit { limiter: self, halvings: state.halvings }
    }

    /// Returns how many calls may run at once by now.
    #[must_use]
    pub fn limit(&self) -> u32 {
        self.lock().limit
    }

    /// No state is ever half written: a panic elsewhere does not spoil it.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit<'_> {
    /// Ends the call and learns from it.
    ///
    /// An attempt that the other side had no room for is an overload, even if a later one
    /// succeeded. Other faults change nothing.
    pub fn learn<T>(self, attempted: &Attempted<T>) {
        let mut state = self.limiter.lock();
        if attempted.rate_limited > 0 {
            if self.halvings == state.halvings {
                state.limit = (state.limit / 2).max(1);
                state.halvings += 1;
                state.successes = 0;
            }
        } else if attempted.result.is_ok() {
            state.successes += 1;
            if state.successes >= state.limit {
                state.limit = (state.limit + 1).min(self.limiter.most);
                state.successes = 0;
            }
        }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.limiter.lock().running -= 1;
        // A limit that grew lets in more than the one whose place is free.
        self.limiter.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::thread;

    use proptest::prelude::*;

    use super::*;
    use crate::provider::fault::Fault;

    fn attempted(rate_limited: u32) -> Attempted<()> {
        Attempted { result: Ok(()), attempts: rate_limited + 1, rate_limited }
    }

    #[test]
    fn an_overload_halves_once_for_all_who_ran_into_it() {
        let limiter = Limiter::new(8);
        let permits: Vec<_> = (0..8).map(|_| limiter.acquire()).collect();
        for permit in permits {
            permit.learn(&attempted(2));
        }
        assert_eq!(limiter.limit(), 4);
        for expected in [2, 1, 1] {
            limiter.acquire().learn(&attempted(1));
            assert_eq!(limiter.limit(), expected);
        }
    }

    #[test]
    fn a_window_of_successes_makes_room_for_one_more() {
        let limiter = Limiter::new(3);
        limiter.acquire().learn(&attempted(1));
        assert_eq!(limiter.limit(), 1);
        let mut limits = Vec::new();
        for _ in 0..6 {
            limiter.acquire().learn(&attempted(0));
            limits.push(limiter.limit());
        }
        assert_eq!(limits, [2, 2, 3, 3, 3, 3]);
    }

    #[test]
    fn faults_and_dropped_permits_change_nothing() {
        let limiter = Limiter::new(0);
        assert_eq!(limiter.limit(), 1);
        drop(limiter.acquire());
        let fault = Fault::BrokenOff { host: "a".to_owned() };
        let attempted = Attempted::<()> { result: Err(fault), attempts: 3, rate_limited: 0 };
        limiter.acquire().learn(&attempted);
        assert_eq!(limiter.limit(), 1);
    }

    #[test]
    fn no_more_run_at_once_than_the_limit_allows() {
        let limiter = Limiter::new(3);
        let (running, most) = (AtomicU32::new(0), AtomicU32::new(0));
        thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| {
                    for round in 0..200 {
                        let permit = limiter.acquire();
                        most.fetch_max(
                            running.fetch_add(1, Ordering::SeqCst) + 1,
                            Ordering::SeqCst,
                        );
                        thread::yield_now();
                        running.fetch_sub(1, Ordering::SeqCst);
                        permit.learn(&attempted(u32::from(round % 50 == 7)));
                    }
                });
            }
        });
        assert!((1..=3).contains(&most.into_inner()));
        assert!((1..=3).contains(&limiter.limit()));
    }

    proptest! {
        #[test]
        fn the_limit_stays_between_one_and_its_largest(
            most in 1_u32..20,
            overloads in proptest::collection::vec(0_u32..2, 0..200),
        ) {
            let limiter = Limiter::new(most);
            for overload in overloads {
                limiter.acquire().learn(&attempted(overload));
                prop_assert!((1..=most).contains(&limiter.limit()));
            }
        }
    }
}
